//! The two ports of a server of any kind: taken before anything is opened, served, and closed with patience.

use std::{error::Error, io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinHandle},
    time::sleep,
};
use tonic::{service::RoutesBuilder, transport};

use crate::{
    door::{connections, grpc, http, listening::Listening, protection::Protection},
    pages::{self, Pages, metrics::Metrics},
    start_error::{StartError, StopError},
    stopping::{Stop, Stopping},
    views::questions::Questions,
};

/// How long connections that were cut off take to close.
const CLOSING: Duration = Duration::from_millis(500);

/// The ports that the process listens on, and what protects them; no client is answered yet.
pub(crate) struct Ports {
    listening: Listening,
    protection: Protection,
    grpc: (TcpListener, SocketAddr),
    http: (TcpListener, SocketAddr),
}

/// Ports that are served.
pub(crate) struct Served {
    /// Where gRPC listens.
    pub grpc_address: SocketAddr,
    /// Where the pages are.
    pub http_address: SocketAddr,
    grpc: JoinHandle<Result<(), transport::Error>>,
    http: JoinHandle<io::Result<()>>,
}

impl Ports {
    /// Takes them.
    ///
    /// # Errors
    /// A certificate or the tokens cannot be used, or an address is taken.
    pub(crate) async fn take(listening: Listening, metrics: &Arc<Metrics>) -> Result<Self, StartError> {
        let protection = Protection::load(&listening, metrics)?;
        let grpc = listen(listening.grpc, "grpc").await?;
        let http = listen(listening.http, "http").await?;
        Ok(Self { listening, protection, grpc, http })
    }

    /// Answers clients until the server stops.
    pub(crate) fn serve(self, routes: RoutesBuilder, pages: Pages, stopping: &Stopping) -> Served {
        let Self { listening, protection, grpc: (grpc, grpc_address), http: (http, http_address) } = self;
        let router = grpc::router(routes, protection.access.as_ref());
        let (grpc_tls, http_tls) = protection.acceptors();
        let incoming = connections::accept(grpc, grpc_tls, stopping.clone());
        let grpc = tokio::spawn(router.serve_with_incoming_shutdown(incoming, stopping.clone().wait()));
        let pages = pages::router(pages, protection.access.as_ref());
        let http = tokio::spawn(http::serve(http, http_tls, pages, stopping.clone()));
        protection.follow(&listening, stopping);
        Served { grpc_address, http_address, grpc, http }
    }
}

impl Served {
    /// Takes no new calls and finishes those under way. What takes longer than `patience` is cut off, and so is, after
    /// a moment, a client that does not take what is ready for it.
    ///
    /// # Errors
    /// A port had failed before.
    pub(crate) async fn close(
        self,
        stop: &Stop,
        questions: &Questions,
        patience: Duration,
    ) -> Result<(), StopError> {
        stop.set();
        let listeners = [self.grpc.abort_handle(), self.http.abort_handle()];
        let both = async { (ended("gRPC", self.grpc).await, ended("HTTP", self.http).await) };
        let all_served = async {
            questions.answered(patience).await;
            tracing::warn!("clients that do not read, or calls that did not end in time, are cut off");
            stop.cut_off();
            sleep(CLOSING).await;
        };
        let (grpc, http) = tokio::select! {
            ended = both => ended,
            () = all_served => (Ok(()), Ok(())),
        };
        listeners.iter().for_each(AbortHandle::abort);
        grpc.and(http)
    }
}

/// Listens on an address that a flag gave.
pub(crate) async fn listen(
    address: SocketAddr,
    flag: &'static str,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, flag, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

async fn ended<E>(what: &'static str, task: JoinHandle<Result<(), E>>) -> Result<(), StopError>
where
    E: Error + Send + Sync + 'static,
{
    match task.await {
        Ok(served) => served.map_err(|source| StopError::Serving { what, source: source.into() }),
        Err(_) => Err(StopError::Panicked { what }),
    }
}
