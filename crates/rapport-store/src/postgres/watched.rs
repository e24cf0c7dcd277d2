//! A connection that notices when its server is gone without a word: a network that vanished, a firewall that forgot
//! the connection.
//!
//! The driver waits for an answer for ever, and an answer may take long. So a server that sends nothing for a while is
//! asked on another connection whether it works on the statement. If it does, the wait goes on. If it does not, or if it
//! does not answer there either, the connection is given up and the statement fails.

use std::{
    error::Error,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI32, Ordering},
    },
    task::{Context, Poll, ready},
    thread,
    time::{Duration, Instant},
};

use postgres::{
    Socket,
    config::SslMode,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    time::{Sleep, sleep},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The interval at which a wait checks whether it should go on.
const LOOK: Duration = Duration::from_millis(250);
/// A wait that has not looked for longer had ended: the silence since then does not count.
const IDLE: Duration = Duration::from_secs(1);
/// Asks a server whether it speaks TLS: length, and the number that stands for the question.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

type BoxError = Box<dyn Error + Send + Sync>;
type Tls = <RustlsConnector as TlsConnect<Wire>>::Stream;
type RustlsConnector = <MakeRustlsConnect as MakeTlsConnect<Wire>>::TlsConnect;

/// Whether a server is at work for one of its processes; an error says why it must be gone.
pub(super) type Ask = Arc<dyn Fn(i32) -> Result<(), String> + Send + Sync>;

/// What a connection shares with the code that opened it.
pub(super) struct Watch {
    /// The server's process for this connection; 0 until it is known.
    process: AtomicI32,
    /// The result of asking.
    verdict: Mutex<Option<Result<(), String>>>,
    ask: Ask,
    /// Silence until the server is asked.
    patience: Duration,
    /// Silence until a connection that is being made is given up.
    connect_timeout: Duration,
}

impl Watch {
    /// Of a connection that is not made yet.
    pub(super) fn new(ask: Ask, patience: Duration, connect_timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            process: AtomicI32::new(0),
            verdict: Mutex::new(None),
            ask,
            patience,
            connect_timeout,
        })
    }

    /// The connection is made, and this is the server's process for it.
    pub(super) fn is_connected(&self, process: i32) {
        self.process.store(process, Ordering::Release);
    }

    fn verdict(&self) -> Option<Result<(), String>> {
        self.verdict.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn ask(self: &Arc<Self>, process: i32) -> io::Result<()> {
        let watch = Arc::clone(self);
        let ask = move || {
            let verdict = (watch.ask)(process);
            *watch.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        };
        thread::Builder::new().name("postgres-watch".to_owned()).spawn(ask).map(drop)
    }
}

/// The bytes of a connection as they come and go.
pub(super) struct Wire {
    socket: Socket,
    watch: Arc<Watch>,
    /// When the server last sent something, or when the wait for it began.
    since: Instant,
    looked: Instant,
    /// When the server was asked; `None` when it is not.
    asked: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

impl Wire {
    fn new(socket: Socket, watch: Arc<Watch>) -> Self {
        let now = Instant::now();
        Self { socket, watch, since: now, looked: now, asked: None, timer: Box::pin(sleep(LOOK)) }
    }

    /// Nothing comes: whether to go on waiting.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let now = Instant::now();
            if now.duration_since(self.looked) > IDLE {
                self.since = now;
            }
            self.looked = now;
            if let Err(error) = self.look(now) {
                return Poll::Ready(Err(error));
            }
            ready!(self.timer.as_mut().poll(context));
            self.timer.as_mut().reset((now + LOOK).into());
        }
    }

    fn look(&mut self, now: Instant) -> io::Result<()> {
        let silence = now.duration_since(self.since);
        let gone = |what: String| io::Error::new(io::ErrorKind::TimedOut, what);
        let process = self.watch.process.load(Ordering::Acquire);
        if process == 0 {
            let limit = self.watch.connect_timeout;
            if silence < limit {
                return Ok(());
            }
            let seconds = limit.as_secs();
            return Err(gone(format!("the server took the connection and said nothing for {seconds} s")));
        }
        let Some(asked) = self.asked else {
            if silence >= self.watch.patience {
                self.watch.ask(process)?;
                self.asked = Some(now);
            }
            return Ok(());
        };
        let Some(verdict) = self.watch.verdict() else { return Ok(()) };
        self.asked = None;
        match verdict {
            // Bytes that came while the other connection asked show that the server works.
            Err(why) if self.since < asked => {
                Err(gone(format!("the server has said nothing for {} s: {why}", silence.as_secs())))
            }
            Ok(()) | Err(_) => {
                self.since = now;
                Ok(())
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.socket).poll_read(context, buffer) {
            Poll::Ready(read) => {
                self.since = Instant::now();
                self.looked = self.since;
                Poll::Ready(read)
            }
            Poll::Pending => self.wait(context),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.socket).poll_write(context, bytes));
        // The server need not answer while bytes are on their way to it.
        self.since = Instant::now();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

/// A watched connection, with TLS or without.
pub(super) enum Watched {
    Plain(Wire),
    Tls(Box<Tls>),
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(wire) => Pin::new(wire).poll_read(context, buffer),
            Self::Tls(tls) => Pin::new(tls).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(wire) => Pin::new(wire).poll_write(context, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(wire) => Pin::new(wire).poll_flush(context),
            Self::Tls(tls) => Pin::new(tls).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(wire) => Pin::new(wire).poll_shutdown(context),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(context),
        }
    }
}

impl TlsStream for Watched {
    fn channel_binding(&self) -> ChannelBinding {
        match self {
            Self::Plain(_) => ChannelBinding::none(),
            Self::Tls(tls) => tls.channel_binding(),
        }
    }
}

/// Makes watched connections. The driver hands its sockets to a TLS connector alone, so this one agrees with the server
/// on TLS, or on none.
#[derive(Clone)]
pub(super) struct Route {
    /// What the URL asks for.
    pub mode: SslMode,
    pub tls: Option<MakeRustlsConnect>,
    pub watch: Arc<Watch>,
}

impl MakeTlsConnect<Socket> for Route {
    type Stream = Watched;
    type TlsConnect = Dial;
    type Error = BoxError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Dial, BoxError> {
        let tls = self.tls.as_mut();
        let tls = tls.map(|tls| MakeTlsConnect::<Wire>::make_tls_connect(tls, domain)).transpose()?;
        Ok(Dial { mode: self.mode, tls, watch: Arc::clone(&self.watch) })
    }
}

/// One connection to be made.
pub(super) struct Dial {
    mode: SslMode,
    tls: Option<RustlsConnector>,
    watch: Arc<Watch>,
}

impl TlsConnect<Socket> for Dial {
    type Stream = Watched;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Watched, BoxError>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let mut wire = Wire::new(socket, self.watch);
            let Some(tls) = self.tls else { return Ok(Watched::Plain(wire)) };
            wire.write_all(&SSL_REQUEST).await?;
            let mut answer = [0];
            wire.read_exact(&mut answer).await?;
            if answer == *b"S" {
                return Ok(Watched::Tls(Box::new(tls.connect(wire).await?)));
            }
            if self.mode == SslMode::Require {
                return Err("server does not support TLS".into());
            }
            Ok(Watched::Plain(wire))
        })
    }
}
