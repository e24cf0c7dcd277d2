//! Times as people write them on the command line.

use anyhow::Context;
use jiff::{SignedDuration, SpanRelativeTo, tz::TimeZone};
use rapport_model::{Timestamp, parse_date, parse_moment};
use rapport_proto::time;

/// `--as-of`, `--known-at`, and the end of a period: RFC 3339, or a date, which is the end of that day.
///
/// # Errors
/// The text is neither.
pub(crate) fn until(
    text: Option<&str>,
    flag: &str,
    zone: &TimeZone,
) -> anyhow::Result<Option<prost_types::Timestamp>> {
    text.map(|text| parse_moment(text, zone).map(time::to_proto)).transpose().with_context(|| flag.to_owned())
}

/// The beginning of a period: RFC 3339, or a date, which is the beginning of that day.
///
/// # Errors
/// The text is neither.
pub(crate) fn since(
    text: Option<&str>,
    flag: &str,
    zone: &TimeZone,
) -> anyhow::Result<Option<prost_types::Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    let Some(date) = parse_date(text) else { return until(Some(text), flag, zone) };
    let start =
        date.to_zoned(zone.clone()).with_context(|| format!("{flag}: `{text}` is outside the calendar"))?;
    Ok(Some(time::to_proto(start.timestamp().into())))
}

/// The exclusive end of a period: RFC 3339, or a date, which is the end of that day, so that the day is inside.
///
/// # Errors
/// The text is neither.
pub(crate) fn before(
    text: Option<&str>,
    flag: &str,
    zone: &TimeZone,
) -> anyhow::Result<Option<prost_types::Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    let last = parse_moment(text, zone).with_context(|| flag.to_owned())?;
    let is_date = parse_date(text).is_some();
    let end = if is_date { Timestamp::from_micros(last.as_micros() + 1) } else { last };
    Ok(Some(time::to_proto(end)))
}

/// A length of time such as `90d`, `12 weeks` or `36h`; a day has 24 hours.
///
/// # Errors
/// The text is not a length of time.
pub(crate) fn length(text: &str) -> Result<SignedDuration, String> {
    let wrong =
        || format!("`{text}` is not a length of time; expected one such as `90d`, `12 weeks` or `36h`");
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    if length.is_positive() { Ok(length) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(moment: Option<prost_types::Timestamp>) -> String {
        time::from_proto(&moment.unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_period_given_as_dates_holds_both_days_whole() {
        let riga = TimeZone::get("Europe/Riga").unwrap();
        assert_eq!(shown(since(Some("2026-01-01"), "--from", &riga).unwrap()), "2025-12-31T22:00:00Z");
        assert_eq!(shown(before(Some("2026-01-31"), "--to", &riga).unwrap()), "2026-01-31T22:00:00Z");
        assert_eq!(
            shown(until(Some("2026-01-31"), "--as-of", &riga).unwrap()),
            "2026-01-31T21:59:59.999999Z"
        );
    }

    #[test]
    fn a_moment_is_itself_whatever_the_flag() {
        let moment = Some("2026-01-31T10:00:00+02:00");
        for parse in [until, since, before] {
            assert_eq!(shown(parse(moment, "--x", &TimeZone::UTC).unwrap()), "2026-01-31T08:00:00Z");
        }
        let error = format!("{:#}", since(Some("31.01.2026"), "--from", &TimeZone::UTC).unwrap_err());
        assert!(error.contains("--from") && error.contains("31.01.2026"), "{error}");
    }

    #[test]
    fn lengths_are_positive_and_have_a_unit() {
        assert_eq!(length("90d").unwrap(), SignedDuration::from_hours(90 * 24));
        assert_eq!(length("2 weeks").unwrap(), SignedDuration::from_hours(14 * 24));
        for text in ["90", "-3d", "0d", "soon", "1 month"] {
            assert!(length(text).is_err(), "{text}");
        }
    }
}
