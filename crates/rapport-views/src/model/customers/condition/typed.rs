//! Values of a condition, typed by the fields that they are compared with.

use jiff::{ToSpan as _, civil::Date};
use rapport_model::currency_exponent;

use super::Op;
use crate::model::customers::field::{Field, Holds};

/// A comparison.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::model::customers) struct Test {
    pub(in crate::model::customers) field: Field,
    pub(in crate::model::customers) op: Op,
    /// It holds where it holds for one of these.
    pub(in crate::model::customers) any_of: Vec<Literal>,
}

/// A value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::model::customers) enum Literal {
    /// A class or a code.
    Text(String),
    Count(i128),
    Number(f64),
    /// An amount.
    Money {
        minor_units: i128,
        currency: String,
    },
    Length(Length),
    Day(Date),
}

/// A length of time, by the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model::customers) struct Length {
    months: i32,
    days: i32,
}

impl Length {
    /// The whole days from the day that is so long before `today` until `today`.
    pub(in crate::model::customers) fn days(self, today: Date) -> i32 {
        let before = today.checked_sub(self.months.months().days(self.days));
        before.map_or(i32::MAX, |before| before.until(today).map_or(i32::MAX, |span| span.get_days()))
    }
}

/// The value that a text is for a field; otherwise what was expected.
pub(super) fn typed(field: &Field, text: &str, currency: Option<&str>) -> Result<Literal, String> {
    let wrong = || format!("expected {}, found `{text}`", field.example());
    match field.holds() {
        Holds::Word(words) => {
            let known = words.iter().find(|word| !word.is_empty() && word.eq_ignore_ascii_case(text));
            known.map(|word| Literal::Text((*word).to_owned())).ok_or_else(wrong)
        }
        Holds::Text => Ok(Literal::Text(text.to_owned())),
        Holds::Count => text.parse().map(Literal::Count).map_err(|_| wrong()),
        Holds::Score => {
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            number.map(Literal::Number).ok_or_else(wrong)
        }
        Holds::Share => {
            let share = text.parse().ok().filter(|share: &f64| share.is_finite() && *share <= 1.0);
            share.map(Literal::Number).ok_or_else(wrong)
        }
        Holds::Money => money(text, currency).ok_or_else(|| match currency {
            Some(code) => format!("expected {}, found `{text} {code}`", field.example()),
            None => format!("{}; an amount has a currency", wrong()),
        }),
        Holds::Length => length(text).map(Literal::Length).ok_or_else(wrong),
        Holds::Day => text.parse().map(Literal::Day).map_err(|_| wrong()),
    }
}

/// Decimals of a currency, to the minor unit.
fn money(text: &str, currency: Option<&str>) -> Option<Literal> {
    let currency = currency?.to_ascii_uppercase();
    let exponent = usize::try_from(currency_exponent(&currency)?).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    if digits.is_empty() || !is_digits(digits) || !is_digits(fraction) || fraction.len() > exponent {
        return None;
    }
    let minor_units = format!("{whole}{fraction:0<exponent$}").parse().ok()?;
    Some(Literal::Money { minor_units, currency })
}

/// `60d`, `8w`, `3m`, `2y`.
fn length(text: &str) -> Option<Length> {
    let unit = text.chars().next_back()?;
    let count: i32 = text.strip_suffix(unit)?.parse().ok().filter(|count| *count >= 0)?;
    let (months, days) = match unit.to_ascii_lowercase() {
        'd' => (0, count),
        'w' => (0, count.checked_mul(7)?),
        'm' => (count, 0),
        'y' => (count.checked_mul(12)?, 0),
        _ => return None,
    };
    // What the calendar has.
    (months <= 120_000 && days <= 3_650_000).then_some(Length { months, days })
}
