//! How much is taken off a list price, in bands.

/// The bands, in the order of answers.
pub(super) const BANDS: [&str; 7] = ["above", "none", "5", "10", "20", "30", "more"];

/// Up to so many percent, behind the bands without a discount.
const PERCENT: [i128; 4] = [5, 10, 20, 30];

/// The place in [`BANDS`] of a line. Shares are compared by cross-multiplication: what is exactly on a border is within it. Of
/// a list price that is not positive no percentage can be taken off: then less is `more`.
pub(super) fn band(list: i128, net: i128) -> usize {
    let discount = list - net;
    match discount {
        ..0 => 0,
        0 => 1,
        _ => 2 + PERCENT.iter().take_while(|percent| discount * 100 > **percent * list).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exactly_on_a_border_is_within_it() {
        let of = |list, net| BANDS[band(list, net)];
        let shown = [1_010, 1_000, 999, 950, 949, 900, 800, 799, 700, 699, 0, -5].map(|net| of(1_000, net));
        let expected = ["above", "none", "5", "5", "10", "10", "20", "30", "30", "more", "more", "more"];
        assert_eq!(shown, expected);
        assert_eq!([of(0, 0), of(0, -1), of(-100, -100), of(-100, -90)], ["none", "more", "none", "above"]);
    }
}
