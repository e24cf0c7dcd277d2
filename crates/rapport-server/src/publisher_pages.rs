//! `/metrics`, `/healthz` and `/readyz` of a publisher that is a process of its own.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};
use prometheus_client::{encoding::text, registry::Registry};
use rapport_kafka::{PublisherReport, PublisherState, PublisherStatus};
use rapport_model::Position;
use tokio::{net::TcpListener, sync::watch};

use crate::{publisher_metrics::PublisherMetrics, publishing::lag};

/// What the pages are made of.
struct Pages {
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
    let pages = Arc::new(Pages { registry, metrics, status, head, started: Instant::now() });
    let (shown, ready) = (Arc::clone(&pages), pages);
    let router = Router::new()
        .route("/metrics", get(async move || shown.metrics()))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(async move || readiness(&ready.status.report())));
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

impl Pages {
    fn metrics(&self) -> impl IntoResponse + use<> {
        let (report, head) = (self.status.report(), *self.head.borrow());
        let waiting: Duration = lag(&report, head, self.started.elapsed());
        self.metrics.set(&report, head.0, waiting);
        let mut page = String::new();
        // Writing to a String does not fail.
        let _ = text::encode(&mut page, &self.registry);
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        ([(CONTENT_TYPE, kind)], page)
    }
}

/// 200 while it publishes; 503 with the reason when it does not.
fn readiness(report: &PublisherReport) -> (StatusCode, String) {
    match report.state {
        PublisherState::Publishing => (StatusCode::OK, "publishing\n".to_owned()),
        PublisherState::Starting
        | PublisherState::Waiting
        | PublisherState::Fenced
        | PublisherState::Refused => {
            let colon = if report.trouble.is_empty() { "" } else { ": " };
            (StatusCode::SERVICE_UNAVAILABLE, format!("{}{colon}{}\n", report.state.name(), report.trouble))
        }
    }
}
