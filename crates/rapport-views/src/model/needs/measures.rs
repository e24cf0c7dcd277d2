//! What became of some needs: counts with the names of their figures, shares with their intervals, and how long it took.

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::need::Need;
use crate::{
    model::figures::Figures,
    rows::NeedStep,
    stats::{
        kaplan_meier::{self, Stay},
        proportions::Part,
    },
};

/// A part of so many, with its interval.
pub(super) fn share(count: Option<v1::Figure>, whole: u64) -> Option<v1::NeedShare> {
    let Part { share, low, high } = Part::of(count.as_ref().map_or(0, |figure| figure.count), whole);
    Some(v1::NeedShare { count, share, low, high })
}

/// Of needs that were identified. `name` begins the names of the figures.
pub(super) fn measures(
    needs: &[&Need],
    until: Timestamp,
    name: &[&str],
    figures: &mut Figures,
) -> v1::NeedMeasures {
    let mut count = |what, is_in: &dyn Fn(&Need) -> bool| {
        let counted = needs.iter().filter(|need| is_in(need)).map(|need| need.thing());
        figures.count(&[name, &[what]].concat(), counted)
    };
    let n = needs.len() as u64;
    let closed = count("closed", &|need| !need.is(NeedStep::Identified));
    let satisfied = count("satisfied", &|need| need.is(NeedStep::Satisfied));
    let of = |figure: &Option<v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
    let of_closed = Part::of(of(&satisfied), of(&closed));
    v1::NeedMeasures {
        identified: count("identified", &|_| true),
        satisfied: share(satisfied, n),
        unmet: share(count("unmet", &|need| need.is(NeedStep::Unmet)), n),
        obsolete: share(count("obsolete", &|need| need.is(NeedStep::Obsolete)), n),
        open: share(count("open", &|need| need.is(NeedStep::Identified)), n),
        closed,
        satisfied_of_closed: of_closed.share,
        satisfied_of_closed_low: of_closed.low,
        satisfied_of_closed_high: of_closed.high,
        reopened: count("reopened", &|need| need.is_reopened),
        median_to_close: median(needs, until),
    }
}

/// From being identified first until closed; what is open takes longer than until T.
fn median(needs: &[&Need], until: Timestamp) -> Option<prost_types::Duration> {
    let stay = |need: &&Need| {
        let since = |end: Timestamp| Some(end.as_micros().saturating_sub(need.identified?.as_micros()));
        match need.closed {
            Some(closed) => since(closed).map(Stay::ended),
            None => since(until).map(Stay::censored),
        }
    };
    let mut stays: Vec<Stay> = needs.iter().filter_map(stay).collect();
    stays.sort_unstable();
    kaplan_meier::median(&stays, &[]).map(time::duration_to_proto)
}
