//! Accepts connections up to a limit: the number of files that the system allows this process, less those that the
//! ledger itself needs. So a flood of connections takes no file from the log, and the process does not spin. With TLS,
//! a connection counts when its handshake is done. Each handshake has its own task and a time limit, so that it does
//! not delay others.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rustix::process::{Resource, getrlimit};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpListener,
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{sleep, timeout},
};
use tokio_rustls::{Accept, TlsAcceptor, server::TlsStream};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::stopping::Stopping;

/// Descriptors kept for the log, the views and the HTTP port.
const RESERVED: u64 = 128;
/// Connections on a system that allows hardly any.
const CONNECTIONS_MIN: u64 = 16;
/// Connections on a system that allows any number; each takes some 16 kB.
const CONNECTIONS_MAX: u64 = 100_000;
/// After the system gave none (it has no descriptors, or no memory), so much later it is asked again.
const PAUSE: Duration = Duration::from_millis(100);
/// Connections that are accepted and not yet served.
const AHEAD: usize = 16;

/// A handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections to the HTTP port, when it is TLS and may be public; from those reserved.
const PAGES_CONNECTIONS_MAX: usize = 64;
/// The longest life of such a connection: an open connection without requests takes a place.
const PAGES_LIFE: Duration = Duration::from_secs(60);

/// Bytes as they come and go.
enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection that holds its place among those allowed, and ends at the latest when the server cuts it off.
pub(super) struct Connection {
    transport: Transport,
    /// `None` once it has come.
    cut_off: Option<CutOff>,
    _place: OwnedSemaphorePermit,
}

/// The clients of the gRPC port, for as long as the stream is held. Beyond the number allowed, connections are closed
/// at once.
pub(super) fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    stopping: Stopping,
) -> impl Stream<Item = io::Result<Connection>> {
    let limit = (allowed(), ". Raise the limit of open files");
    accept_so_many(listener, tls, limit, move || Box::pin(stopping.clone().cut_off()))
}

/// The same for the HTTP port with TLS.
pub(super) fn accept_for_pages(
    listener: TcpListener,
    tls: TlsAcceptor,
    stopping: Stopping,
) -> impl Stream<Item = io::Result<Connection>> {
    let cut_off = move || {
        let stopped = stopping.clone().cut_off();
        // Out of time or cut off: over.
        Box::pin(async move { timeout(PAGES_LIFE, stopped).await.unwrap_or(()) }) as CutOff
    };
    accept_so_many(listener, Some(tls), (PAGES_CONNECTIONS_MAX, " of the HTTP port"), cut_off)
}

type CutOff = Pin<Box<dyn Future<Output = ()> + Send>>;

fn accept_so_many(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    (allowed, hint): (usize, &'static str),
    cut_off: impl Fn() -> CutOff + Send + 'static,
) -> impl Stream<Item = io::Result<Connection>> {
    let (to, connections) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        let places = Arc::new(Semaphore::new(allowed));
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted.map(|(stream, _)| stream),
                () = to.closed() => return,
            };
            let stream = match stream {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted; trying again");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                tracing::warn!(allowed, "too many connections; one was closed{hint}");
                continue;
            };
            // Answers are small, and waited for. Where it fails the connection is gone already.
            let _ = stream.set_nodelay(true);
            let cut_off = Some(cut_off());
            match &tls {
                Some(tls) => {
                    tokio::spawn(shake_hands(tls.accept(stream), cut_off, place, to.clone()));
                }
                None => {
                    let transport = Transport::Plain(stream);
                    if to.send(Ok(Connection { transport, cut_off, _place: place })).await.is_err() {
                        return;
                    }
                }
            }
        }
    });
    ReceiverStream::new(connections)
}

/// Hands a connection on when both sides have agreed on keys.
async fn shake_hands(
    handshake: Accept<TcpStream>,
    cut_off: Option<CutOff>,
    place: OwnedSemaphorePermit,
    to: mpsc::Sender<io::Result<Connection>>,
) {
    let shaken = tokio::select! {
        shaken = timeout(HANDSHAKE, handshake) => shaken,
        () = to.closed() => return,
    };
    match shaken {
        Ok(Ok(stream)) => {
            let transport = Transport::Tls(Box::new(stream));
            // The server may have stopped; then no connection is served.
            let _ = to.send(Ok(Connection { transport, cut_off, _place: place })).await;
        }
        // Scanners and probes do that all day.
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

fn allowed() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(CONNECTIONS_MAX);
    let allowed = files.saturating_sub(RESERVED).clamp(CONNECTIONS_MIN, CONNECTIONS_MAX);
    usize::try_from(allowed).unwrap_or(usize::MAX)
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        match &self.transport {
            Transport::Plain(stream) => stream.connect_info(),
            Transport::Tls(stream) => stream.get_ref().0.connect_info(),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // The task that serves a connection always waits for it to be readable, whatever else it waits for.
        if self.cut_off.as_mut().is_none_or(|cut_off| cut_off.as_mut().poll(context).is_ready()) {
            self.cut_off = None;
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Transport::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Transport::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(context),
            Transport::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Transport::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Transport::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(stream) => stream.is_write_vectored(),
            Transport::Tls(stream) => stream.is_write_vectored(),
        }
    }
}
