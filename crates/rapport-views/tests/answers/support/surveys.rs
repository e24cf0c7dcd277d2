//! Surveys by hand and at random.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use rapport_model::Position;
use rapport_proto::{json, v1};
use rapport_views::{
    answers::{
        AnswerError, Answered, AsOf,
        satisfaction::{SatisfactionBuilder, SatisfactionParams},
    },
    rows::{Identity, Instrument, ObjectId, ResponseRow, SentRow, Symbol},
};
use serde_json::Value;

use super::{days, symbols};

pub(crate) const SPRING: Symbol = Symbol(1);
pub(crate) const AUTUMN: Symbol = Symbol(2);
pub(crate) const RED: Symbol = Symbol(3);
pub(crate) const BLUE: Symbol = Symbol(4);
pub(crate) const TEXTS: [&str; 5] = ["", "spring", "autumn", "red", "blue"];

/// Answers, askings, and a question about them.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    pub answers: Vec<ResponseRow>,
    pub sents: Vec<SentRow>,
    pub identity: Identity,
    pub request: v1::SatisfactionRequest,
    pub as_of: AsOf,
}

impl Survey {
    /// Positions are the places in the list.
    pub(crate) fn of(rows: Vec<ResponseRow>) -> Self {
        let answers =
            rows.into_iter().zip(1..).map(|(row, at)| ResponseRow { position: Position(at), ..row });
        Self {
            answers: answers.collect(),
            sents: Vec::new(),
            identity: Identity::default(),
            request: v1::SatisfactionRequest::default(),
            as_of: AsOf { occurred_until: days(300), recorded_until: days(301) },
        }
    }

    pub(crate) fn ask(
        &self,
        figure: Option<&str>,
    ) -> Result<Answered<v1::SatisfactionResponse>, AnswerError> {
        let (symbols, _) = symbols(&TEXTS);
        let params = SatisfactionParams::from_request(&self.request, self.as_of, TimeZone::UTC)?;
        let mut builder = SatisfactionBuilder::new(params, &symbols, &self.identity, figure)?;
        self.answers.iter().for_each(|row| builder.response(row));
        self.sents.iter().for_each(|row| builder.sent(row));
        let named = builder.companies();
        builder.finish(|company| {
            assert!(named.contains(&company), "{company:?} was not announced");
            format!("party-{}", company.0)
        })
    }

    pub(crate) fn answer(&self) -> v1::SatisfactionResponse {
        self.ask(None).unwrap().response
    }

    /// The only score.
    pub(crate) fn score(&self) -> v1::Score {
        let scores = self.answer().scores;
        assert_eq!(scores.len(), 1);
        scores.into_iter().next().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        json::to_json("rapport.v1.SatisfactionResponse", &self.answer()).unwrap()
    }
}

/// On day 100, without a customer, about nothing.
pub(crate) fn answer(instrument: Instrument, value: f64) -> ResponseRow {
    let (scale_min, scale_max) = match instrument {
        Instrument::Nps => (0.0, 10.0),
        Instrument::Csat => (1.0, 5.0),
        Instrument::Ces => (1.0, 7.0),
        Instrument::Custom => (0.0, 20.0),
    };
    let none = Symbol(0);
    ResponseRow {
        customer: ObjectId(0),
        survey: ObjectId(0),
        position: Position(0),
        occurred_at: days(100),
        instrument,
        question: none,
        wave: none,
        value,
        scale_min,
        scale_max,
        high_is_better: true,
        product: none,
        tier: none,
        channel: none,
        staff: none,
        branch: none,
        expectation: None,
        importance: None,
    }
}

/// An NPS survey was sent.
pub(crate) fn sent(customer: u64, wave: Symbol, day: i64) -> SentRow {
    let position = Position(9_000 + customer * 10 + u64::from(wave.0));
    let (customer, survey) = (ObjectId(customer), ObjectId(0));
    SentRow { customer, survey, position, occurred_at: days(day), instrument: Instrument::Nps, wave }
}

pub(crate) const INSTRUMENTS: [Instrument; 4] =
    [Instrument::Nps, Instrument::Csat, Instrument::Ces, Instrument::Custom];

prop_compose! {
    /// Customer 0 stands for none.
    fn drawn_answer()(
        (instrument, customer, day, wave) in (0..4_usize, 0..8_u64, 0..300_i64, 0..3_u32),
        (question, group, value) in (prop::sample::select(vec![0, 3_u32]), 0..5_u32, 0..=10_u8),
        high_is_better in prop::bool::weighted(0.8),
        odd_scale in prop::bool::weighted(0.1),
        expectation in prop::option::of(-1..=1_i8),
        importance in prop::option::of(0..=4_u8),
    ) -> ResponseRow {
        let plain = answer(INSTRUMENTS[instrument], 0.0);
        let scale_max = if odd_scale { plain.scale_max + 2.0 } else { plain.scale_max };
        ResponseRow {
            customer: ObjectId(customer),
            occurred_at: days(day),
            wave: Symbol(wave),
            question: Symbol(question),
            value: plain.scale_min + ((scale_max - plain.scale_min) * f64::from(value) / 10.0).round(),
            scale_max,
            high_is_better,
            product: Symbol(group),
            channel: Symbol(4 - group),
            expectation,
            importance: importance.map(|quarters| f64::from(quarters) / 4.0),
            ..plain
        }
    }
}

prop_compose! {
    pub fn surveys()(
        answers in prop::collection::vec(drawn_answer(), 0..40),
        sents in prop::collection::vec((0..8_u64, 0..3_u32, 0..300_i64, 0..4_usize), 0..20),
        merges in prop::collection::vec((5..8_u64, 1..5_u64), 0..3),
        contacts in prop::collection::vec((1..5_u64, 50..52_u64), 0..4),
        until in 100..320_i64,
        period in (prop::option::of(0..100_i64), prop::option::of(150..320_i64)),
        group_by in 0..=6_i32,
    ) -> Survey {
        let mut survey = Survey::of(answers);
        let until = days(until);
        survey.answers.retain(|row| row.occurred_at <= until);
        let sents = sents.into_iter().zip(1_000..).map(|((customer, wave, day, instrument), position)| SentRow {
            position: Position(position),
            instrument: INSTRUMENTS[instrument],
            ..sent(customer, Symbol(wave), day)
        });
        survey.sents = sents.filter(|row| row.occurred_at <= until).collect();
        let objects = |pairs: Vec<(u64, u64)>| -> HashMap<_, _> {
            pairs.into_iter().map(|(from, to)| (ObjectId(from), ObjectId(to))).collect()
        };
        survey.identity = Identity::new(objects(merges), objects(contacts));
        survey.as_of.occurred_until = until;
        survey.request = v1::SatisfactionRequest {
            period_from: period.0.and_then(|day| super::proto(days(day))),
            period_to: period.1.and_then(|day| super::proto(days(day))),
            group_by,
            companies: true,
            ..v1::SatisfactionRequest::default()
        };
        survey
    }
}
