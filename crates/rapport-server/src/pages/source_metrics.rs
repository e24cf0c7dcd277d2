//! What `/metrics` shows of a projector service's source.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// Which view.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfView {
    view: &'static str,
}

/// What is looked up when the page is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceReadings {
    /// Partitions of this process.
    pub partitions: usize,
    /// How long nothing was heard of the source or the store.
    pub silence: Duration,
    /// Events that this process applied.
    pub events: u64,
    /// Records that are not events.
    pub unreadable: u64,
    /// How long events have waited for each view.
    pub lags: Vec<(&'static str, Duration)>,
}

/// The metrics of a source.
#[derive(Debug, Default)]
pub(crate) struct SourceMetrics {
    partitions: Gauge,
    silence: Gauge<f64, AtomicU64>,
    events: Counter,
    unreadable: Counter,
    lag_seconds: Family<OfView, Gauge<f64, AtomicU64>>,
}

impl SourceMetrics {
    /// Puts them on the page.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let partitions = "Partitions that this process has of its source";
        registry.register("source_partitions", partitions, self.partitions.clone());
        let silence = "How long nothing was heard of the source, or of a store that was asked; below 15 when all is well";
        registry.register("source_silence_seconds", silence, self.silence.clone());
        registry.register("source_events", "Events that this process applied", self.events.clone());
        let unreadable = "Records that are not events; the views set them aside";
        registry.register("source_unreadable_events", unreadable, self.unreadable.clone());
        let waited = "How long events have waited for a view";
        registry.register("view_lag_seconds", waited, self.lag_seconds.clone());
    }

    /// Takes over what the source says.
    pub(crate) fn set(&self, readings: &SourceReadings) {
        self.partitions.set(i64::try_from(readings.partitions).unwrap_or(i64::MAX));
        self.silence.set(readings.silence.as_secs_f64());
        self.events.inc_by(readings.events.saturating_sub(self.events.get()));
        self.unreadable.inc_by(readings.unreadable.saturating_sub(self.unreadable.get()));
        for (view, lag) in &readings.lags {
            self.lag_seconds.get_or_create(&OfView { view }).set(lag.as_secs_f64());
        }
    }
}
