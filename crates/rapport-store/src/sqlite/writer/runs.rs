//! Rows of a timeline that is built, on their way to being sorted: more than memory holds.
//!
//! Sorted runs are written one behind the other into a file that has no name, so that nothing is left of it however
//! the build ends, and are merged when all are there. Rows then reach the table in the order of its keys, and each
//! of its pages is written once, whatever the size of the history.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::FileExt,
    path::Path,
    vec,
};

use super::Op;

/// Rows of a run: what is sorted at once, and what a build holds in memory.
const RUN_ROWS: usize = 250_000;
/// Rows of a run that are read at once.
const READ_ROWS: usize = 2_000;
/// Bytes of a row in the file.
const ROW_BYTES: usize = 53;

const TWO_WAY: u8 = 1;
const RETRACTED: u8 = 2;
const REMOVE: u8 = 4;

/// A row of the table `entry`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub party: i64,
    pub occurred_at: i64,
    pub position: i64,
    pub known_from: i64,
    pub known_to: i64,
    pub event_type: u32,
    pub channel: u32,
    pub actor: u32,
    pub two_way: bool,
    pub retracted: bool,
}

impl Entry {
    /// Its key in the table.
    pub const fn key(&self) -> (i64, i64, i64, i64) {
        (self.party, self.occurred_at, self.position, self.known_from)
    }
}

/// The runs written so far.
pub struct Runs {
    file: File,
    rows_max: usize,
    /// Where each run ends, in rows.
    ends: Vec<u64>,
    buffer: Vec<u8>,
}

impl Runs {
    /// None yet. `path` is free, and is free again at once.
    ///
    /// # Errors
    /// No file can be made there.
    pub fn new(path: &Path) -> io::Result<Self> {
        Self::with_rows_max(path, RUN_ROWS)
    }

    fn with_rows_max(path: &Path, rows_max: usize) -> io::Result<Self> {
        let file = File::options().read(true).write(true).create_new(true).open(path)?;
        fs::remove_file(path)?;
        Ok(Self { file, rows_max, ends: Vec::new(), buffer: Vec::new() })
    }

    /// How many rows a run should have.
    pub const fn rows_max(&self) -> usize {
        self.rows_max
    }

    /// Writes a run, which is sorted.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&mut self, sorted: &[(Entry, Op)]) -> io::Result<()> {
        for rows in sorted.chunks(READ_ROWS) {
            self.buffer.clear();
            rows.iter().for_each(|row| encode(row, &mut self.buffer));
            self.file.write_all(&self.buffer)?;
        }
        self.ends.push(self.ends.last().copied().unwrap_or(0) + sorted.len() as u64);
        Ok(())
    }

    /// All rows in order, with those of a last run that was not written; of equal keys the older come first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn merged(self, last: Vec<(Entry, Op)>) -> io::Result<Merged> {
        let begins = [0].into_iter().chain(self.ends.iter().copied());
        let mut runs: Vec<_> = begins
            .zip(self.ends.iter().copied())
            .map(|(next, end)| Run { next, end, rows: Vec::new().into_iter() })
            .collect();
        runs.push(Run { next: 0, end: 0, rows: last.into_iter() });
        let mut merged = Merged { file: self.file, runs, heads: BinaryHeap::new() };
        for index in 0..merged.runs.len() {
            if let Some(row) = merged.next_of(index)? {
                merged.heads.push(Head::of(row, index));
            }
        }
        Ok(merged)
    }
}

/// A run with the rows of it that are in memory.
struct Run {
    next: u64,
    end: u64,
    rows: vec::IntoIter<(Entry, Op)>,
}

/// The first row that is left of a run.
struct Head {
    order: Reverse<((i64, i64, i64, i64), usize)>,
    row: (Entry, Op),
}

impl Head {
    const fn of(row: (Entry, Op), run: usize) -> Self {
        Self { order: Reverse((row.0.key(), run)), row }
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order.cmp(&other.order)
    }
}

/// The rows of all runs in the order of their keys.
pub struct Merged {
    file: File,
    runs: Vec<Run>,
    heads: BinaryHeap<Head>,
}

impl Merged {
    fn next_of(&mut self, index: usize) -> io::Result<Option<(Entry, Op)>> {
        let Some(run) = self.runs.get_mut(index) else { return Ok(None) };
        if let Some(row) = run.rows.next() {
            return Ok(Some(row));
        }
        let rows = usize::try_from(run.end - run.next).unwrap_or(usize::MAX).min(READ_ROWS);
        let mut bytes = vec![0; rows * ROW_BYTES];
        self.file.read_exact_at(&mut bytes, run.next * ROW_BYTES as u64)?;
        run.next += rows as u64;
        run.rows = bytes.chunks_exact(ROW_BYTES).filter_map(decode).collect::<Vec<_>>().into_iter();
        Ok(run.rows.next())
    }
}

impl Iterator for Merged {
    type Item = io::Result<(Entry, Op)>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((_, run)) = self.heads.peek()?.order;
        let following = match self.next_of(run) {
            Ok(following) => following,
            Err(error) => {
                self.heads.clear();
                return Some(Err(error));
            }
        };
        let mut first = self.heads.peek_mut()?;
        let row = first.row;
        match following {
            Some(following) => *first = Head::of(following, run),
            None => drop(PeekMut::pop(first)),
        }
        Some(Ok(row))
    }
}

fn encode((entry, op): &(Entry, Op), bytes: &mut Vec<u8>) {
    for value in [entry.party, entry.occurred_at, entry.position, entry.known_from, entry.known_to] {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    for value in [entry.event_type, entry.channel, entry.actor] {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    let flag = |is_set: bool, flag| if is_set { flag } else { 0 };
    bytes.push(
        flag(entry.two_way, TWO_WAY) | flag(entry.retracted, RETRACTED) | flag(*op == Op::Remove, REMOVE),
    );
}

/// `None` for fewer bytes than a row has.
fn decode(mut bytes: &[u8]) -> Option<(Entry, Op)> {
    let entry = Entry {
        party: long(&mut bytes)?,
        occurred_at: long(&mut bytes)?,
        position: long(&mut bytes)?,
        known_from: long(&mut bytes)?,
        known_to: long(&mut bytes)?,
        event_type: short(&mut bytes)?,
        channel: short(&mut bytes)?,
        actor: short(&mut bytes)?,
        two_way: bytes.first()? & TWO_WAY != 0,
        retracted: bytes.first()? & RETRACTED != 0,
    };
    Some((entry, if bytes.first()? & REMOVE == 0 { Op::Add } else { Op::Remove }))
}

fn long(bytes: &mut &[u8]) -> Option<i64> {
    let (value, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(i64::from_le_bytes(*value))
}

fn short(bytes: &mut &[u8]) -> Option<u32> {
    let (value, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row((party, position, retracted, removed): (i64, i64, bool, bool)) -> (Entry, Op) {
        let entry = Entry {
            party,
            occurred_at: -party,
            position,
            known_from: i64::MIN + position,
            known_to: i64::MAX,
            event_type: 7,
            channel: u32::MAX,
            actor: 0,
            two_way: !retracted,
            retracted,
        };
        (entry, if removed { Op::Remove } else { Op::Add })
    }

    proptest! {
        #[test]
        fn merging_runs_is_a_stable_sort_of_all_rows(
            rows in proptest::collection::vec((0_i64..9, 0_i64..9, any::<bool>(), any::<bool>()), 0..200),
            rows_max in 1_usize..60,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("runs");
            let mut all: Vec<_> = rows.into_iter().map(row).collect();
            let mut runs = Runs::with_rows_max(&path, rows_max).unwrap();
            prop_assert!(!path.exists(), "a crash must leave nothing");
            let mut last = Vec::new();
            for part in all.chunks(runs.rows_max()) {
                last = part.to_vec();
                last.sort_by_key(|(entry, _)| entry.key());
                if part.len() == rows_max {
                    runs.add(&last).unwrap();
                    last.clear();
                }
            }
            let merged: Vec<_> = runs.merged(last).unwrap().map(Result::unwrap).collect();
            all.sort_by_key(|(entry, _)| entry.key());
            prop_assert_eq!(merged, all);
        }
    }
}
