//! Moments on the two clocks.

use std::fmt;

use jiff::{civil, tz::TimeZone};

/// A moment, in microseconds since 1970-01-01T00:00:00Z. Both clocks are kept so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Earlier than any moment an event can have.
    pub const MIN: Self = Self(i64::MIN);
    /// Later than any moment an event can have: the end of a row that is still believed.
    pub const MAX: Self = Self(i64::MAX);

    /// The moment so many microseconds after 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds after 1970.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// From whole seconds and nanoseconds, as protobuf has them; what is below a microsecond is dropped. `None`
    /// outside the years 1 to 9999 or when `nanos` is not a fraction of a second.
    #[must_use]
    pub fn from_seconds_and_nanos(seconds: i64, nanos: i32) -> Option<Self> {
        const YEAR_1: i64 = -62_135_596_800;
        const YEAR_10000: i64 = 253_402_300_800;
        if !(YEAR_1..YEAR_10000).contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
            return None;
        }
        Some(Self(seconds * 1_000_000 + i64::from(nanos) / 1_000))
    }

    /// Whole seconds and nanoseconds, as protobuf wants them.
    #[must_use]
    pub fn to_seconds_and_nanos(self) -> (i64, i32) {
        let nanos = i32::try_from(self.0.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
        (self.0.div_euclid(1_000_000), nanos)
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        Self(moment.as_microsecond())
    }
}

/// RFC 3339 in UTC with as many digits as needed; the two ends of time are `-∞` and `∞`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => moment.fmt(f),
            Err(_) if self.0 < 0 => f.write_str("-∞"),
            Err(_) => f.write_str("∞"),
        }
    }
}

/// The text is neither a moment nor a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a time; expected RFC 3339 such as `2026-03-31T17:00:00+03:00`, or a date such as `2026-03-31`"
)]
pub struct ParseTimestampError {
    text: String,
}

/// A moment as people write it: RFC 3339, or a date alone, which is the end of that day in `zone`.
///
/// # Errors
/// The text is neither.
pub fn parse_moment(text: &str, zone: &TimeZone) -> Result<Timestamp, ParseTimestampError> {
    let wrong = || ParseTimestampError { text: text.to_owned() };
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(moment.into());
    }
    let date = parse_date(text).ok_or_else(wrong)?;
    end_of_day(date, zone).ok_or_else(wrong)
}

/// An ISO 8601 date, `2026-03-31`, and nothing else.
#[must_use]
pub fn parse_date(text: &str) -> Option<civil::Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// Whether there is a zone of this IANA name, such as `Europe/Riga`.
#[must_use]
pub fn zone_exists(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// The last microsecond of a day in a zone.
#[must_use]
pub fn end_of_day(date: civil::Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(Timestamp(next.timestamp().as_microsecond() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_alone_is_the_end_of_that_day_in_the_zone() {
        let riga = TimeZone::get("Europe/Riga").unwrap();
        let end = parse_moment("2026-03-29", &riga).unwrap();
        // The night to summer time: the day ends at 21:00 UTC, not at 22:00.
        assert_eq!(end.to_string(), "2026-03-29T20:59:59.999999Z");
    }

    #[test]
    fn moments_before_1970_keep_their_fraction() {
        let moment = parse_moment("1969-12-31T23:59:59.25Z", &TimeZone::UTC).unwrap();
        assert_eq!(moment.to_seconds_and_nanos(), (-1, 250_000_000));
        assert_eq!(Timestamp::from_seconds_and_nanos(-1, 250_000_000), Some(moment));
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_text() {
        for text in ["", "yesterday", "2026-02-30", "2026-3-1", "31.03.2026", "2026-03-31T17:00"] {
            assert!(parse_moment(text, &TimeZone::UTC).is_err(), "{text}");
        }
    }
}
