//! The largest answer: below the 4 MiB that a gRPC client accepts by default.
//!
//! A page takes rows until the message is full, and the rest go to the next page. A list without pages is cut, and the
//! answer says how much was left out.
//!
//! **Invariant:** if payloads have at most 1 MiB, every answer of a view has at most 4 MiB.

use prost::Message;

use crate::v1::{FigureObject, Party, TimelineEntry};

/// Bytes that a page is filled to.
pub const PAGE_BYTES: usize = 7 << 19;
/// The largest row. A page has at least one, beside the description of a customer.
pub const ROW_BYTES: usize = 5 << 19;
/// The largest list in the description of a customer.
const LIST_BYTES: usize = 256 << 10;
/// Bytes of an answer together with what it shows, if that is asked for.
pub const SHOWN_BYTES: usize = 4 << 20;
/// Tags and lengths around a row, with those of a message around it.
pub const AROUND: usize = 16;

/// A page that is being filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    skip: usize,
    bytes_left: usize,
    taken: usize,
    left_out: usize,
}

impl Page {
    /// Begins after this many rows, with this many bytes that every page has.
    #[must_use]
    pub const fn after(skip: usize, beside: usize) -> Self {
        Self { skip, bytes_left: PAGE_BYTES.saturating_sub(beside), taken: 0, left_out: 0 }
    }

    /// With what the answer has already; the rows before this page are not offered.
    #[must_use]
    pub fn beside(answer: &impl Message) -> Self {
        Self::after(0, answer.encoded_len())
    }

    /// Whether the next row is on this page. The first one always is; after the first that is not, none is.
    pub fn takes(&mut self, row: &impl Message) -> bool {
        if let Some(skip) = self.skip.checked_sub(1) {
            self.skip = skip;
            return false;
        }
        let bytes = row.encoded_len() + AROUND;
        if self.left_out > 0 || (self.taken > 0 && bytes > self.bytes_left) {
            self.left_out += 1;
            return false;
        }
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
        self.taken += 1;
        true
    }

    /// Keeps of the next rows those that are on this page.
    pub fn keep<M: Message>(&mut self, rows: &mut Vec<M>) {
        rows.retain(|row| self.takes(row));
    }

    /// Rows on this page.
    #[must_use]
    pub const fn taken(&self) -> usize {
        self.taken
    }

    /// Rows behind it.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }
}

/// Cuts the lists of a party to the size of one answer, and says how much was left out.
pub fn party(party: &mut Party) {
    party.ids_left_out = list(&mut party.ids, String::len);
    party.contacts_left_out = list(&mut party.contacts, String::len);
    party.roles_left_out = list(&mut party.roles, Message::encoded_len);
    party.facts_left_out = list(&mut party.facts, Message::encoded_len);
}

/// Keeps what fits, in its order, and returns how many do not.
fn list<T>(all: &mut Vec<T>, bytes: impl Fn(&T) -> usize) -> u64 {
    let (before, mut left) = (all.len(), LIST_BYTES);
    all.retain(|one| match left.checked_sub(bytes(one) + AROUND) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    (before - all.len()) as u64
}

/// Leaves out the oldest corrections of an entry that is too large with them, and says how many.
pub fn entry(entry: &mut TimelineEntry) {
    let mut too_many = entry.encoded_len().saturating_sub(ROW_BYTES);
    while too_many > 0 && !entry.corrections.is_empty() {
        too_many = too_many.saturating_sub(entry.corrections.remove(0).encoded_len());
        entry.corrections_left_out += 1;
    }
}

/// Leaves out the last positions of an object that has too many, and says how many.
pub fn object(object: &mut FigureObject) {
    let mut left = ROW_BYTES;
    let fit = object.positions.iter().take_while(|position| {
        left = left.saturating_sub(prost::encoding::encoded_len_varint(**position));
        left > 0
    });
    let (fit, all) = (fit.count(), object.positions.len());
    object.positions.truncate(fit);
    object.positions_left_out = (all - fit) as u64;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{party::Fact, timeline_entry::CorrectionLink};

    fn fact(bytes: usize) -> Fact {
        Fact { value: "x".repeat(bytes), ..Fact::default() }
    }

    #[test]
    fn all_pages_together_have_every_row_once_in_order_and_none_is_too_large() {
        for sizes in
            [vec![100_000; 90], vec![2 << 20; 5], vec![3 << 20, 1, 1, 3 << 20, 1], vec![10; 50], vec![]]
        {
            let (mut skip, mut seen) = (0, Vec::new());
            loop {
                let mut rows: Vec<_> = sizes.iter().map(|bytes| fact(*bytes)).collect();
                // In two lists, as answers have them.
                let mut others = rows.split_off(rows.len() / 2);
                let mut page = Page::after(skip, 1 << 19);
                page.keep(&mut rows);
                page.keep(&mut others);
                let here: Vec<_> = rows.iter().chain(&others).map(|row| row.value.len()).collect();
                assert!(here.len() == 1 || here.iter().sum::<usize>() <= PAGE_BYTES - (1 << 19));
                assert_eq!((page.taken(), page.left_out()), (here.len(), sizes.len() - skip - here.len()));
                skip += here.len();
                seen.extend(here);
                if page.left_out() == 0 {
                    break;
                }
                assert!(page.taken() > 0);
            }
            assert_eq!(seen, sizes);
        }
    }

    #[test]
    fn the_lists_of_a_party_are_cut_and_counted_each_for_itself() {
        let mut customer = Party {
            facts: vec![fact(900_000), fact(10), fact(200_000), fact(200_000)],
            contacts: (0..40_000).map(|nth| format!("contact-{nth:028}")).collect(),
            ids: vec!["7".to_owned()],
            ..Party::default()
        };
        party(&mut customer);
        assert_eq!((customer.facts.len(), customer.facts_left_out), (2, 2));
        assert_eq!(customer.contacts.len() as u64 + customer.contacts_left_out, 40_000);
        assert!(customer.contacts.len() > 4_000 && customer.contacts_left_out > 30_000);
        assert_eq!((customer.ids.len(), customer.ids_left_out, customer.roles_left_out), (1, 0, 0));
        assert!(customer.encoded_len() < 1 << 20);
    }

    #[test]
    fn a_row_that_is_too_large_is_cut_where_that_is_no_lie_and_counted() {
        let correction =
            |nth| CorrectionLink { position: nth, reason: "x".repeat(1 << 20), ..CorrectionLink::default() };
        let mut large =
            TimelineEntry { corrections: (0..5).map(correction).collect(), ..TimelineEntry::default() };
        entry(&mut large);
        assert_eq!((large.corrections.len(), large.corrections_left_out), (2, 3));
        assert_eq!(large.corrections[1].position, 4, "the latest stay");

        let mut much = FigureObject { positions: (0..2_000_000).collect(), ..FigureObject::default() };
        object(&mut much);
        assert!(much.encoded_len() <= ROW_BYTES + AROUND && much.positions.len() > 800_000);
        assert_eq!(much.positions.len() as u64 + much.positions_left_out, 2_000_000);
    }
}
