//! Sorted lists of numbers in one allocation: each list lies in an extent of a power of two, moves to one of twice
//! the size when it is full, and leaves its old one to the next list of that size.
//!
//! So a list is a slice: its end is known, it is read in both directions, and a place in it is found by bisection.

#![expect(clippy::indexing_slicing, reason = "an extent is handed out by this module and lies inside `data`")]

/// Where a list lies.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extent {
    start: u32,
    len: u32,
    /// The extent has room for `2^class` numbers; nothing is reserved for an empty list.
    class: u8,
}

impl Extent {
    pub(super) const fn len(self) -> u32 {
        self.len
    }

    const fn is_full(self) -> bool {
        self.len == 0 || self.len == 1 << self.class
    }
}

/// All lists of an index.
#[derive(Debug, Default)]
pub(super) struct Postings {
    data: Vec<u32>,
    free: [Vec<u32>; 32],
}

impl Postings {
    /// The numbers of a list, ascending.
    pub(super) fn list(&self, extent: Extent) -> &[u32] {
        let start = extent.start as usize;
        &self.data[start..start + extent.len as usize]
    }

    /// Appends a number that is greater than the last; the same one again changes nothing.
    pub(super) fn push(&mut self, extent: &mut Extent, number: u32) {
        if self.list(*extent).last() == Some(&number) {
            return;
        }
        if extent.is_full() {
            self.grow(extent);
        }
        self.data[(extent.start + extent.len) as usize] = number;
        extent.len += 1;
    }

    fn grow(&mut self, extent: &mut Extent) {
        let class = if extent.len == 0 { 0 } else { extent.class + 1 };
        let start = self.free[usize::from(class)].pop().unwrap_or_else(|| self.reserve(class));
        let old = extent.start as usize..(extent.start + extent.len) as usize;
        self.data.copy_within(old, start as usize);
        if extent.len > 0 {
            self.free[usize::from(extent.class)].push(extent.start);
        }
        *extent = Extent { start, len: extent.len, class };
    }

    #[expect(clippy::cast_possible_truncation, reason = "a generation's postings are far below 2^32")]
    fn reserve(&mut self, class: u8) -> u32 {
        let start = self.data.len();
        self.data.resize(start + (1 << class), 0);
        start as u32
    }

    pub(super) fn bytes(&self) -> usize {
        4 * (self.data.len() + self.free.iter().map(Vec::len).sum::<usize>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_grow_in_turns_keep_their_numbers() {
        let mut postings = Postings::default();
        let mut extents = [Extent::default(); 7];
        for number in 0..5_000_u32 {
            postings.push(&mut extents[(number * number % 7) as usize], number);
        }
        for (nth, extent) in (0..).zip(extents) {
            let expected: Vec<_> = (0..5_000).filter(|number| number * number % 7 == nth).collect();
            assert_eq!(postings.list(extent), expected);
        }
    }

    #[test]
    fn the_same_number_again_is_kept_once() {
        let (mut postings, mut extent) = (Postings::default(), Extent::default());
        [3, 3, 9, 9].into_iter().for_each(|number| postings.push(&mut extent, number));
        assert_eq!(postings.list(extent), [3, 9]);
    }
}
