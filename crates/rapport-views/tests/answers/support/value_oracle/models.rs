//! The models as the papers print them, term by term.

/// ln Γ by Stirling's series, far enough out.
fn ln_gamma(mut x: f64) -> f64 {
    let mut product = 0.0;
    while x < 20.0 {
        product += x.ln();
        x += 1.0;
    }
    let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1_260.0 * x.powi(5));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - product
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// Gauss's series.
fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for n in 0..200_000 {
        let n = f64::from(n);
        term *= (a + n) * (b + n) / (c + n) * z / (n + 1.0);
        sum += term;
        if term.abs() < 1e-18 * f64::abs(sum) && n > 50.0 {
            break;
        }
    }
    sum
}

/// By the parameters: the likelihood's logarithm, P(alive), and purchases expected ahead of one who is.
pub(super) trait Buying {
    fn likelihood(&self, one: (f64, f64, f64)) -> f64;
    fn alive(&self, one: (f64, f64, f64)) -> f64;
    fn ahead(&self, one: (f64, f64, f64), weeks: f64) -> f64;
}

pub(super) struct Bg(pub(super) [f64; 4]);
pub(super) struct Pareto(pub(super) [f64; 4]);

impl Buying for Bg {
    fn likelihood(&self, (x, t_x, t): (f64, f64, f64)) -> f64 {
        let [r, alpha, a, b] = self.0;
        let drawn = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln();
        let there = ln_beta(a, b + x) - ln_beta(a, b) - (r + x) * (alpha + t).ln();
        if x == 0.0 {
            return drawn + there;
        }
        let left = ln_beta(a + 1.0, b + x - 1.0) - ln_beta(a, b) - (r + x) * (alpha + t_x).ln();
        drawn + there + (1.0 + (left - there).exp()).ln()
    }

    fn alive(&self, (x, t_x, t): (f64, f64, f64)) -> f64 {
        let [r, alpha, a, b] = self.0;
        let odds = if x > 0.0 { a / (b + x - 1.0) * ((alpha + t) / (alpha + t_x)).powf(r + x) } else { 0.0 };
        1.0 / (1.0 + odds)
    }

    fn ahead(&self, (x, _, t): (f64, f64, f64), weeks: f64) -> f64 {
        let [r, alpha, a, b] = self.0;
        let whole = alpha + t + weeks;
        let series = hypergeometric(r + x, b + x, a + b + x - 1.0, weeks / whole);
        (a + b + x - 1.0) / (a - 1.0) * (1.0 - ((alpha + t) / whole).powf(r + x) * series)
    }
}

impl Buying for Pareto {
    fn likelihood(&self, one: (f64, f64, f64)) -> f64 {
        let [r, alpha, s, beta] = self.0;
        let (x, _, t) = one;
        let there = -(r + x) * (alpha + t).ln() - s * (beta + t).ln();
        ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + s * beta.ln() + there - self.alive(one).ln()
    }

    /// By the difference of two hypergeometric functions, as the note has it.
    fn alive(&self, (x, t_x, t): (f64, f64, f64)) -> f64 {
        let [r, alpha, s, beta] = self.0;
        let n = r + s + x;
        let (larger, other) = if alpha >= beta { (alpha, s + 1.0) } else { (beta, r + x) };
        let part = |y: f64| {
            let z = (alpha - beta).abs() / (larger + y);
            hypergeometric(n, other, n + 1.0, z) * ((larger + t) / (larger + y)).powf(n)
        };
        let there =
            ((r + x) * ((larger + t) / (alpha + t)).ln() + s * ((larger + t) / (beta + t)).ln()).exp();
        1.0 / (1.0 + s / n * (part(t_x) - part(t)) / there)
    }

    fn ahead(&self, (x, _, t): (f64, f64, f64), weeks: f64) -> f64 {
        let [r, alpha, s, beta] = self.0;
        let kept = ((beta + t) / (beta + t + weeks)).powf(s - 1.0);
        (r + x) * (beta + t) / ((alpha + t) * (s - 1.0)) * (1.0 - kept)
    }
}

/// Note 25: the likelihood of a mean of x purchases.
pub(super) fn spent([p, q, v]: [f64; 3], x: f64, mean: f64) -> f64 {
    -ln_beta(p * x, q) + q * v.ln() + (p * x - 1.0) * mean.ln() + p * x * x.ln()
        - (p * x + q) * (x * mean + v).ln()
}
