//! Bars: a length says more than a number.

/// Eighths of a cell, from one to seven.
const PARTS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A bar for `value` where `max` fills `width` cells; something that is not 0 shows at least a sliver.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the bar's own few cells"
)]
pub(super) fn bar(value: f64, max: f64, width: usize) -> String {
    if !(value > 0.0 && max > 0.0) {
        return String::new();
    }
    let eighths = ((value / max).min(1.0) * (width * 8) as f64).round().max(1.0) as usize;
    let part = (eighths % 8).checked_sub(1).and_then(|index| PARTS.get(index));
    let mut bar = "█".repeat(eighths / 8);
    bar.extend(part);
    bar
}

/// A score with its interval on a scale from `min` to `max`, `width` cells wide: `····├──●──┤·····`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the bar's own few cells"
)]
pub(super) fn interval((low, score, high): (f64, f64, f64), (min, max): (f64, f64), width: usize) -> String {
    let last = width.saturating_sub(1);
    let cell = |value: f64| (((value - min) / (max - min)).clamp(0.0, 1.0) * last as f64).round() as usize;
    let (low, score, high) = (cell(low), cell(score), cell(high));
    let sign = |place: usize| match place {
        _ if place == score => '●',
        _ if place == low => '├',
        _ if place == high => '┤',
        _ if low < place && place < high => '─',
        _ => '·',
    };
    (0..width).map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_grows_by_eighths_and_never_leaves_its_cells() {
        assert_eq!(bar(1.0, 2.0, 4), "██");
        assert_eq!(bar(9.0, 16.0, 2), "█▏");
        assert_eq!(bar(5.0, 2.0, 3), "███");
        assert_eq!(bar(0.001, 100.0, 10), "▏");
        assert_eq!([bar(0.0, 1.0, 4), bar(1.0, 0.0, 4), bar(f64::NAN, 1.0, 4)], ["", "", ""]);
    }

    #[test]
    fn an_interval_shows_its_ends_and_its_middle() {
        assert_eq!(interval((0.0, 5.0, 10.0), (0.0, 10.0), 11), "├────●────┤");
        assert_eq!(interval((-100.0, 100.0, 100.0), (-100.0, 100.0), 5), "├───●");
        assert_eq!(interval((20.0, 50.0, 80.0), (0.0, 100.0), 11), "··├──●──┤··");
    }
}
