//! Changes into the file: to the tail, and from a full tail into blocks.

use rusqlite::{Connection, params};

use super::change::{Change, Sums, add, cancel, pack, pack_sums, unpack};
use crate::sqlite::{
    packed::{Damaged, Packer},
    schema::meta,
};

/// Changes of a block: what the one block in which K lies costs.
const BLOCK: usize = 65_536;
/// Changes of a chunk: what each other block costs.
const CHUNK: usize = 256;
/// A piece of the tail that is smaller is written again with what comes.
const PIECE_BYTES: usize = 4_096;

/// The changes since the last commit, and how many the tail of the file has.
#[derive(Default)]
pub(crate) struct Keep {
    changes: Vec<Change>,
    tail: usize,
    block: usize,
    chunk: usize,
}

impl Keep {
    /// Drops what was not written. A file may say in `meta` that its blocks are of another size.
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let size = |name, default: usize| -> rusqlite::Result<usize> {
            let own = usize::try_from(meta(connection, name)?).unwrap_or(0);
            Ok(if own == 0 { default } else { own })
        };
        let tail: i64 =
            connection.query_row("SELECT coalesce(sum(count), 0) FROM sum_tail", [], |row| row.get(0))?;
        Ok(Self {
            changes: Vec::new(),
            tail: usize::try_from(tail).unwrap_or(0),
            block: size("sum_block", BLOCK)?,
            chunk: size("sum_chunk", CHUNK)?,
        })
    }

    /// Takes the changes of one deal: `add` appends them, in any order.
    pub(crate) fn collect(&mut self, add: impl FnOnce(&mut Vec<Change>)) {
        let from = self.changes.len();
        add(&mut self.changes);
        cancel(&mut self.changes, from);
    }

    /// Writes what is collected.
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.tail + self.changes.len() < self.block {
            return self.append(connection);
        }
        let mut all = std::mem::take(&mut self.changes);
        take_tail(connection, &mut all)?;
        // In the order in which they became known: a block is known whole from its last change on.
        all.sort_unstable();
        let whole = all.len() - all.len() % self.block;
        let rest = all.split_off(whole);
        for block in all.chunks_mut(self.block) {
            write_block(connection, block, self.chunk)?;
        }
        self.tail = 0;
        self.changes = rest;
        self.append(connection)
    }

    /// Adds to the last piece of the tail, or as a new one.
    fn append(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let mut select =
            connection.prepare_cached("SELECT number, changes FROM sum_tail ORDER BY number DESC LIMIT 1")?;
        let mut rows = select.query([])?;
        let (mut number, mut piece) = (0_i64, Vec::new());
        if let Some(row) = rows.next()? {
            number = row.get(0)?;
            let last = row.get_ref(1)?.as_blob()?;
            if last.len() < PIECE_BYTES {
                unpack_all(last, &mut piece)?;
            } else {
                number += 1;
            }
        }
        drop(rows);
        self.tail += self.changes.len();
        self.changes.sort_unstable();
        piece.append(&mut self.changes);
        let mut packed = Packer::default();
        pack(&piece, &mut packed);
        let count = i64::try_from(piece.len()).unwrap_or(i64::MAX);
        connection
            .prepare_cached("INSERT OR REPLACE INTO sum_tail (number, count, changes) VALUES (?1, ?2, ?3)")?
            .execute((number, count, packed.bytes()))
            .map(drop)
    }
}

/// Moves what the tail has to `all`.
fn take_tail(connection: &Connection, all: &mut Vec<Change>) -> rusqlite::Result<()> {
    {
        let mut select = connection.prepare_cached("SELECT changes FROM sum_tail ORDER BY number")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            unpack_all(row.get_ref(0)?.as_blob()?, all)?;
        }
    }
    connection.execute("DELETE FROM sum_tail", []).map(drop)
}

fn unpack_all(column: &[u8], into: &mut Vec<Change>) -> Result<(), Damaged> {
    unpack(column, |change| {
        into.push(change);
        true
    })
}

/// A block: its chunks by valid time, each with the sums before it, and the sums of all.
fn write_block(connection: &Connection, changes: &mut [Change], chunk: usize) -> rusqlite::Result<()> {
    let known = |change: &Change| change.known;
    let known_min = changes.iter().map(known).min().unwrap_or(i64::MAX);
    let known_max = changes.iter().map(known).max().unwrap_or(i64::MAX);
    changes.sort_unstable_by_key(|change| (change.valid, *change));
    let valid_max = changes.last().map_or(i64::MAX, |change| change.valid);
    let number: i64 =
        connection.query_row("SELECT coalesce(max(number), 0) + 1 FROM sum_block", [], |row| row.get(0))?;

    let mut insert = connection.prepare_cached("INSERT INTO sum_chunk VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let (mut before, mut packed) = (Sums::new(), (Packer::default(), Packer::default()));
    for (place, chunk) in (0_i64..).zip(changes.chunks(chunk)) {
        let first = chunk.first().map_or(i64::MAX, |change| change.valid);
        pack_sums(&before, &mut packed.0);
        pack(chunk, &mut packed.1);
        insert.execute(params![number, first, place, packed.0.bytes(), packed.1.bytes()])?;
        chunk.iter().for_each(|change| add(&mut before, change.bin, change.sum()));
    }
    pack_sums(&before, &mut packed.0);
    connection
        .prepare_cached("INSERT INTO sum_block VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![number, known_min, known_max, valid_max, packed.0.bytes()])
        .map(drop)
}
