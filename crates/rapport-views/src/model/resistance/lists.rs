//! Lists beside the rows: they are not paged, so that the pages have the rows alone.

/// Those of an answer, of `most` at most, and how many more there are.
pub(super) fn shown<T>(mut all: Vec<T>, most: usize) -> (Vec<T>, u64) {
    let left_out = all.len().saturating_sub(most) as u64;
    all.truncate(most);
    (all, left_out)
}
