//! Windows of time by the calendar of the ledger's zone.

use jiff::{
    ToSpan, Unit,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use rapport_model::Timestamp;
use rapport_proto::v1;

/// The end of the year 9999: the wire has no later moment.
pub(crate) const LAST: Timestamp = Timestamp::from_micros(253_402_300_800_000_000 - 1);

/// From `from`, inclusive, to `to`, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Inclusive.
    pub from: Timestamp,
    /// Exclusive.
    pub to: Timestamp,
}

impl Window {
    /// Its last months, as the calendar of a zone has them; the whole window where it ends beyond the calendar.
    pub(crate) fn last_months(self, months: i32, zone: &TimeZone) -> Self {
        if jiff::Timestamp::from_microsecond(self.to.as_micros()).is_err() {
            return self;
        }
        Self { from: months_before(self.to, months, zone).clamp(self.from, self.to), ..self }
    }

    pub(crate) fn contains(self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.to
    }
}

/// How long a period of the calendar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Every {
    /// From midnight to midnight.
    Day,
    /// From Monday on.
    Week,
    /// A month.
    Month,
    /// From January, April, July, October on.
    Quarter,
    /// A year.
    Year,
}

impl Every {
    /// What a request asks for; `None` where it leaves it out, and for a number that the contract does not have.
    #[must_use]
    pub fn of_wire(every: i32) -> Option<Self> {
        match v1::Every::try_from(every).ok()? {
            v1::Every::Unspecified => None,
            v1::Every::Day => Some(Self::Day),
            v1::Every::Week => Some(Self::Week),
            v1::Every::Month => Some(Self::Month),
            v1::Every::Quarter => Some(Self::Quarter),
            v1::Every::Year => Some(Self::Year),
        }
    }
}

/// The whole periods of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Periods {
    zone: TimeZone,
    every: Every,
    /// From the first beginning to the last end; empty when there is none.
    pub window: Window,
    /// How many.
    pub count: u32,
}

impl Periods {
    /// Those that lie in a window from beginning to end.
    #[must_use]
    pub fn whole(window: Window, every: Every, zone: TimeZone) -> Self {
        let (first, last) = (day(window.from, &zone), day(window.to, &zone));
        let mut begin = first_day(every, first);
        if instant(begin, &zone) < window.from {
            begin = next(every, begin);
        }
        let end = first_day(every, last);
        let count = u32::try_from(between(every, begin, end)).unwrap_or(0);
        let from = instant(begin, &zone);
        let to = if count == 0 { from } else { instant(end, &zone) };
        Self { zone, every, window: Window { from, to }, count }
    }

    /// The periods that touch a window, the first and the last whole: what lies in the window is in one of them. Of a window
    /// that is empty, none.
    #[must_use]
    pub fn around(window: Window, every: Every, zone: TimeZone) -> Self {
        let begin = first_day(every, day(window.from, &zone));
        let last = Timestamp::from_micros(window.to.as_micros().saturating_sub(1));
        let end = next(every, first_day(every, day(last.max(window.from), &zone)));
        let from = instant(begin, &zone);
        if window.to <= window.from {
            return Self { zone, every, window: Window { from, to: from }, count: 0 };
        }
        let count = u32::try_from(between(every, begin, end)).unwrap_or(0);
        let to = instant(end, &zone);
        Self { zone, every, window: Window { from, to }, count }
    }

    /// The beginnings of the periods, ascending.
    #[must_use]
    pub fn starts(&self) -> Vec<Timestamp> {
        let mut first = day(self.window.from, &self.zone);
        let mut starts = Vec::with_capacity(self.count as usize);
        for _ in 0..self.count {
            starts.push(instant(first, &self.zone));
            first = next(self.every, first);
        }
        starts
    }

    /// The end of the period that begins then, exclusive.
    pub(crate) fn end_of(&self, start: Timestamp) -> Timestamp {
        instant(next(self.every, day(start, &self.zone)), &self.zone)
    }

    /// The name of the period that begins then: `2026`, `2026-Q1`, `2026-03`, `2026-W09` (ISO 8601) or `2026-03-31`.
    pub(crate) fn label(&self, start: Timestamp) -> String {
        let first = day(start, &self.zone);
        match self.every {
            Every::Day => first.to_string(),
            Every::Week => {
                let week = first.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Every::Month => format!("{:04}-{:02}", first.year(), first.month()),
            Every::Quarter => format!("{:04}-Q{}", first.year(), (first.month() + 2) / 3),
            Every::Year => format!("{:04}", first.year()),
        }
    }

    /// The beginning of the period that a moment is in.
    #[must_use]
    pub fn start_of(&self, moment: Timestamp) -> Timestamp {
        instant(first_day(self.every, day(moment, &self.zone)), &self.zone)
    }
}

/// The year, quarter or month that a text such as `2026`, `2026-Q1` or `2026-03` names.
pub(crate) fn named(text: &str, zone: &TimeZone) -> Option<Window> {
    let (year, rest) = text.split_at_checked(4)?;
    let (every, month) = match (rest.strip_prefix("-Q"), rest.strip_prefix('-')) {
        (Some(quarter), _) => (Every::Quarter, 3 * quarter.parse::<i8>().ok()?.checked_sub(1)? + 1),
        (None, Some(month)) => (Every::Month, month.parse().ok()?),
        (None, None) if rest.is_empty() => (Every::Year, 1),
        (None, None) => return None,
    };
    let first = Date::new(year.parse().ok()?, month, 1).ok()?;
    let from = instant(first, zone);
    // The calendar ends with the year 9999.
    let to = if first == next(every, first) { LAST } else { instant(next(every, first), zone) };
    Some(Window { from, to })
}

/// The beginning of the year 1: the wire has no earlier moment.
const FIRST: Timestamp = Timestamp::from_micros(-62_135_596_800_000_000);

/// The moment so many months before, at the same time of the day.
pub(crate) fn months_before(moment: Timestamp, months: i32, zone: &TimeZone) -> Timestamp {
    let before = civil(moment).to_zoned(zone.clone()).checked_sub(months.months());
    before.map_or(FIRST, |before| Timestamp::from(before.timestamp()).max(FIRST))
}

/// The window of the same length that ends where this one begins: so many months by the calendar where it is whole months,
/// otherwise so much time.
pub(crate) fn same_length_before(window: Window, zone: &TimeZone) -> Window {
    let [from, to] = [window.from, window.to].map(|moment| civil(moment).to_zoned(zone.clone()));
    let months = from.until((Unit::Month, &to)).map_or(0, |span| span.get_months());
    let is_whole = months > 0 && from.checked_add(months.months()).is_ok_and(|end| end == to);
    let length = window.to.as_micros().saturating_sub(window.from.as_micros());
    let begin = if is_whole {
        months_before(window.from, months, zone)
    } else {
        Timestamp::from_micros(window.from.as_micros().saturating_sub(length)).max(FIRST)
    };
    Window { from: begin.min(window.from), to: window.from }
}

/// The number of a moment's day, from 1970-01-01 on.
pub(crate) fn day_number(moment: Timestamp, zone: &TimeZone) -> i32 {
    Date::constant(1970, 1, 1).until(day(moment, zone)).map_or(0, |span| span.get_days())
}

/// The number of the last day before a moment.
pub(crate) fn last_day_before(moment: Timestamp, zone: &TimeZone) -> i32 {
    day_number(Timestamp::from_micros(moment.as_micros().saturating_sub(1)), zone)
}

/// The day of a moment, ISO 8601.
pub(crate) fn day_text(moment: Timestamp, zone: &TimeZone) -> String {
    day(moment, zone).to_string()
}

/// The first moment of a day that is written as ISO 8601 has it, and of the day after.
pub(crate) fn ends_of_day(text: &str, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let day: Date = text.parse().ok()?;
    Some((instant(day, zone), instant(next(Every::Day, day), zone)))
}

/// From the day of one moment to the day of another: whole months, and the days beside them. A month from the last day of
/// January ends on the last day of February.
pub(crate) fn months_and_days(from: Timestamp, to: Timestamp, zone: &TimeZone) -> (u32, u32) {
    let (from, to) = (day(from, zone), day(to, zone));
    let whole = from.until((Unit::Month, to)).map_or(0, |span| span.get_months());
    let after = |months: i32| from.checked_add(months.months()).ok().filter(|day| *day <= to);
    let (months, begun) = match after(whole + 1) {
        Some(day) => (whole + 1, day),
        None => (whole, after(whole).unwrap_or(to)),
    };
    let days = begun.until(to).map_or(0, |span| span.get_days());
    (u32::try_from(months).unwrap_or(0), u32::try_from(days).unwrap_or(0))
}

/// Whole days from one moment to the last instant before another, by the calendar.
pub(crate) fn days_until(moment: Timestamp, end: Timestamp, zone: &TimeZone) -> u32 {
    let last = day(Timestamp::from_micros(end.as_micros().saturating_sub(1)), zone);
    let days = day(moment, zone).until(last).map_or(0, |span| span.get_days());
    u32::try_from(days).unwrap_or(0)
}

fn civil(moment: Timestamp) -> jiff::Timestamp {
    let end = if moment.as_micros() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap_or(end)
}

/// The day that a moment is on; beyond the calendar its first or last one.
pub(crate) fn day(moment: Timestamp, zone: &TimeZone) -> Date {
    civil(moment).to_zoned(zone.clone()).date()
}

/// The first moment of a day.
fn instant(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_zoned(zone.clone()).map_or(Timestamp::MIN, |midnight| midnight.timestamp().into())
}

/// The first day of the period that a day is in.
fn first_day(every: Every, day: Date) -> Date {
    let month = day.first_of_month();
    let first = match every {
        Every::Day => Ok(day),
        Every::Week => day.checked_sub(i64::from(day.weekday().since(Weekday::Monday)).days()),
        Every::Month => Ok(month),
        Every::Quarter => month.checked_sub(i64::from((day.month() - 1) % 3).months()),
        Every::Year => Ok(day.first_of_year()),
    };
    first.unwrap_or(day)
}

fn next(every: Every, first: Date) -> Date {
    let next = match every {
        Every::Day => first.checked_add(1.day()),
        Every::Week => first.checked_add(1.week()),
        Every::Month => first.checked_add(1.month()),
        Every::Quarter => first.checked_add(3.months()),
        Every::Year => first.checked_add(1.year()),
    };
    next.unwrap_or(first)
}

/// Periods from one first day to another.
fn between(every: Every, first: Date, last: Date) -> i64 {
    let months = || {
        let years = i64::from(last.year()) - i64::from(first.year());
        12 * years + i64::from(last.month()) - i64::from(first.month())
    };
    let days = || first.until(last).map_or(0, |span| i64::from(span.get_days()));
    match every {
        Every::Day => days(),
        Every::Week => days() / 7,
        Every::Month => months(),
        Every::Quarter => months() / 3,
        Every::Year => months() / 12,
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::parse_moment;

    use super::*;

    fn at(text: &str) -> Timestamp {
        parse_moment(text, &TimeZone::UTC).unwrap()
    }

    fn riga() -> TimeZone {
        TimeZone::get("Europe/Riga").unwrap()
    }

    fn whole(from: &str, to: &str, every: Every) -> (String, String, u32) {
        let window = Window { from: at(from), to: at(to) };
        let whole = Periods::whole(window, every, riga());
        (whole.window.from.to_string(), whole.window.to.to_string(), whole.count)
    }

    #[test]
    fn a_year_a_quarter_and_a_month_have_names() {
        let named = |text| named(text, &riga());
        for (every, text, day) in [
            (Every::Year, "2026", "2026-07-01"),
            (Every::Quarter, "2026-Q1", "2026-03-31"),
            (Every::Quarter, "2026-Q4", "2026-10-01"),
            (Every::Month, "2026-03", "2026-03-29"),
            (Every::Month, "2026-12", "2026-12-31"),
        ] {
            let day = parse_moment(day, &riga()).unwrap();
            let around = Periods::around(Window { from: day, to: after(day) }, every, riga());
            assert_eq!(named(text), Some(around.window), "{text}");
            assert_eq!(around.label(around.window.from), text);
        }
        for text in
            ["", "26", "2026-", "2026-Q", "2026-Q0", "2026-Q5", "2026-13", "2026-00", "2026Q1", "20é6"]
        {
            assert_eq!(named(text), None, "{text}");
        }
        assert_eq!(named("9999").unwrap().to, LAST);
    }

    fn after(moment: Timestamp) -> Timestamp {
        Timestamp::from_micros(moment.as_micros() + 1)
    }

    #[test]
    fn only_whole_periods_are_compared_and_they_begin_in_the_ledgers_zone() {
        // Riga is two hours before UTC in winter and three in summer.
        let (from, to) = ("2025-12-31T22:00:00Z", "2026-12-31T22:00:00Z");
        assert_eq!(whole(from, to, Every::Month), (from.into(), to.into(), 12));
        assert_eq!(whole(from, to, Every::Quarter), (from.into(), to.into(), 4));
        // 1 January 2026 is a Thursday.
        let weeks = ("2026-01-04T22:00:00Z".into(), "2026-12-27T22:00:00Z".into(), 51);
        assert_eq!(whole(from, to, Every::Week), weeks);
        // A microsecond less at both ends is a month less.
        let (from, to) = ("2025-12-31T22:00:00.000001Z", "2026-12-31T21:59:59.999999Z");
        let months = ("2026-01-31T22:00:00Z".into(), "2026-11-30T22:00:00Z".into(), 10);
        assert_eq!(whole(from, to, Every::Month), months);
        assert_eq!(whole("2026-03-02T00:00:00Z", "2026-03-30T00:00:00Z", Every::Month).2, 0);
        assert_eq!(whole("2026-03-02T00:00:00Z", "2026-06-20T00:00:00Z", Every::Quarter).2, 0);
    }

    #[test]
    fn a_moment_is_in_the_period_of_its_day() {
        let window = Window { from: at("2026-01-01"), to: at("2026-12-31") };
        for (every, moment, start) in [
            (Every::Month, "2026-03-31T20:59:59Z", "2026-02-28T22:00:00Z"),
            (Every::Month, "2026-03-31T21:00:00Z", "2026-03-31T21:00:00Z"),
            (Every::Quarter, "2026-06-30T20:59:59Z", "2026-03-31T21:00:00Z"),
            (Every::Week, "2026-03-29T20:59:59Z", "2026-03-22T22:00:00Z"),
        ] {
            assert_eq!(Periods::whole(window, every, riga()).start_of(at(moment)), at(start), "{moment}");
        }
    }

    #[test]
    fn what_lies_in_a_window_is_in_a_period_around_it() {
        let around = |from, to, every| {
            let around = Periods::around(Window { from: at(from), to: at(to) }, every, riga());
            (around.window.from.to_string(), around.window.to.to_string(), around.count)
        };
        let (year, next) = ("2025-12-31T22:00:00Z", "2026-12-31T22:00:00Z");
        assert_eq!(around(year, next, Every::Year), (year.into(), next.into(), 1));
        assert_eq!(around("2025-12-31T21:59:59Z", next, Every::Year).2, 2);
        let (from, to) = ("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z");
        let days = ("2026-03-27T22:00:00Z".into(), "2026-03-30T21:00:00Z".into(), 3);
        assert_eq!(around(from, to, Every::Day), days);
        assert_eq!(around(from, to, Every::Week).2, 2);
        assert_eq!(around(from, from, Every::Month).2, 0);
    }

    #[test]
    fn periods_have_the_names_of_the_calendar_and_end_where_the_next_begins() {
        let window = Window { from: at("2026-01-01"), to: at("2026-12-31") };
        // In Riga, 31 December 2025, 22:00 UTC is the new year; 29 December 2025 is in the first week of 2026.
        for (every, start, name, end) in [
            (Every::Day, "2025-12-31T22:00:00Z", "2026-01-01", "2026-01-01T22:00:00Z"),
            (Every::Week, "2025-12-28T22:00:00Z", "2026-W01", "2026-01-04T22:00:00Z"),
            (Every::Month, "2026-02-28T22:00:00Z", "2026-03", "2026-03-31T21:00:00Z"),
            (Every::Quarter, "2026-03-31T21:00:00Z", "2026-Q2", "2026-06-30T21:00:00Z"),
            (Every::Year, "2025-12-31T22:00:00Z", "2026", "2026-12-31T22:00:00Z"),
        ] {
            let periods = Periods::whole(window, every, riga());
            assert_eq!((periods.label(at(start)).as_str(), periods.end_of(at(start))), (name, at(end)));
        }
    }

    #[test]
    fn twelve_months_before_the_end_of_a_year_is_its_beginning() {
        let before = |moment| months_before(at(moment), 12, &riga()).to_string();
        assert_eq!(before("2025-12-31T22:00:00Z"), "2024-12-31T22:00:00Z");
        assert_eq!(before("2024-02-29T12:00:00Z"), "2023-02-28T12:00:00Z");
        assert_eq!(before("0001-06-01T00:00:00Z"), "0001-01-01T00:00:00Z");
    }

    #[test]
    fn the_window_before_a_year_is_a_year_and_before_ninety_days_ninety_days() {
        let before = |from, to| {
            let before = same_length_before(Window { from: at(from), to: at(to) }, &riga());
            (before.from.to_string(), before.to.to_string())
        };
        let (year, next) = ("2024-12-31T22:00:00Z", "2025-12-31T22:00:00Z");
        // 2024 has a day more.
        assert_eq!(before(year, next), ("2023-12-31T22:00:00Z".into(), year.into()));
        assert_eq!(before("2023-12-31T22:00:00Z", year).0, "2022-12-31T22:00:00Z");
        let (march, june) = ("2025-02-28T22:00:00Z", "2025-05-31T21:00:00Z");
        assert_eq!(before(march, june).0, "2024-11-30T22:00:00Z");
        assert_eq!(before("2025-03-01T00:00:00Z", "2025-05-30T00:00:00Z").0, "2024-12-01T00:00:00Z");
        assert_eq!(before("0001-01-01T00:00:00Z", year).0, "0001-01-01T00:00:00Z");
        assert_eq!(before(year, year), (year.into(), year.into()));
    }

    #[test]
    fn from_day_to_day_are_whole_months_and_the_days_beside_them() {
        let between = |from: &str, to: &str| {
            let begin = |day| ends_of_day(day, &riga()).unwrap().0;
            months_and_days(begin(from), begin(to), &riga())
        };
        assert_eq!(between("2025-01-15", "2026-01-15"), (12, 0));
        assert_eq!(between("2025-01-31", "2025-02-27"), (0, 27));
        assert_eq!(between("2025-01-31", "2025-02-28"), (1, 0));
        assert_eq!(between("2025-01-31", "2025-03-30"), (1, 30));
        assert_eq!(between("2024-02-29", "2025-03-01"), (12, 1));
        assert_eq!(between("2025-05-05", "2025-05-05"), (0, 0));
        let last = ends_of_day("2025-12-31", &riga()).unwrap().1;
        assert_eq!(
            (last.to_string(), day_text(last, &riga())),
            ("2025-12-31T22:00:00Z".into(), "2026-01-01".into())
        );
        assert_eq!(ends_of_day("31.12.2025", &riga()), None);
        assert_eq!(
            (day_number(at("1970-01-01T22:00:00Z"), &riga()), last_day_before(last, &riga())),
            (1, 20_453)
        );
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let days = |from, to| days_until(at(from), at(to), &riga());
        // Bought at 23:59, asked at 0:01 of the next day.
        assert_eq!(days("2026-03-01T21:59:00Z", "2026-03-01T22:01:00Z"), 1);
        assert_eq!(days("2026-03-01T22:00:00Z", "2026-03-02T22:00:00Z"), 0);
        // Over the night to summer time, and a year.
        assert_eq!(days("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"), 2);
        assert_eq!(days("2025-06-01T12:00:00Z", "2026-06-01T12:00:00Z"), 365);
    }
}
