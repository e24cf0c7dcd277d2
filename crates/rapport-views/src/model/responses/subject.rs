//! The responses to one question: what is scored.

use std::collections::HashMap;

use super::points::Points;
use crate::{
    answers::satisfaction::response::{Response, Scale, Turn},
    rows::{Instrument, Symbol},
};

/// A question, or where questions are compared all those of an instrument, with its responses.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) instrument: Instrument,
    /// By code; empty where questions are compared.
    pub(super) question: String,
    /// That of the latest response.
    pub(super) scale: Scale,
    /// What its distributions are made of.
    pub(super) points: Points,
    /// All, by time.
    pub(super) in_time: Vec<Response>,
    latest_only: bool,
}

impl Subject {
    /// Of responses in any order; `None` of none.
    pub(super) fn new(
        instrument: Instrument,
        question: String,
        mut responses: Vec<Response>,
        latest_only: bool,
    ) -> Option<Self> {
        responses.sort_unstable_by_key(Response::moment);
        let scale = Scale::of(&responses.last()?.row);
        let points = Points::of(scale, responses.iter().map(|response| response.value_on(scale)));
        Some(Self { instrument, question, scale, points, in_time: responses, latest_only })
    }

    /// Those that count, by position.
    pub(super) fn counted(&self) -> Vec<&Response> {
        self.counted_of(&self.in_time)
    }

    /// Of responses by time those that count among them, by position: sums of floating-point numbers depend on their order.
    pub(super) fn counted_of<'r>(&self, in_time: &'r [Response]) -> Vec<&'r Response> {
        let mut counted: Vec<&Response> = if self.latest_only {
            let mut latest: HashMap<(Symbol, Turn), &Response> = HashMap::new();
            latest
                .extend(in_time.iter().map(|response| ((response.row.question, response.turn()), response)));
            latest.into_values().collect()
        } else {
            in_time.iter().collect()
        };
        counted.sort_unstable_by_key(|response| response.row.position);
        counted
    }
}
