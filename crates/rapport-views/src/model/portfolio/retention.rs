//! Revenue retention: what the customers of the window before are worth in this one.

use hashbrown::HashMap;

use super::params::PortfolioParams;
use crate::{
    answers::window::Window,
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol},
    table::{CURRENCY, CUSTOMER, Field as _, GroupKey, Measure},
};

/// What one customer bought in one window.
#[derive(Debug, Clone, Copy, Default)]
struct Worth {
    net: i128,
    has_bought: bool,
}

/// Of one currency: customers by what became of them, and how much they are worth more, or less.
#[derive(Debug, Default)]
pub(super) struct Retention {
    pub(super) customers: Vec<ObjectId>,
    pub(super) start: i128,
    pub(super) expanded: Vec<ObjectId>,
    pub(super) expansion: i128,
    pub(super) contracted: Vec<ObjectId>,
    pub(super) contraction: i128,
    pub(super) churned: Vec<ObjectId>,
    pub(super) churn: i128,
}

impl Retention {
    pub(super) const fn end(&self) -> i128 {
        self.start + self.expansion - self.contraction - self.churn
    }

    fn add(&mut self, customer: ObjectId, before: Worth, now: Worth) {
        self.customers.push(customer);
        self.start += before.net;
        let more = now.net - before.net;
        if !now.has_bought {
            self.churned.push(customer);
            self.churn -= more;
        } else if more > 0 {
            self.expanded.push(customer);
            self.expansion += more;
        } else if more < 0 {
            self.contracted.push(customer);
            self.contraction -= more;
        }
    }
}

type Worths = HashMap<(ObjectId, Symbol), Worth>;

/// By currency.
pub(super) fn read(
    rows: &dyn Rows,
    params: &PortfolioParams,
    identity: &Identity,
) -> Result<HashMap<Symbol, Retention>, ReadError> {
    let before = worths(rows, params, identity, params.before)?;
    let now = worths(rows, params, identity, params.window)?;
    let mut retention: HashMap<Symbol, Retention> = HashMap::new();
    for ((customer, currency), before) in before.into_iter().filter(|(_, before)| before.has_bought) {
        let now = now.get(&(customer, currency)).copied().unwrap_or_default();
        retention.entry(currency).or_default().add(customer, before, now);
    }
    Ok(retention)
}

fn worths(
    rows: &dyn Rows,
    params: &PortfolioParams,
    identity: &Identity,
    window: Window,
) -> Result<Worths, ReadError> {
    let source = params.source;
    let by = [CUSTOMER, CURRENCY, source.op()].map(GroupKey::Column);
    let (lines, measures) = (source.lines(window), [Measure::Sum("net_minor_units")]);
    let mut worths = Worths::new();
    rows.group(source.table(), &lines, params.as_of, &by, &measures, &mut |keys, measured| {
        let ([customer, currency, op], [net]) = (keys, measured) else { return Ok(()) };
        let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
        if customer != ObjectId::NOBODY {
            let currency = Symbol::of(currency).unwrap_or_default();
            let worth = worths.entry((customer, currency)).or_default();
            worth.net += net;
            worth.has_bought |= source.is_purchase(op);
        }
        Ok(())
    })?;
    Ok(worths)
}
