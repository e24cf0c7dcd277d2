//! Who fulfils the condition.

use std::{cmp::Ordering, ops::Range};

use hashbrown::{HashMap, HashSet};

use super::{
    condition::{Test, Truth},
    field::Field,
    known::{Known, Subject},
    params::CustomersParams,
};
use crate::{read::ReadError, rows::ObjectId};

/// Everybody, by what is known of them.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The rows, in order.
    pub(super) listed: Vec<Subject>,
    /// Customers, each in one of these three, by the best of their rows.
    pub(super) customers: Vec<ObjectId>,
    pub(super) unknown: Vec<ObjectId>,
    pub(super) not_fulfilled: Vec<ObjectId>,
    /// Of the unknown ones, by field of the condition.
    pub(super) unknown_by_field: Vec<(Field, Vec<ObjectId>)>,
}

/// Asks the condition of everybody, and orders who fulfils it; what is equal is in order on the page that is asked for.
/// `name` gives what ties are broken by.
pub(super) fn find(
    known: &Known,
    params: &CustomersParams,
    page: Range<usize>,
    name: &mut dyn FnMut(ObjectId) -> Result<String, ReadError>,
) -> Result<Found, ReadError> {
    let mut found = Found::default();
    let fields = params.condition.fields();
    let mut best: HashMap<ObjectId, Truth> = HashMap::with_capacity(known.subjects.len());
    let mut lacking: Vec<(Field, HashSet<ObjectId>)> =
        fields.into_iter().map(|field| (field, HashSet::new())).collect();
    for subject in &known.subjects {
        let truth = params.condition.holds(
            &|test: &Test| test.holds_for(known.value(subject, &test.field, params), params.today),
            &|field| known.value(subject, field, params).is_some(),
        );
        match truth {
            Truth::Yes => found.listed.push(*subject),
            Truth::Unknown => {
                for (field, customers) in &mut lacking {
                    if known.value(subject, field, params).is_none() {
                        customers.insert(subject.party);
                    }
                }
            }
            Truth::No => {}
        }
        let of = best.entry(subject.party).or_insert(truth);
        *of = truth.max(*of);
    }
    for (party, truth) in &best {
        let of = match truth {
            Truth::Yes => &mut found.customers,
            Truth::Unknown => &mut found.unknown,
            Truth::No => &mut found.not_fulfilled,
        };
        of.push(*party);
    }
    for (field, customers) in lacking {
        let is_unknown = |party: &ObjectId| best.get(party) == Some(&Truth::Unknown);
        let customers: Vec<_> = customers.into_iter().filter(is_unknown).collect();
        if !customers.is_empty() {
            found.unknown_by_field.push((field, customers));
        }
    }
    order(&mut found.listed, page, known, params, name)?;
    Ok(found)
}

/// As it is asked for; what is equal by customer, and only that is asked for its name, where the page has any of it: most
/// customers may have bought nothing, and nobody asks for those.
fn order(
    listed: &mut [Subject],
    page: Range<usize>,
    known: &Known,
    params: &CustomersParams,
    name: &mut dyn FnMut(ObjectId) -> Result<String, ReadError>,
) -> Result<(), ReadError> {
    let by = |a: &Subject, b: &Subject| {
        let each = params.sort.iter().map(|sort| {
            let (one, other) = (known.value(a, &sort.field, params), known.value(b, &sort.field, params));
            // What is not known comes last, whichever way the order goes.
            let (Some(one), Some(other)) = (&one, &other) else { return other.is_some().cmp(&one.is_some()) };
            // Amounts are in order within their currency.
            let codes = [a, b].map(|of| known.symbols.text(of.currency));
            if sort.field.is_money() && codes[0] != codes[1] {
                return (codes[0].is_empty(), codes[0]).cmp(&(codes[1].is_empty(), codes[1]));
            }
            if sort.is_descending { other.beside(one) } else { one.beside(other) }
        });
        each.fold(Ordering::Equal, Ordering::then)
    };
    // Equal ones stay one beside the other, in whatever order.
    listed.sort_by(by);
    let mut begin = 0;
    for equal in listed.chunk_by_mut(|a, b| by(a, b).is_eq()) {
        let of = begin..begin + equal.len();
        begin = of.end;
        if of.len() < 2 || of.end <= page.start || page.end <= of.start {
            continue;
        }
        let mut named = Vec::with_capacity(equal.len());
        for subject in equal.iter() {
            named.push((name(subject.party)?, known.symbols.text(subject.currency), *subject));
        }
        named.sort_unstable_by(|(a, in_a, _), (b, in_b, _)| (a, in_a).cmp(&(b, in_b)));
        for (place, (_, _, subject)) in equal.iter_mut().zip(named) {
            *place = subject;
        }
    }
    Ok(())
}
