//! A broker behind a proxy that holds one request, drops the connection that it came by, and delivers it later by a
//! connection of its own. That is what a network does to a request whose connection broke: the client sends it again,
//! and the first one comes all the same.
//!
//! No request is changed or made up; one that is held reaches the broker once late, beside what the client sends again.

use std::{
    collections::HashSet,
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::broker::{Broker, new_folder};
use crate::port::Port;

/// An answer of the broker to a late request comes sooner.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Kafka's numbers of requests.
const PRODUCE: i16 = 0;
const ADD_PARTITIONS: i16 = 24;
const END_TRANSACTION: i16 = 26;

/// What a request of a transactional producer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Records of events.
    Events,
    /// The record of a checkpoint.
    Checkpoint,
    /// Partitions of events come into the transaction.
    AddsEvents,
    /// The partition of the checkpoints does.
    AddsCheckpoint,
    /// The transaction ends, and its records are seen.
    Commit,
    /// It ends, and they are not.
    Abort,
    /// Anything else.
    Other,
}

/// Says whether a request is the one.
pub type Rule = Box<dyn FnMut(Request) -> bool + Send>;

/// A broker with a second listener, that of the proxy.
pub struct DelayedBroker {
    /// The broker itself; its [`Broker::bootstrap`] is the listener without the proxy.
    pub broker: Broker,
    bootstrap: String,
    shared: Arc<Shared>,
}

struct Shared {
    behind: String,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    phase: Phase,
    hold: Rule,
    release: Rule,
    /// Called when the late request was delivered, before the one that released it goes on.
    then: Box<dyn FnMut() + Send>,
    held: Vec<u8>,
    since: Instant,
    /// What the broker said to the late request.
    answer: Option<i16>,
    /// Records on their way.
    outstanding: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Quiet,
    Armed,
    Held,
    Delivering,
}

impl Broker {
    /// Starts a broker behind a proxy that can delay a request.
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn start_delayed() -> Result<DelayedBroker> {
        DelayedBroker::start()
    }
}

impl DelayedBroker {
    pub(super) fn start() -> Result<Self> {
        let (behind, proxy) = (Port::claim()?, Port::claim()?);
        let bootstrap = proxy.address();
        let settings = include_str!("../../kafka/delayed.properties")
            .replace("BEHIND_ADDRESS", &behind.address())
            .replace("PROXY_ADDRESS", &bootstrap);
        let state = State {
            phase: Phase::Quiet,
            hold: Box::new(|_| false),
            release: Box::new(|_| false),
            then: Box::new(|| {}),
            held: Vec::new(),
            since: Instant::now(),
            answer: None,
            outstanding: 0,
        };
        let shared = Shared { behind: behind.address(), state: Mutex::new(state), changed: Condvar::new() };
        let shared = Arc::new(shared);
        let listener = TcpListener::bind(&bootstrap).context("the proxy's port")?;
        let serving = Arc::clone(&shared);
        // It ends with the process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                thread::spawn(move || shared.serve(&client));
            }
        });
        let broker = Broker::start_in(new_folder()?, vec![behind, proxy], &settings, &[])?;
        Ok(Self { broker, bootstrap, shared })
    }

    /// Where clients find it through the proxy, `127.0.0.1:PORT`.
    #[must_use]
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Holds the next request that `hold` says; it is delivered before the next one that `release` says, once the
    /// records that are on their way are answered.
    pub fn arm(&self, hold: Rule, release: Rule) {
        self.arm_and_then(hold, release, Box::new(|| {}));
    }

    /// The same; `then` is called in between.
    pub fn arm_and_then(&self, hold: Rule, release: Rule, then: Box<dyn FnMut() + Send>) {
        let mut state = self.shared.state();
        state.phase = Phase::Armed;
        (state.hold, state.release, state.then, state.answer) = (hold, release, then, None);
    }

    /// Waits for the late request to be delivered, and gives the error code that the broker answered.
    ///
    /// # Errors
    /// It was not, in so long.
    pub fn delivered(&self, timeout: Duration) -> Result<i16> {
        let state = self.shared.state();
        let waiting = |state: &mut State| state.answer.is_none();
        let waited = self.shared.changed.wait_timeout_while(state, timeout, waiting);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.answer.context("the held request was not delivered")
    }

    /// Waits until a request is held, and delivers it so long after that, whatever goes on then; gives what the broker
    /// answered, or nothing when none was held in so long.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn deliver_late(&self, by: Duration, timeout: Duration) -> Result<Option<i16>> {
        let waited = self
            .shared
            .changed
            .wait_timeout_while(self.shared.state(), timeout, |state| state.phase != Phase::Held);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            state.phase = Phase::Quiet;
            return Ok(None);
        }
        let due = state.since + by;
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        self.shared.deliver().map(Some)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries frames both ways until one end closes, or a request is held.
    fn serve(self: &Arc<Self>, client: &TcpStream) {
        let Ok(broker) = TcpStream::connect(&self.behind) else { return };
        let waiting = Arc::new(Mutex::new(HashSet::new()));
        let (Ok(from), Ok(to)) = (broker.try_clone(), client.try_clone()) else { return };
        let (shared, awaited) = (Arc::clone(self), Arc::clone(&waiting));
        let answers = thread::spawn(move || shared.answers(&from, &to, &awaited));
        // A connection that breaks is what is played here.
        let _ = self.requests(client, &broker, &waiting);
        let _ = (client.shutdown(Shutdown::Both), broker.shutdown(Shutdown::Both));
        let _ = answers.join();
        let unanswered = waiting.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.state().outstanding -= unanswered;
        self.changed.notify_all();
    }

    fn requests(
        &self,
        mut client: &TcpStream,
        mut broker: &TcpStream,
        waiting: &Mutex<HashSet<i32>>,
    ) -> io::Result<()> {
        loop {
            let frame = read_frame(&mut client)?;
            let request = request(&frame);
            let mut state = self.state();
            if state.phase == Phase::Armed && (state.hold)(request) {
                (state.phase, state.held, state.since) = (Phase::Held, frame, Instant::now());
                self.changed.notify_all();
                return Ok(());
            }
            if state.phase == Phase::Held && (state.release)(request) {
                let on_their_way = |state: &mut State| state.outstanding > 0;
                let waited = self.changed.wait_timeout_while(state, ANSWER_TIMEOUT, on_their_way);
                drop(waited);
                self.deliver().map_err(io::Error::other)?;
                state = self.state();
                (state.then)();
            }
            if number(&frame, 4) == Some(PRODUCE) {
                let correlation = correlation(&frame, 8).unwrap_or_default();
                if waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(correlation) {
                    state.outstanding += 1;
                }
            }
            drop(state);
            broker.write_all(&frame)?;
        }
    }

    fn answers(&self, mut broker: &TcpStream, mut client: &TcpStream, waiting: &Mutex<HashSet<i32>>) {
        while let Ok(frame) = read_frame(&mut broker) {
            let correlation = correlation(&frame, 4).unwrap_or_default();
            if waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&correlation) {
                self.state().outstanding -= 1;
                self.changed.notify_all();
            }
            if client.write_all(&frame).is_err() {
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
    }

    /// Sends what is held by a connection of its own.
    fn deliver(&self) -> Result<i16> {
        let held = {
            let mut state = self.state();
            state.phase = Phase::Delivering;
            std::mem::take(&mut state.held)
        };
        let mut late = TcpStream::connect(&self.behind)?;
        late.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        late.write_all(&held)?;
        let answer = read_frame(&mut late).context("the answer to a late request")?;
        // Length, correlation, throttle time, error.
        let code = number(&answer, 12).context("an error code")?;
        let mut state = self.state();
        (state.phase, state.answer) = (Phase::Quiet, Some(code));
        self.changed.notify_all();
        Ok(code)
    }
}

/// A frame with its length in front.
fn read_frame(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let bytes = usize::try_from(i32::from_be_bytes(length)).map_err(io::Error::other)?;
    let mut frame = length.to_vec();
    frame.resize(4 + bytes, 0);
    from.read_exact(frame.get_mut(4..).unwrap_or_default())?;
    Ok(frame)
}

fn number(frame: &[u8], at: usize) -> Option<i16> {
    Some(i16::from_be_bytes(frame.get(at..at + 2)?.try_into().ok()?))
}

fn correlation(frame: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(frame.get(at..at + 4)?.try_into().ok()?))
}

/// What a frame is: length, number, version, correlation, the client's name, and the request itself.
fn request(frame: &[u8]) -> Request {
    let names_checkpoints = || {
        let name = b".checkpoints";
        let start = frame.get(..frame.len().min(300)).unwrap_or_default();
        start.windows(name.len()).any(|window| window == name)
    };
    match number(frame, 4) {
        Some(PRODUCE) if names_checkpoints() => Request::Checkpoint,
        Some(PRODUCE) => Request::Events,
        Some(ADD_PARTITIONS) if names_checkpoints() => Request::AddsCheckpoint,
        Some(ADD_PARTITIONS) => Request::AddsEvents,
        // The last byte of versions 0 to 2.
        Some(END_TRANSACTION) if frame.last() == Some(&1) => Request::Commit,
        Some(END_TRANSACTION) => Request::Abort,
        Some(_) | None => Request::Other,
    }
}
