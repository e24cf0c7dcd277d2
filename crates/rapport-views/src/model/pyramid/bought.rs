//! What customers bought by a moment, added up by the store, with merged parties as one.

use hashbrown::HashMap;
use rapport_model::Timestamp;

use crate::{
    answers::{AsOf, window::Window},
    model::purchases::Source,
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol},
    table::{Cell, Field as _, Filter, GroupKey, Measure},
};

/// A customer, merges resolved, and a currency.
pub(super) type Key = (ObjectId, Symbol);

/// What one customer bought in one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bought {
    /// What was charged in the period.
    pub(super) revenue: i128,
    /// Purchases in the period.
    pub(super) purchases: u64,
    /// The last purchase before the end of the period.
    pub(super) last: Option<Timestamp>,
    /// Whether there was a purchase before the period.
    pub(super) earlier: bool,
    /// Whether there was one behind the period, until T.
    pub(super) later: bool,
}

/// A period, and as of when it is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Period {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    pub(super) window: Window,
}

const BY: [GroupKey<'static>; 2] = [GroupKey::Column("customer"), GroupKey::Column("currency")];

impl Period {
    /// What each customer bought until T; purchases without a customer are under [`ObjectId::NOBODY`].
    pub(super) fn bought(
        &self,
        rows: &dyn Rows,
        identity: &Identity,
    ) -> Result<HashMap<Key, Bought>, ReadError> {
        self.bought_in(Window { from: Timestamp::MIN, to: Timestamp::MAX }, rows, identity)
    }

    /// Purchases of the period alone, by customer and currency; those without a customer are under [`ObjectId::NOBODY`].
    pub(super) fn bought_within(
        &self,
        rows: &dyn Rows,
        identity: &Identity,
    ) -> Result<HashMap<Key, Bought>, ReadError> {
        self.bought_in(self.window, rows, identity)
    }

    fn bought_in(
        &self,
        window: Window,
        rows: &dyn Rows,
        identity: &Identity,
    ) -> Result<HashMap<Key, Bought>, ReadError> {
        let mut all: HashMap<Key, Bought> = HashMap::new();
        let mut moments = vec![Timestamp::MIN, self.window.from, self.window.to];
        moments.dedup();
        let [customer, currency] = BY;
        let by = [customer, currency, GroupKey::Column(self.source.op()), GroupKey::Since(&moments)];
        let measures = [Measure::Sum("net_minor_units"), Measure::Distinct(self.source.id()), Measure::Last];
        let lines = self.source.lines(window);
        rows.group(self.source.table(), &lines, self.as_of, &by, &measures, &mut |keys, measured| {
            let ([.., op, since], [net, purchases, last]) = (keys, measured) else { return Ok(()) };
            let Some((key, since)) = key(keys, identity).zip(Timestamp::of(since)) else { return Ok(()) };
            let is_purchase = self.source.is_purchase(op);
            let (is_earlier, is_later) = (since < self.window.from, since >= self.window.to);
            if (is_earlier || is_later) && !is_purchase {
                return Ok(());
            }
            let bought = all.entry(key).or_default();
            if is_later {
                bought.later = true;
                return Ok(());
            }
            if is_purchase {
                bought.last = bought.last.max(moment(*last));
            }
            if is_earlier {
                bought.earlier = true;
                return Ok(());
            }
            bought.revenue += *net;
            if is_purchase {
                bought.purchases += u64::try_from(*purchases).unwrap_or_default();
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// The purchases before the period.
    pub(super) fn earlier(&self) -> Filter {
        self.source.purchases(Window { from: Timestamp::MIN, to: self.window.from })
    }
}

/// Whose a group is, and in which currency.
fn key(keys: &[Cell], identity: &Identity) -> Option<Key> {
    let [customer, currency, ..] = keys else { return None };
    let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
    Some((customer, Symbol::of(currency).unwrap_or_default()))
}

fn moment(micros: i128) -> Option<Timestamp> {
    i64::try_from(micros).ok().map(Timestamp::from_micros)
}
