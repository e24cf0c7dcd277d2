//! The levels, and where each ends.

use rapport_proto::{definition::classes::Pyramid, v1::PyramidLevel};

/// The levels of those who bought in the period, the highest first.
pub(super) const OF_BUYERS: [PyramidLevel; 4] =
    [PyramidLevel::Top, PyramidLevel::Large, PyramidLevel::Medium, PyramidLevel::Small];

/// What "the top 20 %" are, wherever the levels end.
pub(super) const FIFTH: u32 = 2_000;

/// Fewer customers have no fifth worth the name.
pub(super) const FIFTH_MIN: usize = 5;

/// As figures and pages write it; empty for no level.
pub(super) const fn code(level: PyramidLevel) -> &'static str {
    match level {
        PyramidLevel::Unspecified => "",
        PyramidLevel::Top => "top",
        PyramidLevel::Large => "large",
        PyramidLevel::Medium => "medium",
        PyramidLevel::Small => "small",
        PyramidLevel::Inactive => "inactive",
        PyramidLevel::Prospect => "prospect",
        PyramidLevel::Suspect => "suspect",
    }
}

/// How many of so many customers are on the first level, on the first two, and on the first three.
pub(super) fn ends(cuts: Pyramid, customers: usize) -> [usize; 3] {
    [cuts.top, cuts.large, cuts.medium].map(|cut| first(cut, customers))
}

/// So many hundredths of a percent of the customers, rounded up.
pub(super) fn first(hundredths: u32, customers: usize) -> usize {
    let part = (customers as u128 * u128::from(hundredths)).div_ceil(10_000);
    usize::try_from(part).map_or(customers, |part| part.min(customers))
}

/// The level of one who is in this place, from 0.
pub(super) fn at(place: usize, ends: [usize; 3]) -> PyramidLevel {
    let levels = OF_BUYERS.into_iter().zip(ends);
    levels.into_iter().find(|(_, end)| place < *end).map_or(PyramidLevel::Small, |(level, _)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(customers: usize) -> [usize; 4] {
        let ends = ends(Pyramid::default(), customers);
        let size = |level| (0..customers).filter(|place| at(*place, ends) == level).count();
        OF_BUYERS.map(size)
    }

    #[test]
    fn a_hundred_are_one_four_fifteen_and_eighty() {
        assert_eq!(sizes(100), [1, 4, 15, 80]);
        assert_eq!(sizes(4_339), [44, 173, 651, 3_471]);
    }

    #[test]
    fn parts_are_rounded_up_and_whole_ones_are_not() {
        assert_eq!(sizes(101), [2, 4, 15, 80]);
        assert_eq!(sizes(20), [1, 0, 3, 16]);
        assert_eq!(sizes(21), [1, 1, 3, 16]);
        assert_eq!((sizes(1), sizes(0)), ([1, 0, 0, 0], [0; 4]));
        assert_eq!(
            ends(Pyramid { top: 9_999, large: 10_000, medium: 10_000, ..Pyramid::default() }, 3),
            [3, 3, 3]
        );
    }
}
