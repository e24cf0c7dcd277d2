//! Dates and times as exports write them.

use jiff::{Timestamp, civil, tz::TimeZone};

use super::{
    offset,
    pattern::{Order, Pattern},
    reading::Reading,
};

/// How the dates of a column are read: the formats in order, the zone of those that name none, and which moment of
/// the day a date alone means.
#[derive(Debug, Clone)]
pub(crate) struct DateRule {
    pub formats: Vec<DateFormat>,
    pub zone: TimeZone,
    pub day: DayPart,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DateFormat {
    /// ISO 8601 and RFC 3339, with `T` or a blank between date and time.
    Iso,
    /// Days since 1899-12-30, as spreadsheets count them.
    Excel,
    /// Seconds since 1970, UTC.
    EpochSeconds,
    /// Milliseconds since 1970, UTC.
    EpochMillis,
    /// A pattern of `strptime`.
    Pattern(Pattern),
}

/// Which moment a date alone means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayPart {
    Start,
    Noon,
    End,
}

impl Default for DateRule {
    fn default() -> Self {
        Self { formats: vec![DateFormat::Iso], zone: TimeZone::UTC, day: DayPart::Start }
    }
}

impl DateFormat {
    /// From its name or pattern.
    ///
    /// # Errors
    /// Why no date can be read by this pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "iso" => Self::Iso,
            "excel" => Self::Excel,
            "epoch" => Self::EpochSeconds,
            "epoch_ms" => Self::EpochMillis,
            pattern => Self::Pattern(Pattern::parse(pattern)?),
        })
    }

    /// As a mapping writes it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Iso => "iso",
            Self::Excel => "excel",
            Self::EpochSeconds => "epoch",
            Self::EpochMillis => "epoch_ms",
            Self::Pattern(pattern) => pattern.text(),
        }
    }

    pub(crate) fn read(&self, text: &str) -> Option<Reading> {
        match self {
            Self::Iso => iso(text),
            Self::Excel => excel(text),
            Self::EpochSeconds => epoch(text, 1_000_000),
            Self::EpochMillis => epoch(text, 1_000),
            Self::Pattern(pattern) => pattern.read(text),
        }
    }
}

impl DateRule {
    /// The formats, then those that files of the same kind may have in their place: day and month exchanged. Only what
    /// the mapping names is used to read a date; the others may prove that it is wrong.
    pub(crate) fn candidates(&self) -> Vec<DateFormat> {
        let mut candidates = self.formats.clone();
        for format in &self.formats {
            if let DateFormat::Pattern(pattern) = format
                && let Some(other) = pattern.exchanged().map(DateFormat::Pattern)
                && !candidates.contains(&other)
            {
                candidates.push(other);
            }
        }
        candidates
    }

    /// Which of day and month are first in its patterns; `None` where the shape of a text does not tell its formats
    /// apart, so that every text has to be read to know.
    pub(crate) fn orders(&self) -> Option<Vec<Order>> {
        let mut orders = Vec::new();
        let mut others = 0;
        for format in &self.formats {
            match format {
                DateFormat::Iso => {}
                DateFormat::Excel | DateFormat::EpochSeconds | DateFormat::EpochMillis => others += 1,
                DateFormat::Pattern(pattern) => match pattern.order() {
                    Some(_) if pattern.is_compact() => return None,
                    Some(order) => orders.push(order),
                    None if pattern.starts_with_year() => {}
                    None => others += 1,
                },
            }
        }
        (others < 2).then_some(orders)
    }

    /// The same rule without some of its formats.
    pub(crate) fn without(&self, dropped: &[DateFormat]) -> Self {
        let formats = self.formats.iter().filter(|format| !dropped.contains(format)).cloned().collect();
        Self { formats, ..self.clone() }
    }

    /// The moment in microseconds since 1970; `None` when no format fits.
    pub(crate) fn moment(&self, text: &str) -> Option<i64> {
        self.moment_of(self.read(text)?)
    }

    /// The moment of what a text was read as, in microseconds since 1970.
    pub(crate) fn moment_of(&self, reading: Reading) -> Option<i64> {
        let local = match reading {
            Reading::Instant(moment) => return Some(moment.as_microsecond()),
            Reading::Local(local) => local,
            Reading::Day(date) => match self.day {
                DayPart::Start => date.at(0, 0, 0, 0),
                DayPart::Noon => date.at(12, 0, 0, 0),
                DayPart::End => date.at(23, 59, 59, 999_999_000),
            },
        };
        // A time that a clock change left out or had twice: the offset before the change counts.
        let moment = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(moment.as_microsecond())
    }

    /// What was expected of a text that is not a date.
    pub(crate) fn expected(&self) -> String {
        let formats: Vec<&str> = self.formats.iter().map(DateFormat::name).collect();
        format!("not a date as `{}` writes it; add the file's format to `dates`", formats.join("` or `"))
    }

    /// The day; of a moment with an offset, the day in this rule's zone.
    #[cfg(test)]
    pub(crate) fn date(&self, text: &str) -> Option<civil::Date> {
        self.read(text).map(|reading| self.date_of(reading))
    }

    /// The day of what a text was read as.
    pub(crate) fn date_of(&self, reading: Reading) -> civil::Date {
        match reading {
            Reading::Instant(moment) => moment.to_zoned(self.zone.clone()).date(),
            Reading::Local(local) => local.date(),
            Reading::Day(date) => date,
        }
    }

    /// By the first format that fits.
    pub(crate) fn read(&self, text: &str) -> Option<Reading> {
        self.formats.iter().find_map(|format| format.read(text))
    }
}

/// ISO 8601, which is also how dates arrive whose file says that they are dates.
pub(crate) fn iso(text: &str) -> Option<Reading> {
    // `0001-01-01` stands for no date in some systems.
    iso_of_any_year(text).filter(|_| !text.starts_with('0'))
}

fn iso_of_any_year(text: &str) -> Option<Reading> {
    let bytes = text.as_bytes();
    if bytes.len() == 10 {
        return text.parse().ok().map(Reading::Day);
    }
    // `2016-01-12-08` is not a date; jiff would take more spellings than exports have.
    let time = text.get(10..)?;
    if !time.starts_with(['T', ' ', 't']) {
        return None;
    }
    // The name of a zone in brackets repeats what the offset before it says, or stands alone.
    let (whole, (text, _)) = (text, text.split_once('[').unwrap_or((text, "")));
    let end = text.get(11..)?.find(|mark: char| !mark.is_ascii_digit() && !matches!(mark, ':' | '.' | ','));
    let Some(end) = end else {
        if whole.len() > text.len() {
            return whole.parse().ok().map(|moment: jiff::Zoned| Reading::Instant(moment.timestamp()));
        }
        return text.parse().ok().map(Reading::Local);
    };
    let (local, zone) = text.split_at_checked(11 + end)?;
    let local: civil::DateTime = local.parse().ok()?;
    offset::parse(zone)?.to_timestamp(local).ok().map(Reading::Instant)
}

fn excel(text: &str) -> Option<Reading> {
    const DAY_MICROS: f64 = 86_400_000_000.0;
    let days: f64 = text.parse().ok().filter(|days| (1.0..2_958_466.0).contains(days))?;
    let start = civil::date(1899, 12, 30).at(0, 0, 0, 0);
    // A serial number holds about a millisecond; more digits would be noise.
    #[expect(clippy::cast_possible_truncation, reason = "at most 2,958,466 days of microseconds: 2.6e17")]
    let micros = ((days * DAY_MICROS / 1_000.0).round() * 1_000.0) as i64;
    let moment = start.checked_add(jiff::SignedDuration::from_micros(micros)).ok()?;
    if days.fract() == 0.0 {
        return Some(Reading::Day(moment.date()));
    }
    Some(Reading::Local(moment))
}

fn epoch(text: &str, unit_micros: i64) -> Option<Reading> {
    let number: rapport_model::Decimal = text.parse().ok()?;
    let micros = rapport_model::Decimal { units: unit_micros, scale: 0 }.times(number)?.rounded(0)?;
    Timestamp::from_microsecond(micros.units).ok().map(Reading::Instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(formats: &[&str], zone: &str, day: DayPart) -> DateRule {
        let formats = formats.iter().map(|text| DateFormat::parse(text).unwrap()).collect();
        DateRule { formats, zone: TimeZone::get(zone).unwrap(), day }
    }

    fn at(rule: &DateRule, text: &str) -> Option<String> {
        rule.moment(text).map(|micros| Timestamp::from_microsecond(micros).unwrap().to_string())
    }

    #[test]
    fn the_formats_met_in_real_files_are_read() {
        let cases = [
            ("iso", "2017-03-01", "2017-03-01T00:00:00Z"),
            ("iso", "2018-07-29 13:54:51", "2018-07-29T13:54:51Z"),
            ("iso", "2018-07-29T13:54:51.250+02:00", "2018-07-29T11:54:51.25Z"),
            ("iso", "2018-07-29 13:54:51 +0000", "2018-07-29T13:54:51Z"),
            ("iso", "2018-07-29 13:54:51 UTC", "2018-07-29T13:54:51Z"),
            ("iso", "2018-07-29T13:54:51+02:00[Europe/Riga]", "2018-07-29T11:54:51Z"),
            ("iso", "2018-07-29T13:54:51[Europe/Riga]", "2018-07-29T10:54:51Z"),
            ("%Y%m%d", "19970118", "1997-01-18T00:00:00Z"),
            ("%d %b, %Y %H:%M:%S", "15 Apr, 2021 00:03:00", "2021-04-15T00:03:00Z"),
            ("%Y/%m/%d %H:%M:%S%.f", "2012/10/09 14:50:17.000", "2012-10-09T14:50:17Z"),
            ("%m/%d/%y", "1/2/17", "2017-01-02T00:00:00Z"),
            ("%m/%d/%y %I:%M %p", "12/31/69 01:05 PM", "1969-12-31T13:05:00Z"),
            ("excel", "45631.0", "2024-12-05T00:00:00Z"),
            ("excel", "45631.5", "2024-12-05T12:00:00Z"),
            ("epoch", "1500000000", "2017-07-14T02:40:00Z"),
            ("epoch_ms", "1500000000250", "2017-07-14T02:40:00.25Z"),
        ];
        for (format, text, moment) in cases {
            assert_eq!(
                at(&rule(&[format], "UTC", DayPart::Start), text).as_deref(),
                Some(moment),
                "{format} {text}"
            );
        }
    }

    #[test]
    fn formats_are_tried_in_order_and_a_date_alone_is_a_moment_of_that_day_in_the_zone() {
        let riga = rule(&["%d.%m.%Y", "iso"], "Europe/Riga", DayPart::Noon);
        assert_eq!(at(&riga, "01.07.2026").as_deref(), Some("2026-07-01T09:00:00Z"));
        assert_eq!(at(&riga, "2026-01-01 00:30:00").as_deref(), Some("2025-12-31T22:30:00Z"));
        assert_eq!(riga.date("2026-01-01T23:00:00Z").unwrap().to_string(), "2026-01-02");
        let end = rule(&["iso"], "UTC", DayPart::End);
        assert_eq!(at(&end, "2026-01-01").as_deref(), Some("2026-01-01T23:59:59.999999Z"));
    }

    #[test]
    fn a_pattern_by_which_no_date_can_be_read_is_refused() {
        for pattern in
            ["%d.%m.%Y", "%Y%m%d", "%-d/%-m/%y %l:%M %p", "%e %B %Y", "%Y-%j", "%s", "%a, %d %b %Y %T %z"]
        {
            assert!(DateFormat::parse(pattern).is_ok(), "{pattern}: {:?}", DateFormat::parse(pattern).err());
        }
        for pattern in ["dd.mm.yyyy", "%d.%q.%Y", "%d.%m", "%H:%M", "%d.%m.%Y %", "%d.%m.%Y %!"] {
            assert!(DateFormat::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn an_offset_is_read_in_every_usual_spelling_and_behind_a_blank() {
        let iso = rule(&["iso"], "Asia/Tokyo", DayPart::Start);
        let pattern = rule(&["%d.%m.%Y %H:%M:%S%z"], "Asia/Tokyo", DayPart::Start);
        let offsets = [
            ("Z", "12"),
            ("z", "12"),
            ("UTC", "12"),
            ("utc", "12"),
            ("GMT", "12"),
            ("+0200", "10"),
            ("+02:00", "10"),
            ("+02", "10"),
            ("-0500", "17"),
            ("-05:00", "17"),
            ("-05", "17"),
            ("\u{2212}05:00", "17"),
            ("\u{2212}0500", "17"),
            ("GMT+0200", "10"),
            ("UTC-05:00", "17"),
            ("-00:00", "12"),
            ("+02:00:00", "10"),
            ("GMT+2", "10"),
            ("UTC\u{2212}5", "17"),
            ("utc-5:00", "17"),
        ];
        for (offset, hour) in offsets {
            for blank in ["", " "] {
                let moment = Some(format!("2026-03-04T{hour}:34:56Z"));
                for day in ["2026-03-04 12:34:56", "2026-03-04T12:34:56", "2026-03-04t12:34:56"] {
                    assert_eq!(at(&iso, &format!("{day}{blank}{offset}")), moment, "{day}{blank}{offset}");
                }
                let text = format!("04.03.2026 12:34:56{blank}{offset}");
                assert_eq!(at(&pattern, &text), moment, "{text}");
            }
        }
        assert_eq!(at(&iso, "2026-03-04T12:34:56.5 -0330").as_deref(), Some("2026-03-04T16:04:56.5Z"));
        assert_eq!(at(&iso, "2026-03-04T12:34 +0545").as_deref(), Some("2026-03-04T06:49:00Z"));
    }

    #[test]
    fn what_may_be_several_offsets_or_none_is_no_offset() {
        let iso = rule(&["iso"], "UTC", DayPart::Start);
        for zone in [
            "CET",
            "EST",
            "IST",
            "+2",
            "+020",
            "+02:0",
            "+25:00",
            "+02:60",
            "-",
            "+",
            "ZZ",
            "+0200Z",
            "UTC 2",
            "++02",
            "GMT+020",
            "GMT+2:0",
            "GMT+",
            "UTC+2:000",
        ] {
            for blank in ["", " "] {
                assert_eq!(at(&iso, &format!("2026-03-04 12:34:56{blank}{zone}")), None, "{zone}");
            }
        }
    }

    #[test]
    fn what_is_no_date_is_no_date() {
        let iso = rule(&["iso"], "UTC", DayPart::Start);
        for text in [
            "",
            "yesterday",
            "2026-02-30",
            "31.03.2026",
            "2026-01-12-08",
            "20260101",
            "0001-01-01",
            "0026-03-04 10:00",
        ] {
            assert_eq!(at(&iso, text), None, "{text}");
        }
    }
}
