//! What each customer bought, and when: read from the store once, and summed up customer by customer.

use rapport_model::Timestamp;

use super::{
    params::RetentionParams,
    rhythm::{Occasion, Rhythm},
};
use crate::{
    answers::AskError,
    calendar::{day_number, last_day_before},
    model::figures::Counted,
    read::Rows,
    rows::{Identity, ObjectId, Symbols},
    table::{Field as _, Filter, GroupKey, Measure},
};

/// One purchase, by whoever stands for its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Purchase {
    pub(super) customer: ObjectId,
    id: ObjectId,
    pub(super) at: Timestamp,
}

/// All purchases until T, each once, those of one customer beside each other and in order.
#[derive(Debug, Default)]
pub(super) struct Bought {
    purchases: Vec<Purchase>,
}

/// What one customer's purchases come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Customer {
    pub(super) party: ObjectId,
    /// Its first purchase, and the number of its day.
    pub(super) first: Occasion,
    /// At the beginning of the window before, of the window, and at its end; `None` before the first purchase.
    pub(super) at: [Option<Rhythm>; 3],
    /// At T.
    pub(super) now: Option<Rhythm>,
    /// Purchases in the window before and in the window.
    pub(super) purchases: [usize; 2],
}

impl Bought {
    /// Asks the store: the first moment of each purchase.
    pub(super) fn read(
        rows: &dyn Rows,
        params: &RetentionParams,
        symbols: &Symbols,
        identity: &Identity,
    ) -> Result<Self, AskError> {
        let mut purchases = Vec::new();
        let Some(filter) = in_currency(params.source.purchases(params.always), params, symbols) else {
            return Ok(Self::default());
        };
        let by = [GroupKey::Column("customer"), GroupKey::Column(params.source.id())];
        let (table, first) = (params.source.table(), [Measure::First]);
        rows.group(table, &filter, params.as_of, &by, &first, &mut |keys, measured| {
            if let ([customer, id], [first]) = (keys, measured) {
                let party = ObjectId::of(customer).unwrap_or(ObjectId::NOBODY);
                purchases.push(Purchase {
                    customer: identity.canonical(party),
                    id: ObjectId::of(id).unwrap_or_default(),
                    at: Timestamp::from_micros(i64::try_from(*first).unwrap_or(i64::MAX)),
                });
            }
            Ok(())
        })?;
        // An order that is recorded under two ids of one customer is one purchase, when the first of them was.
        purchases.sort_unstable();
        purchases.dedup_by_key(|purchase| (purchase.customer, purchase.id));
        purchases.sort_unstable_by_key(|purchase| (purchase.customer, purchase.at));
        Ok(Self { purchases })
    }

    /// The purchases of each customer in order, without those that name none.
    pub(super) fn of_each(&self) -> impl Iterator<Item = &[Purchase]> {
        let known = self.purchases.partition_point(|one| one.customer == ObjectId::NOBODY);
        self.purchases.get(known..).unwrap_or_default().chunk_by(|a, b| a.customer == b.customer)
    }

    /// Purchases before a moment that name no customer.
    pub(super) fn of_nobody(&self, params: &RetentionParams) -> impl Iterator<Item = Counted> + Clone {
        let (source, end) = (params.source, params.window.to);
        let nobodys = self.purchases.iter().take_while(|one| one.customer == ObjectId::NOBODY);
        nobodys.filter(move |one| one.at < end).map(move |one| source.counted(one.id))
    }

    /// Every customer, by number.
    pub(super) fn customers(&self, params: &RetentionParams) -> Vec<Customer> {
        let zone = &params.zone;
        let ends = [params.before.from, params.window.from, params.window.to, params.always.to];
        let ends = ends.map(|end| (end, last_day_before(end, zone)));
        let (mut days, mut room) = (Vec::new(), Vec::new());
        let mut customers = Vec::new();
        for purchases in self.of_each() {
            days.clear();
            days.extend(purchases.iter().map(|one| Occasion { at: one.at, day: day_number(one.at, zone) }));
            let (Some(of), Some(first)) = (purchases.first(), days.first()) else { continue };
            let [start_before, start, end, now] = ends.map(|(end, last_day)| {
                let until = days.partition_point(|one| one.at < end);
                (until, Rhythm::of(days.get(..until).unwrap_or_default(), last_day, &mut room))
            });
            customers.push(Customer {
                party: of.customer,
                first: *first,
                at: [start_before.1, start.1, end.1],
                now: now.1,
                purchases: [start.0 - start_before.0, end.0 - start.0],
            });
        }
        customers
    }
}

impl Customer {
    /// Whether it was active at each of the three moments.
    pub(super) fn active(&self, params: &RetentionParams) -> [bool; 3] {
        self.at.map(|rhythm| rhythm.is_some_and(|rhythm| rhythm.is_active(params.inactive_days)))
    }

    pub(super) const fn counted(&self) -> Counted {
        Counted::party(self.party)
    }
}

/// Only what is in the currency that is asked for; `None` when nothing can be.
pub(super) fn in_currency(filter: Filter, params: &RetentionParams, symbols: &Symbols) -> Option<Filter> {
    match &params.currency {
        None => Some(filter),
        Some(code) => symbols.get(code).map(|code| filter.and("currency", vec![code.cell()])),
    }
}
