//! How long invoices are past due, in bands.

use jiff::civil::Date;

/// The bands, in the order of answers.
pub(super) const AGES: [&str; 5] = ["not_due", "1-30", "31-60", "61-90", "more"];

/// The place in [`AGES`] of what is so many days past due.
pub(super) const fn age(days: i32) -> usize {
    match days {
        ..=0 => 0,
        1..=30 => 1,
        31..=60 => 2,
        61..=90 => 3,
        _ => 4,
    }
}

/// Days past due, by the calendar: an invoice that is due today is not past due.
pub(super) fn days_past(due: Date, today: Date) -> i32 {
    due.until(today).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_band_holds_its_last_day() {
        let due = date(2025, 3, 10);
        let of =
            |days: i32| AGES[age(days_past(due, due.checked_add(jiff::Span::new().days(days)).unwrap()))];
        let shown = [-1, 0, 1, 30, 31, 60, 61, 90, 91, 4_000].map(of);
        let expected =
            ["not_due", "not_due", "1-30", "1-30", "31-60", "31-60", "61-90", "61-90", "more", "more"];
        assert_eq!(shown, expected);
    }
}
