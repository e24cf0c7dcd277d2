//! What customers bought by a moment, added up by the store, with merged parties as one.

use hashbrown::HashMap;
use rapport_model::Timestamp;

use crate::{
    answers::{AsOf, window::Window},
    model::purchases::Source,
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol},
    table::{Field as _, Filter, GroupKey, Measure},
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
    /// What everybody bought, nobody included.
    pub(super) fn bought(
        &self,
        rows: &dyn Rows,
        identity: &Identity,
    ) -> Result<HashMap<Key, Bought>, ReadError> {
        let mut all: HashMap<Key, Bought> = HashMap::new();
        let mut of = |keys: &[_], add: &mut dyn FnMut(&mut Bought)| {
            if let [customer, currency, ..] = keys {
                let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
                add(all.entry((customer, Symbol::of(currency).unwrap_or_default())).or_default());
            }
        };
        let [customer, currency] = BY;
        let by = [customer, currency, GroupKey::Column(self.source.op())];
        let measures = [Measure::Sum("net_minor_units"), Measure::Distinct(self.source.id()), Measure::Last];
        let lines = self.source.lines(self.window);
        rows.group(self.source.table(), &lines, self.as_of, &by, &measures, &mut |keys, measured| {
            let ([.., op], [net, purchases, last]) = (keys, measured) else { return Ok(()) };
            let is_purchase = self.source.is_purchase(op);
            of(keys, &mut |bought| {
                bought.revenue += *net;
                if is_purchase {
                    bought.purchases += u64::try_from(*purchases).unwrap_or_default();
                    bought.last = bought.last.max(moment(*last));
                }
            });
            Ok(())
        })?;
        rows.group(
            self.source.table(),
            &self.earlier(),
            self.as_of,
            &BY,
            &[Measure::Last],
            &mut |keys, measured| {
                let last = measured.first().copied().and_then(moment);
                of(keys, &mut |bought| {
                    bought.earlier = true;
                    bought.last = bought.last.max(last);
                });
                Ok(())
            },
        )?;
        Ok(all)
    }

    /// The purchases before the period.
    pub(super) fn earlier(&self) -> Filter {
        self.source.purchases(Window { from: Timestamp::MIN, to: self.window.from })
    }

    /// The purchases behind the period, until T.
    pub(super) fn later(&self) -> Filter {
        self.source.purchases(Window { from: self.window.to, to: Timestamp::MAX })
    }
}

fn moment(micros: i128) -> Option<Timestamp> {
    i64::try_from(micros).ok().map(Timestamp::from_micros)
}
