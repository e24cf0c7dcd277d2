//! The statistics that answers need: each with its formula's source.
//!
//! Pure functions of numbers; what is counted is decided in [`crate::answers`].

pub mod kaplan_meier;
pub mod mean;
pub mod nps;
pub mod waves;
pub mod wilson;

mod exact;

pub use exact::{as_f64, median_i64, narrow_or_wide, round_half_even, share};

/// The standard normal quantile of 97.5 %: intervals are 95 % ones.
pub const Z_95: f64 = 1.96;

/// An estimate with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point.
    pub value: f64,
    /// The interval; absent where one observation says nothing about spread.
    pub interval: Option<(f64, f64)>,
    /// The standard error, in the same unit; absent with the interval.
    pub standard_error: Option<f64>,
}
