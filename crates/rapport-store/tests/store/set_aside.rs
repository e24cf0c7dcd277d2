//! Events that a store could stumble over: texts of any length and letter are stored, what a store refuses by itself is
//! set aside, and nothing of an event is shown.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test that fails says so by panicking"
)]

use crate::support;
use std::{
    error::Error,
    sync::{OnceLock, mpsc},
    thread::{self, ThreadId},
    time::Duration,
};

use crate::support::{Asked as _, Log, at, chunks, encoded, kinds::*, postgresql::Server};
use postgres::Client;
use prost::Message;
use rapport_model::Position;
use rapport_proto::v1::{Payload, RecordedEvent, payload::Kind};
use rapport_store::{
    Applied, EncodedEvent, EventSource, PartitionBatch, ReadModels, SourceError, Store, StoreError, View,
    postgres::{PostgresOptions, PostgresStore},
};
use rapport_tests::{hold_locked, shared_database};

/// A text that may be in the rows and nowhere else.
const SECRET: &str = "hunter2";

/// Letters that do not compress.
fn long(length: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'0' + (state >> 33) as u8 % 75)
    };
    (0..length).map(|_| letter()).collect()
}

/// An event for each text that a view keeps and that may be long.
fn with_texts(log: &mut Log, text: &str) {
    let answer = |change: &dyn Fn(&mut rapport_proto::v1::SurveyAnswered)| {
        let Kind::SurveyAnswered(mut answered) = nps(5.0, "w") else { panic!("an answer") };
        change(&mut answered);
        Kind::SurveyAnswered(answered)
    };
    let Kind::DealWon(mut won) = won("D", eur(1)) else { panic!("a win") };
    won.reason = text.to_owned();
    won.competitors = vec![text.to_owned(), format!("{text}{text}")];
    let kinds = [
        opened("D", "lead", eur(5)),
        lost("D", text, text),
        Kind::DealWon(won),
        objection(text),
        answer(&|answered| answered.product = text.to_owned()),
        answer(&|answered| answered.tier = text.to_owned()),
        answer(&|answered| answered.wave = text.to_owned()),
        answer(&|answered| answered.question = text.to_owned()),
        sent(text),
        note(text),
    ];
    for kind in kinds {
        let recorded = log.events.len() as i64;
        log.add("c", recorded, recorded, kind);
    }
}

fn batch(events: &[EncodedEvent]) -> PartitionBatch {
    let with_offsets =
        events.iter().map(|event| event.clone().at_offset(event.position().0.cast_signed() - 1));
    let (first, last) = (events.first().unwrap().position().0, events.last().unwrap().position().0);
    PartitionBatch {
        partition: 0,
        epoch: "one".into(),
        from_offset: first.cast_signed() - 1,
        next_offset: last.cast_signed(),
        events: with_offsets.collect(),
    }
}

fn positions_set_aside(models: &dyn ReadModels, view: View) -> Vec<u64> {
    models.last_set_aside(view).unwrap().iter().map(|aside| aside.position.0).collect()
}

fn said(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    format!("{said} {error:?}")
}

#[test]
fn texts_of_any_length_and_letter_are_stored_in_both_stores() {
    let Some(server) = Server::start() else { return };
    let mut log = Log::default();
    for text in [long(2_700), long(2_800), long(9_000), long(400_000), "a\0b".into(), "🦉".repeat(4_000)] {
        with_texts(&mut log, &text);
    }
    let dir = tempfile::tempdir().unwrap();
    let files = log.project(dir.path());
    let store = server.store("texts");
    for view in View::ALL {
        assert_eq!(store.apply(view, &[batch(&encoded(&log.events))]).unwrap(), Applied::Done);
        for models in [&files as &dyn ReadModels, &store] {
            assert_eq!(models.state(view).unwrap().set_aside, 0, "{view:?}");
        }
    }
    let counted = "SELECT count(*), (SELECT count(DISTINCT reason) FROM texts_funnel.deal_fact)
                   FROM texts_funnel.competitor";
    let row = server.client().query_one(counted, &[]).unwrap();
    // Of each of six texts: one from the loss, two from the win, one from the objection, if it has a deal at all.
    assert!(row.get::<_, i64>(0) >= 18, "{row:?}");
    assert_eq!(row.get::<_, i64>(1), 7, "six reasons, and none");
    // Again, from another incarnation of the topic: every text is there once.
    let again = PartitionBatch { epoch: "two".into(), ..batch(&encoded(&log.events)) };
    assert_eq!(store.apply(View::Funnel, &[again]).unwrap(), Applied::Done);
    let doubled = "SELECT count(*) - count(DISTINCT text) FROM texts_funnel.symbol";
    assert_eq!(server.client().query_one(doubled, &[]).unwrap().get::<_, i64>(0), 0);
}

#[test]
fn a_database_of_an_earlier_format_is_made_anew() {
    let Some(server) = Server::start() else { return };
    let mut log = Log::default();
    log.add("c", 1, 1, lost("D", "price", "acme"));
    with_texts(&mut log, &long(5_000));
    let store = server.store("older");
    store.apply(View::Funnel, &[batch(&encoded(&log.events[..1]))]).map(drop).unwrap();
    drop(store);
    let mut client = server.client();
    client
        .batch_execute(
            "UPDATE older_funnel.meta SET value = 3 WHERE name = 'format';
             ALTER TABLE older_funnel.competitor DROP COLUMN occurred_at",
        )
        .unwrap();
    let store = server.store("older");
    assert_eq!(ReadModels::position(&store, View::Funnel).unwrap(), Position::START);
    store.apply(View::Funnel, &[batch(&encoded(&log.events))]).map(drop).unwrap();
    assert_eq!(ReadModels::state(&store, View::Funnel).unwrap().set_aside, 0);
    let kept = "SELECT count(*) FROM older_funnel.competitor WHERE competitor = 'acme'";
    assert_eq!(client.query_one(kept, &[]).unwrap().get::<_, i64>(0), 1);
}

/// Openings of so many deals.
fn deals(count: i64) -> Log {
    let mut log = Log::default();
    for number in 0..count {
        log.add("c", number, number, opened(&format!("D{number}"), "lead", eur(5)));
    }
    log
}

/// Makes a schema refuse deals: with the code of a trigger, or of a rule of the database itself.
fn refuse(client: &mut Client, schema: &str, deal: &str, code: &str) {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION {schema}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF NEW.deal LIKE '{deal}' THEN
             RAISE EXCEPTION 'deal % of {SECRET}', NEW.deal USING ERRCODE = '{code}', DETAIL = '{SECRET}';
           END IF;
           RETURN NEW;
         END $$;
         DROP TRIGGER IF EXISTS refuse ON {schema}.deal_fact;
         CREATE TRIGGER refuse BEFORE INSERT ON {schema}.deal_fact FOR EACH ROW EXECUTE FUNCTION {schema}_refuse()"
    );
    client.batch_execute(&sql).unwrap();
}

#[test]
fn an_event_that_is_refused_for_what_it_holds_is_set_aside_alone_and_never_shown() {
    let Some(server) = Server::start() else { return };
    let events = batch(&encoded(&deals(40).events));
    // Refused by a trigger, by a constraint, by the database's own limits, by a text that is no number.
    for (index, code) in ["P0001", "23514", "54000", "22P02", "XX000"].into_iter().enumerate() {
        let prefix = format!("refuse{index}");
        let store = server.store(&prefix);
        refuse(&mut server.client(), &store.schema(View::Funnel), "D%7", code);
        assert_eq!(store.apply(View::Funnel, std::slice::from_ref(&events)).unwrap(), Applied::Done);
        assert_eq!(positions_set_aside(&store, View::Funnel), [38, 28, 18, 8], "{code}");
        assert_eq!(store.checkpoints(View::Funnel).unwrap()[0].next_offset, 40);
        let aside = store.last_set_aside(View::Funnel).unwrap();
        assert!(aside.iter().all(|aside| aside.reason.contains(code)), "{aside:?}");
        assert!(!format!("{aside:?}").contains(SECRET), "{aside:?}");
        let there = format!("SELECT count(DISTINCT deal) FROM {prefix}_funnel.deal_span");
        assert_eq!(server.client().query_one(&there, &[]).unwrap().get::<_, i64>(0), 36);
        // A view that is built anew sets them aside as well.
        let rebuild = store.rebuild(&[View::Funnel]).unwrap();
        refuse(&mut server.client(), &format!("{prefix}_funnel_next"), "D%8", code);
        assert_eq!(rebuild.apply(View::Funnel, std::slice::from_ref(&events)).unwrap(), Applied::Done);
        rebuild.complete(View::Funnel, Position(40)).unwrap();
        assert!(rebuild.finish().unwrap().is_none());
        assert_eq!(positions_set_aside(&store, View::Funnel), [39, 29, 19, 9], "{code}");
    }
}

#[test]
fn what_is_the_databases_own_trouble_is_blamed_on_no_event() {
    let Some(server) = Server::start() else { return };
    let store = server.store("own");
    let events = batch(&encoded(&deals(8).events));
    // Full, no right, out of memory, a deadlock, shutting down, an operator's doing, damage.
    for code in ["53100", "42501", "53200", "40P01", "40001", "57P01", "57014", "XX001", "55P03"] {
        refuse(&mut server.client(), "own_funnel", "D3", code);
        let error = store.apply(View::Funnel, std::slice::from_ref(&events)).unwrap_err();
        assert!(said(&error).contains(code), "{}", said(&error));
        assert_eq!(positions_set_aside(&store, View::Funnel), [0; 0], "{code}");
        assert_eq!(store.checkpoints(View::Funnel).unwrap(), []);
    }
    server.client().batch_execute("DROP TRIGGER refuse ON own_funnel.deal_fact").unwrap();
    assert_eq!(store.apply(View::Funnel, &[events]).unwrap(), Applied::Done);
    assert_eq!(ReadModels::state(&store, View::Funnel).unwrap().set_aside, 0);
}

#[test]
fn a_database_that_refuses_every_event_is_not_believed() {
    let Some(server) = Server::start() else { return };
    let store = server.store("all");
    // The list of what was set aside cannot be written either.
    let locked = "CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS
                  $$ BEGIN RAISE EXCEPTION USING ERRCODE = '23514'; END $$;
                  CREATE TRIGGER no BEFORE INSERT ON all_funnel.set_aside FOR EACH ROW EXECUTE FUNCTION full_up()";
    server.client().batch_execute(locked).unwrap();
    refuse(&mut server.client(), "all_funnel", "%", "23514");
    let error = store.apply(View::Funnel, &[batch(&encoded(&deals(30).events))]).unwrap_err();
    assert!(said(&error).contains("23514"));
    assert_eq!(positions_set_aside(&store, View::Funnel), [0; 0]);
    assert_eq!(store.checkpoints(View::Funnel).unwrap(), []);
}

/// A number that SQLite cannot keep where a number must be.
fn not_a_number() -> Kind {
    let Kind::SurveyAnswered(mut answered) = nps(5.0, "w") else { panic!("an answer") };
    answered.scale = Some(rapport_proto::v1::Scale { min: 0.0, max: f64::NAN, better: 1 });
    Kind::SurveyAnswered(answered)
}

#[test]
fn what_a_file_refuses_is_set_aside_and_the_rest_goes_on_also_when_it_is_built_anew() {
    let mut log = Log::default();
    for number in 0..30 {
        let kind = if number % 10 == 4 { not_a_number() } else { nps(5.0, "w") };
        log.add("c", number, number, kind);
    }
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let sound = |store: &Store| {
        assert_eq!(View::ALL.map(|view| store.position(view).0), [30; View::ALL.len()]);
        assert_eq!(positions_set_aside(store, View::Satisfaction), [25, 15, 5]);
        assert_eq!(store.state(View::Timeline).set_aside, 0);
        let rows = store.rows(View::Satisfaction).unwrap();
        assert_eq!(rows.answers(support::as_of(at(100), support::NOW), None).unwrap().len(), 27);
    };
    sound(&store);
    // Many at once fail as a whole, and leave the view where it was.
    let other = tempfile::tempdir().unwrap();
    let catching_up = Store::open(other.path()).unwrap();
    let error = catching_up.catch_up(chunks(&log.events, 7), &log).unwrap_err();
    assert!(error.is_of_content(), "{error:?}");
    assert_eq!(catching_up.position(View::Satisfaction), Position(0));
    catching_up.apply(&encoded(&log.events), &log).unwrap();
    sound(&catching_up);
    let rebuild = store.rebuild(&[View::Satisfaction]).unwrap();
    assert!(rebuild.catch_up(chunks(&log.events, 7), &log).unwrap_err().is_of_content());
    drop(rebuild);
    let rebuild = store.rebuild_step_by_step(&[View::Satisfaction]).unwrap();
    rebuild.catch_up(chunks(&log.events, 7), &log).unwrap();
    assert!(rebuild.finish().unwrap().is_none());
    sound(&store);
}

/// A log that makes the program fail on the first thread that asks for the target of a correction.
struct Fails<'a> {
    log: &'a Log,
    on: OnceLock<ThreadId>,
}

impl Fails<'_> {
    fn target<T>(&self, found: T) -> T {
        assert_ne!(*self.on.get_or_init(|| thread::current().id()), thread::current().id(), "{SECRET}");
        found
    }
}

impl EventSource for Fails<'_> {
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError> {
        self.target(self.log.event(position))
    }

    fn event_by_id(&self, id: &str) -> Result<Option<RecordedEvent>, SourceError> {
        self.target(self.log.event_by_id(id))
    }

    fn positions_tagged(&self, tag: &str) -> Result<Vec<Position>, SourceError> {
        self.log.positions_tagged(tag)
    }
}

#[test]
fn a_view_that_panics_at_an_event_keeps_no_other_back_and_sets_the_event_aside() {
    let mut log = Log::default();
    let target = log.add("c", 0, 0, opened("D", "lead", eur(5)));
    log.add("c", 1, 1, correction(&target, Some(opened("E", "lead", eur(6))), None));
    log.add("c", 2, 2, opened("F", "lead", eur(7)));
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    // Many at once, each view on a thread of its own: one fails, and is named.
    let store = Store::open(folders[0].path()).unwrap();
    let fails = || Fails { log: &log, on: OnceLock::new() };
    let error = store.catch_up(chunks(&log.events, 2), &fails()).unwrap_err();
    let failed = error.view().unwrap();
    assert!(error.is_of_content() && error.lasts() && !said(&error).contains(SECRET), "{error:?}");
    for view in View::ALL {
        assert_eq!(store.position(view), Position(if view == failed { 0 } else { 3 }), "{view:?} {failed:?}");
    }
    // It is back at its last commit: it is given what it had taken since.
    assert_eq!(store.applied(), Position(0));
    // A few at once, all on this thread: each view fails at the event, and goes on behind it.
    let store = Store::open(folders[1].path()).unwrap();
    store.apply(&encoded(&log.events), &fails()).unwrap();
    for view in View::ALL {
        assert_eq!((store.position(view), positions_set_aside(&store, view)), (Position(3), vec![2]));
        let aside = &store.last_set_aside(view).unwrap()[0];
        assert!(
            aside.reason.contains("the program failed at it") && !aside.reason.contains(SECRET),
            "{aside:?}"
        );
    }
}

#[test]
fn events_at_the_ends_of_all_ranges_stop_neither_store() {
    let Some(server) = Server::start() else { return };
    let mut log = Log::default();
    let extremes = [i64::MIN, -62_135_596_800, 0, 253_402_300_799, i64::MAX];
    for (number, seconds) in extremes.into_iter().enumerate() {
        let recorded = number as i64;
        let occurred_at = Some(prost_types::Timestamp { seconds, nanos: 999_999_999 });
        for kind in [opened(&format!("D{number}"), "lead", eur(seconds)), nps(5.0, "w"), merged("a", "b")] {
            log.add("c", 0, recorded, kind);
            log.last().occurred_at = occurred_at;
        }
        let target = log.events.last().unwrap().id.clone();
        // Recorded in the same moment as what it corrects.
        log.add("c", 0, recorded, correction(&target, Some(opened("E", "", eur(i64::MAX))), Some(0)));
        log.add("c", 0, recorded, definition("p", u32::MAX, Some(seconds.clamp(-1_000, 1_000))));
    }
    let Kind::DealWon(mut many) = won("D0", eur(i64::MAX)) else { panic!("a win") };
    many.competitors = (0..20_000).map(|number| format!("rival {number}")).collect();
    log.add("c", 10, 10, Kind::DealWon(many));
    let nested = Payload { kind: Some(note("x")) }.encode_to_vec();
    let event = RecordedEvent { payload: nested.into(), recorded_at: None, ..RecordedEvent::default() };
    log.add_event(event);
    let dir = tempfile::tempdir().unwrap();
    let files = log.project(dir.path());
    let store = server.store("ends");
    let last = log.events.len() as u64;
    for view in View::ALL {
        assert_eq!(store.apply(view, &[batch(&encoded(&log.events))]).unwrap(), Applied::Done);
        assert_eq!(store.checkpoints(view).unwrap()[0].position, Position(last));
        assert_eq!(files.position(view), Position(last));
        let aside = |models: &dyn ReadModels| models.last_set_aside(view).unwrap();
        assert_eq!(aside(&store), aside(&files), "{view:?}");
    }
}

#[test]
fn a_statement_that_waits_for_a_lock_is_asked_about_again_and_again_and_not_given_up() {
    let url = shared_database().unwrap().create("locked").unwrap();
    let keepalive = Duration::from_secs(1);
    let options = PostgresOptions { keepalive, ..PostgresOptions::new(url.clone()) };
    let store = PostgresStore::open(&options).unwrap();
    let mut log = Log::default();
    log.add("c", 1, 1, opened("D", "lead", eur(5)));
    let (start, started) = mpsc::channel();
    let applying = thread::spawn(move || {
        started.recv().unwrap();
        store.apply(View::Funnel, &[batch(&encoded(&log.events))])
    });
    hold_locked(&url, "rapport_funnel.meta", 3, || start.send(()).unwrap()).unwrap();
    assert_eq!(applying.join().unwrap().unwrap(), Applied::Done);
}

#[test]
fn a_database_whose_encoding_has_not_every_letter_is_refused_before_any_event() {
    let Some(server) = Server::start() else { return };
    let latin = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0";
    server.client().batch_execute(latin).unwrap();
    let url = server.url().replace("dbname=postgres", "dbname=latin");
    let error = PostgresStore::open(&PostgresOptions::new(url)).err().unwrap();
    assert!(said(&error).contains("LATIN1") && said(&error).contains("ENCODING 'UTF8'"), "{}", said(&error));
    assert!(matches!(error, StoreError::Postgres { .. }) && !error.is_passing());
}
