//! What `/metrics` shows of the publisher.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use rapport_kafka::{PublisherReport, PublisherState};

/// In which state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

/// How a transaction or a comparison ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// The metrics of a publisher; a ledger that publishes nothing shows none.
#[derive(Debug, Default)]
pub(super) struct PublisherMetrics {
    position: Gauge,
    lag_events: Gauge,
    lag_seconds: Gauge<f64, std::sync::atomic::AtomicU64>,
    events: Counter,
    transactions: Family<Outcome, Counter>,
    state: Family<InState, Gauge>,
    comparisons: Family<Outcome, Counter>,
    faults: Gauge,
}

impl PublisherMetrics {
    /// Puts them on the page.
    pub(super) fn register(&self, registry: &mut Registry) {
        let last = "The last position that is committed in Kafka";
        registry.register("publisher_position", last, self.position.clone());
        registry.register(
            "publisher_lag_events",
            "Events that are yet to be published",
            self.lag_events.clone(),
        );
        let waiting = "How long events have waited to be published";
        registry.register("publisher_lag_seconds", waiting, self.lag_seconds.clone());
        registry.register("publisher_events", "Events published by this process", self.events.clone());
        let ended = "Transactions of this process, by outcome";
        registry.register("publisher_transactions", ended, self.transactions.clone());
        registry.register(
            "publisher_state",
            "1 for what the publisher does at the moment",
            self.state.clone(),
        );
        let ended = "Comparisons of the topic with the log, by outcome";
        registry.register("publisher_comparisons", ended, self.comparisons.clone());
        let found = "Faults that the last comparison of the topic with the log found";
        registry.register("publisher_faults", found, self.faults.clone());
    }

    /// Takes over what the publisher says.
    pub(super) fn set(&self, report: &PublisherReport, head: u64, lag: Duration) {
        let clamp = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.position.set(clamp(report.position.0));
        self.lag_events.set(clamp(head.saturating_sub(report.position.0)));
        self.lag_seconds.set(lag.as_secs_f64());
        self.events.inc_by(report.events.saturating_sub(self.events.get()));
        for (outcome, count) in [("committed", report.committed), ("aborted", report.aborted)] {
            let counter = self.transactions.get_or_create(&Outcome { outcome });
            counter.inc_by(count.saturating_sub(counter.get()));
        }
        let compared = &report.comparisons;
        for (outcome, count) in
            [("sound", compared.sound), ("unsound", compared.unsound), ("failed", compared.failed)]
        {
            let counter = self.comparisons.get_or_create(&Outcome { outcome });
            counter.inc_by(count.saturating_sub(counter.get()));
        }
        self.faults.set(clamp(compared.faults));
        for state in PublisherState::ALL {
            let is_now = i64::from(state == report.state);
            self.state.get_or_create(&InState { state: state.name() }).set(is_now);
        }
    }
}
