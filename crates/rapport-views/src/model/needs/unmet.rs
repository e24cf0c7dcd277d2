//! What is not satisfied, by code.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rapport_proto::{time, v1};

use super::{need::Need, params::NeedsParams};
use crate::{
    calendar::LAST,
    model::{
        figures::{Counted, Figures},
        sums::sum,
    },
    read::{ReadError, Rows},
    rows::{Identity, NeedStep, ObjectId, Symbol, Symbols},
    table::{CURRENCY, CUSTOMER, Field as _, GroupKey, Measure},
};

/// A row without its revenue, and whose needs it counts.
pub(super) struct Unmet {
    row: v1::UnmetNeed,
    customers: BTreeSet<ObjectId>,
}

/// Whether a need is open, or was closed as unmet in the period.
fn is_unmet(need: &Need, params: &NeedsParams) -> bool {
    match need.state {
        _ if need.identified.is_none() => false,
        NeedStep::Identified => true,
        NeedStep::Unmet => need.closed.is_some_and(|at| params.window.contains(at)),
        NeedStep::Satisfied | NeedStep::Obsolete => false,
    }
}

/// Each with the largest weight of its needs. Added from the smallest on: the sum of floating-point numbers depends on the
/// order, and numbers of customers differ between stores.
fn weight(needs: &[&Need]) -> f64 {
    let mut largest: HashMap<ObjectId, f64> = HashMap::new();
    for need in needs.iter().filter(|need| need.customer != ObjectId::NOBODY) {
        let weight = largest.entry(need.customer).or_insert(0.0);
        *weight = weight.max(need.weight());
    }
    let mut weights: Vec<f64> = largest.into_values().collect();
    weights.sort_unstable_by(f64::total_cmp);
    weights.into_iter().fold(0.0, |sum, weight| sum + weight)
}

/// The heaviest first, equal ones by customers, then needs, then code.
pub(super) fn unmet(
    needs: &[Need],
    params: &NeedsParams,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Vec<Unmet> {
    let mut by_code: BTreeMap<&str, Vec<&Need>> = BTreeMap::new();
    for need in needs.iter().filter(|need| is_unmet(need, params)) {
        by_code.entry(symbols.text(need.code)).or_default().push(need);
    }
    let mut all: Vec<Unmet> =
        by_code.into_iter().map(|(code, own)| of_code(code, &own, params, figures)).collect();
    // What is equal stays ordered by its code.
    all.sort_by(|one, other| {
        let needs = |of: &Unmet| of.row.needs.as_ref().map_or(0, |figure| figure.count);
        let by_weight = other.row.weight.total_cmp(&one.row.weight);
        let by_customers = other.customers.len().cmp(&one.customers.len());
        by_weight.then(by_customers).then_with(|| needs(other).cmp(&needs(one)))
    });
    all
}

fn of_code(code: &str, own: &[&Need], params: &NeedsParams, figures: &mut Figures) -> Unmet {
    let customers: BTreeSet<ObjectId> =
        own.iter().map(|need| need.customer).filter(|one| *one != ObjectId::NOBODY).collect();
    if figures.parts() == ["rows", code, "customers"] {
        let events = own.iter().flat_map(|need| {
            let thing = (Counted::party(need.customer), need.customer);
            need.events.iter().map(move |event| (thing.0, thing.1, event.position))
        });
        figures.beside(events.collect::<Vec<_>>());
    }
    let mut count = |what, is_in: &dyn Fn(&Need) -> bool| {
        let counted = own.iter().filter(|need| is_in(need)).map(|need| need.thing());
        figures.count(&["rows", code, what], counted)
    };
    let oldest = own.iter().filter_map(|need| need.identified).min();
    debug_assert!(own.iter().all(|need| is_unmet(need, params)), "a row counts what is not satisfied");
    let row = v1::UnmetNeed {
        code: code.to_owned(),
        needs: count("needs", &|_| true),
        open: count("open", &|need| need.is(NeedStep::Identified)),
        unmet: count("unmet", &|need| need.is(NeedStep::Unmet)),
        customers: figures
            .count(&["rows", code, "customers"], customers.iter().map(|one| Counted::party(*one))),
        weight: weight(own),
        weighed: own.iter().filter(|need| need.is_weighed()).count() as u64,
        oldest: oldest.map(|at| time::to_proto(at.min(LAST))),
        revenue: Vec::new(),
    };
    Unmet { row, customers }
}

/// What customers bought in the twelve months until T, merges resolved, by currency.
#[derive(Debug, Default)]
pub(super) struct Revenue(HashMap<ObjectId, Vec<(Symbol, i128)>>);

impl Revenue {
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        params: &NeedsParams,
    ) -> Result<Self, ReadError> {
        let mut revenue = Self::default();
        let by = [GroupKey::Column(CUSTOMER), GroupKey::Column(CURRENCY)];
        let (table, lines) = (params.source.table(), params.source.lines(params.year));
        let net = [Measure::Sum("net_minor_units")];
        rows.group(table, &lines, params.as_of, &by, &net, &mut |keys, measured| {
            if let ([customer, currency], [net]) = (keys, measured) {
                let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
                let currency = Symbol::of(currency).unwrap_or_default();
                revenue.0.entry(customer).or_default().push((currency, *net));
            }
            Ok(())
        })?;
        Ok(revenue)
    }
}

impl Unmet {
    /// With what its customers bought.
    pub(super) fn message(&self, revenue: &Revenue, symbols: &Symbols) -> v1::UnmetNeed {
        let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
        let bought = self.customers.iter().filter_map(|customer| revenue.0.get(customer)).flatten();
        for (currency, net) in bought.filter(|(currency, _)| *currency != Symbol::default()) {
            *sums.entry(symbols.text(*currency)).or_default() += net;
        }
        let of = |(code, net): (&str, i128)| v1::NeedRevenue { currency: code.to_owned(), revenue: sum(net) };
        v1::UnmetNeed { revenue: sums.into_iter().map(of).collect(), ..self.row.clone() }
    }
}
