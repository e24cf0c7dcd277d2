//! The models that are fitted to the customers of one currency, and what they expect of each.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rapport_model::currency_exponent;
use rapport_proto::v1::{NoValueFit, ValueFit, value_fit};

use super::{
    bought::{Customer, Days},
    params::ValueParams,
};
use crate::stats::{
    as_f64,
    bg_nbd::BgNbd,
    gamma_gamma::{GammaGamma, Spent},
    pareto_nbd::ParetoNbd,
    purchasing::{Fit, Fitted, Group, Observed},
    search::NoFit,
};

/// Fewer customers say little about how rates vary between them. The number is Rapport's own.
pub(super) const CUSTOMERS_MIN: u64 = 50;
/// Of customers who came back, for what a purchase is worth. The number is Rapport's own.
pub(super) const SPENDERS_MIN: u64 = 20;
/// Time is in weeks, as in the literature.
const WEEK_DAYS: f64 = 7.0;
/// What is expected is discounted from the end of each such part of the horizon.
const PART_DAYS: u32 = 30;
const YEAR_DAYS: f64 = 365.0;

/// A model of repeat purchases with its parameters.
#[derive(Debug, Clone, Copy)]
enum Buying {
    BgNbd(BgNbd),
    ParetoNbd(ParetoNbd),
}

/// What was fitted, and why something was not.
#[derive(Debug)]
pub(super) struct Fits {
    pub(super) purchases: ValueFit,
    pub(super) spend: ValueFit,
    buying: Option<Buying>,
    /// With how many minor units a major one has.
    spending: Option<GammaGamma>,
    minor: f64,
}

/// What a model of repeat purchases expects of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outlook {
    pub(super) alive: f64,
    /// Purchases within the horizon.
    pub(super) purchases: f64,
    /// The same, each discounted to T.
    pub(super) discounted: f64,
}

impl Buying {
    fn alive(&self, of: &Observed) -> f64 {
        match self {
            Self::BgNbd(model) => model.alive(of),
            Self::ParetoNbd(model) => model.alive(of),
        }
    }

    fn expected_alive(&self, of: &Observed, ahead: f64) -> f64 {
        match self {
            Self::BgNbd(model) => model.expected_alive(of, ahead),
            Self::ParetoNbd(model) => model.expected_alive(of, ahead),
        }
    }

    fn expected_of_any(&self, ahead: f64) -> f64 {
        match self {
            Self::BgNbd(model) => model.expected_of_any(ahead),
            Self::ParetoNbd(model) => model.expected_of_any(ahead),
        }
    }
}

impl Fits {
    /// Fits both models to all customers of a currency, in whatever order these come.
    pub(super) fn of(customers: &[Customer], code: &str, params: &ValueParams) -> Self {
        let minor = as_f64(10_i128.pow(currency_exponent(code).unwrap_or(0)));
        let (purchases, buying) = buying(customers, params.is_pareto);
        let (spend, spending) = spending(customers, minor);
        Self { purchases, spend, buying, spending, minor }
    }

    /// What is expected of customers of whom the same was observed; computed once for all of them.
    pub(super) fn outlooks(&self, customers: &[Customer], params: &ValueParams) -> HashMap<Days, Outlook> {
        let mut outlooks = HashMap::new();
        if let Some(buying) = &self.buying {
            for one in customers {
                outlooks.entry(one.days).or_insert_with(|| outlook(buying, &one.days.observed(), params));
            }
        }
        outlooks
    }

    /// How many repeat purchases the model expects of these customers until T.
    pub(super) fn repeats_expected(&self, customers: &[Customer]) -> Option<f64> {
        let buying = self.buying.as_ref()?;
        let mut by_days: BTreeMap<u32, u64> = BTreeMap::new();
        for one in customers {
            *by_days.entry(one.days.until).or_default() += 1;
        }
        let of = |(until, customers): (u32, u64)| {
            as_f64(customers.into()) * buying.expected_of_any(f64::from(until) / WEEK_DAYS)
        };
        Some(by_days.into_iter().map(of).sum())
    }

    /// What a day with a purchase of this customer is expected to be worth, in minor units. Repeat purchases that are worth
    /// less than nothing are taken as worth nothing.
    pub(super) fn expected_mean(&self, one: &Customer) -> Option<f64> {
        let mean = one.mean().unwrap_or(0.0).max(0.0) / self.minor;
        let expected = self.spending?.expected(one.days.repeats, mean)?;
        Some(expected * self.minor)
    }
}

impl Days {
    /// As models see it, in weeks.
    fn observed(self) -> Observed {
        Observed {
            repeats: self.repeats,
            last: f64::from(self.last) / WEEK_DAYS,
            until: f64::from(self.until) / WEEK_DAYS,
        }
    }
}

impl Customer {
    /// What a day with a repeat purchase is worth, in minor units.
    fn mean(&self) -> Option<f64> {
        (self.days.repeats > 0).then(|| as_f64(self.repeat_net) / f64::from(self.days.repeats))
    }

    /// Whether it came back, and for nothing that is worth something.
    pub(super) const fn is_without_worth(&self) -> bool {
        self.days.repeats > 0 && self.repeat_net <= 0
    }
}

/// The chance that a customer still buys, by BG/NBD; `None` where it cannot be fitted to these.
pub(super) fn alive(customers: &[Customer]) -> Option<impl Fn(Days) -> f64> {
    let (_, buying) = buying(customers, false);
    buying.map(|buying| move |days: Days| buying.alive(&days.observed()))
}

fn outlook(buying: &Buying, of: &Observed, params: &ValueParams) -> Outlook {
    let (mut before, mut discounted, mut day) = (0.0, 0.0, 0);
    while day < params.horizon_days {
        day = params.horizon_days.min(day + PART_DAYS);
        let until = buying.expected_alive(of, f64::from(day) / WEEK_DAYS);
        discounted += (until - before) * (1.0 + params.discount).powf(-f64::from(day) / YEAR_DAYS);
        before = until;
    }
    let alive = buying.alive(of);
    Outlook { alive, purchases: alive * before, discounted: alive * discounted }
}

fn buying(customers: &[Customer], is_pareto: bool) -> (ValueFit, Option<Buying>) {
    let name = if is_pareto { "Pareto/NBD" } else { "BG/NBD" };
    let n = customers.len() as u64;
    let none = |why| (without(name, n, why), None);
    if n < CUSTOMERS_MIN {
        return none(NoValueFit::TooFew);
    }
    if customers.iter().all(|one| one.days.repeats == 0) {
        return none(NoValueFit::NoRepeats);
    }
    let mut counted: BTreeMap<Days, u64> = BTreeMap::new();
    for one in customers {
        *counted.entry(one.days).or_default() += 1;
    }
    let group = |(days, customers): (Days, u64)| Group { observed: days.observed(), customers };
    let groups: Vec<Group> = counted.into_iter().map(group).collect();
    if is_pareto {
        said(name, n, ParetoNbd::fit(&groups), Buying::ParetoNbd)
    } else {
        said(name, n, BgNbd::fit(&groups), Buying::BgNbd)
    }
}

fn spending(customers: &[Customer], minor: f64) -> (ValueFit, Option<GammaGamma>) {
    const NAME: &str = "Gamma-Gamma";
    let mut counted: BTreeMap<(u32, i128), u64> = BTreeMap::new();
    for one in customers.iter().filter(|one| one.days.repeats > 0 && !one.is_without_worth()) {
        *counted.entry((one.days.repeats, one.repeat_net)).or_default() += 1;
    }
    let n: u64 = counted.values().sum();
    if n < SPENDERS_MIN {
        let why = if n == 0 { NoValueFit::NoRepeats } else { NoValueFit::TooFew };
        return (without(NAME, n, why), None);
    }
    let spent = |((purchases, net), customers): ((u32, i128), u64)| Spent {
        purchases,
        mean: as_f64(net) / f64::from(purchases) / minor,
        customers,
    };
    let groups: Vec<Spent> = counted.into_iter().map(spent).collect();
    let (mut fit, model) = said(NAME, n, GammaGamma::fit(&groups), |model| model);
    // Without a mean of all, a customer who never came back has no value, and no sum of values has a meaning.
    let model = model.filter(|model| model.expected(0, 0.0).is_some());
    if model.is_none() && fit.why_none() == NoValueFit::Unspecified {
        fit.set_why_none(NoValueFit::NoMean);
    }
    (fit, model)
}

/// A fit as answers have it, and its model.
fn said<M, T>(name: &str, customers: u64, fitted: Fitted<M>, as_model: fn(M) -> T) -> (ValueFit, Option<T>) {
    let Fit { model, parameters, log_likelihood, steps, .. } = match fitted {
        Ok(fit) => fit,
        Err(NoFit::NotConverged) => return (without(name, customers, NoValueFit::NotConverged), None),
        Err(NoFit::AtBound) => return (without(name, customers, NoValueFit::AtBound), None),
        Err(NoFit::Flat) => return (without(name, customers, NoValueFit::Flat), None),
    };
    let parameter = |one: crate::stats::purchasing::Parameter| value_fit::Parameter {
        name: one.name.to_owned(),
        value: one.value,
        standard_error: one.standard_error,
    };
    let fit = ValueFit {
        parameters: parameters.into_iter().map(parameter).collect(),
        log_likelihood: Some(log_likelihood),
        steps,
        ..without(name, customers, NoValueFit::Unspecified)
    };
    (fit, Some(as_model(model)))
}

fn without(name: &str, customers: u64, why: NoValueFit) -> ValueFit {
    ValueFit { model: name.to_owned(), customers, why_none: why.into(), ..ValueFit::default() }
}
