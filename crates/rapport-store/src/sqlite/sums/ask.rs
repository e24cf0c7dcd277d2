//! The sums as of (T, K).

use rapport_model::{Position, Timestamp};
use rapport_views::projection::stage_set::StageSet;
use rapport_views::rows::{ClosedDealsRow, FirstReachedRow, FunnelSums, OpenDealsRow};
use rusqlite::{Connection, OptionalExtension};

use super::{
    bins::{Bin, Bins},
    change::{Change, Sums, add, unpack, unpack_sums},
};

/// A moment in microseconds: T and K.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Until {
    pub occurred: i64,
    pub recorded: i64,
}

/// The deals as of (T, K), added up; the first entries into a pipeline's stages are those of its own deals.
pub(crate) fn funnel_sums(connection: &Connection, until: Until) -> rusqlite::Result<FunnelSums> {
    let bins = Bins::load(connection)?;
    let sums = sums(connection, until)?;
    let mut answer = FunnelSums::default();
    for (number, bin) in (0_u32..).zip(bins.all()) {
        let sum = sums.get(number as usize).copied().unwrap_or_default();
        let deals = u64::try_from(sum.deals).unwrap_or(0);
        match *bin {
            Bin::Stage { pipeline, stage } => {
                let first = first(connection, number, until)?;
                answer.reached.extend(first.map(|(at, by)| FirstReachedRow { pipeline, stage, at, by }));
            }
            Bin::Open { .. } | Bin::Closed { .. } if deals == 0 => {}
            Bin::Open { pipeline, stage, currency } => {
                let amount_minor_units = sum.amount;
                answer.open.push(OpenDealsRow { pipeline, stage, currency, deals, amount_minor_units });
            }
            Bin::Closed { pipeline, reached, won } => {
                let reached = (reached != StageSet::EVERY).then(|| bins.sets.stages(reached).to_vec());
                answer.closed.push(ClosedDealsRow { pipeline, reached, won, deals });
            }
        }
    }
    Ok(answer)
}

/// The sums of all changes with valid ≤ T and known ≤ K, by bin.
pub(crate) fn sums(connection: &Connection, until: Until) -> rusqlite::Result<Sums> {
    let mut sums = Sums::new();
    let mut blocks = connection.prepare_cached(
        "SELECT number, known_max, valid_max, total FROM sum_block WHERE known_min <= ?1 ORDER BY number",
    )?;
    let mut rows = blocks.query([until.recorded])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let (known_max, valid_max): (i64, i64) = (row.get(1)?, row.get(2)?);
        if known_max > until.recorded {
            every_change(connection, number, until, &mut sums)?;
        } else if valid_max > until.occurred {
            one_chunk(connection, number, until, &mut sums)?;
        } else {
            unpack_sums(row.get_ref(3)?.as_blob()?, &mut sums)?;
        }
    }
    let mut tail = connection.prepare_cached("SELECT changes FROM sum_tail")?;
    let mut rows = tail.query([])?;
    while let Some(row) = rows.next()? {
        let one = |change: Change| {
            if change.valid <= until.occurred && change.known <= until.recorded {
                add(&mut sums, change.bin, change.sum());
            }
            true
        };
        unpack(row.get_ref(0)?.as_blob()?, one)?;
    }
    Ok(sums)
}

/// Of a block known whole by K: the sums before the chunk in which T lies, and that chunk until T.
fn one_chunk(connection: &Connection, block: i64, until: Until, sums: &mut Sums) -> rusqlite::Result<()> {
    let mut select = connection.prepare_cached(
        "SELECT before, changes FROM sum_chunk WHERE block = ?1 AND first <= ?2
         ORDER BY first DESC, number DESC LIMIT 1",
    )?;
    let mut rows = select.query((block, until.occurred))?;
    let Some(row) = rows.next()? else { return Ok(()) };
    unpack_sums(row.get_ref(0)?.as_blob()?, sums)?;
    let one = |change: Change| {
        let counts = change.valid <= until.occurred;
        if counts {
            add(sums, change.bin, change.sum());
        }
        counts
    };
    Ok(unpack(row.get_ref(1)?.as_blob()?, one)?)
}

/// Of the block in which K lies: every change until T.
fn every_change(connection: &Connection, block: i64, until: Until, sums: &mut Sums) -> rusqlite::Result<()> {
    let mut select =
        connection.prepare_cached("SELECT changes FROM sum_chunk WHERE block = ?1 AND first <= ?2")?;
    let mut rows = select.query((block, until.occurred))?;
    while let Some(row) = rows.next()? {
        let one = |change: Change| {
            let happened = change.valid <= until.occurred;
            if happened && change.known <= until.recorded {
                add(sums, change.bin, change.sum());
            }
            happened
        };
        unpack(row.get_ref(0)?.as_blob()?, one)?;
    }
    Ok(())
}

/// The first entry into a stage as known at K, if it had happened by T.
fn first(connection: &Connection, bin: u32, until: Until) -> rusqlite::Result<Option<(Timestamp, Position)>> {
    let mut select = connection.prepare_cached(
        "SELECT valid_from, position FROM sum_first WHERE bin = ?1 AND known_from <= ?2
         ORDER BY known_from DESC LIMIT 1",
    )?;
    let first: Option<(i64, i64)> =
        select.query_row((bin, until.recorded), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let happened = first.filter(|(valid_from, _)| *valid_from <= until.occurred);
    Ok(happened.map(|(valid_from, position)| {
        (Timestamp::from_micros(valid_from), Position(position.cast_unsigned()))
    }))
}
