//! The Pareto/NBD model of repeat purchases: a customer buys at random with its own rate λ, and leaves for ever at random
//! with its own rate μ. Rates are gamma distributed, λ with (r, α) and μ with (s, β).
//!
//! D. C. Schmittlein, D. G. Morrison, R. Colombo, *Counting Your Customers: Who Are They and What Will They Do Next?*,
//! Management Science 33, 1987; P. S. Fader, B. G. S. Hardie, *A Note on Deriving the Pareto/NBD Model and Related
//! Expressions*, 2005.

use std::sync::LazyLock;

use super::{
    purchasing::{Fit, Fitted, Group, Observed, Parameter, Rising, Scaled},
    search::{self, NoFit},
};

/// Places at which an integral is looked at.
const NODES: usize = 32;
/// What is smaller by a factor of e to this power is nothing.
const NOTHING: f64 = 45.0;
/// Made once.
static PLACES: LazyLock<[(f64, f64); NODES]> = LazyLock::new(nodes);

/// The model with its parameters; α and β are in units of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    /// The shape of the rates of purchases.
    pub r: f64,
    /// Their scale.
    pub alpha: f64,
    /// The shape of the rates of leaving.
    pub s: f64,
    /// Their scale.
    pub beta: f64,
}

impl ParetoNbd {
    /// The parameters under which what was observed is most likely.
    ///
    /// # Errors
    /// There are none.
    pub fn fit(groups: &[Group]) -> Fitted<Self> {
        let all = Scaled::of(groups).ok_or(NoFit::NotConverged)?;
        let rate = 1.0 / all.repeats_mean;
        let beginnings = [
            [1.0, rate, 1.0, 1.0],
            [0.5, 0.5 * rate, 0.5, 0.3],
            [1.0, rate, 0.5, 10.0],
            [4.0, 4.0 * rate, 0.5, 0.1],
        ];
        let beginnings = beginnings.map(|one| one.map(f64::ln));
        let found = search::maximum(&beginnings, &|at: &[f64; 4]| likelihood(&all, at))?;
        let [r, alpha, s, beta] = found.at.map(f64::exp);
        let model = Self { r, alpha: alpha * all.unit, s, beta: beta * all.unit };
        let named = [("r", r), ("alpha", model.alpha), ("s", s), ("beta", model.beta)];
        Ok(Fit {
            model,
            parameters: Parameter::of_logarithms(named, found.variances, all.customers),
            log_likelihood: all.log_likelihood(found.value),
            customers: groups.iter().map(|group| group.customers).sum(),
            steps: found.steps,
        })
    }

    /// The log-likelihood of what was observed of one customer.
    #[must_use]
    pub fn log_likelihood(&self, of: &Observed) -> f64 {
        let at = [self.r, self.alpha, self.s, self.beta].map(f64::ln);
        likelihood(&Scaled::one(of), &at).0
    }

    /// The chance that a customer has not left, given what was observed of it.
    #[must_use]
    pub fn alive(&self, of: &Observed) -> f64 {
        self.mixture(of).alive
    }

    /// Purchases expected within a time `ahead`, given what was observed (equation 41).
    #[must_use]
    pub fn expected(&self, of: &Observed, ahead: f64) -> f64 {
        self.alive(of) * self.expected_alive(of, ahead)
    }

    /// The same of a customer that is known not to have left.
    #[must_use]
    pub fn expected_alive(&self, of: &Observed, ahead: f64) -> f64 {
        let shape = self.r + f64::from(of.repeats);
        shape / (self.alpha + of.until) * self.lasting(self.beta + of.until, ahead)
    }

    /// Purchases expected of a customer of whom nothing is known within a time after its first.
    #[must_use]
    pub fn expected_of_any(&self, ahead: f64) -> f64 {
        self.r / self.alpha * self.lasting(self.beta, ahead)
    }

    /// β/(s - 1)·[1 - (β/(β + t))^(s - 1)]: how much of a time `ahead` a customer is there. At s = 1 it is β·ln((β + t)/β).
    fn lasting(&self, beta: f64, ahead: f64) -> f64 {
        let (less, kept) = (self.s - 1.0, (beta / (beta + ahead)).ln());
        beta * if less == 0.0 { -kept } else { -(less * kept).exp_m1() / less }
    }

    /// That the customer is there at T, or left at y in [t_x, T]; of these
    ///
    /// (α + T)^-(r + x)·(β + T)^-s + s·∫ (α + y)^-(r + x)·(β + y)^-(s + 1) dy
    ///
    /// is the likelihood, but for a factor. The note writes the integral as the difference of two hypergeometric functions
    /// (A₀), which loses digits and overflows; as it stands all of it is positive. With c the smaller of α + t_x and β + t_x
    /// and y = t_x + c·(e^w - 1), the integrand is smooth in w, and Gauss and Legendre's rule finds it. The end where there
    /// is nothing left is cut off.
    fn mixture(&self, of: &Observed) -> Mixture {
        let Self { r, alpha, s, beta } = *self;
        let shape = r + f64::from(of.repeats);
        let alive = -shape * (alpha + of.until).ln() - s * (beta + of.until).ln();
        let (alpha_last, beta_last) = (alpha + of.last, beta + of.last);
        let scale = alpha_last.min(beta_last);
        let begin = -shape * alpha_last.ln() - (s + 1.0) * beta_last.ln() + (s * scale).ln();
        // How much the integrand falls until w; it is a convex function.
        let fall = |w: f64| {
            let more = scale * w.exp_m1();
            shape * (more / alpha_last).ln_1p() + (s + 1.0) * (more / beta_last).ln_1p() - w
        };
        let mut end = ((of.until - of.last) / scale).ln_1p();
        if fall(end) > NOTHING {
            let mut low = 0.0;
            for _ in 0..30 {
                let middle = f64::midpoint(low, end);
                if fall(middle) > NOTHING { end = middle } else { low = middle }
            }
        }
        let top = alive.max(begin).max(begin - fall(end));
        let mut sums = Mixture { alive: (alive - top).exp(), ..Mixture::default() };
        sums.all = sums.alive;
        sums.log_alpha = sums.alive * (alpha + of.until).ln();
        sums.log_beta = sums.alive * (beta + of.until).ln();
        sums.per_alpha = sums.alive / (alpha + of.until);
        sums.per_beta = sums.alive * s / (beta + of.until);
        for (place, weight) in PLACES.iter() {
            let w = end * place;
            let more = scale * w.exp_m1();
            let (alpha, beta) = (alpha_last + more, beta_last + more);
            let (alpha_ln, beta_ln) = (alpha.ln(), beta.ln());
            let height = -shape * alpha_ln - (s + 1.0) * beta_ln + (s * scale).ln() + w;
            let part = end * weight * (height - top).exp();
            sums.all += part;
            sums.left += part;
            sums.log_alpha += part * alpha_ln;
            sums.log_beta += part * beta_ln;
            sums.per_alpha += part / alpha;
            sums.per_beta += part * (s + 1.0) / beta;
        }
        let all = sums.all;
        Mixture {
            all: top + all.ln(),
            alive: sums.alive / all,
            left: sums.left / all,
            log_alpha: sums.log_alpha / all,
            log_beta: sums.log_beta / all,
            per_alpha: sums.per_alpha / all,
            per_beta: sums.per_beta / all,
        }
    }
}

/// A customer that is there, or left at one moment or another, with means over these.
#[derive(Debug, Clone, Copy, Default)]
struct Mixture {
    /// The logarithm of the sum.
    all: f64,
    /// The share of the first summand.
    alive: f64,
    /// The share of the integral.
    left: f64,
    /// Of ln(α + y).
    log_alpha: f64,
    /// Of ln(β + y).
    log_beta: f64,
    /// Of 1/(α + y).
    per_alpha: f64,
    /// Of s/(β + T) and (s + 1)/(β + y).
    per_beta: f64,
}

/// The mean log-likelihood with its gradient by the logarithms of r, α, s and β.
fn likelihood(all: &Scaled, at: &[f64; 4]) -> (f64, [f64; 4]) {
    let [r, alpha, s, beta] = at.map(f64::exp);
    let model = ParetoNbd { r, alpha, s, beta };
    let of_r = Rising::new(r, all.repeats_max);
    let (alpha_ln, beta_ln) = (alpha.ln(), beta.ln());
    all.mean(|one| {
        let (up_r, by_r) = of_r.of(one.repeats);
        let of = model.mixture(one);
        let value = up_r + r * alpha_ln + s * beta_ln + of.all;
        let gradient = [
            r * (by_r + alpha_ln - of.log_alpha),
            r - alpha * (r + f64::from(one.repeats)) * of.per_alpha,
            s * (beta_ln - of.log_beta) + of.left,
            s - beta * of.per_beta,
        ];
        (value, gradient)
    })
}

/// The places and weights of Gauss and Legendre's rule on 0 to 1: the roots of Legendre's polynomial by Newton's method
/// (M. Abramowitz, I. A. Stegun, *Handbook of Mathematical Functions*, 25.4.29).
fn nodes() -> [(f64, f64); NODES] {
    let mut nodes = [(0.0, 0.0); NODES];
    let n = NODES as f64;
    for (nth, node) in nodes.iter_mut().enumerate() {
        let mut x = (std::f64::consts::PI * (nth as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..20 {
            // P and the one before it, by their recurrence.
            let (mut before, mut polynomial) = (1.0, x);
            for k in 2..=NODES {
                let k = k as f64;
                (before, polynomial) =
                    (polynomial, ((2.0 * k - 1.0) * x * polynomial - (k - 1.0) * before) / k);
            }
            slope = n * (x * polynomial - before) / (x * x - 1.0);
            let step = polynomial / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        *node = (f64::midpoint(1.0, x), 1.0 / ((1.0 - x * x) * slope * slope));
    }
    nodes
}
