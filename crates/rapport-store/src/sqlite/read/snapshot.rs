//! What every view's snapshot can say.

use std::sync::Arc;

use rapport_model::{Position, Timestamp};
use rapport_views::{
    answers::AsOf,
    read::{
        AdjustmentPlace, EntryCounts, EntryFilter, EntryPage, EntryPlace, Like, Likely, ReadError, Rows,
        Take, TakeGroup, TypedRows as _,
    },
    rows::{DealHistory, FunnelSums, ObjectId, Symbol, Symbols, storable},
    table::{Dictionary, Filter, GroupKey, Measure, Table},
};
use rusqlite::{Connection, OptionalExtension};

use super::{
    deals, entries,
    lookups::{adjusted, adjustment_places, symbols},
};
use crate::{
    StoreError, View,
    sqlite::{
        connections::Connections,
        schema::meta,
        sums::check::sums_are_right,
        table::{group, has_any, like, pick, scan},
        view_file::ViewFile,
    },
};

/// One view's rows as of one commit.
pub struct Snapshot {
    file: Arc<ViewFile>,
    connections: Option<Connections>,
    position: Position,
    recorded_max: Timestamp,
}

impl Snapshot {
    pub(crate) fn take(file: Arc<ViewFile>) -> Result<Self, ReadError> {
        let connections = Connections::begin(Arc::clone(&file))?;
        // The first read fixes what the transaction sees.
        let own = connections.own();
        let position = Position(file.asked(meta(own, "position"))?.cast_unsigned());
        let recorded_max = Timestamp::from_micros(file.asked(meta(own, "recorded_max"))?);
        Ok(Self { file, connections: Some(connections), position, recorded_max })
    }

    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ReadError> {
        self.read_with(|connections| work(connections.own()))
    }

    /// The same with the connections of helpers, and with what the snapshot keeps.
    fn read_with<T>(&self, work: impl FnOnce(&Connections) -> rusqlite::Result<T>) -> Result<T, ReadError> {
        // The connections are there until the snapshot is dropped.
        let Some(connections) = &self.connections else {
            return Err(StoreError::Stopped { view: self.view() }.into());
        };
        Ok(self.file.asked(work(connections))?)
    }

    fn view(&self) -> View {
        self.file.view()
    }
}

impl Snapshot {
    /// Whether the kept sums of deals are what adding up all deals anew gives. Reads everything.
    ///
    /// # Errors
    /// The database failed.
    pub fn sums_are_right(&self) -> Result<bool, ReadError> {
        self.read(sums_are_right)
    }
}

impl Rows for Snapshot {
    fn position(&self) -> Position {
        self.position
    }

    fn recorded_max(&self) -> Timestamp {
        self.recorded_max
    }

    fn symbols(&self) -> Result<Symbols, ReadError> {
        self.read(symbols)
    }

    fn name(&self, of: Dictionary, number: ObjectId) -> Result<String, ReadError> {
        self.read(|connection| {
            let sql = format!("SELECT name FROM {} WHERE id = ?1", of.name());
            let mut select = connection.prepare_cached(&sql)?;
            let name = select.query_row([number.0.cast_signed()], |row| row.get(0)).optional()?;
            Ok(name.unwrap_or_default())
        })
    }

    fn number(&self, of: Dictionary, name: &str) -> Result<Option<ObjectId>, ReadError> {
        self.read(|connection| {
            let sql = format!("SELECT id FROM {} WHERE name = ?1", of.name());
            let mut select = connection.prepare_cached(&sql)?;
            let id: Option<i64> = select.query_row([storable(name)], |row| row.get(0)).optional()?;
            Ok(id.map(|id| ObjectId(id.cast_unsigned())))
        })
    }

    fn names(&self, of: Dictionary, take: &mut dyn FnMut(ObjectId, &str)) -> Result<(), ReadError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(&format!("SELECT id, name FROM {}", of.name()))?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let id: i64 = row.get(0)?;
                take(ObjectId(id.cast_unsigned()), row.get_ref(1)?.as_str()?);
            }
            Ok(())
        })
    }

    fn scan(
        &self,
        table: &'static Table,
        filter: &Filter,
        as_of: AsOf,
        take: &mut Take<'_>,
    ) -> Result<(), ReadError> {
        Ok(self.read_with(|connections| scan(connections, table, filter, as_of, take))??)
    }

    fn pick(
        &self,
        table: &'static Table,
        columns: &[&'static str],
        filter: &Filter,
        as_of: AsOf,
        take: &mut Take<'_>,
    ) -> Result<(), ReadError> {
        Ok(self.read_with(|connections| pick(connections, (table, columns), filter, as_of, take))??)
    }

    fn has_any(&self, table: &'static Table, filter: &Filter, as_of: AsOf) -> Result<bool, ReadError> {
        Ok(self.read_with(|connections| has_any(connections, table, filter, as_of))??)
    }

    fn group(
        &self,
        table: &'static Table,
        filter: &Filter,
        as_of: AsOf,
        by: &[GroupKey<'_>],
        measures: &[Measure],
        take: &mut TakeGroup<'_>,
    ) -> Result<(), ReadError> {
        Ok(self.read_with(|connections| group(connections, table, (filter, as_of), by, measures, take))??)
    }

    fn like(
        &self,
        table: &'static Table,
        column: &'static str,
        likes: &[Like],
        as_of: AsOf,
        most: usize,
    ) -> Result<Likely, ReadError> {
        self.read(|connection| like(connection, table, column, likes, as_of, most))
    }

    fn entry_counts(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
    ) -> Result<EntryCounts, ReadError> {
        self.read(|connection| {
            entries::counts(connection, parties, &entries::Filter::of(connection, filter)?, as_of)
        })
    }

    fn entry_places(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
        page: &EntryPage,
    ) -> Result<(Vec<EntryPlace>, bool), ReadError> {
        self.read(|connection| {
            let filter = entries::Filter::of(connection, filter)?;
            entries::places(connection, parties, &filter, as_of, page)
        })
    }

    fn profile_places(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<EntryPlace>, ReadError> {
        self.read(|connection| entries::profile_places(connection, parties, as_of))
    }

    fn adjustment_places(&self, roots: &[Position]) -> Result<Vec<AdjustmentPlace>, ReadError> {
        self.read(|connection| {
            let mut places = Vec::new();
            for &root in roots {
                let of_root = adjustment_places(connection, root)?;
                let place = |(position, target)| AdjustmentPlace { root, position, target };
                places.extend(of_root.into_iter().map(place));
            }
            Ok(places)
        })
    }

    fn adjusted(&self, adjustments: &[Position]) -> Result<Vec<Position>, ReadError> {
        self.read(|connection| {
            let roots = adjustments.iter().filter_map(|one| adjusted(connection, *one).transpose());
            roots.collect()
        })
    }

    fn deal_histories(
        &self,
        as_of: AsOf,
        pipeline: Option<Symbol>,
        take: &mut dyn FnMut(&mut DealHistory),
    ) -> Result<(), ReadError> {
        let competitors = self.all(&Filter::all(), as_of)?;
        self.read(|connection| deals::histories(connection, as_of, pipeline, competitors, take))
    }

    fn deal_sums(&self, as_of: AsOf) -> Result<FunnelSums, ReadError> {
        self.read(|connection| deals::sums(connection, as_of))
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(connections) = self.connections.take() {
            connections.end();
        }
    }
}
