//! Serves the HTTP pages on their port, over TLS where there is a certificate.

use std::{net::SocketAddr, pin::Pin};

use axum::{Router, serve::Listener};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_stream::{Stream, StreamExt};

use crate::{
    door::connections::{Connection, accept_for_pages},
    stopping::Stopping,
};

/// Serves until the server stops.
///
/// # Errors
/// The listener failed.
pub(super) async fn serve(
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
                // The server stops, so no connection is accepted any more.
                None => std::future::pending().await,
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}
