//! From when on the recorded clock an event is known to have brought a deal into a stage.
//!
//! A deal's entries count in its pipeline. One that came from one pipeline to another takes its past with it, so that
//! which pipeline an entry counts in depends on T: such a deal is looked at by itself ([`moved_from`]) and has no
//! entries here from then on.

use rapport_model::Timestamp;
use rapport_views::{
    projection::{bitemporal::Row, stage_set::TrackedState},
    rows::Symbol,
};

use super::bins::{Bin, Bins};

/// When a deal entered a stage, and by which event; of two the earlier is the less. [`Entry::NEVER`] is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub valid: i64,
    pub position: u64,
}

impl Entry {
    pub(crate) const NEVER: Self = Self { valid: i64::MAX, position: u64::MAX };
}

/// An entry into the stage of a bin begins or ceases to be believed. Ordered by entry, then by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Belief {
    pub bin: u32,
    pub entry: Entry,
    pub known: i64,
    /// 1 when it begins, -1 when it ceases; other numbers only before [`cancel`].
    pub begins: i32,
}

/// From when on the recorded clock the deal is known to have been in more than one pipeline.
pub(crate) fn moved_from(rows: &[Row<TrackedState>]) -> Option<i64> {
    let pipeline = |row: &Row<TrackedState>| row.state.deal.pipeline;
    let first = rows.first().map(pipeline)?;
    if rows.iter().all(|row| pipeline(row) == first) {
        return None;
    }
    let together = rows.iter().enumerate().flat_map(|(at, one)| {
        let others = rows.iter().skip(at + 1).filter(move |other| pipeline(other) != pipeline(one));
        others.filter_map(move |other| {
            let from = one.known_from.max(other.known_from);
            (from < one.known_to.min(other.known_to)).then_some(from.as_micros())
        })
    });
    together.min()
}

/// Adds the entries of a deal's rows, `begins` times, until the deal is known to have moved.
pub(crate) fn entries(
    rows: &[Row<TrackedState>],
    moved_from: Option<i64>,
    begins: i32,
    bins: &mut Bins,
    beliefs: &mut Vec<Belief>,
) {
    let end = moved_from.unwrap_or(i64::MAX);
    for row in rows {
        let stage = if row.state.in_stage { row.state.deal.stage } else { Symbol::default() };
        let bin = bins.number(Bin::Stage { pipeline: row.state.deal.pipeline, stage });
        let entry = Entry { valid: row.valid_from.as_micros(), position: row.position.0 };
        let (from, to) = (row.known_from.as_micros(), row.known_to.as_micros().min(end));
        if from < to {
            beliefs.push(Belief { bin, entry, known: from, begins });
            if to < Timestamp::MAX.as_micros() {
                beliefs.push(Belief { bin, entry, known: to, begins: -begins });
            }
        }
    }
}

/// Adds up what is of one entry and moment, and leaves out what adds up to nothing.
pub(crate) fn cancel(beliefs: &mut Vec<Belief>) {
    beliefs.sort_unstable();
    let mut kept: Vec<Belief> = Vec::with_capacity(beliefs.len());
    for belief in beliefs.iter() {
        let same = |last: &&mut Belief| {
            (last.bin, last.entry, last.known) == (belief.bin, belief.entry, belief.known)
        };
        match kept.last_mut().filter(same) {
            Some(last) => last.begins += belief.begins,
            None => kept.push(*belief),
        }
    }
    kept.retain(|belief| belief.begins != 0);
    *beliefs = kept;
}
