//! `rapport tail --from kafka://…`: what a ledger lost when it was set back comes back from the topic.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use std::{fs, process::Command};

use publishing::{append_deals, copies::Published, kafka, position, wait_until_published};
use rapport_tests::{Ledger, command, json_lines, run_ok, shared_broker};
use rdkafka::Message;
use serde_json::Value;

fn tail(from: &str, more: &[&str]) -> Command {
    let mut tail = command(["tail", "--output", "json", "--from", from]).unwrap();
    tail.args(more);
    tail
}

fn positions(lines: &[Value]) -> Vec<u64> {
    lines.iter().map(|line| line["position"].as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn what_a_ledger_lost_comes_back_from_the_topic_in_its_order() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    for value in ["protobuf", "json"] {
        let topic = format!("lost-{value}");
        let flags = [kafka(broker, &topic), vec!["--kafka-value".to_owned(), value.to_owned()]].concat();
        let _ = (fs::remove_dir_all(&data), fs::remove_dir_all(&backup));
        let ledger = Ledger::start_with(&data, &flags).unwrap();
        append_deals(&ledger, 1, 500);
        wait_until_published(&ledger);
        assert_eq!(ledger.terminate().unwrap(), Some(0));
        assert!(Command::new("cp").arg("-r").args([&data, &backup]).status().unwrap().success());
        let ledger = Ledger::start_with(&data, &flags).unwrap();
        for batch in 0..6 {
            append_deals(&ledger, 1_000 + batch * 200, 200);
        }
        wait_until_published(&ledger);
        let whole = ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap();
        assert_eq!(ledger.terminate().unwrap(), Some(0));

        let from = format!("kafka://{}/{topic}", broker.bootstrap());
        let lost = run_ok(&mut tail(&from, &["--after", "500"])).unwrap();
        let lines = json_lines(&lost).unwrap();
        assert_eq!(positions(&lines), (501..=1_700).collect::<Vec<_>>());
        let first = run_ok(&mut tail(&from, &["--after", "500", "--lines", "3"])).unwrap();
        assert_eq!(positions(&json_lines(&first).unwrap()), [501, 502, 503]);
        let all = run_ok(&mut tail(&from, &[])).unwrap();
        assert_eq!(positions(&json_lines(&all).unwrap()), (1..=1_700).collect::<Vec<_>>());
        assert_eq!(run_ok(&mut tail(&from, &["--after", "1700"])).unwrap(), "");

        let file = folder.path().join("lost.jsonl");
        fs::write(&file, lost).unwrap();
        let restored = Ledger::start(&backup).unwrap();
        restored.run(["append", file.to_str().unwrap()]).unwrap();
        let again = restored.run(["tail", "--from", "1", "--output", "json"]).unwrap();
        let without_clock = |text: &str| -> Vec<Value> {
            let mut lines = json_lines(text).unwrap();
            lines.iter_mut().for_each(|line| drop(line.as_object_mut().unwrap().remove("recordedAt")));
            lines
        };
        assert_eq!(without_clock(&again), without_clock(&whole));
    }
}

#[test]
fn each_event_is_printed_once_and_what_the_topic_lacks_is_said() {
    let published = Published::new("tailed", "protobuf");
    let records = &published.records;
    let (before, behind): (Vec<_>, Vec<_>) =
        records.iter().cloned().partition(|record| position(record) <= 200);
    let doubled: Vec<_> = behind.iter().chain(&behind).cloned().collect();
    published.make("tailed-doubled", &before, 200, &doubled);
    let from = format!("kafka://{}/tailed-doubled", published.broker.bootstrap());
    for after in ["0", "200", "150"] {
        let lines = json_lines(&run_ok(&mut tail(&from, &["--after", after])).unwrap()).unwrap();
        let first = after.parse::<u64>().unwrap() + 1;
        assert_eq!(positions(&lines), (first..=300).collect::<Vec<_>>());
    }
    let torn: Vec<_> = behind.iter().filter(|record| record.partition() != 1).cloned().collect();
    let lacking = behind.len() - torn.len();
    published.make("tailed-torn", &before, 200, &torn);
    let from = format!("kafka://{}/tailed-torn", published.broker.bootstrap());
    let output = tail(&from, &["--after", "200"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let lines = json_lines(&String::from_utf8(output.stdout).unwrap()).unwrap();
    let mut expected: Vec<_> = torn.iter().map(position).collect();
    expected.sort_unstable();
    assert_eq!(positions(&lines), expected);
    let first = behind.iter().filter(|record| record.partition() == 1).map(position).min().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    // The last ones of all may be among those that are not there.
    assert!(
        said.contains("`tailed-torn` lacks ") && said.contains(&format!("at position `{first}`")),
        "{said}"
    );
    assert!(lacking > 0);

    // The last ones that a checkpoint includes.
    let short: Vec<_> = before.iter().filter(|record| position(*record) <= 190).cloned().collect();
    published.make("tailed-short", &short, 200, &[]);
    let from = format!("kafka://{}/tailed-short", published.broker.bootstrap());
    let said = refused(&mut tail(&from, &["--after", "150"]));
    assert!(said.contains("lacks 10 events behind position `150`, the first at position `191`"), "{said}");
}

/// What it says while it exits with 2.
fn refused(tail: &mut Command) -> String {
    let output = tail.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}

#[test]
fn a_position_beyond_the_end_of_the_topic_and_a_topic_without_events_are_refused() {
    let published = Published::new("ended", "protobuf");
    let (broker, records) = (published.broker, &published.records);
    // Behind the last checkpoint are events, too: the topic ends behind them.
    let (before, behind): (Vec<_>, Vec<_>) =
        records.iter().cloned().partition(|record| position(record) <= 200);
    published.make("ended-behind", &before, 200, &behind);
    broker.create_topic("ended-empty", 4, &[]).unwrap();
    for (topic, end) in [("ended", 300_u64), ("ended-behind", 300)] {
        let from = format!("kafka://{}/{topic}", broker.bootstrap());
        for after in ["301", "18446744073709551615"] {
            for more in [&[][..], &["--lines", "0"]] {
                let said = refused(&mut tail(&from, &[&["--after", after], more].concat()));
                let wanted =
                    format!("`{topic}` ends at position `{end}`, so nothing follows position `{after}`");
                assert!(said.contains(&wanted), "{said}");
            }
        }
        assert_eq!(run_ok(&mut tail(&from, &["--after", "300"])).unwrap(), "");
        assert_eq!(run_ok(&mut tail(&from, &["--after", "250", "--lines", "0"])).unwrap(), "");
    }
    for after in ["0", "7"] {
        let from = format!("kafka://{}/ended-empty", broker.bootstrap());
        let said = refused(&mut tail(&from, &["--after", after]));
        assert!(
            said.contains(&format!("`ended-empty` has no events, so nothing follows position `{after}`")),
            "{said}"
        );
    }
}

#[test]
fn flags_that_are_for_a_ledger_are_refused() {
    let nowhere = "kafka://127.0.0.1:1/t";
    for flags in [&["--follow"][..], &["--type", "deal.won"], &["--customer", "7"], &["--tag", "a:b"]] {
        let output = tail(nowhere, flags).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains("are for a ledger"), "{said}");
    }
    let said = refused(&mut tail("1", &["--kafka-property", "security.protocol=SSL"]));
    assert!(said.contains("--kafka-property is for a topic"), "{said}");
    for from in ["kafka://", "kafka://nowhere", "kafka://a:1/b c"] {
        let said = String::from_utf8(tail(from, &[]).output().unwrap().stderr).unwrap();
        assert!(said.contains("--from"), "{from}: {said}");
    }
    let broker = shared_broker().unwrap();
    let output = tail(&format!("kafka://{}/not-there", broker.bootstrap()), &[]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("there is no topic `not-there`"), "{said}");
}
