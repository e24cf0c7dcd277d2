//! How long things took.

use rapport_proto::time;

use crate::stats::{
    kaplan_meier::{self, Stay},
    median_i64,
};

/// The median of lengths in microseconds; where they are even in number, the mean of the two in the middle.
pub(super) fn median(lengths: impl Iterator<Item = i64>) -> Option<prost_types::Duration> {
    median_i64(&mut lengths.collect::<Vec<_>>()).map(time::duration_to_proto)
}

/// The median of what has ended and what has not (Kaplan and Meier).
pub(super) fn of_stays(mut stays: Vec<Stay>) -> Option<prost_types::Duration> {
    stays.sort_unstable();
    kaplan_meier::median(&stays, &[]).map(time::duration_to_proto)
}

/// The mean of lengths in microseconds, rounded down.
pub(super) fn mean(sum: i128, n: u64) -> Option<prost_types::Duration> {
    let mean = sum.checked_div(n.into())?;
    i64::try_from(mean).ok().map(time::duration_to_proto)
}
