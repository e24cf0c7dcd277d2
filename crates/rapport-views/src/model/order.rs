//! Order by weight, and by name where weights are equal.

use std::{cmp::Ordering, ops::Range};

/// Puts those of equal weight into the order of their names, as far as the groups of equals reach that lie in a part of the
/// items. These are in the order of their weights; only who has an equal is asked for a name.
pub(super) fn settle<T: Copy, E>(
    items: &mut [T],
    part: Range<usize>,
    weight: impl Fn(&T, &T) -> Ordering,
    name: &mut impl FnMut(&T) -> Result<String, E>,
) -> Result<(), E> {
    debug_assert!(items.is_sorted_by(|a, b| weight(a, b).is_le()), "items come in order");
    let last = part.end.min(items.len()).checked_sub(1).filter(|last| *last >= part.start);
    let ends = last.and_then(|last| Some((*items.get(part.start)?, *items.get(last)?)));
    let Some((first, last)) = ends else { return Ok(()) };
    let from = items.partition_point(|item| weight(item, &first).is_lt());
    let to = items.partition_point(|item| weight(item, &last).is_le());
    let touched = items.get_mut(from..to).unwrap_or_default();
    for equal in touched.chunk_by_mut(|a, b| weight(a, b).is_eq()).filter(|equal| equal.len() > 1) {
        let named = equal.iter().map(|item| Ok((name(item)?, *item)));
        let mut named = named.collect::<Result<Vec<_>, E>>()?;
        named.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (place, (_, item)) in equal.iter_mut().zip(named) {
            *place = item;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Tens are weights, and names are the other way round than numbers.
    fn settled(part: Range<usize>) -> (Vec<u8>, usize) {
        let mut items = [11, 12, 21, 22, 23, 31, 41, 42];
        let mut asked = 0;
        let weight = |a: &u8, b: &u8| (a / 10).cmp(&(b / 10));
        let mut name = |item: &u8| {
            asked += 1;
            Ok::<_, Infallible>((99 - item).to_string())
        };
        settle(&mut items, part, weight, &mut name).unwrap();
        (items.to_vec(), asked)
    }

    #[test]
    fn only_the_groups_that_reach_into_the_part_are_named() {
        assert_eq!(settled(0..8), (vec![12, 11, 23, 22, 21, 31, 42, 41], 7));
        assert_eq!(settled(3..4), (vec![11, 12, 23, 22, 21, 31, 41, 42], 3));
        assert_eq!(settled(1..3), (vec![12, 11, 23, 22, 21, 31, 41, 42], 5));
        assert_eq!(settled(5..6).1, 0);
        assert_eq!((settled(4..4).1, settled(8..9).1, settled(6..usize::MAX).1), (0, 0, 2));
    }
}
