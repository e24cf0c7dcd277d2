//! Moments as microseconds, working hours, and dates as the vocabulary writes them.

use fastrand::Rng;

/// Microseconds.
pub(crate) const SECOND: i64 = 1_000_000;
/// Microseconds.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// Microseconds.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// Microseconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// A moment in working hours (06:00–15:59 UTC, Monday to Friday), on the day of `moment` or on the next working day;
/// never before `moment`.
pub(crate) fn working_moment(rng: &mut Rng, moment: i64) -> i64 {
    let mut day = moment.div_euclid(DAY);
    if moment.rem_euclid(DAY) >= 15 * HOUR {
        day += 1;
    }
    // 1970-01-01 was a Thursday.
    day += match (day + 3).rem_euclid(7) {
        5 => 2,
        6 => 1,
        _ => 0,
    };
    let opening = (day * DAY + 6 * HOUR).max(moment);
    opening + rng.i64(0..(day * DAY + 16 * HOUR - opening).max(1))
}

/// `2026-03-31`.
pub(crate) fn date(moment: i64) -> String {
    civil(moment).to_string()
}

/// `2026-Q1`.
pub(crate) fn quarter(moment: i64) -> String {
    let date = civil(moment);
    format!("{}-Q{}", date.year(), (date.month() + 2) / 3)
}

/// `2026`.
pub(crate) fn year(moment: i64) -> String {
    civil(moment).year().to_string()
}

/// `2026-03`.
pub(crate) fn month(moment: i64) -> String {
    let date = civil(moment);
    format!("{}-{:02}", date.year(), date.month())
}

fn civil(moment: i64) -> jiff::civil::Date {
    let moment = jiff::Timestamp::from_microsecond(moment).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_moments_are_on_working_days_and_never_earlier() {
        let mut rng = Rng::with_seed(1);
        for hour in 0..24 * 21 {
            let asked = hour * HOUR;
            let given = working_moment(&mut rng, asked);
            let (day, time) = ((given.div_euclid(DAY) + 3).rem_euclid(7), given.rem_euclid(DAY));
            assert!(day < 5 && (6 * HOUR..16 * HOUR).contains(&time), "{}", date(given));
            assert!(given >= asked && given < asked + 4 * DAY);
        }
    }

    #[test]
    fn quarters_and_months_are_written_as_the_vocabulary_has_them() {
        let moment = 1_774_994_400 * SECOND;
        assert_eq!((date(moment).as_str(), month(moment).as_str()), ("2026-03-31", "2026-03"));
        assert_eq!([quarter(moment), quarter(moment + DAY)], ["2026-Q1", "2026-Q2"]);
    }
}
