//! Of which customers needs are known, or what they think, by class.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rapport_model::Position;
use rapport_proto::v1::{self, ClassesMeasure, DefinitionUse, UnreadableDefinition};

use super::{measures::share, need::Need, params::NeedsParams};
use crate::{
    answers::AskError,
    model::{
        classes::of_customers,
        figures::{Counted, Figures},
    },
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, NeedStep, ObjectId, ScoreRow, Symbols},
    table::Filter,
};

/// The best ABC class of each customer among the currencies, of what was bought in the twelve months until T.
#[derive(Debug, Default)]
pub(super) struct Classes {
    of: HashMap<ObjectId, &'static str>,
    pub(super) used: Vec<DefinitionUse>,
    pub(super) unreadable: Vec<UnreadableDefinition>,
}

impl Classes {
    pub(super) fn read(
        rows: &dyn Rows,
        names: (&Symbols, &Identity),
        params: &NeedsParams,
    ) -> Result<Self, AskError> {
        let when = (params.as_of, &params.zone);
        let found = of_customers(rows, names, when, (params.source, params.year), &[ClassesMeasure::Abc])?;
        let mut classes = Self { used: found.used, unreadable: found.unreadable, ..Self::default() };
        for ((customer, _), is) in found.of {
            if let Some(abc) = is.abc.filter(|_| customer != ObjectId::NOBODY) {
                let best = classes.of.entry(customer).or_insert(abc);
                *best = abc.min(best);
            }
        }
        Ok(classes)
    }

    /// The class of a customer, merges resolved.
    pub(super) fn of(&self, customer: ObjectId) -> Option<&'static str> {
        self.of.get(&customer).copied()
    }

    /// The customers of each class, by number.
    fn by_class(&self) -> BTreeMap<&'static str, BTreeSet<ObjectId>> {
        let mut by: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (customer, class) in &self.of {
            by.entry(*class).or_default().insert(*customer);
        }
        by
    }
}

/// Events of the twelve months by which customers were studied.
type Known = HashMap<ObjectId, Vec<Position>>;

/// Puts it to the customer, and to the organisation that the customer acts for.
fn put(known: &mut Known, identity: &Identity, customer: ObjectId, position: Position) {
    let own = identity.canonical(customer);
    if own == ObjectId::NOBODY {
        return;
    }
    for party in [Some(own), identity.organisation(own)].into_iter().flatten() {
        known.entry(party).or_default().push(position);
    }
}

/// One row a class, A first; none where nobody bought anything.
pub(super) fn studied(
    rows: &dyn Rows,
    identity: &Identity,
    params: &NeedsParams,
    (needs, classes): (&[Need], &Classes),
    figures: &mut Figures,
) -> Result<Vec<v1::NeedStudied>, ReadError> {
    let (mut by_need, mut by_response) = (Known::new(), Known::new());
    for need in needs {
        let within = |at| params.year.contains(at);
        let told = need.events.iter().filter(|one| one.step == NeedStep::Identified && within(one.at));
        told.for_each(|event| put(&mut by_need, identity, need.customer, event.position));
    }
    let filter = Filter::all().occurred(params.year.from, params.year.to);
    rows.in_any_order::<ScoreRow>(&filter, params.as_of, |row| {
        put(&mut by_response, identity, row.customer, row.position);
    })?;
    let wanted = figures.parts().first().is_some_and(|part| *part == "studied");
    let what = figures.parts().last().map(|part| (*part).to_owned()).unwrap_or_default();
    for (known, name) in [(&by_need, "by_need"), (&by_response, "by_response")] {
        if wanted && (what == name || what == "studied") {
            let events = |(party, positions): (&ObjectId, &Vec<Position>)| {
                let party = *party;
                positions.clone().into_iter().map(move |event| (Counted::party(party), party, event))
            };
            figures.beside(known.iter().flat_map(events).collect::<Vec<_>>());
        }
    }
    let mut row = |(class, customers): (&'static str, BTreeSet<ObjectId>)| {
        let mut count = |what, is_in: &dyn Fn(&ObjectId) -> bool| {
            let counted = customers.iter().filter(|one| is_in(one)).map(|one| Counted::party(*one));
            figures.count(&["studied", class, what], counted)
        };
        let (asked, said) =
            (|one: &ObjectId| by_need.contains_key(one), |one: &ObjectId| by_response.contains_key(one));
        let known = count("studied", &|one| asked(one) || said(one));
        v1::NeedStudied {
            class: class.to_owned(),
            customers: count("customers", &|_| true),
            studied: share(known, customers.len() as u64),
            by_need: count("by_need", &asked),
            by_response: count("by_response", &said),
            not_studied: count("not_studied", &|one| !asked(one) && !said(one)),
        }
    };
    Ok(classes.by_class().into_iter().map(&mut row).collect())
}
