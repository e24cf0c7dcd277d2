//! What a timeline shows of events that are not as the vocabulary has them, and how it is asked.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::too_many_lines,
    reason = "a test that fails says so by panicking"
)]

use crate::support;
use crate::support::{Log, NOW, actor, ask, at, kinds::*, wire};
use rapport_model::ErrorClass;
use rapport_proto::v1::{RecordedEvent, TimelineRequest, payload::Kind};
use rapport_store::{Store, View};

fn raw(log: &mut Log, event_type: &str, payload: &'static [u8]) {
    let event = RecordedEvent {
        r#type: event_type.into(),
        customer: "c".into(),
        occurred_at: Some(wire(1)),
        recorded_at: Some(wire(1)),
        payload: payload.into(),
        ..Default::default()
    };
    log.add_event(event);
}

fn request(customer: &str) -> TimelineRequest {
    TimelineRequest { customer: customer.into(), ..Default::default() }
}

#[test]
fn unknown_and_broken_payloads_have_entries_and_stop_nothing() {
    let mut log = Log::default();
    // Field 900 is no type of this build; field 40 should be a message, and is not one.
    raw(&mut log, "future.thing_happened", &[0xa2, 0x38, 0x00]);
    raw(&mut log, "touch.call_logged", &[0xc2, 0x02, 0x01, 0xff]);
    log.add("c", 2, 2, note("after"));
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let answer = ask(&store.rows(View::Timeline).unwrap(), &request("c"), NOW, NOW, &log).unwrap();
    let summaries: Vec<_> = answer.entries.iter().map(|entry| entry.summary.as_str()).collect();
    assert_eq!(summaries, ["note: after", "touch.call_logged", "future.thing_happened"]);
    assert_eq!(store.state(View::Timeline).set_aside, 1);
    assert_eq!(store.state(View::Funnel).set_aside, 0);
}

#[test]
fn what_is_of_a_special_category_is_there_without_what_it_says_unless_it_is_asked_for() {
    let special = |kind| match kind {
        Kind::PartyFactRecorded(mut fact) => {
            fact.sensitivity = 3;
            Kind::PartyFactRecorded(fact)
        }
        Kind::NoteRecorded(mut note) => {
            (note.sensitivity, note.legal_basis) = (3, "explicit_consent".into());
            Kind::NoteRecorded(note)
        }
        other => other,
    };
    let mut log = Log::default();
    log.add("c", 1, 1, special(fact("religion", "secret one", None, None)));
    log.add("c", 2, 2, special(note("secret two")));
    log.add("c", 3, 3, note("of the day"));
    // What it says is believed to be of a special category since it was corrected.
    let plain = log.add("c", 4, 4, fact("hobby", "secret three", None, None));
    log.add("c", 5, 5, correction(&plain, Some(special(fact("hobby", "secret four", None, None))), None));
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let ask = |include_special| {
        let request = TimelineRequest { include_special, ..request("c") };
        ask(&store.rows(View::Timeline).unwrap(), &request, NOW, NOW, &log).unwrap()
    };
    let without = ask(false);
    let said = format!("{without:?}");
    assert!(!said.contains("secret"), "{said}");
    let summaries: Vec<_> = without.entries.iter().map(|one| (one.withheld, one.summary.as_str())).collect();
    let expected = [
        (true, "segment attribute hobby (withheld: special category)"),
        (false, "note: of the day"),
        (true, "note (withheld: special category)"),
        (true, "segment attribute religion (withheld: special category)"),
    ];
    assert_eq!(summaries, expected);
    let facts = |answer: &rapport_proto::v1::TimelineResponse| -> Vec<(String, String, bool)> {
        let facts = answer.party.clone().unwrap().facts.into_iter();
        facts.map(|fact| (fact.key, fact.value, fact.withheld)).collect()
    };
    let row = |key: &str, value: &str, withheld| (key.to_owned(), value.to_owned(), withheld);
    assert_eq!(facts(&without), [row("hobby", "", true), row("religion", "", true)]);
    let with = ask(true);
    assert_eq!(facts(&with), [row("hobby", "secret four", false), row("religion", "secret one", false)]);
    let summaries: Vec<_> = with.entries.iter().map(|one| one.summary.as_str()).collect();
    assert_eq!(summaries[2..], ["note: secret two", "segment attribute religion: secret one"]);
    assert!(with.entries.iter().all(|one| !one.withheld));
    // What was not asked for on the first page is not on later ones.
    let first = TimelineRequest { page_size: 1, ..request("c") };
    let token =
        support::ask(&store.rows(View::Timeline).unwrap(), &first, NOW, NOW, &log).unwrap().next_page_token;
    let other = TimelineRequest { page_token: token, include_special: true, ..first };
    let refused = support::ask(&store.rows(View::Timeline).unwrap(), &other, NOW, NOW, &log).unwrap_err();
    assert_eq!(refused.class(), ErrorClass::Invalid);
}

#[test]
fn a_correction_of_nothing_is_set_aside_and_counted() {
    let mut log = Log::default();
    log.add("c", 1, 1, note("one"));
    log.add("c", 2, 2, retraction("01890a5d-ac96-774b-bcce-b302099a8057"));
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    assert_eq!(View::ALL.map(|view| store.state(view).set_aside), [1; View::ALL.len()]);
    assert_eq!(View::ALL.map(|view| store.position(view).0), [2; View::ALL.len()]);
}

#[test]
fn filters_by_type_channel_actor_and_period_count_what_they_leave_out() {
    let mut log = Log::default();
    for second in 0..10 {
        log.add("c", second, second, if second % 2 == 0 { call(true) } else { note("n") });
        log.last().channel = if second < 5 { "phone" } else { "web" }.to_owned();
        log.last().actor = actor(if second % 3 == 0 { "ilze" } else { "jonas" });
    }
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let found = |change: &dyn Fn(&mut TimelineRequest)| {
        let mut request = request("c");
        change(&mut request);
        let answer = ask(&store.rows(View::Timeline).unwrap(), &request, NOW, NOW, &log).unwrap();
        assert_eq!(answer.total + answer.left_out_by_filter, 10);
        assert_eq!(answer.total as usize, answer.entries.len());
        answer.entries.iter().rev().map(|entry| entry.position - 1).collect::<Vec<_>>()
    };
    assert_eq!(found(&|request| request.types = vec!["note.recorded".into()]), [1, 3, 5, 7, 9]);
    assert_eq!(found(&|request| request.channels = vec!["web".into()]), [5, 6, 7, 8, 9]);
    assert_eq!(found(&|request| request.actors = vec!["ilze".into()]), [0, 3, 6, 9]);
    assert_eq!(found(&|request| request.occurred_from = Some(wire(8))), [8, 9]);
    assert_eq!(found(&|request| request.types = vec!["deal.won".into()]), [0_u64; 0]);
    let both = |request: &mut TimelineRequest| {
        request.types = vec!["note.recorded".into(), "touch.call_logged".into()];
        request.channels = vec!["phone".into(), "fax".into()];
    };
    assert_eq!(found(&both), [0, 1, 2, 3, 4]);
}

#[test]
fn later_pages_belong_to_the_moment_of_the_first() {
    let mut log = Log::default();
    for second in 0..5 {
        log.add("c", second, second, note("n"));
    }
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let mut request = TimelineRequest { page_size: 2, oldest_first: true, ..request("c") };
    let first = ask(&store.rows(View::Timeline).unwrap(), &request, at(3), at(3), &log).unwrap();
    request.page_token = first.next_page_token;
    let second = ask(&store.rows(View::Timeline).unwrap(), &request, NOW, NOW, &log).unwrap();
    let positions: Vec<_> = second.entries.iter().map(|entry| entry.position).collect();
    assert_eq!((positions, second.total, second.next_page_token.as_str()), (vec![3, 4], 4, ""));
    assert_eq!(second.meta.unwrap().as_of.unwrap().recorded_until, Some(wire(3)));
}

#[test]
fn wrong_questions_have_clear_answers() {
    let mut log = Log::default();
    log.add("c", 1, 1, note("n"));
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let ask = |request: &TimelineRequest| {
        let answer = ask(&store.rows(View::Timeline).unwrap(), request, NOW, NOW, &log);
        answer.err().map(|error| error.class())
    };
    assert_eq!(ask(&request("nobody")), Some(ErrorClass::NotFound));
    let token = TimelineRequest { page_token: "x".into(), ..request("c") };
    assert_eq!(ask(&token), Some(ErrorClass::Invalid));
    assert_eq!(ask(&request("c")), None);
}

#[test]
fn only_contacts_of_both_sides_end_a_silence() {
    let mut log = Log::default();
    log.add("c", 10, 10, call(true));
    log.add("c", 20, 20, call(false));
    let unreached = log.add("c", 30, 30, call(true));
    log.add("c", 31, 31, correction(&unreached, Some(call(false)), None));
    let dir = tempfile::tempdir().unwrap();
    let store: Store = log.project(dir.path());
    let silence = |until, known| {
        let answer =
            ask(&store.rows(View::Timeline).unwrap(), &request("c"), at(until), at(known), &log).unwrap();
        (answer.last_two_way_touch, answer.silence.map(|silence| silence.seconds))
    };
    assert_eq!(silence(40, 30), (Some(wire(30)), Some(10)));
    assert_eq!(silence(40, 31), (Some(wire(10)), Some(30)));
    assert_eq!(silence(9, 31), (None, None));
}

#[test]
fn events_of_the_company_itself_are_in_nobodys_timeline() {
    let mut log = Log::default();
    log.add("", 1, 1, definition("default", 1, None));
    log.add("c", 2, 2, note("n"));
    let dir = tempfile::tempdir().unwrap();
    let answer =
        ask(&log.project(dir.path()).rows(View::Timeline).unwrap(), &request("c"), NOW, NOW, &log).unwrap();
    assert_eq!(answer.total, 1);
    assert!(matches!(answer.entries[0].payload.as_ref().unwrap().kind, Some(Kind::NoteRecorded(_))));
}
