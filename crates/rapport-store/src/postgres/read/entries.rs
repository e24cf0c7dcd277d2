//! The entries of customers at (T, K), and the events themselves.

use std::borrow::Cow;

use postgres::{Row, types::ToSql};
use prost::Message;
use rapport_model::{EventId, Position};
use rapport_proto::v1::RecordedEvent;
use rapport_views::{
    answers::AsOf,
    read::{
        AdjustmentPlace, EntryCounts, EntryFilter, EntryPage, EntryPlace, EventSource, ReadError, SourceError,
    },
    rows::{ObjectId, storable},
    table::Dictionary,
    timeline::profile,
};
use uuid::Uuid;

use super::snapshot::{PostgresSnapshot, moment, position};
use crate::postgres::{failure::PostgresError, session::Params, value::Moment};

/// What is believed at T ($1) and K ($2) of parties ($3).
const AT: &str = "occurred_at <= $1 AND known_from <= $2 AND known_to > $2";
/// What a request lets through: types ($4), channels ($5), actors ($6), from when on ($7).
const FILTER: &str = "($4::text[] IS NULL OR type = ANY($4)) AND ($5::text[] IS NULL OR channel = ANY($5))
  AND ($6::text[] IS NULL OR actor = ANY($6)) AND ($7::timestamptz IS NULL OR occurred_at >= $7)";

impl PostgresSnapshot {
    fn texts(&self, parties: &[ObjectId]) -> Vec<String> {
        let numbered = self.numbered();
        parties.iter().map(|party| numbered.name_of(Dictionary::Party, *party).to_owned()).collect()
    }

    fn select(&self, sql: &str, params: Params<'_>) -> Result<Vec<EntryPlace>, ReadError> {
        self.read(|session| {
            let rows = session.query(sql, params)?;
            rows.iter().map(|row| Ok((moment(row, 0)?, position(row, 1)?))).collect()
        })
    }

    fn positions(&self, sql: &str, params: Params<'_>) -> Result<Vec<Position>, ReadError> {
        self.read(|session| session.query(sql, params)?.iter().map(|row| position(row, 0)).collect())
    }

    fn source(&self, sql: &str, params: Params<'_>) -> Result<Vec<RecordedEvent>, SourceError> {
        let rows: Vec<Row> = self.read(|session| session.query(sql, params))?;
        let decoded = rows.iter().map(|row| Ok(RecordedEvent::decode(row.try_get::<_, &[u8]>(0)?)?));
        decoded.collect()
    }
}

/// One party is one range of the table, in order; the planner sees that only in an equation.
fn whose(parties: &[String]) -> &'static str {
    if parties.len() == 1 { "customer = ($3::text[])[1]" } else { "customer = ANY($3)" }
}

/// A filter as parameters.
struct Filtered<'a> {
    texts: [Option<Vec<Cow<'a, str>>>; 3],
    from: Option<Moment>,
}

impl<'a> Filtered<'a> {
    fn of(filter: &'a EntryFilter) -> Self {
        let given = |texts: &'a Vec<String>| {
            (!texts.is_empty()).then(|| texts.iter().map(|text| storable(text)).collect())
        };
        Self {
            texts: [given(&filter.types), given(&filter.channels), given(&filter.actors)],
            from: filter.occurred_from.map(Moment),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 4] {
        let [types, channels, actors] = &self.texts;
        [types, channels, actors, &self.from]
    }
}

impl PostgresSnapshot {
    /// See `Rows::entry_counts`.
    pub(super) fn entries_counted(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
    ) -> Result<EntryCounts, ReadError> {
        let (t, k) = Moment::both(as_of);
        let parties = self.texts(parties);
        let sql = format!(
            "SELECT count(*) FILTER (WHERE NOT retracted AND {FILTER}), count(*) FILTER (WHERE NOT retracted),
                    count(*) FILTER (WHERE retracted), max(occurred_at) FILTER (WHERE two_way AND NOT retracted)
             FROM entry WHERE {} AND {AT}",
            whose(&parties)
        );
        let filtered = Filtered::of(filter);
        let [types, channels, actors, from] = filtered.params();
        self.read(|session| {
            let rows = session.query(&sql, &[&t, &k, &parties, types, channels, actors, from])?;
            let Some(row) = rows.first() else { return Ok(EntryCounts::default()) };
            let count =
                |column: usize| Ok::<_, PostgresError>(row.try_get::<_, i64>(column)?.cast_unsigned());
            let total = count(0)?;
            Ok(EntryCounts {
                total,
                left_out_by_filter: count(1)?.saturating_sub(total),
                retracted: count(2)?,
                last_two_way_touch: row.try_get::<_, Option<Moment>>(3)?.map(|moment| moment.0),
            })
        })
    }

    /// See `Rows::entry_places`.
    pub(super) fn places_of_entries(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
        page: &EntryPage,
    ) -> Result<(Vec<EntryPlace>, bool), ReadError> {
        let (t, k) = Moment::both(as_of);
        let parties = self.texts(parties);
        let (beyond, order) = if page.oldest_first { (">", "ASC") } else { ("<", "DESC") };
        let after = page.after.map(|(moment, position)| (Moment(moment), position.0.cast_signed()));
        let beyond = after.map_or_else(String::new, |_| {
            format!("AND (occurred_at, position) {beyond} ($9::timestamptz, $10::bigint)")
        });
        let sql = format!(
            "SELECT occurred_at, position FROM entry
             WHERE {} AND {AT} AND NOT retracted AND {FILTER} {beyond}
             ORDER BY occurred_at {order}, position {order} LIMIT $8",
            whose(&parties)
        );
        let size = i64::from(page.size);
        let limit = size + 1;
        let filtered = Filtered::of(filter);
        let [types, channels, actors, from] = filtered.params();
        let mut params: Vec<&(dyn ToSql + Sync)> =
            vec![&t, &k, &parties, types, channels, actors, from, &limit];
        if let Some((moment, position)) = &after {
            params.extend([moment as &(dyn ToSql + Sync), position]);
        }
        let mut places = self.select(&sql, &params)?;
        let size = page.size as usize;
        let more = places.len() > size;
        places.truncate(size);
        Ok((places, more))
    }

    /// See `Rows::profile_places`.
    pub(super) fn places_of_profile(
        &self,
        parties: &[ObjectId],
        as_of: AsOf,
    ) -> Result<Vec<EntryPlace>, ReadError> {
        let (t, k) = Moment::both(as_of);
        let parties = self.texts(parties);
        let types: &[&str] = &profile::TYPES;
        let sql = format!(
            "SELECT occurred_at, position FROM entry WHERE {} AND {AT} AND NOT retracted AND type = ANY($4)
             ORDER BY occurred_at, position",
            whose(&parties)
        );
        self.select(&sql, &[&t, &k, &parties, &types])
    }

    /// See `Rows::adjustment_places`.
    pub(super) fn places_of_adjustments(
        &self,
        roots: &[Position],
    ) -> Result<Vec<AdjustmentPlace>, ReadError> {
        let sql =
            "SELECT root, position, target FROM adjustment WHERE root = ANY($1) ORDER BY root, position";
        self.read(|session| {
            let rows = session.query(sql, &[&numbers(roots)])?;
            let place = |row: &Row| {
                let (root, target) = (position(row, 0)?, position(row, 2)?);
                Ok(AdjustmentPlace { root, position: position(row, 1)?, target })
            };
            rows.iter().map(place).collect()
        })
    }

    /// See `Rows::adjusted`.
    pub(super) fn roots_of(&self, adjustments: &[Position]) -> Result<Vec<Position>, ReadError> {
        let sql = "SELECT DISTINCT root FROM adjustment WHERE position = ANY($1) AND root IS NOT NULL";
        self.positions(sql, &[&numbers(adjustments)])
    }
}

fn numbers(positions: &[Position]) -> Vec<i64> {
    positions.iter().map(|position| position.0.cast_signed()).collect()
}

impl EventSource for PostgresSnapshot {
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(self.events(&[position])?.pop())
    }

    fn events(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, SourceError> {
        self.source("SELECT bytes FROM event WHERE position = ANY($1)", &[&numbers(positions)])
    }

    fn event_by_id(&self, id: &str) -> Result<Option<RecordedEvent>, SourceError> {
        let Ok(id) = id.parse::<EventId>() else { return Ok(None) };
        let id = Uuid::from_u128(id.as_u128());
        Ok(self.source("SELECT bytes FROM event WHERE id = $1", &[&id])?.pop())
    }

    fn positions_tagged(&self, tag: &str) -> Result<Vec<Position>, SourceError> {
        let sql = "SELECT position FROM event WHERE tags @> ARRAY[$1]";
        Ok(self.positions(sql, &[&storable(tag).as_ref()])?)
    }
}
