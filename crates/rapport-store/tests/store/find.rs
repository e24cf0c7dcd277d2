//! Each kind of lookup finds the same in both stores, and neither more nor less than it should.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test that fails says so by panicking"
)]

use crate::support::{
    Log, NOW, as_of, at,
    kinds::{correction, merged, registered},
    postgresql::{Delivery, Server, apply, partitions},
};
use jiff::tz::TimeZone;
use rapport_proto::v1::{FindRequest, PartyIdentifierChanged, party_identifier_changed, payload::Kind};
use rapport_store::{EventSource, ReadModels, View};
use rapport_views::model::{Asked, Find, Model as _};

fn linked(scheme: &str, value: &str) -> Kind {
    let (scheme, value) = (scheme.to_owned(), value.to_owned());
    let personal = Some(party_identifier_changed::Personal { value, ..Default::default() });
    Kind::PartyIdentifierChanged(PartyIdentifierChanged { op: 1, scheme, personal, ..Default::default() })
}

fn log() -> Log {
    let mut log = Log::default();
    let wrong = log.add("a", 1, 1, registered("Jānis Bērziņš"));
    log.add("b", 2, 2, registered("Berzins Anna Maria"));
    log.add("c", 3, 3, linked("phone", "+371 67 123 456"));
    log.add("d", 4, 4, linked("phone", "067123456"));
    log.add("e", 5, 5, linked("email", "Anna@Example.org"));
    log.add("f", 6, 6, linked("registration_number", "LV 4000-1"));
    log.add("g", 7, 7, linked("external_id", "A7"));
    log.add("h", 50, 8, registered("Janis Later"));
    log.add("", 9, 9, merged("g", "i"));
    // Known from 20 on.
    log.add("a", 20, 20, correction(&wrong, Some(registered("Jonas Kalnins")), None));
    log
}

fn found(models: &dyn ReadModels, log: &Log, text: &str, (until, known): (i64, i64)) -> Vec<String> {
    let rows = models.rows(View::Directory).unwrap();
    let events = rows.own_events().unwrap_or(log as &dyn EventSource);
    let asked = Asked {
        as_of: as_of(at(until), at(known)),
        zone: &TimeZone::UTC,
        figure: None,
        skip: 0,
        events,
        beside: &[],
        kept: None,
    };
    let request = FindRequest { text: text.to_owned(), ..FindRequest::default() };
    let response = Find::answer(&request, &*rows, &asked).unwrap().response;
    assert!(!response.more_may_match, "{text}");
    response.found.into_iter().map(|one| one.customer).collect()
}

#[test]
fn every_kind_of_lookup_finds_the_same_in_both_stores() {
    let Some(server) = Server::start() else { return };
    let (log, dir) = (log(), tempfile::tempdir().unwrap());
    let (sqlite, postgres) = (log.project(dir.path()), server.store("finds"));
    apply(&postgres, &Delivery::new("one", &partitions(&log, 2)).all(&[(0, 9), (1, 9)]), 1, &log);
    let (now, before) = ((90, 90), (90, 19));
    assert!(at(90) < NOW);
    for (text, moment, expected) in [
        // Whole words, in any order; a name that begins so; beginnings of words.
        ("berzins", before, &["a", "b"][..]),
        ("anna BERZIŅŠ", now, &["b"]),
        ("berzins anna", now, &["b"]),
        ("maria berz", now, &["b"]),
        ("berzins", now, &["b"]),
        ("kalnins jonas", now, &["a"]),
        ("kaln", now, &["a"]),
        ("kaln", before, &[]),
        ("janis", now, &["h"]),
        ("janis", (49, 19), &["a"]),
        // A wrong letter matches where nothing else does.
        ("berzinsh anna", now, &["b"]),
        ("kalmins", now, &["a"]),
        ("berzinshs", now, &[]),
        // Numbers, whole and their ends; the shorter of two ends the longer.
        ("+371 67123456", now, &["c", "d"]),
        ("67 123 456", now, &["d", "c"]),
        ("123-456", now, &["c", "d"]),
        ("223 456", now, &[]),
        ("anna@example.org", now, &["e"]),
        ("ANNA@", now, &["e"]),
        ("anna", now, &["b", "e"]),
        ("lv40001", now, &["f"]),
        ("lv40", now, &["f"]),
        ("lv4", now, &[]),
        ("a-7", now, &["g"]),
        // Ids, merged ones under the one that stands for all.
        ("I", now, &["g"]),
        ("c", now, &["c"]),
        ("c", (90, 2), &["c"]),
    ] {
        for models in [&sqlite as &dyn ReadModels, &postgres] {
            assert_eq!(found(models, &log, text, moment), expected, "{text} {moment:?}");
        }
    }
}
