//! What customers said after solutions of which the promise was kept, and after those of which it was broken.

use rapport_proto::v1;

use super::{
    group::{is_resolved, thing},
    measured::Measured,
    params::TicketsParams,
};
use crate::{
    model::{
        figures::Figures,
        said::{After, Response, Responses, compared},
    },
    rows::Instrument,
};

/// Microseconds from a solution on in which a response may be about it: thirty days of 24 hours.
const WITHIN: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// Whose responses are compared: those of the first that has any. Effort is what is asked after service.
pub(super) const INSTRUMENTS: [Instrument; 3] = [Instrument::Ces, Instrument::Csat, Instrument::Nps];

/// Of tickets resolved in the period, each with the latest response of its customer so soon after the solution.
pub(super) fn satisfaction(
    all: &[&Measured],
    responses: &Responses,
    params: &TicketsParams,
    figures: &mut Figures,
) -> v1::TicketSatisfaction {
    let (mut kept, mut broken) = (Vec::new(), Vec::new());
    for of in all.iter().filter(|of| is_resolved(of, params)) {
        let (Some(is_kept), Some(solution)) = (of.is_kept(), of.ticket.solution) else { continue };
        let is_after = |said: &Response| {
            (0..=WITHIN).contains(&said.at.as_micros().saturating_sub(solution.at.as_micros()))
        };
        let Some(response) = responses.latest(of.ticket.customer, is_after) else { continue };
        let after = After { thing: thing(of), customer: of.ticket.customer, response };
        if is_kept { &mut kept } else { &mut broken }.push(after);
    }
    let compared = compared(responses, [("kept", kept.as_slice()), ("broken", broken.as_slice())], figures);
    v1::TicketSatisfaction {
        instrument: compared.instrument,
        kept: compared.one.things,
        kept_mean: compared.one.mean,
        broken: compared.other.things,
        broken_mean: compared.other.mean,
        difference: compared.difference,
        low: compared.low,
        high: compared.high,
    }
}
