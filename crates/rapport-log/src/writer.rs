//! The thread that owns the appender: everybody submits, it commits what waits together.

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
    appender::Appender,
    error::{AppendError, SubmitError},
    lock,
    plan::event_bytes,
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

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(AppendRequest, usize, Answer)>,
    bytes: usize,
    closed: bool,
}

struct Desk {
    queue: Mutex<Queue>,
    submitted: Condvar,
    options: WriterOptions,
}

/// Takes requests from any thread. Cheap to clone; closes when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Writer {
    owner: Arc<Owner>,
}

struct Owner {
    desk: Arc<Desk>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner")
            .field("waiting", &lock::mutex(&self.desk.queue).waiting.len())
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn spawn(appender: Appender, options: WriterOptions) -> std::io::Result<Self> {
        let desk = Arc::new(Desk { queue: Mutex::default(), submitted: Condvar::new(), options });
        let run = {
            let desk = Arc::clone(&desk);
            move || work(&desk, appender)
        };
        let thread = thread::Builder::new().name("log-writer".to_owned()).spawn(run)?;
        Ok(Self { owner: Arc::new(Owner { desk, thread: Mutex::new(Some(thread)) }) })
    }

    /// Takes a request into the queue; `answer` is called when it is durable or refused, on the writer's thread: be
    /// quick there. When the thread dies, answers are dropped without a call.
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
        desk.submitted.notify_one();
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
        self.desk.submitted.notify_all();
        let mut thread = lock::mutex(&self.thread);
        // An answer that drops the last writer runs on the thread itself, which cannot wait for its own end.
        if thread.as_ref().is_some_and(|thread| thread.thread().id() != thread::current().id())
            && let Some(thread) = thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread panicked; appends are refused until a restart");
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.close();
    }
}

/// Refuses everything when the thread ends, in whatever way.
struct Closing<'a>(&'a Desk);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut queue = lock::mutex(&self.0.queue);
        queue.closed = true;
        let dropped = mem::take(&mut queue.waiting);
        drop(queue);
        drop(dropped);
    }
}

fn work(desk: &Desk, mut appender: Appender) {
    let closing = Closing(desk);
    while let Some((requests, answers)) = next_commit(desk) {
        let results = appender.commit(requests, now());
        for (answer, result) in answers.into_iter().zip(results) {
            // A caller's panic is its own; the others wait for their answers.
            if catch_unwind(AssertUnwindSafe(|| answer(result))).is_err() {
                tracing::error!("an answer to an append panicked");
            }
        }
    }
    // The log is released before anybody is told that the thread has ended.
    drop(appender);
    drop(closing);
}

/// What is committed together; `None` when the writer is closed and everything was taken.
fn next_commit(desk: &Desk) -> Option<(Vec<AppendRequest>, Vec<Answer>)> {
    let queue = lock::mutex(&desk.queue);
    let idle = |queue: &mut Queue| queue.waiting.is_empty() && !queue.closed;
    let mut queue = desk.submitted.wait_while(queue, idle).unwrap_or_else(PoisonError::into_inner);
    let (mut requests, mut answers, mut taken) = (Vec::new(), Vec::new(), 0);
    while taken < desk.options.commit_bytes_max {
        let Some((request, bytes, answer)) = queue.waiting.pop_front() else { break };
        queue.bytes -= bytes;
        taken += bytes.max(1);
        requests.push(request);
        answers.push(answer);
    }
    (!requests.is_empty()).then_some((requests, answers))
}

/// The only place that reads the system's clock.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
