//! What customers decided about uses of their data, of all of them.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use rapport_model::Timestamp;

use crate::{
    answers::AsOf,
    identity::MergeEdge,
    model::consent::{self, Decision, Holding, Use, held},
    read::{ReadError, Rows, TypedRows as _},
    rows::{ConsentRow, Identity, ObjectId, Symbol, Symbols},
    table::{Field as _, Filter, GroupKey, Row as _},
};

/// What holds at T for each customer, merges resolved.
#[derive(Debug, Default)]
pub(super) struct Consents {
    of: HashMap<ObjectId, Holding>,
    until: Timestamp,
}

impl Consents {
    /// Reads the decisions about some purposes; without any, no row is read.
    pub(super) fn read(
        rows: &dyn Rows,
        purposes: &BTreeSet<Symbol>,
        as_of: AsOf,
        (symbols, identity): (&Symbols, &Identity),
    ) -> Result<Self, ReadError> {
        let mut consents = Self { of: HashMap::new(), until: as_of.bounded().occurred_until };
        if purposes.is_empty() {
            return Ok(consents);
        }
        let mut decisions = rows.all::<ConsentRow>(&about(purposes), as_of)?;
        decisions
            .sort_unstable_by_key(|row| (identity.canonical(row.customer), row.occurred_at, row.position));
        let mut merges: HashMap<ObjectId, Vec<MergeEdge>> = HashMap::new();
        for merge in rows.merges(as_of)? {
            merges.entry(identity.canonical(merge.survivor)).or_default().push(merge);
        }
        for of_one in
            decisions.chunk_by(|a, b| identity.canonical(a.customer) == identity.canonical(b.customer))
        {
            let Some(party) = of_one.first().map(|row| identity.canonical(row.customer)) else { continue };
            if party != ObjectId::NOBODY {
                let decided = of_one.iter().map(|row| (row.customer, of_use(row, symbols), decision(row)));
                consents.of.insert(party, held(decided, merges.remove(&party).unwrap_or_default()));
            }
        }
        Ok(consents)
    }

    /// What a customer decided about a use: about this channel, otherwise about every one.
    pub(super) fn word(&self, customer: ObjectId, of: &Use) -> Option<&'static str> {
        Some(consent::about(self.of.get(&customer)?, of)?.word(self.until))
    }
}

/// The decisions about these purposes.
pub(super) fn about(purposes: &BTreeSet<Symbol>) -> Filter {
    Filter::all().and("purpose", purposes.iter().map(|purpose| purpose.cell()).collect())
}

fn of_use(row: &ConsentRow, symbols: &Symbols) -> Use {
    (symbols.text(row.purpose).to_owned(), symbols.text(row.channel).to_owned())
}

fn decision(row: &ConsentRow) -> Decision {
    Decision {
        says: row.decision,
        at: row.occurred_at,
        position: row.position,
        expires: Some(row.expires).filter(|end| *end != Timestamp::MAX),
        topics: None,
        is_of_merge: false,
    }
}

/// The uses that anybody decided about, as believed at K.
pub(super) fn uses(rows: &dyn Rows, symbols: &Symbols, as_of: AsOf) -> Result<Vec<Use>, ReadError> {
    let mut uses = BTreeSet::new();
    let by = ["purpose", "channel"].map(GroupKey::Column);
    rows.group(ConsentRow::TABLE, &Filter::all(), as_of, &by, &[], &mut |cells, _| {
        let text =
            |nth: usize| symbols.text(cells.get(nth).and_then(Symbol::of).unwrap_or_default()).to_owned();
        uses.insert((text(0), text(1)));
        Ok(())
    })?;
    Ok(uses.into_iter().collect())
}
