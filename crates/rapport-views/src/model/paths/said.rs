//! What the customers said of whose cases a process was followed wholly, and the customers of the others.

use jiff::{ToSpan as _, tz::TimeZone};
use rapport_proto::v1;

use super::{
    cases::{Case, Cases},
    steps::thing,
};
use crate::{
    calendar::day,
    model::{
        figures::Figures,
        said::{After, Response, Responses, compared},
    },
    rows::Instrument,
};

/// Days after the last event of a case in which a response may be about it.
const DAYS: i32 = 60;

/// Whose responses are compared: those of the first that has any.
pub(super) const INSTRUMENTS: [Instrument; 2] = [Instrument::Csat, Instrument::Nps];

/// Of cases of which any step was due, each with whether the process was followed wholly.
pub(super) fn satisfaction(
    cases: &Cases,
    judged: &[(&Case, bool)],
    (responses, zone): (&Responses, &TimeZone),
    figures: &mut Figures,
) -> v1::AdherenceSatisfaction {
    let (mut wholly, mut otherwise) = (Vec::new(), Vec::new());
    for (case, is_right) in judged {
        let Some(response) = response(case, responses, zone) else { continue };
        let after = After { thing: thing(cases, case), customer: case.customer, response };
        if *is_right { &mut wholly } else { &mut otherwise }.push(after);
    }
    let compared = compared(responses, [("wholly", &wholly), ("otherwise", &otherwise)], figures);
    v1::AdherenceSatisfaction {
        instrument: compared.instrument,
        wholly: compared.one.things,
        wholly_mean: compared.one.mean,
        otherwise: compared.other.things,
        otherwise_mean: compared.other.mean,
        difference: compared.difference,
        low: compared.low,
        high: compared.high,
    }
}

/// The latest one of the customer from the day on which the case began until some days after the last that is recorded of it: a
/// process may end with asking for it.
fn response(case: &Case, responses: &Responses, zone: &TimeZone) -> Option<Response> {
    let last = day(case.recorded.last()?.at.0, zone).saturating_add(DAYS.days());
    let days = day(case.begins.0, zone)..=last;
    responses.latest(case.customer, |said| days.contains(&said.day))
}
