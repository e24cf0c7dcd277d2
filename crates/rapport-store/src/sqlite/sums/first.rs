//! When each stage was first entered, for every moment of the recorded clock.
//!
//! For each stage the table `sum_first` holds steps: from `known_from` on, until the next step, the first entry is
//! this one. An entry that becomes known makes a step when it is earlier than what was known; when the first entry
//! itself ceases to be believed (a retraction, a correction), the next one is looked for among all deals.

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map};

use rapport_views::projection::stage_set::tracked_rows;
use rusqlite::{Connection, OptionalExtension};

use super::{
    bins::Bins,
    reach::{Belief, Entry, cancel, entries, moved_from},
};
use crate::sqlite::deal_facts::{Facts, unpack};

/// The first entry from each moment of the recorded clock on.
pub(crate) type Steps = BTreeMap<i64, Entry>;

/// Believed from the first moment until the second, exclusive.
pub(crate) type Interval = (i64, i64, Entry);

/// First entries, and what has become known of them since the last commit.
#[derive(Default)]
pub(crate) struct Firsts {
    /// By bin, from the last step written on.
    steps: HashMap<u32, Steps>,
    /// The bins whose steps changed, each with the moment from which on.
    changed: BTreeMap<u32, i64>,
    ceased: Vec<Belief>,
}

impl Firsts {
    /// Takes what has become known of one deal's entries, none earlier than what is written.
    pub(crate) fn collect(&mut self, connection: &Connection, beliefs: &[Belief]) -> rusqlite::Result<()> {
        for belief in beliefs {
            let steps = match self.steps.entry(belief.bin) {
                hash_map::Entry::Occupied(known) => known.into_mut(),
                hash_map::Entry::Vacant(unknown) => unknown.insert(last_step(connection, belief.bin)?),
            };
            if belief.begins < 0 {
                self.ceased.push(*belief);
            } else if lower(steps, belief.known, belief.entry) {
                let from = self.changed.entry(belief.bin).or_insert(belief.known);
                *from = belief.known.min(*from);
            }
        }
        Ok(())
    }

    /// Writes what is collected. The deals' facts are written by then.
    pub(crate) fn flush(&mut self, connection: &Connection, bins: &mut Bins) -> rusqlite::Result<()> {
        let lost = self.lost();
        if !lost.is_empty() {
            for (bin, from, found) in look_again(connection, &lost, bins)? {
                let steps = self.steps.entry(bin).or_default();
                steps.split_off(&from);
                let before = steps.last_key_value().map(|(_, entry)| *entry);
                steps.extend(found.into_iter().skip_while(|(_, entry)| Some(*entry) == before));
                let changed = self.changed.entry(bin).or_insert(from);
                *changed = from.min(*changed);
            }
        }
        for (bin, from) in std::mem::take(&mut self.changed) {
            let Some(steps) = self.steps.get_mut(&bin) else { continue };
            write(connection, bin, from, steps)?;
            // Before the last step nothing changes any more.
            if let Some((known_from, last)) = steps.pop_last() {
                *steps = Steps::from([(known_from, last)]);
            }
        }
        self.ceased.clear();
        Ok(())
    }

    /// The bins whose first entry is one that ceased to be believed, each with the moment of the earliest such.
    fn lost(&self) -> BTreeMap<u32, i64> {
        let mut lost = BTreeMap::new();
        for belief in &self.ceased {
            let Some(steps) = self.steps.get(&belief.bin) else { continue };
            let mut later = steps.range(belief.known..);
            if first_at(steps, belief.known) == belief.entry || later.any(|(_, entry)| *entry == belief.entry)
            {
                let from = lost.entry(belief.bin).or_insert(belief.known);
                *from = belief.known.min(*from);
            }
        }
        lost
    }
}

/// Takes an entry known from then on; whether it is the first one for some time.
pub(crate) fn lower(steps: &mut Steps, known: i64, entry: Entry) -> bool {
    if first_at(steps, known) <= entry {
        return false;
    }
    steps.insert(known, entry);
    let mut later = steps.range(known + 1..);
    let until = later.find(|(_, later)| **later < entry).map(|(known, _)| *known);
    let mut kept = until.map(|until| steps.split_off(&until)).unwrap_or_default();
    steps.split_off(&(known + 1));
    steps.append(&mut kept);
    true
}

fn first_at(steps: &Steps, known: i64) -> Entry {
    steps.range(..=known).next_back().map_or(Entry::NEVER, |(_, entry)| *entry)
}

fn last_step(connection: &Connection, bin: u32) -> rusqlite::Result<Steps> {
    let mut select = connection.prepare_cached(
        "SELECT known_from, valid_from, position FROM sum_first WHERE bin = ?1 ORDER BY known_from DESC LIMIT 1",
    )?;
    let step = select.query_row([bin], |row| {
        let position: i64 = row.get(2)?;
        Ok((row.get(0)?, Entry { valid: row.get(1)?, position: position.cast_unsigned() }))
    });
    Ok(step.optional()?.into_iter().collect())
}

/// Writes the steps from that moment on in the place of those that are there.
fn write(connection: &Connection, bin: u32, from: i64, steps: &Steps) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM sum_first WHERE bin = ?1 AND known_from >= ?2")?
        .execute((bin, from))?;
    let mut insert = connection.prepare_cached("INSERT INTO sum_first VALUES (?1, ?2, ?3, ?4)")?;
    for (known_from, entry) in steps.range(from..) {
        insert.execute((bin, known_from, entry.valid, entry.position.cast_signed()))?;
    }
    Ok(())
}

/// The steps of these bins from these moments on, from all deals.
fn look_again(
    connection: &Connection,
    from: &BTreeMap<u32, i64>,
    bins: &mut Bins,
) -> rusqlite::Result<Vec<(u32, i64, Steps)>> {
    let mut found: BTreeMap<u32, (Steps, Vec<Interval>)> =
        from.keys().map(|bin| (*bin, Default::default())).collect();
    each_deal(connection, bins, |beliefs| {
        for (since, until, belief) in intervals(beliefs) {
            let (Some(from), Some((lasting, ended))) = (from.get(&belief.bin), found.get_mut(&belief.bin))
            else {
                continue;
            };
            let since = since.max(*from);
            if until == i64::MAX {
                lower(lasting, since, belief.entry);
            } else if since < until {
                ended.push((since, until, belief.entry));
            }
        }
    })?;
    let merged = from.iter().filter_map(|(bin, from)| {
        let (lasting, ended) = found.get(bin)?;
        Some((*bin, *from, merge(*from, lasting, ended)))
    });
    Ok(merged.collect())
}

/// Hands out what is known of each deal's entries.
pub(crate) fn each_deal(
    connection: &Connection,
    bins: &mut Bins,
    mut take: impl FnMut(&[Belief]),
) -> rusqlite::Result<()> {
    let mut select = connection.prepare_cached("SELECT facts FROM deal_fact ORDER BY deal")?;
    let mut found = select.query([])?;
    let (mut facts, mut beliefs) = (Facts::new(), Vec::new());
    while let Some(row) = found.next()? {
        facts.clear();
        beliefs.clear();
        unpack(row.get_ref(0)?.as_blob()?, &mut facts)?;
        let rows = tracked_rows(&facts, &mut bins.sets);
        entries(&rows, moved_from(&rows), 1, bins, &mut beliefs);
        cancel(&mut beliefs);
        take(&beliefs);
    }
    Ok(())
}

/// From when until when each entry is believed: beliefs come in order, and each that begins is before its end.
pub(crate) fn intervals(beliefs: &[Belief]) -> impl Iterator<Item = (i64, i64, &Belief)> {
    beliefs.iter().enumerate().filter(|(_, belief)| belief.begins > 0).map(|(at, belief)| {
        let end = beliefs.get(at + 1).filter(|next| next.begins < 0 && next.entry == belief.entry);
        (belief.known, end.map_or(i64::MAX, |end| end.known), belief)
    })
}

/// The steps from `from` on: at each moment the least of what lasts and of what is believed for some time.
pub(crate) fn merge(from: i64, lasting: &Steps, ended: &[Interval]) -> Steps {
    let mut moments: BTreeSet<i64> = lasting.keys().copied().collect();
    let mut changes: Vec<(i64, bool, Entry)> = Vec::with_capacity(ended.len() * 2);
    for (since, until, entry) in ended {
        changes.extend([(*since, true, *entry), (*until, false, *entry)]);
        moments.extend([*since, *until]);
    }
    moments.insert(from);
    changes.sort_unstable();
    let mut changes = changes.into_iter().peekable();
    let mut believed = BTreeSet::new();
    let mut steps = Steps::new();
    for moment in moments {
        while let Some((_, begins, entry)) = changes.next_if(|(at, ..)| *at <= moment) {
            if begins {
                believed.insert(entry)
            } else {
                believed.remove(&entry)
            };
        }
        let first = first_at(lasting, moment).min(believed.first().copied().unwrap_or(Entry::NEVER));
        if steps.last_key_value().is_none_or(|(_, last)| *last != first) {
            steps.insert(moment, first);
        }
    }
    steps
}
