//! Damaged files of views, with the real binary: a ledger and a projector with files start, say once what they build
//! again, answer nothing halfway, and then answer as before.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod projecting;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use projecting::{PATIENCE, Story, append, head, wait_for, wait_for_page};
use rapport_tests::{Ledger, Projector, binary, command};

const VIEWS: [&str; 5] = ["timeline", "funnel", "satisfaction", "facts", "directory"];

type Damage = fn(&Path);

/// Some are found when a file is opened, those of single pages by a question or an event.
const DAMAGES: [(&str, Damage); 6] = [
    ("empty", |file| fs::write(file, b"").unwrap()),
    ("cut", |file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 3]).unwrap();
    }),
    ("garbage", |file| fs::write(file, b"garbage".repeat(3_000)).unwrap()),
    ("zeros", |file| fs::write(file, vec![0; fs::read(file).unwrap().len()]).unwrap()),
    ("pages flipped", |file| {
        let mut bytes = fs::read(file).unwrap();
        let half = bytes.len() / 2;
        bytes[half..].iter_mut().for_each(|byte| *byte ^= 0xff);
        fs::write(file, bytes).unwrap();
    }),
    ("its name is lost", |file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        let (view, _) = name.split_once('-').unwrap();
        fs::write(file.with_file_name(format!("{view}.live")), b"\xffnone").unwrap();
    }),
];

/// Damages every view; what SQLite keeps beside a file goes.
fn damage_all(views: &Path, damage: Damage) {
    for view in VIEWS {
        let number = fs::read_to_string(views.join(format!("{view}.live"))).unwrap();
        let file = views.join(format!("{view}-{number}.sqlite"));
        for beside in ["-wal", "-shm"] {
            let _ = fs::remove_file(views.join(format!("{view}-{number}.sqlite{beside}")));
        }
        damage(&file);
    }
}

/// What is answered as of a day, as known at a moment.
fn ask(url: &str, known: &str) -> Result<Vec<String>, String> {
    let questions = [&["funnel"][..], &["satisfaction", "--instrument=nps"], &["timeline", "c1"]];
    let answer = |question: &&[&str]| {
        let moments =
            ["--as-of=2025-12-01".to_owned(), format!("--known-at={known}"), "--output=json".to_owned()];
        let mut asked = command(question.iter().map(|word| (*word).to_owned()).chain(moments)).unwrap();
        let answered = asked.env("RAPPORT_SERVER", url).output().unwrap();
        if !answered.status.success() {
            return Err(String::from_utf8(answered.stderr).unwrap());
        }
        let mut answer: serde_json::Value = serde_json::from_slice(&answered.stdout).unwrap();
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("nextPageToken");
        }
        Ok(answer.to_string())
    };
    questions.iter().map(answer).collect()
}

/// Asks until all is answered as before. Meanwhile every refusal says that it is built again.
fn until_answered(url: &str, known: &str, expected: &[String], what: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask(url, known) {
            Ok(found) => return assert!(found == expected, "{what}: {found:?}"),
            Err(error) => {
                let says = ["built again", "builds the view again"].iter().any(|words| error.contains(words));
                assert!(says, "{what}: {error}");
            }
        }
        assert!(Instant::now() < deadline, "{what}");
    }
}

/// A command whose log goes to a file.
fn logging(to: &Path) -> Command {
    let mut program = Command::new(binary().unwrap());
    program.stderr(File::create(to).unwrap());
    program
}

fn warned(log: &Path, view: &str) -> usize {
    let text = fs::read_to_string(log).unwrap();
    text.lines()
        .filter(|line| line.contains("WARN") && line.contains(view) && line.contains("puts it aside"))
        .count()
}

fn folder_of(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("data"), folder.join("log"))
}

#[test]
fn a_ledger_with_damaged_views_starts_and_answers_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = folder_of(folder.path());
    let mut ledger = Ledger::start(&data).unwrap();
    append(&ledger, folder.path(), &Story::new("damaged_views").lines(1_500));
    let known = head(&ledger)["recordedAt"].as_str().unwrap().to_owned();
    let expected = ask(&ledger.url, &known).unwrap();
    for (what, damage) in DAMAGES {
        assert_eq!(ledger.terminate().unwrap(), Some(0));
        damage_all(&data.join("views"), damage);
        ledger = Ledger::start_by(logging(&log), &data, [""; 0]).unwrap();
        until_answered(&ledger.url, &known, &expected, what);
        for view in VIEWS {
            // A damaged page that nothing reads is not found.
            let expected = if what == "pages flipped" { 0..=1 } else { 1..=1 };
            assert!(expected.contains(&warned(&log, view)), "{what}: {}", fs::read_to_string(&log).unwrap());
        }
    }
}

#[test]
fn a_projector_with_damaged_files_starts_and_is_ready_when_it_answers_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = folder_of(folder.path());
    let ledger = Ledger::start(&data).unwrap();
    append(&ledger, folder.path(), &Story::new("damaged_files").lines(1_500));
    let known = head(&ledger)["recordedAt"].as_str().unwrap().to_owned();
    let expected = ask(&ledger.url, &known).unwrap();
    let directory = folder.path().join("views");
    let views = format!("sqlite:{}", directory.display());
    let from = ledger.url.replace("http://", "grpc://");
    let mut projector = Projector::start(&from, &views, &[]).unwrap();
    wait_for(&projector, &ledger);
    for (what, damage) in DAMAGES {
        for copy in [false, true] {
            if what == "its name is lost" && copy {
                continue;
            }
            assert_eq!(projector.terminate().unwrap(), Some(0));
            if copy {
                for beside in ["-wal", "-shm"] {
                    let _ = fs::remove_file(directory.join(format!("events.sqlite{beside}")));
                }
                damage(&directory.join("events.sqlite"));
            } else {
                damage_all(&directory, damage);
            }
            projector = Projector::start_with_log(&from, &views, &[], "warn", &log).unwrap();
            if copy && what == "pages flipped" {
                // It may be found while it is used: the next start reads everything again.
                let _ = ask(&projector.url, &known);
                assert_eq!(projector.terminate().unwrap(), Some(0));
                projector = Projector::start_with_log(&from, &views, &[], "warn", &log).unwrap();
            }
            wait_for_page(&projector, "/readyz", |status, page| (status, page) == (200, "ok\n"));
            let found = ask(&projector.url, &known);
            if what == "pages flipped" {
                until_answered(&projector.url, &known, &expected, what);
            } else {
                assert!(found.as_ref() == Ok(&expected), "{what}, the copy: {copy}: {found:?}");
            }
        }
    }
}
