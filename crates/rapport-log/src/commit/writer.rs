//! The two threads that own the appender: any thread submits requests, and these two commit the waiting ones together.
//!
//! The thread that holds the appender puts a commit together and, when the commit before is durable, hands the appender
//! to the other thread and flushes. So one thread checks and encodes while the other waits for the disk, and one thread
//! alone checks, encodes and flushes a request that comes alone.
//!
//! **Invariant:** commits are flushed in the order in which they were sealed: a thread gives the appender away only when
//! the commit that it sealed is the next to flush.

use std::{
    collections::VecDeque,
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{SystemTime, UNIX_EPOCH},
};

use rapport_model::{AppendRequest, Appended, Timestamp};

use crate::{
    commit::{appender::Appender, plan::event_bytes, sealed::Sealed},
    error::{AppendError, Poisoned, SubmitError},
    lock,
};

/// How much may wait, and how much is committed together.
#[derive(Debug, Clone, Copy)]
pub struct WriterOptions {
    /// Bytes of events that may wait; one request is always taken.
    pub queue_bytes_max: usize,
    /// Requests that may wait.
    pub queue_requests_max: usize,
    /// Bytes of events in a commit, after which the next one begins.
    pub commit_bytes_max: usize,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self { queue_bytes_max: 64 << 20, queue_requests_max: 65_536, commit_bytes_max: 4 << 20 }
    }
}

type Answer = Box<dyn FnOnce(Result<Appended, AppendError>) + Send>;

/// Threads of a writer: one flushes a commit, the other puts the next one together meanwhile.
const THREADS: usize = 2;

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(AppendRequest, usize, Answer)>,
    bytes: usize,
    /// A commit is being flushed.
    flushing: bool,
    /// Requests are refused; those in the queue are still committed.
    closed: bool,
    /// A thread panicked, so the writer does nothing more.
    broken: bool,
}

struct Desk {
    queue: Mutex<Queue>,
    changed: Condvar,
    /// `None` when the writer is closed. The thread that locks it puts a commit together.
    appender: Mutex<Option<Appender>>,
    options: WriterOptions,
}

/// Takes requests from any thread. Cheap to clone; closes when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Writer {
    owner: Arc<Owner>,
}

struct Owner {
    desk: Arc<Desk>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner")
            .field("waiting", &lock::mutex(&self.desk.queue).waiting.len())
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn spawn(appender: Appender, options: WriterOptions) -> std::io::Result<Self> {
        let desk = Arc::new(Desk {
            queue: Mutex::default(),
            changed: Condvar::default(),
            appender: Mutex::new(Some(appender)),
            options,
        });
        let owner = Arc::new(Owner { desk, threads: Mutex::default() });
        for _ in 0..THREADS {
            let desk = Arc::clone(&owner.desk);
            let thread = thread::Builder::new().name("log-writer".to_owned()).spawn(move || work(&desk))?;
            lock::mutex(&owner.threads).push(thread);
        }
        Ok(Self { owner })
    }

    /// Takes a request into the queue. A thread of the writer calls `answer` when the request is durable or refused, so
    /// `answer` must be quick. When a thread panics, the answers are dropped without a call.
    ///
    /// # Errors
    /// The queue is full, or the writer is closed; `answer` is dropped then.
    pub fn submit(
        &self,
        request: AppendRequest,
        answer: impl FnOnce(Result<Appended, AppendError>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        let bytes = request.appends.iter().flat_map(|append| &append.events).map(event_bytes).sum();
        let desk = &self.owner.desk;
        let mut queue = lock::mutex(&desk.queue);
        if queue.closed {
            return Err(SubmitError::Stopped);
        }
        let too_many = queue.waiting.len() >= desk.options.queue_requests_max;
        let too_large = queue.bytes.saturating_add(bytes) > desk.options.queue_bytes_max;
        if !queue.waiting.is_empty() && (too_many || too_large) {
            return Err(SubmitError::Busy);
        }
        queue.bytes += bytes;
        queue.waiting.push_back((request, bytes, Box::new(answer)));
        drop(queue);
        desk.changed.notify_one();
        Ok(())
    }

    /// Commits and answers everything submitted, refuses what comes later, and waits until that is done.
    pub fn close(&self) {
        self.owner.close();
    }

    /// Requests that wait, and their bytes.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let queue = lock::mutex(&self.owner.desk.queue);
        (queue.waiting.len(), queue.bytes)
    }
}

impl Owner {
    fn close(&self) {
        lock::mutex(&self.desk.queue).closed = true;
        self.desk.changed.notify_all();
        for thread in mem::take(&mut *lock::mutex(&self.threads)) {
            // An answer that drops the last writer runs on one of the threads, which cannot wait for its own end.
            if thread.thread().id() != thread::current().id() && thread.join().is_err() {
                tracing::error!("a thread of the writer panicked; appends are refused until a restart");
            }
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.close();
    }
}

/// Refuses everything once a thread has ended, also by a panic.
struct Closing<'a>(&'a Desk);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut queue = lock::mutex(&self.0.queue);
        queue.closed = true;
        queue.broken |= thread::panicking();
        let dropped = mem::take(&mut queue.waiting);
        drop(queue);
        self.0.changed.notify_all();
        drop(dropped);
    }
}

/// A commit with the callers that wait for it.
struct Commit {
    sealed: Result<Sealed, Poisoned>,
    answers: Vec<(Answer, Result<Appended, AppendError>)>,
}

fn work(desk: &Desk) {
    let closing = Closing(desk);
    while let Some(Commit { sealed, answers }) = next_commit(desk) {
        let flushed = sealed.and_then(Sealed::flush);
        desk.end_flush();
        for (answer, result) in answers {
            // A refusal may rest on events of the commit, so it is not certain either when that failed.
            let result = flushed.map_err(|Poisoned| AppendError::Poisoned).and(result);
            // A panic of one caller's function must not take the answers of the others.
            if catch_unwind(AssertUnwindSafe(|| answer(result))).is_err() {
                tracing::error!("an answer to an append panicked");
            }
        }
    }
    drop(closing);
}

/// Puts a commit together until it is this thread's turn to flush; `None` when the writer is closed and everything was
/// taken.
fn next_commit(desk: &Desk) -> Option<Commit> {
    // A thread that panicked with the appender in hand left it in an unknown state.
    let mut slot = desk.appender.lock().ok()?;
    let appender = slot.as_mut()?;
    let (mut draft, mut answers, mut bytes) = (None, Vec::new(), 0);
    loop {
        match desk.next_step(answers.is_empty(), bytes) {
            Step::Add(requests) => {
                let draft = draft.get_or_insert_with(|| appender.draft(now()));
                for (request, size, answer) in requests {
                    bytes += size.max(1);
                    let result = draft.as_mut().map_err(|poisoned| *poisoned);
                    let result = result
                        .map_err(|Poisoned| AppendError::Poisoned)
                        .and_then(|draft| appender.add(draft, &request));
                    answers.push((answer, result));
                }
            }
            Step::Flush => {
                let sealed = draft.unwrap_or(Err(Poisoned)).and_then(|draft| appender.seal(draft));
                return Some(Commit { sealed, answers });
            }
            Step::End => {
                // The log is released before the callers of `close` learn that the writer has ended.
                *slot = None;
                return None;
            }
        }
    }
}

/// What to do next for the commit that is being put together.
enum Step {
    /// Add these.
    Add(Vec<(AppendRequest, usize, Answer)>),
    /// The commit before is durable and no request waits: flush. The state says that a flush is under way.
    Flush,
    /// There will be no more commits.
    End,
}

impl Desk {
    /// Waits for the next step. While a flush is under way, the commit takes further requests, up to its limit.
    fn next_step(&self, is_empty: bool, bytes: usize) -> Step {
        let mut queue = lock::mutex(&self.queue);
        loop {
            if queue.broken {
                return Step::End;
            }
            if bytes < self.options.commit_bytes_max && !queue.waiting.is_empty() {
                return Step::Add(queue.take(self.options.commit_bytes_max - bytes));
            }
            if !is_empty && !queue.flushing {
                queue.flushing = true;
                return Step::Flush;
            }
            if is_empty && queue.closed && !queue.flushing {
                return Step::End;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn end_flush(&self) {
        lock::mutex(&self.queue).flushing = false;
        self.changed.notify_one();
    }
}

impl Queue {
    fn take(&mut self, bytes_max: usize) -> Vec<(AppendRequest, usize, Answer)> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while bytes < bytes_max {
            let Some(request) = self.waiting.pop_front() else { break };
            self.bytes -= request.1;
            bytes += request.1.max(1);
            taken.push(request);
        }
        taken
    }
}

/// The only place that reads the system's clock.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
