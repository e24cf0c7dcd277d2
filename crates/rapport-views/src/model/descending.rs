//! The order of lists in which the most comes first.

use std::cmp::Reverse;

/// The heaviest first; what weighs the same is ordered by name, and only that is asked for its name.
pub(super) fn heaviest_first<T: Copy, W: Ord, E>(
    items: &mut [T],
    weight: impl Fn(&T) -> W,
    mut name: impl FnMut(&T) -> Result<String, E>,
) -> Result<(), E> {
    items.sort_unstable_by_key(|item| Reverse(weight(item)));
    for equal in items.chunk_by_mut(|a, b| weight(a) == weight(b)).filter(|equal| equal.len() > 1) {
        let named = equal.iter().map(|item| Ok((name(item)?, *item)));
        let mut named = named.collect::<Result<Vec<_>, E>>()?;
        named.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (place, (_, item)) in equal.iter_mut().zip(named) {
            *place = item;
        }
    }
    Ok(())
}
