//! The removal effect of channels in a Markov chain of the first order.
//!
//! E. Anderl, I. Becker, F. v. Wangenheim, J. H. Schumann, *Mapping the customer journey*, IJRM 33 (2016): states are the start,
//! the channels and the conversion; a transition is as likely as it is frequent in the paths; what a channel is worth is how
//! many conversions are lost when every path through it ends there.
//!
//! The chain is of paths that convert, so that without a removal all of it converts, and the removal effect is the chance that
//! a walk from the start ever comes through the channel: n(start, c) / n(c, c), of the fundamental matrix N = (I − Q)⁻¹
//! (J. G. Kemeny, J. L. Snell, *Finite Markov Chains*, 1960, theorem 3.5.7). Nothing is simulated.

use std::collections::BTreeMap;

use crate::stats::as_f64;

/// Transitions between so many states.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    /// How many states.
    states: usize,
    /// How often each is the first.
    starts: Vec<u64>,
    /// How often each is left, conversions included.
    left: Vec<u64>,
    /// How often one follows another.
    steps: BTreeMap<(usize, usize), u64>,
}

impl Chain {
    /// Without paths.
    pub(super) fn new(states: usize) -> Self {
        Self { states, starts: vec![0; states], left: vec![0; states], steps: BTreeMap::new() }
    }

    /// Adds a path that ends in a conversion.
    pub(super) fn add(&mut self, path: impl Iterator<Item = usize>) {
        let mut before = None;
        for state in path {
            match before {
                None => self.starts.iter_mut().skip(state).take(1).for_each(|count| *count += 1),
                Some(before) => *self.steps.entry((before, state)).or_default() += 1,
            }
            self.left.iter_mut().skip(state).take(1).for_each(|count| *count += 1);
            before = Some(state);
        }
    }

    /// Of each state the part of the conversions that is lost without it, 0 to 1.
    pub(super) fn removal_effects(&self) -> Vec<f64> {
        let inverse = inverse(self.without_steps());
        let paths = as_f64(self.starts.iter().map(|count| i128::from(*count)).sum());
        let from_start = |state: usize| -> f64 {
            let column = inverse.iter().map(|row| row.get(state).copied().unwrap_or(0.0));
            column.zip(&self.starts).map(|(visits, starts)| visits * as_f64((*starts).into()) / paths).sum()
        };
        let own = |state: usize| inverse.get(state).and_then(|row| row.get(state)).copied();
        let effect = |state| from_start(state) / own(state).filter(|own| *own > 0.0).unwrap_or(1.0);
        (0..self.states).map(|state| effect(state).clamp(0.0, 1.0)).collect()
    }

    /// I − Q.
    fn without_steps(&self) -> Vec<Vec<f64>> {
        let cell = |from: usize, to: usize| {
            let (steps, left) = (self.steps.get(&(from, to)).copied(), self.left.get(from).copied());
            let chance = as_f64(steps.unwrap_or(0).into()) / as_f64(left.unwrap_or(0).max(1).into());
            f64::from(u8::from(from == to)) - chance
        };
        (0..self.states).map(|from| (0..self.states).map(|to| cell(from, to)).collect()).collect()
    }
}

/// By Gauss and Jordan. From every state of I − Q a conversion is reached, so that it is an M-matrix: no pivot is 0, and none
/// has to be looked for.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = matrix.len();
    for (place, row) in matrix.iter_mut().enumerate() {
        row.extend((0..n).map(|column| f64::from(u8::from(column == place))));
    }
    for place in 0..n {
        let Some(mut own) = matrix.get_mut(place).map(std::mem::take) else { continue };
        let pivot = own.get(place).copied().unwrap_or(1.0);
        own.iter_mut().for_each(|value| *value /= pivot);
        for row in &mut matrix {
            let factor = row.get(place).copied().unwrap_or(0.0);
            if factor != 0.0 {
                row.iter_mut().zip(&own).for_each(|(value, of_own)| *value -= factor * of_own);
            }
        }
        if let Some(row) = matrix.get_mut(place) {
            *row = own;
        }
    }
    matrix.iter_mut().for_each(|row| drop(row.drain(..n)));
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effects(paths: &[&[usize]], states: usize) -> Vec<String> {
        let mut chain = Chain::new(states);
        paths.iter().for_each(|path| chain.add(path.iter().copied()));
        chain.removal_effects().iter().map(|effect| format!("{effect:.6}")).collect()
    }

    #[test]
    fn the_paths_of_pychattr_have_the_closed_form_of_what_it_simulates() {
        // A>B>A>B>B>A, A>B>B>A>A and A>A. From A: 3 of 8 convert, 3 go to B, 2 to A; from B 3 of 5 go to A, 2 to B. All paths
        // begin with A: without it all is lost. Without B a walk converts with 3/8 / (1 − 2/8) = 1/2. So A has 1 / 1.5 and B
        // 0.5 / 1.5 of three conversions: 2 and 1. The package simulates: 1.991106 and 1.008894.
        let paths: [&[usize]; 3] = [&[0, 1, 0, 1, 1, 0], &[0, 1, 1, 0, 0], &[0, 0]];
        assert_eq!(effects(&paths, 2), ["1.000000", "0.500000"]);
    }

    #[test]
    fn a_channel_that_half_of_the_paths_need_loses_half() {
        assert_eq!(effects(&[&[0], &[1]], 2), ["0.500000", "0.500000"]);
        assert_eq!(effects(&[&[0, 1]], 2), ["1.000000", "1.000000"]);
        assert_eq!(effects(&[&[0, 1], &[2]], 3), ["0.500000", "0.500000", "0.500000"]);
        assert_eq!(effects(&[], 0), [""; 0]);
    }
}
