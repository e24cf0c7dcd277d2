//! Numbers and money for people, and plain for programs.

use rapport_model::currency_exponent;

/// Between groups of three digits: U+2009 THIN SPACE.
const GROUP: char = '\u{2009}';

/// A count with groups: `12 345`.
pub(crate) fn count(count: u64) -> String {
    grouped(&count.to_string())
}

/// A count with what is counted: `1 event`, `12 345 events`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Text with the amounts in it written as [`money`] writes them: `1250.00 EUR` becomes `1 250.00 EUR`. Only what has
/// exactly the digits of its currency is an amount.
pub(crate) fn group_amounts(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        if words.peek().is_some_and(|next| is_amount(word, next)) {
            shown.push_str(&grouped(word));
        } else {
            shown.push_str(word);
        }
        if words.peek().is_some() {
            shown.push(' ');
        }
    }
    shown
}

fn is_amount(word: &str, next: &str) -> bool {
    // The currency may be followed by the sign that ends its part of the sentence.
    let Some(digits) = next.get(..3).and_then(currency_exponent) else { return false };
    if next.chars().nth(3).is_some_and(char::is_alphanumeric) {
        return false;
    }
    let word = word.strip_prefix('-').unwrap_or(word);
    let (whole, rest) = word.split_once('.').unwrap_or((word, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    !whole.is_empty() && is_number(whole) && is_number(rest) && rest.len() == digits as usize
}

/// An amount of minor units with its currency's digits: `12 345.00 EUR`; `-` for a deal without a currency.
pub(crate) fn money(minor_units: impl Into<i128>, currency: &str) -> String {
    if currency.is_empty() {
        return "-".to_owned();
    }
    format!("{} {currency}", grouped(&money_plain(minor_units, currency)))
}

/// The same as a plain decimal number, for CSV: `12345.00`.
pub(super) fn money_plain(minor_units: impl Into<i128>, currency: &str) -> String {
    let minor_units = minor_units.into();
    let scale = currency_exponent(currency).unwrap_or(0) as usize;
    let digits = format!("{:0>width$}", minor_units.unsigned_abs(), width = scale + 1);
    let (whole, minor) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
    let (sign, point) = (if minor_units < 0 { "-" } else { "" }, if scale == 0 { "" } else { "." });
    format!("{sign}{whole}{point}{minor}")
}

/// A share: `23.4 %`; `-` where there is none.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{}{GROUP}%", fixed(share * 100.0, 1)))
}

/// A number with so many digits behind the point. Zero has no sign, also where rounding made it.
pub(super) fn fixed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| byte == b'0' || byte == b'.') => zero.to_owned(),
        Some(_) | None => text,
    }
}

/// The fewest digits behind the point with which a step of this size is seen; few for no step at all.
pub(super) fn digits_of(step: f64) -> usize {
    const DIGITS_MAX: usize = 6;
    let seen = |digits: &usize| step * 10_f64.powi(i32::try_from(*digits).unwrap_or(0)) >= 1.0;
    if step > 0.0 { (0..DIGITS_MAX).find(seen).unwrap_or(DIGITS_MAX) } else { 0 }
}

/// A number for CSV, in full; empty where there is none.
pub(super) fn plain_number(value: Option<f64>) -> String {
    // Adding 0 takes the sign off a zero.
    value.map(|value| (value + 0.0).to_string()).unwrap_or_default()
}

fn grouped(number: &str) -> String {
    let whole_end = number.find('.').unwrap_or(number.len());
    let mut text = String::with_capacity(number.len() + 8);
    for (place, character) in number.char_indices() {
        let left = whole_end.saturating_sub(place);
        let after_digit = text.ends_with(|before: char| before.is_ascii_digit());
        if place < whole_end && left % 3 == 0 && after_digit {
            text.push(GROUP);
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_the_digits_of_its_currency_and_thin_groups() {
        let shown = [
            (123_456_789, "EUR"),
            (-99_999, "EUR"),
            (1_250, "JPY"),
            (-5, "EUR"),
            (1_234_567, "KWD"),
            (18_446_744_073_709_551_615, "EUR"),
            (-9_223_372_036_854_775_809, "JPY"),
            (0, ""),
        ]
        .map(|(units, currency): (i128, _)| money(units, currency).replace(GROUP, "_"));
        let expected = [
            "1_234_567.89 EUR",
            "-999.99 EUR",
            "1_250 JPY",
            "-0.05 EUR",
            "1_234.567 KWD",
            "184_467_440_737_095_516.15 EUR",
            "-9_223_372_036_854_775_809 JPY",
            "-",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_zero_has_no_sign_however_it_came_about() {
        let around_zero = [-0.0, -1e-300, -0.000_4, -0.004_9, -0.04, -0.049_999, -0.4, 0.0, 1e-9];
        for (value, digits) in
            around_zero.into_iter().flat_map(|value| (0..8).map(move |digits| (value, digits)))
        {
            let shown = [fixed(value, digits), percent(Some(value)), plain_number(Some(value))];
            for text in shown {
                let signed_zero =
                    text.starts_with('-') && !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
                assert!(!signed_zero, "{value} with {digits} digits: {text}");
            }
        }
        assert_eq!([fixed(-0.05, 2), fixed(-0.5, 0), fixed(-1.5, 1)], ["-0.05", "0", "-1.5"]);
    }

    #[test]
    fn rounding_keeps_a_number_between_the_ends_of_its_interval() {
        for step in 0..2_000 {
            let value = f64::from(step - 1_000) / 977.0;
            for reach in [0.0, 1e-9, 0.004, 0.05, 0.3] {
                let digits = digits_of(reach).max(1);
                let shown = |value: f64| fixed(value, digits).parse::<f64>().unwrap();
                let (low, middle, high) = (shown(value - reach), shown(value), shown(value + reach));
                assert!(low <= middle && middle <= high, "{value} ± {reach}: {low} {middle} {high}");
                assert!(reach < 1e-6 || low < high, "{value} ± {reach} is shown as a point");
            }
        }
    }

    #[test]
    fn counts_are_grouped_by_three() {
        let shown = [0, 999, 1_000, 1_234_567].map(|number| count(number).replace(GROUP, "_"));
        assert_eq!(shown, ["0", "999", "1_000", "1_234_567"]);
    }

    #[test]
    fn one_is_singular_and_everything_else_is_not() {
        let shown = [0, 1, 2, 12_345].map(|number| counted(number, "event", "events").replace(GROUP, "_"));
        assert_eq!(shown, ["0 events", "1 event", "2 events", "12_345 events"]);
    }

    #[test]
    fn amounts_in_text_are_grouped_and_other_numbers_are_not() {
        for (text, shown) in [
            ("deal 1250: 1250.00 EUR", "deal 1250: 1_250.00 EUR"),
            ("-1234567.89 EUR, 5000 JPY · 12.50 EUR", "-1_234_567.89 EUR, 5_000 JPY · 12.50 EUR"),
            ("order 20240 for 1250 EUR in 2026 all", "order 20240 for 1250 EUR in 2026 all"),
            ("1250.00 EURO  1250.00", "1250.00 EURO  1250.00"),
        ] {
            assert_eq!(group_amounts(text).replace(GROUP, "_"), shown);
        }
    }
}
