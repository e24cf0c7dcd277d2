//! Why tickets come: the causes that solutions name, the most frequent first (J. M. Juran, Quality Control Handbook, 1951).

use std::cmp::Reverse;

use rapport_proto::v1;

use super::{
    group::{is_resolved, thing},
    measured::Measured,
    params::TicketsParams,
};
use crate::{
    model::figures::{Counted, Figures},
    rows::TicketCause,
    stats::share,
};

/// Causes of the tickets resolved in the period, and the tickets without one.
pub(super) fn causes(
    all: &[&Measured],
    params: &TicketsParams,
    figures: &mut Figures,
) -> (Vec<v1::TicketCauseShare>, Option<v1::Figure>) {
    let mut by_cause: Vec<(TicketCause, Vec<Counted>)> =
        TicketCause::ALL.iter().map(|cause| (*cause, Vec::new())).collect();
    for of in all.iter().filter(|of| is_resolved(of, params)) {
        let cause = of.ticket.solution.map_or(TicketCause::Unsaid, |solution| solution.cause);
        let own = by_cause.iter_mut().find(|(one, _)| *one == cause);
        own.into_iter().for_each(|(_, counted)| counted.push(thing(of)));
    }
    let (named, unsaid): (Vec<_>, Vec<_>) =
        by_cause.into_iter().partition(|(cause, _)| *cause != TicketCause::Unsaid);
    let without = unsaid.into_iter().flat_map(|(_, counted)| counted).collect::<Vec<_>>();
    let without = figures.count(&["without_cause"], without.into_iter());
    let mut named: Vec<_> = named.into_iter().filter(|(_, counted)| !counted.is_empty()).collect();
    named.sort_by_key(|(cause, counted)| (Reverse(counted.len()), cause.word()));
    let whole: usize = named.iter().map(|(_, counted)| counted.len()).sum();
    let part = |part: usize| share(part as u64, whole as u64).unwrap_or_default();
    let mut so_far = 0;
    let rows = named.into_iter().map(|(cause, counted)| {
        so_far += counted.len();
        v1::TicketCauseShare {
            cause: cause.word().to_owned(),
            share: part(counted.len()),
            cumulative_share: part(so_far),
            tickets: figures.count(&["causes", cause.word()], counted.into_iter()),
        }
    });
    (rows.collect(), without)
}
