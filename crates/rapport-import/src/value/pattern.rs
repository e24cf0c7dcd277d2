//! Patterns of `strptime`, and the pattern with day and month the other way round.

use jiff::{
    civil,
    fmt::strtime::{self, BrokenDownTime},
    tz::TimeZone,
};

use super::{offset, reading::Reading};

/// Earlier years are not in exports: `26` in place of `%Y` is a year of two digits, which `%y` reads.
const YEAR_MIN: i16 = 1000;

/// A pattern by which dates can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    /// Without the offset at its end, which is read in more spellings than `%z` has.
    before_offset: Option<String>,
}

/// Which of day and month stands first in a pattern that writes both with digits and the year behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

impl Pattern {
    /// # Errors
    /// Why no date can be read by it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if !text.contains('%') {
            return Err("it has no directive, which begins with `%`".into());
        }
        let before_offset = text.strip_suffix("%z").or_else(|| text.strip_suffix("%:z"));
        let pattern = Self {
            text: text.to_owned(),
            before_offset: before_offset.map(|text| text.trim_end().to_owned()),
        };
        // It is sound when a moment that it writes can be read by it again. Every part of it has all its digits, so
        // patterns without marks between the parts can be read.
        let sample = civil::date(2026, 11, 22).at(23, 14, 15, 123_456_000);
        let sample = sample.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
        let written = strtime::format(text, &sample).map_err(|error| error.to_string())?;
        BrokenDownTime::parse(text, &written).map_err(|error| error.to_string())?;
        pattern.read(&written).ok_or("it must say year, month and day")?;
        Ok(pattern)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn read(&self, text: &str) -> Option<Reading> {
        if let Some(pattern) = &self.before_offset {
            let (local, offset) = offset::split_end(text)?;
            let local = match local_of(&BrokenDownTime::parse(pattern, local).ok()?)? {
                Reading::Day(date) => date.at(0, 0, 0, 0),
                Reading::Local(local) => local,
                Reading::Instant(_) => return None,
            };
            return offset.to_timestamp(local).ok().map(Reading::Instant);
        }
        let parsed = BrokenDownTime::parse(&self.text, text).ok()?;
        if parsed.offset().is_some() || parsed.timestamp().is_some() {
            return parsed.to_timestamp().ok().map(Reading::Instant);
        }
        local_of(&parsed)
    }

    /// Which of day and month is first; `None` where the year is before them, or one of them is a name or not there.
    pub(crate) fn order(&self) -> Option<Order> {
        let text = self.text.replace("%D", "%m/%d/%y");
        let (day, month) = (directive(&text, "de")?, directive(&text, "m")?);
        let year = directive(&text, "Yy")?;
        if year.start < day.start.min(month.start) {
            return None;
        }
        Some(if day.start < month.start { Order::DayFirst } else { Order::MonthFirst })
    }

    /// Whether its dates begin with a year of four digits, so that no other pattern reads them.
    pub(crate) fn starts_with_year(&self) -> bool {
        self.text.starts_with("%Y") || self.text.starts_with("%F")
    }

    /// Whether nothing stands between its parts.
    pub(crate) fn is_compact(&self) -> bool {
        self.text.split('%').skip(1).all(|part| part.trim_start_matches(['-', '_', '0']).len() == 1)
    }

    /// The pattern with day and month exchanged, where files are written both ways.
    pub(crate) fn exchanged(&self) -> Option<Self> {
        self.order()?;
        let text = self.text.replace("%D", "%m/%d/%y");
        let (day, month) = (directive(&text, "de")?, directive(&text, "m")?);
        let (first, second) = if day.start < month.start { (day, month) } else { (month, day) };
        let exchanged = [
            text.get(..first.start)?,
            text.get(second.clone())?,
            text.get(first.end..second.start)?,
            text.get(first.clone())?,
            text.get(second.end..)?,
        ];
        Self::parse(&exchanged.concat()).ok()
    }
}

fn local_of(parsed: &BrokenDownTime) -> Option<Reading> {
    let date = parsed.to_date().ok().filter(|date| date.year() >= YEAR_MIN)?;
    if parsed.hour().is_none() {
        return Some(Reading::Day(date));
    }
    Some(Reading::Local(date.to_datetime(parsed.to_time().ok()?)))
}

/// Where the first directive of one of these letters stands, with its flags.
fn directive(pattern: &str, letters: &str) -> Option<std::ops::Range<usize>> {
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        let start = pattern.len() - rest.len() + at;
        let body = rest.get(at + 1..)?;
        let letter = body
            .trim_start_matches(|mark: char| matches!(mark, '-' | '_' | '^' | '#') || mark.is_ascii_digit());
        let end = pattern.len() - letter.len() + 1;
        if letter.starts_with(|mark: char| letters.contains(mark)) {
            return Some(start..end);
        }
        rest = pattern.get(end..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_and_month_are_exchanged_where_files_are_written_both_ways() {
        let cases = [
            ("%m/%d/%Y", Some("%d/%m/%Y")),
            ("%d.%m.%y %H:%M", Some("%m.%d.%y %H:%M")),
            ("%-d/%-m/%Y", Some("%-m/%-d/%Y")),
            ("%m%d%Y", Some("%d%m%Y")),
            ("%D", Some("%d/%m/%y")),
            ("%A, %m/%e/%Y %z", Some("%A, %e/%m/%Y %z")),
            ("%Y-%m-%d", None),
            ("%d %b %Y", None),
            ("%y%m%d", None),
            ("%s", None),
        ];
        for (pattern, exchanged) in cases {
            let pattern = Pattern::parse(pattern).unwrap();
            assert_eq!(pattern.exchanged().map(|other| other.text).as_deref(), exchanged, "{}", pattern.text);
        }
    }

    #[test]
    fn a_year_of_two_digits_is_not_the_year_26_of_our_era() {
        assert_eq!(Pattern::parse("%m/%d/%Y").unwrap().read("03/04/26"), None);
        assert!(Pattern::parse("%m/%d/%Y").unwrap().read("03/04/2026").is_some());
    }
}
