//! The end of the log: checks requests, gives them places, makes them durable.

use std::sync::Arc;

use rapport_model::{AppendRequest, Appended, NewEvent, Position, Revision, Timestamp};

use crate::{
    commit::{
        ahead::Ahead,
        pending::Pending,
        plan::{Fate, Plan, Planner, check_limits},
        sealed::Sealed,
        settle::Settler,
    },
    counters::add,
    disk::{
        generation::{Generation, GenerationParts},
        index::{Index, Keys},
    },
    error::{AppendError, Poisoned, StorageError},
    event::{envelope::Place, record::Encoder},
    lock,
    options::LogOptions,
    shared::{LogHead, Shared},
};

/// A commit that is being put together.
#[derive(Debug)]
pub(crate) struct Draft {
    pending: Pending,
    /// The system's clock, or a moment later than the commit before.
    now: Timestamp,
}

/// Appends to a log. A log has one appender, which is not `Clone`.
///
/// A commit is put together (`draft`, `add`), closed (`seal`) and flushed (`Sealed::flush`). The next commit may be put
/// together while the last one is being flushed; commits are flushed in the order in which they were sealed.
///
/// **Invariant:** after a write that failed the appender appends nothing: only a restart shows what the disk holds.
#[derive(Debug)]
pub struct Appender {
    // Dropped first: both wait for their threads, and the directory must stay locked until those have ended.
    ahead: Ahead,
    settler: Settler,
    shared: Arc<Shared>,
    options: LogOptions,
    live: Arc<Generation>,
    /// Bytes of blocks in the live generation.
    live_bytes: u64,
    /// The last position that was given away, durable or not.
    end: Position,
    encoder: Encoder,
    last_recorded_at: Option<Timestamp>,
    #[cfg(test)]
    pub(crate) fail_next_write: bool,
}

impl Appender {
    pub(crate) fn new(
        shared: Arc<Shared>,
        options: LogOptions,
        live: Arc<Generation>,
        live_bytes: u64,
        settler: Settler,
    ) -> Self {
        let head = shared.head();
        Self {
            shared,
            options,
            live,
            live_bytes,
            end: head.position,
            ahead: Ahead::default(),
            settler,
            encoder: Encoder::default(),
            last_recorded_at: head.recorded_at,
            #[cfg(test)]
            fail_next_write: false,
        }
    }

    /// Appends requests in this order, accepts or refuses each separately, and flushes once. The answers are in the same
    /// order.
    ///
    /// `now` is the system's clock; a simulated ledger takes the time from the requests. All events of a commit
    /// have one `recorded_at`, later than that of the commit before, whatever the clock does.
    pub fn commit(
        &mut self,
        requests: &[AppendRequest],
        now: Timestamp,
    ) -> Vec<Result<Appended, AppendError>> {
        let poisoned = || requests.iter().map(|_| Err(AppendError::Poisoned)).collect();
        let Ok(mut draft) = self.draft(now) else { return poisoned() };
        let answers = requests.iter().map(|request| self.add(&mut draft, request)).collect();
        match self.seal(draft).and_then(Sealed::flush) {
            Ok(()) => answers,
            // A refusal may rest on events of this commit, so it is not certain either.
            Err(Poisoned) => poisoned(),
        }
    }

    /// Begins a commit.
    pub(crate) fn draft(&mut self, now: Timestamp) -> Result<Draft, Poisoned> {
        if self.shared.is_poisoned() {
            return Err(Poisoned);
        }
        self.begin_generation_when_full().map_err(|error| self.shared.poison(&error))?;
        let now =
            self.last_recorded_at.map_or(now, |last| now.max(Timestamp::from_micros(last.as_micros() + 1)));
        let pending = Pending::new(self.end.next(), self.options.block_bytes_max);
        Ok(Draft { pending, now })
    }

    /// Adds a request to a commit, or refuses it. Neither answer is certain before the commit is flushed.
    pub(crate) fn add(
        &mut self,
        draft: &mut Draft,
        request: &AppendRequest,
    ) -> Result<Appended, AppendError> {
        let answer = self.apply(request, draft.now, &mut draft.pending);
        if answer.is_err() {
            add(&self.shared.counters.refused, 1);
        }
        answer
    }

    /// Closes a commit: its blocks go into the index and the journal, so the next commit can be checked against them.
    pub(crate) fn seal(&mut self, draft: Draft) -> Result<Sealed, Poisoned> {
        // Nothing may be written behind a commit that is not durable: after a crash it would look like damage.
        if self.shared.is_poisoned() {
            return Err(Poisoned);
        }
        let Draft { pending, .. } = draft;
        let position = Position(pending.next_position().0 - 1);
        let events = position.0 - self.end.0;
        let described: Vec<_> = pending.blocks().collect();
        let blocks = pending.finish(self.live.salt);
        let mut index = lock::write(&self.live.index);
        for ((events, recorded_at), (_, block)) in described.into_iter().zip(&blocks) {
            index.insert_block(events, recorded_at, block.len());
        }
        let end = index.blocks_len();
        drop(index);
        self.live.write(&blocks).map_err(|error| self.shared.poison(&error))?;
        self.live_bytes = end;
        self.end = position;
        Ok(Sealed {
            shared: Arc::clone(&self.shared),
            generation: Arc::clone(&self.live),
            bell: self.settler.bell(),
            blocks: blocks.len(),
            bytes: blocks.iter().map(|(_, block)| block.len()).sum(),
            end,
            events,
            head: LogHead { position, recorded_at: self.last_recorded_at },
            #[cfg(test)]
            fails: std::mem::take(&mut self.fail_next_write),
        })
    }

    fn apply(
        &mut self,
        request: &AppendRequest,
        now: Timestamp,
        pending: &mut Pending,
    ) -> Result<Appended, AppendError> {
        check_limits(request, &self.options)?;
        let recorded_at = self.recorded_at(request, now)?;
        let encoder = &mut self.encoder;
        let plan = Planner { shared: &self.shared, pending, encoder, recorded_at }.plan(request)?;
        Ok(self.append(request, &plan, recorded_at, pending))
    }

    fn recorded_at(&self, request: &AppendRequest, now: Timestamp) -> Result<Timestamp, AppendError> {
        let simulated = self.shared.ledger.simulated;
        match (simulated, request.simulated_now) {
            (true, Some(now)) => Ok(self.last_recorded_at.map_or(now, |last| last.max(now))),
            (false, None) => Ok(now),
            (true, None) | (false, Some(_)) => Err(AppendError::Clock { simulated }),
        }
    }

    /// Carries out a plan: new events go into the index and into the commit that is being put together.
    fn append(
        &mut self,
        request: &AppendRequest,
        plan: &Plan,
        recorded_at: Timestamp,
        pending: &mut Pending,
    ) -> Appended {
        let live = Arc::clone(&self.live);
        let mut index = lock::write(&live.index);
        let mut places: Vec<(Position, Timestamp)> = Vec::with_capacity(plan.fates.len());
        let mut fates = plan.fates.iter();
        for (append, next_revision) in request.appends.iter().zip(&plan.next_revisions) {
            let mut revision = *next_revision;
            for (event, fate) in append.events.iter().zip(fates.by_ref()) {
                let place = match *fate {
                    Fate::Stored(position, recorded_at) => (position, recorded_at),
                    Fate::Earlier(nth) => places.get(nth).copied().unwrap_or((Position::START, recorded_at)),
                    Fate::New => {
                        let position = pending.next_position();
                        let place = Place {
                            position,
                            stream: &append.stream,
                            revision: Revision(revision),
                            recorded_at,
                        };
                        self.append_event(event, place, pending, &mut index);
                        revision += 1;
                        (position, recorded_at)
                    }
                };
                places.push(place);
            }
        }
        self.answer(plan, &places, recorded_at)
    }

    fn append_event(&mut self, event: &NewEvent, place: Place<'_>, pending: &mut Pending, index: &mut Index) {
        pending.push(self.encoder.encode(event, place), place.recorded_at);
        let keys = Keys {
            id: event.id,
            event_type: &event.event_type,
            customer: &event.customer,
            stream: place.stream,
            revision: place.revision,
        };
        index.insert(keys, event.tags.iter().map(String::as_str));
        self.last_recorded_at = Some(place.recorded_at);
    }

    fn answer(&self, plan: &Plan, places: &[(Position, Timestamp)], recorded_at: Timestamp) -> Appended {
        let is_duplicate = |(nth, fate): (u32, &Fate)| (*fate != Fate::New).then_some(nth);
        let duplicates: Vec<_> = (0..).zip(&plan.fates).filter_map(is_duplicate).collect();
        add(&self.shared.counters.duplicates, duplicates.len());
        let positions = |new: bool| {
            let fates = places.iter().zip(&plan.fates);
            fates.filter(move |(_, fate)| (**fate == Fate::New) == new).map(|(place, _)| place.0)
        };
        let (first, last) = (places.first().map(|place| place.0), places.last().map(|place| place.0));
        Appended {
            first_position: first.unwrap_or_default(),
            last_position: last.unwrap_or_default(),
            recorded_at: places.iter().map(|place| place.1).max().unwrap_or(recorded_at),
            duplicates,
            duplicate_positions: positions(false).collect(),
            first_new_position: positions(true).next(),
            revisions: plan.revisions.clone(),
        }
    }

    /// Switches to the next generation when the live one is full. A thread creates the next generation when the live one
    /// is half full, so appends do not wait for it.
    fn begin_generation_when_full(&mut self) -> Result<(), StorageError> {
        let events = u64::from(self.live.events_until(self.end));
        let (events_max, bytes_max) = (self.options.generation_events_max, self.options.generation_bytes_max);
        let next = self.live.number + 1;
        if events >= events_max.div_ceil(2) || self.live_bytes >= bytes_max.div_ceil(2) {
            self.ahead.make(self.shared.directory.generation(next), self.options.block_bytes_max);
        }
        if events == 0 || (events < events_max && self.live_bytes < bytes_max) {
            return Ok(());
        }
        let (sled, journal) = match self.ahead.take() {
            Ok(sled) => sled,
            // The live generation has room for a while: trying again is better than refusing appends.
            Err(error) if self.live_bytes < 2 << 30 && events < 1 << 31 => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a new generation could not be made; the next commit tries again"
                );
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let dir = self.shared.directory.generation(next);
        let cache = self.options.cold_cache_bytes_max;
        let parts = GenerationParts { sled, journal, index: Index::default() };
        let generation = Generation::new(next, self.end.next(), dir, parts, cache);
        self.live = Arc::new(generation);
        self.live_bytes = 0;
        self.shared.add_generation(Arc::clone(&self.live));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
