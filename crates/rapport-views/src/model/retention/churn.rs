//! Of those that were there, those that are gone.

use rapport_proto::v1;

use crate::{
    model::figures::{Counted, Figures},
    stats::{share, wilson},
};

/// A share with its interval. `parts` begins the names of both figures.
pub(super) fn churn(
    figures: &mut Figures,
    parts: &[&str],
    at_start: impl Iterator<Item = Counted> + Clone,
    ended: impl Iterator<Item = Counted> + Clone,
) -> v1::Churn {
    let (at_start, ended) = (
        figures.count(&[parts, &["at_start"]].concat(), at_start),
        figures.count(&[parts, &["ended"]].concat(), ended),
    );
    let count = |figure: &Option<v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
    let (all, gone) = (count(&at_start), count(&ended));
    let interval = wilson::percentage(gone, all).and_then(|estimate| estimate.interval);
    v1::Churn {
        rate: share(gone, all),
        low: interval.map(|(low, _)| low / 100.0),
        high: interval.map(|(_, high)| high / 100.0),
        at_start,
        ended,
    }
}
