//! The server is killed as by a power cut while events come in and while views are built; nothing acknowledged is
//! lost, nothing is there twice, and the answers are those of a server that was never killed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{fmt::Write as _, fs, path::Path, process::Stdio};

use rapport_tests::{Ledger, Random, json_lines};
use serde_json::Value;

const DEALS: u64 = 4_000;
const KILLS: usize = 12;

/// Deals that are opened, move, and are won or lost, as JSON lines with ids of their own.
fn story(random: &mut Random) -> String {
    let mut lines = String::new();
    for deal in 0..DEALS {
        let day = random.below(300);
        let customer = random.below(200);
        let cents = random.below(1_000_000);
        let opened = format!(
            r#"{{"dealOpened":{{"dealId":"{deal}","stage":"new","amount":{{"minorUnits":"{cents}","currency":"EUR"}}}}}}"#
        );
        let moved = format!(r#"{{"dealStageChanged":{{"dealId":"{deal}","from":"new","to":"offer"}}}}"#);
        let won = format!(r#"{{"dealWon":{{"dealId":"{deal}"}}}}"#);
        let lost = format!(r#"{{"dealLost":{{"dealId":"{deal}","reason":"price"}}}}"#);
        let closed = if random.one_in(3) { won } else { lost };
        let steps = [opened, moved, closed];
        for (step, payload) in steps.iter().take(1 + random.below(3) as usize).enumerate() {
            let date = jiff::civil::date(2025, 1, 1) + jiff::Span::new().days((day + step as u64 * 9) as i64);
            writeln!(
                lines,
                r#"{{"id":"{}","stream":"deal-{deal}","customer":"c{customer}","occurredAt":"{date}T10:00:00Z","payload":{payload}}}"#,
                random.uuid()
            )
            .unwrap();
        }
    }
    lines
}

fn head(ledger: &Ledger) -> u64 {
    let status: Value = serde_json::from_str(&ledger.run(["status", "--output", "json"]).unwrap()).unwrap();
    status["head"]["position"].as_str().map_or(0, |position| position.parse().unwrap())
}

/// Everything that the ledger says of the story, without places and moments of recording: what a
/// kill left out comes after what followed it.
fn answers(ledger: &Ledger) -> (Vec<Value>, Value) {
    let mut events = json_lines(&ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap()).unwrap();
    for event in &mut events {
        let event = event.as_object_mut().unwrap();
        event.retain(|key, _| !["position", "revision", "recordedAt"].contains(&key.as_str()));
    }
    events.sort_by_key(|event| event["id"].as_str().unwrap().to_owned());
    let mut funnel: Value =
        serde_json::from_str(&ledger.run(["funnel", "--as-of", "2026-01-01", "--output", "json"]).unwrap())
            .unwrap();
    funnel.as_object_mut().unwrap().remove("meta");
    (events, funnel)
}

fn append(ledger: &Ledger, file: &Path) {
    ledger.run([Path::new("append"), file]).unwrap();
}

#[test]
fn killed_at_random_moments_the_ledger_answers_as_if_it_never_was() {
    let mut random = Random::seeded("killed");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("story.jsonl");
    let lines = story(&mut random);
    fs::write(&file, &lines).unwrap();
    let total = lines.lines().count() as u64;

    let untouched = Ledger::start(&folder.path().join("untouched")).unwrap();
    append(&untouched, &file);
    assert_eq!(head(&untouched), total);
    let expected = answers(&untouched);
    assert_eq!(expected.0.len() as u64, total);

    let mut ledger = Ledger::start(&folder.path().join("killed")).unwrap();
    let lines: Vec<_> = lines.lines().collect();
    for part in lines.chunks(lines.len().div_ceil(KILLS)) {
        let file = folder.path().join("part.jsonl");
        fs::write(&file, part.join("\n")).unwrap();
        let before = head(&ledger);
        let arguments = [Path::new("append"), Path::new("--batch=10"), &file];
        let mut client =
            ledger.command(arguments).unwrap().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The moment is when the ledger has grown by a random number of events, or the client is done.
        let goal = before + random.below(part.len() as u64);
        while head(&ledger) < goal && client.try_wait().unwrap().is_none() {}
        let seen = head(&ledger);
        ledger = ledger.kill_and_restart().unwrap();
        client.wait().unwrap();
        let kept = head(&ledger);
        assert!(kept >= seen, "the ledger went back from {seen} to {kept}");
    }
    append(&ledger, &file);
    assert_eq!(head(&ledger), total, "each event is there once");
    let found = answers(&ledger);
    assert!(found.0 == expected.0, "the events are others");
    assert_eq!(found.1, expected.1);

    ledger.run(["replay"]).unwrap();
    assert_eq!(answers(&ledger).1, expected.1, "a view equals a fresh replay");
}
