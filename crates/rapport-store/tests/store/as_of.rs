//! Golden cases of both clocks: what was true, and what was known of it.

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
use crate::support::{Asked as _, Log, NOW, as_of, ask, at, kinds::*};
use rapport_model::Timestamp;
use rapport_proto::v1::{SurveyAnswered, TimelineRequest, TimelineResponse, payload::Kind};
use rapport_store::{Rows, Store, View};

/// Stages and statuses of one deal, each with the second it begins at.
fn deal(store: &Store, name: &str, until: Timestamp, known: Timestamp) -> Vec<(String, i64)> {
    let funnel = store.rows(View::Funnel).unwrap();
    let symbols = funnel.symbols().unwrap();
    let mut found = Vec::new();
    let mut take = |history: &mut rapport_views::rows::DealHistory| {
        if funnel.deal_name(history.deal).unwrap() == name {
            found = history.spans.clone();
        }
    };
    funnel.deal_histories(as_of(until, known), None, &mut take).unwrap();
    let words = found.iter().map(|span| {
        let begins = span.valid_from.as_micros() / 1_000_000 - 1_600_000_000;
        let amount = span.amount_minor_units;
        (format!("{:?} {} {amount}", span.status, symbols.text(span.stage)).to_lowercase(), begins)
    });
    words.collect()
}

fn words(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter().map(|(words, begins)| ((*words).to_owned(), *begins)).collect()
}

fn timeline(
    store: &Store,
    log: &Log,
    customer: &str,
    until: Timestamp,
    known: Timestamp,
) -> TimelineResponse {
    let request = TimelineRequest { customer: customer.into(), oldest_first: true, ..Default::default() };
    ask(&store.rows(View::Timeline).unwrap(), &request, until, known, log).unwrap()
}

fn summaries(response: &TimelineResponse) -> Vec<&str> {
    response.entries.iter().map(|entry| entry.summary.as_str()).collect()
}

fn store(log: &Log) -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (log.project(dir.path()), dir)
}

#[test]
fn a_late_event_changes_the_past_only_from_when_it_was_recorded() {
    let mut log = Log::default();
    log.add("c", 10, 10, opened("D", "lead", eur(100)));
    log.add("c", 30, 30, moved("D", "offer"));
    // Happened at 20, written down at 40.
    log.add("c", 20, 40, terms("D", eur(500)));
    let (store, _dir) = store(&log);

    let as_known_before = words(&[("open lead 100", 10), ("open offer 100", 30)]);
    assert_eq!(deal(&store, "D", at(35), at(39)), as_known_before);
    let as_known_now = words(&[("open lead 100", 10), ("open lead 500", 20), ("open offer 500", 30)]);
    assert_eq!(deal(&store, "D", at(35), at(40)), as_known_now);
    assert_eq!(deal(&store, "D", at(25), NOW), words(&[("open lead 100", 10), ("open lead 500", 20)]));
}

#[test]
fn a_deal_closed_late_is_open_in_what_was_known_and_closed_in_what_was_true() {
    let mut log = Log::default();
    log.add("c", 10, 10, opened("D", "lead", eur(100)));
    log.add("c", 20, 90, lost("D", "price", "Rival"));
    let (store, _dir) = store(&log);
    let open = |until, known| -> u64 {
        let sums = store.rows(View::Funnel).unwrap().sums(as_of(until, known)).unwrap();
        sums.open.iter().map(|row| row.deals).sum()
    };
    assert_eq!(open(at(50), at(50)), 1);
    assert_eq!(open(at(50), at(90)), 0);
    assert_eq!(open(at(15), NOW), 1);
    assert_eq!(open(at(9), NOW), 0);
    assert_eq!(open(NOW, NOW), 0);
    // What the deal's own history says of its stage weighs more than `at_stage`.
    assert_eq!(deal(&store, "D", NOW, NOW), words(&[("open lead 100", 10), ("lost lead 100", 20)]));
}

#[test]
fn an_outcome_before_the_opening_stays_whichever_was_recorded_first_and_whatever_it_is() {
    for outcome in [won("D", eur(700)), lost("D", "price", "")] {
        let status = if matches!(outcome, Kind::DealWon(_)) { "won" } else { "lost" };
        for opened_first in [true, false] {
            let mut log = Log::default();
            let mut both = vec![(30, opened("D", "lead", eur(100))), (20, outcome.clone())];
            if !opened_first {
                both.reverse();
            }
            for ((occurred, kind), recorded) in both.into_iter().zip(90..) {
                log.add("c", occurred, recorded, kind);
            }
            let (store, _dir) = store(&log);
            let amount = if status == "won" { 700 } else { 100 };
            let closed = format!("{status} lead {amount}");
            let expected = words(&[("open lead 100", 20), (&closed, 20)]);
            for until in [at(20), at(25), at(30), NOW] {
                assert_eq!(deal(&store, "D", until, NOW), expected, "{status} {opened_first}");
            }
            assert_eq!(deal(&store, "D", at(19), NOW), []);
            let sums = store.rows(View::Funnel).unwrap().sums(as_of(at(20), NOW)).unwrap();
            assert_eq!((sums.open.len(), sums.closed.len()), (0, 1));
        }
    }
}

#[test]
fn the_first_opening_comes_before_everything_and_gives_what_nothing_else_names() {
    let mut log = Log::default();
    log.add("c", 10, 10, moved("D", "offer"));
    log.add("c", 12, 12, terms("D", eur(500)));
    log.add("c", 15, 15, opened("D", "lead", eur(100)));
    let (store, _dir) = store(&log);
    assert_eq!(deal(&store, "D", NOW, at(14)), words(&[("open offer 0", 10), ("open offer 500", 12)]));
    let opened_late = [("open lead 100", 10), ("open offer 100", 10), ("open offer 500", 12)];
    assert_eq!(deal(&store, "D", NOW, NOW), words(&opened_late));
}

#[test]
fn a_later_opening_opens_a_closed_deal_again() {
    let mut log = Log::default();
    log.add("c", 10, 10, opened("D", "lead", None));
    log.add("c", 20, 20, won("D", None));
    let second = log.add("c", 30, 31, opened("D", "talks", None));
    log.add("c", 40, 40, retraction(&second));
    let (store, _dir) = store(&log);
    let closed = [("open lead 0", 10), ("won lead 0", 20)];
    let again = [("open lead 0", 10), ("won lead 0", 20), ("open talks 0", 30)];
    assert_eq!(deal(&store, "D", NOW, at(31)), words(&again));
    assert_eq!(deal(&store, "D", NOW, NOW), words(&closed));
}

#[test]
fn a_move_dated_by_its_recording_came_before_an_outcome_that_is_recorded_later() {
    let mut log = Log::default();
    log.add("c", 10, 10, opened("D", "lead", eur(100)));
    // Nobody said when: it stood there by 50, and later it is learned that it was lost at 40.
    let undated = log.add("c", 50, 50, moved("D", "offer"));
    log.add("c", 40, 60, lost("D", "price", ""));
    log.add("c", 70, 70, correction(&undated, None, Some(45)));
    let (store, _dir) = store(&log);
    assert_eq!(deal(&store, "D", NOW, at(59)), words(&[("open lead 100", 10), ("open offer 100", 50)]));
    let closed = [("open lead 100", 10), ("open offer 100", 40), ("lost offer 100", 40)];
    for until in [40, 49, 50, 99] {
        assert_eq!(deal(&store, "D", at(until), at(60)), words(&closed), "{until}");
    }
    assert_eq!(deal(&store, "D", at(39), at(60)), words(&[("open lead 100", 10)]));
    // A correction gives it a date of its own: now it is a move on a closed deal.
    let again = [("open lead 100", 10), ("lost lead 100", 40), ("open offer 100", 45)];
    assert_eq!(deal(&store, "D", NOW, NOW), words(&again));
}

#[test]
fn a_move_with_a_date_or_recorded_after_the_outcome_opens_a_closed_deal_again() {
    for (occurred, before_the_outcome) in [(50, true), (45, true), (60, false), (55, false)] {
        let mut log = Log::default();
        log.add("c", 10, 10, opened("D", "lead", None));
        let recorded = if before_the_outcome { 51 } else { 60 };
        let the_move = |log: &mut Log| log.add("c", occurred, recorded, moved("D", "offer"));
        if before_the_outcome {
            the_move(&mut log);
        }
        log.add("c", 40, 55, won("D", None));
        if !before_the_outcome {
            the_move(&mut log);
        }
        let (store, _dir) = store(&log);
        let again = [("open lead 0", 10), ("won lead 0", 40), ("open offer 0", occurred)];
        assert_eq!(deal(&store, "D", NOW, NOW), words(&again));
    }
}

#[test]
fn a_correction_replaces_content_and_time_and_the_timeline_links_it() {
    let mut log = Log::default();
    let first = log.add("c", 10, 10, opened("D", "lead", eur(100)));
    let correction = log.add("c", 50, 50, correction(&first, Some(opened("D", "lead", eur(900))), Some(5)));
    let (store, _dir) = store(&log);

    assert_eq!(deal(&store, "D", at(20), at(49)), words(&[("open lead 100", 10)]));
    assert_eq!(deal(&store, "D", at(20), at(50)), words(&[("open lead 900", 5)]));
    assert_eq!(deal(&store, "D", at(7), at(50)), words(&[("open lead 900", 5)]));
    assert_eq!(deal(&store, "D", at(7), at(49)), []);

    let now = timeline(&store, &log, "c", NOW, NOW);
    assert_eq!(summaries(&now), ["deal D opened in lead: 9.00 EUR"]);
    assert_eq!(now.entries[0].occurred_at, Some(support::wire(5)));
    assert_eq!(now.entries[0].recorded_at, Some(support::wire(10)));
    let links: Vec<_> = now.entries[0].corrections.iter().map(|link| link.event_id.as_str()).collect();
    assert_eq!(links, [correction]);
    assert_eq!(now.entries[0].corrections[0].reason, "typing error");

    let then = timeline(&store, &log, "c", NOW, at(49));
    assert_eq!(summaries(&then), ["deal D opened in lead: 1.00 EUR"]);
    assert_eq!(then.entries[0].corrections, []);
}

#[test]
fn a_correction_can_move_an_event_to_another_deal() {
    let mut log = Log::default();
    log.add("c", 10, 10, opened("D", "lead", None));
    let wrong = log.add("c", 20, 20, won("D", eur(7)));
    log.add("c", 30, 30, correction(&wrong, Some(won("E", eur(7))), None));
    let (store, _dir) = store(&log);
    assert_eq!(deal(&store, "D", NOW, at(29)), words(&[("open lead 0", 10), ("won lead 7", 20)]));
    assert_eq!(deal(&store, "D", NOW, NOW), words(&[("open lead 0", 10)]));
    assert_eq!(deal(&store, "E", NOW, NOW), words(&[("won  7", 20)]));
}

#[test]
fn a_correction_of_another_type_is_none() {
    let mut log = Log::default();
    let first = log.add("c", 10, 10, opened("D", "lead", None));
    log.add("c", 20, 20, correction(&first, Some(won("D", None)), Some(1)));
    let (store, _dir) = store(&log);
    assert_eq!(deal(&store, "D", NOW, NOW), words(&[("open lead 0", 10)]));
}

#[test]
fn retracting_a_retraction_takes_it_back() {
    let mut log = Log::default();
    let first = log.add("c", 10, 10, opened("D", "lead", None));
    let retracted = log.add("c", 20, 20, retraction(&first));
    log.add("c", 30, 30, retraction(&retracted));
    let (store, _dir) = store(&log);
    assert_eq!(deal(&store, "D", NOW, at(19)).len(), 1);
    assert_eq!(deal(&store, "D", NOW, at(20)).len(), 0);
    assert_eq!(deal(&store, "D", NOW, at(30)), words(&[("open lead 0", 10)]));

    let while_retracted = timeline(&store, &log, "c", NOW, at(20));
    assert_eq!((while_retracted.total, while_retracted.retracted), (0, 1));
    let now = timeline(&store, &log, "c", NOW, NOW);
    assert_eq!((now.total, now.retracted), (1, 0));
}

#[test]
fn retracting_a_correction_takes_it_back_and_correcting_it_replaces_what_it_says() {
    let mut log = Log::default();
    let answer = log.add("c", 10, 10, nps(3.0, "Q1"));
    let first = log.add("c", 20, 20, correction(&answer, Some(nps(8.0, "Q1")), None));
    log.add("c", 30, 30, correction(&first, Some(nps(9.0, "Q1")), None));
    log.add("c", 40, 40, retraction(&first));
    let (store, _dir) = store(&log);
    let value = |known| {
        let answers = store.rows(View::Satisfaction).unwrap().answers(as_of(NOW, at(known)), None).unwrap();
        answers.iter().map(|row| row.value).collect::<Vec<_>>()
    };
    assert_eq!([9, 10, 20, 30, 40].map(value), [vec![], vec![3.0], vec![8.0], vec![9.0], vec![3.0]]);
}

#[test]
fn a_survey_is_asked_for_by_its_id() {
    let mut log = Log::default();
    let of = |survey: &str, value| match nps(value, "Q1") {
        Kind::SurveyAnswered(answered) => {
            Kind::SurveyAnswered(SurveyAnswered { survey_id: survey.into(), ..answered })
        }
        other => other,
    };
    log.add("a", 1, 1, of("first", 3.0));
    log.add("b", 2, 2, of("second", 8.0));
    log.add("c", 3, 3, of("first", 9.0));
    log.add("c", 4, 4, sent("Q1"));
    let (store, _dir) = store(&log);
    let satisfaction = store.rows(View::Satisfaction).unwrap();
    let values = |survey| {
        let answers = satisfaction.answers(as_of(NOW, NOW), survey).unwrap();
        answers.iter().map(|row| row.value).collect::<Vec<_>>()
    };
    assert_eq!(values(Some("first")), [3.0, 9.0]);
    assert_eq!(values(Some("third")), [0.0; 0]);
    assert_eq!(values(None), [3.0, 8.0, 9.0]);
    let sents = |survey| satisfaction.sents(as_of(NOW, NOW), survey).unwrap().len();
    assert_eq!([sents(Some("S")), sents(Some("first")), sents(None)], [1, 0, 1]);
}

#[test]
fn merged_parties_read_as_one_until_they_are_taken_apart() {
    let mut log = Log::default();
    log.add("a", 1, 1, call(true));
    log.add("b", 2, 2, note("hello"));
    let merge = log.add("a", 10, 10, merged("a", "b"));
    // Known at 30: they were never the same from 20 on.
    log.add("a", 20, 30, unmerged(&merge.to_uppercase()));
    let (store, _dir) = store(&log);

    let together = timeline(&store, &log, "b", at(15), at(29));
    let party = together.party.clone().unwrap();
    assert_eq!((party.id.as_str(), party.ids), ("a", vec!["a".to_owned(), "b".to_owned()]));
    let under: Vec<_> = together.entries.iter().map(|entry| entry.recorded_under.as_str()).collect();
    assert_eq!(under, ["a", "b", "a"]);
    assert_eq!(together.silence.unwrap().seconds, 14);

    assert_eq!(timeline(&store, &log, "b", at(25), at(29)).total, 3);
    assert_eq!(timeline(&store, &log, "b", at(25), at(30)).total, 1);
    assert_eq!(timeline(&store, &log, "b", at(19), at(30)).total, 3);
    assert_eq!(timeline(&store, &log, "b", at(9), NOW).total, 1);
}

#[test]
fn an_organisations_timeline_can_include_its_contacts_while_they_are() {
    let mut log = Log::default();
    log.add("org", 1, 1, registered("Rīgas Piens"));
    log.add("anna", 2, 2, contact_of("org", None, Some(50)));
    log.add("anna", 3, 3, call(true));
    let (store, _dir) = store(&log);
    let timeline = |until| {
        let request =
            TimelineRequest { customer: "org".into(), include_contacts: true, ..Default::default() };
        ask(&store.rows(View::Timeline).unwrap(), &request, until, NOW, &log).unwrap()
    };
    let during = timeline(at(49));
    let party = during.party.unwrap();
    assert_eq!((party.name.as_str(), party.kind.as_str()), ("Rīgas Piens", "organisation"));
    assert_eq!((during.total, party.contacts), (3, vec!["anna".to_owned()]));
    let after = timeline(at(50));
    assert_eq!((after.total, after.party.unwrap().contacts), (1, vec![]));
}

#[test]
fn facts_are_the_latest_by_valid_time() {
    let mut log = Log::default();
    log.add("c", 1, 1, fact("sector", "dairy", Some(10), None));
    log.add("c", 2, 2, fact("sector", "trade", Some(5), None));
    log.add("c", 3, 3, fact("size", "small", None, Some(20)));
    let (store, _dir) = store(&log);
    let facts = |until| {
        let facts = timeline(&store, &log, "c", until, NOW).party.unwrap().facts;
        facts.iter().map(|fact| format!("{}={}", fact.key, fact.value)).collect::<Vec<_>>()
    };
    assert_eq!(facts(at(4)), ["size=small"]);
    assert_eq!(facts(at(7)), ["sector=trade", "size=small"]);
    assert_eq!(facts(at(15)), ["sector=dairy", "size=small"]);
    assert_eq!(facts(at(25)), ["sector=dairy"]);
}

#[test]
fn definitions_in_effect_come_by_date_of_effect_so_that_the_last_of_a_code_holds() {
    let mut log = Log::default();
    log.add("", 1, 1, definition("default", 1, None));
    log.add("", 2, 2, definition("default", 2, Some(100)));
    let wrong = log.add("", 3, 3, definition("default", 3, Some(50)));
    log.add("", 4, 4, definition("north", 1, None));
    log.add("", 9, 9, retraction(&wrong));
    let (store, _dir) = store(&log);
    let versions = |until, known| {
        let rows = store.rows(View::Funnel).unwrap().definitions(as_of(until, known), "pipeline").unwrap();
        rows.iter().map(|row| (row.code.clone(), row.version)).collect::<Vec<_>>()
    };
    let default = |version| ("default".to_owned(), version);
    let north = ("north".to_owned(), 1);
    assert_eq!(versions(at(60), at(8)), [default(1), default(3), north.clone()]);
    assert_eq!(versions(at(60), at(9)), [default(1), north.clone()]);
    assert_eq!(versions(at(100), NOW), [default(1), default(2), north.clone()]);
    assert_eq!(versions(at(100), at(8)), [default(1), default(3), default(2), north]);
    assert_eq!(versions(at(0), NOW), []);
}
