//! Working time by hand, and against a clock that is looked at every minute.

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
