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
mod tests;
