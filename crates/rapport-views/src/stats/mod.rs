//! The statistics that answers need: each with its formula's source.
//!
//! Pure functions of numbers; [`crate::answers`] decides what is counted.

pub mod anova;
pub mod bg_nbd;
pub mod gamma_gamma;
pub mod kaplan_meier;
pub mod mean;
pub mod nps;
pub mod pareto_nbd;
pub mod proportions;
pub mod purchasing;
pub mod search;
pub mod waves;
pub mod wilson;

mod exact;

pub use exact::{as_f64, median_i64, median_i128, narrow_or_wide, round_half_even, share};

/// The standard normal quantile of 97.5 %: intervals are 95 % ones.
pub const Z_95: f64 = 1.96;

/// An estimate with its 95 % interval.
///
/// **Invariant:** an interval contains its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point.
    pub value: f64,
    /// The interval; absent where one observation says nothing about spread.
    pub interval: Option<(f64, f64)>,
    /// The standard error, in the same unit; absent with the interval.
    pub standard_error: Option<f64>,
}

impl Estimate {
    /// With both ends, of which one is moved to a value outside: Rocks' interval of one detractor begins at -98.5, and
    /// rounding may leave any end of a scale outside by a last digit.
    fn with_interval(value: f64, (low, high): (f64, f64), standard_error: f64) -> Self {
        let interval = Some((low.min(value), high.max(value)));
        Self { value, interval, standard_error: Some(standard_error) }
    }
}
