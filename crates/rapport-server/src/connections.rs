//! Connections as they come, so many and no more: what the system allows this process, less what the ledger itself
//! needs. A flood of connections then costs the log no file and the process no spinning.

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
    time::sleep,
};
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

/// A connection that holds its place among those allowed, and ends at the latest when the server cuts it off.
pub struct Connection {
    stream: TcpStream,
    /// `None` once it has come.
    cut_off: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    _place: OwnedSemaphorePermit,
}

/// Accepts for as long as the stream is held. Beyond the number allowed, connections are closed at once.
pub fn accept(listener: TcpListener, stopping: Stopping) -> impl Stream<Item = io::Result<Connection>> {
    let (to, connections) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        let allowed = allowed();
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
                tracing::warn!(
                    allowed,
                    "too many connections; one was closed. Raise the limit of open files"
                );
                continue;
            };
            // Answers are small, and waited for. Where it fails the connection is gone already.
            let _ = stream.set_nodelay(true);
            let cut_off: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(stopping.clone().cut_off());
            let cut_off = Some(cut_off);
            if to.send(Ok(Connection { stream, cut_off, _place: place })).await.is_err() {
                return;
            }
        }
    });
    ReceiverStream::new(connections)
}

fn allowed() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(CONNECTIONS_MAX);
    let allowed = files.saturating_sub(RESERVED).clamp(CONNECTIONS_MIN, CONNECTIONS_MAX);
    usize::try_from(allowed).unwrap_or(usize::MAX)
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Whoever serves a connection waits for it to be readable, whatever else they wait for.
        if self.cut_off.as_mut().is_none_or(|cut_off| cut_off.as_mut().poll(context).is_ready()) {
            self.cut_off = None;
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
