//! Rows that several connections read, taken by one thread.

use std::{
    mem, panic,
    sync::mpsc::{self, Receiver, SyncSender},
    thread,
};

use rapport_model::{Position, Timestamp};
use rapport_views::{
    read::Take,
    table::{Beginning, Cell},
};
use rusqlite::{Connection, Row};

use super::{
    ended::Ended,
    select::Select,
    shares::{Ranges, Shares},
    value::cell,
};

/// The cells of a row's own columns, and where it begins.
pub(super) fn read(row: &Row<'_>, width: usize, cells: &mut Vec<Cell>) -> rusqlite::Result<Beginning> {
    for column in 2..2 + width {
        cells.push(cell(row.get_ref(column)?));
    }
    let position = Position(row.get::<_, i64>(0)?.cast_unsigned());
    Ok(Beginning { position, at: Timestamp::from_micros(row.get(1)?) })
}

/// Rows that a helper sends at once.
const CHUNK_ROWS: usize = 1024;
/// Chunks that wait to be taken, of all helpers.
const CHUNKS_MAX: usize = 16;

/// Rows that a helper has read.
#[derive(Default)]
struct Chunk {
    beginnings: Vec<Beginning>,
    cells: Vec<Cell>,
}

impl Chunk {
    fn hand_over(&self, width: usize, take: &mut Take<'_>) -> Result<(), Ended> {
        for (n, beginning) in self.beginnings.iter().enumerate() {
            take(beginning, self.cells.get(n * width..(n + 1) * width).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Helpers read ranges and send their rows; this thread reads ranges too, and takes all rows.
pub(super) fn together(
    (own, mut shares): (&Connection, Shares<'_>),
    select: &Select,
    width: usize,
    take: &mut Take<'_>,
) -> Result<(), Ended> {
    let (send, sent) = mpsc::sync_channel(CHUNKS_MAX);
    let ranges = &shares.ranges;
    thread::scope(|scope| {
        let helpers = shares.helpers.each().map(|connection| {
            let send = send.clone();
            scope.spawn(move || read_and_send(connection, ranges, select, width, &send))
        });
        let helpers: Vec<_> = helpers.collect();
        drop(send);
        let mut done = read_and_take((own, ranges), select, &sent, width, take);
        ranges.stop();
        // A helper that wants to send must not wait.
        drop(sent);
        for helper in helpers {
            let helped = helper.join().unwrap_or_else(|panic| panic::resume_unwind(panic));
            done = done.and(match helped {
                Err(Ended::Enough) => Ok(()),
                other => other,
            });
        }
        done
    })
}

fn read_and_take(
    (own, ranges): (&Connection, &Ranges),
    select: &Select,
    sent: &Receiver<Chunk>,
    width: usize,
    take: &mut Take<'_>,
) -> Result<(), Ended> {
    let (mut cells, mut rows) = (Vec::with_capacity(width), 0_usize);
    while let Some(range) = ranges.next() {
        select.each(own, Some(range), |row| {
            cells.clear();
            let beginning = read(row, width, &mut cells)?;
            take(&beginning, &cells)?;
            rows += 1;
            if rows.is_multiple_of(CHUNK_ROWS) {
                sent.try_iter().try_for_each(|chunk| chunk.hand_over(width, take))?;
            }
            Ok::<(), Ended>(())
        })?;
        sent.try_iter().try_for_each(|chunk| chunk.hand_over(width, take))?;
    }
    sent.iter().try_for_each(|chunk| chunk.hand_over(width, take))
}

fn read_and_send(
    connection: &Connection,
    ranges: &Ranges,
    select: &Select,
    width: usize,
    to: &SyncSender<Chunk>,
) -> Result<(), Ended> {
    let mut chunk = Chunk::default();
    let send = |chunk: &mut Chunk| to.send(mem::take(chunk)).map_err(|_| Ended::Enough);
    while let Some(range) = ranges.next() {
        select.each(connection, Some(range), |row| {
            let beginning = read(row, width, &mut chunk.cells)?;
            chunk.beginnings.push(beginning);
            if chunk.beginnings.len() < CHUNK_ROWS { Ok(()) } else { send(&mut chunk) }
        })?;
    }
    send(&mut chunk)
}
