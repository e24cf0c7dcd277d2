//! The classes of one customer, which are places among all customers: by the rules of classes, the pyramid and receivables.

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::v1::{ClassesMeasure, CustomerClasses, PurchasesFrom, ViewMeta};

use crate::{
    answers::{AskError, Asked, window::Window},
    model::{classes, purchases::Source, pyramid, receivables, sums::sum},
    read::Rows,
    rows::{ObjectId, Symbol},
    table::Dictionary,
};

/// Months of the window.
pub(super) const MONTHS: i32 = 12;

/// A row a currency in which the customer has something, and what was taken as a purchase. The definitions that they rest
/// on are added to `meta`. Views have numbers of their own: the customer is known by name.
pub(super) fn of_customer(
    facts: &dyn Rows,
    name: &str,
    purchases_from: i32,
    asked: &Asked<'_>,
    meta: &mut ViewMeta,
) -> Result<(Vec<CustomerClasses>, PurchasesFrom), AskError> {
    let (as_of, zone) = (asked.as_of, asked.zone);
    let source = Source::asked(purchases_from, facts, as_of)?;
    let (symbols, identity) = (facts.symbols()?, facts.identity(as_of)?);
    let Some(number) = facts.number(Dictionary::Party, name)? else { return Ok((Vec::new(), source.wire())) };
    let party = identity.canonical(number);
    let ever = Window::of_request(None, None, as_of.occurred_until)?;
    let window = ever.last_months(MONTHS, zone);
    let measures = [ClassesMeasure::Abc, ClassesMeasure::Xyz, ClassesMeasure::Rfm];
    let classes = classes::of_customers(facts, (as_of, zone), source, window, &measures)?;
    let names = (&symbols, &identity);
    let everybody = pyramid::everybody(facts, names, as_of, source, window)?;
    // The pyramid looks back as far as its definition says.
    let levels = if everybody.months == MONTHS {
        None
    } else {
        let until = Window { from: Timestamp::MIN, to: window.to };
        let own = until.last_months(everybody.months, zone);
        Some(pyramid::everybody(facts, names, as_of, source, own)?.buyers)
    };
    let debts = receivables::of_customers(facts, names, as_of, zone)?;
    meta.definitions.extend(classes.used.iter().chain(&everybody.used).cloned());
    meta.definitions_unreadable.extend(classes.unreadable.iter().chain(&everybody.unreadable).cloned());

    let bought: Vec<_> = everybody.buyers.iter().filter(|one| one.party == party).collect();
    let mut currencies: BTreeSet<(&str, Symbol)> =
        bought.iter().map(|one| (symbols.text(one.currency), one.currency)).collect();
    let owing = debts.keys().filter(|(debtor, _)| *debtor == party);
    currencies.extend(owing.map(|(_, currency)| (symbols.text(*currency), *currency)));
    let other = everybody.others.iter().find(|(one, _)| *one == party).map(|(_, level)| *level);
    if currencies.is_empty() {
        let level = other.unwrap_or_default().to_owned();
        let row = CustomerClasses { level, ..CustomerClasses::default() };
        return Ok((if other.is_some() { vec![row] } else { Vec::new() }, source.wire()));
    }
    let row = |(code, currency): &(&str, Symbol)| {
        let key = (party, *currency);
        let of = classes.of.get(&key).copied().unwrap_or_default();
        let own = |one: &&pyramid::Standing| (one.party, one.currency) == key;
        let standing = everybody.buyers.iter().find(own);
        let placed = levels.as_ref().map_or(standing, |levels| levels.iter().find(own));
        let level = placed.and_then(|one| one.level).or(if bought.is_empty() { other } else { None });
        let text = |class: Option<&str>| class.unwrap_or_default().to_owned();
        let money = |amount: i128| if code.is_empty() { None } else { sum(amount) };
        let debt = debts.get(&key).copied().unwrap_or_default();
        CustomerClasses {
            currency: (*code).to_owned(),
            abc: text(of.abc),
            xyz: text(of.xyz),
            segment: text(of.segment),
            level: text(level),
            revenue: money(standing.map_or(0, |one| one.revenue)),
            purchases: standing.map_or(0, |one| one.purchases),
            owed: money(debt.owed),
            overdue: money(debt.overdue),
        }
    };
    let rows = currencies.iter().filter(|_| party != ObjectId::NOBODY).map(row).collect();
    Ok((rows, source.wire()))
}
