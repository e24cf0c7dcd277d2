//! `satisfaction`: digits that suit the scale, and what a table leaves out.

use crate::support::Server;

/// An answer; of nobody where no customer is given.
fn answer(customer: &str, day: &str, question: &str, scale: (f64, f64), value: f64) -> String {
    let instrument = if question.is_empty() { "INSTRUMENT_NPS" } else { "INSTRUMENT_CUSTOM" };
    let payload = serde_json::json!({ "surveyAnswered": {
        "surveyId": "s", "instrument": instrument, "question": question, "scale": { "min": scale.0, "max": scale.1 },
        "value": value,
    }});
    let event = serde_json::json!({
        "stream": "survey", "customer": customer, "occurredAt": format!("{day}T10:00:00Z"), "payload": payload,
    });
    format!("{event}\n")
}

fn asked(customer: &str) -> String {
    let payload = r#"{"surveySent":{"surveyId":"s","instrument":"INSTRUMENT_NPS"}}"#;
    format!(
        r#"{{"stream":"sent","customer":"{customer}","occurredAt":"2026-02-01T08:00:00Z","payload":{payload}}}"#
    ) + "\n"
}

fn with(input: &str) -> Server {
    let server = Server::start();
    server.run_with(&["append"], input).ok();
    server
}

#[test]
fn a_mean_has_the_digits_of_its_scale_and_its_interval_is_no_point() {
    let mut input = String::new();
    for (number, customer) in ["a", "b", "c", "d"].iter().enumerate() {
        let little = number as f64 / 100.0;
        input += &answer(customer, "2026-02-01", "mood", (-1.0, 1.0), -0.49 - little);
        input += &answer(customer, "2026-02-01", "balance", (-1.0, 1.0), 0.015 - little);
        input += &answer(customer, "2026-02-01", "share", (0.0, 1.0), 0.5 + little / 1000.0);
        input += &answer(customer, "2026-02-01", "weight", (0.0, 1000.0), 500.0 + number as f64 * 100.0);
    }
    let printed = with(&input).run(&["satisfaction"]).ok();
    for expected in
        ["-0.51 [-0.53, -0.48]", "0.00 [-0.02, 0.02]", "0.50002 [0.49999, 0.50004]", "650.0 [444.6, 855.4]"]
    {
        let words: Vec<_> = expected.split_whitespace().collect();
        let row = printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(row.into_iter().any(|row| row.contains(&words.join(" "))), "no {expected} in\n{printed}");
    }
    let signed_zero =
        |word: &str| word.starts_with("-0") && !word.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    assert!(!printed.split([' ', '[', ',', ']']).any(signed_zero), "{printed}");
}

#[test]
fn what_the_tables_leave_out_is_said_below_them() {
    let months = (0..26).map(|month| format!("{}-{:02}-15", 2024 + month / 12, month % 12 + 1));
    let mut input: String = months.map(|day| answer("", &day, "", (0.0, 10.0), 0.0)).collect();
    let signed = answer("7", "2026-02-20", "", (0.0, 10.0), 10.0);
    input += &signed.replace(r#""value":10.0"#, r#""value":10.0,"importance":0.5"#);
    input += &[asked(""), asked(""), asked("7")].concat();
    let server = with(&input);
    let parts = ["scores", "rolling", "attributes", "companies"].map(|part| ["--measure", part]);
    let printed = [&["satisfaction", "--as-of", "2026-02-28"][..], parts.as_flattened()].concat();
    let printed = server.run(&printed).ok();
    for expected in [
        "26 of 27 responses without a customer: each counts by itself",
        "left out of the response: 2 of 3 asked, without a customer",
        "the last 13 months: 13 of 26 rows; `--output csv` has all",
        "left out of importance and performance: 26 responses without an importance",
        "left out of the companies: 27 responses not given by a contact of one",
    ] {
        assert!(printed.contains(expected), "no `{expected}` in\n{printed}");
    }
    let csv = server.run(&["satisfaction", "--as-of", "2026-02-28", "--output", "csv"]).ok();
    assert_eq!(csv.lines().filter(|line| line.starts_with("rolling,")).count(), 26);
    // Each of the unsigned is an object of its own, and none is a party.
    let listed = server.run(&["satisfaction", "--figure", "scores/nps///negative", "--output", "csv"]).ok();
    assert_eq!(listed.lines().count(), 27, "{listed}");
    assert!(listed.contains("event:1,,1\n") && !listed.contains("party:"), "{listed}");
}

#[test]
fn what_tail_prints_of_an_answer_of_0_can_be_appended_to_another_ledger() {
    let server = with(&answer("7", "2026-02-01", "", (0.0, 10.0), 0.0));
    let printed = server.run(&["tail", "--output", "json"]).ok();
    assert!(printed.contains(r#""value":0.0"#), "{printed}");
    let other = with(&printed);
    let score = other.run(&["satisfaction", "--output", "csv"]).ok();
    assert!(score.contains("score,nps,,,,,1,-100,"), "{score}");
}
