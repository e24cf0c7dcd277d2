//! What a question asks of every measure.

use rapport_model::Timestamp;
use rapport_proto::v1::FunnelMeasure;

use super::params::{Cohort, Measures};
use crate::answers::window::Window;

/// What every measure needs to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    pub(super) occurred_until: Timestamp,
    pub(super) period: Window,
    /// The period of the overview.
    pub(super) lately: Window,
    pub(super) cohort: Option<Cohort>,
    pub(super) measures: Measures,
    /// The measure whose hits are kept.
    pub(super) kept: Measures,
}

impl Scope {
    pub(super) fn keeps(&self, measure: FunnelMeasure) -> bool {
        self.kept.has(measure)
    }
}
