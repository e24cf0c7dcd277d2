//! Counts of events that a model holds in memory, and of the customers of these events, each with its evidence.
//!
//! The model knows the events behind each count, so that no rows are read again for the figure that is asked for.

use hashbrown::HashSet;
use rapport_model::Position;
use rapport_proto::v1;

use super::figures::{Counted, Figures};
use crate::{page::GridCell, rows::ObjectId, stats, stats::wilson};

/// Of whom an event is, merges resolved, and its place in the log.
pub(super) type Occurred = (ObjectId, Position);

/// A figure that counts events.
pub(super) fn events(
    figures: &mut Figures,
    parts: &[&str],
    all: impl Iterator<Item = Occurred> + Clone,
) -> Option<v1::Figure> {
    let figure = figures.count(parts, all.clone().map(|(_, position)| Counted::event(position)));
    if figures.parts() == parts {
        figures.beside(
            all.map(|(customer, position)| (Counted::event(position), customer, position))
                .collect::<Vec<_>>(),
        );
    }
    figure
}

/// A figure that counts the customers of events, each once; events of nobody count nobody.
pub(super) fn customers(
    figures: &mut Figures,
    parts: &[&str],
    all: impl Iterator<Item = Occurred> + Clone,
) -> Option<v1::Figure> {
    let named = all.filter(|(customer, _)| *customer != ObjectId::NOBODY);
    let distinct: HashSet<ObjectId> = named.clone().map(|(customer, _)| customer).collect();
    let figure = figures.count(parts, distinct.iter().map(|customer| Counted::party(*customer)));
    if figures.parts() == parts {
        let events = named.map(|(customer, position)| (Counted::party(customer), customer, position));
        figures.beside(events.collect::<Vec<_>>());
    }
    figure
}

/// How many a figure counts.
pub(super) fn count(figure: Option<&v1::Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

/// A part of so many, with its interval.
pub(super) fn share(part: Option<v1::Figure>, whole: u64) -> Option<v1::ContactShare> {
    let n = count(part.as_ref());
    let interval = wilson::percentage(n, whole).and_then(|percentage| percentage.interval);
    let share = stats::share(n, whole);
    // Dividing by 100 may carry an end past the share by a last digit.
    let ends = interval.zip(share).map(|((low, high), at)| ((low / 100.0).min(at), (high / 100.0).max(at)));
    let (low, high) = ends.unzip();
    Some(v1::ContactShare { part, share, low, high })
}

/// The count of a share.
pub(super) fn part(share: Option<&v1::ContactShare>) -> Option<&v1::Figure> {
    share.and_then(|share| share.part.as_ref())
}

/// A share as a percentage with its interval.
pub(super) fn percent(share: Option<&v1::ContactShare>) -> GridCell {
    let Some(share) = share else { return GridCell::nothing() };
    GridCell {
        interval: share.low.zip(share.high).map(|(low, high)| (100.0 * low, 100.0 * high)),
        scale: Some((0.0, 100.0)),
        ..GridCell::number(share.share.map(|share| 100.0 * share))
    }
}
