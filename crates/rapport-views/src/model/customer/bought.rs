//! What one customer bought, by the rules of all models: an order is worth its lines that were placed, returned and
//! amended; a cancelled order is not a purchase. Without orders, an invoice is a purchase and a credit note takes back.

use std::collections::BTreeMap;

use hashbrown::HashSet;
use rapport_model::{Position, Timestamp};
use rapport_proto::{
    time,
    v1::{CustomerPurchases, PurchasesFrom},
};

use super::{
    counter::{Counter, Events},
    numbered::{Numbered, is_of_purchases},
};
use crate::{
    answers::window::Window,
    model::sums::sum,
    projection::{Believed, invoice::INVOICES, purchase::PURCHASES},
    rows::{InvoiceKind, InvoiceLine, ObjectId, PurchaseLine, PurchaseOp, Symbol},
    table::NotARow,
};

/// A line of an order or of an invoice.
#[derive(Debug, Clone, Copy)]
struct Line {
    purchase: ObjectId,
    at: Timestamp,
    position: Position,
    net: i64,
    currency: Symbol,
    is_purchase: bool,
}

/// Lines in order.
#[derive(Debug, Default)]
pub(super) struct Bought {
    orders: Vec<Line>,
    cancelled: HashSet<ObjectId>,
    invoices: Vec<Line>,
    has_orders: bool,
    has_invoices: bool,
}

/// What was bought in one currency.
#[derive(Debug, Default)]
struct InCurrency {
    ever: BTreeMap<ObjectId, Events>,
    in_year: BTreeMap<ObjectId, Events>,
    ever_value: i128,
    in_year_value: i128,
    last: Option<Timestamp>,
}

impl Bought {
    /// Takes an event.
    pub(super) fn take(&mut self, believed: &Believed<'_>, numbered: &mut Numbered) -> Result<(), NotARow> {
        if !is_of_purchases(believed.kind) {
            return Ok(());
        }
        for line in numbered.rows::<PurchaseLine>(&PURCHASES, believed)? {
            self.has_orders = true;
            if line.op == PurchaseOp::Cancelled {
                self.cancelled.insert(line.order);
                continue;
            }
            self.orders.push(Line {
                purchase: line.order,
                at: line.occurred_at,
                position: line.position,
                net: line.net_minor_units,
                currency: line.currency,
                is_purchase: line.op == PurchaseOp::Placed,
            });
        }
        for line in numbered.rows::<InvoiceLine>(&INVOICES, believed)? {
            self.has_invoices = true;
            self.invoices.push(Line {
                purchase: line.invoice,
                at: line.occurred_at,
                position: line.position,
                net: line.net_minor_units,
                currency: line.currency,
                is_purchase: line.kind == InvoiceKind::Invoice,
            });
        }
        Ok(())
    }

    /// What is taken as a purchase, if the request does not say it.
    pub(super) const fn source(&self, asked: PurchasesFrom) -> PurchasesFrom {
        match asked {
            PurchasesFrom::Unspecified if self.has_invoices && !self.has_orders => PurchasesFrom::Invoices,
            PurchasesFrom::Unspecified | PurchasesFrom::Orders => PurchasesFrom::Orders,
            PurchasesFrom::Invoices => PurchasesFrom::Invoices,
        }
    }

    /// A row a currency, by code.
    pub(super) fn wire(
        &self,
        source: PurchasesFrom,
        year: Window,
        numbered: &Numbered,
        counter: &mut Counter<'_>,
    ) -> Vec<CustomerPurchases> {
        let lines = if source == PurchasesFrom::Invoices { &self.invoices } else { &self.orders };
        let is_cancelled =
            |line: &&Line| source == PurchasesFrom::Orders && self.cancelled.contains(&line.purchase);
        let mut currencies: BTreeMap<&str, InCurrency> = BTreeMap::new();
        for line in lines.iter().filter(|line| !is_cancelled(line)) {
            let currency = currencies.entry(numbered.symbols.text(line.currency)).or_default();
            currency.take(line, year);
        }
        currencies.into_iter().map(|(code, currency)| currency.wire(code, counter)).collect()
    }
}

impl InCurrency {
    fn take(&mut self, line: &Line, year: Window) {
        let is_in_year = year.contains(line.at);
        self.ever_value += i128::from(line.net);
        self.in_year_value += if is_in_year { i128::from(line.net) } else { 0 };
        if line.is_purchase {
            self.last = self.last.max(Some(line.at));
            self.ever.entry(line.purchase).or_default().add(line.position);
            if is_in_year {
                self.in_year.entry(line.purchase).or_default().add(line.position);
            }
        }
    }

    fn wire(&self, code: &str, counter: &mut Counter<'_>) -> CustomerPurchases {
        let value = |value: i128| if code.is_empty() { None } else { sum(value) };
        CustomerPurchases {
            currency: code.to_owned(),
            in_year: counter.count(&["purchases", "in_year", code], self.in_year.values()),
            in_year_value: value(self.in_year_value),
            ever: counter.count(&["purchases", "ever", code], self.ever.values()),
            ever_value: value(self.ever_value),
            last: self.last.map(time::to_proto),
        }
    }
}
