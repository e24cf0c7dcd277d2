//! How the rows of a file are counted.

use super::row_events::{Reject, RowEvents};

/// The rows of a file. **Invariant:** `rows = accepted + duplicate + rejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows that added events, or that carry none of their own.
    pub accepted: u64,
    /// Rows whose events were all in the ledger.
    pub duplicate: u64,
    /// Rows rejected, whole or in part: what is right in a row whose event cannot be said is added all the same.
    pub rejected: u64,
    /// Of the accepted rows and the duplicates, those that carry no event.
    pub without_events: u64,
    /// Events added.
    pub events_added: u64,
    /// Of those, events that an import added which did not finish.
    pub events_resumed: u64,
    /// Of the events added, those that count from the import on, since nothing says when they happened.
    pub events_undated: u64,
    /// Where the first of the events added is; 0 when none was.
    pub first_added: u64,
}

impl Counts {
    /// All rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.accepted + self.duplicate + self.rejected
    }
}

/// Where the ledger has an event that was offered to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Appended now, at this position.
    New(u64),
    /// There already, at this position.
    Known(u64),
}

/// Finds the events that an unfinished import left in the ledger: those of this mapping behind its last
/// `import.batch_closed`. The next import counts them as its own. So every event is in exactly one closed batch,
/// and the batch of an interrupted import says the same as that of an undisturbed one.
///
/// Both imports go through the files in the same order, so the positions of these events rise. An event whose position
/// does not rise was told by an earlier row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Met(u64);

impl Met {
    /// From the position of the mapping's last `import.batch_closed`; 0 without one.
    #[must_use]
    pub const fn until(closed: u64) -> Self {
        Self(closed)
    }

    /// Whether this is the first row that tells the event since its batch was left open.
    fn is_first(&mut self, position: u64) -> bool {
        let first = position > self.0;
        self.0 = self.0.max(position);
        first
    }
}

/// Counts the rows of one file as the ledger answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    counts: Counts,
    silent: u64,
}

impl Tally {
    /// A [`RowEvents`] was appended; its events are at these places, in order.
    pub fn appended(&mut self, row: &RowEvents, places: impl IntoIterator<Item = Place>, met: &mut Met) {
        self.settled(row, places, met, false);
    }

    /// The same where an event of the row may have been rejected.
    pub fn settled(
        &mut self,
        row: &RowEvents,
        places: impl IntoIterator<Item = Place>,
        met: &mut Met,
        is_rejected: bool,
    ) {
        let mut added = 0;
        for place in places {
            match place {
                Place::New(position) => {
                    met.is_first(position);
                    added += 1;
                    self.begins_at(position);
                }
                Place::Known(position) if met.is_first(position) => {
                    added += 1;
                    self.counts.events_resumed += 1;
                    self.begins_at(position);
                }
                Place::Known(_) => {}
            }
        }
        self.counts.events_added += added;
        if is_rejected {
            self.counts.rejected += row.rows;
        } else if row.events.is_empty() && added == 0 {
            self.silent += row.rows;
        } else if added == 0 {
            self.counts.duplicate += row.rows;
        } else {
            self.counts.accepted += row.rows;
        }
    }

    fn begins_at(&mut self, position: u64) {
        if self.counts.first_added == 0 {
            self.counts.first_added = position;
        }
    }

    /// So many of the events that were added count from the import on.
    pub fn undated(&mut self, events: u64) {
        self.counts.events_undated += events;
    }

    /// A [`Reject`] came, or was made by [`RowEvents::refused`].
    pub fn rejected(&mut self, reject: &Reject) {
        self.counts.rejected += reject.rows;
    }

    /// The counts. Rows without events of their own are accepted with the rows that have some, and duplicates in a
    /// file that added nothing again.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        let mut counts = self.counts;
        counts.without_events = self.silent;
        if counts.events_added == 0 && counts.duplicate > 0 {
            counts.duplicate += self.silent;
        } else {
            counts.accepted += self.silent;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::run::stream_event::StreamEvent;

    fn row(rows: u64, events: usize) -> RowEvents {
        let event = StreamEvent { stream: "s".into(), ..StreamEvent::default() };
        RowEvents {
            table: "t".into(),
            file: Arc::new("f".into()),
            line: 1,
            rows,
            events: vec![event; events],
            taken_back: Vec::new(),
        }
    }

    #[test]
    fn counts_add_up_and_a_second_import_accepts_nothing() {
        let mut met = Met::default();
        let mut first = Tally::default();
        first.appended(&row(3, 1), [Place::New(1)], &mut met);
        first.appended(&row(1, 0), [], &mut met);
        first.rejected(&row(2, 1).refused("wrong"));
        let counts = first.counts();
        assert_eq!((counts.accepted, counts.duplicate, counts.rejected, counts.rows()), (4, 0, 2, 6));

        let mut met = Met::until(2);
        let mut second = Tally::default();
        second.appended(&row(3, 1), [Place::Known(1)], &mut met);
        second.appended(&row(1, 0), [], &mut met);
        second.rejected(&row(2, 1).refused("wrong"));
        let counts = second.counts();
        assert_eq!((counts.accepted, counts.duplicate, counts.rejected, counts.rows()), (0, 4, 2, 6));
    }

    #[test]
    fn a_row_of_which_an_event_was_refused_is_rejected_and_its_other_events_are_added() {
        let mut tally = Tally::default();
        tally.settled(&row(1, 2), [Place::Known(1), Place::New(7)], &mut Met::until(5), true);
        tally.appended(&row(1, 0), [], &mut Met::until(5));
        let counts = tally.counts();
        assert_eq!((counts.accepted, counts.rejected, counts.rows()), (1, 1, 2));
        assert_eq!((counts.events_added, counts.first_added, counts.without_events), (1, 7, 1));
    }

    #[test]
    fn an_import_that_goes_on_counts_what_the_interrupted_one_added_once() {
        // Positions 1 to 10 are closed; 11 to 13 were left by an import that was killed.
        let mut met = Met::until(10);
        let mut tally = Tally::default();
        tally.appended(&row(1, 1), [Place::Known(4)], &mut met);
        tally.appended(&row(1, 2), [Place::Known(11), Place::Known(12)], &mut met);
        // A row that tells the same event as the one before it.
        tally.appended(&row(1, 1), [Place::Known(12)], &mut met);
        tally.appended(&row(1, 2), [Place::Known(13), Place::New(15)], &mut met);
        tally.appended(&row(1, 1), [Place::New(16)], &mut met);
        // A row that tells what this import has just added.
        tally.appended(&row(1, 1), [Place::Known(15)], &mut met);
        let counts = tally.counts();
        assert_eq!((counts.accepted, counts.duplicate), (3, 3));
        assert_eq!((counts.events_added, counts.events_resumed), (5, 3));
    }
}
