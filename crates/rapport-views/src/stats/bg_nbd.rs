//! The BG/NBD model of repeat purchases: a customer buys at random with its own rate λ, and after each purchase leaves for
//! ever with its own chance p. Rates are gamma distributed (r, α), chances beta distributed (a, b).
//!
//! P. S. Fader, B. G. S. Hardie, K. L. Lee, *"Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD
//! Model*, Marketing Science 24, 2005; equations are theirs. Likelihoods are computed as logarithms, as in B. G. S. Hardie,
//! *Implementing the BG/NBD Model for Customer Base Analysis in Excel*, 2005.

use super::{
    purchasing::{Fit, Fitted, Group, Observed, Parameter, Rising, Scaled},
    search::{self, NoFit},
};

/// Terms of a series at most.
const TERMS_MAX: u32 = 1_000_000;

/// A sum above this is divided by it.
const LARGE: f64 = 1e200;

/// The sum of 1, its product with `ratio(1)`, that one's with `ratio(2)`, …: a number, and the power of e that it is to be
/// multiplied with, since the sum alone may be beyond every number. Terms may grow until the `settled`-th.
fn series(settled: f64, ratio: impl Fn(f64) -> f64) -> (f64, f64) {
    let (mut term, mut sum, mut scale) = (1.0, 1.0_f64, 0.0);
    for n in 1..TERMS_MAX {
        let n = f64::from(n);
        term *= ratio(n);
        sum += term;
        if sum.abs() > LARGE {
            (term, sum, scale) = (term / LARGE, sum / LARGE, scale + LARGE.ln());
        }
        if term.abs() <= f64::EPSILON / 8.0 * sum.abs() && n > settled {
            break;
        }
    }
    (sum, scale)
}

/// The model with its parameters; α is in units of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd {
    /// The shape of the rates.
    pub r: f64,
    /// Their scale.
    pub alpha: f64,
    /// Of the chances to leave.
    pub a: f64,
    /// Of the chances to leave.
    pub b: f64,
}

impl BgNbd {
    /// The parameters under which what was observed is most likely.
    ///
    /// # Errors
    /// There are none.
    pub fn fit(groups: &[Group]) -> Fitted<Self> {
        let all = Scaled::of(groups).ok_or(NoFit::NotConverged)?;
        let rate = 1.0 / all.repeats_mean;
        // Shapes of 1 and of a quarter; customers leave soon or late.
        let beginnings = [
            [1.0, rate, 1.0, 2.0],
            [0.25, 0.25 * rate, 1.0, 3.0],
            [1.0, rate, 1.0, 50.0],
            [4.0, 4.0 * rate, 0.5, 0.5],
        ];
        let beginnings = beginnings.map(|one| one.map(f64::ln));
        let found = search::maximum(&beginnings, &|at: &[f64; 4]| likelihood(&all, at))?;
        let [r, alpha, a, b] = found.at.map(f64::exp);
        let model = Self { r, alpha: alpha * all.unit, a, b };
        let named = [("r", r), ("alpha", model.alpha), ("a", a), ("b", b)];
        Ok(Fit {
            model,
            parameters: Parameter::of_logarithms(named, found.variances, all.customers),
            log_likelihood: all.log_likelihood(found.value),
            customers: groups.iter().map(|group| group.customers).sum(),
            steps: found.steps,
        })
    }

    /// The log-likelihood of what was observed of one customer (equation 6).
    #[must_use]
    pub fn log_likelihood(&self, of: &Observed) -> f64 {
        likelihood(&Scaled::one(of), &[self.r, self.alpha, self.a, self.b].map(f64::ln)).0
    }

    /// The chance that a customer has not left, given what was observed of it; 1 without a repeat purchase, since customers
    /// leave with a purchase.
    #[must_use]
    pub fn alive(&self, of: &Observed) -> f64 {
        if of.repeats == 0 {
            return 1.0;
        }
        let x = f64::from(of.repeats);
        let odds = self.a.ln() - (self.b + x - 1.0).ln()
            + (self.r + x) * ((self.alpha + of.until) / (self.alpha + of.last)).ln();
        1.0 / (1.0 + odds.exp())
    }

    /// Purchases expected within a time `ahead`, given what was observed (equation 10).
    #[must_use]
    pub fn expected(&self, of: &Observed, ahead: f64) -> f64 {
        self.alive(of) * self.expected_alive(of, ahead)
    }

    /// Purchases expected of a customer of whom nothing is known within a time after its first (equation 9).
    #[must_use]
    pub fn expected_of_any(&self, ahead: f64) -> f64 {
        self.expected_alive(&Observed { repeats: 0, last: 0.0, until: 0.0 }, ahead)
    }

    /// The same of a customer that is known not to have left: with c = a + b + x - 1 and z = t/(α + T + t),
    ///
    /// c/(a - 1)·[1 - (1 - z)^(r + x)·₂F₁(r + x, b + x; c; z)].
    ///
    /// The terms of the series shrink like n^(r + x - a)·zⁿ, and are summed up as they stand where a > 1 + r + x. Otherwise Euler's
    /// transform makes the hypergeometric function (1 - z)^(a - 1 - r - x)·₂F₁(a - 1, a + b - 1 - r; c; z), whose series is
    /// 1 + (a - 1)·… with terms that shrink like n^(a - 2 - r - x)·zⁿ; so the denominator cancels, and a = 1 is a value like
    /// any other.
    #[must_use]
    pub fn expected_alive(&self, of: &Observed, ahead: f64) -> f64 {
        let x = f64::from(of.repeats);
        let less = self.a - 1.0;
        let c = self.a + self.b + x - 1.0;
        let whole = self.alpha + of.until + ahead;
        let z = ahead / whole;
        // ln(1 - z)
        let kept = ((self.alpha + of.until) / whole).ln();
        let (shape, stays) = (self.r + x, self.b + x);
        if less > shape {
            let (sum, scale) =
                series(shape, |n| (shape + n - 1.0) * (stays + n - 1.0) / ((c + n - 1.0) * n) * z);
            return (c / less * (1.0 - sum * (shape * kept + scale).exp())).max(0.0);
        }
        let rest = self.a + self.b - 1.0 - self.r;
        let first = if less == 0.0 { -kept } else { -(less * kept).exp_m1() / less };
        let (sum, scale) = series(rest.abs(), |n| (less + n) * (rest + n) / ((c + n) * (n + 1.0)) * z);
        (c * first - rest * z * sum * (less * kept + scale).exp()).max(0.0)
    }

    /// The chance of so many repeat purchases within a time (equation 8).
    #[must_use]
    pub fn chance(&self, repeats: u32, within: f64) -> f64 {
        let (r, x) = (self.r, f64::from(repeats));
        let (stays, moves) =
            ((self.alpha / (self.alpha + within)).ln(), (within / (self.alpha + within)).ln());
        // ln Γ(r + j) - ln Γ(r) - ln j!
        let (rising, factorial) = (Rising::new(r, repeats), Rising::new(1.0, repeats));
        let drawn = |j: u32| (rising.of(j).0 - factorial.of(j).0 + r * stays + f64::from(j) * moves).exp();
        let (of_b, of_both) = (Rising::new(self.b, repeats), Rising::new(self.a + self.b, repeats));
        let kept = (of_b.of(repeats).0 - of_both.of(repeats).0).exp();
        if repeats == 0 {
            return kept * (r * stays).exp();
        }
        let fewer: f64 = (0..repeats).map(drawn).sum();
        kept * (drawn(repeats) + self.a / (self.b + x - 1.0) * (1.0 - fewer))
    }
}

/// The mean log-likelihood (equation 6) with its gradient by the logarithms of r, α, a and b.
fn likelihood(all: &Scaled, at: &[f64; 4]) -> (f64, [f64; 4]) {
    let [r, alpha, a, b] = at.map(f64::exp);
    let max = all.repeats_max;
    let (of_r, of_b, of_both) = (Rising::new(r, max), Rising::new(b, max), Rising::new(a + b, max));
    let alpha_ln = alpha.ln();
    all.mean(|one| {
        let x = f64::from(one.repeats);
        let ((up_r, by_r), (up_b, by_b), (up_both, by_both)) =
            (of_r.of(one.repeats), of_b.of(one.repeats), of_both.of(one.repeats));
        let (until, last) = (alpha + one.until, alpha + one.last);
        let (until_ln, last_ln) = (until.ln(), last.ln());
        let alive = -(r + x) * until_ln;
        // The share of the second summand: that the customer left with its last purchase.
        let (together, left) = if one.repeats == 0 {
            (alive, 0.0)
        } else {
            let left = a.ln() - (b + x - 1.0).ln() - (r + x) * last_ln;
            let odds = (left - alive).exp();
            let share = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
            let together = alive.max(left) + (-(left - alive).abs()).exp().ln_1p();
            (together, share)
        };
        let value = up_r + r * alpha_ln + up_b - up_both + together;
        let stays = 1.0 - left;
        let gradient = [
            r * (by_r + alpha_ln - stays * until_ln - left * last_ln),
            r - alpha * (r + x) * (stays / until + left / last),
            left - a * by_both,
            b * (by_b - by_both - if one.repeats == 0 { 0.0 } else { left / (b + x - 1.0) }),
        ];
        (value, gradient)
    })
}
