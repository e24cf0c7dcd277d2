//! The questions that the rows of a view answer, in every store.

mod as_of;
mod error;
mod events;
mod like;
mod timeline;

use std::collections::{BTreeMap, HashSet};

use rapport_model::{Position, Timestamp};

pub use as_of::{AsOf, LATEST};
pub use error::{ReadError, StoreFailure};
pub use events::{EventSource, SourceError};
pub use like::{EXAMINED_MAX, Like, Likely};
pub use timeline::{AdjustmentPlace, EntryCounts, EntryFilter, EntryPage, EntryPlace};

use crate::{
    identity::{self, MergeEdge},
    rows::{
        ContactRow, DealHistory, DefinitionRow, FunnelSums, Identity, MergeRow, ObjectId, Symbol, Symbols,
        UnmergeRow,
    },
    table::{Beginning, Cell, Dictionary, Field as _, Filter, GroupKey, Measure, NotARow, Row, Table},
};

/// What takes the rows of a [`Rows::scan`]: where they begin, and their own cells.
pub type Take<'a> = dyn FnMut(&Beginning, &[Cell]) -> Result<(), NotARow> + 'a;

/// What takes the groups of a [`Rows::group`]: the cells of their keys, and their measures.
pub type TakeGroup<'a> = dyn FnMut(&[Cell], &[i128]) -> Result<(), NotARow> + 'a;

/// The rows of a view. A value is one read transaction: what it hands out belongs together and to one position, whatever
/// is written or rebuilt meanwhile. Numbers of names and texts mean something within it alone.
///
/// What only one view has (entries, deals) fails in the snapshots of the others.
pub trait Rows {
    /// The last event that the rows are of.
    fn position(&self) -> Position;

    /// When the ledger accepted that event: nothing here was known later.
    fn recorded_max(&self) -> Timestamp;

    /// The texts that symbols stand for.
    ///
    /// # Errors
    /// The database failed.
    fn symbols(&self) -> Result<Symbols, ReadError>;

    /// The name behind a number of a dictionary, as events have it; empty for a number that the view does not know.
    ///
    /// # Errors
    /// The database failed.
    fn name(&self, of: Dictionary, number: ObjectId) -> Result<String, ReadError>;

    /// The number of a name; `None` when no event of this view has it.
    ///
    /// # Errors
    /// The database failed.
    fn number(&self, of: Dictionary, name: &str) -> Result<Option<ObjectId>, ReadError>;

    /// Every name of a dictionary that has a number by now, in any order. `take` asks the rows nothing.
    ///
    /// # Errors
    /// The database failed.
    fn names(&self, of: Dictionary, take: &mut dyn FnMut(ObjectId, &str)) -> Result<(), ReadError>;

    /// Every row of a declared table until T as believed at K that fulfils a filter, in the order of the table. The
    /// order of names is the store's own.
    ///
    /// # Errors
    /// The database failed, or `take` did, which ends it.
    fn scan(
        &self,
        table: &'static Table,
        filter: &Filter,
        as_of: AsOf,
        take: &mut Take<'_>,
    ) -> Result<(), ReadError>;

    /// Of the same rows some of the own columns alone, in any order: what is read of many rows is read like this.
    ///
    /// # Errors
    /// The database failed, or `take` did, which ends it.
    fn pick(
        &self,
        table: &'static Table,
        columns: &[&'static str],
        filter: &Filter,
        as_of: AsOf,
        take: &mut Take<'_>,
    ) -> Result<(), ReadError>;

    /// Whether any row of a declared table until T as believed at K fulfils a filter.
    ///
    /// # Errors
    /// The database failed.
    fn has_any(&self, table: &'static Table, filter: &Filter, as_of: AsOf) -> Result<bool, ReadError>;

    /// Adds up, in the store, the rows of a declared table until T as believed at K that fulfil a filter: of each group
    /// the cells of its keys, and its measures. Groups come in any order; merged parties are groups of their own. Without
    /// keys there is one group, also of no rows; there are at most eight keys.
    ///
    /// # Errors
    /// The database failed, or `take` did, which ends it.
    fn group(
        &self,
        table: &'static Table,
        filter: &Filter,
        as_of: AsOf,
        by: &[GroupKey<'_>],
        measures: &[Measure],
        take: &mut TakeGroup<'_>,
    ) -> Result<(), ReadError>;

    /// The customers of at most `most` events that have, until T as believed at K, for each of these a row of a declared
    /// table of which a column of texts is like it. None without a `Like`.
    ///
    /// Of several, the one that fewest rows are like leads, in the order of its texts and then of the log; unless all
    /// are whole, no more than [`EXAMINED_MAX`] of its rows are looked at.
    ///
    /// # Errors
    /// The database failed.
    fn like(
        &self,
        table: &'static Table,
        column: &'static str,
        likes: &[Like],
        as_of: AsOf,
        most: usize,
    ) -> Result<Likely, ReadError>;

    /// The entries of these parties, counted.
    ///
    /// # Errors
    /// The database failed.
    fn entry_counts(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
    ) -> Result<EntryCounts, ReadError>;

    /// The places of a page's entries in order, and whether more follow.
    ///
    /// # Errors
    /// The database failed.
    fn entry_places(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
        page: &EntryPage,
    ) -> Result<(Vec<EntryPlace>, bool), ReadError>;

    /// The events that say who a party is, in the order in which they happened.
    ///
    /// # Errors
    /// The database failed.
    fn profile_places(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<EntryPlace>, ReadError>;

    /// What acts on these events, ascending: the event, the place of each adjustment, and of its own target.
    ///
    /// # Errors
    /// The database failed.
    fn adjustment_places(&self, roots: &[Position]) -> Result<Vec<AdjustmentPlace>, ReadError>;

    /// The events that these adjustments act on in the end, in any order; what adjusts nothing has none.
    ///
    /// # Errors
    /// The database failed.
    fn adjusted(&self, adjustments: &[Position]) -> Result<Vec<Position>, ReadError>;

    /// The events, when the store keeps them; otherwise they are in the log.
    fn own_events(&self) -> Option<&dyn EventSource> {
        None
    }

    /// Every deal that began until T as believed at K, one after the other; with a pipeline, only those in it. The
    /// spans are what the events until T add up to: the last one is open-ended. `take` may keep a history by swapping
    /// another one into its place, whose room is used for the next deal.
    ///
    /// # Errors
    /// The database failed.
    fn deal_histories(
        &self,
        as_of: AsOf,
        pipeline: Option<Symbol>,
        take: &mut dyn FnMut(&mut DealHistory),
    ) -> Result<(), ReadError>;

    /// What the snapshot of the funnel at (T, K) is made of, added up.
    ///
    /// # Errors
    /// The database failed.
    fn deal_sums(&self, as_of: AsOf) -> Result<FunnelSums, ReadError>;

    /// The id of a party, as events name it; empty for one that the view does not know.
    ///
    /// # Errors
    /// The database failed.
    fn party_name(&self, party: ObjectId) -> Result<String, ReadError> {
        self.name(Dictionary::Party, party)
    }

    /// Who is who at (T, K).
    ///
    /// # Errors
    /// The database failed.
    fn identity(&self, as_of: AsOf) -> Result<Identity, ReadError> {
        let merges = self.merges(as_of)?;
        let mut contacts = Vec::new();
        self.in_any_order(&Filter::all(), as_of, |contact: ContactRow| contacts.push(contact))?;
        Ok(identity::identity(merges, contacts, as_of.bounded().occurred_until))
    }

    /// The merges in force at (T, K).
    ///
    /// # Errors
    /// The database failed.
    fn merges(&self, as_of: AsOf) -> Result<Vec<MergeEdge>, ReadError> {
        let merges = self.all::<MergeRow>(&Filter::all(), as_of)?;
        let unmerges = if merges.is_empty() { Vec::new() } else { self.all(&Filter::all(), as_of)? };
        Ok(identity::in_force(merges, &unmerges))
    }

    /// The merges in force that lead, over any number of parties, to one of these.
    ///
    /// # Errors
    /// The database failed.
    fn merges_around(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<MergeEdge>, ReadError> {
        let mut seen: HashSet<ObjectId> = parties.iter().copied().collect();
        let mut waiting = parties.to_vec();
        let mut edges: BTreeMap<Position, MergeEdge> = BTreeMap::new();
        while !waiting.is_empty() {
            let cells: Vec<Cell> = waiting.drain(..).map(|party| party.cell()).collect();
            for side in ["survivor", "absorbed"] {
                for edge in merges_of(self, side, &cells, as_of)? {
                    if edges.insert(edge.position, edge).is_none() {
                        waiting.extend(
                            [edge.survivor, edge.absorbed].into_iter().filter(|one| seen.insert(*one)),
                        );
                    }
                }
            }
        }
        Ok(edges.into_values().collect())
    }

    /// The statements about persons who act for one of these organisations.
    ///
    /// # Errors
    /// The database failed.
    fn contacts_of(&self, organisations: &[ObjectId], as_of: AsOf) -> Result<Vec<ContactRow>, ReadError> {
        let mut contacts = Vec::new();
        for organisations in organisations.chunks(CELLS_AT_ONCE) {
            let cells = organisations.iter().map(|organisation| organisation.cell()).collect();
            contacts.extend(self.all::<ContactRow>(&Filter::all().and("organisation", cells), as_of)?);
        }
        Ok(contacts)
    }

    /// The definitions of a kind in effect by T as believed at K, by code: the last of a code holds, those before it are
    /// for readers that cannot read it. Of one code by date of effect, then version, then event.
    ///
    /// # Errors
    /// The database failed.
    fn definitions(&self, as_of: AsOf, kind: &str) -> Result<Vec<DefinitionRow>, ReadError> {
        // A definition may be published before it takes effect, and after.
        let whenever = AsOf { occurred_until: LATEST, ..as_of };
        let filter = Filter::all().and("kind", vec![Cell::Text(kind.into())]);
        let mut definitions = self.all::<DefinitionRow>(&filter, whenever)?;
        definitions.retain(|one| one.effective_from <= as_of.bounded().occurred_until);
        definitions.sort_by(|one, other| {
            let key = |row: &DefinitionRow| (row.effective_from, row.version, row.position);
            one.code.cmp(&other.code).then_with(|| key(one).cmp(&key(other)))
        });
        Ok(definitions)
    }
}

/// The rows of declared tables, as what they are declared.
pub trait TypedRows: Rows {
    /// Hands over the rows of a table: see [`Rows::scan`].
    ///
    /// # Errors
    /// The database failed, or a row holds what its table cannot hold.
    fn each<R: Row>(&self, filter: &Filter, as_of: AsOf, mut take: impl FnMut(R)) -> Result<(), ReadError> {
        self.scan(R::TABLE, filter, as_of, &mut |beginning, cells| {
            take(R::of(beginning, cells)?);
            Ok(())
        })
    }

    /// The same in any order: see [`Rows::pick`]. The table has no lists.
    ///
    /// # Errors
    /// As [`Self::each`].
    fn in_any_order<R: Row>(
        &self,
        filter: &Filter,
        as_of: AsOf,
        mut take: impl FnMut(R),
    ) -> Result<(), ReadError> {
        let columns: Vec<&'static str> = R::TABLE.columns.iter().map(|column| column.name).collect();
        self.pick(R::TABLE, &columns, filter, as_of, &mut |beginning, cells| {
            take(R::of(beginning, cells)?);
            Ok(())
        })
    }

    /// The rows of a table.
    ///
    /// # Errors
    /// As [`Self::each`].
    fn all<R: Row>(&self, filter: &Filter, as_of: AsOf) -> Result<Vec<R>, ReadError> {
        let mut rows = Vec::new();
        self.each(filter, as_of, |row| rows.push(row))?;
        Ok(rows)
    }
}

impl<T: Rows + ?Sized> TypedRows for T {}

/// Values that one question of ours gives for a column.
const CELLS_AT_ONCE: usize = 500;

/// The merges in force that have one of these parties on a side.
fn merges_of(
    rows: &(impl Rows + ?Sized),
    side: &'static str,
    parties: &[Cell],
    as_of: AsOf,
) -> Result<Vec<MergeEdge>, ReadError> {
    let mut edges = Vec::new();
    for parties in parties.chunks(CELLS_AT_ONCE) {
        let merges = rows.all::<MergeRow>(&Filter::all().and(side, parties.to_vec()), as_of)?;
        let ids = merges.iter().map(|merge| merge.event_id.cell()).collect();
        let unmerges: Vec<UnmergeRow> = if merges.is_empty() {
            Vec::new()
        } else {
            rows.all(&Filter::all().and("merge_event_id", ids), as_of)?
        };
        edges.extend(identity::in_force(merges, &unmerges));
    }
    Ok(edges)
}
