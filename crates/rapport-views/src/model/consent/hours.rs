//! Quiet hours.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;

/// Hours of each day, in minutes from midnight; `from` inclusive, `to` exclusive, and of the next day where it is earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hours {
    from: i32,
    to: i32,
}

impl Hours {
    /// Reads a text such as `21:00-08:00`. Other texts are no hours, and neither are hours that end where they begin.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        Self::of(from, to)
    }

    /// From one time of the day until another.
    pub(super) fn of(from: &str, to: &str) -> Option<Self> {
        let hours = Self { from: minute(from)?, to: minute(to)? };
        (hours.from != hours.to).then_some(hours)
    }

    /// Whether a moment is in them, by the clocks of a zone.
    pub(super) fn contains(self, moment: Timestamp, zone: &TimeZone) -> bool {
        let Ok(moment) = jiff::Timestamp::from_microsecond(moment.as_micros()) else { return false };
        let time = moment.to_zoned(zone.clone()).time();
        let now = i32::from(time.hour()) * 60 + i32::from(time.minute());
        if self.from < self.to {
            return self.from <= now && now < self.to;
        }
        self.from <= now || now < self.to
    }
}

/// The minute of the day that a text such as `08:00` is; `24:00` is its end.
fn minute(text: &str) -> Option<i32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str| {
        let is_short = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_short.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use rapport_model::parse_moment;

    use super::*;

    fn is_quiet(hours: &str, time: &str) -> bool {
        let zone = TimeZone::get("Europe/Riga").unwrap();
        let moment = parse_moment(&format!("2026-03-30T{time}"), &zone).unwrap();
        Hours::parse(hours).unwrap().contains(moment, &zone)
    }

    #[test]
    fn quiet_hours_run_over_midnight_and_by_the_clocks_of_the_zone() {
        // In Riga, 18:00 UTC is 21:00 in summer.
        let moments = ["17:59:59Z", "18:00:00Z", "23:00:00Z", "04:59:59Z", "05:00:00Z"];
        assert_eq!(moments.map(|time| is_quiet("21:00-08:00", time)), [false, true, true, true, false]);
        assert_eq!(moments.map(|time| is_quiet("8:00-21:00", time)), [true, false, false, false, true]);
        assert!(is_quiet("12:00-24:00", "20:59:00Z") && !is_quiet("12:00-24:00", "21:00:00Z"));
    }

    #[test]
    fn what_is_no_hours_is_none() {
        for text in
            ["", "21", "21:00", "21:00-21:00", "21:60-08:00", "24:01-08:00", "a:00-08:00", "+1:00-08:00"]
        {
            assert_eq!(Hours::parse(text), None, "{text}");
        }
        assert_eq!(Hours::parse(" 21:00 - 08:00 "), Hours::parse("21:00-08:00"));
    }
}
