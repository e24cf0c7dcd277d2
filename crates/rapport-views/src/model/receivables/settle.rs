//! Which payment pays which invoice.
//!
//! Payments that name invoices pay these. All else (payments that name none, credit notes) pays what then is open of its
//! customer, in its currency. Of several invoices the one that is due first is paid first.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::{
    invoices::Invoice,
    payments::{Account, Credit, Credits, Payment},
};
use crate::rows::{ObjectId, Symbol};

/// What became of invoices and payments.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// By account, the one that is due first before the others.
    pub(super) invoices: Vec<Invoice>,
    /// What was paid too much.
    pub(super) credit: BTreeMap<Account, i128>,
    /// Events of which something is nobody's, and how much.
    pub(super) nobodys: Vec<(Symbol, Position, i128)>,
    /// Payments that name no customer, and whose they are for the invoices that they name.
    pub(super) by_invoice: Vec<(Account, Position)>,
}

/// A payment or a credit note: what of it was not paid back.
#[derive(Debug)]
struct Paying {
    account: Account,
    at: (Timestamp, Position),
    amount: i128,
    /// That it names.
    invoices: Vec<ObjectId>,
}

/// Settles all of them. Payments are in the order in which they happened.
pub(super) fn settle(mut invoices: Vec<Invoice>, notes: Credits, payments: Vec<Payment>) -> Settled {
    invoices.sort_unstable_by_key(|one| (one.account, one.due, one.issued, one.id));
    let mut settled = Settled { invoices, ..Settled::default() };
    let mut places: HashMap<ObjectId, Vec<usize>> = HashMap::new();
    for (place, invoice) in settled.invoices.iter().enumerate() {
        places.entry(invoice.id).or_default().push(place);
    }
    let note = |(account, note): (Account, Credit)| {
        let (at, amount) = (note.at, note.amount);
        Paying { account, at, amount, invoices: Vec::new() }
    };
    let mut paying: Vec<Paying> = notes.into_iter().map(note).collect();
    let mut back = Vec::new();
    for Payment { at, account: named, amount, invoices } in payments {
        let account = settled.account_of(named, &invoices, &places);
        if account != named {
            settled.by_invoice.push((account, at.1));
        }
        let into = if amount < 0 { &mut back } else { &mut paying };
        into.push(Paying { account, at, amount, invoices });
    }
    paying.sort_by_key(|one| one.at);
    settled.pay_back(back, &mut paying);

    let mut credits: BTreeMap<Account, Vec<Credit>> = BTreeMap::new();
    for Paying { account, at, amount, invoices } in paying {
        if invoices.is_empty() {
            credits.entry(account).or_default().push(Credit { at, amount });
        } else {
            let rest = settled.pay_named(account, &invoices, (amount, at.0), &places);
            if rest > 0 {
                settled.too_much(account, at.1, rest);
            }
        }
    }
    for (account, credits) in credits {
        settled.pay_open(account, credits);
    }
    settled
}

impl Settled {
    /// Of these invoices those that are in a currency, the one that is due first before the others.
    fn named(
        &self,
        invoices: &[ObjectId],
        places: &HashMap<ObjectId, Vec<usize>>,
        is_in: impl Fn(Symbol) -> bool,
    ) -> Vec<usize> {
        let all = invoices.iter().filter_map(|id| places.get(id)).flatten().copied();
        let mut named: Vec<_> = all
            .filter_map(|place| {
                let one = self.invoices.get(place).filter(|one| is_in(one.account.currency))?;
                Some(((one.due, one.issued, one.id), place))
            })
            .collect();
        named.sort_unstable();
        named.dedup();
        named.into_iter().map(|(_, place)| place).collect()
    }

    /// Whose a payment is. One that names no customer is of the customer of the first invoice that it names: in its own
    /// currency, or else in any.
    fn account_of(
        &self,
        account: Account,
        invoices: &[ObjectId],
        places: &HashMap<ObjectId, Vec<usize>>,
    ) -> Account {
        if account.customer != ObjectId::NOBODY {
            return account;
        }
        let own = self.named(invoices, places, |currency| currency == account.currency);
        let any = own.into_iter().chain(self.named(invoices, places, |_| true));
        let mut customers = any.filter_map(|place| Some(self.invoices.get(place)?.account.customer));
        let customer = customers.find(|customer| *customer != ObjectId::NOBODY).unwrap_or(ObjectId::NOBODY);
        Account { customer, ..account }
    }

    /// Takes what was paid back off what was paid last: to the invoices that it names, then by its customer at all. What
    /// goes beyond that is a credit below 0.
    fn pay_back(&mut self, back: Vec<Paying>, paying: &mut [Paying]) {
        let mut by_account: HashMap<Account, Vec<usize>> = HashMap::new();
        for (place, one) in paying.iter().enumerate() {
            by_account.entry(one.account).or_default().push(place);
        }
        for back in back {
            let mut rest = -back.amount;
            let own = by_account.get(&back.account).map_or(&[][..], Vec::as_slice);
            let names_same = |one: &Paying| one.invoices.iter().any(|id| back.invoices.contains(id));
            // Two payments without a customer may come from different people.
            let is_one = back.account.customer != ObjectId::NOBODY;
            for is_named in [true, false] {
                for place in own.iter().rev().filter(|_| is_named || is_one) {
                    let Some(one) = paying.get_mut(*place).filter(|one| !is_named || names_same(one)) else {
                        continue;
                    };
                    let taken = rest.min(one.amount);
                    one.amount -= taken;
                    rest -= taken;
                }
            }
            if rest > 0 {
                self.too_much(back.account, back.at.1, -rest);
            }
        }
    }

    /// Pays the invoices that a payment names: what is left.
    fn pay_named(
        &mut self,
        account: Account,
        invoices: &[ObjectId],
        (amount, at): (i128, Timestamp),
        places: &HashMap<ObjectId, Vec<usize>>,
    ) -> i128 {
        let mut rest = amount;
        for place in self.named(invoices, places, |currency| currency == account.currency) {
            if let Some(invoice) = self.invoices.get_mut(place) {
                rest -= invoice.pay(rest, at);
            }
        }
        rest
    }

    /// Pays what is open of an account, with what came first first.
    fn pay_open(&mut self, account: Account, mut credits: Vec<Credit>) {
        credits.sort_unstable_by_key(|credit| credit.at);
        if account.customer == ObjectId::NOBODY {
            let nobodys = credits.iter().map(|credit| (account.currency, credit.at.1, credit.amount));
            self.nobodys.extend(nobodys);
            return;
        }
        let from = self.invoices.partition_point(|one| one.account < account);
        let to = self.invoices.partition_point(|one| one.account <= account);
        let mut open = self.invoices.get_mut(from..to).unwrap_or_default().iter_mut();
        let mut next = open.next();
        let mut rest_of_all = 0;
        for credit in credits {
            let mut rest = credit.amount;
            while let Some(invoice) = next.as_deref_mut()
                && rest > 0
            {
                rest -= invoice.pay(rest, credit.at.0);
                if invoice.open == 0 {
                    next = open.next();
                }
            }
            rest_of_all += rest;
        }
        *self.credit.entry(account).or_default() += rest_of_all;
    }

    /// Below 0 where more was paid back than paid.
    fn too_much(&mut self, account: Account, position: Position, rest: i128) {
        if account.customer == ObjectId::NOBODY {
            self.nobodys.push((account.currency, position, rest));
        } else {
            *self.credit.entry(account).or_default() += rest;
        }
    }
}

impl Invoice {
    /// Pays of it at most so much: how much that was.
    fn pay(&mut self, most: i128, at: Timestamp) -> i128 {
        let paid = most.min(self.open);
        self.open -= paid;
        if paid > 0 {
            self.paid = self.paid.max(at);
        }
        paid
    }
}
