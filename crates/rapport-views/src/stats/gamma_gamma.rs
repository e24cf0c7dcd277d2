//! The Gamma-Gamma model of what a purchase is worth: purchases of a customer vary around its own mean, and means vary
//! between customers. Purchases are gamma distributed with (p, ν), and ν is gamma distributed with (q, γ).
//!
//! P. S. Fader, B. G. S. Hardie, *The Gamma-Gamma Model of Monetary Value*, 2013 (note 25), where γ is called v in the
//! results; equations are theirs. The model takes for granted that how much customers spend does not depend on how often
//! they buy.

use statrs::function::gamma::{digamma, ln_gamma};

use super::{
    as_f64,
    purchasing::{Fit, Fitted, Parameter},
    search::{self, NoFit},
};

/// Customers with as many purchases of the same mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spent {
    /// x: purchases, at least one.
    pub purchases: u32,
    /// z̄: their mean, above 0.
    pub mean: f64,
    /// How many customers.
    pub customers: u64,
}

/// The model with its parameters; v is an amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    /// The shape of a customer's purchases.
    pub p: f64,
    /// The shape of the means of customers.
    pub q: f64,
    /// Their scale.
    pub v: f64,
}

impl GammaGamma {
    /// The parameters under which what was spent is most likely.
    ///
    /// # Errors
    /// There are none.
    pub fn fit(groups: &[Spent]) -> Fitted<Self> {
        let customers: f64 = groups.iter().map(|group| as_f64(group.customers.into())).sum();
        let unit =
            groups.iter().map(|group| as_f64(group.customers.into()) * group.mean).sum::<f64>() / customers;
        if !(unit > 0.0 && unit.is_finite())
            || groups.iter().any(|group| group.mean <= 0.0 || group.purchases == 0)
        {
            return Err(NoFit::NotConverged);
        }
        let scaled: Vec<Spent> =
            groups.iter().map(|group| Spent { mean: group.mean / unit, ..*group }).collect();
        let beginnings = [[2.0, 3.0, 1.0], [6.0, 4.0, 0.5], [1.0, 1.5, 1.0], [20.0, 2.0, 0.1]];
        let beginnings = beginnings.map(|one| one.map(f64::ln));
        let found = search::maximum(&beginnings, &|at: &[f64; 3]| likelihood(&scaled, customers, at))?;
        let [p, q, v] = found.at.map(f64::exp);
        let model = Self { p, q, v: v * unit };
        let named = [("p", p), ("q", q), ("v", model.v)];
        Ok(Fit {
            model,
            parameters: Parameter::of_logarithms(named, found.variances, customers),
            log_likelihood: customers * (found.value - unit.ln()),
            customers: groups.iter().map(|group| group.customers).sum(),
            steps: found.steps,
        })
    }

    /// What a purchase of a customer is expected to be worth, after so many with that mean (equation 5): its own mean and
    /// that of all customers, weighted. Absent where the mean of all has no end (q ≤ 1) and the customer has none of its own.
    #[must_use]
    pub fn expected(&self, purchases: u32, mean: f64) -> Option<f64> {
        let x = f64::from(purchases);
        let whole = self.p * x + self.q - 1.0;
        (whole > 0.0).then(|| self.p * (self.v + x * mean) / whole)
    }
}

/// The mean log-likelihood (equation 1a) with its gradient by the logarithms of p, q and v.
fn likelihood(groups: &[Spent], customers: f64, at: &[f64; 3]) -> (f64, [f64; 3]) {
    let [p, q, v] = at.map(f64::exp);
    let (q_gamma, q_slope, v_ln) = (ln_gamma(q), digamma(q), v.ln());
    let (mut sum, mut gradients) = (0.0, [0.0; 3]);
    for group in groups {
        let weight = as_f64(group.customers.into()) / customers;
        let x = f64::from(group.purchases);
        let (shape, total) = (p * x, x * group.mean);
        let (both, total_ln, with_ln) = (shape + q, total.ln(), (total + v).ln());
        let value = ln_gamma(both) - ln_gamma(shape) - q_gamma + q * v_ln + shape * total_ln
            - group.mean.ln()
            - both * with_ln;
        let slope = digamma(both);
        let gradient = [
            shape * (slope - digamma(shape) + total_ln - with_ln),
            q * (slope - q_slope + v_ln - with_ln),
            q - v * both / (total + v),
        ];
        sum += weight * value;
        gradients.iter_mut().zip(gradient).for_each(|(sum, part)| *sum += weight * part);
    }
    (sum, gradients)
}
