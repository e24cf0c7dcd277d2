//! One pipeline: every measure of it.

use rapport_proto::{v1, v1::FunnelMeasure};

use super::{
    balance::Balance,
    closed::Closed,
    cohort::CohortPaths,
    conversion::Conversion,
    definition::PipelineDefinition,
    scope::Scope,
    snapshot::Snapshot,
    stages::Stages,
    time_in_stage::TimeInStage,
    visits::{Deal, Visits, WON},
};
use crate::{
    answers::tally::Figures,
    rows::{ClosedDealsRow, DealHistory, FirstReachedRow, ObjectId, OpenDealsRow, Symbol, Symbols},
};

#[derive(Debug, Default)]
pub(super) struct Pipeline {
    pub(super) code: String,
    version: u32,
    stages: Stages,
    snapshot: Snapshot,
    conversion: Conversion,
    cohort: CohortPaths,
    balance: Balance,
    time_in_stage: TimeInStage,
    closed: Closed,
}

impl Pipeline {
    pub(super) fn defined(definition: PipelineDefinition, symbols: &Symbols) -> Self {
        let stages = Stages::of_definition(&definition, symbols);
        Self { code: definition.code, version: definition.version, stages, ..Self::default() }
    }

    pub(super) fn undefined(code: &str) -> Self {
        Self { code: code.to_owned(), ..Self::default() }
    }

    pub(super) fn definition_use(&self) -> Option<v1::DefinitionUse> {
        (self.version > 0).then(|| v1::DefinitionUse {
            kind: "pipeline".to_owned(),
            code: self.code.clone(),
            version: self.version,
        })
    }

    pub(super) fn take(
        &mut self,
        history: &DealHistory,
        customer: ObjectId,
        visits: &mut Visits,
        scope: &Scope,
        symbols: &Symbols,
    ) {
        if let Some(deal) = visits.read(history, customer, &mut self.stages, symbols) {
            self.count(&deal, scope);
        }
    }

    /// Takes when a stage was first reached.
    pub(super) fn take_reached(&mut self, row: &FirstReachedRow, symbols: &Symbols) {
        if row.stage != Symbol::default() {
            let stage = self.stages.index_of(row.stage, symbols);
            self.stages.reached(stage, row.at, row.by);
        }
    }

    /// Takes closed deals added up: the observed probabilities come from them.
    pub(super) fn take_closed(&mut self, row: &ClosedDealsRow, symbols: &Symbols) {
        let path = match &row.reached {
            Some(reached) => reached.iter().map(|stage| self.stages.index_of(*stage, symbols)).collect(),
            None => vec![WON],
        };
        self.conversion.take_closed(&path, row);
    }

    /// Takes open deals added up.
    pub(super) fn take_open(&mut self, row: &OpenDealsRow, symbols: &Symbols) {
        if row.stage == Symbol::default() {
            self.snapshot.without_stage += row.deals;
            return;
        }
        let stage = self.stages.index_of(row.stage, symbols);
        self.snapshot.take_open(stage, row);
    }

    fn count(&mut self, deal: &Deal<'_>, scope: &Scope) {
        let measures = scope.measures;
        // Always: the observed probabilities of the stages come from the paths.
        self.conversion.take(deal, scope);
        if measures.has(FunnelMeasure::Snapshot) {
            self.snapshot.take(deal, scope);
        }
        if measures.has(FunnelMeasure::Cohort) {
            self.cohort.take(deal, self.stages.first_defined(), scope);
        }
        if measures.has(FunnelMeasure::Balance) {
            self.balance.take(deal, scope);
        }
        if measures.has(FunnelMeasure::TimeInStage) {
            self.time_in_stage.take(deal, scope);
        }
        self.closed.take(deal, scope);
    }

    pub(super) fn finish(
        self,
        scope: &Scope,
        symbols: &Symbols,
        figures: &mut Figures,
    ) -> v1::PipelineFunnel {
        let code = self.code.as_str();
        let order = self.stages.in_order();
        let weights = self.conversion.weights(&order);
        let wants = |measure| scope.measures.has(measure);
        let mut funnel = v1::PipelineFunnel {
            pipeline: self.code.clone(),
            definition_version: self.version,
            stages: order.iter().zip(&weights).map(|(stage, weight)| stage.to_proto(*weight)).collect(),
            ..v1::PipelineFunnel::default()
        };
        if wants(FunnelMeasure::Snapshot) {
            funnel.open_without_stage = self.snapshot.without_stage;
            funnel.snapshot = self.snapshot.finish(code, &order, &weights, symbols, figures);
        }
        if wants(FunnelMeasure::Conversion) {
            funnel.conversion = self.conversion.finish(code, &order, figures);
        }
        if let Some(cohort) = scope.cohort.filter(|_| wants(FunnelMeasure::Cohort)) {
            funnel.cohort = Some(self.cohort.finish(code, &order, cohort, scope, figures));
        }
        if wants(FunnelMeasure::Balance) {
            funnel.balance = self.balance.finish(code, &order, figures);
        }
        if wants(FunnelMeasure::TimeInStage) {
            funnel.time_in_stage = self.time_in_stage.finish(code, &order, figures);
        }
        self.closed.finish(code, scope, symbols, figures, &mut funnel);
        funnel
    }
}
