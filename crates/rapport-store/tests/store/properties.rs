//! Views against the plain fold of the log, for random histories, batches and moments.

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

use std::collections::BTreeMap;

use crate::support::{
    Asked as _, Log, NOW, as_of, ask, at, brute_force,
    brute_force::Deal,
    chunks, dump, encoded,
    kinds::{correction, merged, note, opened, retraction, terms},
    objects,
    script::{PARTIES, log, party, recorded_end, steps},
    small_blocks,
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use rapport_model::{Position, Timestamp};
use rapport_proto::{
    v1::{FunnelMeasure, FunnelRequest, RecordedEvent, TimelineRequest, payload::Kind},
    validate::tags_of_ids,
};
use rapport_store::{ReadError, Rows, Snapshot, Store, View};
use rapport_views::{
    answers::funnel::{FunnelBuilder, FunnelParams},
    rows::{DealStatus, DefinitionRow},
};

/// Applies a log in batches of these sizes, going round; every third batch is given twice.
fn apply_in_batches(store: &Store, log: &Log, sizes: &[usize]) {
    let mut sizes = sizes.iter().cycle();
    let mut rest = log.events.as_slice();
    let mut count = 0_u32;
    while !rest.is_empty() {
        let (batch, later) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
        let apply = || {
            if batch.len().is_multiple_of(2) {
                store.catch_up(chunks(batch, 3), log).unwrap()
            } else {
                store.apply(&encoded(batch), log).unwrap()
            }
        };
        let applied = apply();
        count += 1;
        if count.is_multiple_of(3) {
            assert_eq!(apply(), applied);
        }
        rest = later;
    }
}

fn deals(funnel: &Snapshot, until: Timestamp, known: Timestamp) -> BTreeMap<String, Deal> {
    let symbols = funnel.symbols().unwrap();
    let text = |symbol| symbols.text(symbol).to_owned();
    let mut deals = BTreeMap::new();
    funnel
        .deal_histories(as_of(until, known), None, &mut |history| {
            let spans = history.spans.iter().map(|span| {
                let status = match span.status {
                    DealStatus::Open => "open",
                    DealStatus::Won => "won",
                    DealStatus::Lost => "lost",
                };
                let amount = (span.amount_minor_units, text(span.currency));
                (span.position.0, text(span.stage), status, amount.0, amount.1, text(span.reason))
            });
            let mut competitors: Vec<_> =
                history.competitors.iter().map(|row| (text(row.competitor), row.position.0)).collect();
            competitors.sort();
            let name = funnel.deal_name(history.deal).unwrap();
            let customer = funnel.party_name(history.customer).unwrap();
            let spans: Vec<_> = spans.collect();
            for (index, span) in history.spans.iter().enumerate() {
                let next = history.spans.get(index + 1);
                assert_eq!(span.valid_to, next.map_or(Timestamp::MAX, |next| next.valid_from));
                assert_eq!(span.seq as usize, index);
            }
            let deal = (customer, text(history.pipeline), spans, competitors);
            assert!(deals.insert(name, deal).is_none(), "a deal came twice");
        })
        .unwrap();
    deals
}

fn open_by_stage(deals: &BTreeMap<String, Deal>) -> BTreeMap<(String, String, String), (u64, i128)> {
    let mut open = BTreeMap::new();
    for (_, pipeline, spans, _) in deals.values() {
        let (_, stage, status, amount, currency, _) = spans.last().unwrap();
        if *status == "open" {
            let row: &mut (u64, i128) =
                open.entry((pipeline.clone(), stage.clone(), currency.clone())).or_default();
            *row = (row.0 + 1, row.1 + i128::from(*amount));
        }
    }
    open
}

fn check_funnel(store: &Store, log: &Log, until: Timestamp, known: Timestamp) {
    let funnel = store.rows(View::Funnel).unwrap();
    let expected = brute_force::deals(log, until, known);
    assert_eq!(deals(&funnel, until, known), expected);

    let symbols = funnel.symbols().unwrap();
    let open = funnel.sums(as_of(until, known)).unwrap().open.into_iter().map(|row| {
        let key = [row.pipeline, row.stage, row.currency].map(|symbol| symbols.text(symbol).to_owned());
        (key.into(), (row.deals, row.amount_minor_units))
    });
    assert_eq!(open.collect::<BTreeMap<(String, String, String), _>>(), open_by_stage(&expected));

    check_snapshot(&funnel, until, known);

    let leads = funnel.leads(as_of(until, known)).unwrap();
    for row in &leads {
        let event = &log.events[row.position.0 as usize - 1];
        assert_eq!(funnel.party_name(row.customer).unwrap(), event.customer);
        assert_eq!(row.lead, lead_of(log, event));
    }
    let leads: Vec<u64> = leads.iter().map(|row| row.position.0).collect();
    let is_step = |kind: &Kind| {
        matches!(
            kind,
            Kind::ContactPointCaptured(_)
                | Kind::LeadOpened(_)
                | Kind::LeadQualified(_)
                | Kind::LeadConverted(_)
        )
    };
    assert_eq!(leads, positions(log, until, known, is_step));
}

/// The lead that an event names.
fn lead_of(log: &Log, event: &RecordedEvent) -> String {
    let tag = |kind: &str| event.tags.iter().find(|tag| tag.starts_with(kind)).cloned();
    let deal = match &log.contents[event.position as usize - 1] {
        Kind::LeadConverted(converted) if !converted.deal_id.is_empty() => {
            Some(format!("deal:{}", converted.deal_id))
        }
        _ => None,
    };
    tag("lead:").or(tag("deal:")).or(deal).unwrap_or_default()
}

/// The snapshot from the kept sums is that of the deals' histories, without and with definitions.
fn check_snapshot(funnel: &Snapshot, until: Timestamp, known: Timestamp) {
    let (symbols, identity) = (funnel.symbols().unwrap(), funnel.identity(as_of(until, known)).unwrap());
    let sums = funnel.sums(as_of(until, known)).unwrap();
    let published = funnel.definitions(as_of(until, known), "pipeline").unwrap();
    let own = |body: &str| DefinitionRow {
        kind: "pipeline".into(),
        code: "default".into(),
        version: 9,
        effective_from: Timestamp::MIN,
        occurred_at: Timestamp::MIN,
        position: Position(1),
        body: body.into(),
    };
    let some = own(r#"{"stages": [{"code": "talks"}, {"code": "lead", "probability": 0.35}]}"#);
    let all =
        own(r#"{"stages": [{"code": "offer", "probability": 0.1}, {"code": "lead"}, {"code": "talks"}]}"#);
    for definitions in [Vec::new(), published, vec![some], vec![all]] {
        let request =
            FunnelRequest { measures: vec![FunnelMeasure::Snapshot.into()], ..FunnelRequest::default() };
        let as_of = as_of(until, known);
        let params = FunnelParams::from_request(&request, as_of).unwrap();
        let builder = |figure: Option<&str>| {
            FunnelBuilder::new(params.clone(), &symbols, &identity, &definitions, figure).unwrap()
        };
        let mut added_up = builder(None);
        added_up.sums(&sums);
        let added_up = added_up.finish().unwrap();
        let one_by_one = |figure: Option<&str>| {
            let mut builder = builder(figure);
            funnel.deal_histories(as_of, None, &mut |history| builder.deal(history)).unwrap();
            builder.finish().unwrap()
        };
        assert_eq!(added_up, one_by_one(None), "{until:?} {known:?}");
        let rows = added_up.response.pipelines.iter().flat_map(|pipeline| &pipeline.snapshot);
        for figure in rows.filter_map(|row| row.deals.as_ref()) {
            assert_eq!(one_by_one(Some(&figure.figure)).objects.len() as u64, figure.count);
        }
    }
}

/// The moments at which something in the deals begins or ends, on the occurred and on the recorded clock, and the
/// microseconds before and after.
fn borders(log: &Log, draws: &[(u8, u8)]) -> Vec<(Timestamp, Timestamp)> {
    let clock = |of: fn(&RecordedEvent) -> Option<prost_types::Timestamp>| -> Vec<i64> {
        let at = |event| of(event).and_then(|at| rapport_proto::time::from_proto(&at)).unwrap().as_micros();
        log.events.iter().flat_map(|event| [at(event) - 1, at(event), at(event) + 1]).collect()
    };
    let (occurred, recorded) = (clock(|event| event.occurred_at), clock(|event| event.recorded_at));
    let one = |of: &[i64], draw: u8| Timestamp::from_micros(of[usize::from(draw) * of.len() / 256]);
    draws.iter().map(|(t, k)| (one(&occurred, *t), one(&recorded, *k))).collect()
}

fn check_satisfaction(store: &Store, log: &Log, until: Timestamp, known: Timestamp) {
    let satisfaction = store.rows(View::Satisfaction).unwrap();
    let answers = satisfaction.answers(as_of(until, known), None).unwrap();
    let mut expected: Vec<_> = brute_force::happened_at(log, until, known)
        .into_iter()
        .filter_map(|event| match event.kind {
            Kind::SurveyAnswered(answered) => {
                Some((event.index as u64 + 1, answered.value(), event.occurred_at))
            }
            _ => None,
        })
        .collect();
    expected.sort_by_key(|row| row.0);
    let found: Vec<_> = answers.iter().map(|row| (row.position.0, row.value, row.occurred_at)).collect();
    assert_eq!(found, expected);
    let sents: Vec<u64> =
        satisfaction.sents(as_of(until, known), None).unwrap().iter().map(|row| row.position.0).collect();
    assert_eq!(sents, positions(log, until, known, |kind| matches!(kind, Kind::SurveySent(_))));

    let parties: Vec<String> = (0..PARTIES).map(party).collect();
    let identity = satisfaction.identity(as_of(until, known)).unwrap();
    for (name, stands_for) in brute_force::canonical(log, until, known, &parties) {
        let Some(id) = satisfaction.party(&name).unwrap() else { continue };
        assert_eq!(satisfaction.party_name(identity.canonical(id)).unwrap(), stands_for);
    }
}

fn positions(log: &Log, until: Timestamp, known: Timestamp, wanted: impl Fn(&Kind) -> bool) -> Vec<u64> {
    let happened = brute_force::happened_at(log, until, known);
    let mut positions: Vec<u64> =
        happened.iter().filter(|event| wanted(&event.kind)).map(|event| event.index as u64 + 1).collect();
    positions.sort_unstable();
    positions
}

/// All pages of one customer's timeline.
fn check_timeline(
    store: &Store,
    log: &Log,
    until: Timestamp,
    known: Timestamp,
    customer: &str,
    filtered: bool,
) {
    let parties: Vec<String> = (0..PARTIES).map(party).collect();
    let stands = brute_force::canonical(log, until, known, &parties);
    let mine = |index: usize| stands.get(&log.events[index].customer) == stands.get(customer);
    let all: Vec<_> =
        brute_force::all_at(log, until, known).into_iter().filter(|event| mine(event.index)).collect();
    let filter = |event: &&brute_force::Believed| !filtered || log.events[event.index].channel == "phone";
    let happened: Vec<_> = all.iter().filter(|event| !event.retracted).collect();
    let wanted: Vec<_> = happened.iter().copied().filter(filter).rev().collect();

    let timeline = store.rows(View::Timeline).unwrap();
    let mut request = TimelineRequest { customer: customer.to_owned(), page_size: 3, ..Default::default() };
    if filtered {
        request.channels = vec!["phone".to_owned()];
    }
    let mut found = Vec::new();
    loop {
        let page = match ask(&timeline, &request, until, known, log) {
            Err(ReadError::UnknownCustomer) => {
                // Corrections have no entries of their own.
                let of_customer = |event: &&RecordedEvent| event.customer == customer;
                let adjusts = |event: &RecordedEvent| event.r#type.starts_with("event.");
                assert!(log.events.iter().filter(of_customer).all(adjusts));
                return;
            }
            other => other.unwrap(),
        };
        assert_eq!(page.total, wanted.len() as u64);
        assert_eq!(page.left_out_by_filter, (happened.len() - wanted.len()) as u64);
        assert_eq!(page.left_out_by_page, page.total - page.entries.len() as u64);
        assert_eq!(page.retracted, (all.len() - happened.len()) as u64);
        assert_eq!(page.party.unwrap().id, stands[customer]);
        found.extend(page.entries);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(found.len(), wanted.len());
    for (entry, expected) in found.iter().zip(wanted) {
        assert_eq!(entry.position, expected.index as u64 + 1);
        assert_eq!(entry.occurred_at, Some(rapport_proto::time::to_proto(expected.occurred_at)));
        assert_eq!(entry.payload.as_ref().unwrap().kind.as_ref(), Some(&expected.kind));
        assert!(!entry.summary.is_empty());
    }
}

#[test]
fn stages_come_in_the_same_order_from_the_sums_when_an_opening_is_later_than_what_it_comes_before() {
    let mut log = Log::default();
    log.add("c", 10, 10, terms("D", None));
    log.add("c", 10, 11, opened("E", "offer", None));
    log.add("c", 15, 15, opened("D", "lead", None));
    let dir = tempfile::tempdir().unwrap();
    check_funnel(&log.project(dir.path()), &log, NOW, NOW);
}

#[test]
fn an_event_that_a_correction_moves_is_of_the_other_object_from_then_on() {
    let mut log = Log::default();
    let add = |log: &mut Log, customer: &str, second: i64, kind: Kind| {
        let tags = tags_of_ids(&kind);
        let id = log.add(customer, second, second, kind);
        log.last().tags = tags;
        id
    };
    add(&mut log, "ann", 1, opened("41", "lead", None));
    let moved_there = add(&mut log, "ben", 2, terms("41", None));
    log.last().tags.push("campaign:spring".to_owned());
    let correcting = add(&mut log, "ann", 3, correction(&moved_there, Some(terms("42", None)), None));
    // The correction is corrected: it was deal 43.
    add(&mut log, "ann", 4, correction(&correcting, Some(terms("43", None)), None));
    add(&mut log, "ann", 5, merged("ann", "ben"));
    let retracted = add(&mut log, "ann", 6, opened("43", "lead", None));
    add(&mut log, "ann", 7, retraction(&retracted));
    let dir = tempfile::tempdir().unwrap();
    let rows = log.project(dir.path()).rows(View::Timeline).unwrap();
    let found = |object: &str, known: i64| {
        let pages = objects::pages(&rows, &log, objects::request(object, false), (NOW, at(known)));
        let page = &pages[0];
        let positions: Vec<_> = page.entries.iter().map(|entry| entry.position).collect();
        (positions, page.customers.join(" "), page.retracted)
    };
    let [ann, both] = ["ann".to_owned(), "ann ben".to_owned()];
    assert_eq!(found("deal:41", 2), (vec![2, 1], both, 0));
    assert_eq!(found("deal:41", 3), (vec![1], ann.clone(), 0));
    assert_eq!(found("deal:42", 2), (vec![], String::new(), 0));
    assert_eq!(found("deal:42", 3), (vec![2], "ben".to_owned(), 0));
    assert_eq!(found("deal:42", 4), (vec![], String::new(), 0));
    assert_eq!(found("deal:43", 4), (vec![2], "ben".to_owned(), 0));
    assert_eq!(found("deal:43", 5), (vec![2], ann.clone(), 0), "ben is read as ann");
    assert_eq!(found("deal:43", 6), (vec![6, 2], ann.clone(), 0));
    assert_eq!(found("deal:43", 7), (vec![2], ann.clone(), 1));
    // A tag that is none of the content's ids stays.
    assert_eq!(found("campaign:spring", 9), (vec![2], ann, 0));
    let unknown = objects::pages(&rows, &log, objects::request("deal:44", false), (NOW, NOW));
    assert_eq!(unknown, []);
}

#[test]
fn of_an_object_with_thousands_of_customers_the_first_are_named_and_the_others_counted() {
    let mut log = Log::default();
    for number in 0..1_207 {
        log.add(&format!("c{number:04}"), number, number, note("n"));
        log.last().tags = vec!["campaign:spring".to_owned()];
    }
    let dir = tempfile::tempdir().unwrap();
    let rows = log.project(dir.path()).rows(View::Timeline).unwrap();
    let answer = ask(&rows, &objects::request("campaign:spring", false), NOW, NOW, &log).unwrap();
    assert_eq!((answer.total, answer.customers.len(), answer.customers_left_out), (1_207, 1_000, 207));
    assert_eq!(answer.customers[999], "c0999");
}

#[test]
fn random_histories_move_events_between_objects() {
    let log = log(&steps(600).new_tree(&mut TestRunner::deterministic()).unwrap().current());
    let dir = tempfile::tempdir().unwrap();
    let rows = log.project(dir.path()).rows(View::Timeline).unwrap();
    let moved: usize = objects::objects(&log)
        .iter()
        .map(|object| objects::check_object(&rows, &log, (NOW, NOW), object, false))
        .sum();
    assert!(moved > 5, "{moved}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn answers_at_any_moment_are_the_fold_of_what_was_known_then(
        steps in steps(1..100),
        sizes in proptest::collection::vec(1_usize..40, 1..4),
        moments in proptest::collection::vec((0_i64..42, 0.0..1.1_f64), 6),
        on_borders in proptest::collection::vec((any::<u8>(), any::<u8>()), 6),
        blocks in (1_usize..6, 1_usize..6),
        filtered in any::<bool>(),
    ) {
        let log = log(&steps);
        let dir = tempfile::tempdir().unwrap();
        let store = small_blocks(dir.path(), blocks.0 * blocks.1, blocks.1);
        apply_in_batches(&store, &log, &sizes);
        prop_assert!(store.rows(View::Funnel).unwrap().sums_are_right().unwrap());
        for (until, known) in borders(&log, &on_borders) {
            check_funnel(&store, &log, until, known);
        }
        let mut moments: Vec<_> = moments
            .iter()
            .map(|(until, known)| (at(*until), at((recorded_end(&log) as f64 * known) as i64)))
            .collect();
        moments.extend([(NOW, NOW), (at(20), NOW)]);
        for (index, (until, known)) in moments.into_iter().enumerate() {
            check_funnel(&store, &log, until, known);
            check_satisfaction(&store, &log, until, known);
            check_timeline(&store, &log, until, known, &party(index as u8), filtered);
            let timeline = store.rows(View::Timeline).unwrap();
            // Each object at some of the moments.
            for object in objects::objects(&log).into_iter().skip(index % 3).step_by(3) {
                objects::check_object(&timeline, &log, (until, known), &object, filtered);
            }
        }
    }

    #[test]
    fn rows_do_not_depend_on_how_the_log_was_cut_into_batches(
        steps in steps(1..100),
        sizes in proptest::collection::vec(1_usize..40, 1..4),
    ) {
        let log = log(&steps);
        let (cut, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        apply_in_batches(&Store::open(cut.path()).unwrap(), &log, &sizes);
        let store = log.project(whole.path());
        let (cut, whole_dump) = (dump(cut.path()), dump(whole.path()));
        let rebuild = store.rebuild(&View::ALL).unwrap();
        rebuild.catch_up(chunks(&log.events, sizes[0]), &log).unwrap();
        prop_assert!(rebuild.finish().unwrap().is_none());
        prop_assert_eq!(dump(whole.path()), whole_dump.clone(), "a rebuilt store is another");
        let whole = whole_dump;
        let differing = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter().filter(|line| !other.contains(line)).cloned().collect()
        };
        prop_assert_eq!(differing(&cut, &whole), differing(&whole, &cut));
    }
}
