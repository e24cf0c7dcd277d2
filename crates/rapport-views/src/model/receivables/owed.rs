//! What is owed in one currency, by customer.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use jiff::civil::Date;
use rapport_model::Position;

use super::{
    age::{AGES, age, days_past},
    invoices::Invoice,
    params::ReceivablesParams,
    settle::Settled,
};
use crate::{
    model::descending::heaviest_first,
    rows::{ObjectId, Symbol, Symbols},
};

/// One currency.
#[derive(Debug, Default)]
pub(super) struct Currency {
    pub(super) code: String,
    /// Those of customers, paid ones too, with the days that they are past due.
    pub(super) invoices: Vec<(Invoice, i32)>,
    /// Open ones that name no customer.
    pub(super) nobodys: Vec<Invoice>,
    /// Who owes most first, equal ones by id.
    pub(super) debtors: Vec<Debtor>,
    /// Events of which something is nobody's.
    pub(super) payments_left_out: Vec<(Position, i128)>,
    /// What was invoiced in the window, less credit notes.
    pub(super) invoiced: i128,
}

/// Who owes something, or has a credit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Debtor {
    pub(super) party: ObjectId,
    pub(super) open: u64,
    pub(super) ages: [i128; AGES.len()],
    /// Of the invoice that is longest past due.
    pub(super) days: i32,
    pub(super) credit: i128,
}

impl Debtor {
    pub(super) fn owes(&self) -> i128 {
        self.ages.iter().sum()
    }

    pub(super) fn overdue(&self) -> i128 {
        self.ages.iter().skip(1).sum()
    }

    fn add(&mut self, invoice: &Invoice, days: i32) {
        if invoice.open == 0 {
            return;
        }
        self.open += 1;
        self.days = self.days.max(days);
        if let Some(age) = self.ages.get_mut(age(days)) {
            *age += invoice.open;
        }
    }
}

/// By code.
pub(super) fn currencies<E>(
    settled: Settled,
    invoiced: &HashMap<Symbol, i128>,
    today: Date,
    params: &ReceivablesParams,
    symbols: &Symbols,
    name: &mut impl FnMut(ObjectId) -> Result<String, E>,
) -> Result<Vec<Currency>, E> {
    let mut all: BTreeMap<&str, (Currency, HashMap<ObjectId, Debtor>)> = BTreeMap::new();
    for invoice in settled.invoices {
        let (currency, debtors) = all.entry(symbols.text(invoice.account.currency)).or_default();
        let (days, party) = (days_past(invoice.due, today), invoice.account.customer);
        if party != ObjectId::NOBODY {
            debtors.entry(party).or_default().add(&invoice, days);
            currency.invoices.push((invoice, days));
        } else if invoice.open > 0 {
            currency.nobodys.push(invoice);
        }
    }
    for (account, credit) in settled.credit {
        let (_, debtors) = all.entry(symbols.text(account.currency)).or_default();
        debtors.entry(account.customer).or_default().credit += credit;
    }
    for (currency, position, rest) in settled.nobodys {
        let (currency, _) = all.entry(symbols.text(currency)).or_default();
        currency.payments_left_out.push((position, rest));
    }
    let mut currencies = Vec::with_capacity(all.len());
    for (code, (mut currency, debtors)) in all.into_iter().filter(|(code, _)| params.wants(code)) {
        let with_party = debtors.into_iter().map(|(party, debtor)| Debtor { party, ..debtor });
        currency.debtors = with_party.filter(|one| one.open > 0 || one.credit != 0).collect();
        heaviest_first(&mut currency.debtors, Debtor::owes, |one| name(one.party))?;
        code.clone_into(&mut currency.code);
        currency.invoiced = symbols.get(code).and_then(|code| invoiced.get(&code)).copied().unwrap_or(0);
        currencies.push(currency);
    }
    Ok(currencies)
}
