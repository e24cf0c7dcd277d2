//! Which parties may match: what lookups in the directory find.
//!
//! Each lookup takes a limited number of rows, and none begins when there are candidates enough: whatever a text finds, an
//! answer takes some milliseconds. The best reasons are looked up first.

use std::collections::BTreeSet;

use super::query::{Query, Word};
use crate::{
    answers::AsOf,
    read::{Like, Likely, ReadError, Rows},
    rows::{KnownAsRow, KnownWordRow, ObjectId},
    table::{Dictionary, Row as _, Table},
};

/// Rows that a lookup takes at most. What is beyond is told: a text that finds as many says little.
const ROWS_MAX: usize = 200;
/// With so many parties no other lookup begins.
const ENOUGH: usize = 250;

/// Parties, as recorded, that may match.
#[derive(Default)]
pub(super) struct Candidates {
    /// Those that have the text as an id.
    pub by_id: BTreeSet<ObjectId>,
    /// All.
    pub parties: BTreeSet<ObjectId>,
    /// Whether a lookup met its limit, or did not begin.
    pub are_limited: bool,
}

impl Candidates {
    /// Those without a letter wrong.
    pub(super) fn of(rows: &dyn Rows, query: &Query, as_of: AsOf) -> Result<Self, ReadError> {
        let mut found = Self::default();
        for id in &query.ids {
            found.by_id.extend(rows.number(Dictionary::Party, id)?);
        }
        found.parties.clone_from(&found.by_id);
        found.look_up_each(rows, query.numbers(), as_of)?;
        let whole: Vec<Like> = query.words.iter().map(|word| Like::AnyOf(vec![word.word.clone()])).collect();
        found.look_up(rows, WORD, &whole, as_of)?;
        found.look_up_each(rows, query.names(), as_of)?;
        found.look_up_each(rows, query.emails(), as_of)?;
        let begun: Vec<Like> = query.words.iter().map(begun).collect();
        found.look_up(rows, WORD, &begun, as_of)?;
        Ok(found)
    }

    /// Adds those of whose names one word is near one of the text's.
    pub(super) fn add_near(&mut self, rows: &dyn Rows, query: &Query, as_of: AsOf) -> Result<(), ReadError> {
        for (at, word) in query.words.iter().enumerate().filter(|(_, word)| !word.near.is_empty()) {
            let near = Like::AnyOf(word.near.iter().cloned().collect());
            let others = query.words.iter().enumerate().filter(|(other, _)| *other != at);
            let likes: Vec<Like> = [near].into_iter().chain(others.map(|(_, word)| begun(word))).collect();
            self.look_up(rows, WORD, &likes, as_of)?;
        }
        Ok(())
    }

    /// Adds what each of these leads to by itself.
    fn look_up_each(&mut self, rows: &dyn Rows, likes: Vec<Like>, as_of: AsOf) -> Result<(), ReadError> {
        likes.into_iter().try_for_each(|like| self.look_up(rows, SEARCH, &[like], as_of))
    }

    fn look_up(
        &mut self,
        rows: &dyn Rows,
        (table, column): (&'static Table, &'static str),
        likes: &[Like],
        as_of: AsOf,
    ) -> Result<(), ReadError> {
        if likes.is_empty() {
            return Ok(());
        }
        if self.parties.len() >= ENOUGH {
            self.are_limited = true;
            return Ok(());
        }
        let Likely { customers, are_all } = rows.like(table, column, likes, as_of, ROWS_MAX)?;
        self.are_limited |= !are_all;
        self.parties.extend(customers.into_iter().filter(|party| *party != ObjectId::NOBODY));
        Ok(())
    }
}

const WORD: (&Table, &str) = (KnownWordRow::TABLE, "word");
const SEARCH: (&Table, &str) = (KnownAsRow::TABLE, "search");

fn begun(word: &Word) -> Like {
    Like::Begins(word.word.clone())
}
