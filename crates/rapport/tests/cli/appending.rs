//! `rapport append` and `rapport tail`.

use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use crate::support::{Server, deal};

fn lines(count: usize) -> String {
    (0..count).map(|number| deal(&number.to_string(), &(number % 7).to_string(), "new")).collect()
}

#[test]
fn lines_from_a_file_and_from_stdin_become_events() {
    let server = Server::start();
    let file = server.file("events.jsonl", &lines(1_200));
    let printed = server.run(&["append", &file, "--output", "json"]).ok();
    let answer: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((answer["events"].as_u64(), answer["lastPosition"].as_u64()), (Some(1_200), Some(1_200)));
    let printed = server.run_with(&["append", "-"], &lines(3)).ok();
    assert!(printed.contains("appended 3 events; positions 1201 to 1203"), "{printed}");
}

#[test]
fn a_wrong_line_is_named_and_the_lines_before_it_are_appended() {
    let server = Server::start();
    let input =
        lines(2) + "\n" + "{\"stream\":\"s\",\"payload\":{\"dealOpened\":{\"stage\":\"new\"}}}\n" + &lines(1);
    let ran = server.run_with(&["append"], &input);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("line 4") && ran.stderr.contains("deal_id"), "{}", ran.stderr);
    assert_eq!(server.run(&["tail", "--from", "1", "--output", "json"]).ok().lines().count(), 2);
}

#[test]
fn what_the_ledger_refuses_is_traced_to_its_line_and_is_a_no() {
    let server = Server::start();
    let id = "\"id\":\"00000000-0000-4000-8000-000000000001\",\"stream\"";
    let taken = deal("1", "7", "new").replace("\"stream\"", id);
    server.run_with(&["append"], &taken).ok();
    assert!(server.run_with(&["append"], &taken).ok().contains("1 were there already"));
    let ran = server.run_with(&["append"], &(lines(1) + &taken.replace("\"7\"", "\"8\"")));
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("lines 1 to 2 were not appended") && ran.stderr.contains("taken"),
        "{}",
        ran.stderr
    );
    let missing = "{\"stream\":\"s\",\"payload\":{\"eventRetracted\":{\"targetEventId\":\"00000000-0000-4000-8000-00000000000f\"}}}\n";
    let ran = server.run_with(&["append"], &(lines(1) + missing));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("line 2: `payload.event_retracted.target_event_id`"), "{}", ran.stderr);
}

#[test]
fn tail_prints_the_last_events_or_from_a_place_and_filters() {
    let server = Server::start();
    server.run_with(&["append"], &lines(30)).ok();
    let positions = |arguments: &[&str]| -> Vec<u64> {
        let printed = server.run(&[&["tail", "--output", "json"], arguments].concat()).ok();
        let position = |line: &str| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            event["position"].as_str().unwrap().parse().unwrap()
        };
        printed.lines().map(position).collect()
    };
    assert_eq!(positions(&[]), (21..=30).collect::<Vec<_>>());
    assert_eq!(positions(&["-n", "2"]), [29, 30]);
    assert_eq!(positions(&["--from", "5", "-n", "3"]), [5, 6, 7]);
    assert_eq!(positions(&["--customer", "3"]), [4, 11, 18, 25]);
    assert_eq!(positions(&["--tag", "deal:8", "--type", "deal.opened"]), [9]);
    assert_eq!(positions(&["--stream-prefix", "deal-2", "-n", "1"]), [30]);
    assert_eq!(positions(&["--from", "2000-01-01"]).len(), 30);
    assert_eq!(positions(&["--type", "deal.won"]).len(), 0);
}

#[test]
fn tail_follows_without_gap_or_duplicate() {
    let server = Server::start();
    server.run_with(&["append"], &lines(5)).ok();
    let mut follow = server.command(&["tail", "--from", "1", "--follow", "-n", "9", "--output", "csv"]);
    let mut child = follow.stdout(Stdio::piped()).spawn().unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    // The header and what was there; then what comes.
    let first: Vec<_> = printed.by_ref().take(6).collect();
    server.run_with(&["append"], &lines(6)).ok();
    let rest: Vec<_> = printed.collect();
    assert!(child.wait().unwrap().success());
    let positions: Vec<_> =
        first.iter().skip(1).chain(&rest).map(|line| line.split(',').next().unwrap().to_owned()).collect();
    assert_eq!(positions, ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let server = Server::start();
    server.run_with(&["append"], &lines(3_000)).ok();
    let mut tail = server.command(&["tail", "--from", "1", "--output", "json"]);
    let mut child = tail.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    drop(reader);
    assert!(first.contains("\"position\":\"1\""));
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn what_tail_prints_can_be_appended_to_another_ledger() {
    let (one, other) = (Server::start(), Server::start());
    one.run_with(&["append"], &lines(20)).ok();
    let printed = one.run(&["tail", "--from", "1", "--output", "json"]).ok();
    other.run_with(&["append"], &printed).ok();
    let strip = |text: &str| {
        text.lines().map(|line| line.split("\"recordedAt\"").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(strip(&other.run(&["tail", "--from", "1", "--output", "json"]).ok()), strip(&printed));
    assert!(other.run_with(&["append"], &printed).ok().contains("20 were there already"));
}

#[test]
fn a_type_that_nothing_has_is_refused_with_the_nearest_name_and_an_own_type_is_not() {
    let server = Server::start();
    let own = r#"{"stream":"s","customer":"7","type":"acme.lift_serviced","payload":{"custom":{"contentType":"text/plain","data":"aGk="}}}"#;
    server.run_with(&["append"], &(lines(1) + own + "\n")).ok();
    for command in [vec!["tail", "--type", "deal.opend"], vec!["timeline", "7", "--type", "deal.opend"]] {
        let ran = server.run(&command);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{command:?}");
        assert!(ran.stderr.contains("no event has this type; is it `deal.opened`?"), "{}", ran.stderr);
    }
    assert_eq!(server.run(&["tail", "--type", "acme.lift_serviced"]).ok().lines().count(), 1);
}

#[test]
fn a_slip_in_a_line_is_told_with_its_field_and_what_was_meant() {
    let server = Server::start();
    let line = |event: &str| format!("{{\"stream\":\"s\",{event}}}\n");
    for (event, expected) in [
        (
            r#""payload":{"dealOpend":{"dealId":"1"}}"#,
            "there is no field `dealOpend` in `payload`; is it `dealOpened`?",
        ),
        (r#""custmer":"7""#, "is it `customer`?"),
        (r#""customer":"7","customer":"8""#, "the same key is there twice"),
        (r#""occurredAt":"2025-13-01","payload":{"noteRecorded":{}}"#, "`occurredAt`: "),
        (
            r#""payload":{"dealOpened":{"dealId":"1","stage":"new","amount":{"minorUnits":"5"}}}"#,
            "`payload.deal_opened.amount.currency`: expected an ISO 4217 code",
        ),
    ] {
        let ran = server.run_with(&["append"], &line(event));
        assert_eq!(ran.code, Some(2), "{event}");
        assert!(ran.stderr.contains("line 1") && ran.stderr.contains(expected), "{event}: {}", ran.stderr);
    }
}

#[test]
fn what_is_personal_is_in_no_error() {
    let server = Server::start();
    for line in [
        r#"{"stream":"s","payload":{"noteRecorded":{"personal":"Secret"}}}"#,
        r#"{"stream":"s","payload":"Secret"}"#,
        r#"{"stream":"s","actor":"Secret","payload":{"noteRecorded":{}}}"#,
        r#"{"stream":"s","event":"Secret"}"#,
        r#"{"stream":"s","Secret Name":1}"#,
        r#"{"stream":"s","payload":{"surveyAnswered":{"instrument":"Secret"}}}"#,
        r#"{"stream":"s","payload":{"noteRecorded":{"personal":{"text":"Secret"}}}"#,
        r#""Secret""#,
    ] {
        let ran = server.run_with(&["append"], line);
        assert_eq!(ran.code, Some(2), "{line}");
        assert!(ran.stderr.contains("line 1") && !ran.stderr.contains("Secret"), "{line}: {}", ran.stderr);
    }
}

#[test]
fn a_file_with_a_mark_and_foreign_line_ends_is_read_and_bytes_that_are_no_text_are_located() {
    let server = Server::start();
    let line = r#"{"stream":"s","payload":{"noteRecorded":{}}}"#;
    let ran = server.run_with(&["append"], &format!("\u{feff}{line}\r\n\r\n{line}"));
    assert_eq!((ran.code, ran.stdout.starts_with("appended 2 events")), (Some(0), true), "{}", ran.stderr);
    let file = server.dir.path().join("latin.jsonl");
    std::fs::write(&file, [line.as_bytes(), b"\n{\xe4}\n"].concat()).unwrap();
    let ran = server.run(&["append", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("line 2 is not UTF-8"), "{}", ran.stderr);
}

#[test]
fn an_id_that_is_taken_is_traced_to_its_line() {
    let server = Server::start();
    let line = |id: u32, text: &str| {
        format!(
            r#"{{"id":"00000000-0000-4000-8000-{id:012}","stream":"s","payload":{{"noteRecorded":{{"personal":{{"text":"{text}"}}}}}}}}"#
        )
    };
    assert_eq!(server.run_with(&["append"], &line(3, "one")).code, Some(0));
    let lines: Vec<_> = (1..6).map(|id| line(id, "other")).collect();
    let ran = server.run_with(&["append"], &lines.join("\n"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("because of line 3"), "{}", ran.stderr);
}
