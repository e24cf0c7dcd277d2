//! The search for the parameters under which what was observed is most likely.
//!
//! Parameters are positive; the search is over their logarithms, so that none can become negative and each is sought on its
//! own scale. The method is that of Broyden, Fletcher, Goldfarb and Shanno (J. Nocedal, S. J. Wright, *Numerical
//! Optimization*, 2nd ed. 2006, algorithm 6.1) with exact gradients and a line search that goes back by halves.
//!
//! **Invariant:** what is found has a gradient of 0 and curves downwards on all sides; where the search does not get there
//! in a bounded number of steps it says so and gives no number.

/// Steps at most.
const STEPS_MAX: u32 = 300;
/// Halvings of one step at most.
const HALVINGS_MAX: u32 = 50;
/// The largest partial derivative of the mean log-likelihood that counts as 0.
const GRADIENT_MAX: f64 = 1e-9;
/// No logarithm of a parameter goes beyond: there the likelihood no longer depends on it.
const BOUND: f64 = 14.0;
/// The longest step in one logarithm: a factor of e².
const STEP_MAX: f64 = 2.0;
/// A mean log-likelihood is not known to more digits.
const NOISE: f64 = 1e-13;
/// Half the distance over which the gradient's slope is taken.
const SLOPE: f64 = 1e-4;
/// What curves less is flat.
const CURVATURE_MIN: f64 = 1e-10;

/// Why there are no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoFit {
    /// Not in so many steps.
    NotConverged,
    /// The likelihood still grows where a parameter is a million times, or a millionth of, what it usually is.
    AtBound,
    /// The likelihood is the same along a line: parameters cannot be told apart.
    Flat,
}

/// Where a function is largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Maximum<const N: usize> {
    /// The logarithms of the parameters.
    pub at: [f64; N],
    /// The function there.
    pub value: f64,
    /// The variances of the logarithms if the function were one observation's log-likelihood: those of n are an n-th of it.
    pub variances: [f64; N],
    /// Steps that were taken.
    pub steps: u32,
}

/// What is searched: from the logarithms of the parameters to the mean log-likelihood and its gradient by them.
pub trait Likelihood<const N: usize>: Fn(&[f64; N]) -> (f64, [f64; N]) {}

impl<const N: usize, F: Fn(&[f64; N]) -> (f64, [f64; N])> Likelihood<N> for F {}

/// The maximum that the first of these beginnings leads to.
///
/// # Errors
/// None leads to one; why the first does not.
pub fn maximum<const N: usize>(
    beginnings: &[[f64; N]],
    of: &impl Likelihood<N>,
) -> Result<Maximum<N>, NoFit> {
    let mut why = None;
    for beginning in beginnings {
        match climb(*beginning, of) {
            Ok(found) => return Ok(found),
            Err(error) => why = why.or(Some(error)),
        }
    }
    Err(why.unwrap_or(NoFit::NotConverged))
}

fn climb<const N: usize>(mut at: [f64; N], of: &impl Likelihood<N>) -> Result<Maximum<N>, NoFit> {
    let (mut value, mut gradient) = of(&at);
    if !value.is_finite() || largest(&gradient).is_nan() {
        return Err(NoFit::NotConverged);
    }
    let mut inverse = identity(1.0);
    for steps in 0..STEPS_MAX {
        if largest(&gradient) <= GRADIENT_MAX {
            let variances = variances(&at, of).ok_or(NoFit::Flat)?;
            return Ok(Maximum { at, value, variances, steps });
        }
        let mut direction = inverse.map(|row| dot(&row, &gradient));
        if dot(&direction, &gradient) <= 0.0 {
            (inverse, direction) = (identity(1.0), gradient);
        }
        let length = largest(&direction);
        if length > STEP_MAX {
            direction = direction.map(|one| one * STEP_MAX / length);
        }
        let Some(next) = step((&at, value, &gradient), &direction, of) else {
            return Err(NoFit::NotConverged);
        };
        let moved = minus(&next.0, &at);
        // Downwards, as the method has it.
        let bent = minus(&gradient, &next.2);
        update(&mut inverse, &moved, &bent, steps == 0);
        (at, value, gradient) = next;
        if largest(&at) > BOUND {
            return Err(NoFit::AtBound);
        }
    }
    Err(NoFit::NotConverged)
}

type Place<const N: usize> = ([f64; N], f64, [f64; N]);

/// The first place on the way that is higher in proportion to the slope (Armijo), or where rounding hides the height, one
/// with a smaller gradient.
fn step<const N: usize>(
    (at, value, gradient): (&[f64; N], f64, &[f64; N]),
    direction: &[f64; N],
    of: &impl Likelihood<N>,
) -> Option<Place<N>> {
    let rise = dot(direction, gradient);
    let noise = NOISE * (1.0 + value.abs());
    let mut part = 1.0;
    for _ in 0..HALVINGS_MAX {
        let next = plus(at, direction, part);
        let (height, slope) = of(&next);
        let is_higher = height >= value + 1e-4 * part * rise;
        let is_level = height >= value - noise && largest(&slope) < largest(gradient);
        if height.is_finite() && largest(&slope).is_finite() && (is_higher || is_level) {
            return Some((next, height, slope));
        }
        part /= 2.0;
    }
    None
}

/// The inverse of the Hessian, with what the last step says of it.
fn update<const N: usize>(inverse: &mut [[f64; N]; N], moved: &[f64; N], bent: &[f64; N], is_first: bool) {
    let curved = dot(moved, bent);
    if curved <= 1e-14 * dot(bent, bent).sqrt() * dot(moved, moved).sqrt() {
        return;
    }
    if is_first {
        *inverse = identity(curved / dot(bent, bent));
    }
    let turned = inverse.map(|row| dot(&row, bent));
    let rho = 1.0 / curved;
    let square = rho * (1.0 + rho * dot(&turned, bent));
    for (row, (moved_i, turned_i)) in inverse.iter_mut().zip(moved.iter().zip(&turned)) {
        for (cell, (moved_j, turned_j)) in row.iter_mut().zip(moved.iter().zip(&turned)) {
            *cell += square * moved_i * moved_j - rho * (moved_i * turned_j + turned_i * moved_j);
        }
    }
}

/// The diagonal of the inverse of the negative Hessian, by slopes of the gradient and Gauss and Jordan's elimination; `None`
/// where the function does not curve downwards on all sides.
fn variances<const N: usize>(at: &[f64; N], of: &impl Likelihood<N>) -> Option<[f64; N]> {
    let slopes: [[f64; N]; N] = identity::<N>(1.0).map(|axis| {
        let (ahead, behind) = (of(&plus(at, &axis, SLOPE)).1, of(&plus(at, &axis, -SLOPE)).1);
        minus(&behind, &ahead).map(|slope| slope / (2.0 * SLOPE))
    });
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(N);
    for (nth, (row, axis)) in slopes.iter().zip(identity::<N>(1.0)).enumerate() {
        // Symmetric but for rounding.
        let across = slopes.iter().map(|other| other.get(nth).copied().unwrap_or(0.0));
        let even = row.iter().zip(across).map(|(one, other)| f64::midpoint(*one, other));
        rows.push(even.chain(axis).collect());
    }
    for nth in 0..N {
        let pivot = rows.get(nth)?.get(nth).copied().filter(|pivot| *pivot > CURVATURE_MIN)?;
        let pivots: Vec<f64> = rows.get(nth)?.iter().map(|cell| cell / pivot).collect();
        for (other, row) in rows.iter_mut().enumerate() {
            let times = row.get(nth).copied()?;
            if other == nth {
                row.clone_from(&pivots);
            } else {
                row.iter_mut().zip(&pivots).for_each(|(cell, pivot)| *cell -= times * pivot);
            }
        }
    }
    let mut variances = [0.0; N];
    for (nth, (variance, row)) in variances.iter_mut().zip(&rows).enumerate() {
        *variance = row.get(N + nth).copied()?;
    }
    variances.iter().all(|one| one.is_finite() && *one > 0.0).then_some(variances)
}

fn identity<const N: usize>(scale: f64) -> [[f64; N]; N] {
    let mut rows = [[0.0; N]; N];
    for (nth, row) in rows.iter_mut().enumerate() {
        row.iter_mut().skip(nth).take(1).for_each(|cell| *cell = scale);
    }
    rows
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn plus<const N: usize>(a: &[f64; N], b: &[f64; N], times: f64) -> [f64; N] {
    let mut sum = *a;
    sum.iter_mut().zip(b).for_each(|(sum, b)| *sum += times * b);
    sum
}

fn minus<const N: usize>(a: &[f64; N], b: &[f64; N]) -> [f64; N] {
    plus(a, b, -1.0)
}

/// The largest magnitude; not a number where one is none.
fn largest<const N: usize>(of: &[f64; N]) -> f64 {
    of.iter().fold(0.0, |largest: f64, one| if one.is_nan() { *one } else { largest.max(one.abs()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbrock's valley, upside down: its top is at (1, 1).
    fn valley([x, y]: &[f64; 2]) -> (f64, [f64; 2]) {
        let (across, along) = (y - x * x, 1.0 - x);
        (-100.0 * across * across - along * along, [400.0 * x * across + 2.0 * along, -200.0 * across])
    }

    #[test]
    fn the_top_of_a_bent_valley_is_found_and_its_curvature() {
        let found = maximum(&[[-1.2, 1.0]], &valley).unwrap();
        assert!(found.at.iter().all(|one| (one - 1.0).abs() < 1e-8), "{found:?}");
        // The Hessian there is [[802, -400], [-400, 200]], whose determinant is 400.
        let expected = [200.0 / 400.0, 802.0 / 400.0];
        assert!(found.variances.iter().zip(expected).all(|(one, two)| (one - two).abs() < 1e-4), "{found:?}");
    }

    #[test]
    fn a_slope_without_a_top_and_a_ridge_are_no_maxima() {
        let slope = |[x]: &[f64; 1]| (-(-x).exp(), [(-x).exp()]);
        assert_eq!(maximum(&[[-9.0]], &slope), Err(NoFit::AtBound));
        let ridge = |[x, y]: &[f64; 2]| (-(x - y) * (x - y), [2.0 * (y - x), 2.0 * (x - y)]);
        assert_eq!(maximum(&[[1.0, 0.0]], &ridge), Err(NoFit::Flat));
        let nowhere = |_: &[f64; 1]| (f64::NAN, [f64::NAN]);
        assert_eq!(maximum(&[[0.0]], &nowhere), Err(NoFit::NotConverged));
        // Always uphill, and always as steep: bounded all the same.
        let line = |[x]: &[f64; 1]| (*x, [1.0]);
        assert_eq!(maximum(&[[0.0]], &line), Err(NoFit::AtBound));
        assert_eq!(maximum::<1>(&[], &line), Err(NoFit::NotConverged));
    }

    #[test]
    fn a_beginning_that_leads_nowhere_is_followed_by_the_next() {
        let hill = |[x]: &[f64; 1]| {
            if *x < 0.0 { (*x, [f64::NAN]) } else { (-(x - 3.0) * (x - 3.0), [6.0 - 2.0 * x]) }
        };
        let found = maximum(&[[-1.0], [1.0]], &hill).unwrap();
        assert!((found.at[0] - 3.0).abs() < 1e-9);
    }
}
