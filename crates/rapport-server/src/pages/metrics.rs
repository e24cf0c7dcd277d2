//! What `/metrics` shows: counts and times, never content. No label has a value that a client chooses.

use std::{
    sync::{Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use rapport_kafka::PublisherReport;
use rapport_log::LogCounters;
use rapport_model::{Appended, ErrorClass};

use crate::{
    door::refusal::Refusal,
    pages::{
        publisher_metrics::PublisherMetrics,
        source_metrics::{SourceMetrics, SourceReadings},
        view_metrics::{ViewMetrics, ViewReading},
    },
};

/// How an append ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Why a client was not let in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReason {
    reason: &'static str,
}

/// Which view.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfView {
    view: &'static str,
}

/// Whose metrics they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// A ledger's.
    Ledger {
        /// Whether it publishes its log.
        publishes: bool,
    },
    /// A projector service's.
    Projector,
}

/// The metrics of one server.
pub(crate) struct Metrics {
    registry: Registry,
    appends: Family<Outcome, Counter>,
    append_events: Counter,
    append_duplicates: Counter,
    append_bytes: Counter,
    append_seconds: Histogram,
    queue_bytes: Gauge,
    disk: DiskGauges,
    read_events: Counter,
    reads: Counter,
    subscribers: Gauge,
    access_refused: Family<OfReason, Counter>,
    fell_behind: Counter,
    head_position: Gauge,
    log_poisoned: Gauge,
    log: LogGauges,
    /// Pages are made one after the other: what the log counts is added by difference.
    rendering: Mutex<()>,
    view_position: Family<OfView, Gauge>,
    view_lag: Family<OfView, Gauge>,
    view_set_aside: Family<OfView, Gauge>,
    view_state: ViewMetrics,
    view_questions: Family<OfView, Counter>,
    publisher: PublisherMetrics,
    source: SourceMetrics,
}

/// What the log itself counts.
#[derive(Default)]
struct LogGauges {
    commits: Counter,
    bytes: Counter,
    flush_seconds: Counter<f64, AtomicU64>,
    generations: Gauge,
    settled_position: Gauge,
    index_bytes: Gauge,
}

impl LogGauges {
    fn register(&self, registry: &mut Registry) {
        registry.register("log_commits", "Commits, each with one flush", self.commits.clone());
        registry.register("log_bytes", "Bytes written to the log", self.bytes.clone());
        registry.register("log_flush_seconds", "Time spent in flushes", self.flush_seconds.clone());
        registry.register("log_generations", "Generations of the log", self.generations.clone());
        registry.register(
            "log_settled_position",
            "The last position that the log's store has, too",
            self.settled_position.clone(),
        );
        registry.register("log_index_bytes", "Bytes of the index in memory", self.index_bytes.clone());
    }

    fn set(&self, log: &LogCounters) {
        self.commits.inc_by(log.commits.saturating_sub(self.commits.get()));
        self.bytes.inc_by(log.bytes.saturating_sub(self.bytes.get()));
        let flushed = Duration::from_micros(log.flush_micros).as_secs_f64();
        self.flush_seconds.inc_by((flushed - self.flush_seconds.get()).max(0.0));
        self.generations.set(clamp(log.generations));
        self.settled_position.set(clamp(log.settled_position));
        self.index_bytes.set(clamp(log.index_bytes));
    }
}

/// The disk that the ledger is on.
#[derive(Default)]
struct DiskGauges {
    size: Gauge,
    free: Gauge,
}

impl DiskGauges {
    fn register(&self, registry: &mut Registry) {
        registry.register("data_disk_bytes", "Bytes of the disk that the ledger is on", self.size.clone());
        registry.register("data_free_bytes", "Bytes of that disk that the ledger may use", self.free.clone());
    }
}

/// What is looked up when `/metrics` is asked for, and not counted as it happens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readings {
    /// The last position of the log.
    pub head_position: u64,
    /// Bytes of the disk that the ledger is on, and those of them that are free.
    pub disk: Option<(u64, u64)>,
    /// Bytes of appends that wait.
    pub queue_bytes: usize,
    /// What the log counts.
    pub log: LogCounters,
    /// What the publisher says, and how long events have waited for it.
    pub publisher: Option<(PublisherReport, Duration)>,
    /// What a projector says of its source.
    pub source: Option<SourceReadings>,
    /// How each view is doing.
    pub views: Vec<ViewReading>,
}

/// Counts a subscriber for as long as it lives.
pub(crate) struct Subscriber(Gauge);

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// All at zero; those of a publisher only where there is one.
    pub(crate) fn new(of: Of) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("rapport"),
            appends: Family::default(),
            append_events: Counter::default(),
            append_duplicates: Counter::default(),
            append_bytes: Counter::default(),
            append_seconds: Histogram::new(exponential_buckets(0.000_1, 2.0, 18)),
            queue_bytes: Gauge::default(),
            disk: DiskGauges::default(),
            read_events: Counter::default(),
            reads: Counter::default(),
            subscribers: Gauge::default(),
            access_refused: Family::default(),
            fell_behind: Counter::default(),
            head_position: Gauge::default(),
            log_poisoned: Gauge::default(),
            log: LogGauges::default(),
            rendering: Mutex::default(),
            view_position: Family::default(),
            view_lag: Family::default(),
            view_set_aside: Family::default(),
            view_state: ViewMetrics::default(),
            view_questions: Family::default(),
            publisher: PublisherMetrics::default(),
            source: SourceMetrics::default(),
        };
        metrics.register_shared();
        metrics.register_views();
        match of {
            Of::Ledger { publishes } => {
                metrics.register_log();
                if publishes {
                    metrics.publisher.register(&mut metrics.registry);
                }
            }
            Of::Projector => metrics.source.register(&mut metrics.registry),
        }
        metrics
    }

    fn register_shared(&mut self) {
        let registry = &mut self.registry;
        registry.register("head_position", "The last position of the log", self.head_position.clone());
        registry.register(
            "access_refused",
            "Calls without a known token, or without a role for it",
            self.access_refused.clone(),
        );
    }

    fn register_log(&mut self) {
        let registry = &mut self.registry;
        registry.register("appends", "Append requests by outcome", self.appends.clone());
        registry.register("append_events", "Events appended", self.append_events.clone());
        registry.register(
            "append_duplicates",
            "Events offered that were there already",
            self.append_duplicates.clone(),
        );
        registry.register("append_bytes", "Bytes of the payloads appended", self.append_bytes.clone());
        registry.register(
            "append_seconds",
            "Time from a checked request to its durable answer",
            self.append_seconds.clone(),
        );
        registry.register(
            "append_queue_bytes",
            "Bytes of appends that wait for the log",
            self.queue_bytes.clone(),
        );
        registry.register("reads", "Reads and subscriptions begun", self.reads.clone());
        registry.register("read_events", "Events sent to readers and subscribers", self.read_events.clone());
        registry.register("subscribers", "Subscriptions open", self.subscribers.clone());
        registry.register(
            "subscribers_fell_behind",
            "Times a subscription fell behind",
            self.fell_behind.clone(),
        );
        registry.register(
            "log_poisoned",
            "1 when the log takes no appends until a restart",
            self.log_poisoned.clone(),
        );
        self.log.register(registry);
        self.disk.register(registry);
    }

    fn register_views(&mut self) {
        let registry = &mut self.registry;
        registry.register("view_position", "The position a view has reached", self.view_position.clone());
        registry.register(
            "view_lag_events",
            "Events that a view has yet to apply; negative: events that it has and its source does not have",
            self.view_lag.clone(),
        );
        registry.register(
            "view_set_aside_events",
            "Events that a view could not read or store",
            self.view_set_aside.clone(),
        );
        self.view_state.register(registry);
        registry.register("view_questions", "Questions asked of a view", self.view_questions.clone());
    }

    /// An append was answered.
    pub(crate) fn appended(
        &self,
        events: u64,
        bytes: u64,
        since: Instant,
        answer: &Result<Appended, Refusal>,
    ) {
        match answer {
            Ok(appended) => {
                let duplicates = appended.duplicates.len() as u64;
                self.append_events.inc_by(events.saturating_sub(duplicates));
                self.append_duplicates.inc_by(duplicates);
                self.append_bytes.inc_by(bytes);
                self.append_seconds.observe(Duration::as_secs_f64(&since.elapsed()));
                self.outcome("appended");
            }
            Err(refusal) => self.refused(refusal),
        }
    }

    /// An append was refused.
    pub(crate) fn refused(&self, refusal: &Refusal) {
        self.outcome(match refusal.class {
            ErrorClass::Invalid => "invalid",
            ErrorClass::StaleRevision => "stale_revision",
            ErrorClass::ConditionFailed => "condition_failed",
            ErrorClass::Busy => "busy",
            ErrorClass::Unavailable => "unavailable",
            ErrorClass::NotFound
            | ErrorClass::Unauthenticated
            | ErrorClass::Denied
            | ErrorClass::TimedOut
            | ErrorClass::Corrupt
            | ErrorClass::Internal => "failed",
        });
    }

    /// A client was not let in: `unauthenticated` or `denied`.
    pub(crate) fn access_refused(&self, reason: &'static str) {
        self.access_refused.get_or_create(&OfReason { reason }).inc();
    }

    fn outcome(&self, outcome: &'static str) {
        self.appends.get_or_create(&Outcome { outcome }).inc();
    }

    /// A read or a subscription began.
    pub(crate) fn read_began(&self) {
        self.reads.inc();
    }

    /// Events were handed to a reader.
    pub(crate) fn read(&self, events: usize) {
        self.read_events.inc_by(events as u64);
    }

    /// A subscription began; it ends when this is dropped.
    pub(crate) fn subscriber(&self) -> Subscriber {
        self.subscribers.inc();
        Subscriber(self.subscribers.clone())
    }

    /// A subscription fell behind.
    pub(crate) fn fell_behind(&self) {
        self.fell_behind.inc();
    }

    /// A view was asked.
    pub(crate) fn asked(&self, view: &'static str) {
        self.view_questions.get_or_create(&OfView { view }).inc();
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self, readings: &Readings) -> String {
        let _one_at_a_time = self.rendering.lock().unwrap_or_else(PoisonError::into_inner);
        self.head_position.set(clamp(readings.head_position));
        self.queue_bytes.set(clamp(readings.queue_bytes as u64));
        self.log_poisoned.set(readings.log.poisoned.into());
        self.log.set(&readings.log);
        if let Some((size, free)) = readings.disk {
            self.disk.size.set(clamp(size));
            self.disk.free.set(clamp(free));
        }
        if let Some(source) = &readings.source {
            self.source.set(source);
        }
        if let Some((report, lag)) = &readings.publisher {
            self.publisher.set(report, readings.head_position, *lag);
        }
        for reading in &readings.views {
            let &ViewReading { view, position, ahead, set_aside, .. } = reading;
            let labels = OfView { view };
            self.view_state.set(reading);
            self.view_position.get_or_create(&labels).set(clamp(position));
            let behind = readings.head_position.saturating_sub(position);
            self.view_lag.get_or_create(&labels).set(clamp(behind).saturating_sub(clamp(ahead)));
            self.view_set_aside.get_or_create(&labels).set(clamp(set_aside));
        }
        let mut page = String::new();
        // Writing to a String does not fail.
        let _ = text::encode(&mut page, &self.registry);
        page
    }
}

fn clamp(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_what_happened_and_how_far_views_are() {
        let metrics = Metrics::new(Of::Ledger { publishes: true });
        metrics.refused(&Refusal::stopping());
        let subscriber = metrics.subscriber();
        let failing = Duration::from_secs(5);
        let funnel =
            ViewReading { view: "funnel", position: 7, ahead: 0, set_aside: 1, last_set_aside: 6, failing };
        let readings = Readings { head_position: 10, views: vec![funnel], ..Readings::default() };
        let page = metrics.render(&readings);
        for line in [
            "rapport_appends_total{outcome=\"unavailable\"} 1",
            "rapport_subscribers 1",
            "rapport_head_position 10",
            "rapport_view_lag_events{view=\"funnel\"} 3",
            "rapport_view_set_aside_events{view=\"funnel\"} 1",
            "rapport_view_set_aside_position{view=\"funnel\"} 6",
            "rapport_view_failing_seconds{view=\"funnel\"} 5.0",
        ] {
            assert!(page.contains(line), "{line} is not in\n{page}");
        }
        drop(subscriber);
        assert!(metrics.render(&readings).contains("rapport_subscribers 0"));
    }
}
