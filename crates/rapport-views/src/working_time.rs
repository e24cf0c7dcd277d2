//! Working time: how much work is done between two moments, and when so much of it is over.
//!
//! Work is done while the clock of the calendar's zone shows working hours, on days that are no holidays. So an hour that
//! clocks skip is not worked, and one that they show twice is worked twice.
//!
//! Between two changes of the clock a zone is a shift of UTC: there, working time is arithmetic over weeks, and no day is
//! walked. [`WorkingTime`] adds up these stretches once.
//!
//! **Invariant:** working time between moments adds up: that of two neighbouring stretches is that of both together.

use jiff::{civil::Date, tz::TimeZone};
use rapport_model::Timestamp;
use rapport_proto::v1::CalendarDefinition;

use crate::calendar::LAST;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;
const WEEK: i64 = 7 * DAY;
/// The day 0, 1 January 1970, is a Thursday: days of the week are counted from Monday, 0.
const THURSDAY: i64 = 3;
/// 31 December 9999.
const LAST_DAY: i64 = 2_932_896;

/// When work is done by the calendar, whatever the zone. Moments are microseconds of a clock, from 1970-01-01 on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hours {
    /// By day of the week from Monday: from and to since midnight, ascending.
    days: [Vec<(i64, i64)>; 7],
    /// Work of the days of the week before each one, and of a whole week.
    before: [i64; 8],
    /// Days without work that would have some, ascending, each with the work that is lost on it and on those before.
    holidays: Vec<(i64, i64)>,
}

/// The working time of a calendar over a stretch of time.
#[derive(Debug, Clone)]
pub struct WorkingTime {
    hours: Hours,
    /// Ascending; at least one.
    stretches: Vec<Stretch>,
}

/// From one change of the clock to the next.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    begins: i64,
    /// What the clock shows more than UTC.
    offset: i64,
    /// Work since the first stretch began.
    before: i64,
}

impl Hours {
    fn of(says: &CalendarDefinition) -> Self {
        let mut days: [Vec<(i64, i64)>; 7] = Default::default();
        for hours in &says.hours {
            let (Some(from), Some(to)) = (since_midnight(&hours.from), since_midnight(&hours.to)) else {
                continue;
            };
            for weekday in &hours.weekdays {
                let day = usize::try_from(*weekday - 1).ok().and_then(|day| days.get_mut(day));
                day.into_iter().for_each(|day| day.push((from, to)));
            }
        }
        if days.iter().all(Vec::is_empty) {
            for day in days.iter_mut().take(5) {
                day.push((9 * 60 * MINUTE, 17 * 60 * MINUTE));
            }
        }
        let mut before = [0; 8];
        let mut sum = 0;
        for (day, before) in days.iter_mut().zip(before.iter_mut().skip(1)) {
            day.sort_unstable();
            sum += work(day);
            *before = sum;
        }
        let mut hours = Self { days, before, holidays: Vec::new() };
        let mut holidays: Vec<i64> = says.holidays.iter().filter_map(|day| day_of(day)).collect();
        holidays.sort_unstable();
        holidays.dedup();
        let mut lost = 0;
        for day in holidays {
            lost += work(hours.on(day));
            hours.holidays.push((day, lost));
        }
        hours
    }

    fn a_week(&self) -> i64 {
        self.before.last().copied().unwrap_or(0)
    }

    /// The hours of the weekday that a day is.
    fn on(&self, day: i64) -> &[(i64, i64)] {
        let weekday = usize::try_from((day + THURSDAY).rem_euclid(7)).unwrap_or(0);
        self.days.get(weekday).map_or(&[], Vec::as_slice)
    }

    /// Work on whole days before a day, since some day of old.
    fn before_day(&self, day: i64) -> i64 {
        let (weeks, weekday) = ((day + THURSDAY).div_euclid(7), (day + THURSDAY).rem_euclid(7));
        let of_week = usize::try_from(weekday).ok().and_then(|day| self.before.get(day)).copied();
        let earlier = self.holidays.partition_point(|(holiday, _)| *holiday < day);
        let lost =
            earlier.checked_sub(1).and_then(|last| self.holidays.get(last)).map_or(0, |(_, lost)| *lost);
        weeks * self.a_week() + of_week.unwrap_or(0) - lost
    }

    /// Work before a moment, since some day of old.
    fn before(&self, clock: i64) -> i64 {
        let (day, time) = (clock.div_euclid(DAY), clock.rem_euclid(DAY));
        let whole = self.before_day(day);
        if self.holidays.binary_search_by_key(&day, |(holiday, _)| *holiday).is_ok() {
            return whole;
        }
        whole + self.on(day).iter().map(|(from, to)| (time.min(*to) - from).max(0)).sum::<i64>()
    }

    /// The first moment before which so much work is done, from a day on before which it is not; `None` beyond the year 9999.
    fn when(&self, done: i64, from_day: i64) -> Option<i64> {
        let (mut low, mut high) = (from_day, LAST_DAY + 1);
        // The first day after which it is done.
        while low < high {
            let middle = low + (high - low) / 2;
            if self.before_day(middle + 1) >= done { high = middle } else { low = middle + 1 }
        }
        let mut rest = done - self.before_day(low);
        if low > LAST_DAY {
            return None;
        }
        for (from, to) in self.on(low) {
            if rest <= to - from {
                return Some(low * DAY + from + rest);
            }
            rest -= to - from;
        }
        None
    }
}

impl WorkingTime {
    /// Of a calendar, whose zone is the ledger's unless it names one; exact between these moments, and for
    /// [`Self::after`] from such a moment on for work of at most `longest` microseconds.
    #[must_use]
    pub fn new(
        says: &CalendarDefinition,
        ledger: &TimeZone,
        (from, to): (Timestamp, Timestamp),
        longest: i64,
    ) -> Self {
        let hours = Hours::of(says);
        let zone = TimeZone::get(&says.zone).ok().filter(|_| !says.zone.is_empty());
        let zone = zone.unwrap_or_else(|| ledger.clone());
        // Weeks of which each has its hours, more for those that lose them to holidays, and for hours that clocks skip.
        let weeks = longest / hours.a_week().max(1) + 9 + i64::try_from(hours.holidays.len()).unwrap_or(0);
        let end = to.as_micros().saturating_add(weeks.saturating_mul(WEEK)).min(LAST.as_micros());
        let first = civil(from.as_micros());
        let offset = |of: jiff::tz::Offset| i64::from(of.seconds()) * 1_000_000;
        let first = Stretch { begins: from.as_micros(), offset: offset(zone.to_offset(first)), before: 0 };
        let mut stretches = vec![first];
        let mut last = first;
        for change in zone.following(civil(from.as_micros())) {
            let begins = change.timestamp().as_microsecond();
            if begins > end {
                break;
            }
            let before = last.before + work_between(&hours, last, begins);
            last = Stretch { begins, offset: offset(change.offset()), before };
            stretches.push(last);
        }
        Self { hours, stretches }
    }

    /// Work between two moments, in microseconds; 0 where the later one comes first.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        (self.before(to.as_micros()) - self.before(from.as_micros())).max(0)
    }

    /// The first moment at which so many microseconds of work are done since another; that moment itself for none. The end
    /// of the year 9999 at the latest.
    #[must_use]
    pub fn after(&self, from: Timestamp, work: i64) -> Timestamp {
        if work <= 0 {
            return from;
        }
        let done = self.before(from.as_micros()).saturating_add(work);
        let place = self.stretches.partition_point(|stretch| stretch.before < done).saturating_sub(1);
        let Some(stretch) = self.stretches.get(place) else { return from };
        let clock = stretch.begins.saturating_add(stretch.offset);
        let of_clock = (done - stretch.before).saturating_add(self.hours.before(clock));
        // `from` may lie before the first stretch, but not by more than its own day of the clock.
        let day = clock.min(from.as_micros().saturating_add(stretch.offset)).div_euclid(DAY);
        let when = self.hours.when(of_clock, day);
        when.map_or(LAST, |when| Timestamp::from_micros(when - stretch.offset).min(LAST))
    }

    fn before(&self, moment: i64) -> i64 {
        let place = self.stretches.partition_point(|stretch| stretch.begins <= moment).saturating_sub(1);
        self.stretches.get(place).map_or(0, |last| last.before + work_between(&self.hours, *last, moment))
    }
}

/// Work from the beginning of a stretch until a moment in it.
fn work_between(hours: &Hours, stretch: Stretch, moment: i64) -> i64 {
    let clock = |moment: i64| hours.before(moment.saturating_add(stretch.offset));
    clock(moment) - clock(stretch.begins)
}

fn work(day: &[(i64, i64)]) -> i64 {
    day.iter().map(|(from, to)| to - from).sum()
}

/// Of a time such as `09:00` or `24:00`.
fn since_midnight(time: &str) -> Option<i64> {
    let (hours, minutes) = time.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some((hours * 60 + minutes) * MINUTE).filter(|since| (0..=DAY).contains(since))
}

/// The number of a day that is written as ISO 8601 has it.
fn day_of(text: &str) -> Option<i64> {
    let day: Date = text.parse().ok()?;
    Date::constant(1970, 1, 1).until(day).ok().map(|span| i64::from(span.get_days()))
}

fn civil(moment: i64) -> jiff::Timestamp {
    let end = if moment < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_microsecond(moment).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rapport_model::parse_moment;
    use rapport_proto::v1::calendar_definition::Hours as Row;

    use super::*;

    fn at(text: &str) -> Timestamp {
        parse_moment(text, &TimeZone::UTC).unwrap()
    }

    fn row(weekdays: &[i32], from: &str, to: &str) -> Row {
        Row { weekdays: weekdays.to_vec(), from: from.to_owned(), to: to.to_owned() }
    }

    fn calendar(zone: &str, hours: Vec<Row>, holidays: &[&str]) -> CalendarDefinition {
        let holidays = holidays.iter().map(|day| (*day).to_owned()).collect();
        CalendarDefinition { zone: zone.to_owned(), hours, holidays }
    }

    fn working(says: &CalendarDefinition) -> WorkingTime {
        WorkingTime::new(says, &TimeZone::UTC, (at("2024-01-01"), at("2026-12-31")), 0)
    }

    const ALL: [i32; 7] = [1, 2, 3, 4, 5, 6, 7];

    fn minutes(of: &WorkingTime, from: &str, to: &str) -> i64 {
        of.between(at(from), at(to)) / MINUTE
    }

    #[test]
    fn without_anything_said_work_is_done_from_monday_to_friday_from_nine_to_five() {
        let default = working(&CalendarDefinition::default());
        // 5 June 2026 is a Friday.
        assert_eq!(minutes(&default, "2026-06-05T16:30:00Z", "2026-06-08T09:10:00Z"), 40);
        assert_eq!(minutes(&default, "2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z"), 5 * 480);
        assert_eq!(minutes(&default, "2026-06-08T00:00:00Z", "2026-06-01T00:00:00Z"), 0);
        let after = |from, work| default.after(at(from), work * MINUTE).to_string();
        assert_eq!(after("2026-06-05T16:30:00Z", 30), "2026-06-05T17:00:00Z");
        assert_eq!(after("2026-06-05T16:30:00Z", 31), "2026-06-08T09:01:00Z");
        assert_eq!(after("2026-06-06T12:00:00Z", 480), "2026-06-08T17:00:00Z");
        assert_eq!(after("2026-06-06T12:00:00Z", 0), "2026-06-06T12:00:00Z");
    }

    #[test]
    fn holidays_and_the_end_of_the_day_count_as_they_are_written() {
        let says = calendar("", vec![row(&ALL, "22:00", "24:00")], &["2026-06-02", "2026-06-02"]);
        let late = working(&says);
        assert_eq!(minutes(&late, "2026-06-01T23:00:00Z", "2026-06-04T00:00:00Z"), 60 + 120);
        let after = |work| late.after(at("2026-06-01T23:00:00Z"), work * MINUTE).to_string();
        assert_eq!([after(60), after(61)], ["2026-06-02T00:00:00Z", "2026-06-03T22:01:00Z"]);
    }

    #[test]
    fn the_day_of_a_change_of_the_clock_is_an_hour_shorter_or_longer() {
        let says = calendar("Europe/Riga", vec![row(&ALL, "00:00", "24:00")], &[]);
        let round = working(&says);
        // Riga: 29 March and 25 October 2026.
        assert_eq!(minutes(&round, "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"), 23 * 60);
        assert_eq!(minutes(&round, "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z"), 25 * 60);
        // Clocks go from 3 to 4: nobody works from 3 to half past.
        let night = working(&calendar("Europe/Riga", vec![row(&[7], "03:00", "04:30")], &[]));
        assert_eq!(minutes(&night, "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"), 30);
        assert_eq!(minutes(&night, "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z"), 150);
    }

    #[test]
    fn work_that_takes_longer_than_the_calendar_ends_with_it() {
        let says = calendar("Europe/Riga", vec![row(&[7], "03:00", "03:01")], &[]);
        let of = WorkingTime::new(&says, &TimeZone::UTC, (at("2026-01-01"), at("2026-01-02")), i64::MAX / 2);
        assert_eq!(of.after(at("2026-01-01"), i64::MAX / 2), LAST);
        // A century of Sundays, less those on which three o'clock is skipped.
        let century = of.after(at("2026-01-01"), 5_200 * MINUTE);
        assert_eq!(of.between(at("2026-01-01"), century), 5_200 * MINUTE);
    }

    /// Whether the clock shows working hours.
    fn is_worked(says: &CalendarDefinition, zone: &TimeZone, moment: i64) -> bool {
        let shown = jiff::Timestamp::from_microsecond(moment).unwrap().to_zoned(zone.clone());
        let time = format!("{:02}:{:02}", shown.hour(), shown.minute());
        let weekday = i32::from(shown.weekday().to_monday_one_offset());
        let holds = |row: &Row| row.weekdays.contains(&weekday) && row.from <= time && time < row.to;
        !says.holidays.contains(&shown.date().to_string()) && says.hours.iter().any(holds)
    }

    prop_compose! {
        fn rows()(
            weekdays in prop::sample::subsequence(ALL.to_vec(), 1..7),
            mut borders in prop::collection::btree_set(0..=48_u32, 2..6),
        ) -> Vec<Row> {
            if borders.len() % 2 == 1 {
                borders.pop_last();
            }
            let text = |half: u32| format!("{:02}:{:02}", half / 2, half % 2 * 30);
            let borders: Vec<u32> = borders.into_iter().collect();
            borders.chunks(2).map(|pair| row(&weekdays, &text(pair[0]), &text(pair[1]))).collect()
        }
    }

    prop_compose! {
        /// Around changes of the clock: Riga's, Lord Howe's of half an hour, and one at midnight and one of a whole day.
        fn questions()(
            hours in rows(),
            (zone, begin) in prop::sample::select(vec![
                ("Europe/Riga", "2026-03-27T00:00:00Z"),
                ("Europe/Riga", "2026-10-23T00:00:00Z"),
                ("Australia/Lord_Howe", "2026-04-03T00:00:00Z"),
                ("America/St_Johns", "2006-10-27T00:00:00Z"),
                ("America/Havana", "2026-03-07T00:00:00Z"),
                ("Pacific/Apia", "2011-12-28T00:00:00Z"),
                ("UTC", "2026-06-05T00:00:00Z"),
            ]),
            from in 0..6 * 1_440_i64,
            length in 0..6 * 1_440_i64,
            off in prop::collection::vec(0..9_i64, 0..3),
        ) -> (CalendarDefinition, i64, i64) {
            let begin = at(begin).as_micros();
            let off: Vec<String> = off
                .into_iter()
                .map(|day| jiff::Timestamp::from_microsecond(begin + day * DAY).unwrap())
                .map(|day| day.to_zoned(TimeZone::UTC).date().to_string())
                .collect();
            let off: Vec<&str> = off.iter().map(String::as_str).collect();
            (calendar(zone, hours, &off), begin + from * MINUTE, begin + (from + length) * MINUTE)
        }
    }

    proptest! {
        #[test]
        fn work_is_what_the_clock_shows_minute_by_minute((says, from, to) in questions()) {
            let zone = TimeZone::get(&says.zone).unwrap();
            let worked = |from: i64, to: i64| {
                (0..(to - from) / MINUTE).filter(|nth| is_worked(&says, &zone, from + nth * MINUTE)).count()
            };
            let [from_at, to_at] = [from, to].map(Timestamp::from_micros);
            // Exact also where it knows of the changes before the first moment only, and behind the last one.
            let of = WorkingTime::new(&says, &TimeZone::UTC, (from_at, from_at), 10 * DAY);
            let work = of.between(from_at, to_at);
            prop_assert_eq!(work, worked(from, to) as i64 * MINUTE);
            let due = of.after(from_at, work);
            prop_assert_eq!(of.between(from_at, due), work);
            prop_assert!(due <= to_at);
            // A moment earlier less is done.
            let before = Timestamp::from_micros(due.as_micros() - 1);
            prop_assert!(work == 0 || of.between(from_at, before) == work - 1);
        }

        #[test]
        fn work_adds_up_and_what_is_due_is_done(
            (says, from, to) in questions(), part in 0..=100_i64, work in 1..3_000_i64,
        ) {
            let [from_at, to_at] = [from, to].map(Timestamp::from_micros);
            let of = WorkingTime::new(&says, &TimeZone::UTC, (from_at, to_at), 3_000 * MINUTE);
            let between = Timestamp::from_micros(from + (to - from) / 100 * part);
            prop_assert_eq!(
                of.between(from_at, between) + of.between(between, to_at),
                of.between(from_at, to_at)
            );
            let due = of.after(between, work * MINUTE);
            prop_assert_eq!(of.between(between, due), work * MINUTE);
            // However far the clock's changes are known.
            let wider = WorkingTime::new(&says, &TimeZone::UTC, (from_at, at("2030-01-01")), 3_000 * MINUTE);
            prop_assert_eq!(wider.after(between, work * MINUTE), due);
        }
    }
}
