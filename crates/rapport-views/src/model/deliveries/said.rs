//! What customers said after late orders, and after others.

use rapport_proto::v1;

use super::{
    delivery::{Came, Delivery},
    measures::{Measured, thing},
    params::DeliveriesParams,
    slip::days,
};
use crate::{
    model::{
        figures::Figures,
        said::{After, Response, Responses, compared},
    },
    rows::Instrument,
};

/// Days from an arrival on in which a response may be about it.
const DAYS: i32 = 60;

/// Whose responses are compared: those of the first that has any.
pub(super) const INSTRUMENTS: [Instrument; 2] = [Instrument::Csat, Instrument::Nps];

/// Of orders that arrived in full in the period, each with the latest response of who got it, so soon after it.
pub(super) fn satisfaction(
    arrived: &[&Delivery],
    responses: &Responses,
    params: &DeliveriesParams,
    figures: &mut Figures,
) -> v1::DeliverySatisfaction {
    let whole = arrived.iter().filter(|one| matches!(one.came, Came::Whole(_)));
    let (mut late, mut punctual) = (Vec::new(), Vec::new());
    for one in whole.filter_map(|one| Measured::of(one, params.today)) {
        let is_after = |said: &Response| (0..=DAYS).contains(&days(one.arrived, said.day));
        let Some(response) = responses.latest(one.of.customer, is_after) else { continue };
        let after = After { thing: thing(one.of), customer: one.of.customer, response };
        if one.slip() > 0 { &mut late } else { &mut punctual }.push(after);
    }
    let compared = compared(responses, [("late", &late), ("punctual", &punctual)], figures);
    v1::DeliverySatisfaction {
        instrument: compared.instrument,
        punctual: compared.other.things,
        punctual_mean: compared.other.mean,
        late: compared.one.things,
        late_mean: compared.one.mean,
        difference: compared.difference,
        low: compared.low,
        high: compared.high,
    }
}
