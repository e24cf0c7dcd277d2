//! The thread that publishes the log to Kafka, and its status.

use std::{io, thread, time::Duration};

use rapport_kafka::{
    Feed, FeedError, FeedLimits, LogEvent, OptionsError, Publisher, PublisherOptions, PublisherReport,
    PublisherStatus, Stop, Verifier,
};
use rapport_log::{ReadFrom, ReadRequest, Reader};
use rapport_model::Position;
use tokio::{runtime::Handle, sync::watch, time::timeout};

/// The log of this process, for the publisher.
struct LogFeed {
    reader: Reader,
    head: watch::Receiver<Position>,
    runtime: Handle,
}

/// The running threads.
pub(crate) struct Publishing {
    /// What publishes, and what compares.
    threads: Vec<thread::JoinHandle<()>>,
    stop: Stop,
    status: PublisherStatus,
}

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
pub enum PublishingError {
    /// The options.
    #[error("kafka: {0}")]
    Options(#[from] OptionsError),
    /// The system has no thread for it.
    #[error("cannot start a thread; the system's limit of processes is reached")]
    Thread(#[from] io::Error),
}

impl Publishing {
    /// Starts it; with a time it also compares the topic with the log again and again. Must be called within a tokio
    /// runtime.
    ///
    /// # Errors
    /// The options cannot be used, or the system has no thread left.
    pub(crate) fn spawn(
        options: PublisherOptions,
        verify_every: Option<Duration>,
        reader: Reader,
        head: watch::Receiver<Position>,
    ) -> Result<Self, PublishingError> {
        let (stop, status) = (Stop::new(), PublisherStatus::default());
        let publisher = Publisher::new(options.clone(), status.clone(), stop.clone())?;
        let feed = || LogFeed { reader: reader.clone(), head: head.clone(), runtime: Handle::current() };
        let of_publisher = feed();
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let mut threads = vec![named("publisher").spawn(move || {
            publisher.run(of_publisher);
        })?];
        if let Some(every) = verify_every {
            let verifier = Verifier::new(options, every, status.clone(), stop.clone());
            let feed = feed();
            threads.push(named("comparing").spawn(move || verifier.run(feed))?);
        }
        Ok(Self { threads, stop, status })
    }

    /// Its status; clones show the same.
    pub(crate) fn status(&self) -> PublisherStatus {
        self.status.clone()
    }

    /// Ends it. A transaction under way is finished or given up.
    pub(crate) fn end(self) -> thread::Result<()> {
        self.stop.set();
        self.threads.into_iter().map(thread::JoinHandle::join).fold(Ok(()), thread::Result::and)
    }
}

/// How long events have waited to be published; zero when all are published.
pub(crate) fn lag(report: &PublisherReport, head: Position, running_for: Duration) -> Duration {
    if report.position >= head {
        return Duration::ZERO;
    }
    report.caught_up.map_or(running_for, |caught_up| caught_up.elapsed())
}

impl Feed for LogFeed {
    fn head(&mut self) -> Result<Position, FeedError> {
        Ok(self.reader.head().position)
    }

    fn next(
        &mut self,
        after: Position,
        limits: FeedLimits,
        patience: Duration,
    ) -> Result<Vec<LogEvent>, FeedError> {
        let is_behind = |head: &Position| *head > after;
        let head = &mut self.head;
        let arrived =
            async { timeout(patience, head.wait_for(is_behind)).await.is_ok_and(|told| told.is_ok()) };
        if !self.runtime.block_on(arrived) {
            return Ok(Vec::new());
        }
        let request = ReadRequest { from: ReadFrom::Position(after.next()), ..ReadRequest::default() };
        let (mut events, mut bytes) = (Vec::new(), 0);
        for recorded in self.reader.read(request).take(limits.events_max) {
            let recorded = recorded?;
            bytes += recorded.bytes.len();
            events.push(LogEvent { position: recorded.position, bytes: recorded.bytes });
            if bytes >= limits.bytes_max {
                break;
            }
        }
        Ok(events)
    }

    /// The ledger reads this in the publisher's status.
    fn tell_behind(&mut self, _: Position) {}
}
