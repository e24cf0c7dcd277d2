//! What was done, counted: with the names of figures, rates and times.

use std::collections::BTreeMap;

use rapport_proto::{time, v1};

use super::{
    deals::Closed,
    done::{Contact, Customer, Thing},
    purpose::Purpose,
};
use crate::{
    answers::sums::sum,
    model::figures::{Counted, Figures},
    stats::{self, as_f64, wilson},
    table::Dictionary,
};

/// What somebody did. What rows cannot say by what is asked for is absent.
#[derive(Debug, Default)]
pub(super) struct Work<'a> {
    pub(super) deals: Option<Vec<&'a Closed>>,
    pub(super) contacts: Vec<&'a Contact>,
    pub(super) tickets: Vec<&'a Thing>,
    pub(super) orders: Option<Vec<&'a Thing>>,
}

/// As figures count it.
pub(super) const fn deal(closed: &Closed) -> Counted {
    Counted::named(Dictionary::Deal, closed.deal)
}

/// As figures count it.
pub(super) const fn contact(contact: &Contact) -> Counted {
    Counted::event(contact.position)
}

/// As figures count it.
pub(super) const fn ticket(thing: &Thing) -> Counted {
    Counted::named(Dictionary::Ticket, thing.number)
}

/// As figures count it.
pub(super) const fn order(thing: &Thing) -> Counted {
    Counted::named(Dictionary::Order, thing.number)
}

/// All measures of it. `name` begins the names of the figures.
pub(super) fn measures(work: &Work<'_>, name: &[&str], figures: &mut Figures) -> v1::StaffMeasures {
    let tickets = work.tickets.iter().map(|one| ticket(one));
    let tickets_resolved = figures.count(&[name, &["tickets_resolved"]].concat(), tickets);
    let orders = work
        .orders
        .as_ref()
        .and_then(|orders| figures.count(&[name, &["orders"]].concat(), orders.iter().map(|one| order(one))));
    let of_deals = work.deals.as_ref().map(|deals| of_deals(deals, name, figures)).unwrap_or_default();
    let of_contacts = of_contacts(&work.contacts, name, figures);
    v1::StaffMeasures {
        won: of_deals.won,
        lost: of_deals.lost,
        win_rate: of_deals.win_rate,
        win_rate_low: of_deals.win_rate_low,
        win_rate_high: of_deals.win_rate_high,
        won_values: of_deals.won_values,
        tickets_resolved,
        orders,
        ..of_contacts
    }
}

fn of_deals(deals: &[&Closed], name: &[&str], figures: &mut Figures) -> v1::StaffMeasures {
    let mut count = |what, is_won: bool| {
        let counted = deals.iter().filter(|one| one.is_won == is_won).map(|one| deal(one));
        figures.count(&[name, &[what]].concat(), counted)
    };
    let (won, lost) = (count("won", true), count("lost", false));
    let n_won = deals.iter().filter(|one| one.is_won).count() as u64;
    let n = deals.len() as u64;
    let rate = stats::share(n_won, n);
    let interval = wilson::percentage(n_won, n).and_then(|percentage| percentage.interval);
    // Dividing by 100 may carry an end past the share by a last digit.
    let ends = interval.zip(rate).map(|((low, high), at)| ((low / 100.0).min(at), (high / 100.0).max(at)));
    let (win_rate_low, win_rate_high) = ends.unzip();
    let amounts = deals.iter().filter(|one| one.is_won).filter_map(|one| one.amount.as_ref());
    let won_values = values(amounts.map(|(amount, currency)| (currency.as_str(), *amount)));
    v1::StaffMeasures {
        won,
        lost,
        win_rate: rate,
        win_rate_low,
        win_rate_high,
        won_values,
        ..v1::StaffMeasures::default()
    }
}

/// Amounts added up by currency.
fn values<'a>(amounts: impl Iterator<Item = (&'a str, i128)>) -> Vec<v1::StaffValue> {
    let mut values: BTreeMap<&str, (u64, i128)> = BTreeMap::new();
    for (currency, amount) in amounts {
        let of = values.entry(currency).or_default();
        *of = (of.0 + 1, of.1 + amount);
    }
    let value = |(currency, (n, amount)): (&str, (u64, i128))| v1::StaffValue {
        currency: currency.to_owned(),
        n,
        amount: sum(amount),
    };
    values.into_iter().map(value).collect()
}

fn of_contacts(contacts: &[&Contact], name: &[&str], figures: &mut Figures) -> v1::StaffMeasures {
    let mut count = |what, is_in: &dyn Fn(&Contact) -> bool| {
        let counted = contacts.iter().filter(|one| is_in(one)).map(|one| contact(one));
        figures.count(&[name, &[what]].concat(), counted)
    };
    let micros = |is_in: &dyn Fn(&Contact) -> bool| {
        let said = contacts.iter().filter(|one| is_in(one)).filter_map(|one| one.micros);
        said.fold(0_i64, i64::saturating_add)
    };
    let all = micros(&|_| true);
    let mut split = |key: &'static str, is_in: &dyn Fn(&Contact) -> bool| {
        let time = micros(is_in);
        v1::StaffTime {
            key: key.to_owned(),
            contacts: count(key, is_in),
            time: Some(time::duration_to_proto(time)),
            share: (all > 0).then(|| as_f64(time.into()) / as_f64(all.into())),
        }
    };
    let by_purpose =
        Purpose::ALL.map(|purpose| split(purpose.word(), &|one: &Contact| one.purpose == purpose));
    let by_customer = Customer::ALL.map(|of| split(of.word(), &|one: &Contact| one.of == of));
    v1::StaffMeasures {
        contacts: count("contacts", &|_| true),
        two_way: count("two_way", &|one| one.two_way),
        by_executives: count("by_executives", &|one| one.is_by_executive),
        with_duration: count("with_duration", &|one| one.micros.is_some()),
        without_duration: count("without_duration", &|one| one.micros.is_none()),
        time: Some(time::duration_to_proto(all)),
        by_purpose: by_purpose.into(),
        by_customer: by_customer.into(),
        ..v1::StaffMeasures::default()
    }
}
