//! The classes of everybody, kept for a while: to class one customer all others are looked at.

use std::{
    cell::Cell,
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rapport_proto::v1::{CustomerClasses, DefinitionUse, PurchasesFrom, UnreadableDefinition};

use super::{
    AsOf,
    sums::{sum, wide},
};
use crate::rows::{Symbol, Symbols};

/// The server keeps nothing of fewer customers: it finds their classes in some milliseconds.
const CUSTOMERS_MIN: usize = 10_000;
/// How old kept classes are when newer ones are found.
const FRESH_MICROS: i64 = 60_000_000;
/// How old they are at most.
const OLD_MICROS: i64 = 600_000_000;

/// The classes of everybody, as of some moments ago. Only questions about now get them: what is asked as of a moment is
/// found for that moment.
#[derive(Debug)]
pub struct Kept {
    customers_min: usize,
    /// By what is taken as a purchase, as asked.
    classed: Mutex<HashMap<i32, Arc<Classed>>>,
    /// Whether newer ones are being found.
    renewing: AtomicBool,
}

/// What a question does with what is kept.
#[derive(Debug, Clone, Copy)]
pub struct Keeping<'a> {
    kept: &'a Kept,
    /// Set where newer ones are to be found; `None` where this question finds them.
    is_due: Option<&'a Cell<bool>>,
}

impl Default for Kept {
    fn default() -> Self {
        Self::of_at_least(CUSTOMERS_MIN)
    }
}

impl Kept {
    /// Keeps nothing of fewer customers.
    #[must_use]
    pub fn of_at_least(customers_min: usize) -> Self {
        Self { customers_min, classed: Mutex::default(), renewing: AtomicBool::new(false) }
    }

    /// A question with it takes classes that are new enough, and keeps those that it has to find. Where `is_due` is set
    /// afterwards, the caller asks the same question once more, [`Self::renewing`].
    pub const fn taking<'a>(&'a self, is_due: &'a Cell<bool>) -> Keeping<'a> {
        Keeping { kept: self, is_due: Some(is_due) }
    }

    /// A question with it finds the classes anew, whatever is kept.
    pub const fn renewing(&self) -> Keeping<'_> {
        Keeping { kept: self, is_due: None }
    }

    /// Says that the question that was asked once more has ended, with an answer or without.
    pub fn is_renewed(&self) {
        self.renewing.store(false, Ordering::Release);
    }
}

impl Keeping<'_> {
    /// The kept classes, if they are new enough.
    pub(crate) fn classed(&self, purchases_from: i32, as_of: AsOf) -> Option<Arc<Classed>> {
        let is_due = self.is_due?;
        let all = self.kept.classed.lock().unwrap_or_else(PoisonError::into_inner);
        let classed = all.get(&purchases_from)?;
        let age = as_of.occurred_until.as_micros().saturating_sub(classed.as_of.occurred_until.as_micros());
        // A ledger's clock may have been set back.
        if !(0..=OLD_MICROS).contains(&age) {
            return None;
        }
        if age > FRESH_MICROS && !self.kept.renewing.swap(true, Ordering::AcqRel) {
            is_due.set(true);
        }
        Some(Arc::clone(classed))
    }

    /// Whether those of so many customers are kept.
    pub(crate) const fn keeps(&self, customers: usize) -> bool {
        customers >= self.kept.customers_min
    }

    /// Keeps these in the place of older ones.
    pub(crate) fn keep(&self, purchases_from: i32, classed: Classed) {
        let mut all = self.kept.classed.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(purchases_from, Arc::new(classed));
        self.kept.is_renewed();
    }
}

/// The classes of everybody as of one moment, by name: numbers mean something within one snapshot alone.
#[derive(Debug)]
pub(crate) struct Classed {
    pub(crate) as_of: AsOf,
    /// What was taken as a purchase.
    pub(crate) from: PurchasesFrom,
    pub(crate) used: Vec<DefinitionUse>,
    pub(crate) unreadable: Vec<UnreadableDefinition>,
    names: Symbols,
    words: Symbols,
    /// Those of one customer beside each other, in the order of the numbers of names.
    rows: Vec<Row>,
}

/// The same as the message, in a quarter of its bytes.
#[derive(Debug)]
struct Row {
    customer: Symbol,
    currency: Symbol,
    abc: Symbol,
    xyz: Symbol,
    segment: Symbol,
    level: Symbol,
    purchases: u64,
    /// Revenue, owed, overdue; none without amounts.
    amounts: Option<[i128; 3]>,
    white_space: Option<i128>,
    alive: Option<f64>,
}

impl Classed {
    /// Without customers.
    pub(crate) fn new(as_of: AsOf, from: PurchasesFrom) -> Self {
        let (names, words) = (Symbols::new(), Symbols::new());
        Self { as_of, from, used: Vec::new(), unreadable: Vec::new(), names, words, rows: Vec::new() }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes all rows of a customer, once.
    pub(crate) fn put(&mut self, name: &str, rows: &[CustomerClasses]) {
        let customer = self.names.intern(name);
        for row in rows {
            let mut word = |text: &str| self.words.intern(text);
            let amounts = [&row.revenue, &row.owed, &row.overdue];
            let is_priced = amounts.iter().all(|amount| amount.is_some());
            self.rows.push(Row {
                customer,
                currency: word(&row.currency),
                abc: word(&row.abc),
                xyz: word(&row.xyz),
                segment: word(&row.segment),
                level: word(&row.level),
                purchases: row.purchases,
                white_space: row.white_space.as_ref().map(wide),
                alive: row.alive,
                amounts: is_priced.then(|| amounts.map(|amount| amount.as_ref().map_or(0, wide))),
            });
        }
    }

    /// The rows of a customer.
    pub(crate) fn of(&self, name: &str) -> Vec<CustomerClasses> {
        let Some(customer) = self.names.get(name) else { return Vec::new() };
        let from = self.rows.partition_point(|row| row.customer < customer);
        let own = self.rows.iter().skip(from).take_while(|row| row.customer == customer);
        let text = |symbol: Symbol| self.words.text(symbol).to_owned();
        let row = |row: &Row| {
            let [revenue, owed, overdue] =
                row.amounts.map_or([const { None }; 3], |amounts| amounts.map(sum));
            CustomerClasses {
                currency: text(row.currency),
                abc: text(row.abc),
                xyz: text(row.xyz),
                segment: text(row.segment),
                level: text(row.level),
                purchases: row.purchases,
                revenue,
                owed,
                overdue,
                white_space: row.white_space.and_then(sum),
                alive: row.alive,
            }
        };
        own.map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::Timestamp;

    use super::*;

    fn at(seconds: i64) -> AsOf {
        let moment = Timestamp::from_micros(seconds * 1_000_000);
        AsOf { occurred_until: moment, recorded_until: moment }
    }

    fn row(currency: &str, revenue: Option<i128>) -> CustomerClasses {
        let amount = revenue.and_then(sum);
        CustomerClasses {
            currency: currency.to_owned(),
            abc: "A".to_owned(),
            level: "top".to_owned(),
            purchases: 3,
            revenue: amount.clone(),
            owed: amount.clone(),
            overdue: amount.clone(),
            white_space: amount,
            alive: revenue.map(|_| 0.25),
            ..CustomerClasses::default()
        }
    }

    #[test]
    fn a_customer_has_what_was_put_and_nobody_else_has_it() {
        let mut classed = Classed::new(at(0), PurchasesFrom::Orders);
        let rows = [row("", None), row("EUR", Some(-5)), row("USD", Some(i128::from(i64::MAX) * 9))];
        classed.put("ann", &rows);
        classed.put("bob", &rows[..1]);
        assert_eq!(classed.of("ann"), rows);
        assert_eq!(classed.of("bob"), rows[..1]);
        assert_eq!(classed.of("cid"), []);
    }

    #[test]
    fn old_ones_are_found_anew_beside_and_too_old_ones_at_once() {
        let (kept, due) = (Kept::default(), Cell::new(false));
        let taking = kept.taking(&due);
        let has = |seconds| taking.classed(1, at(seconds)).is_some();
        assert!(!has(0));
        taking.keep(1, Classed::new(at(0), PurchasesFrom::Orders));
        assert!(has(0) && has(60) && !has(-1) && taking.classed(2, at(0)).is_none());
        assert!(!due.get());
        assert!(has(61) && due.take(), "one question finds newer ones");
        assert!(has(61) && has(600) && !has(601) && !due.get(), "the others do not");
        assert!(kept.renewing().classed(1, at(0)).is_none());
        kept.is_renewed();
        assert!(has(61) && due.take());
        kept.renewing().keep(1, Classed::new(at(62), PurchasesFrom::Orders));
        kept.is_renewed();
        assert!(has(122) && !due.get());
    }
}
