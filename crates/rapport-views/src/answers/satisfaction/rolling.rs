//! The moments at which a rolling score is taken.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use rapport_model::{Timestamp, end_of_day};

use crate::answers::window::{Window, just_after};

const DAY_MICROS: i64 = 86_400_000_000;

/// The days, of 24 hours each, that end with a moment, which belongs to them.
pub(crate) fn window_until(end: Timestamp, days: u32) -> Window {
    let to = just_after(end);
    Window { from: Timestamp::from_micros(to.as_micros().saturating_sub(i64::from(days) * DAY_MICROS)), to }
}

/// The last moments of the months in which a window of so many days can hold one of the responses, the first and the last of
/// which were given then; then the moment asked for; oldest first.
pub(crate) fn ends(
    (first, last): (Timestamp, Timestamp),
    days: u32,
    until: Timestamp,
    zone: &TimeZone,
) -> Vec<Timestamp> {
    let empty_from = Timestamp::from_micros(last.as_micros().saturating_add(i64::from(days) * DAY_MICROS));
    let mut ends = Vec::new();
    let mut month = jiff::Timestamp::from_microsecond(first.as_micros())
        .ok()
        .map(|moment| moment.to_zoned(zone.clone()).date().first_of_month());
    while let Some((end, next)) = month.and_then(|month| end_of_month(month, zone)) {
        if end >= until || end >= empty_from {
            break;
        }
        ends.push(end);
        month = next;
    }
    ends.push(until);
    ends
}

/// The last microsecond of a month, and the first day of the next one.
fn end_of_month(month: Date, zone: &TimeZone) -> Option<(Timestamp, Option<Date>)> {
    Some((end_of_day(month.last_of_month(), zone)?, month.checked_add(1.month()).ok()))
}

#[cfg(test)]
mod tests {
    use rapport_model::parse_moment;

    use super::*;

    fn at(text: &str) -> Timestamp {
        parse_moment(text, &TimeZone::UTC).unwrap()
    }

    #[test]
    fn months_end_in_the_ledgers_zone() {
        let riga = TimeZone::get("Europe/Riga").unwrap();
        // 23:30 UTC on 31 January is February in Riga.
        let ends = ends(
            (at("2026-01-31T23:30:00Z"), at("2026-01-31T23:30:00Z")),
            90,
            at("2026-04-10T12:00:00Z"),
            &riga,
        );
        let ends: Vec<_> = ends.iter().map(ToString::to_string).collect();
        assert_eq!(
            ends,
            ["2026-02-28T21:59:59.999999Z", "2026-03-31T20:59:59.999999Z", "2026-04-10T12:00:00Z"]
        );
    }

    #[test]
    fn windows_without_answers_are_not_visited() {
        let long_after = ends((at("2020-01-15"), at("2020-01-15")), 90, Timestamp::MAX, &TimeZone::UTC);
        assert_eq!(long_after.len(), 4, "January, February, March and the moment asked for: {long_after:?}");
    }

    #[test]
    fn a_window_is_ninety_days_and_holds_its_end() {
        let window = window_until(at("2026-03-31"), 90);
        assert!(window.contains(at("2026-03-31")));
        assert!(window.contains(at("2026-01-01T00:00:00Z")));
        assert!(!window.contains(at("2025-12-31")));
    }
}
