//! Opens a log: locks it, repairs what a crash left, rebuilds the index.
//!
//! A crash can leave a generation that was being made (no `ready`: deleted), one that was made ahead and not yet
//! used (empty: it becomes the live one), at the end of a journal a commit that is not whole (never answered: removed),
//! and commits that sled does not have yet (stored).
//! A damaged journal is mended from sled; a sled that lost its end is mended from the journal, and one that cannot be
//! read at all is built again from the journal, if that has everything.
//! Opening refuses every other fault as corruption.

use std::{
    mem,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use rapport_model::{Position, Timestamp};

use crate::{
    commit::{appender::Appender, settle::Settler},
    disk::{
        block::Block,
        directory::Directory,
        generation::{Generation, GenerationParts},
        index::{Index, Keys},
        journal::{self, Journal},
        ready::Ready,
        settled::{self, Settled},
        sled::{self, Sled},
    },
    error::{CorruptError, Fault, OpenError, StorageError},
    options::LogOptions,
    read::{invariants::Chain, reader::Reader},
    shared::{LogHead, Shared},
};

/// Bytes of blocks that are stored with one flush when a log is opened.
const STORED_AT_ONCE: usize = 8 << 20;
/// sled follows its journal within about a second (see `settle`); one that is further behind has lost events.
const BEHIND_MAX: Duration = Duration::from_secs(60);

/// Opens the log in a directory, or creates one there.
///
/// # Errors
/// Another process has it open, it was created with the other clock, its bytes are not what was written, or the
/// disk fails.
pub fn open(dir: &Path, options: LogOptions) -> Result<(Appender, Reader), OpenError> {
    let options = options.clamped();
    let directory = Directory::lock(dir)?;
    let ledger = directory.ledger(options.simulated_clock)?;
    let found = found(&directory, &options)?;
    let last_used = found.iter().rposition(Found::is_used).unwrap_or(0);
    let (mut chain, mut live_bytes, mut generations) = (Chain::default(), 0, Vec::new());
    let newest = found.len() - 1;
    for (nth, found) in found.into_iter().enumerate() {
        if nth == last_used {
            found.remove_half_commit()?;
        }
        let (number, first) = (found.number, chain.next());
        let dir = found.dir.clone();
        let parts = found.open(&mut chain)?;
        let index = &parts.index;
        if index.events() == 0 && nth < newest {
            return Err(CorruptError { generation: number, position: first, fault: Fault::Missing }.into());
        }
        live_bytes = index.blocks_len();
        generations.push(Arc::new(Generation::new(number, first, dir, parts, options.cold_cache_bytes_max)));
    }
    // Every generation is checked before any is cut off or marked.
    for (nth, generation) in generations.iter().enumerate() {
        if nth < newest { generation.end()? } else { generation.begin()? }
    }
    let head = LogHead { position: Position(chain.next().0 - 1), recorded_at: chain.last_recorded_at() };
    tracing::info!(position = head.position.0, generations = generations.len(), "the log is open");
    let Some(live) = generations.last().map(Arc::clone) else {
        return Err(CorruptError { generation: 0, position: Position::START, fault: Fault::Missing }.into());
    };
    let shared = Arc::new(Shared::new(ledger, directory, generations, head));
    let reader = Reader::new(Arc::clone(&shared));
    let settler = Settler::spawn(Arc::clone(&shared), head.position);
    let settler = settler.map_err(StorageError::io("starting a thread of the log"))?;
    Ok((Appender::new(shared, options, live, live_bytes, settler), reader))
}

/// All generations, in order; a first one when there is none.
fn found(directory: &Directory, options: &LogOptions) -> Result<Vec<Found>, OpenError> {
    let (numbers, is_simulated) = (directory.generations()?, options.simulated_clock);
    let mut all = Vec::with_capacity(numbers.len() + 1);
    for number in &numbers {
        let (number, dir) = (*number, directory.generation(*number));
        match Ready::read(&dir)? {
            Some(ready) => {
                // Checked first: sled creates a missing file.
                let before = if sled::is_there(&dir) { Before::There } else { Before::Gone };
                let sled = Sled::open_with(&dir, ready);
                all.push(Found { number, dir, ready, before, is_simulated, sled });
            }
            None if Some(&number) == numbers.last() => sled::remove(&dir)?,
            None => {
                let fault = Fault::Missing;
                return Err(CorruptError { generation: number, position: Position::START, fault }.into());
            }
        }
    }
    if all.is_empty() {
        let dir = directory.generation(1);
        let sled = Sled::create(&dir, options.block_bytes_max)?;
        all.push(Found {
            number: 1,
            dir,
            ready: sled.ready,
            before: Before::There,
            is_simulated,
            sled: Ok(sled),
        });
    }
    Ok(all)
}

/// A generation as opening finds it.
struct Found {
    number: u64,
    dir: PathBuf,
    ready: Ready,
    before: Before,
    is_simulated: bool,
    sled: Result<Sled, StorageError>,
}

impl Found {
    /// Whether its sled has events; a damaged one counts as one that has.
    fn is_used(&self) -> bool {
        self.sled.as_ref().map_or(true, |sled| matches!(sled.last(), Ok(Some(_))))
    }

    /// Removes the blocks of a last commit that is not whole from a sled of an earlier format. In that format sled was
    /// written before the answer, so that commit was never answered.
    fn remove_half_commit(&self) -> Result<(), OpenError> {
        let Some(sled) = self.sled.as_ref().ok().filter(|sled| sled.ready.is_earlier()) else {
            return Ok(());
        };
        while let Some((key, bytes)) = sled.last()? {
            let block = Block::open(bytes, sled.ready.salt);
            let block = block.map_err(|fault| CorruptError {
                generation: self.number,
                position: key,
                fault: fault.into(),
            })?;
            if block.last_position() == block.commit_last {
                break;
            }
            tracing::warn!(
                sled = %self.dir.join(sled::FOLDER).display(),
                position = key.0,
                events = block.count(),
                "removed a part of a commit that was never answered"
            );
            sled.remove(key)?;
        }
        Ok(())
    }

    /// Its parts, with the index rebuilt and damage mended.
    fn open(self, chain: &mut Chain) -> Result<GenerationParts, OpenError> {
        let Self { number, dir, ready, before, is_simulated, sled } = self;
        let journal = Journal::open(&dir, ready.salt)?;
        let (place, before) = (Place { number, dir: &dir, ready, before, is_simulated }, *chain);
        let loaded = match sled {
            Ok(sled) => load(place, Some(&sled), &journal, chain).map(|index| (sled, index)),
            Err(source) if source.is_corruption() => Err(source.into()),
            Err(source) => Err(OpenError::Sled { sled: dir.join(sled::FOLDER), source: source.into() }),
        };
        let (sled, index) = match loaded {
            Err(OpenError::Storage(source)) if source.is_corruption() => {
                *chain = before;
                rebuild(place, source, &journal, chain)?
            }
            loaded => loaded?,
        };
        Ok(GenerationParts { sled, journal, index })
    }
}

/// Which generation, and where.
#[derive(Clone, Copy)]
struct Place<'a> {
    number: u64,
    dir: &'a Path,
    ready: Ready,
    before: Before,
    /// Whether clients say when events are recorded.
    is_simulated: bool,
}

/// sled's file before it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    There,
    /// Its file is gone, or empty.
    Gone,
    /// It was damaged, which the log of the process says already.
    SetAside,
}

/// What a journal has beyond its sled.
struct Beyond {
    events: u64,
    /// Recorded from and until.
    recorded: (Timestamp, Timestamp),
}

impl Place<'_> {
    /// Logs that sled has got the events that only the journal had; as a warning where a crash alone does not explain it.
    fn tell(&self, beyond: &Beyond, is_damaged: bool) {
        let (first, last) = beyond.recorded;
        let span = Duration::from_micros(u64::try_from(last.as_micros() - first.as_micros()).unwrap_or(0));
        let is_late = !self.is_simulated && span > BEHIND_MAX;
        let (sled, events) = (self.dir.join(sled::FOLDER), beyond.events);
        if self.before == Before::SetAside {
            tracing::info!(sled = %sled.display(), events, "sled is built again");
        } else if is_damaged || is_late || self.before == Before::Gone {
            tracing::warn!(
                sled = %sled.display(),
                events,
                "sled had lost events; they are stored again from the file `blocks`, which has everything; look at the \
                 disk"
            );
        } else {
            tracing::info!(sled = %sled.display(), events, "events that only the journal had are in sled");
        }
    }
}

/// Builds sled again from the journal, after a check that the journal has everything; without that nothing is touched. A
/// crash after the damaged sled was set aside leaves an empty or a partial one, which the next start fills like any that
/// has less than the journal.
fn rebuild(
    place: Place<'_>,
    source: StorageError,
    journal: &Journal,
    chain: &mut Chain,
) -> Result<(Sled, Index), OpenError> {
    let (generation, folder) = (place.number, place.dir.join(sled::FOLDER));
    let corrupt = |fault| CorruptError { generation, position: chain.next(), fault };
    if place.ready.is_earlier() {
        let fault = corrupt(Fault::OnlySledUnreadable);
        return Err(OpenError::BothDamaged { sled: folder, fault, source: source.into() });
    }
    match load(place, None, journal, &mut chain.clone()) {
        Ok(_) => {}
        Err(OpenError::Corrupt(fault)) => {
            return Err(OpenError::BothDamaged { sled: folder, fault, source: source.into() });
        }
        Err(error) => return Err(error),
    }
    tracing::warn!(
        error = &source as &dyn std::error::Error,
        sled = %folder.display(),
        "sled is damaged; it is built again from the file `blocks`, which has everything, and the damaged folder is kept \
         beside it as `{}`, which can be deleted",
        sled::ASIDE
    );
    sled::set_aside(place.dir)?;
    let sled = Sled::open_with(place.dir, place.ready)?;
    let index = load(Place { before: Before::SetAside, ..place }, Some(&sled), journal, chain)?;
    Ok((sled, index))
}

/// Reads a generation and rebuilds its index: from the journal, block by block, then what the journal has beyond sled.
/// Where the journal is damaged, it is mended with the blocks of sled. Without sled everything is read from the journal,
/// and nothing is written.
fn load(
    place: Place<'_>,
    sled: Option<&Sled>,
    journal: &Journal,
    chain: &mut Chain,
) -> Result<Index, OpenError> {
    let mut loader = Loader { place, sled, journal, index: Index::default(), chain, commit_last: None };
    let settled = settled::read(place.dir)?;
    let (end, damaged) = match sled.map(Sled::last).transpose()?.flatten() {
        None => (Position(loader.chain.next().0 - 1), None),
        Some((key, bytes)) => match loader.open_block(key, bytes) {
            Ok(block) => (block.last_position(), None),
            // The journal may have it.
            Err(error) => (Position(key.0 - 1), Some(error)),
        },
    };
    let journal_len = journal.len()?;
    loader.add_until(end)?;
    let is_short = journal_len < loader.index.blocks_len();
    let beyond = loader.add_what_is_only_in_the_journal()?;
    let is_damaged = damaged.is_some();
    if let Some(error) = damaged.filter(|error| loader.chain.next() <= error.position) {
        return Err(error.into());
    }
    loader.check_end(settled, is_short)?;
    if let (Some(beyond), Some(_)) = (beyond, sled) {
        let had_more = matches!(settled, Settled::Until(last) if last > end);
        place.tell(&beyond, is_damaged || had_more);
    }
    loader.finish()
}

struct Loader<'a> {
    place: Place<'a>,
    sled: Option<&'a Sled>,
    journal: &'a Journal,
    index: Index,
    chain: &'a mut Chain,
    /// The last block's key and the end of its commit.
    commit_last: Option<(Position, Position)>,
}

impl Loader<'_> {
    fn open_block(&self, key: Position, bytes: Bytes) -> Result<Block, CorruptError> {
        Block::open(bytes, self.place.ready.salt).map_err(|fault| self.corrupt(key, fault.into()))
    }

    fn add(&mut self, key: Position, block: &Block) -> Result<(), CorruptError> {
        let Self { place, index, chain, commit_last, .. } = self;
        let corrupt = |fault: Fault| CorruptError { generation: place.number, position: key, fault };
        chain.check_block(key, block).map_err(corrupt)?;
        index.insert_block(block.count(), block.first_recorded_at, block.len());
        load_block(block, index, chain).map_err(corrupt)?;
        *commit_last = Some((key, block.commit_last));
        Ok(())
    }

    /// Adds what sled has; the journal is written again where it does not have it.
    fn add_until(&mut self, end: Position) -> Result<(), OpenError> {
        let mut stored = None;
        while self.chain.next() <= end {
            let (key, start) = (self.chain.next(), self.index.blocks_len());
            let found = self.journal.block_at(start)?;
            if let Some(block) =
                found.filter(|block| block.first_position() == key && block.last_position() <= end)
            {
                self.add(key, &block)?;
                continue;
            }
            if stored.is_none() {
                let (journal, position) = (self.place.dir.join(journal::NAME), key.0);
                tracing::warn!(
                    journal = %journal.display(),
                    position,
                    "a journal is damaged; from this position on it is written again from sled; look at the disk"
                );
            }
            let from_sled = || self.sled.into_iter().flat_map(move |sled| sled.blocks_from(key));
            let entries = stored.get_or_insert_with(from_sled);
            let entry = entries.find(|entry| entry.as_ref().map_or(true, |(stored, _)| *stored >= key));
            let (stored, bytes) = entry.transpose()?.ok_or_else(|| self.corrupt(key, Fault::Missing))?;
            let block = self.open_block(stored, bytes)?;
            self.add(stored, &block)?;
            self.journal.write(start, block.bytes())?;
        }
        if stored.is_some() { Ok(self.journal.sync_all()?) } else { Ok(()) }
    }

    /// Adds the commits that the journal has beyond sled, and stores them in sled: a crash came before sled had them, or
    /// sled lost them with a damaged byte, behind which it takes everything for a torn end. A commit among them may never
    /// have been answered, which does no harm. A commit that is not whole is left out.
    fn add_what_is_only_in_the_journal(&mut self) -> Result<Option<Beyond>, OpenError> {
        let before = self.chain.next();
        let (mut start, mut key) = (self.index.blocks_len(), before);
        let (mut commit, mut missing, mut bytes) = (Vec::new(), Vec::new(), 0);
        let mut recorded = None;
        while let Some(block) = self.journal.block_at(start)?.filter(|block| block.first_position() == key) {
            commit.push((start, block.clone()));
            (start, key) = (start + block.len() as u64, block.last_position().next());
            bytes += block.len();
            if block.last_position() == block.commit_last {
                for (_, block) in &commit {
                    self.add(block.first_position(), block)?;
                    let (first, _) = recorded.unwrap_or((block.first_recorded_at, block.first_recorded_at));
                    recorded = Some((first, block.first_recorded_at));
                }
                missing.append(&mut commit);
            }
            if bytes >= STORED_AT_ONCE {
                self.store_whole(&mem::take(&mut missing))?;
                bytes = 0;
            }
        }
        self.store_whole(&missing)?;
        let events = self.chain.next().0 - before.0;
        Ok(recorded.map(|recorded| Beyond { events, recorded }))
    }

    /// sled gets only durable blocks. After a crash before a flush, or a failed flush, these may be in the system's memory
    /// alone, so the journal's copy is written once more first.
    fn store_whole(&self, blocks: &[(u64, Block)]) -> Result<(), StorageError> {
        let Some(sled) = self.sled.filter(|_| !blocks.is_empty()) else { return Ok(()) };
        blocks.iter().try_for_each(|(start, block)| self.journal.write(*start, block.bytes()))?;
        self.journal.sync_all()?;
        let entry = |(_, block): &(u64, Block)| (block.first_position(), block.bytes().clone());
        sled.write(&blocks.iter().map(entry).collect::<Vec<_>>())
    }

    /// Refuses a generation that lost answered events: it ends before its mark, its journal is shorter than sled, or a
    /// later commit lies behind its end.
    fn check_end(&self, settled: Settled, is_short: bool) -> Result<(), OpenError> {
        let next = self.chain.next();
        let lost = match settled {
            Settled::Until(last) => last >= next,
            Settled::Unreadable => {
                let mark = settled::path(self.place.dir);
                tracing::warn!(mark = %mark.display(), "a file `settled` is damaged; it is written again");
                false
            }
            // sled is never ahead: a journal that is shorter was cut, and with it perhaps more.
            Settled::Unknown => is_short && !self.place.ready.is_earlier(),
        };
        // Earlier formats did not keep the order between the journal's blocks, so there is nothing to check.
        let later = || self.journal.later_commit(self.index.blocks_len(), next);
        if lost || (!self.place.ready.is_earlier() && later()?.is_some()) {
            return Err(self.corrupt(next, Fault::Missing).into());
        }
        Ok(())
    }

    fn finish(self) -> Result<Index, OpenError> {
        match self.commit_last {
            Some((key, last)) if last.next() != self.chain.next() => {
                Err(self.corrupt(key, Fault::HalfCommit).into())
            }
            Some(_) | None => Ok(self.index),
        }
    }

    const fn corrupt(&self, position: Position, fault: Fault) -> CorruptError {
        CorruptError { generation: self.place.number, position, fault }
    }
}

fn load_block(block: &Block, index: &mut Index, chain: &mut Chain) -> Result<(), Fault> {
    for position in block.first_position().0..=block.last_position().0 {
        let record = block.record(Position(position)).ok_or(Fault::Missing)??;
        let envelope = record.envelope().map_err(|_| Fault::Envelope)?;
        chain.check_event(&envelope)?;
        let keys = Keys {
            id: envelope.id,
            event_type: envelope.event_type,
            customer: envelope.customer,
            stream: envelope.stream,
            revision: envelope.revision,
        };
        index.insert(keys, envelope.tags());
    }
    chain.check_block_end(block)
}
