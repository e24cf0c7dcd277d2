//! SQLite and PostgreSQL give the same answers, whatever happened and in whatever order partitions brought it.

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
use crate::support::{
    Asked as _, Log, NOW, actor, as_of, ask, at,
    declared::{
        added_up_is_the_sum_of_rows, scanned, several_values_in_every_column,
        the_ends_of_time_bound_like_any_moment, without_cancelled_orders,
    },
    kinds::{correction, definition, eur, lead_step, lost, merged, moved, nps, objection, opened, sent, won},
    models::{TEXTS, same_answers_of_models},
    objects,
    postgresql::{Delivery, Server, apply, drop_schemas, partitions, rows},
    script::{PARTIES, log, party, recorded_end, steps},
    wire,
};
use jiff::tz::TimeZone;
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use rapport_model::Timestamp;
use rapport_proto::v1::{SatisfactionRequest, TimelineRequest, TimelineResponse, payload::Kind};
use rapport_store::{ReadError, ReadModels, Rows, View};
use rapport_views::{
    answers::AsOf,
    model::{Asked, Model, Satisfaction},
    rows::DefinitionRow,
};

/// All pages of a timeline. A party that nothing is known of has none.
fn timeline(
    models: &dyn ReadModels,
    log: &Log,
    customer: &str,
    as_of: AsOf,
    filtered: bool,
) -> Vec<TimelineResponse> {
    let rows = models.rows(View::Timeline).unwrap();
    let mut request = TimelineRequest {
        customer: customer.into(),
        page_size: 7,
        include_contacts: filtered,
        ..Default::default()
    };
    if filtered {
        request.channels = vec!["phone".into(), "web".into()];
        request.occurred_from = Some(wire(9));
        request.oldest_first = true;
    }
    let mut pages = Vec::new();
    loop {
        let page = match ask(&*rows, &request, as_of.occurred_until, as_of.recorded_until, log) {
            Err(ReadError::UnknownCustomer) => return Vec::new(),
            other => other.unwrap(),
        };
        request.page_token.clone_from(&page.next_page_token);
        // Named once by an event that was corrected in the same instant: only SQLite has heard of it.
        let unheard =
            page.party.as_ref().is_some_and(|party| party.ids.len() == 1 && party.contacts.is_empty());
        if page.total + page.left_out_by_filter + page.retracted == 0 && unheard {
            return Vec::new();
        }
        pages.push(page);
        if request.page_token.is_empty() {
            return pages;
        }
    }
}

fn same_answers(one: &dyn ReadModels, other: &dyn ReadModels, log: &Log, as_of: AsOf) {
    same_answers_of_models(one, other, log, as_of);
    for number in 0..PARTIES {
        for filtered in [false, true] {
            let customer = party(number);
            let one = timeline(one, log, &customer, as_of, filtered);
            assert_eq!(one, timeline(other, log, &customer, as_of, filtered), "{customer} {as_of:?}");
        }
    }
    // Each object as known now, a part of them as known before.
    let some = if as_of.recorded_until == NOW { 1 } else { 3 };
    for (number, object) in objects::objects(log).iter().enumerate().step_by(some) {
        let pages = |models: &dyn ReadModels| {
            let rows = models.rows(View::Timeline).unwrap();
            let moments = (as_of.occurred_until, as_of.recorded_until);
            objects::pages(&*rows, log, objects::request(object, number % 2 == 1), moments)
        };
        assert_eq!(pages(one), pages(other), "{object} {as_of:?}");
    }
    for view in View::ALL {
        let (one, other) = (one.rows(view).unwrap(), other.rows(view).unwrap());
        for table in view.tables() {
            assert_eq!(scanned(&*one, table, as_of), scanned(&*other, table, as_of), "{}", table.name);
            the_ends_of_time_bound_like_any_moment(&*one, table, as_of);
            the_ends_of_time_bound_like_any_moment(&*other, table, as_of);
            if as_of.recorded_until == NOW {
                added_up_is_the_sum_of_rows(&*one, table, as_of);
                added_up_is_the_sum_of_rows(&*other, table, as_of);
            }
        }
    }
    for models in [one, other] {
        without_cancelled_orders(&*models.rows(View::Facts).unwrap(), as_of);
    }
    let definitions =
        |rows: &dyn Rows| -> Vec<DefinitionRow> { rows.definitions(as_of, "pipeline").unwrap() };
    let (one, other) = (one.rows(View::Funnel).unwrap(), other.rows(View::Funnel).unwrap());
    assert_eq!(definitions(&*one), definitions(&*other));
    assert_eq!(one.position(), other.position());
}

/// Open deals as the SQL of PostgreSQL says they are: pipeline, stage, currency, deals and their sum.
fn open_in_sql(client: &mut postgres::Client, schema: &str, as_of: AsOf) -> Vec<String> {
    let moment = |moment: Timestamp| match moment {
        NOW => "'9999-12-30'".to_owned(),
        moment => format!("to_timestamp({})", moment.as_micros() / 1_000_000),
    };
    let sql = format!(
        "SELECT format('%s|%s|%s|%s|%s', pipeline, stage, currency, deals, coalesce(round(amount * 100), 0))
         FROM \"{schema}\".funnel_as_of({}, {})",
        moment(as_of.occurred_until),
        moment(as_of.recorded_until)
    );
    let mut lines: Vec<String> = client.query(&sql, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    lines.sort();
    lines
}

/// The same from the sums of a store.
fn open_in_store(rows: &dyn Rows, as_of: AsOf) -> Vec<String> {
    let symbols = rows.symbols().unwrap();
    let open = rows.sums(as_of).unwrap().open.into_iter().map(|row| {
        let [pipeline, stage, currency] =
            [row.pipeline, row.stage, row.currency].map(|symbol| symbols.text(symbol));
        format!("{pipeline}|{stage}|{currency}|{}|{}", row.deals, row.amount_minor_units)
    });
    let mut lines: Vec<String> = open.collect();
    lines.sort();
    lines
}

/// Runs a property so many times, with a server for all.
fn property<S: Strategy>(cases: u32, strategy: S, check: impl Fn(&Server, String, S::Value)) {
    let Some(server) = Server::start() else { return };
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        max_shrink_iters: 20,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let number = std::cell::Cell::new(0);
    let run = runner.run(&strategy, |value| {
        number.set(number.get() + 1);
        let prefix = format!("case_{}", number.get());
        check(&server, prefix.clone(), value);
        drop_schemas(&mut server.client(), &prefix);
        Ok(())
    });
    run.unwrap();
}

#[test]
fn every_answer_is_the_same_from_both_stores() {
    let moments = proptest::collection::vec((0_i64..42, 0.0..1.1_f64), 3);
    let draws = proptest::collection::vec((0_usize..4, 1_usize..30), 1..6);
    let strategy = (steps(1..90), moments, draws, 1_usize..4, 1_usize..4);
    property(10, strategy, |server, prefix, (steps, moments, draws, count, at_once)| {
        let log = log(&steps);
        let dir = tempfile::tempdir().unwrap();
        let sqlite = log.project(dir.path());
        let partitions = partitions(&log, count);
        let postgres = server.store(&prefix);
        apply(&postgres, &Delivery::new("one", &partitions).all(&draws), at_once, &log);
        let at_moment =
            |(until, known): &(i64, f64)| (at(*until), at((recorded_end(&log) as f64 * known) as i64));
        let mut moments: Vec<(Timestamp, Timestamp)> = moments.iter().map(at_moment).collect();
        moments.extend([(NOW, NOW), (at(20), NOW)]);
        for (occurred_until, recorded_until) in moments {
            let as_of = AsOf { occurred_until, recorded_until };
            same_answers(&sqlite, &postgres, &log, as_of);
            let in_sql = open_in_sql(&mut server.client(), &postgres.schema(View::Funnel), as_of);
            assert_eq!(
                in_sql,
                open_in_store(&*ReadModels::rows(&sqlite, View::Funnel).unwrap(), as_of),
                "{as_of:?}"
            );
        }
    });
}

#[test]
fn a_column_that_a_store_forgets_would_be_found_out() {
    let Some(server) = Server::start() else { return };
    let mut runner = TestRunner::deterministic();
    let log = log(&steps(2_000).new_tree(&mut runner).unwrap().current());
    let store = server.store("drawn");
    apply(&store, &Delivery::new("one", &partitions(&log, 1)).all(&[(0, 2_000)]), 1, &log);
    for view in View::ALL {
        let rows = store.rows(view).unwrap();
        for table in view.tables().chain(view.objects().iter().map(|object| object.facts)) {
            several_values_in_every_column(table, &scanned(&*rows, table, as_of(NOW, NOW)));
        }
    }
}

#[test]
fn rows_do_not_depend_on_how_partitions_interleave() {
    let draws = || proptest::collection::vec((0_usize..4, 1_usize..30), 1..8);
    let strategy = (steps(1..120), draws(), draws(), 1_usize..5);
    property(12, strategy, |server, prefix, (steps, one, other, count)| {
        let log = log(&steps);
        let mut client = server.client();
        let partitions = partitions(&log, count);
        let whole = server.store(&prefix);
        apply(&whole, &Delivery::new("one", &partitions).all(&one), 2, &log);
        let expected = View::ALL.map(|view| rows(&mut client, &whole.schema(view)));

        let again = format!("{prefix}_again");
        let cut = server.store(&again);
        let batches = Delivery::new("one", &partitions).all(&other);
        apply(&cut, &batches, 1, &log);
        assert_eq!(View::ALL.map(|view| rows(&mut client, &cut.schema(view))), expected);
        // What comes a second time is stale; a topic that was made anew, cut otherwise, repeats everything.
        for batch in &batches {
            assert_ne!(cut.apply(View::Funnel, std::slice::from_ref(batch)).unwrap(), APPLIED);
        }
        let partitions = support::postgresql::partitions(&log, count + 1);
        apply(&cut, &Delivery::new("two", &partitions).all(&one), 3, &log);
        assert_eq!(View::ALL.map(|view| rows(&mut client, &cut.schema(view))), expected);
        drop_schemas(&mut client, &again);
    });
}

const APPLIED: rapport_store::Applied = rapport_store::Applied::Done;

/// What `nps_now` says of each month and question: the month's first second, the question, and its counts.
const NPS_BY_MONTH: &str = "
SELECT extract(epoch FROM month)::bigint, extract(epoch FROM month + interval '1 month')::bigint, question, answers,
       promoters, passives, detractors, nps::float8
FROM nps_now ORDER BY month, question";

#[test]
fn the_score_by_month_in_sql_is_the_services_whoever_answered_and_however_often() {
    const DAY: i64 = 86_400;
    let given = (0_i64..100, 0_u8..4, 0_usize..3, 0_usize..2, 0_u8..=10, any::<bool>());
    let answers = proptest::collection::vec(given, 1..40);
    property(12, (answers, any::<bool>()), |server, prefix, (answers, merge)| {
        let mut log = Log::default();
        for (number, (day, who, wave, question, value, high_is_better)) in answers.iter().enumerate() {
            let Kind::SurveyAnswered(mut answered) = nps(f64::from(*value), ["", "Q1", "Q2"][*wave]) else {
                panic!("another kind")
            };
            answered.question = ["", "again"][*question].to_owned();
            answered.scale.as_mut().unwrap().better = if *high_is_better { 1 } else { 2 };
            let customer = if *who == 0 { String::new() } else { party(*who) };
            log.add(&customer, day * DAY, 100 * DAY + number as i64, Kind::SurveyAnswered(answered));
        }
        if merge {
            log.add("", 1, 101 * DAY, merged(&party(1), &party(2)));
        }
        let store = server.store(&prefix);
        let partitions = partitions(&log, 2);
        apply(&store, &Delivery::new("one", &partitions).all(&[(0, 9), (1, 9)]), 1, &log);
        let mut client = server.client();
        client.batch_execute(&format!("SET search_path TO {prefix}_satisfaction")).unwrap();
        let months = client.query(NPS_BY_MONTH, &[]).unwrap();
        let mut counted = 0;
        for month in &months {
            let moment = |column| Some(prost_types::Timestamp { seconds: month.get(column), nanos: 0 });
            let request = SatisfactionRequest {
                question: Some(month.get(2)),
                period_from: moment(0),
                period_to: moment(1),
                ..Default::default()
            };
            let as_of = AsOf { occurred_until: at(200 * DAY), recorded_until: NOW };
            let rows = store.rows(View::Satisfaction).unwrap();
            let asked = Asked {
                as_of,
                zone: &TimeZone::UTC,
                figure: None,
                skip: 0,
                events: &log,
                beside: &[],
                kept: None,
            };
            let scores = Satisfaction::answer(&request, &*rows, &asked).unwrap().response.scores;
            assert_eq!(scores.len(), 1);
            let score = &scores[0];
            let service = [&score.answers, &score.positive, &score.neutral, &score.negative]
                .map(|figure| figure.as_ref().unwrap().count as i64);
            assert_eq!([3, 4, 5, 6].map(|column| month.get::<_, i64>(column)), service);
            assert!((month.get::<_, f64>(7) - score.score.unwrap()).abs() < 1e-9);
            counted += service[0];
        }
        let unsigned = answers.iter().filter(|answer| answer.1 == 0).count() as i64;
        assert!(counted >= unsigned, "every answer without a customer counts");
    });
}

/// An event for each place that a text can have in rows.
fn with_text(log: &mut Log, number: i64, text: &str) {
    let deal = format!("D{number}");
    let Kind::DealWon(mut won) = won(&format!("W{text}"), eur(number)) else { panic!("a win") };
    won.reason = text.to_owned();
    won.competitors = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    let Kind::SurveyAnswered(mut answered) = nps(number as f64 % 11.0, text) else { panic!("an answer") };
    answered.survey_id = text.to_owned();
    answered.question = text.to_owned();
    answered.product = text.to_owned();
    answered.tier = text.to_owned();
    let kinds = [
        opened(&deal, text, eur(number)),
        moved(&deal, "offer"),
        lost(&deal, text, text),
        opened(&format!("W{text}"), "lead", eur(5)),
        Kind::DealWon(won),
        objection(text),
        Kind::SurveyAnswered(answered),
        sent(text),
        merged(text, &format!("{text}{text}")),
        definition(text, 1, None),
        lead_step(number as u8),
    ];
    for kind in kinds {
        let recorded = log.events.len() as i64;
        log.add(text, recorded, recorded, kind);
        log.last().channel = text.to_owned();
        log.last().actor = actor(text);
        log.last().tags = vec![format!("lead:{text}"), format!("deal:{deal}"), format!("deal:W{text}")];
    }
    let recorded = log.events.len() as i64;
    let target = log.events[log.events.len() - 9].id.clone();
    log.add("c", recorded, recorded, correction(&target, Some(lost(&deal, &format!("{text}!"), text)), None));
}

#[test]
fn texts_that_a_store_cannot_hold_are_the_same_texts_in_both_and_in_the_same_order() {
    let Some(server) = Server::start() else { return };
    let mut log = Log::default();
    for (number, text) in TEXTS.iter().enumerate() {
        with_text(&mut log, number as i64, text);
    }
    let dir = tempfile::tempdir().unwrap();
    let sqlite = log.project(dir.path());
    let postgres = server.store("letters");
    apply(&postgres, &Delivery::new("one", &partitions(&log, 2)).all(&[(0, 9), (1, 7)]), 1, &log);
    for view in View::ALL {
        for models in [&sqlite as &dyn ReadModels, &postgres] {
            assert_eq!(models.last_set_aside(view).unwrap(), [], "{view:?}");
        }
    }
    for (occurred_until, recorded_until) in [(NOW, NOW), (at(60), NOW), (at(90), at(70))] {
        let as_of = AsOf { occurred_until, recorded_until };
        same_answers(&sqlite, &postgres, &log, as_of);
        for text in TEXTS {
            let asked = |models: &dyn ReadModels| {
                let rows = models.rows(View::Satisfaction).unwrap();
                let of_survey = rows.answers(as_of, Some(text)).unwrap();
                let filter = TimelineRequest {
                    customer: text.into(),
                    channels: vec![text.into()],
                    ..Default::default()
                };
                let filtered = ask(
                    &*models.rows(View::Timeline).unwrap(),
                    &filter,
                    occurred_until,
                    recorded_until,
                    &log,
                );
                let answers: Vec<_> = of_survey.iter().map(|answer| answer.position).collect();
                (answers, filtered.ok(), timeline(models, &log, text, as_of, false))
            };
            assert_eq!(asked(&sqlite), asked(&postgres), "{text:?} {as_of:?}");
        }
        let in_sql = open_in_sql(&mut server.client(), &postgres.schema(View::Funnel), as_of);
        assert_eq!(
            in_sql,
            open_in_store(&*ReadModels::rows(&sqlite, View::Funnel).unwrap(), as_of),
            "{as_of:?}"
        );
    }
    // Two texts that differ by that letter alone are one in rows.
    let rows = ReadModels::rows(&sqlite, View::Satisfaction).unwrap();
    assert_eq!(rows.answers(as_of(NOW, NOW), Some("a\0b")).unwrap().len(), 2);
    assert_eq!(rows.answers(as_of(NOW, NOW), Some("a\u{fffd}b")).unwrap().len(), 2);
}
