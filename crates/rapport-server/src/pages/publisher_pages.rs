//! `/metrics`, `/healthz` and `/readyz` of a publisher that is a process of its own.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use prometheus_client::{encoding::text, registry::Registry};
use rapport_kafka::{PublisherReport, PublisherState, PublisherStatus};
use rapport_model::Position;
use tokio::{net::TcpListener, sync::watch};

use super::{Health, Pages, router};
use crate::{ledger::publishing::lag, pages::publisher_metrics::PublisherMetrics};

/// What the pages are made of.
struct Shown {
    registry: Registry,
    metrics: PublisherMetrics,
    status: PublisherStatus,
    head: watch::Receiver<Position>,
    started: Instant,
}

/// Serves the pages until `stop`. `head` is the end of the ledger, as far as it is known.
///
/// # Errors
/// The listener failed.
pub async fn serve_publisher_pages(
    listener: TcpListener,
    status: PublisherStatus,
    head: watch::Receiver<Position>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (mut registry, metrics) = (Registry::with_prefix("rapport"), PublisherMetrics::default());
    metrics.register(&mut registry);
    let shown = Shown { registry, metrics, status: status.clone(), head, started: Instant::now() };
    let pages = Pages {
        metrics: Box::new(move || shown.metrics()),
        alive: Box::new(|| Ok(())),
        ready: Box::new(move || readiness(&status.report())),
    };
    axum::serve(listener, router(pages, None)).with_graceful_shutdown(stop).await
}

impl Shown {
    fn metrics(&self) -> String {
        let (report, head) = (self.status.report(), *self.head.borrow());
        let waiting: Duration = lag(&report, head, self.started.elapsed());
        self.metrics.set(&report, head.0, waiting);
        let mut page = String::new();
        // Writing to a String does not fail.
        let _ = text::encode(&mut page, &self.registry);
        page
    }
}

/// Whether it publishes, or why not.
fn readiness(report: &PublisherReport) -> Health {
    match report.state {
        PublisherState::Publishing => Ok(()),
        PublisherState::Starting
        | PublisherState::Waiting
        | PublisherState::Fenced
        | PublisherState::Refused => {
            let colon = if report.trouble.is_empty() { "" } else { ": " };
            Err(format!("{}{colon}{}", report.state.name(), report.trouble))
        }
    }
}
