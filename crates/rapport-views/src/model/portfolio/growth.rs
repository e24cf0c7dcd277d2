//! Cross-sell and up-sell: what customers bought beside, and beyond, what they had bought before.
//!
//! What one order has in one category counts as one purchase here. Purchases of one instant have no order among them: each
//! is compared with those before the instant, of several with the most expensive one.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use rapport_model::Timestamp;

use super::params::PortfolioParams;
use crate::{
    answers::window::Window,
    model::firsts::Firsts,
    read::{ReadError, Rows},
    rows::{ObjectId, Symbol},
    table::{CURRENCY, CUSTOMER, Field as _, GroupKey, Measure},
};

/// What was bought in one currency.
#[derive(Debug, Default)]
pub(super) struct Growth {
    /// With a category.
    pub(super) purchases: HashSet<ObjectId>,
    pub(super) cross_sell: HashSet<ObjectId>,
    pub(super) cross_sell_net: i128,
    pub(super) up_sell: HashSet<ObjectId>,
    pub(super) up_sell_net: i128,
    pub(super) up_sell_increase: i128,
}

/// What one order has in one category.
#[derive(Debug, Clone, Copy)]
struct Bought {
    customer: ObjectId,
    category: Symbol,
    currency: Symbol,
    at: Timestamp,
    net: i128,
    purchase: ObjectId,
}

/// When something was bought last, and for how much at most.
type Last = (Timestamp, i128);

/// By currency.
pub(super) fn read(
    rows: &dyn Rows,
    params: &PortfolioParams,
    firsts: &mut Firsts<'_>,
) -> Result<HashMap<Symbol, Growth>, ReadError> {
    let mut bought = Vec::new();
    each(rows, params, firsts.identity, params.window, |one| bought.push(one))?;
    bought.iter().for_each(|one| firsts.bought(one.customer, one.at));
    bought.retain(|one| one.category != Symbol::default());
    let now: HashSet<ObjectId> = bought.iter().map(|one| one.customer).collect();
    let mut known: HashSet<(ObjectId, Symbol)> = HashSet::new();
    let mut last: HashMap<(ObjectId, Symbol, Symbol), Last> = HashMap::new();
    let before = Window { from: Timestamp::MIN, to: params.window.from };
    each(rows, params, firsts.identity, before, |one| {
        if now.contains(&one.customer) {
            known.insert((one.customer, one.category));
            let latest = last.entry((one.customer, one.category, one.currency)).or_insert((one.at, one.net));
            // The later moment first, then the higher amount.
            *latest = (*latest).max((one.at, one.net));
        }
    })?;
    let mut growth: HashMap<Symbol, Growth> = HashMap::new();
    for one in &bought {
        growth.entry(one.currency).or_default().purchases.insert(one.purchase);
    }
    cross_sell(&bought, &known, firsts, &mut growth);
    up_sell(&bought, last, &mut growth);
    Ok(growth)
}

/// The first purchases in a category that the customer had not bought in, by customers who had bought.
fn cross_sell(
    bought: &[Bought],
    known: &HashSet<(ObjectId, Symbol)>,
    firsts: &Firsts<'_>,
    growth: &mut HashMap<Symbol, Growth>,
) {
    let mut begun: HashMap<(ObjectId, Symbol), Timestamp> = HashMap::new();
    for one in bought {
        let first = begun.entry((one.customer, one.category)).or_insert(one.at);
        *first = one.at.min(*first);
    }
    for one in bought {
        let place = (one.customer, one.category);
        let is_new = !known.contains(&place) && begun.get(&place) == Some(&one.at);
        if is_new && !firsts.is_first(one.customer, one.at) {
            let growth = growth.entry(one.currency).or_default();
            growth.cross_sell.insert(one.purchase);
            growth.cross_sell_net += one.net;
        }
    }
}

/// Purchases that are worth more than the one before in the same category and currency.
fn up_sell(
    bought: &[Bought],
    mut last: HashMap<(ObjectId, Symbol, Symbol), Last>,
    growth: &mut HashMap<Symbol, Growth>,
) {
    let mut instants: BTreeMap<Timestamp, Vec<&Bought>> = BTreeMap::new();
    for one in bought {
        instants.entry(one.at).or_default().push(one);
    }
    for together in instants.values() {
        let place = |one: &Bought| (one.customer, one.category, one.currency);
        for one in together {
            let Some((_, previous)) = last.get(&place(one)).filter(|(_, net)| one.net > *net) else {
                continue;
            };
            let growth = growth.entry(one.currency).or_default();
            growth.up_sell.insert(one.purchase);
            growth.up_sell_net += one.net;
            growth.up_sell_increase += one.net - previous;
        }
        for one in together {
            let latest = last.entry(place(one)).or_insert((one.at, one.net));
            *latest = (*latest).max((one.at, one.net));
        }
    }
}

/// What each order of a known customer has in each category, merges resolved.
fn each(
    rows: &dyn Rows,
    params: &PortfolioParams,
    identity: &crate::rows::Identity,
    window: Window,
    mut take: impl FnMut(Bought),
) -> Result<(), ReadError> {
    let source = params.source;
    let by = [CUSTOMER, "category", CURRENCY, source.id()].map(GroupKey::Column);
    let measures = [Measure::Sum("net_minor_units"), Measure::First];
    let purchases = source.purchases(window);
    rows.group(source.table(), &purchases, params.as_of, &by, &measures, &mut |keys, measured| {
        let ([customer, category, currency, purchase], [net, first]) = (keys, measured) else {
            return Ok(());
        };
        let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
        let at = i64::try_from(*first).map(Timestamp::from_micros);
        if let (Ok(at), true) = (at, customer != ObjectId::NOBODY) {
            take(Bought {
                customer,
                category: Symbol::of(category).unwrap_or_default(),
                currency: Symbol::of(currency).unwrap_or_default(),
                at,
                net: *net,
                purchase: ObjectId::of(purchase).unwrap_or_default(),
            });
        }
        Ok(())
    })
}
