//! What of the candidates matches, and what they are called.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rapport_model::{Position, Timestamp};
use rapport_proto::v1::{Match, MatchedBy as By, MatchedHow as How};

use super::{candidates::Candidates, query::Query};
use crate::{
    answers::AsOf,
    identity::{MergeEdge, canonical},
    read::{ReadError, Rows, TypedRows as _},
    rows::{KnownAsRow, KnownBy, ObjectId, PartyIs},
    table::{CUSTOMER, Field as _, Filter},
};

/// Values that one question gives for a column.
const CELLS_AT_ONCE: usize = 500;

/// A party that matches.
#[derive(Clone)]
pub(super) struct Hit {
    /// It; of merged ones the one that stands for all.
    pub party: ObjectId,
    pub id: String,
    /// Everybody merged into it, itself included.
    pub members: Vec<ObjectId>,
    pub kind: PartyIs,
    pub name: String,
    /// Best first.
    pub matched: Vec<Match>,
}

/// Parties as they are known by: merged ones once, each with its rows in the order in which they happened.
pub(super) struct Parties {
    pub members: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    rows: HashMap<ObjectId, Vec<KnownAsRow>>,
    pub merges: Vec<MergeEdge>,
}

impl Parties {
    /// These parties, with those that are one with them.
    pub(super) fn of(rows: &dyn Rows, parties: &BTreeSet<ObjectId>, as_of: AsOf) -> Result<Self, ReadError> {
        let recorded: Vec<ObjectId> = parties.iter().copied().collect();
        let merges = rows.merges_around(&recorded, as_of)?;
        let stands_for = canonical(merges.clone());
        let of = |party: ObjectId| stands_for.get(&party).copied().unwrap_or(party);
        let mut members: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
        for party in recorded {
            members.entry(of(party)).or_default().insert(party);
        }
        for (party, survivor) in &stands_for {
            if let Some(members) = members.get_mut(survivor) {
                members.extend([*party, *survivor]);
            }
        }
        let all: Vec<ObjectId> = members.values().flatten().copied().collect();
        let mut known: HashMap<ObjectId, Vec<KnownAsRow>> = HashMap::new();
        for parties in all.chunks(CELLS_AT_ONCE) {
            let cells = parties.iter().map(|party| party.cell()).collect();
            rows.each::<KnownAsRow>(&Filter::all().and(CUSTOMER, cells), as_of, |row| {
                known.entry(of(row.customer)).or_default().push(row);
            })?;
        }
        for rows in known.values_mut() {
            rows.sort_by_key(|row| (row.occurred_at, row.position));
        }
        Ok(Self { members, rows: known, merges })
    }

    /// What a party is called: the name of its last registration that has one, and what the last one that says so says it is.
    pub(super) fn called(&self, party: ObjectId) -> (PartyIs, &str) {
        let mut called = (PartyIs::Unsaid, "");
        let names = self.rows.get(&party).into_iter().flatten().filter(|row| row.what == KnownBy::Name);
        for row in names {
            match row.kind {
                PartyIs::Person | PartyIs::Organisation => called.0 = row.kind,
                PartyIs::Unsaid => {}
            }
            if !row.said.is_empty() {
                called.1 = &row.said;
            }
        }
        called
    }

    /// Those that match, the best first, then by id.
    pub(super) fn hits(
        &self,
        rows: &dyn Rows,
        (query, candidates): (&Query, &Candidates),
        with_near: bool,
    ) -> Result<Vec<Hit>, ReadError> {
        let mut hits = Vec::new();
        for (party, members) in &self.members {
            let mut matched = Vec::new();
            for id in members.intersection(&candidates.by_id) {
                let id = rows.party_name(*id)?;
                matched.push(matching(By::Id, How::Id, &id, &id));
            }
            for (row, how) in self.matching(*party, query, with_near) {
                matched.push(matching(by(row.what), how, &row.said, &rows.party_name(row.customer)?));
            }
            if matched.is_empty() {
                continue;
            }
            matched.sort_by(|one, other| order(one).cmp(&order(other)));
            matched.dedup();
            let (kind, name) = self.called(*party);
            let members = members.iter().copied().collect();
            let id = rows.party_name(*party)?;
            hits.push(Hit { party: *party, id, members, kind, name: name.to_owned(), matched });
        }
        let how = |hit: &Hit| hit.matched.first().map(|best| best.how);
        hits.sort_by(|one, other| (how(one), &one.id).cmp(&(how(other), &other.id)));
        Ok(hits)
    }

    /// The rows of a party that match. Addresses and numbers whose last event says that they no longer lead to the id do not.
    fn matching<'a>(
        &'a self,
        party: ObjectId,
        query: &'a Query,
        with_near: bool,
    ) -> impl Iterator<Item = (&'a KnownAsRow, How)> {
        let own = self.rows.get(&party).map_or(&[][..], Vec::as_slice);
        let last = |row: &KnownAsRow| -> Option<(Timestamp, Position)> {
            let same = own.iter().rfind(|one| one.customer == row.customer && one.search == row.search)?;
            same.linked.then_some((same.occurred_at, same.position))
        };
        own.iter().filter_map(move |row| {
            let how = query.how(row, with_near)?;
            (last(row) == Some((row.occurred_at, row.position))).then_some((row, how))
        })
    }
}

const fn by(what: KnownBy) -> By {
    match what {
        KnownBy::Name => By::Name,
        KnownBy::Email => By::Email,
        KnownBy::Phone => By::Phone,
        KnownBy::Registration => By::RegistrationNumber,
        KnownBy::External => By::ExternalId,
        KnownBy::Address => By::Address,
    }
}

fn matching(by: By, how: How, text: &str, id: &str) -> Match {
    Match { by: by.into(), how: how.into(), text: text.to_owned(), recorded_under: id.to_owned() }
}

fn order(one: &Match) -> (i32, i32, &str, &str) {
    (one.how, one.by, &one.text, &one.recorded_under)
}
