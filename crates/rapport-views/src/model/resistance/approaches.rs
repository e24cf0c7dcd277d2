//! Whether deals are won more often whose customer was approached in some way.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::v1;

use super::params::ResistanceParams;
use crate::{
    model::{
        closed_deals::{Deal, Tally, count},
        figures::Figures,
    },
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol, Symbols, TouchKind, TouchRow},
    stats::proportions::{Part, difference, z_test},
    table::{CUSTOMER, Field as _, Filter, GroupKey, Measure, Row as _},
};

/// Contacts that took place and say their approach, by customer, merges resolved, and for whom a person acts.
#[derive(Debug, Default)]
pub(super) struct Contacts(HashMap<ObjectId, Vec<(Timestamp, Position, Symbol)>>);

impl Contacts {
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        params: &ResistanceParams,
    ) -> Result<Self, ReadError> {
        let mut approaches = Vec::new();
        let by = [GroupKey::Column("approach")];
        let (table, all) = (TouchRow::TABLE, Filter::all());
        rows.group(table, &all, params.as_of, &by, &[Measure::Rows], &mut |keys, _| {
            let approach = keys.first().and_then(Symbol::of);
            approaches.extend(approach.filter(|approach| *approach != Symbol::default()));
            Ok(())
        })?;
        let mut contacts = Self::default();
        // Most contacts say none: then the rows, of which there are many, are not read.
        if approaches.is_empty() {
            return Ok(contacts);
        }
        let filter =
            Filter::all().and("approach", approaches.iter().map(|approach| approach.cell()).collect());
        let columns = [CUSTOMER, "kind", "two_way", "approach"];
        rows.pick(table, &columns, &filter, params.as_of, &mut |beginning, cells| {
            let [customer, kind, two_way, approach] = cells else { return Ok(()) };
            // An attempt is not a contact: nobody was reached, or nobody came. What was sent is one.
            let took_place =
                bool::of(two_way) == Some(true) || TouchKind::of(kind) == Some(TouchKind::Message);
            let own = identity.canonical(ObjectId::of(customer).unwrap_or_default());
            if !took_place || own == ObjectId::NOBODY {
                return Ok(());
            }
            let contact = (beginning.at, beginning.position, Symbol::of(approach).unwrap_or_default());
            for party in [Some(own), identity.organisation(own)].into_iter().flatten() {
                contacts.0.entry(party).or_default().push(contact);
            }
            Ok(())
        })?;
        Ok(contacts)
    }

    /// Between the opening and the close of a deal, both inclusive.
    fn of(&self, deal: &Deal) -> impl Iterator<Item = (Position, Symbol)> {
        let own = self.0.get(&deal.customer).into_iter().flatten();
        let (opened, closed) = (deal.opened, deal.closed);
        own.filter(move |(at, _, _)| opened <= *at && *at <= closed).map(|(_, position, of)| (*position, *of))
    }
}

/// Those with the most deals first, then by code. Deals without a customer are of none.
pub(super) fn approaches(
    deals: &[Deal],
    contacts: &Contacts,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Vec<v1::ApproachChange> {
    let known: Vec<&Deal> = deals.iter().filter(|deal| deal.customer != ObjectId::NOBODY).collect();
    let mut found: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let wanted = match figures.parts().as_slice() {
        ["approaches", approach, _] => symbols.get(approach),
        _ => None,
    };
    let mut beside = Vec::new();
    for (place, deal) in known.iter().enumerate() {
        for (position, approach) in contacts.of(deal) {
            found.entry(symbols.text(approach)).or_default().insert(place);
            if wanted == Some(approach) {
                beside.push((deal.thing(), deal.customer, position));
            }
        }
    }
    figures.beside(beside);
    let change = |(approach, places): (&str, BTreeSet<usize>)| {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for (place, deal) in known.iter().enumerate() {
            if places.contains(&place) { with.push(*deal) } else { without.push(*deal) }
        }
        of_approach(approach, &with, &without, figures)
    };
    let mut all: Vec<_> = found.into_iter().map(change).collect();
    all.sort_by_key(|change| {
        let n = |figure: &Option<v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
        Reverse(n(&change.with_won) + n(&change.with_lost))
    });
    all
}

fn of_approach(
    approach: &str,
    with: &[&Deal],
    without: &[&Deal],
    figures: &mut Figures,
) -> v1::ApproachChange {
    let mut counted =
        |what, deals: &[&Deal], is_won| count(figures, &["approaches", approach, what], deals, is_won);
    let part = |deals: &[&Deal]| {
        let tally = Tally::of(deals.iter().copied());
        (tally.won, tally.all())
    };
    let (one, other) = (part(with), part(without));
    let change = difference(one, other);
    let test = z_test(one, other);
    let ends = change.and_then(|change| change.interval);
    v1::ApproachChange {
        approach: approach.to_owned(),
        with_won: counted("with_won", with, true),
        with_lost: counted("with_lost", with, false),
        without_won: counted("without_won", without, true),
        without_lost: counted("without_lost", without, false),
        with_share: Part::of(one.0, one.1).share,
        without_share: Part::of(other.0, other.1).share,
        difference: change.map(|change| change.value),
        low: ends.map(|(low, _)| low),
        high: ends.map(|(_, high)| high),
        z: test.map(|(z, _)| z),
        p: test.map(|(_, p)| p),
    }
}
