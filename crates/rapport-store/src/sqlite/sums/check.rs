//! Whether the kept sums are those of the deals. Reads everything, and holds as much as the sums hold.

use std::collections::BTreeMap;

use rapport_views::projection::stage_set::tracked_rows;
use rusqlite::Connection;

use super::{
    ask::{Until, sums},
    bins::{Bin, Bins},
    change::{Change, Sum, Sums, add, cancel, corners, pack_sums, unpack},
    first::{Interval, Steps, each_deal, intervals, lower, merge},
    reach::Entry,
};
use crate::sqlite::{
    deal_facts::{Facts, unpack as unpack_facts},
    packed::Packer,
};

/// Whether sums and first entries are what adding up all deals anew gives.
pub(crate) fn sums_are_right(connection: &Connection) -> rusqlite::Result<bool> {
    let mut bins = Bins::load(connection)?;
    let known = bins.all().len();
    let expected = expected(connection, &mut bins)?;
    let written = written(connection)?;
    let firsts = expected_firsts(connection, &mut bins)?;
    Ok(expected == written
        && bins.all().len() == known
        && before_sums_are_right(connection)?
        && end_is_right(connection, &expected)?
        && firsts == written_firsts(connection, &bins)?)
}

/// Changes by place, those of one place added up.
type Places = BTreeMap<(i64, i64, u32), Sum>;

fn put(places: &mut Places, change: &Change) {
    let place = (change.known, change.valid, change.bin);
    let sum = places.entry(place).or_default();
    sum.add(change.sum());
    if *sum == Sum::default() {
        places.remove(&place);
    }
}

fn expected(connection: &Connection, bins: &mut Bins) -> rusqlite::Result<Places> {
    let mut places = Places::new();
    let mut select = connection.prepare_cached("SELECT facts FROM deal_fact")?;
    let mut found = select.query([])?;
    while let Some(row) = found.next()? {
        let (mut facts, mut changes) = (Facts::new(), Vec::new());
        unpack_facts(row.get_ref(0)?.as_blob()?, &mut facts)?;
        let rows = tracked_rows(&facts, &mut bins.sets);
        rows.iter().for_each(|row| corners(row, 1, bins, &mut changes));
        cancel(&mut changes, 0);
        changes.iter().for_each(|change| put(&mut places, change));
    }
    Ok(places)
}

fn written(connection: &Connection) -> rusqlite::Result<Places> {
    let mut places = Places::new();
    for select in ["SELECT changes FROM sum_chunk", "SELECT changes FROM sum_tail"] {
        let mut select = connection.prepare_cached(select)?;
        let mut found = select.query([])?;
        while let Some(row) = found.next()? {
            unpack(row.get_ref(0)?.as_blob()?, |change| {
                put(&mut places, &change);
                true
            })?;
        }
    }
    Ok(places)
}

/// Whether each chunk has the sums of those before it, and each block those of all.
fn before_sums_are_right(connection: &Connection) -> rusqlite::Result<bool> {
    let mut packed = Packer::default();
    let mut right = |column: &[u8], sums: &Sums| {
        pack_sums(sums, &mut packed);
        packed.bytes() == column
    };
    let mut blocks = connection.prepare_cached("SELECT number, total FROM sum_block")?;
    let mut blocks = blocks.query([])?;
    let mut chunks = connection
        .prepare_cached("SELECT before, changes FROM sum_chunk WHERE block = ?1 ORDER BY first, number")?;
    while let Some(block) = blocks.next()? {
        let mut before = Sums::new();
        let mut chunks = chunks.query([block.get::<_, i64>(0)?])?;
        while let Some(chunk) = chunks.next()? {
            if !right(chunk.get_ref(0)?.as_blob()?, &before) {
                return Ok(false);
            }
            unpack(chunk.get_ref(1)?.as_blob()?, |change| {
                add(&mut before, change.bin, change.sum());
                true
            })?;
        }
        if !right(block.get_ref(1)?.as_blob()?, &before) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the sums at the end of both clocks are those of all changes.
fn end_is_right(connection: &Connection, places: &Places) -> rusqlite::Result<bool> {
    let mut all = Sums::new();
    for ((_, _, bin), sum) in places {
        add(&mut all, *bin, *sum);
    }
    let mut end = sums(connection, Until { occurred: i64::MAX, recorded: i64::MAX })?;
    let length = all.len().max(end.len());
    all.resize(length, Sum::default());
    end.resize(length, Sum::default());
    Ok(all == end)
}

/// The steps of each bin that has any.
type Firsts = BTreeMap<u32, Vec<(i64, Entry)>>;

fn expected_firsts(connection: &Connection, bins: &mut Bins) -> rusqlite::Result<Firsts> {
    let mut found: BTreeMap<u32, (Steps, Vec<Interval>)> = BTreeMap::new();
    each_deal(connection, bins, |beliefs| {
        for (since, until, belief) in intervals(beliefs) {
            let (lasting, ended) = found.entry(belief.bin).or_default();
            if until == i64::MAX {
                lower(lasting, since, belief.entry);
            } else {
                ended.push((since, until, belief.entry));
            }
        }
    })?;
    let merged = found.into_iter().map(|(bin, (lasting, ended))| (bin, merge(i64::MIN, &lasting, &ended)));
    Ok(merged.map(|(bin, steps)| (bin, distinct(steps))).collect())
}

fn written_firsts(connection: &Connection, bins: &Bins) -> rusqlite::Result<Firsts> {
    let mut select =
        connection.prepare_cached("SELECT known_from, valid_from, position FROM sum_first WHERE bin = ?1")?;
    let mut firsts = Firsts::new();
    for (number, _) in (0..).zip(bins.all()).filter(|(_, bin)| matches!(bin, Bin::Stage { .. })) {
        let steps = select.query_map([number], |row| {
            let position: i64 = row.get(2)?;
            Ok((row.get(0)?, Entry { valid: row.get(1)?, position: position.cast_unsigned() }))
        })?;
        let steps = distinct(steps.collect::<rusqlite::Result<Steps>>()?);
        if !steps.is_empty() {
            firsts.insert(number, steps);
        }
    }
    Ok(firsts)
}

/// Steps that change something.
fn distinct(steps: Steps) -> Vec<(i64, Entry)> {
    let mut distinct: Vec<(i64, Entry)> = Vec::new();
    for (known_from, entry) in steps {
        if distinct.last().map_or(Entry::NEVER, |(_, last)| *last) != entry {
            distinct.push((known_from, entry));
        }
    }
    distinct
}
