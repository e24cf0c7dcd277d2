//! What the value of one member has to be, beyond the type that the contract gives it.

use rapport_model::{currency_exponent, parse_date, zone_exists};

use super::{
    code::{CODE_EXPECTED, is_code},
    json::Json,
};

/// The form of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// Whatever the type takes.
    Any,
    /// Text to show.
    Name,
    /// Text that is not empty; blanks at its ends are a flaw.
    Code,
    /// A list that is not empty, of things of this name.
    SomeOf(&'static str),
    /// 0 to 1; the words that are told.
    Share(&'static str),
    /// Above 0 and at most so many percent, with two decimals.
    Percent(f64),
    /// Above 0 and at most so much.
    Above0(f64),
    /// A whole number from here to there.
    Whole(i64, i64),
    /// Four ascending whole numbers.
    Borders,
    /// ISO 4217.
    Currency,
    /// IANA.
    Zone,
    /// ISO 8601.
    Date,
    /// `09:00`; the last is `23:59`, or `24:00` where it is an end.
    Time {
        /// Whether it ends hours.
        ends: bool,
    },
    /// A year, a quarter or a month.
    Period,
}

/// Whether a value has a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has.
    Fits,
    /// It has, and a new body must not have it.
    Flaw(String),
    /// It has not.
    Fault(String),
}

impl Form {
    /// Whether a value has this form.
    pub(super) fn of(self, value: &Json) -> Verdict {
        match self {
            Self::Any => Verdict::Fits,
            Self::Name => either(value.text().is_some(), "text, or no name at all", value),
            Self::Code => code(value),
            Self::SomeOf(things) => some_of(things, value),
            Self::Share(words) => number(value, words, |number| (0.0..=1.0).contains(&number)),
            Self::Percent(most) => percent(most, value),
            Self::Above0(most) => {
                let words = format!("a number above 0 and at most {most}");
                number(value, &words, |number| number > 0.0 && number <= most)
            }
            Self::Whole(least, most) => {
                let fits = value.whole().is_some_and(|whole| (least..=most).contains(&whole));
                either(fits, &format!("a whole number from {least} to {most}"), value)
            }
            Self::Borders => borders(value),
            Self::Currency => {
                text(value, "an ISO 4217 code such as `EUR`", |text| currency_exponent(text).is_some())
            }
            Self::Zone => text(value, "an IANA time zone such as `Europe/Riga`", zone_exists),
            Self::Date => {
                text(value, "an ISO 8601 date such as `2026-12-24`", |text| parse_date(text).is_some())
            }
            Self::Time { ends } => {
                let words = if ends {
                    "a time of day from `00:01` to `24:00`"
                } else {
                    "a time of day such as `09:00`"
                };
                text(value, words, |text| minutes(text).is_some_and(|minutes| is_time(minutes, ends)))
            }
            Self::Period => {
                text(value, "a year, quarter or month such as `2026`, `2026-Q1` or `2026-03`", is_period)
            }
        }
    }
}

/// The minutes since midnight of a text such as `09:00`, up to `24:00`.
pub(super) fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |digits: &str| {
        let is_two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_two.then(|| digits.parse::<u32>().ok()).flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

const fn is_time(minutes: u32, ends: bool) -> bool {
    if ends { minutes > 0 } else { minutes < 24 * 60 }
}

fn is_period(text: &str) -> bool {
    let Some(year) = text.get(..4) else { return false };
    let is_year = year.bytes().all(|byte| byte.is_ascii_digit()) && year != "0000";
    let rest = text.get(4..).unwrap_or_default();
    let is_quarter = ["-Q1", "-Q2", "-Q3", "-Q4"].contains(&rest);
    is_year
        && (rest.is_empty() || is_quarter || (rest.len() == 3 && parse_date(&format!("{text}-01")).is_some()))
}

fn either(fits: bool, expected: &str, found: &Json) -> Verdict {
    if fits {
        Verdict::Fits
    } else {
        Verdict::Fault(format!("expected {expected}, found {}", found.described()))
    }
}

fn text(value: &Json, expected: &str, fits: impl FnOnce(&str) -> bool) -> Verdict {
    either(value.text().is_some_and(fits), expected, value)
}

fn number(value: &Json, expected: &str, fits: impl FnOnce(f64) -> bool) -> Verdict {
    either(value.number().is_some_and(fits), expected, value)
}

fn code(value: &Json) -> Verdict {
    match value.text() {
        Some("") => Verdict::Fault("expected a value, found none".to_owned()),
        Some(code) if is_code(code) => Verdict::Fits,
        Some(_) => Verdict::Flaw(CODE_EXPECTED.to_owned()),
        None => either(false, "text", value),
    }
}

fn some_of(things: &str, value: &Json) -> Verdict {
    match value {
        Json::List(items) if items.is_empty() => {
            Verdict::Fault(format!("expected at least one {things}, found none"))
        }
        Json::List(_) => Verdict::Fits,
        other => either(false, "a list", other),
    }
}

fn percent(most: f64, value: &Json) -> Verdict {
    let words = format!("percent above 0 and at most {most}");
    match number(value, &words, |number| number > 0.0 && number <= most) {
        Verdict::Fits => number_of_hundredths(value),
        other => other,
    }
}

fn number_of_hundredths(value: &Json) -> Verdict {
    let fits = |number: f64| (number * 100.0 - (number * 100.0).round()).abs() < 1e-6;
    number(value, "at most two decimals", fits)
}

fn borders(value: &Json) -> Verdict {
    let Json::List(items) = value else { return either(false, "a list of four whole numbers", value) };
    let numbers: Vec<_> = items.iter().filter_map(Json::whole).filter(|number| *number >= 0).collect();
    let ascending = numbers.iter().zip(numbers.iter().skip(1)).all(|(a, b)| a < b);
    if ascending && numbers.len() == 4 && items.len() == 4 {
        return Verdict::Fits;
    }
    Verdict::Fault("expected four whole numbers from 0 on, each above the one before".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_periods_are_what_a_calendar_has() {
        let fits = |form: Form, text: &str| form.of(&Json::Text(text.to_owned())) == Verdict::Fits;
        let (from, to) = (Form::Time { ends: false }, Form::Time { ends: true });
        for (text, begins, ends) in [
            ("00:00", true, false),
            ("09:30", true, true),
            ("23:59", true, true),
            ("24:00", false, true),
            ("24:01", false, false),
            ("9:00", false, false),
            ("09:60", false, false),
            ("+9:00", false, false),
            ("", false, false),
        ] {
            assert_eq!((fits(from, text), fits(to, text)), (begins, ends), "{text}");
        }
        for text in ["2026", "2026-Q4", "2026-12"] {
            assert!(fits(Form::Period, text), "{text}");
        }
        for text in ["", "26", "0000", "2026-", "2026-Q5", "2026-13", "2026-1", "2026-03-01", "20é6"] {
            assert!(!fits(Form::Period, text), "{text}");
        }
    }
}
