//! How many deals went the same way. Deals are many, ways are few.

use std::collections::HashMap;

use super::{
    stages::StageIndex,
    visits::{Deal, Step},
};
use crate::answers::FigureHit;

/// Something for each path that was met: the stages in the order in which a deal entered them.
#[derive(Debug)]
pub(super) struct Paths<T> {
    places: HashMap<Box<[StageIndex]>, usize>,
    values: Vec<T>,
    scratch: Vec<StageIndex>,
}

impl<T> Default for Paths<T> {
    fn default() -> Self {
        Self { places: HashMap::new(), values: Vec::new(), scratch: Vec::new() }
    }
}

impl<T: Default> Paths<T> {
    /// Changes that of this path. Allocates only for a path that is new.
    pub(super) fn update(&mut self, path: impl IntoIterator<Item = StageIndex>, change: impl FnOnce(&mut T)) {
        self.scratch.clear();
        self.scratch.extend(path);
        let place = self.places.get(self.scratch.as_slice()).copied().unwrap_or_else(|| {
            self.places.insert(self.scratch.as_slice().into(), self.values.len());
            self.values.push(T::default());
            self.values.len() - 1
        });
        if let Some(value) = self.values.get_mut(place) {
            change(value);
        }
    }

    /// All, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[StageIndex], &T)> {
        self.places.iter().filter_map(|(path, place)| Some((path.as_ref(), self.values.get(*place)?)))
    }
}

/// A deal as counted for every one of these steps, in their order.
pub(super) fn hit_of_steps(deal: &Deal<'_>, steps: &[Step]) -> FigureHit {
    let positions: Vec<_> = steps.iter().map(|step| step.by).collect();
    deal.hit(&positions)
}
