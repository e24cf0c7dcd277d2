//! `/metrics` for Prometheus, `/healthz` for whoever restarts servers, `/readyz` for whoever sends them questions.

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::from_fn_with_state,
    response::IntoResponse,
    routing::get,
    serve::Listener,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_stream::{Stream, StreamExt};

use crate::{
    access::{self, Access},
    connections::{Connection, accept_for_pages},
    stopping::Stopping,
};

/// What a page says of a process: all is well, or why not.
pub type Health = Result<(), String>;

/// What the pages show.
pub struct Pages {
    /// The text that Prometheus reads.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// Whether a restart would help.
    pub alive: Box<dyn Fn() -> Health + Send + Sync>,
    /// Whether it is to be asked.
    pub ready: Box<dyn Fn() -> Health + Send + Sync>,
}

/// The pages. Metrics are for those who may read, when there are tokens; probes have none.
pub fn pages(pages: Pages, access: Option<&Access>) -> Router {
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

/// Serves until the server stops.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    pages: Router,
    stopping: Stopping,
) -> std::io::Result<()> {
    let stopped = stopping.clone().wait();
    match tls {
        None => axum::serve(listener, pages).with_graceful_shutdown(stopped).await,
        Some(tls) => {
            let address = listener.local_addr()?;
            let connections = Box::pin(accept_for_pages(listener, tls, stopping));
            axum::serve(TlsListener { connections, address }, pages).with_graceful_shutdown(stopped).await
        }
    }
}

/// Connections whose handshake is done.
struct TlsListener {
    connections: Pin<Box<dyn Stream<Item = std::io::Result<Connection>> + Send>>,
    address: SocketAddr,
}

impl Listener for TlsListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.connections.next().await {
                Some(Ok(connection)) => return (connection, self.address),
                Some(Err(_)) => {}
                // Nobody accepts any more: the server stops.
                None => std::future::pending().await,
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
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
