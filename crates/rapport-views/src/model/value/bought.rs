//! What each customer bought until T, and when: read from the store once.

use rapport_model::Timestamp;

use super::params::ValueParams;
use crate::{
    answers::AskError,
    calendar::{day_number, last_day_before},
    read::Rows,
    rows::{Identity, ObjectId, Symbol, Symbols},
    table::{CUSTOMER, Field as _, GroupKey, Measure},
};

/// A purchase by whoever stands for its customer, or what else changes what a customer was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    currency: Symbol,
    customer: ObjectId,
    id: ObjectId,
    /// When it was bought; none where nothing was, which is after all that is some.
    bought: Bought,
    net: i128,
}

/// When something was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bought {
    At(Timestamp),
    Never,
}

/// Everything that was charged in one currency.
#[derive(Debug, Default)]
pub(super) struct Charged {
    pub(super) code: String,
    /// Those with a purchase, in no particular order.
    pub(super) customers: Vec<Customer>,
    /// Their purchases, each once.
    pub(super) purchases: Vec<(ObjectId, ObjectId)>,
    /// The purchases of nobody.
    pub(super) nobodys: Vec<ObjectId>,
    /// What was charged for them.
    pub(super) left_out: i128,
}

/// What one customer bought in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Customer {
    pub(super) party: ObjectId,
    pub(super) purchases: usize,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) days: Days,
    /// What was bought on days after the first one is worth.
    pub(super) repeat_net: i128,
    /// All that was charged, less what was taken back.
    pub(super) historic: i128,
}

/// What models see of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Days {
    /// Days with a purchase after the first one.
    pub(super) repeats: u32,
    /// From the first to the last one.
    pub(super) last: u32,
    /// From the first one to T.
    pub(super) until: u32,
}

/// Asks the store; what was charged in each currency by code, and the purchases without an amount.
pub(super) fn read(
    rows: &dyn Rows,
    params: &ValueParams,
    symbols: &Symbols,
    identity: &Identity,
) -> Result<(Vec<Charged>, Vec<ObjectId>), AskError> {
    let entries = entries(rows, params, identity)?;
    let last_day = last_day_before(params.always.to, &params.zone);
    let (mut currencies, mut without_amount) = (Vec::new(), Vec::new());
    for of_currency in entries.chunk_by(|a, b| a.currency == b.currency) {
        let Some(currency) = of_currency.first().map(|one| one.currency) else { continue };
        let ids = |of: &[Entry]| -> Vec<ObjectId> {
            let bought = of.iter().filter(|one| one.bought != Bought::Never);
            let mut ids: Vec<_> = bought.map(|one| one.id).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        if currency == Symbol::default() {
            without_amount = ids(of_currency);
            continue;
        }
        let mut charged = Charged { code: symbols.text(currency).to_owned(), ..Charged::default() };
        if !params.wants(&charged.code) {
            continue;
        }
        for of_one in of_currency.chunk_by(|a, b| a.customer == b.customer) {
            let Some(party) = of_one.first().map(|one| one.customer) else { continue };
            if party == ObjectId::NOBODY {
                charged.nobodys = ids(of_one);
                charged.left_out = of_one.iter().map(|one| one.net).sum();
                continue;
            }
            let Some(one) = customer(of_one, params, last_day) else { continue };
            if params.is_acquired(one.first) {
                charged.purchases.extend(ids(of_one).into_iter().map(|id| (party, id)));
                charged.customers.push(one);
            }
        }
        if !charged.customers.is_empty() || !charged.nobodys.is_empty() {
            currencies.push(charged);
        }
    }
    currencies.sort_unstable_by(|a, b| a.code.cmp(&b.code));
    Ok((currencies, without_amount))
}

/// One for each purchase, beside those of the same customer and currency.
fn entries(rows: &dyn Rows, params: &ValueParams, identity: &Identity) -> Result<Vec<Entry>, AskError> {
    let source = params.source;
    let mut entries: Vec<Entry> = Vec::new();
    let by = ["currency", CUSTOMER, source.id(), source.op()].map(GroupKey::Column);
    let (lines, measures) = (source.lines(params.always), [Measure::First, Measure::Sum("net_minor_units")]);
    rows.group(source.table(), &lines, params.as_of, &by, &measures, &mut |keys, measured| {
        let ([currency, customer, id, op], [first, net]) = (keys, measured) else { return Ok(()) };
        let at = Timestamp::from_micros(i64::try_from(*first).unwrap_or(i64::MAX));
        entries.push(Entry {
            currency: Symbol::of(currency).unwrap_or_default(),
            customer: identity.canonical(ObjectId::of(customer).unwrap_or(ObjectId::NOBODY)),
            id: ObjectId::of(id).unwrap_or_default(),
            bought: if source.is_purchase(op) { Bought::At(at) } else { Bought::Never },
            net: *net,
        });
        Ok(())
    })?;
    entries.sort_unstable();
    // An order that is recorded under two ids of one customer is one purchase, when the first of them was.
    entries.dedup_by(|next, kept| {
        let is_same = (next.currency, next.customer, next.id) == (kept.currency, kept.customer, kept.id);
        kept.net += if is_same { next.net } else { 0 };
        is_same
    });
    Ok(entries)
}

/// What these come to; `None` where none of them is a purchase.
fn customer(of_one: &[Entry], params: &ValueParams, last_day: i32) -> Option<Customer> {
    let mut bought: Vec<(Timestamp, i128)> = of_one
        .iter()
        .filter_map(|one| match one.bought {
            Bought::At(at) => Some((at, one.net)),
            Bought::Never => None,
        })
        .collect();
    bought.sort_unstable();
    let (first, last) = (bought.first()?.0, bought.last()?.0);
    let first_day = day_number(first, &params.zone);
    let (mut repeats, mut repeat_net, mut day_before) = (0, 0, first_day);
    for (at, net) in &bought {
        let day = day_number(*at, &params.zone);
        repeats += u32::from(day > day_before);
        repeat_net += if day > first_day { *net } else { 0 };
        day_before = day;
    }
    let since = |day: i32| u32::try_from(day.saturating_sub(first_day)).unwrap_or(0);
    Some(Customer {
        party: of_one.first()?.customer,
        purchases: bought.len(),
        first,
        last,
        days: Days { repeats, last: since(day_before), until: since(last_day.max(day_before)) },
        repeat_net,
        historic: of_one.iter().map(|one| one.net).sum(),
    })
}
