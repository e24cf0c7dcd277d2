//! What is promised to tiers, and working time, computed again: days are walked one by one.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};
use rapport_model::Timestamp;
use rapport_proto::{
    definition::Fault,
    v1::{self, payload::Kind},
};

use super::{
    company::{Happened, zone},
    tickets_world::{CALENDARS, Row, WEEKDAYS},
};

const MINUTE: i64 = 60_000_000;

/// What holds at T of a kind: by code, the version and the number of the body.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) holds: BTreeMap<String, (u32, usize)>,
    pub(crate) unreadable: Vec<v1::UnreadableDefinition>,
}

pub(crate) fn fault(faults: &[Fault]) -> String {
    format!("`{}`: {}", faults[0].path, faults[0].description)
}

pub(crate) fn held(happened: &[Happened], kind: &str, bodies: &[&str], why: &str) -> Held {
    let mut held = Held::default();
    let of_kind = happened.iter().filter_map(|one| match &one.kind {
        Kind::DefinitionPublished(says) if says.kind == kind => Some((one, says)),
        _ => None,
    });
    let mut by_code: BTreeMap<&String, Vec<_>> = BTreeMap::new();
    for (one, says) in of_kind {
        let body = bodies.iter().position(|body| *body == says.body).unwrap();
        by_code.entry(&says.code).or_default().push((one.at, says.version, one.position, body));
    }
    let last = bodies.len() - 1;
    for (code, mut versions) in by_code {
        versions.sort();
        while let Some((_, version, position, body)) = versions.pop() {
            if body != last {
                held.holds.insert(code.clone(), (version, body));
                break;
            }
            let (kind, code, fault) = (kind.to_owned(), code.clone(), why.to_owned());
            held.unreadable.push(v1::UnreadableDefinition { kind, code, version, position, fault });
        }
    }
    held
}

/// When work is done.
pub(crate) struct Work {
    zone: TimeZone,
    hours: Vec<Row>,
    holidays: Vec<Date>,
}

impl Work {
    pub(crate) fn of(body: Option<usize>) -> Self {
        let Some(calendar) = body.map(|body| &CALENDARS[body]) else {
            return Self { zone: zone(), hours: vec![(WEEKDAYS, 540, 1_020)], holidays: Vec::new() };
        };
        Self {
            zone: TimeZone::get(calendar.zone).unwrap(),
            hours: calendar.hours.to_vec(),
            holidays: calendar.holidays.iter().map(|day| day.parse().unwrap()).collect(),
        }
    }

    fn day(&self, moment: Timestamp) -> Date {
        jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap().to_zoned(self.zone.clone()).date()
    }

    /// When work begins and ends on a day.
    fn on(&self, day: Date) -> Vec<(i64, i64)> {
        let weekday = i32::from(day.weekday().to_monday_one_offset());
        let at = |minutes: u32| {
            let (day, minutes) = if minutes == 1_440 { (day.tomorrow().unwrap(), 0) } else { (day, minutes) };
            let time = day.at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
            time.to_zoned(self.zone.clone()).unwrap().timestamp().as_microsecond()
        };
        let mut worked: Vec<_> = self.hours.iter().filter(|(days, _, _)| days.contains(&weekday)).collect();
        worked.retain(|_| !self.holidays.contains(&day));
        worked.sort_by_key(|(_, from, _)| *from);
        worked.into_iter().map(|(_, from, to)| (at(*from), at(*to))).collect()
    }

    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let (mut day, last, mut sum) = (self.day(from), self.day(to), 0);
        while from < to && day <= last {
            let within =
                |(begin, end): (i64, i64)| (end.min(to.as_micros()) - begin.max(from.as_micros())).max(0);
            sum += self.on(day).into_iter().map(within).sum::<i64>();
            day = day.tomorrow().unwrap();
        }
        sum
    }

    pub(crate) fn after(&self, from: Timestamp, minutes: i64) -> Timestamp {
        let (mut day, mut rest) = (self.day(from), minutes * MINUTE);
        loop {
            for (begin, end) in self.on(day) {
                let begin = begin.max(from.as_micros());
                if begin < end && rest <= end - begin {
                    return Timestamp::from_micros(begin + rest);
                }
                rest -= (end - begin).max(0);
            }
            day = day.tomorrow().unwrap();
        }
    }
}
