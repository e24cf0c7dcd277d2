//! Times in the ledger's zone.

use jiff::tz::TimeZone;
use rapport_proto::time;

use super::number::fixed;

/// The ledger's zone.
#[derive(Clone)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// The zone to show times in.
    pub(crate) fn new(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// The zone itself, to parse dates with.
    pub(crate) fn time_zone(&self) -> &TimeZone {
        &self.0
    }

    /// `2026-03-31 17:00`; empty for none.
    pub(crate) fn minute(&self, moment: Option<&prost_types::Timestamp>) -> String {
        self.format(moment, "%Y-%m-%d %H:%M")
    }

    /// `2026-03-31 17:00:05`; empty for none.
    pub(crate) fn second(&self, moment: Option<&prost_types::Timestamp>) -> String {
        self.format(moment, "%Y-%m-%d %H:%M:%S")
    }

    /// `2026-03-31`; empty for none.
    pub(crate) fn day(&self, moment: Option<&prost_types::Timestamp>) -> String {
        self.format(moment, "%Y-%m-%d")
    }

    /// RFC 3339 with the zone's distance from UTC, for CSV; empty for none.
    pub(crate) fn rfc3339(&self, moment: Option<&prost_types::Timestamp>) -> String {
        self.format(moment, "%Y-%m-%dT%H:%M:%S%.f%:z")
    }

    /// The same with the zone's name: `2026-03-31T23:59:59.999999+03:00 (Europe/Riga)`; empty for none.
    pub(crate) fn rfc3339_named(&self, moment: Option<&prost_types::Timestamp>) -> String {
        self.format(moment, "%Y-%m-%dT%H:%M:%S%.f%:z (%Q)")
    }

    fn format(&self, moment: Option<&prost_types::Timestamp>, format: &str) -> String {
        let Some(moment) = moment.and_then(time::from_proto) else { return String::new() };
        jiff::Timestamp::from_microsecond(moment.as_micros())
            .map(|moment| moment.to_zoned(self.0.clone()).strftime(format).to_string())
            .unwrap_or_default()
    }
}

/// A length of time in the unit that says most: `3.5 days`, `2.0 h`, `12 min`; `-` for none.
pub(crate) fn days(duration: Option<&prost_types::Duration>) -> String {
    let Some(micros) = duration.and_then(time::duration_from_proto) else { return "-".to_owned() };
    let minutes = micros as f64 / 60e6;
    let (size, sign) = (minutes.abs(), if minutes < 0.0 { "-" } else { "" });
    if size >= 24.0 * 60.0 {
        format!("{sign}{:.1} days", size / (24.0 * 60.0))
    } else if size >= 60.0 {
        format!("{sign}{:.1} h", size / 60.0)
    } else {
        format!("{} min", fixed(minutes, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_the_zone_of_the_ledger() {
        let zone = Zone::new(TimeZone::get("Europe/Riga").unwrap());
        let moment = prost_types::Timestamp { seconds: 1_774_994_400, nanos: 250_000_000 };
        assert_eq!(zone.minute(Some(&moment)), "2026-04-01 01:00");
        assert_eq!(zone.day(Some(&moment)), "2026-04-01");
        assert_eq!(zone.rfc3339(Some(&moment)), "2026-04-01T01:00:00.25+03:00");
        assert_eq!(zone.minute(None), "");
    }

    #[test]
    fn lengths_are_shown_in_the_unit_that_says_most() {
        let shown = [90_000, 7_200, 120, 0, -20, -120]
            .map(|seconds| days(Some(&prost_types::Duration { seconds, nanos: 0 })));
        assert_eq!(shown, ["1.0 days", "2.0 h", "2 min", "0 min", "0 min", "-2 min"]);
        assert_eq!(days(None), "-");
    }
}
