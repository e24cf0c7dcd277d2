//! What customers decided about a purpose, event by event.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::{
    held::{Decision, Holding, Use, held},
    params::ConsentParams,
    purpose::Purpose,
    whose::Whose,
};
use crate::{
    identity::MergeEdge,
    read::{ReadError, Rows, TypedRows as _},
    rows::{ConsentDecision, ConsentRow, ObjectId, Symbol, Symbols},
    table::{Field as _, Filter},
};

/// The decisions of one customer.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// In the order of (occurred_at, position).
    rows: Vec<ConsentRow>,
    merges: Vec<MergeEdge>,
}

/// By customer, merges resolved; only those with a decision.
pub(super) type AllDecided = HashMap<ObjectId, Decided>;

/// Whose rows are decisions about the purpose: those that name it, and objections against it under another name.
pub(super) fn filters(purpose: &Purpose, all: &Filter) -> Vec<Filter> {
    let named = |symbols: &[Symbol]| symbols.iter().map(|symbol| symbol.cell()).collect::<Vec<_>>();
    let mut filters = Vec::new();
    if let Some(own) = purpose.own {
        filters.push(all.clone().and("purpose", named(&[own])));
    }
    if !purpose.scopes.is_empty() {
        let objected = vec![ConsentDecision::Objected.cell()];
        filters.push(all.clone().and("purpose", named(&purpose.scopes)).and("decision", objected));
    }
    filters
}

/// Reads the decisions about the purpose.
pub(super) fn decided(
    rows: &dyn Rows,
    params: &ConsentParams,
    purpose: &Purpose,
    whose: &Whose,
) -> Result<AllDecided, ReadError> {
    let mut all = AllDecided::new();
    for filter in filters(purpose, &whose.filter()) {
        rows.each::<ConsentRow>(&filter, params.as_of, |row| {
            let customer = whose.identity.canonical(row.customer);
            if customer != ObjectId::NOBODY {
                all.entry(customer).or_default().rows.push(row);
            }
        })?;
    }
    for one in all.values_mut() {
        one.rows.sort_unstable_by_key(|row| (row.occurred_at, row.position));
    }
    for merge in &whose.merges {
        if let Some(one) = all.get_mut(&whose.identity.canonical(merge.survivor)) {
            one.merges.push(*merge);
        }
    }
    Ok(all)
}

impl Decided {
    /// How many decisions come before a place.
    pub(super) fn before(&self, place: (Timestamp, Position)) -> usize {
        self.rows.partition_point(|row| (row.occurred_at, row.position) < place)
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.rows.len()
    }

    /// What holds after so many of them: all ids that are one customer now are taken as one at every time.
    pub(super) fn held(&self, count: usize, purpose: &str, symbols: &Symbols) -> Holding {
        let decisions = self.rows.iter().take(count).map(|row| {
            let of: Use = (purpose.to_owned(), symbols.text(row.channel).to_owned());
            (row.customer, of, decision(row))
        });
        held(decisions, self.merges.clone())
    }

    /// The row of a decision.
    pub(super) fn row(&self, position: Position) -> Option<&ConsentRow> {
        self.rows.iter().find(|row| row.position == position)
    }

    /// The channels that decisions name.
    pub(super) fn channels(&self) -> impl Iterator<Item = Symbol> {
        self.rows.iter().map(|row| row.channel).filter(|channel| *channel != Symbol::default())
    }
}

fn decision(row: &ConsentRow) -> Decision {
    let topics: BTreeSet<Symbol> = row.topics.iter().copied().collect();
    Decision {
        says: row.decision,
        at: row.occurred_at,
        position: row.position,
        expires: Some(row.expires).filter(|end| *end != Timestamp::MAX),
        topics: Some(topics).filter(|topics| !topics.is_empty()),
        is_of_merge: false,
    }
}
