//! What customers were known by is forgotten: no question finds it as of any moment, and no byte of a file holds it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test that fails says so by panicking"
)]

use std::{fs, path::Path};

use crate::support::{
    Log, NOW, as_of, at,
    kinds::{correction, registered},
    postgresql::{Delivery, Server, apply, partitions},
};
use jiff::tz::TimeZone;
use rapport_proto::v1::{
    FindRequest, MatchedHow, PartyIdentifierChanged, party_identifier_changed, payload::Kind,
};
use rapport_store::{EventSource, ReadModels, View};
use rapport_views::model::{Asked, Find, Model as _};

fn linked(value: &str) -> Kind {
    let value = value.to_owned();
    let personal = Some(party_identifier_changed::Personal { value, ..Default::default() });
    let scheme = "email".to_owned();
    Kind::PartyIdentifierChanged(PartyIdentifierChanged { op: 1, scheme, personal, ..Default::default() })
}

/// When all are corrected.
const LATER: i64 = 5_000;

/// Customers with names that have the number of each in letters, and what corrects them.
fn log(customers: i64) -> Log {
    let mut log = Log::default();
    // In another order than that of their names.
    let numbers = || (0..customers).map(|nth| (nth, nth * 1_009 % customers));
    let mut ids = Vec::new();
    for (nth, number) in numbers() {
        let name = in_letters(number);
        ids.push(log.add(&format!("c{number}"), nth, nth, registered(&format!("Wrong{name} Person"))));
        log.add(&format!("c{number}"), nth, nth, linked(&format!("{name}@example.org")));
    }
    for ((_, number), id) in numbers().zip(ids) {
        let name = in_letters(number);
        let right = registered(&format!("Right{name} Person{}", "x".repeat(number as usize % 90)));
        log.add(&format!("c{number}"), LATER, LATER, correction(&id, Some(right), None));
    }
    log
}

fn in_letters(number: i64) -> String {
    let letters: String = number.to_string().bytes().map(|digit| char::from(b'f' - b'0' + digit)).collect();
    format!("a{letters}zz")
}

/// How many are found without a letter wrong.
fn found(models: &dyn ReadModels, log: &Log, text: &str, known: i64) -> usize {
    let rows = models.rows(View::Directory).unwrap();
    let events = rows.own_events().unwrap_or(log as &dyn EventSource);
    let asked = Asked {
        as_of: as_of(NOW, at(known)),
        zone: &TimeZone::UTC,
        figure: None,
        skip: 0,
        events,
        beside: &[],
        kept: None,
    };
    let request = FindRequest { text: text.to_owned(), ..FindRequest::default() };
    let found = Find::answer(&request, &*rows, &asked).unwrap().response.found;
    found.iter().filter(|one| one.matched[0].how() != MatchedHow::LetterWrong).count()
}

/// What is in the files of the directory, as text.
fn in_files(dir: &Path) -> String {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let own = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("directory"));
    own.map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()).collect()
}

#[test]
fn no_byte_of_what_was_forgotten_is_left_in_a_file_and_all_others_are_found() {
    const CUSTOMERS: i64 = 400;
    let (log, dir) = (log(CUSTOMERS), tempfile::tempdir().unwrap());
    let store = log.project(dir.path());
    let is_gone = |number: i64| number % 5 == 3;
    let texts = |number: i64| {
        let name = in_letters(number);
        [format!("Wrong{name}"), format!("wrong{name}"), format!("right{name}"), format!("{name}@example")]
    };
    let before = in_files(dir.path());
    let missing =
        |files: &str, number: i64| texts(number).iter().filter(|text| !files.contains(*text)).count();
    let gone: Vec<i64> = (0..CUSTOMERS).filter(|number| is_gone(*number)).collect();
    assert!(gone.iter().all(|number| missing(&before, *number) == 0));
    let ids: Vec<String> = gone.iter().map(|number| format!("c{number}")).chain(["nobody".into()]).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let forgotten = store.forget(&ids).unwrap();
    // Two names of two words, and an address.
    assert_eq!((forgotten.rows, forgotten.is_without_residue), (gone.len() as u64 * 7, true));
    let after = in_files(dir.path());
    let left: Vec<i64> = gone.iter().copied().filter(|number| missing(&after, *number) < 4).collect();
    assert_eq!(left, [0; 0], "of {}", gone.len());
    for number in (0..CUSTOMERS).step_by(9) {
        let left = usize::from(!is_gone(number));
        assert_eq!(missing(&after, number), 4 * (1 - left), "{number}");
        assert_eq!(found(&store, &log, &format!("right{}", in_letters(number)), 90_000), left);
        assert_eq!(
            found(&store, &log, &format!("wrong{}", in_letters(number)), LATER - 1),
            left,
            "as of before"
        );
        assert_eq!(found(&store, &log, &format!("c{number}"), 90_000), 1, "ids stay");
    }
    assert_eq!(store.forget(&ids).unwrap().rows, 0);
}

#[test]
fn a_question_under_way_keeps_what_it_began_with_and_that_is_said() {
    let (log, dir) = (log(400), tempfile::tempdir().unwrap());
    let store = log.project(dir.path());
    let rows = ReadModels::rows(&store, View::Directory).unwrap();
    assert!(!store.forget(&["c3"]).unwrap().is_without_residue);
    drop(rows);
    assert!(store.forget(&["c3"]).unwrap().is_without_residue);
    assert!(!in_files(dir.path()).contains(&format!("wrong{}", in_letters(3))));
}

#[test]
fn a_database_forgets_rows_and_events() {
    let Some(server) = Server::start() else { return };
    let (log, store) = (log(400), server.store("forget"));
    apply(&store, &Delivery::new("one", &partitions(&log, 2)).all(&[(0, 300), (1, 300)]), 2, &log);
    assert_eq!(found(&store, &log, &format!("right{}", in_letters(3)), 90_000), 1);
    let forgotten = store.forget(&["c3", "c4"]).unwrap();
    assert_eq!((forgotten.rows, forgotten.is_without_residue), (14, false));
    for (number, left) in [(3, 0), (4, 0), (5, 1)] {
        assert_eq!(found(&store, &log, &format!("right{}", in_letters(number)), 90_000), left);
        assert_eq!(found(&store, &log, &format!("wrong{}", in_letters(number)), LATER - 1), left);
        let events =
            "SELECT count(*) FROM forget_directory.event WHERE position(convert_to($1, 'UTF8') IN bytes) > 0";
        let name = in_letters(number);
        let events: i64 = server.client().query_one(events, &[&name]).unwrap().get(0);
        assert_eq!(events, 3 * left as i64, "{number}");
    }
}
