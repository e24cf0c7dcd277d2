//! `/metrics` for Prometheus and `/healthz` for whoever restarts servers.

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
    core::Core,
    stopping::Stopping,
};

/// The pages. Metrics are for those who may read, when there are tokens; probes have none.
pub fn pages(core: Arc<Core>, access: Option<&Access>) -> Router {
    let (metrics, health) = (Arc::clone(&core), core);
    let guarded = Router::new().route("/metrics", get(async move || page(&metrics)));
    let guarded = match access {
        Some(access) => guarded.route_layer(from_fn_with_state(access.clone(), access::metrics)),
        None => guarded,
    };
    guarded.route("/healthz", get(async move || healthz(&health)))
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
