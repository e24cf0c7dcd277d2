//! What a process shows over HTTP: `/metrics` for Prometheus, `/healthz` for a supervisor that restarts processes,
//! `/readyz` for a load balancer.

pub(crate) mod metrics;
mod publisher_metrics;
pub(crate) mod publisher_pages;
pub(crate) mod source_metrics;
pub(crate) mod view_metrics;

use std::sync::Arc;

use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::from_fn_with_state,
    response::IntoResponse,
    routing::get,
};

use crate::door::access::{self, Access};

/// Whether a process is well, or why it is not.
pub(crate) type Health = Result<(), String>;

/// What the pages show.
pub(crate) struct Pages {
    /// The text that Prometheus reads.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// Whether a restart would help.
    pub alive: Box<dyn Fn() -> Health + Send + Sync>,
    /// Whether it is to be asked.
    pub ready: Box<dyn Fn() -> Health + Send + Sync>,
}

/// The pages. With tokens, `/metrics` needs one with the role `read`; the probes need none.
pub(crate) fn router(pages: Pages, access: Option<&Access>) -> Router {
    let pages = Arc::new(pages);
    let (metrics, alive, ready) = (Arc::clone(&pages), Arc::clone(&pages), pages);
    let guarded = Router::new().route("/metrics", get(async move || page((metrics.metrics)())));
    let guarded = match access {
        Some(access) => guarded.route_layer(from_fn_with_state(access.clone(), access::metrics)),
        None => guarded,
    };
    guarded
        .route("/healthz", get(async move || health((alive.alive)())))
        .route("/readyz", get(async move || health((ready.ready)())))
}

fn page(metrics: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], metrics)
}

/// 200, or 503 with the reason.
fn health(health: Health) -> (StatusCode, String) {
    match health {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}
