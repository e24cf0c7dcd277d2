//! Sums and shares as answers have them.

use rapport_proto::v1;

use crate::stats::{as_f64, narrow_or_wide};

/// An exact sum.
pub(super) fn sum(sum: i128) -> Option<v1::Sum> {
    let (minor_units, minor_units_wide) = narrow_or_wide(Some(sum));
    Some(v1::Sum { minor_units, minor_units_wide })
}

/// A part of a whole; of one that is not positive there is none.
pub(super) fn ratio(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| as_f64(part) / as_f64(whole))
}
