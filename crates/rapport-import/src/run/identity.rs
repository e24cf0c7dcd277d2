//! Stable ids: the same row of the same source gives the same event ids, in every import and every later export.

use std::collections::HashMap;

use csv::StringRecord;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    digest::hex,
    expr::{context::Binding, scope::Names},
};

/// The id of an event: a UUIDv8 of the SHA-256 over the namespace, the table, the emit and the key, each with its
/// length before it.
pub(crate) fn event_id(namespace: &str, table: &str, emit: &str, key: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in [namespace, table, emit].iter().chain(key) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    let mut bits = [0; 16];
    for (bit, byte) in bits.iter_mut().zip(digest.finalize()) {
        *bit = byte;
    }
    Uuid::new_v8(bits).hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

/// The id of the nth change of an event, from 1. It does not depend on what changed, so the changes of an event can be
/// looked up one after the other.
pub(crate) fn change_id(id: &str, nth: u32) -> String {
    event_id(id, "", "change", &[&nth.to_string()])
}

/// Bytes that stand for the content of a row.
pub(crate) type RowDigest = [u8; 32];

/// The columns that a mapping reads, sorted by name. Their values are the identity of a row without an `id`.
#[derive(Debug)]
pub(crate) struct Layout(Vec<(usize, Box<str>)>);

impl Layout {
    pub(super) fn new(names: &Names) -> Self {
        let mut columns: Vec<(usize, Box<str>)> =
            names.0.iter().enumerate().map(|(slot, name)| (slot, name.as_str().into())).collect();
        columns.sort_by(|left, right| left.1.cmp(&right.1));
        Self(columns)
    }

    /// Depends on the values that the mapping reads and their columns' names; not on the order of the columns, on
    /// blanks that the mapping drops, on columns that are empty or that it does not read.
    pub(super) fn digest(&self, record: &StringRecord, binding: &Binding) -> RowDigest {
        let mut digest = Sha256::new();
        for (slot, name) in &self.0 {
            let value = binding.read(record, *slot);
            if value.is_empty() {
                continue;
            }
            for part in [name, value] {
                digest.update((part.len() as u64).to_be_bytes());
                digest.update(part.as_bytes());
            }
        }
        digest.finalize().into()
    }

    /// The first bytes of the digest.
    pub(super) fn short(&self, record: &StringRecord, binding: &Binding) -> u64 {
        short_of(&self.digest(record, binding))
    }
}

/// The digest that the first versions took: every field of the row as it is written, in the order of the file.
fn earlier_digest(record: &StringRecord) -> RowDigest {
    let mut digest = Sha256::new();
    for field in record {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field.as_bytes());
    }
    digest.finalize().into()
}

/// How often each row occurs, by the first bytes of its digest. Two different rows that share them share a count: their
/// identities stay distinct and stable all the same. Costs 12 to 27 bytes for each different row.
#[derive(Debug, Default)]
pub(crate) struct RowCounts(HashMap<u64, u32>);

impl RowCounts {
    /// Counts a row; how often it was there before.
    pub(super) fn add(&mut self, digest: &RowDigest) -> u32 {
        let count = self.0.entry(short_of(digest)).or_default();
        *count += 1;
        *count - 1
    }

    /// Whether every row of this is in the other, as often at least.
    fn is_in(&self, other: &Self) -> bool {
        self.0.iter().all(|(row, count)| other.0.get(row).is_some_and(|there| there >= count))
    }
}

/// Tells equal rows apart by counting them, over all files of a table that one command is given.
#[derive(Debug, Default)]
pub(crate) struct Ordinals {
    /// Rows of the files before.
    before: RowCounts,
    /// Rows of this file so far.
    here: RowCounts,
    /// Whether the rows of this file come on top of those before.
    on_top: bool,
}

impl Ordinals {
    /// The next file begins, with these rows. Parts of one export have few rows in common: all are counted. A file
    /// that has all rows of the files before it, or none but theirs, is the same export again, or a later one.
    pub(super) fn begin_file(&mut self, rows: &RowCounts) {
        let here = std::mem::take(&mut self.here);
        for (row, count) in here.0 {
            let before = self.before.0.entry(row).or_default();
            *before = if self.on_top { *before + count } else { count.max(*before) };
        }
        self.on_top = !rows.is_in(&self.before) && !self.before.is_in(rows);
    }

    /// The identity of a row: its digest, and how many equal rows came before it.
    pub(super) fn identify(&mut self, digest: &RowDigest) -> String {
        let before = if self.on_top { self.before.0.get(&short_of(digest)).copied() } else { None };
        let ordinal = before.unwrap_or(0) + self.here.add(digest);
        let mut identity = hex(digest);
        identity.push('#');
        identity.push_str(&ordinal.to_string());
        identity
    }
}

/// By what another import knows a row again.
#[derive(Debug)]
pub(crate) struct Identity {
    pub now: String,
    /// The identity that the first versions of Rapport gave the row, where it differs and the ledger may have their events.
    pub earlier: Option<String>,
}

/// Tells the rows of a file apart that have no id of their own.
#[derive(Debug)]
pub(crate) struct Contents {
    pub layout: Layout,
    pub ordinals: Ordinals,
    /// Counts as the first versions of Rapport made them, of this file alone; only where the ledger may have their events.
    pub earlier: Option<RowCounts>,
}

impl Contents {
    pub(super) fn identify(&mut self, record: &StringRecord, binding: &Binding) -> Identity {
        let earlier = self.earlier.as_mut().map(|counts| {
            let digest = earlier_digest(record);
            format!("{}#{}", hex(&digest), counts.add(&digest))
        });
        Identity { now: self.ordinals.identify(&self.layout.digest(record, binding)), earlier }
    }
}

fn short_of(digest: &RowDigest) -> u64 {
    let mut short = [0; 8];
    for (to, from) in short.iter_mut().zip(digest) {
        *to = *from;
    }
    u64::from_be_bytes(short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::readings::Readings;

    fn digest(row: &str) -> RowDigest {
        earlier_digest(&StringRecord::from_iter(row.split(',')))
    }

    /// The identities of the rows of some files, given in one command.
    fn identities(files: &[&[&str]]) -> Vec<String> {
        let mut ordinals = Ordinals::default();
        let mut found = Vec::new();
        for rows in files {
            let mut counts = RowCounts::default();
            rows.iter().for_each(|row| {
                counts.add(&digest(row));
            });
            ordinals.begin_file(&counts);
            found.extend(rows.iter().map(|row| ordinals.identify(&digest(row))));
        }
        found
    }

    fn distinct(files: &[&[&str]]) -> usize {
        identities(files).into_iter().collect::<std::collections::HashSet<_>>().len()
    }

    #[test]
    fn equal_rows_differ_by_their_count_and_a_second_reading_gives_the_same() {
        let rows: &[&str] = &["a,b", "a,b", "ab,", "a,b"];
        assert_eq!(distinct(&[rows]), 4);
        assert_eq!(identities(&[rows]), identities(&[rows]));
    }

    #[test]
    fn equal_rows_of_two_parts_are_all_counted_and_those_of_an_export_given_twice_are_not() {
        let (january, february): (&[&str], &[&str]) = (&["a", "b", "b"], &["b", "c"]);
        assert_eq!(distinct(&[january, february]), 5);
        assert_eq!(distinct(&[january, january]), 3);
        let both = [january, february].concat();
        assert_eq!(distinct(&[january, &both]), 5);
        assert_eq!(distinct(&[&both, february]), 5);
        assert_eq!(distinct(&[january, february, &both, &["d", "b"]]), 7);
        // Whatever is given with it, a row that is known is known again.
        let known = identities(&[january, february]);
        for files in [[january, january], [february, february]] {
            assert!(identities(&files).iter().all(|identity| known.contains(identity)));
        }
    }

    #[test]
    fn a_row_is_the_same_in_another_layout_and_another_row_with_another_value() {
        let names = Names(["who", "day", "note"].map(str::to_owned).to_vec());
        let layout = Layout::new(&names);
        let of = |columns: [Option<usize>; 3], row: &[&str]| {
            let binding = Binding {
                columns: columns.to_vec(),
                nulls: vec!["-".into()],
                trim: true,
                readings: Readings::default(),
            };
            layout.digest(&StringRecord::from_iter(row), &binding)
        };
        let base = of([Some(0), Some(1), Some(2)], &["ada", "3", ""]);
        assert_eq!(base, of([Some(2), Some(1), Some(0)], &["", "3", "ada"]), "another order");
        assert_eq!(base, of([Some(0), Some(1), None], &["ada", "3"]), "without a column that is empty");
        assert_eq!(base, of([Some(0), Some(1), Some(3)], &["ada", "3", "unread", ""]), "a column more");
        assert_eq!(base, of([Some(0), Some(1), Some(2)], &[" ada", "3 ", "-"]), "blanks, and no value");
        assert_ne!(base, of([Some(0), Some(1), Some(2)], &["ada", "", "3"]), "another column");
        assert_ne!(base, of([Some(0), Some(1), Some(2)], &["ad", "a3", ""]), "cut elsewhere");
    }

    #[test]
    fn ids_keep_the_parts_of_a_key_apart_and_never_change() {
        assert_ne!(event_id("n", "t", "e", &["a", "b"]), event_id("n", "t", "e", &["ab", ""]));
        // Fixtures: ids that are in ledgers must be the ids of every later version.
        let won = event_id("sales", "opportunities", "won", &["1C1I7A6R"]);
        assert_eq!(won, "344a6716-6d95-8660-8f8b-382c104bcbca");
        assert_eq!(change_id(&won, 1), "93493d76-d8a8-8c2b-b469-a901fcbdde47");
        assert_ne!(change_id(&won, 1), change_id(&won, 2));
    }
}
