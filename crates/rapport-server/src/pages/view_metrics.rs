//! What `/metrics` shows of views that do not advance, or go on without an event.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

/// Which view.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfView {
    view: &'static str,
}

/// How a view is doing.
#[derive(Debug, Clone, Default)]
pub(crate) struct ViewReading {
    /// Its name.
    pub view: &'static str,
    /// What it has reached.
    pub position: u64,
    /// Events that it has and its source has not.
    pub ahead: u64,
    /// Events that it set aside.
    pub set_aside: u64,
    /// The position of the last of them; 0 without one.
    pub last_set_aside: u64,
    /// How long it has not advanced for a failure.
    pub failing: Duration,
}

/// The metrics of views, beside how far they are.
#[derive(Debug, Default)]
pub(crate) struct ViewMetrics {
    failing_seconds: Family<OfView, Gauge<f64, AtomicU64>>,
    last_set_aside: Family<OfView, Gauge>,
}

impl ViewMetrics {
    /// Puts them on the page.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let failing = "How long every try to bring a view up to date has failed; `rapport status` says why";
        registry.register("view_failing_seconds", failing, self.failing_seconds.clone());
        let position = "The position of the last event that a view set aside; 0 without one";
        registry.register("view_set_aside_position", position, self.last_set_aside.clone());
    }

    /// Takes over how a view is doing.
    pub(crate) fn set(&self, reading: &ViewReading) {
        let labels = OfView { view: reading.view };
        self.failing_seconds.get_or_create(&labels).set(reading.failing.as_secs_f64());
        let position = i64::try_from(reading.last_set_aside).unwrap_or(i64::MAX);
        self.last_set_aside.get_or_create(&labels).set(position);
    }
}
