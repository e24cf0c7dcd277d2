//! Rows of a table that is built, on their way to being sorted: more than memory holds.
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
};

use rapport_views::{
    projection::Op,
    table::{Column, Holds},
};

use super::key::{Key, key_of};

/// Rows of a run that are read or written at once.
const CHUNK_ROWS: usize = 2_000;

/// How rows lie in the file: a byte for what happens, then the numbers of the columns.
#[derive(Debug, Clone)]
struct Format {
    widths: Vec<Width>,
    row_bytes: usize,
}

/// Bytes of a column: as few as its numbers need.
#[derive(Debug, Clone, Copy)]
enum Width {
    One = 1,
    Four = 4,
    Eight = 8,
}

impl Format {
    fn of(columns: &[Column]) -> Self {
        let width = |column: &Column| match column.holds {
            // Nothing is a number that needs all bytes.
            _ if column.nullable => Width::Eight,
            Holds::Flag => Width::One,
            Holds::Symbol => Width::Four,
            Holds::Name(_)
            | Holds::Word(_)
            | Holds::Symbols
            | Holds::Text
            | Holds::EventId
            | Holds::Moment
            | Holds::Integer
            | Holds::Small
            | Holds::Real => Width::Eight,
        };
        let widths: Vec<Width> = columns.iter().map(width).collect();
        let row_bytes = 1 + widths.iter().map(|width| *width as usize).sum::<usize>();
        Self { widths, row_bytes }
    }

    fn encode(&self, row: &[i64], op: Op, bytes: &mut Vec<u8>) {
        bytes.push(match op {
            Op::Add => 0,
            Op::Remove => 1,
        });
        for (number, width) in row.iter().zip(&self.widths) {
            match width {
                Width::One => bytes.extend(number.to_le_bytes().first_chunk::<1>().into_iter().flatten()),
                Width::Four => bytes.extend(number.to_le_bytes().first_chunk::<4>().into_iter().flatten()),
                Width::Eight => bytes.extend(number.to_le_bytes()),
            }
        }
    }

    /// Adds the numbers of a row.
    fn decode(&self, bytes: &[u8], numbers: &mut Vec<i64>) -> Op {
        let (op, mut rest) = bytes.split_first().unwrap_or((&0, &[]));
        for width in &self.widths {
            let number;
            (number, rest) = match width {
                Width::One => first(rest, |[byte]: [u8; 1]| byte.into()),
                Width::Four => first(rest, |bytes| u32::from_le_bytes(bytes).into()),
                Width::Eight => first(rest, i64::from_le_bytes),
            };
            numbers.push(number);
        }
        if *op == 0 { Op::Add } else { Op::Remove }
    }
}

/// The number that bytes begin with, and the bytes behind it.
fn first<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> i64) -> (i64, &[u8]) {
    bytes.split_first_chunk().map_or((0, &[]), |(first, rest)| (number(*first), rest))
}

/// The runs written so far.
pub(super) struct Runs {
    file: File,
    format: Format,
    /// Where each run ends, in rows.
    ends: Vec<u64>,
    buffer: Vec<u8>,
}

impl Runs {
    /// None yet. `path` is free, and is free again at once.
    ///
    /// # Errors
    /// No file can be made there.
    pub(super) fn new(path: &Path, columns: &[Column]) -> io::Result<Self> {
        let file = File::options().read(true).write(true).create_new(true).open(path)?;
        fs::remove_file(path)?;
        Ok(Self { file, format: Format::of(columns), ends: Vec::new(), buffer: Vec::new() })
    }

    /// Writes a run, which is sorted.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn add<'a>(&mut self, sorted: impl Iterator<Item = (&'a [i64], Op)>) -> io::Result<()> {
        let mut end = self.ends.last().copied().unwrap_or(0);
        self.buffer.clear();
        for (row, op) in sorted {
            self.format.encode(row, op, &mut self.buffer);
            end += 1;
            if self.buffer.len() >= CHUNK_ROWS * self.format.row_bytes {
                self.file.write_all(&self.buffer)?;
                self.buffer.clear();
            }
        }
        self.file.write_all(&self.buffer)?;
        self.ends.push(end);
        Ok(())
    }

    /// All rows in the order of their keys, which these columns hold; of equal keys the older come first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn merged(self, key: &[usize]) -> io::Result<Merged> {
        let begins = [0].into_iter().chain(self.ends.iter().copied());
        let run = |(next, end)| Run { next, end, numbers: Vec::new(), ops: Vec::new(), at: 0 };
        let runs = begins.zip(self.ends.iter().copied()).map(run).collect();
        let (key, heads, bytes) = (key.to_vec(), BinaryHeap::new(), self.buffer);
        let mut merged = Merged { file: self.file, format: self.format, key, runs, heads, bytes };
        for index in 0..merged.runs.len() {
            let head = merged.head_of(index)?;
            merged.heads.extend(head);
        }
        Ok(merged)
    }
}

/// A run with the rows of it that are in memory.
struct Run {
    next: u64,
    end: u64,
    numbers: Vec<i64>,
    ops: Vec<Op>,
    /// The first of these rows that is left.
    at: usize,
}

/// The key of the first row that is left of a run, and which run.
type Head = Reverse<(Key, usize)>;

/// The rows of all runs in the order of their keys.
pub(super) struct Merged {
    file: File,
    format: Format,
    key: Vec<usize>,
    runs: Vec<Run>,
    heads: BinaryHeap<Head>,
    bytes: Vec<u8>,
}

impl Merged {
    /// The next row, its key and what happens to it; `None` behind the last.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn next(&mut self, row: &mut Vec<i64>) -> io::Result<Option<(Key, Op)>> {
        let Some(Reverse((key, index))) = self.heads.peek().copied() else { return Ok(None) };
        let Some(run) = self.runs.get_mut(index) else { return Ok(None) };
        row.clear();
        row.extend_from_slice(run.row(self.format.widths.len()));
        let op = run.ops.get(run.at).copied().unwrap_or(Op::Add);
        run.at += 1;
        let following = self.head_of(index)?;
        if let Some(mut first) = self.heads.peek_mut() {
            match following {
                Some(head) => *first = head,
                None => drop(PeekMut::pop(first)),
            }
        }
        Ok(Some((key, op)))
    }

    /// The first row that is left of a run; reads on where none is in memory.
    fn head_of(&mut self, index: usize) -> io::Result<Option<Head>> {
        let Some(run) = self.runs.get_mut(index) else { return Ok(None) };
        if run.at == run.ops.len() {
            let rows = usize::try_from(run.end - run.next).unwrap_or(usize::MAX).min(CHUNK_ROWS);
            self.bytes.resize(rows * self.format.row_bytes, 0);
            self.file.read_exact_at(&mut self.bytes, run.next * self.format.row_bytes as u64)?;
            run.next += rows as u64;
            run.at = 0;
            run.numbers.clear();
            let rows = self.bytes.chunks_exact(self.format.row_bytes);
            run.ops.clear();
            run.ops.extend(rows.map(|bytes| self.format.decode(bytes, &mut run.numbers)));
        }
        let row = run.row(self.format.widths.len());
        Ok((!row.is_empty()).then(|| Reverse((key_of(row, &self.key), index))))
    }
}

impl Run {
    /// The first row that is left in memory; empty when none is.
    fn row(&self, width: usize) -> &[i64] {
        self.numbers.get(self.at * width..(self.at + 1) * width).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rapport_views::{rows::EntryRow, table::Row as _};

    use super::*;

    /// Numbers as wide as their columns can hold.
    fn row((customer, position, retracted, removed): (i64, i64, bool, bool)) -> (Vec<i64>, Op) {
        let place = [position, i64::MIN + position, i64::MAX, -customer];
        let own = [customer, 7, u32::MAX.into(), 0, (!retracted).into(), retracted.into()];
        (place.into_iter().chain(own).collect(), if removed { Op::Remove } else { Op::Add })
    }

    proptest! {
        #[test]
        fn merging_runs_is_a_stable_sort_of_all_rows(
            rows in proptest::collection::vec((0_i64..9, 0_i64..9, any::<bool>(), any::<bool>()), 0..200),
            rows_max in 1_usize..60,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("runs");
            let table = EntryRow::TABLE;
            let columns: Vec<Column> = table.all_columns().copied().collect();
            let key = table.key_places();
            let mut all: Vec<_> = rows.into_iter().map(row).collect();
            let mut runs = Runs::new(&path, &columns).unwrap();
            prop_assert!(!path.exists(), "a crash must leave nothing");
            for part in all.chunks(rows_max) {
                let mut part = part.to_vec();
                part.sort_by_key(|(row, _)| key_of(row, &key));
                runs.add(part.iter().map(|(row, op)| (row.as_slice(), *op))).unwrap();
            }
            let mut merged = runs.merged(&key).unwrap();
            let (mut found, mut row) = (Vec::new(), Vec::new());
            while let Some((of, op)) = merged.next(&mut row).unwrap() {
                prop_assert_eq!(of, key_of(&row, &key));
                found.push((row.clone(), op));
            }
            all.sort_by_key(|(row, _)| key_of(row, &key));
            prop_assert_eq!(found, all);
        }
    }
}
