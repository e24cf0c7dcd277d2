//! The thread that carries events from a source to where the views are, beside other processes that carry those of
//! other partitions.
//!
//! It keeps nothing: how far its target is, the checkpoints there say, and a batch that does not go on from there
//! changes nothing. So a process that lost its partitions without knowing does no harm.

use std::{
    collections::BTreeMap,
    io,
    thread::{self, JoinHandle, ScopedJoinHandle},
    time::{Duration, Instant},
};

use rapport_model::Position;
use rapport_store::{Applied, Checkpoint, PartitionBatch, ReadError, StoreError};

use super::{
    progress::Progress,
    source::{Arrived, PartitionSource, SourceError, Stretch},
};
use crate::stopping::Stopping;

/// How long it waits for events before it looks at anything else.
const PATIENCE: Duration = Duration::from_millis(50);
/// The same once it has applied events: what says that none is missing is on its way.
const SOON: Duration = Duration::from_millis(2);
/// How often it looks how far all partitions are while it has nothing of its own to say, and at the views' state.
const LOOK: Duration = Duration::from_millis(250);
/// Between two tries after a failure: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Where events are carried to.
pub trait Target: Send + Sync + 'static {
    /// What has checkpoints of its own.
    type Part: Copy + Ord + Send + 'static;

    /// The parts.
    fn parts(&self) -> Vec<Self::Part>;

    /// Says whose events come; those of another ledger than before are refused.
    fn belong_to(&self, part: Self::Part, ledger_id: &str) -> Result<(), StoreError>;

    /// How far a part is in each partition, whoever brought it there.
    fn checkpoints(&self, part: Self::Part) -> Result<Vec<Checkpoint>, StoreError>;

    /// Carries events to a part, unless they do not go on where it is.
    fn apply(&self, part: Self::Part, batches: &[PartitionBatch]) -> Result<Applied, StoreError>;

    /// Says up to where nothing is missing in a part.
    fn complete(&self, part: Self::Part, position: Position) -> Result<(), StoreError>;

    /// Tells what state the views are in.
    fn look(&self) -> Result<(), ReadError>;
}

/// Carries events.
pub struct Follower<T: Target> {
    target: T,
    progress: Progress,
    stopping: Stopping,
    /// For each part the partitions of this process, each with the offset to go on from.
    at: BTreeMap<T::Part, BTreeMap<i32, i64>>,
    /// What was last said to be complete.
    said: BTreeMap<T::Part, Position>,
    looked: Instant,
}

/// Why it has to begin again.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    #[error("the source cannot be read")]
    Source(#[source] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("a thread ended by a fault of the program; report this with the log")]
    Panicked,
}

impl<T: Target> Follower<T> {
    /// One that has no partitions yet.
    pub fn new(target: T, progress: Progress, stopping: Stopping) -> Self {
        let at = target.parts().into_iter().map(|part| (part, BTreeMap::new())).collect();
        Self { target, progress, stopping, at, said: BTreeMap::new(), looked: Instant::now() }
    }

    /// Follows on a thread of its own until the process stops; `open` is asked for the source, again after it failed.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn spawn(
        self,
        open: impl FnMut() -> Result<Box<dyn PartitionSource>, SourceError> + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        thread::Builder::new().name("follower".to_owned()).spawn(move || self.run(open))
    }

    fn run(mut self, mut open: impl FnMut() -> Result<Box<dyn PartitionSource>, SourceError>) {
        let mut retry = RETRY.0;
        // What is there can be asked before the source is reached.
        if let Err(error) = self.target.look() {
            self.progress.failed(&error);
        }
        while !self.stopping.is_set() {
            let begun = Instant::now();
            let followed = match open() {
                Ok(mut source) => self.follow(&mut *source),
                Err(error) => Err(FollowError::Source(error)),
            };
            let Err(error) = followed else { return };
            self.progress.failed(&error);
            if begun.elapsed() > RETRY.1 {
                retry = RETRY.0;
            }
            self.pause(retry);
            retry = (retry * 2).min(RETRY.1);
        }
    }

    fn follow(&mut self, source: &mut dyn PartitionSource) -> Result<(), FollowError> {
        self.at.values_mut().for_each(BTreeMap::clear);
        self.said.clear();
        self.progress.head(source.head());
        let mut awaited: Option<Instant> = None;
        while !self.stopping.is_set() {
            let is_awaited = awaited.is_some_and(|since| since.elapsed() < LOOK);
            let head = source.head();
            let arrived =
                source.poll(if is_awaited { SOON } else { PATIENCE }).map_err(FollowError::Source)?;
            self.progress.head(source.head());
            let (has_events, has_moved) = (!arrived.stretches.is_empty(), source.head() != head);
            self.take(source, arrived)?;
            if has_events {
                awaited = Some(Instant::now());
            } else if has_moved {
                awaited = None;
            }
            if has_events || has_moved || self.looked.elapsed() > LOOK {
                self.say_how_far(source)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, source: &mut dyn PartitionSource, arrived: Arrived) -> Result<(), FollowError> {
        for partition in &arrived.revoked {
            for at in self.at.values_mut() {
                at.remove(partition);
            }
        }
        if !arrived.assigned.is_empty() {
            self.place(source, &arrived.assigned)?;
        }
        self.progress.partitions(self.at.values().map(BTreeMap::len).max().unwrap_or(0));
        // What came with them may be from before they were placed.
        let is_placed = |stretch: &Stretch| !arrived.assigned.contains(&stretch.partition);
        let stretches: Vec<Stretch> = arrived.stretches.into_iter().filter(is_placed).collect();
        if stretches.is_empty() { Ok(()) } else { self.apply(source, &stretches) }
    }

    /// Goes to where the target is.
    fn place(&mut self, source: &mut dyn PartitionSource, partitions: &[i32]) -> Result<(), FollowError> {
        let epoch = source.epoch().to_owned();
        for (part, at) in &mut self.at {
            self.target.belong_to(*part, source.ledger_id())?;
            let checkpoints = self.target.checkpoints(*part)?;
            for partition in partitions {
                at.insert(*partition, next_offset(&checkpoints, *partition, &epoch));
            }
        }
        for partition in partitions {
            let first = self.at.values().filter_map(|at| at.get(partition)).min();
            source.place(*partition, first.copied().unwrap_or(0)).map_err(FollowError::Source)?;
        }
        Ok(())
    }

    /// Carries events to every part, each on a thread of its own.
    fn apply(&mut self, source: &mut dyn PartitionSource, stretches: &[Stretch]) -> Result<(), FollowError> {
        let epoch = source.epoch().to_owned();
        let target = &self.target;
        let results: Vec<(T::Part, Result<Applied, FollowError>)> = thread::scope(|scope| {
            let work: Vec<_> = self
                .at
                .iter()
                .map(|(part, at)| {
                    let batches = batches(stretches, at, &epoch);
                    let part = *part;
                    (part, scope.spawn(move || target.apply(part, &batches)))
                })
                .collect();
            let ended = |thread: ScopedJoinHandle<'_, Result<Applied, StoreError>>| {
                thread.join().map_err(|_| FollowError::Panicked).and_then(|applied| Ok(applied?))
            };
            work.into_iter().map(|(part, thread)| (part, ended(thread))).collect()
        });
        let mut moved = Vec::new();
        for (part, result) in results {
            let at = self.at.entry(part).or_default();
            match result? {
                Applied::Done => {
                    for stretch in stretches {
                        at.entry(stretch.partition).and_modify(|at| *at = (*at).max(stretch.next_offset));
                    }
                }
                Applied::Stale { .. } => moved.extend(stretches.iter().map(|stretch| stretch.partition)),
            }
        }
        self.progress.took(stretches.iter().map(|stretch| stretch.events.len()).sum());
        if moved.is_empty() {
            return Ok(());
        }
        // Another process had them meanwhile, or a view was built anew.
        moved.sort_unstable();
        moved.dedup();
        self.place(source, &moved)
    }

    /// Says of each part up to where nothing is missing, whoever carried it there; now and then, also what state the
    /// views are in.
    fn say_how_far(&mut self, source: &mut dyn PartitionSource) -> Result<(), FollowError> {
        let epoch = source.epoch().to_owned();
        let mut least: Option<BTreeMap<i32, i64>> = None;
        let parts: Vec<T::Part> = self.at.keys().copied().collect();
        for part in &parts {
            let offsets: BTreeMap<i32, i64> = self
                .target
                .checkpoints(*part)?
                .into_iter()
                .filter(|checkpoint| checkpoint.epoch == epoch)
                .map(|checkpoint| (checkpoint.partition, checkpoint.next_offset))
                .collect();
            least = Some(match least.take() {
                None => offsets,
                Some(least) => at_least(&least, &offsets),
            });
        }
        let least = least.unwrap_or_default();
        if let Some(position) = source.complete(&least) {
            for part in parts {
                if self.said.get(&part) != Some(&position) {
                    self.target.complete(part, position)?;
                    self.said.insert(part, position);
                }
            }
        }
        if self.looked.elapsed() > LOOK {
            self.target.look()?;
            source.applied(&least);
            self.looked = Instant::now();
        }
        self.progress.works();
        Ok(())
    }

    fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while Instant::now() < until && !self.stopping.is_set() {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The partitions that both have, each up to where both have it.
fn at_least(one: &BTreeMap<i32, i64>, other: &BTreeMap<i32, i64>) -> BTreeMap<i32, i64> {
    one.iter()
        .filter_map(|(partition, offset)| Some((*partition, *offset.min(other.get(partition)?))))
        .collect()
}

/// Where a view goes on in a partition; at the beginning of a topic that was made anew.
pub fn next_offset(checkpoints: &[Checkpoint], partition: i32, epoch: &str) -> i64 {
    let ours = |checkpoint: &&Checkpoint| checkpoint.partition == partition && checkpoint.epoch == epoch;
    checkpoints.iter().find(ours).map_or(0, |checkpoint| checkpoint.next_offset)
}

/// What of the events a view has not got yet.
pub fn batches(stretches: &[Stretch], at: &BTreeMap<i32, i64>, epoch: &str) -> Vec<PartitionBatch> {
    let wanted = stretches.iter().filter_map(|stretch| {
        let from_offset = *at.get(&stretch.partition)?;
        if stretch.next_offset <= from_offset {
            return None;
        }
        let is_new =
            |event: &&rapport_store::EncodedEvent| event.offset().is_some_and(|at| at >= from_offset);
        Some(PartitionBatch {
            partition: stretch.partition,
            epoch: epoch.to_owned(),
            from_offset,
            next_offset: stretch.next_offset,
            events: stretch.events.iter().filter(is_new).cloned().collect(),
        })
    });
    wanted.collect()
}
