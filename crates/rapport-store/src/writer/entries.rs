//! Rows of the timeline: one for each belief about each event of a customer. They fall on random keys, so they are
//! collected and written in the order of the table.

use rapport_views::timeline::touch::is_two_way;
use rusqlite::Connection;

use super::{Dictionary, Failure, Item, Op};

/// The contacts, for which it matters whether both sides took part.
pub const fn reads(number: u32) -> bool {
    matches!(number, 40..=43)
}

/// The rows collected since the last commit, in the order in which they appeared and went.
#[derive(Default)]
pub struct Entries {
    collected: Vec<(Entry, Op)>,
}

struct Entry {
    party: i64,
    occurred_at: i64,
    position: i64,
    known_from: i64,
    known_to: i64,
    event_type: u32,
    channel: u32,
    actor: u32,
    two_way: bool,
    retracted: bool,
}

impl Entry {
    const fn key(&self) -> (i64, i64, i64, i64) {
        (self.party, self.occurred_at, self.position, self.known_from)
    }
}

impl Entries {
    /// Drops what is collected.
    pub fn forget(&mut self) {
        self.collected.clear();
    }

    /// Collects the row of one belief; events of the company itself have none.
    pub fn write(
        &mut self,
        connection: &Connection,
        dictionary: &mut Dictionary,
        item: &Item<'_>,
        op: Op,
    ) -> Result<(), Failure> {
        let event = item.event;
        if event.customer.is_empty() {
            return Ok(());
        }
        let symbols = &mut dictionary.symbols;
        let entry = Entry {
            event_type: symbols.intern(&event.r#type).0,
            channel: symbols.intern(&event.channel).0,
            actor: symbols.intern(event.actor.as_ref().map_or("", |actor| &actor.id)).0,
            party: dictionary.parties.id(connection, &event.customer)?.0.cast_signed(),
            occurred_at: item.occurred_at.as_micros(),
            position: event.position.cast_signed(),
            known_from: item.known_from.as_micros(),
            known_to: item.known_to.as_micros(),
            two_way: item.kind.is_some_and(is_two_way),
            retracted: item.retracted,
        };
        self.collected.push((entry, op));
        Ok(())
    }

    /// Writes what is collected.
    pub fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        // Stable: the last thing that happened to a key comes last.
        self.collected.sort_by_key(|(entry, _)| entry.key());
        let mut insert = connection
            .prepare_cached("INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
        let mut delete = connection.prepare_cached(
            "DELETE FROM entry WHERE party = ?1 AND occurred_at = ?2 AND position = ?3 AND known_from = ?4",
        )?;
        for (entry, op) in self.collected.drain(..) {
            let key = entry.key();
            match op {
                Op::Add => insert.execute((
                    key.0,
                    key.1,
                    key.2,
                    key.3,
                    entry.known_to,
                    entry.event_type,
                    entry.channel,
                    entry.actor,
                    entry.two_way,
                    entry.retracted,
                ))?,
                Op::Remove => delete.execute(key)?,
            };
        }
        Ok(())
    }
}
