//! `/metrics` for Prometheus and `/healthz` for whoever restarts servers.

use std::sync::Arc;

use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};
use tokio::net::TcpListener;

use crate::core::Core;

/// Serves until the server stops.
///
/// # Errors
/// The listener failed.
pub async fn serve(listener: TcpListener, core: Arc<Core>) -> std::io::Result<()> {
    let stopped = core.stopping.clone();
    let (metrics, health) = (Arc::clone(&core), core);
    let router = Router::new()
        .route("/metrics", get(async move || page(&metrics)))
        .route("/healthz", get(async move || healthz(&health)));
    axum::serve(listener, router).with_graceful_shutdown(stopped.wait()).await
}

fn page(core: &Core) -> impl IntoResponse + use<> {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], core.metrics.render(&core.readings()))
}

/// 200 while appends are taken; 503 with the reason when they are not.
fn healthz(core: &Core) -> (StatusCode, &'static str) {
    if core.stopping.is_set() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if core.reader.counters().poisoned {
        (StatusCode::SERVICE_UNAVAILABLE, "the log takes no appends since a write failed; restart\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}
