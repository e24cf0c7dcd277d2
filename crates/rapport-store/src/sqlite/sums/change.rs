//! What changes in the sums, and where on the two clocks.

use rapport_model::Timestamp;
use rapport_views::projection::{bitemporal::Row, stage_set::TrackedState};

use super::bins::Bins;
use crate::sqlite::packed::{Damaged, Packer, Unpacker};

/// So many deals more or fewer count in a bin, from (valid, known) on. Ordered by `known` first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    /// From when on the recorded clock, in microseconds.
    pub known: i64,
    /// From when on the occurred clock, in microseconds.
    pub valid: i64,
    /// The number of the bin.
    pub bin: u32,
    /// Of each of the deals, in minor units.
    pub amount: i64,
    /// How many more; fewer when negative.
    pub deals: i32,
}

/// Deals and their amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub deals: i64,
    pub amount: i128,
}

impl Sum {
    pub(crate) fn add(&mut self, other: Self) {
        self.deals += other.deals;
        self.amount += other.amount;
    }
}

/// Sums by the number of their bin.
pub(crate) type Sums = Vec<Sum>;

/// Adds to the sum of a bin.
pub(crate) fn add(sums: &mut Sums, bin: u32, sum: Sum) {
    let bin = bin as usize;
    if sums.len() <= bin {
        sums.resize(bin + 1, Sum::default());
    }
    if let Some(cell) = sums.get_mut(bin) {
        cell.add(sum);
    }
}

impl Change {
    pub(crate) fn sum(&self) -> Sum {
        Sum { deals: self.deals.into(), amount: i128::from(self.amount) * i128::from(self.deals) }
    }

    fn place(&self) -> (i64, i64, u32, i64) {
        (self.known, self.valid, self.bin, self.amount)
    }
}

/// Adds the corners of a row, so many times.
pub(crate) fn corners(row: &Row<TrackedState>, deals: i32, bins: &mut Bins, changes: &mut Vec<Change>) {
    if row.valid_from == row.valid_to {
        return;
    }
    let Some((bin, amount)) = bins.of_state(&row.state) else { return };
    let mut corner = |valid: Timestamp, known: Timestamp, deals| {
        if valid < Timestamp::MAX && known < Timestamp::MAX {
            changes.push(Change { known: known.as_micros(), valid: valid.as_micros(), bin, amount, deals });
        }
    };
    corner(row.valid_from, row.known_from, deals);
    corner(row.valid_to, row.known_from, -deals);
    corner(row.valid_from, row.known_to, -deals);
    corner(row.valid_to, row.known_to, deals);
}

/// Adds up changes of one place, leaves out what adds up to nothing, and orders them from `from` on.
pub(crate) fn cancel(changes: &mut Vec<Change>, from: usize) {
    let Some(new) = changes.get_mut(from..) else { return };
    new.sort_unstable();
    let mut kept = from;
    let mut at = from;
    while let Some(first) = changes.get(at).copied() {
        let mut sum = 0;
        while let Some(same) = changes.get(at).filter(|change| change.place() == first.place()) {
            sum += same.deals;
            at += 1;
        }
        if sum != 0
            && let Some(slot) = changes.get_mut(kept)
        {
            *slot = Change { deals: sum, ..first };
            kept += 1;
        }
    }
    changes.truncate(kept);
}

/// Packs changes; near ones in few bytes.
pub(crate) fn pack(changes: &[Change], into: &mut Packer) {
    into.clear();
    let (mut valid, mut known) = (0_i64, 0_i64);
    for change in changes {
        into.signed(change.valid.wrapping_sub(valid));
        into.signed(change.known.wrapping_sub(known));
        into.unsigned(change.bin.into());
        into.signed(change.deals.into());
        into.signed(change.amount);
        (valid, known) = (change.valid, change.known);
    }
}

/// Hands out packed changes in their order, until `take` says that it is enough.
pub(crate) fn unpack(column: &[u8], mut take: impl FnMut(Change) -> bool) -> Result<(), Damaged> {
    let mut from = Unpacker::new(column);
    let (mut valid, mut known) = (0_i64, 0_i64);
    while !from.is_empty() {
        valid = valid.wrapping_add(from.signed()?);
        known = known.wrapping_add(from.signed()?);
        let bin = from.small()?;
        let deals = i32::try_from(from.signed()?).map_err(|_| Damaged)?;
        if !take(Change { known, valid, bin, amount: from.signed()?, deals }) {
            break;
        }
    }
    Ok(())
}

/// Packs the sums that are not nothing.
pub(crate) fn pack_sums(sums: &Sums, into: &mut Packer) {
    into.clear();
    for (bin, sum) in (0_u64..).zip(sums).filter(|(_, sum)| **sum != Sum::default()) {
        into.unsigned(bin);
        into.signed(sum.deals);
        into.wide(sum.amount);
    }
}

/// Adds packed sums.
pub(crate) fn unpack_sums(column: &[u8], sums: &mut Sums) -> Result<(), Damaged> {
    let mut from = Unpacker::new(column);
    while !from.is_empty() {
        let bin = from.small()?;
        add(sums, bin, Sum { deals: from.signed()?, amount: from.wide()? });
    }
    Ok(())
}
