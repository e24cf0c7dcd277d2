//! The thread that carries events from a source to where the views are, beside other processes that carry those of
//! other partitions.
//!
//! It keeps no state: the checkpoints in its target say how far the target is, and a batch that does not follow them
//! changes nothing. So a process that lost its partitions without knowing does no harm.
//!
//! **Invariant:** a view that fails keeps no other view back: it is left behind and tried again by itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    thread::{self, JoinHandle, ScopedJoinHandle},
    time::{Duration, Instant},
};

use rapport_model::Position;
use rapport_store::{Applied, Checkpoint, PartitionBatch, ReadError, StoreError, View, store_error};
use tonic::{Code, Status};

use super::{
    left_behind::LeftBehind,
    progress::{Ahead, Progress},
    source::{Arrived, PartitionSource, SetBack, SourceError, Stretch, is_stop},
};
use crate::{stopping::Stopping, views::trouble::Failure};

/// How long it waits for events before it does its other work.
const PATIENCE: Duration = Duration::from_millis(50);
/// The same once it has applied events: the checkpoint which says that none is missing is on its way.
const SOON: Duration = Duration::from_millis(2);
/// How often it looks how far all partitions are while it has nothing of its own to say, and at the views' state.
const LOOK: Duration = Duration::from_millis(250);
/// Between two tries after a failure: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Where events are carried to.
pub(super) trait Target: Send + Sync + 'static {
    /// What has checkpoints of its own.
    type Part: Copy + Ord + Send + 'static;

    /// The parts.
    fn parts(&self) -> Vec<Self::Part>;

    /// The view of a part; `None` for a part that is all views.
    fn view(&self, part: Self::Part) -> Option<View>;

    /// Says whose events come; those of another ledger than before are refused.
    fn belong_to(&self, part: Self::Part, ledger_id: &str) -> Result<(), StoreError>;

    /// How far a part is in each partition, whichever process brought it there.
    fn checkpoints(&self, part: Self::Part) -> Result<Vec<Checkpoint>, StoreError>;

    /// Carries events to a part, unless they do not go on where it is.
    fn apply(&self, part: Self::Part, batches: &[PartitionBatch]) -> Result<Applied, StoreError>;

    /// Says up to where nothing is missing in a part.
    fn complete(&self, part: Self::Part, position: Position) -> Result<(), StoreError>;

    /// Tells what state the views of a part are in.
    fn look(&self, part: Self::Part) -> Result<(), ReadError>;
}

/// Carries events.
pub(super) struct Follower<T: Target> {
    target: T,
    progress: Progress,
    stopping: Stopping,
    /// The partitions of this process.
    assigned: BTreeSet<i32>,
    /// For each part the partitions of this process, each with the offset to go on from; none while it is left behind.
    at: BTreeMap<T::Part, BTreeMap<i32, i64>>,
    left_behind: LeftBehind<T::Part>,
    /// What was last said to be complete.
    said: BTreeMap<T::Part, Position>,
    looked: Instant,
}

/// Why it has to begin again.
#[derive(Debug, thiserror::Error)]
pub(super) enum FollowError {
    #[error("the source cannot be read")]
    Source(#[source] SourceError),
    #[error("the source is not what the views are of")]
    Other(#[source] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the program failed; report this with the log")]
    Panicked,
    #[error(transparent)]
    Ahead(#[from] Ahead),
    /// Each part has failed, and its failure was told.
    #[error("no view takes events")]
    EveryPart,
}

impl FollowError {
    /// Whether a retry cannot succeed until an operator changes something.
    fn lasts(&self) -> bool {
        match self {
            Self::Source(error) => error.downcast_ref().is_some_and(is_denied),
            Self::Other(error) => error.is::<SetBack>(),
            Self::Store(error) => error.lasts(),
            Self::Read(error) => store_error(error).is_some_and(StoreError::lasts),
            Self::Ahead(_) | Self::Panicked => true,
            Self::EveryPart => false,
        }
    }

    /// Whether it must be reported: a view reports its own failure, and the stop of a source is not a failure.
    fn is_of_work(&self) -> bool {
        match self {
            Self::Source(error) => !is_stop(&**error),
            Self::EveryPart => false,
            Self::Other(_) | Self::Store(_) | Self::Read(_) | Self::Panicked | Self::Ahead(_) => true,
        }
    }

    fn failure(&self) -> Failure<'_> {
        Failure { lasts: self.lasts(), ..Failure::passing(self) }
    }
}

/// A ledger that does not let this process in.
fn is_denied(status: &Status) -> bool {
    matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied)
}

/// What became of something that is done for several parts.
type Results<P, R> = Vec<(P, Result<R, FollowError>)>;

impl<T: Target> Follower<T> {
    /// One that has no partitions yet.
    pub(super) fn new(target: T, progress: Progress, stopping: Stopping) -> Self {
        let at = target.parts().into_iter().map(|part| (part, BTreeMap::new())).collect();
        let (assigned, said) = (BTreeSet::new(), BTreeMap::new());
        let left_behind = LeftBehind::default();
        Self { target, progress, stopping, assigned, at, left_behind, said, looked: Instant::now() }
    }

    /// Follows on a thread of its own until the process stops; `open` is asked for the source, again after it failed.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub(super) fn spawn(
        self,
        open: impl FnMut() -> Result<Box<dyn PartitionSource>, SourceError> + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        thread::Builder::new().name("follower".to_owned()).spawn(move || self.run(open))
    }

    fn run(mut self, mut open: impl FnMut() -> Result<Box<dyn PartitionSource>, SourceError>) {
        let mut retry = RETRY.0;
        // What is there can be asked before the source is reached.
        for part in self.target.parts() {
            if let Err(error) = self.target.look(part) {
                self.tell(part, &error.into());
            }
        }
        while !self.stopping.is_set() {
            let begun = Instant::now();
            let followed = match open() {
                Ok(mut source) => self.follow(&mut *source),
                Err(error) => Err(FollowError::Source(error)),
            };
            let Err(error) = followed else { return };
            // A failure while stopping is expected.
            if self.stopping.is_set() {
                return;
            }
            if error.is_of_work() {
                self.progress.failed(error.failure());
            }
            if begun.elapsed() > RETRY.1 {
                retry = RETRY.0;
            }
            self.pause(retry);
            retry = (retry * 2).min(RETRY.1);
        }
    }

    fn follow(&mut self, source: &mut dyn PartitionSource) -> Result<(), FollowError> {
        self.assigned.clear();
        self.at.values_mut().for_each(BTreeMap::clear);
        self.left_behind.try_all();
        self.said.clear();
        self.progress.source_opened();
        self.heard(source);
        let mut awaited: Option<Instant> = None;
        while !self.stopping.is_set() {
            let is_awaited = awaited.is_some_and(|since| since.elapsed() < LOOK);
            let head = source.head();
            let arrived =
                source.poll(if is_awaited { SOON } else { PATIENCE }).map_err(FollowError::Source)?;
            self.heard(source);
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
            if self.left_behind.is_due() {
                let assigned: Vec<i32> = self.assigned.iter().copied().collect();
                self.place(source, &assigned)?;
            }
            self.progress.waits_for_source();
        }
        Ok(())
    }

    fn heard(&self, source: &dyn PartitionSource) {
        self.progress.head(source.head());
        self.progress.heard_of_source(source.heard());
    }

    fn take(&mut self, source: &mut dyn PartitionSource, arrived: Arrived) -> Result<(), FollowError> {
        for partition in &arrived.revoked {
            self.assigned.remove(partition);
            for at in self.at.values_mut() {
                at.remove(partition);
            }
        }
        if !arrived.assigned.is_empty() {
            self.assigned.extend(&arrived.assigned);
            self.place(source, &arrived.assigned)?;
        }
        self.progress.partitions(self.assigned.len());
        // What came with them may be from before they were placed.
        let is_placed = |stretch: &Stretch| !arrived.assigned.contains(&stretch.partition);
        let stretches: Vec<Stretch> = arrived.stretches.into_iter().filter(is_placed).collect();
        if stretches.is_empty() { Ok(()) } else { self.apply(source, &stretches) }
    }

    /// The parts that are not left behind, or are tried again now.
    fn active(&self) -> Vec<T::Part> {
        self.at.keys().copied().filter(|part| self.left_behind.is_followed(*part)).collect()
    }

    /// Leaves the parts behind that failed. When all failed, the source is opened again.
    fn settle<R>(&mut self, results: Results<T::Part, R>) -> Result<Vec<(T::Part, R)>, FollowError> {
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for (part, result) in results {
            match result {
                Ok(result) => done.push((part, result)),
                Err(error) => failed.push((part, error)),
            }
        }
        for (part, error) in &failed {
            self.tell(*part, error);
        }
        if done.is_empty() && !failed.is_empty() {
            return Err(FollowError::EveryPart);
        }
        self.progress.heard_of_store();
        for (part, _) in failed {
            self.left_behind.add(part);
            self.at.entry(part).or_default().clear();
        }
        Ok(done)
    }

    fn tell(&self, part: T::Part, error: &FollowError) {
        match self.target.view(part) {
            Some(view) => self.progress.view_failed(view, error.failure()),
            None => self.progress.failed(error.failure()),
        }
    }

    fn works(&mut self, part: T::Part) {
        self.left_behind.remove(part);
        if let Some(view) = self.target.view(part) {
            self.progress.view_works(view);
        }
    }

    /// Goes to where the target is.
    fn place(&mut self, source: &mut dyn PartitionSource, partitions: &[i32]) -> Result<(), FollowError> {
        let epoch = source.epoch().to_owned();
        let stands = |part: T::Part| {
            self.target.belong_to(part, source.ledger_id())?;
            Ok(self.target.checkpoints(part)?)
        };
        let found = self.active().into_iter().map(|part| (part, stands(part))).collect();
        for (part, checkpoints) in self.settle(found)? {
            for checkpoint in checkpoints.iter().filter(|checkpoint| checkpoint.epoch == epoch) {
                source.knows(checkpoint).map_err(FollowError::Other)?;
            }
            let at = self.at.entry(part).or_default();
            for partition in partitions {
                at.insert(*partition, next_offset(&checkpoints, *partition, &epoch));
            }
        }
        self.go_to_the_least(source, partitions)
    }

    fn go_to_the_least(
        &self,
        source: &mut dyn PartitionSource,
        partitions: &[i32],
    ) -> Result<(), FollowError> {
        for partition in partitions {
            let first = self.at.values().filter_map(|at| at.get(partition)).min();
            source.place(*partition, first.copied().unwrap_or(0)).map_err(FollowError::Source)?;
        }
        Ok(())
    }

    /// Carries events to every part, each on a thread of its own.
    fn apply(&mut self, source: &mut dyn PartitionSource, stretches: &[Stretch]) -> Result<(), FollowError> {
        let epoch = source.epoch().to_owned();
        let (target, active) = (&self.target, self.active());
        let results: Results<T::Part, (bool, Applied)> = thread::scope(|scope| {
            let followed = self.at.iter().filter(|(part, _)| active.contains(*part));
            let work: Vec<_> = followed
                .map(|(part, at)| {
                    let batches = batches(stretches, at, &epoch);
                    let part = *part;
                    let apply = move || Ok((!batches.is_empty(), target.apply(part, &batches)?));
                    (part, scope.spawn(apply))
                })
                .collect();
            let ended = |thread: ScopedJoinHandle<'_, Result<(bool, Applied), StoreError>>| {
                thread.join().map_err(|_| FollowError::Panicked).and_then(|applied| Ok(applied?))
            };
            work.into_iter().map(|(part, thread)| (part, ended(thread))).collect()
        });
        let (mut moved, mut is_sound) = (Vec::new(), false);
        let before = self.left_behind.len();
        for (part, (had_events, applied)) in self.settle(results)? {
            let at = self.at.entry(part).or_default();
            match applied {
                Applied::Done => {
                    for stretch in stretches {
                        at.entry(stretch.partition).and_modify(|at| *at = (*at).max(stretch.next_offset));
                    }
                    if had_events {
                        is_sound = true;
                        self.works(part);
                    }
                }
                Applied::Stale { .. } => moved.extend(stretches.iter().map(|stretch| stretch.partition)),
            }
        }
        if is_sound {
            self.progress.works();
        }
        self.progress.took(stretches.iter().map(|stretch| stretch.events.len()).sum());
        if self.left_behind.len() > before {
            // The source may have gone back for the parts that are left behind now.
            let assigned: Vec<i32> = self.assigned.iter().copied().collect();
            self.go_to_the_least(source, &assigned)?;
        }
        if moved.is_empty() {
            return Ok(());
        }
        // Another process had them meanwhile, or a view was built anew.
        moved.sort_unstable();
        moved.dedup();
        self.place(source, &moved)
    }

    /// Reports for each part the position up to which nothing is missing, whichever process applied it; now and then,
    /// also the state that the views are in.
    fn say_how_far(&mut self, source: &mut dyn PartitionSource) -> Result<(), FollowError> {
        let epoch = source.epoch().to_owned();
        let stands = |part: T::Part| {
            let checkpoints = self.target.checkpoints(part)?.into_iter();
            let ours = checkpoints.filter(|checkpoint| checkpoint.epoch == epoch);
            Ok(ours.map(|checkpoint| (checkpoint.partition, checkpoint.next_offset)).collect())
        };
        let found = self.active().into_iter().map(|part| (part, stands(part))).collect();
        let mut found: Vec<(T::Part, BTreeMap<i32, i64>)> = self.settle(found)?;
        let least =
            found.iter().map(|(_, offsets)| offsets.clone()).reduce(|one, other| at_least(&one, &other));
        // The least far first: a source may forget what it was asked beyond.
        found.sort_by_key(|(_, offsets)| offsets.values().sum::<i64>());
        let mut results = Vec::new();
        for (part, offsets) in found {
            let complete = source.complete(&offsets);
            let said = complete.filter(|complete| self.said.get(&part) != Some(complete));
            let told = said.map_or(Ok(()), |position| self.target.complete(part, position));
            results.push((part, told.map(|()| complete).map_err(FollowError::from)));
        }
        let mut is_at_head = true;
        for (part, complete) in self.settle(results)? {
            self.said.extend(complete.map(|position| (part, position)));
            if complete.is_some() && complete == source.head() {
                self.works(part);
            } else {
                is_at_head = false;
            }
        }
        if self.looked.elapsed() > LOOK {
            let looked = self.active().into_iter();
            let looked =
                looked.map(|part| (part, self.target.look(part).map_err(FollowError::from))).collect();
            self.settle(looked)?;
            source.applied(&least.unwrap_or_default());
            self.looked = Instant::now();
        }
        if let Some(ahead) = self.progress.ahead() {
            return Err(ahead.into());
        }
        if is_at_head {
            self.progress.works();
        }
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
pub(super) fn next_offset(checkpoints: &[Checkpoint], partition: i32, epoch: &str) -> i64 {
    let ours = |checkpoint: &&Checkpoint| checkpoint.partition == partition && checkpoint.epoch == epoch;
    checkpoints.iter().find(ours).map_or(0, |checkpoint| checkpoint.next_offset)
}

/// What of the events a view has not got yet.
pub(super) fn batches(stretches: &[Stretch], at: &BTreeMap<i32, i64>, epoch: &str) -> Vec<PartitionBatch> {
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

#[cfg(test)]
mod tests;
