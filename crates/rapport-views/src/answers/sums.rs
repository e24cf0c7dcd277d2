//! Sums and shares as answers have them.

use rapport_proto::v1;

use crate::stats::{as_f64, narrow_or_wide};

/// An exact sum.
pub(crate) fn sum(sum: i128) -> Option<v1::Sum> {
    let (minor_units, minor_units_wide) = narrow_or_wide(Some(sum));
    Some(v1::Sum { minor_units, minor_units_wide })
}

/// What a sum is.
pub(crate) fn wide(sum: &v1::Sum) -> i128 {
    sum.minor_units.map_or_else(|| sum.minor_units_wide.parse().unwrap_or_default(), i128::from)
}

/// A part of a whole; of one that is not positive there is none.
pub(crate) fn ratio(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| as_f64(part) / as_f64(whole))
}
