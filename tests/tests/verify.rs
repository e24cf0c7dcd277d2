//! Bytes of stored files are flipped: what was changed is found, located and refused, and never served.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use rapport_tests::{Ledger, Random, command};
use serde_json::Value;

const EVENTS: u64 = 1_200;
const FLIPS: usize = 24;

fn fill(ledger: &Ledger, folder: &Path, random: &mut Random) {
    let mut lines = String::new();
    for event in 0..EVENTS {
        let text = "x".repeat(random.below(400) as usize);
        writeln!(
            lines,
            r#"{{"id":"{}","stream":"s{}","customer":"c{}","payload":{{"noteRecorded":{{"personal":{{"text":"{text}"}}}}}}}}"#,
            random.uuid(),
            random.below(50),
            event % 7
        )
        .unwrap();
    }
    let file = folder.join("events.jsonl");
    fs::write(&file, lines).unwrap();
    ledger.run([Path::new("append"), Path::new("--batch=20"), &file]).unwrap();
}

fn everything(ledger: &Ledger) -> Output {
    ledger.command(["tail", "--from", "1", "--output", "json"]).unwrap().output().unwrap()
}

/// The exit code of `rapport verify`, and what it found.
fn verify(data: &Path) -> (Option<i32>, Value) {
    let mut verify = command(["verify", "--output", "json", "--data"]).unwrap();
    let output = verify.arg(data).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::String(said)))
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The files below a directory that have content, in a fixed order.
fn files(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.metadata().unwrap().len() > 0 {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Flips a bit, and says where; not in the zeros that a file in use ends with.
fn flip(file: &Path, random: &mut Random) -> String {
    let mut bytes = fs::read(file).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).map_or(bytes.len(), |last| last + 1);
    let place = random.below(written as u64) as usize;
    bytes[place] ^= 1 << random.below(8);
    fs::write(file, &bytes).unwrap();
    format!("byte {place} of {}", file.display())
}

/// Whatever is served is what was appended; with an error behind it, it may be less.
fn serves_nothing_else(data: &Path, expected: &[u8], flipped: &str) {
    // A refusal to start is on stderr, with its reason.
    let Ok(ledger) = Ledger::start(data) else { return };
    let read = everything(&ledger);
    assert!(expected.starts_with(&read.stdout), "{flipped}: other events are served");
    assert!(read.stdout == expected || !read.status.success(), "{flipped}: events are missing, silently");
}

#[test]
fn a_sound_ledger_is_sound_and_a_running_one_is_not_looked_at() {
    let mut random = Random::seeded("sound");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ledger");
    let ledger = Ledger::start(&data).unwrap();
    fill(&ledger, folder.path(), &mut random);
    // The views are at the ledger's end: the question waits for them.
    ledger.run(["funnel"]).unwrap();
    let (code, said) = verify(&data);
    assert_eq!(code, Some(2));
    assert!(said.as_str().unwrap().contains("in use by another process"), "{said}");
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    let (code, found) = verify(&data);
    assert_eq!(
        (code, &found["sound"], found["events"].as_u64()),
        (Some(0), &Value::Bool(true), Some(EVENTS))
    );
    assert_eq!(found["views"].as_array().unwrap().len(), 5);
    assert_eq!(found["views"][1]["position"].as_u64(), Some(EVENTS));
    let (code, said) = verify(folder.path());
    assert_eq!(code, Some(2), "a directory without a ledger is a mistake: {said}");
    assert!(said.as_str().unwrap().contains("there is no ledger"), "{said}");
}

#[test]
fn a_flipped_byte_of_a_stopped_ledger_is_found_and_never_served() {
    let mut random = Random::seeded("flipped");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ledger");
    let ledger = Ledger::start(&data).unwrap();
    fill(&ledger, folder.path(), &mut random);
    let expected = everything(&ledger).stdout;
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    let mut found_in_blocks = 0;
    for turn in 0..FLIPS {
        let damaged = folder.path().join(format!("damaged-{turn}"));
        copied(&data, &damaged);
        let files = files(&damaged.join("log"));
        // Every other time the file that events are read from.
        let file = match files.iter().find(|file| file.ends_with("blocks")) {
            Some(blocks) if turn % 2 == 0 => blocks,
            Some(_) | None => &files[random.below(files.len() as u64) as usize],
        };
        let flipped = flip(file, &mut random);
        let (code, found) = verify(&damaged);
        if file.ends_with("blocks") {
            found_in_blocks += 1;
            let finding = &found["findings"][0];
            assert_eq!((code, finding["part"].as_str()), (Some(1), Some("log")), "{flipped}: {found}");
            assert_eq!(finding["generation"].as_u64(), Some(1), "{flipped}: {found}");
            assert!((1..=EVENTS).contains(&finding["position"].as_u64().unwrap()), "{flipped}: {found}");
            assert!(finding["remedy"].as_str().unwrap().contains("start the server"), "{flipped}: {found}");
        }
        assert!(matches!(code, Some(0 | 1)), "{flipped}: {found}");
        serves_nothing_else(&damaged, &expected, &flipped);
        fs::remove_dir_all(&damaged).unwrap();
    }
    assert!(found_in_blocks >= FLIPS / 2);
}

#[test]
fn a_flipped_byte_after_a_crash_loses_nothing_that_was_answered() {
    let mut random = Random::seeded("crashed");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ledger");
    let mut ledger = Ledger::start(&data).unwrap();
    fill(&ledger, folder.path(), &mut random);
    let expected = everything(&ledger).stdout;
    ledger.kill().unwrap();
    for turn in 0..6 {
        let damaged = folder.path().join(format!("damaged-{turn}"));
        copied(&data, &damaged);
        let flipped = flip(&damaged.join("log/generations/0000000001/sled/db"), &mut random);
        serves_nothing_else(&damaged, &expected, &flipped);
        fs::remove_dir_all(&damaged).unwrap();
    }
}

#[test]
fn a_byte_flipped_under_a_running_server_is_refused_and_a_restart_mends_it() {
    let mut random = Random::seeded("running");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ledger");
    let ledger = Ledger::start(&data).unwrap();
    fill(&ledger, folder.path(), &mut random);
    let expected = everything(&ledger).stdout;
    // In the place: the file under the server stays the same file.
    let flipped = flip(&data.join("log/generations/0000000001/blocks"), &mut random);
    let read = everything(&ledger);
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(!read.status.success() && expected.starts_with(&read.stdout), "{flipped}");
    assert!(said.contains("is corrupt at position"), "{flipped}: {said}");
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    let (code, found) = verify(&data);
    assert_eq!(code, Some(1), "{flipped}: {found}");
    let ledger = Ledger::start(&data).unwrap();
    assert!(everything(&ledger).stdout == expected, "{flipped}: it was not mended");
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    assert_eq!(verify(&data).0, Some(0), "{flipped}");
}

#[test]
fn a_log_that_is_older_than_its_views_is_not_served() {
    let mut random = Random::seeded("older");
    let folder = tempfile::tempdir().unwrap();
    let (data, older) = (folder.path().join("ledger"), folder.path().join("older"));
    let ledger = Ledger::start(&data).unwrap();
    fill(&ledger, folder.path(), &mut random);
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    copied(&data.join("log"), &older);
    let ledger = Ledger::start(&data).unwrap();
    fill(&ledger, folder.path(), &mut random);
    ledger.run(["funnel"]).unwrap();
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    fs::remove_dir_all(data.join("log")).unwrap();
    fs::rename(&older, data.join("log")).unwrap();

    let mut serve = command(["serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"]).unwrap();
    let refused = serve.arg(&data).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        said.contains(&format!("ends at position `{EVENTS}`")) && said.contains("has lost events"),
        "{said}"
    );
    let (code, found) = verify(&data);
    assert_eq!((code, found["findings"][0]["position"].as_u64()), (Some(1), Some(2 * EVENTS)), "{found}");
}
