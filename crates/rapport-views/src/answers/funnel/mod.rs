//! The sales funnel (R2): deals and leads at one moment become a [`v1::FunnelResponse`].
//!
//! One pass over the deals. Each measure keeps counts that do not need the order of the stages, because without a
//! definition the order is known only when all deals were seen; `finish` puts them in order.

mod ask;
mod balance;
mod closed;
mod cohort;
mod competitors;
mod conversion;
mod definition;
mod leads;
mod loss_reasons;
mod outcomes;
mod params;
mod paths;
mod pipeline;
mod scope;
mod snapshot;
mod stages;
mod time_in_stage;
mod visits;
mod weight;

use std::collections::HashMap;

use rapport_proto::{time, v1, v1::FunnelMeasure};

pub(crate) use ask::ask;
pub use params::FunnelParams;

use self::{leads::Leads, params::Measures, pipeline::Pipeline, scope::Scope, visits::Visits};
use super::{AnswerError, Answered, figure, tally::Figures};
use crate::rows::{DealHistory, DefinitionRow, FunnelSums, Identity, LeadRow, Symbol, Symbols};

/// Takes deals and leads, and answers.
#[derive(Debug)]
pub struct FunnelBuilder<'a> {
    params: FunnelParams,
    symbols: &'a Symbols,
    identity: &'a Identity,
    scope: Scope,
    pipelines: Vec<Pipeline>,
    /// Definitions that would be in effect and cannot be read.
    unreadable: Vec<v1::UnreadableDefinition>,
    by_symbol: HashMap<Symbol, usize>,
    leads: Leads,
    visits: Visits,
    figures: Figures,
}

impl<'a> FunnelBuilder<'a> {
    /// For one question. `symbols` and `identity` are those of the rows; `definitions` may hold other kinds and
    /// versions than those in effect. With `figure`, the builder collects the counted objects and leaves out the rest
    /// of the answer.
    ///
    /// # Errors
    /// The text is not a figure.
    pub fn new(
        params: FunnelParams,
        symbols: &'a Symbols,
        identity: &'a Identity,
        definitions: &[DefinitionRow],
        figure: Option<&str>,
    ) -> Result<Self, AnswerError> {
        let mut params = params;
        let mut kept = Measures::NONE;
        if let Some(figure) = figure {
            let place = figure::funnel_place(figure)?;
            if params.pipeline.is_some() && place.pipeline.is_some() && params.pipeline != place.pipeline {
                return Err(AnswerError::NoSuchFigure { figure: figure.to_owned() });
            }
            kept = Measures::only(place.measure);
            // A figure names its measure: also one that is answered only where it is named.
            params.measures =
                if params.measures == Measures::ALL { kept } else { params.measures.both(kept) };
            params.pipeline = params.pipeline.or(place.pipeline);
        }
        let scope = Scope {
            occurred_until: params.as_of.occurred_until,
            period: params.period,
            lately: params.lately,
            cohort: params.cohort,
            measures: params.measures,
            kept,
        };
        let mut builder = Self {
            symbols,
            identity,
            scope,
            pipelines: Vec::new(),
            unreadable: Vec::new(),
            by_symbol: HashMap::new(),
            leads: Leads::default(),
            visits: Visits::default(),
            figures: Figures::new(figure),
            params,
        };
        builder.define(definitions);
        Ok(builder)
    }

    /// What is asked, with a figure's own pipeline and measure: which rows have to be handed over.
    #[must_use]
    pub fn params(&self) -> &FunnelParams {
        &self.params
    }

    fn define(&mut self, definitions: &[DefinitionRow]) {
        let definition::Effective { pipelines, unreadable } =
            definition::effective(definitions, self.scope.occurred_until);
        let wanted = self.params.pipeline.clone();
        let is_wanted = |code: &str| wanted.as_ref().is_none_or(|wanted| wanted == code);
        self.unreadable = unreadable.into_iter().filter(|of| is_wanted(&of.code)).collect();
        for definition in pipelines.into_iter().filter(|of| is_wanted(&of.code)) {
            if let Some(symbol) = self.symbols.get(&definition.code) {
                self.by_symbol.insert(symbol, self.pipelines.len());
            }
            self.pipelines.push(Pipeline::defined(definition, self.symbols));
        }
    }

    /// Takes a deal. Deals of other pipelines than the one asked for are passed over.
    pub fn deal(&mut self, history: &DealHistory) {
        let customer = self.identity.canonical(history.customer);
        let Some(index) = self.pipeline_of(history.pipeline) else { return };
        if let Some(pipeline) = self.pipelines.get_mut(index) {
            pipeline.take(history, customer, &mut self.visits, &self.scope, self.symbols);
        }
    }

    /// Takes what the store has added up over the deals, in place of their histories, for a question that wants the
    /// snapshot alone and no figure. The answer is the same.
    pub fn sums(&mut self, sums: &FunnelSums) {
        let symbols = self.symbols;
        for row in &sums.reached {
            if let Some(pipeline) = self.pipeline_mut(row.pipeline) {
                pipeline.take_reached(row, symbols);
            }
        }
        for row in &sums.closed {
            if let Some(pipeline) = self.pipeline_mut(row.pipeline) {
                pipeline.take_closed(row, symbols);
            }
        }
        for row in &sums.open {
            if let Some(pipeline) = self.pipeline_mut(row.pipeline) {
                pipeline.take_open(row, symbols);
            }
        }
    }

    fn pipeline_mut(&mut self, pipeline: Symbol) -> Option<&mut Pipeline> {
        let index = self.pipeline_of(pipeline)?;
        self.pipelines.get_mut(index)
    }

    /// The place of a pipeline, made now if it is new; `None` when another one is asked for.
    fn pipeline_of(&mut self, pipeline: Symbol) -> Option<usize> {
        if let Some(index) = self.by_symbol.get(&pipeline) {
            return Some(*index);
        }
        let code = self.symbols.text(pipeline);
        if self.params.pipeline.as_ref().is_some_and(|wanted| wanted != code) {
            return None;
        }
        self.by_symbol.insert(pipeline, self.pipelines.len());
        self.pipelines.push(Pipeline::undefined(code));
        Some(self.pipelines.len() - 1)
    }

    /// Takes a step before the deal.
    pub fn lead(&mut self, row: &LeadRow) {
        self.leads.take(row, self.identity);
    }

    /// The answer: pipelines by code, stages in order; see `docs/views-funnel.md` for the order of the other rows.
    ///
    /// # Errors
    /// There is no such pipeline, or the figure asked for counts nothing.
    pub fn finish(mut self) -> Result<Answered<v1::FunnelResponse>, AnswerError> {
        let nothing_known = self.pipelines.is_empty() && self.params.wants_deals();
        if let Some(pipeline) = self.params.pipeline.take_if(|_| nothing_known) {
            return Err(AnswerError::NoSuchPipeline { pipeline });
        }
        self.pipelines.sort_by(|a, b| a.code.cmp(&b.code));
        let definitions = self.pipelines.iter().filter_map(Pipeline::definition_use).collect();
        let mut pipelines = Vec::with_capacity(self.pipelines.len());
        for pipeline in self.pipelines {
            pipelines.push(pipeline.finish(&self.scope, self.symbols, &mut self.figures));
        }
        let wants_leads = self.scope.measures.has(FunnelMeasure::Leads);
        let leads = wants_leads.then(|| self.leads.finish(&self.scope, &mut self.figures));
        let meta = v1::ViewMeta {
            as_of: Some(self.params.as_of.to_proto()),
            position: 0,
            definitions,
            definitions_unreadable: self.unreadable,
            missing_sources: Vec::new(),
        };
        let wants_overview = self.scope.measures.has(FunnelMeasure::Overview);
        let overview_from = wants_overview.then(|| time::to_proto(self.scope.lately.from));
        let meta = Some(meta);
        let response =
            v1::FunnelResponse { meta, pipelines, leads, overview_from, ..v1::FunnelResponse::default() };
        Ok(Answered { response, objects: self.figures.finish()? })
    }
}
