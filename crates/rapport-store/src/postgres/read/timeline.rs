//! The entries of customers at (T, K), who is who around them, and the events themselves.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
    ops::Deref,
};

use postgres::{Row, types::ToSql};
use prost::Message;
use rapport_model::{EventId, Position};
use rapport_proto::v1::RecordedEvent;
use rapport_views::{
    answers::AsOf,
    identity::{ContactEdge, MergeEdge},
    rows::{ObjectId, storable},
    timeline::profile,
};
use uuid::Uuid;

use super::{
    identity::{CONTACTS, MERGES, contact, merge},
    snapshot::{PostgresSnapshot, moment, name_of, position},
};
use crate::{
    AdjustmentPlace, EntryCounts, EntryFilter, EntryPage, EventSource, Place, ReadError, SourceError,
    TimelineRows,
    postgres::{failure::PostgresError, session::Params, value::Moment},
};

/// The rows of the timeline as of one state of the database.
pub struct PostgresTimeline(PostgresSnapshot);

impl Deref for PostgresTimeline {
    type Target = PostgresSnapshot;

    fn deref(&self) -> &PostgresSnapshot {
        &self.0
    }
}

/// What is believed at T ($1) and K ($2) of parties ($3).
const AT: &str = "occurred_at <= $1 AND known_from <= $2 AND known_to > $2";
/// What a request lets through: types ($4), channels ($5), actors ($6), from when on ($7).
const FILTER: &str = "($4::text[] IS NULL OR type = ANY($4)) AND ($5::text[] IS NULL OR channel = ANY($5))
  AND ($6::text[] IS NULL OR actor = ANY($6)) AND ($7::timestamptz IS NULL OR occurred_at >= $7)";

impl PostgresTimeline {
    pub(in crate::postgres) const fn new(snapshot: PostgresSnapshot) -> Self {
        Self(snapshot)
    }

    fn texts(&self, parties: &[ObjectId]) -> Vec<String> {
        let names = self.names();
        parties.iter().map(|party| name_of(&names.parties, *party)).collect()
    }

    fn select(&self, sql: &str, params: Params<'_>) -> Result<Vec<Place>, ReadError> {
        self.read(|session| {
            let rows = session.query(sql, params)?;
            rows.iter().map(|row| Ok((moment(row, 0)?, position(row, 1)?))).collect()
        })
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

impl TimelineRows for PostgresTimeline {
    fn merges_around(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<MergeEdge>, ReadError> {
        let sql = format!("{MERGES} AND (m.survivor = ANY($3) OR m.absorbed = ANY($3))");
        let (t, k) = Moment::both(as_of);
        let mut seen: HashSet<ObjectId> = parties.iter().copied().collect();
        let mut waiting = parties.to_vec();
        let (mut edges, mut edges_seen) = (Vec::new(), BTreeSet::new());
        while !waiting.is_empty() {
            let around = self.texts(&waiting);
            waiting.clear();
            self.read(|session| {
                for row in session.query(&sql, &[&t, &k, &around])? {
                    let edge = merge(&row, &mut self.names())?;
                    if edges_seen.insert(edge.position) {
                        edges.push(edge);
                        waiting.extend(
                            [edge.survivor, edge.absorbed].into_iter().filter(|one| seen.insert(*one)),
                        );
                    }
                }
                Ok(())
            })?;
        }
        Ok(edges)
    }

    fn contacts_of(&self, organisations: &[ObjectId], as_of: AsOf) -> Result<Vec<ContactEdge>, ReadError> {
        let sql = format!("{CONTACTS} AND organisation = ANY($3)");
        let (t, k) = Moment::both(as_of);
        let organisations = self.texts(organisations);
        self.read(|session| {
            let rows = session.query(&sql, &[&t, &k, &organisations])?;
            rows.iter().map(|row| contact(row, &mut self.names())).collect()
        })
    }

    fn counts(
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

    fn places(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
        page: &EntryPage,
    ) -> Result<(Vec<Place>, bool), ReadError> {
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

    fn profile_places(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<Place>, ReadError> {
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

    fn adjustment_places(&self, roots: &[Position]) -> Result<Vec<AdjustmentPlace>, ReadError> {
        let sql =
            "SELECT root, position, target FROM adjustment WHERE root = ANY($1) ORDER BY root, position";
        let roots: Vec<i64> = roots.iter().map(|root| root.0.cast_signed()).collect();
        self.read(|session| {
            let rows = session.query(sql, &[&roots])?;
            let place = |row: &Row| {
                let (root, target) = (position(row, 0)?, position(row, 2)?);
                Ok(AdjustmentPlace { root, position: position(row, 1)?, target })
            };
            rows.iter().map(place).collect()
        })
    }

    fn own_events(&self) -> Option<&dyn EventSource> {
        Some(self)
    }
}

impl EventSource for PostgresTimeline {
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(self.events(&[position])?.pop())
    }

    fn events(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, SourceError> {
        let positions: Vec<i64> = positions.iter().map(|position| position.0.cast_signed()).collect();
        self.source("SELECT bytes FROM event WHERE position = ANY($1)", &[&positions])
    }

    fn event_by_id(&self, id: &str) -> Result<Option<RecordedEvent>, SourceError> {
        let Ok(id) = id.parse::<EventId>() else { return Ok(None) };
        let id = Uuid::from_u128(id.as_u128());
        Ok(self.source("SELECT bytes FROM event WHERE id = $1", &[&id])?.pop())
    }
}
