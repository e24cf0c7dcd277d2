//! Satisfaction (R3): responses of customers at one moment become a [`v1::SatisfactionResponse`].
//!
//! Of each customer (merges resolved), instrument, question and wave the latest response that passes the request's
//! filters counts, by (occurred_at, position). Each response without a customer counts. Sums of floating-point numbers
//! are taken in the order of positions, so that equal rows give equal answers whatever their order of arrival.

mod ask;
mod asked;
mod attributes;
mod companies;
mod params;
pub(crate) mod response;
pub(crate) mod rolling;
mod score;
mod series;

use std::collections::{BTreeMap, BTreeSet};

use rapport_proto::v1::{self, SatisfactionMeasure};

pub(crate) use ask::ask;
pub use params::SatisfactionParams;
pub(crate) use params::{instrument_of, wants};
pub(crate) use score::{Opinion, opinion};

use self::{
    asked::Asked,
    response::{Response, Scale},
    series::{Context, Series},
};
use super::{AnswerError, Answered, figure, tally::Figures};
use crate::rows::{Identity, Instrument, ObjectId, ResponseRow, SentRow, Symbol, Symbols};

/// Takes responses and askings, and gives the answer.
#[derive(Debug)]
pub struct SatisfactionBuilder<'a> {
    params: SatisfactionParams,
    symbols: &'a Symbols,
    identity: &'a Identity,
    responses: BTreeMap<(Instrument, &'a str), Vec<Response>>,
    asked: Asked,
    /// Wanted responses on a scale that their instrument does not have.
    off_scale: u64,
    /// Whether a figure is asked for.
    keep: bool,
    figures: Figures,
}

impl<'a> SatisfactionBuilder<'a> {
    /// For one question; rows are of the survey that it names, if it names one. `symbols` and `identity` are those the
    /// rows come with. With `figure`, what it counts is collected.
    ///
    /// # Errors
    /// The text is not a figure.
    pub fn new(
        params: SatisfactionParams,
        symbols: &'a Symbols,
        identity: &'a Identity,
        figure: Option<&str>,
    ) -> Result<Self, AnswerError> {
        if let Some(figure) = figure {
            figure::check_satisfaction(figure)?;
        }
        Ok(Self {
            params,
            symbols,
            identity,
            responses: BTreeMap::new(),
            asked: Asked::default(),
            off_scale: 0,
            keep: figure.is_some(),
            figures: Figures::new(figure),
        })
    }

    /// Takes a response; one that the request does not ask for is passed over, one on a scale that its instrument does
    /// not have is left out.
    pub fn response(&mut self, row: &ResponseRow) {
        let question = self.symbols.text(row.question);
        let wanted = self.lets_through(row.instrument, row.wave)
            && self.params.question.as_ref().is_none_or(|wanted| wanted == question)
            && self.params.period.contains(row.occurred_at);
        if !wanted {
            return;
        }
        if Scale::of(row).suits(row.instrument) {
            let response = Response { row: *row, customer: self.identity.canonical(row.customer) };
            self.responses.entry((row.instrument, question)).or_default().push(response);
        } else {
            self.off_scale += 1;
        }
    }

    /// Takes an asking.
    pub fn sent(&mut self, row: &SentRow) {
        if self.lets_through(row.instrument, row.wave) && self.params.period.contains(row.occurred_at) {
            self.asked.take(row, self.identity);
        }
    }

    fn lets_through(&self, instrument: Instrument, wave: Symbol) -> bool {
        let wave = self.symbols.text(wave);
        self.params.instrument.is_none_or(|wanted| wanted == instrument)
            && self.params.wave.as_ref().is_none_or(|wanted| wanted == wave)
    }

    /// The companies whose party ids [`finish`](Self::finish) will ask for; none unless the request asks for companies.
    #[must_use]
    pub fn companies(&self) -> Vec<ObjectId> {
        let responses = self.responses.values().flatten().filter(|_| self.params.companies);
        let companies: BTreeSet<_> =
            responses.filter_map(|response| self.identity.organisation(response.customer)).collect();
        companies.into_iter().collect()
    }

    /// The answer, by instrument (nps, csat, ces, custom), question, then group, wave or time. `party_id` gives the
    /// text of the ids that [`companies`](Self::companies) named.
    ///
    /// # Errors
    /// The figure asked for counts nothing.
    pub fn finish(
        mut self,
        party_id: impl Fn(ObjectId) -> String,
    ) -> Result<Answered<v1::SatisfactionResponse>, AnswerError> {
        let responses = std::mem::take(&mut self.responses);
        let series: Vec<_> = responses
            .into_iter()
            .filter_map(|((instrument, question), responses)| Series::new(instrument, question, responses))
            .collect();
        let context =
            Context { params: &self.params, symbols: self.symbols, asked: &self.asked, keep: self.keep };
        let figures = &mut self.figures;
        let mut parts = v1::SatisfactionResponse::default();
        if self.params.wants(SatisfactionMeasure::Scores) {
            parts.scores = series.iter().flat_map(|each| each.scores(&context, figures)).collect();
            parts.scores.extend(unanswered(&series, &context, figures));
        }
        if self.params.wants(SatisfactionMeasure::Trend) {
            parts.trend = series.iter().flat_map(|each| each.trend(&context, figures)).collect();
        }
        if self.params.wants(SatisfactionMeasure::Rolling) {
            parts.rolling = series.iter().flat_map(|each| each.rolling(&context, figures)).collect();
        }
        if self.params.wants(SatisfactionMeasure::Attributes) {
            parts.attributes = attributes::points(&series, self.keep, figures);
        }
        let mut response = v1::SatisfactionResponse {
            meta: Some(v1::ViewMeta {
                as_of: Some(self.params.as_of.to_proto()),
                position: 0,
                definitions: Vec::new(),
                definitions_unreadable: Vec::new(),
                missing_sources: Vec::new(),
            }),
            answers_off_scale: self.off_scale,
            answers_without_wave: series.iter().map(Series::without_wave).sum(),
            answers_without_importance: attributes::left_out(&series),
            ..parts
        };
        if self.params.companies {
            response.answers_without_company = companies::left_out(&series, self.identity);
            response.companies = companies::scores(&series, self.identity, party_id, self.keep, figures);
        }
        Ok(Answered { response, objects: self.figures.finish()? })
    }
}

/// Rows without responses, for the instruments that were sent and not answered: a response rate of 0 must be
/// seen.
fn unanswered(series: &[Series<'_>], context: &Context<'_>, figures: &mut Figures) -> Vec<v1::Score> {
    let own_question = context.params.question.as_ref().is_none_or(String::is_empty);
    let instruments = [Instrument::Nps, Instrument::Csat, Instrument::Ces, Instrument::Custom];
    let silent = instruments
        .into_iter()
        .filter(|instrument| own_question && series.iter().all(|each| each.instrument != *instrument));
    silent.flat_map(|instrument| Series::unanswered(instrument).scores(context, figures)).collect()
}
