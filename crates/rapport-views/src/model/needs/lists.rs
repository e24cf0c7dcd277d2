//! Lists beside the rows: they are not paged, so that the pages have the rows alone.

/// Of each at most.
const ROWS_MAX: usize = 500;

/// Those of an answer, and how many more there are.
pub(super) fn shown<T>(mut all: Vec<T>) -> (Vec<T>, u64) {
    let left_out = all.len().saturating_sub(ROWS_MAX) as u64;
    all.truncate(ROWS_MAX);
    (all, left_out)
}
