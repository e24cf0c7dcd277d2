//! What models of repeat purchases share: what was observed of a customer, and sums that all of them have.

use super::{as_f64, search::NoFit};

/// Purchases of a customer as the models of Schmittlein, Morrison and Colombo (1987) and their followers see them. Times
/// are in one unit and count from the first purchase.
///
/// **Invariant:** 0 ≤ `last` ≤ `until`, and `last` is 0 exactly without repeat purchases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    /// x: repeat purchases. The first one is none.
    pub repeats: u32,
    /// t_x: the last purchase.
    pub last: f64,
    /// T: the end of what was observed.
    pub until: f64,
}

/// Customers of whom the same was observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// What.
    pub observed: Observed,
    /// How many.
    pub customers: u64,
}

/// A parameter with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// As the literature calls it.
    pub name: &'static str,
    /// Its estimate.
    pub value: f64,
    /// From the curvature of the likelihood at its maximum.
    pub standard_error: f64,
}

impl Parameter {
    /// Of estimates that were searched as logarithms: `variances` are those of one customer's logarithms, and a logarithm's
    /// error is relative to its parameter.
    pub(super) fn of_logarithms<const N: usize>(
        named: [(&'static str, f64); N],
        variances: [f64; N],
        customers: f64,
    ) -> Vec<Self> {
        let parameter = |((name, value), variance): ((_, f64), f64)| Self {
            name,
            value,
            standard_error: value * (variance / customers).sqrt(),
        };
        named.into_iter().zip(variances).map(parameter).collect()
    }
}

/// Parameters under which what was observed is most likely.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit<M> {
    /// The model with them.
    pub model: M,
    /// The same with their standard errors.
    pub parameters: Vec<Parameter>,
    /// The log-likelihood of all customers.
    pub log_likelihood: f64,
    /// How many these are.
    pub customers: u64,
    /// Steps of the search.
    pub steps: u32,
}

/// Fits a model, or says why it cannot.
pub type Fitted<M> = Result<Fit<M>, NoFit>;

/// All customers, in units of time in which the mean customer was observed for 1: parameters are of a size then.
#[derive(Debug, Clone)]
pub(super) struct Scaled {
    pub(super) groups: Vec<Group>,
    /// How many units one of these is.
    pub(super) unit: f64,
    pub(super) customers: f64,
    /// The most repeat purchases of one customer.
    pub(super) repeats_max: u32,
    /// Of the mean customer.
    pub(super) repeats_mean: f64,
}

impl Scaled {
    /// `None` where nothing was observed for any time, or nobody came back.
    pub(super) fn of(groups: &[Group]) -> Option<Self> {
        let weigh = |what: fn(&Observed) -> f64| -> f64 {
            groups.iter().map(|group| as_f64(group.customers.into()) * what(&group.observed)).sum()
        };
        let customers = weigh(|_| 1.0);
        let unit = weigh(|one| one.until) / customers;
        let repeats_mean = weigh(|one| f64::from(one.repeats)) / customers;
        if !(unit > 0.0 && repeats_mean > 0.0) {
            return None;
        }
        let scaled = |group: &Group| {
            let Observed { repeats, last, until } = group.observed;
            Group { observed: Observed { repeats, last: last / unit, until: until / unit }, ..*group }
        };
        let repeats_max = groups.iter().map(|group| group.observed.repeats).max().unwrap_or(0);
        let groups = groups.iter().map(scaled).collect();
        Some(Self { groups, unit, customers, repeats_max, repeats_mean })
    }

    /// One customer, in the units that are given.
    pub(super) fn one(observed: &Observed) -> Self {
        let groups = vec![Group { observed: *observed, customers: 1 }];
        let (repeats_max, repeats_mean) = (observed.repeats, f64::from(observed.repeats));
        Self { groups, unit: 1.0, customers: 1.0, repeats_max, repeats_mean }
    }

    /// The log-likelihood of all in the units that were given, from the mean one in units of this.
    pub(super) fn log_likelihood(&self, mean: f64) -> f64 {
        self.customers * (mean - self.repeats_mean * self.unit.ln())
    }

    /// The mean of something of every customer with its gradient.
    pub(super) fn mean<const N: usize>(&self, of: impl Fn(&Observed) -> (f64, [f64; N])) -> (f64, [f64; N]) {
        let (mut sum, mut gradients) = (0.0, [0.0; N]);
        for group in &self.groups {
            let weight = as_f64(group.customers.into()) / self.customers;
            let (value, gradient) = of(&group.observed);
            sum += weight * value;
            gradients.iter_mut().zip(gradient).for_each(|(sum, part)| *sum += weight * part);
        }
        (sum, gradients)
    }
}

/// ln Γ(c + x) - ln Γ(c) = Σ ln(c + i) over i < x, with its derivative by c, for each x: a sum loses no digits to large
/// numbers that cancel.
#[derive(Debug)]
pub(super) struct Rising(Vec<(f64, f64)>);

impl Rising {
    /// For x up to `max`.
    pub(super) fn new(c: f64, max: u32) -> Self {
        let (mut sum, mut slope) = (0.0, 0.0);
        let mut table = Vec::with_capacity(max as usize + 1);
        table.push((sum, slope));
        for i in 0..max {
            let next = c + f64::from(i);
            sum += next.ln();
            slope += 1.0 / next;
            table.push((sum, slope));
        }
        Self(table)
    }

    /// The sum, and its derivative.
    pub(super) fn of(&self, x: u32) -> (f64, f64) {
        self.0.get(x as usize).copied().unwrap_or((f64::NAN, f64::NAN))
    }
}
