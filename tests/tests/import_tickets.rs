//! A help desk's log through the real binary: what tickets then answer at three moments, and which ways they go, against an
//! independent reading of the raw file and against pm4py. The ledger's zone is UTC.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod exports;

use std::collections::BTreeMap;

use exports::rows;
use jiff::civil::{Date, DateTime};
use rapport_tests::{
    data_set,
    inbox::{Inbox, number},
    python, run_ok,
};
use serde_json::{Value, json};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// One row of the file.
struct Row {
    at: i64,
    activity: String,
    workgroup: String,
}

/// Seconds since 1970, of which no two zones differ in this file.
fn seconds(text: &str) -> i64 {
    let text = text.split('.').next().unwrap().replace('/', "-").replace(' ', "T");
    let moment: DateTime = text.parse().unwrap();
    moment.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second()
}

/// From 9 to 17 on days from Monday to Friday; the first of January 1970 was a Thursday.
fn worked(from: i64, to: i64) -> i64 {
    let days = from.div_euclid(DAY)..=to.div_euclid(DAY);
    let weekdays = days.filter(|day| (day + 3).rem_euclid(7) < 5);
    weekdays.map(|day| (to.min(day * DAY + 17 * HOUR) - from.max(day * DAY + 9 * HOUR)).max(0)).sum()
}

/// Where the curve of Kaplan and Meier comes down to a half.
fn product_limit(stays: &[(i64, bool)]) -> i64 {
    let mut lengths: Vec<i64> = stays.iter().filter(|(_, ended)| *ended).map(|(length, _)| *length).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let mut survival = 1.0;
    for length in lengths {
        let lasting = stays.iter().filter(|(one, _)| *one >= length).count();
        let ending = stays.iter().filter(|(one, ended)| *ended && *one == length).count();
        survival *= 1.0 - ending as f64 / lasting as f64;
        if survival <= 0.5 + 1e-9 {
            return length;
        }
    }
    panic!("fewer than half have ended");
}

#[test]
fn tickets_of_a_help_desk_and_the_ways_they_go_are_what_its_file_says() {
    let Some(folder) = data_set("helpdesk_italy") else { return };
    let inbox = Inbox::new();
    inbox.import(&["helpdesk-italy", folder.to_str().unwrap()]);
    let mut cases: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(&folder.join("helpdesk.csv")) {
        let (activity, workgroup) = (row["Activity"].clone(), row["workgroup"].clone());
        let at = seconds(&row["Complete Timestamp"]);
        cases.entry(row["Case ID"].clone()).or_default().push(Row { at, activity, workgroup });
    }
    cases.values_mut().for_each(|rows| rows.sort_by_key(|row| row.at));
    assert_eq!(cases.len(), 4_580, "the published figure");
    for last_day in ["2011-12-31", "2013-06-30", "2014-01-31"] {
        let answer = inbox.ask(&["tickets", "--as-of", last_day]);
        let day: Date = last_day.parse().unwrap();
        // A date is its whole day, and the window begins a year before the end of it.
        let end = seconds(&format!("{}T00:00:00", day.tomorrow().unwrap()));
        let year = day.tomorrow().unwrap();
        let begin = seconds(&format!("{}T00:00:00", year.with().year(year.year() - 1).build().unwrap()));
        compare(&answer, &cases, begin, end);
    }
    let paths = inbox.ask(&["paths", "--from", "2000-01-01", "--as-of", "2015-01-01"]);
    compare_paths(&paths, &cases);
    let Some(mut mining) = python("pm4py") else { return };
    inbox.write("paths.json", paths.to_string());
    mining.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/libraries/paths.py"));
    let agreed = run_ok(mining.arg(inbox.path("paths.json")).arg(folder.join("helpdesk.csv"))).unwrap();
    let agreed: Value = serde_json::from_str(&agreed).unwrap();
    assert_eq!(agreed, json!({"variants": 226, "cases": 4_580, "moves": 55}));
}

/// The ways of all tickets, as process mining counts them.
fn compare_paths(answer: &Value, cases: &BTreeMap<String, Vec<Row>>) {
    let (mut variants, mut follows) = (BTreeMap::new(), BTreeMap::new());
    for rows in cases.values() {
        let path: Vec<&str> = rows.iter().map(|row| row.activity.as_str()).collect();
        for pair in path.windows(2) {
            *follows.entry((pair[0], pair[1])).or_insert(0) += 1;
        }
        *variants.entry(path).or_insert(0) += 1;
    }
    assert_eq!(variants.len(), 226, "the published figure");
    let all = cases.len() as f64;
    let squares: f64 = variants.values().map(|n: &u64| (*n as f64 / all).powi(2)).sum();
    let total = &answer["total"];
    assert_eq!((number(&total["cases"]["count"]), number(&total["variants"])), (4_580, 226));
    assert!((total["variation"].as_f64().unwrap() - (1.0 - squares)).abs() < 1e-9);
    for row in answer["rows"].as_array().unwrap() {
        let steps: Vec<&str> =
            row["steps"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
        assert_eq!(variants.get(&steps), Some(&number(&row["cases"]["count"])), "{steps:?}");
    }
    let moves = answer["moves"].as_array().unwrap();
    assert_eq!(moves.len(), follows.len());
    for one in moves {
        let ends = (one["from"].as_str().unwrap(), one["to"].as_str().unwrap());
        assert_eq!(follows.get(&ends), Some(&number(&one["times"])), "{ends:?}");
    }
}

fn compare(answer: &Value, cases: &BTreeMap<String, Vec<Row>>, begin: i64, end: i64) {
    let is_solved = |row: &&Row| ["Resolve ticket", "RESOLVED"].contains(&row.activity.as_str());
    let (mut open, mut resolved, mut pushes, mut pushed) = (Vec::new(), 0, 0, 0);
    let (mut elapsed, mut working) = (Vec::new(), Vec::new());
    for (case, rows) in cases {
        let known: Vec<&Row> = rows.iter().filter(|row| row.at < end).collect();
        let Some(first) = known.first() else { continue };
        let solved = known.iter().copied().filter(is_solved).map(|row| row.at).next_back();
        if solved.is_none() {
            open.push((first.at, format!("ticket:{case}")));
        }
        resolved += u64::from(solved.is_some_and(|solved| solved >= begin));
        if first.at >= begin {
            let changes = known.windows(2).filter(|pair| pair[0].workgroup != pair[1].workgroup).count();
            pushes += changes;
            pushed += u64::from(changes > 1);
            let until = solved.unwrap_or(end);
            elapsed.push((until - first.at, solved.is_some()));
            working.push((worked(first.at, until), solved.is_some()));
        }
    }
    open.sort();
    let total = &answer["total"];
    let counts = ["open", "opened", "resolved", "pushed"].map(|name| number(&total[name]["count"]));
    assert_eq!(counts, [open.len() as u64, elapsed.len() as u64, resolved, pushed]);
    let listed = answer["rows"].as_array().unwrap().iter().map(|row| row["ticket"].as_str().unwrap());
    assert!(listed.eq(open.iter().map(|(_, ticket)| ticket)));
    let mean = total["meanPushes"].as_f64().unwrap();
    assert!((mean - pushes as f64 / elapsed.len() as f64).abs() < 1e-12, "{mean}");
    let times = &total["resolution"];
    assert_eq!(times["median"], format!("{}s", product_limit(&elapsed)));
    assert_eq!(times["medianWorking"], format!("{}s", product_limit(&working)));
    // The log has no responses.
    let first = &total["firstResponse"];
    assert_eq!((number(&first["ended"]["count"]), &first["median"]), (0, &Value::Null));
}
