//! How texts are read to be sorted: `10.02.2026` and `9:05` have no order as texts.

use rapport_model::Decimal;

use super::{moment::DateRule, number::NumberStyle};

/// Why a text that is neither a date nor a number to the mapping cannot be put in order as a text; `None` where it can.
pub(crate) fn unread(text: &str, dates: &DateRule, numbers: NumberStyle) -> Option<String> {
    if is_date_like(text) {
        return Some(dates.expected());
    }
    numbers.exchanged().and_then(|other| other.parse(text)).map(|_| numbers.expected())
}

/// Seconds of a time of the day or a duration, `9:05` or `11:30:15 pm`.
pub(crate) fn seconds(text: &str) -> Option<Decimal> {
    let (time, noon) = match text.get(text.len().checked_sub(2)?..)? {
        end if end.eq_ignore_ascii_case("am") => (text.get(..text.len() - 2)?, Some(false)),
        end if end.eq_ignore_ascii_case("pm") => (text.get(..text.len() - 2)?, Some(true)),
        _ => (text, None),
    };
    let (whole, fraction) = time.trim_end().split_once('.').unwrap_or((time.trim_end(), ""));
    let parts: Vec<&str> = whole.split(':').collect();
    if !(2..=3).contains(&parts.len()) || (!fraction.is_empty() && parts.len() == 2) {
        return None;
    }
    let mut total = 0_i64;
    for (place, part) in parts.iter().enumerate() {
        let is_number = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let mut number: i64 = part.parse().ok().filter(|_| is_number)?;
        if place == 0
            && let Some(afternoon) = noon
        {
            number = number % 12 + if afternoon { 12 } else { 0 };
        }
        total = total * 60 + number;
    }
    if parts.len() == 2 {
        total *= 60;
    }
    format!("{total}.{}", if fraction.is_empty() { "0" } else { fraction }).parse().ok()
}

/// Whether a text begins with a day, a month and a year, in whatever order and however the month is written.
fn is_date_like(text: &str) -> bool {
    let is_part = |part: &&str| !part.is_empty();
    let mut parts = text.split(|mark: char| mark.is_whitespace() || "./-,:T".contains(mark)).filter(is_part);
    let (Some(first), Some(second), Some(third)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 4);
    let is_year =
        |part: &str| part.len() == 4 && number(part).is_some_and(|year| (1000..3000).contains(&year));
    let is_short_year = |part: &str| is_year(part) || part.len() == 2 && number(part).is_some();
    let is_day = |part: &str| part.len() <= 2 && number(part).is_some_and(|day| (1..=31).contains(&day));
    if [first, second].into_iter().any(is_month_name) {
        let other = if is_month_name(first) { second } else { first };
        return (is_day(other) || is_year(other)) && (is_short_year(third) || is_day(third));
    }
    let marks: Vec<char> = text.chars().filter(|letter| "./-".contains(*letter)).take(2).collect();
    let one_mark = matches!(marks.as_slice(), [one, other] if one == other);
    let by_numbers = is_day(first) && is_day(second) && is_short_year(third)
        || is_year(first) && is_day(second) && is_day(third);
    one_mark && by_numbers
}

fn is_month_name(word: &str) -> bool {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    word.len() >= 3 && NAMES.iter().any(|name| name.starts_with(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers_of_another_style_are_not_put_in_order_as_texts() {
        let (dates, numbers) = (DateRule::default(), NumberStyle::default());
        for text in [
            "03.04.2026",
            "3/4/26",
            "03-04-2026 10:00",
            "2026/04/03",
            "3 Apr 2026",
            "April 3, 2026",
            "03-Apr-26",
            "2026-Apr-03",
            "03.04.2026T10:00",
            "12,5",
            "1.234,50",
        ] {
            assert!(unread(text, &dates, numbers).is_some(), "{text}");
        }
        for text in [
            "step 2",
            "A",
            "1.2.3",
            "1.10.2-rc",
            "v3",
            "Marta 3 4",
            "10-12",
            "a/b/c",
            "3.4",
            "x 12,5",
            "",
            "-",
            "40.50.2026",
            "may",
            "D-2026-01",
        ] {
            assert_eq!(unread(text, &dates, numbers), None, "{text}");
        }
    }

    #[test]
    fn times_of_the_day_and_durations_are_in_order_by_their_seconds() {
        let ascending = [
            "12:05 AM",
            "0:06",
            "9:05",
            "9:05:00.5",
            "9:06 am",
            "10:00",
            "12:00pm",
            "13:00",
            "11:30:15 PM",
            "25:00",
            "100:00:00",
        ];
        let seconds: Vec<f64> =
            ascending.iter().map(|text| super::seconds(text).unwrap().to_string().parse().unwrap()).collect();
        assert!(seconds.is_sorted_by(|left, right| left < right), "{seconds:?}");
        for text in ["", ":", "9", "a:b", "9:", "9:05:06:07", "12.5", "9:05.5", "am", "10:xx", "D-1:2 a"] {
            assert!(super::seconds(text).is_none(), "{text}");
        }
    }
}
