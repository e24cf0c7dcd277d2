//! `rapport bench` with tiny sizes: every work measures, and says what it measured.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::{Command, Stdio};

use serde_json::Value;

const TINY: [&str; 14] = [
    "--seconds",
    "0.2",
    "--runs",
    "1",
    "--events",
    "400",
    "--deals",
    "30",
    "--questions",
    "20",
    "--rate",
    "50",
    "--output",
    "json",
];

fn bench(arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_rapport"))
        .env_remove("RAPPORT_SERVER")
        .arg("bench")
        .args(arguments)
        .args(TINY)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("no number `{key}` in {row}"))
}

#[test]
fn appends_are_measured_beside_a_server_that_does_nothing_and_beside_the_disk() {
    for flags in [
        &["--clients", "2", "--batch", "3"][..],
        &["--streaming"],
        &["--expected-revision"],
        &["--condition"],
    ] {
        let rows = bench(&[&["append"], flags].concat());
        let [row] = &rows[..] else { panic!("{flags:?}: {rows:?}") };
        assert!(number(row, "rate") > 0.0 && number(row, "p50_us") > 0.0);
        assert!(number(row, "p50_us") <= number(row, "p99_us"));
        for limit in ["no-op", "fdatasync"] {
            assert!(number(&row["limits"][limit][0], "rate") > 0.0, "{row}");
        }
    }
}

#[test]
fn every_kind_of_reading_is_measured() {
    let rows_of = [
        ("log", 1),
        ("scan", 1),
        ("history", 2),
        ("project", 1),
        ("timeline", 1),
        ("visible", 1),
        ("open", 1),
    ];
    for (work, rows_expected) in rows_of {
        let rows = bench(&[work]);
        assert_eq!(rows.len(), rows_expected, "{work}");
        assert!(rows.iter().all(|row| row["work"] == work && number(row, "rate") > 0.0), "{rows:?}");
    }
}

#[test]
fn every_model_is_measured_now_and_as_of_any_moments_beside_bare_sql() {
    let rows = bench(&["models"]);
    assert!(rows.len() >= 2 && rows.len().is_multiple_of(2), "{rows:?}");
    for (row, when) in rows.iter().zip(["now", "any (T, K)"].into_iter().cycle()) {
        assert!(row["what"].as_str().unwrap().ends_with(when), "{row}");
        assert!(
            number(row, "p50_us") > 0.0 && number(&row["limits"]["bare-sql"][0], "p50_us") > 0.0,
            "{row}"
        );
    }
}

#[test]
fn the_funnel_is_measured_now_and_as_of_any_moments() {
    let rows = bench(&["funnel"]);
    let what: Vec<_> = rows.iter().filter_map(|row| row["what"].as_str()).collect();
    assert_eq!(what.len(), 4);
    assert!(what.contains(&"snapshot, now") && what.contains(&"all measures, any (T, K)"), "{what:?}");
}
