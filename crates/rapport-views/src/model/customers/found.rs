//! Who fulfils the condition.

use std::{cmp::Ordering, ops::Range};

use super::{
    condition::{Test, Truth},
    field::Field,
    known::{Known, Subject},
    params::CustomersParams,
    value::Value,
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
    let mut lacking: Vec<Vec<ObjectId>> = vec![Vec::new(); fields.len()];
    // The rows of a customer are beside each other.
    for of_one in known.subjects.chunk_by(|a, b| a.party == b.party) {
        let Some(party) = of_one.first().map(|one| one.party) else { continue };
        let truth = |subject| {
            params.condition.holds(
                &|test: &Test| test.holds_for(known.value(subject, &test.field, params), params.today),
                &|field| known.value(subject, field, params).is_some(),
            )
        };
        let mut best = Truth::No;
        let mut unknown = vec![false; fields.len()];
        for subject in of_one {
            let truth = truth(subject);
            best = best.max(truth);
            match truth {
                Truth::Yes => found.listed.push(*subject),
                Truth::Unknown => {
                    for (field, is_unknown) in fields.iter().zip(&mut unknown) {
                        *is_unknown |= known.value(subject, field, params).is_none();
                    }
                }
                Truth::No => {}
            }
        }
        match best {
            Truth::Yes => found.customers.push(party),
            Truth::Unknown => {
                found.unknown.push(party);
                for (customers, _) in lacking.iter_mut().zip(unknown).filter(|(_, is_unknown)| *is_unknown) {
                    customers.push(party);
                }
            }
            Truth::No => found.not_fulfilled.push(party),
        }
    }
    let by_field = fields.into_iter().zip(lacking);
    found.unknown_by_field = by_field.filter(|(_, customers)| !customers.is_empty()).collect();
    order(&mut found.listed, page, known, params, name)?;
    Ok(found)
}

/// A row, and what it is put in order by.
type Valued<'a> = (Vec<Option<Value<'a>>>, Subject);

/// As it is asked for; what is equal by customer, and only that is asked for its name, where the page has any of it: most
/// customers may have bought nothing, and nobody asks for those.
fn order(
    listed: &mut [Subject],
    page: Range<usize>,
    known: &Known,
    params: &CustomersParams,
    name: &mut dyn FnMut(ObjectId) -> Result<String, ReadError>,
) -> Result<(), ReadError> {
    let code = |subject: &Subject| known.symbols.text(subject.currency);
    let values = |subject| params.sort.iter().map(|sort| known.value(subject, &sort.field, params)).collect();
    let mut valued: Vec<Valued<'_>> = listed.iter().map(|subject| (values(subject), *subject)).collect();
    let by = |(of_a, a): &Valued<'_>, (of_b, b): &Valued<'_>| {
        let each = params.sort.iter().zip(of_a.iter().zip(of_b)).map(|(sort, pair)| {
            // What is not known comes last, whichever way the order goes.
            let (Some(one), Some(other)) = pair else { return pair.1.is_some().cmp(&pair.0.is_some()) };
            // Amounts are in order within their currency.
            if sort.field.is_money() && a.currency != b.currency {
                let [code_a, code_b] = [code(a), code(b)];
                return (code_a.is_empty(), code_a).cmp(&(code_b.is_empty(), code_b));
            }
            if sort.is_descending { other.beside(one) } else { one.beside(other) }
        });
        each.fold(Ordering::Equal, Ordering::then)
    };
    // Equal ones stay one beside the other, in whatever order.
    valued.sort_by(by);
    let mut begin = 0;
    for equal in valued.chunk_by_mut(|a, b| by(a, b).is_eq()) {
        let of = begin..begin + equal.len();
        begin = of.end;
        if of.len() < 2 || of.end <= page.start || page.end <= of.start {
            continue;
        }
        let mut named = Vec::with_capacity(equal.len());
        for (_, subject) in equal.iter() {
            named.push((name(subject.party)?, code(subject), *subject));
        }
        named.sort_unstable_by(|(a, in_a, _), (b, in_b, _)| (a, in_a).cmp(&(b, in_b)));
        for ((_, place), (_, _, subject)) in equal.iter_mut().zip(named) {
            *place = subject;
        }
    }
    for (place, (_, subject)) in listed.iter_mut().zip(valued) {
        *place = subject;
    }
    Ok(())
}
