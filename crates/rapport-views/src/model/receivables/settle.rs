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
}

/// Settles all of them.
pub(super) fn settle(mut invoices: Vec<Invoice>, notes: Credits, payments: Vec<Payment>) -> Settled {
    invoices.sort_unstable_by_key(|one| (one.account, one.due, one.issued, one.id));
    let mut settled = Settled { invoices, ..Settled::default() };
    let mut credits: BTreeMap<Account, Vec<Credit>> = BTreeMap::new();
    let places: HashMap<(ObjectId, Symbol), usize> =
        settled.invoices.iter().map(|one| (one.id, one.account.currency)).zip(0..).collect();
    for (account, note) in notes {
        credits.entry(account).or_default().push(note);
    }
    for payment in payments {
        let credit = Credit { at: payment.at, amount: payment.amount };
        if payment.invoices.is_empty() {
            credits.entry(payment.account).or_default().push(credit);
            continue;
        }
        let (account, rest) = settled.pay_named(&payment, &places);
        if rest < 0 {
            // Paid back: less is left of what was paid before.
            credits.entry(account).or_default().push(credit);
        } else if rest > 0 {
            settled.too_much(account, payment.at.1, rest);
        }
    }
    for (account, credits) in credits {
        settled.pay_open(account, credits);
    }
    settled
}

impl Settled {
    /// Pays the invoices that a payment names: whose it is (of the first invoice, where it names no customer), and what is left.
    fn pay_named(
        &mut self,
        payment: &Payment,
        places: &HashMap<(ObjectId, Symbol), usize>,
    ) -> (Account, i128) {
        let mut account = payment.account;
        let known = payment.invoices.iter().filter_map(|id| places.get(&(*id, account.currency)));
        let mut named: Vec<usize> = known.copied().collect();
        let due = |place: &usize| self.invoices.get(*place).map(|one| (one.due, one.issued, one.id));
        named.sort_by_key(due);
        named.dedup();
        let mut rest = payment.amount;
        for place in named {
            let Some(invoice) = self.invoices.get_mut(place) else { continue };
            if account.customer == ObjectId::NOBODY {
                account = invoice.account;
            }
            if rest > 0 {
                rest -= invoice.pay(rest, payment.at.0);
            }
        }
        (account, rest)
    }

    /// Pays what is open of an account, with what came first first.
    fn pay_open(&mut self, account: Account, mut credits: Vec<Credit>) {
        credits.sort_unstable_by_key(|credit| credit.at);
        if account.customer == ObjectId::NOBODY {
            let nobodys = credits.iter().map(|credit| (account.currency, credit.at.1, credit.amount));
            self.nobodys.extend(nobodys);
            return;
        }
        let mut paid_back: i128 = credits.iter().filter(|one| one.amount < 0).map(|one| -one.amount).sum();
        // What is paid back was paid last.
        for credit in credits.iter_mut().rev().filter(|one| one.amount > 0) {
            let back = paid_back.min(credit.amount);
            credit.amount -= back;
            paid_back -= back;
        }
        let from = self.invoices.partition_point(|one| one.account < account);
        let to = self.invoices.partition_point(|one| one.account <= account);
        let mut open = self.invoices.get_mut(from..to).unwrap_or_default().iter_mut();
        let mut next = open.next();
        let mut rest_of_all = 0;
        for credit in credits.into_iter().filter(|one| one.amount > 0) {
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
        *self.credit.entry(account).or_default() += rest_of_all - paid_back;
    }

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
