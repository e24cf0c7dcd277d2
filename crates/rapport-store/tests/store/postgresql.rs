//! The store in PostgreSQL against a server of its own: projectors that lose their place, events that cannot be read,
//! rebuilds under readers and writers, a server that goes away, and what people query.

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

use crate::support::{
    Log, NOW, as_of, ask, at, encoded,
    kinds::*,
    postgresql::{Delivery, Server, apply, partitions, rows},
};
use postgres::{Client, error::SqlState};
use prost::Message;
use rapport_model::{ErrorClass, Position};
use rapport_store::{
    Applied, EncodedEvent, PartitionBatch, ReadModels, Rows, StoreError, View,
    postgres::{PostgresOptions, PostgresStore, READER_ROLE},
};

fn batch(events: &[EncodedEvent], from_offset: i64) -> PartitionBatch {
    let next_offset = from_offset + i64::try_from(events.len()).unwrap();
    PartitionBatch { partition: 0, epoch: "one".into(), from_offset, next_offset, events: events.to_vec() }
}

fn deals(log: &mut Log, count: i64) {
    for number in 0..count {
        let deal = format!("D{number}");
        log.add(&format!("c{}", number % 3), number, number, opened(&deal, "lead", eur(1_250)));
        log.add(&format!("c{}", number % 3), number + 1, number, moved(&deal, "offer"));
    }
}

fn count(rows: &dyn Rows) -> usize {
    let mut deals = 0;
    rows.deal_histories(as_of(NOW, NOW), None, &mut |_| deals += 1).unwrap();
    deals
}

#[test]
fn a_projector_that_is_not_at_the_checkpoint_changes_nothing() {
    let Some(server) = Server::start() else { return };
    let store = server.store("fence");
    let mut log = Log::default();
    deals(&mut log, 5);
    let events = encoded(&log.events);
    let (first, rest) = events.split_at(4);
    assert_eq!(store.apply(View::Funnel, &[batch(first, 0)]).unwrap(), Applied::Done);
    let before = rows(&mut server.client(), &store.schema(View::Funnel));
    let checkpoints = store.checkpoints(View::Funnel).unwrap();
    assert_eq!((checkpoints[0].next_offset, checkpoints[0].position), (4, Position(4)));
    for from_offset in [0, 3, 5] {
        let stale = store.apply(View::Funnel, &[batch(rest, from_offset)]).unwrap();
        assert_eq!(stale, Applied::Stale { checkpoints: checkpoints.clone() });
    }
    let of_another_topic = PartitionBatch { epoch: "two".into(), ..batch(rest, 4) };
    let stale = store.apply(View::Funnel, &[of_another_topic]).unwrap();
    assert_eq!(stale, Applied::Stale { checkpoints });
    assert_eq!(rows(&mut server.client(), &store.schema(View::Funnel)), before);
    assert_eq!(store.apply(View::Funnel, &[batch(rest, 4)]).unwrap(), Applied::Done);
    assert_eq!(count(&*store.rows(View::Funnel).unwrap()), 5);

    let position = |store: &PostgresStore| ReadModels::position(store, View::Funnel).unwrap();
    assert_eq!(position(&store), Position(0));
    for (said, is) in [(7, 7), (5, 7), (10, 10)] {
        store.complete(View::Funnel, Position(said)).unwrap();
        assert_eq!(position(&store), Position(is), "it never goes back");
    }
}

#[test]
fn what_cannot_be_read_is_set_aside_and_what_has_no_target_waits() {
    let Some(server) = Server::start() else { return };
    let store = server.store("aside");
    let mut log = Log::default();
    let note_id = log.add("c", 1, 1, note("one"));
    log.add("c", 2, 2, retraction("01890a5d-ac96-774b-bcce-b302099a8057"));
    log.add("c", 3, 3, retraction("no id"));
    log.add("c", 4, 4, correction(&note_id, Some(note("two")), None));
    let mut events = encoded(&log.events);
    events.push(EncodedEvent::new(Position(5), vec![0xff, 0xff].into()).at_offset(4));
    events.push(EncodedEvent::new(Position(6), log.events[0].encode_to_vec().into()).at_offset(5));
    for view in View::ALL {
        assert_eq!(store.apply(view, &[batch(&events, 0)]).unwrap(), Applied::Done);
    }
    let state = |view| ReadModels::state(&store, view).unwrap();
    assert_eq!((state(View::Timeline).set_aside, state(View::Timeline).waiting), (3, 1));
    // The funnel reads no notes: what corrects them waits for ever.
    assert_eq!((state(View::Funnel).set_aside, state(View::Funnel).waiting), (2, 2));
    let request = rapport_proto::v1::TimelineRequest { customer: "c".into(), ..Default::default() };
    let answer = ask(&*store.rows(View::Timeline).unwrap(), &request, NOW, NOW, &log).unwrap();
    assert_eq!(answer.entries[0].summary, "note: two");
    assert_eq!(answer.entries.len(), 1);
}

#[test]
fn a_rebuild_takes_the_place_of_a_view_under_readers_and_writers() {
    let Some(server) = Server::start() else { return };
    let store = server.store("swap");
    let mut log = Log::default();
    deals(&mut log, 20);
    let partitions = partitions(&log, 2);
    let mut delivery = Delivery::new("one", &partitions);
    let mut first: Vec<_> = (0..2).map(|partition| delivery.batch(partition, 9).unwrap()).collect();
    apply(&store, &first, 1, &log);
    let snapshot = store.rows(View::Funnel).unwrap();
    let seen = count(&*snapshot);
    drop(snapshot);

    let rebuild = store.rebuild(&[View::Funnel]).unwrap();
    assert!(matches!(store.rebuild(&View::ALL), Err(StoreError::Rebuilding { .. })));
    assert!(ReadModels::state(&store, View::Funnel).unwrap().rebuilding);
    first.truncate(1);
    assert_eq!(rebuild.apply(View::Funnel, &first).unwrap(), Applied::Done);
    let Some(rebuild) = rebuild.finish().unwrap() else { panic!("it is behind the live view") };
    let second = Delivery::new("one", &partitions).all(&[(1, 9)]);
    let second: Vec<_> = second.into_iter().filter(|batch| batch.partition == 1).take(1).collect();
    assert_eq!(rebuild.apply(View::Funnel, &second).unwrap(), Applied::Done);
    rebuild.complete(View::Funnel, Position(log.events.len() as u64)).unwrap();
    let before = rows(&mut server.client(), &store.schema(View::Funnel));
    assert!(rebuild.finish().unwrap().is_none());
    assert!(!ReadModels::state(&store, View::Funnel).unwrap().rebuilding);
    assert_eq!(rows(&mut server.client(), &store.schema(View::Funnel)), before);
    assert_eq!(count(&*store.rows(View::Funnel).unwrap()), seen);

    // The same writer goes on, with statements that were prepared before.
    let rest: Vec<_> = (0..2).map(|partition| delivery.batch(partition, 99).unwrap()).collect();
    for view in View::ALL {
        assert_eq!(store.apply(view, &rest).unwrap(), Applied::Done);
    }
    assert_eq!(count(&*store.rows(View::Funnel).unwrap()), 20);
}

#[test]
fn a_server_that_goes_away_is_unavailable_and_used_again_when_it_is_back() {
    let Some(mut server) = Server::start() else { return };
    let store = server.store("outage");
    let mut log = Log::default();
    deals(&mut log, 4);
    let events = encoded(&log.events);
    assert_eq!(store.apply(View::Funnel, &[batch(&events[..4], 0)]).unwrap(), Applied::Done);
    assert_eq!(count(&*store.rows(View::Funnel).unwrap()), 2);
    for view in View::ALL {
        store.checkpoints(view).unwrap();
    }
    server.stop();
    for _ in 0..2 {
        let error = store.apply(View::Funnel, &[batch(&events[4..], 4)]).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unavailable, "{error:?}");
        assert_eq!(store.rows(View::Funnel).err().unwrap().class(), ErrorClass::Unavailable);
    }
    server.run();
    // Those that were not asked meanwhile do not have to fail first.
    let [_, checkpoints, ..] = View::ALL.map(|view| store.checkpoints(view).unwrap());
    let from = checkpoints.first().map_or(0, |checkpoint| checkpoint.next_offset);
    let left = &events[usize::try_from(from).unwrap()..];
    assert_eq!(store.apply(View::Funnel, &[batch(left, from)]).unwrap(), Applied::Done);
    assert_eq!(count(&*store.rows(View::Funnel).unwrap()), 4);
}

fn texts(client: &mut Client, sql: &str) -> Vec<String> {
    client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect()
}

#[test]
fn people_find_what_holds_now_and_what_held_then() {
    let Some(server) = Server::start() else { return };
    let store = server.store("people");
    let mut log = Log::default();
    log.add("a", 1, 1, opened("D1", "lead", eur(1_250)));
    log.add("b", 2, 2, opened("D2", "lead", eur(50)));
    log.add("a", 3, 3, moved("D1", "offer"));
    log.add("a", 4, 9, won("D1", None));
    log.add("", 5, 5, merged("a", "b"));
    log.add("b", 6, 6, nps(10.0, "Q1"));
    log.add("a", 7, 7, nps(3.0, "Q1"));
    log.add("b", 3, 8, ordered("O1", "tea", eur(250)));
    let partitions = partitions(&log, 3);
    apply(&store, &Delivery::new("one", &partitions).all(&[(0, 1), (2, 2)]), 1, &log);
    let mut client = server.client();
    let now = "SELECT format('%s %s %s %s %s %s', deal, customer, stage, status, amount, currency)
               FROM people_funnel.deals_now ORDER BY deal";
    assert_eq!(texts(&mut client, now), ["D1 a offer won 12.50 EUR", "D2 a lead open 0.50 EUR"]);
    let then = |known: i64| {
        let moment = |seconds| format!("to_timestamp({})", at(seconds).as_micros() / 1_000_000);
        format!(
            "SELECT format('%s %s %s %s', deal, customer, stage, status)
             FROM people_funnel.deals_as_of({}, {}) ORDER BY deal",
            moment(4),
            moment(known)
        )
    };
    assert_eq!(texts(&mut client, &then(4)), ["D1 a offer open", "D2 b lead open"]);
    assert_eq!(texts(&mut client, &then(9)), ["D1 a offer won", "D2 b lead open"]);
    let funnel = "SELECT format('%s %s %s %s %s', pipeline, stage, currency, deals, amount)
                  FROM people_funnel.funnel_now";
    assert_eq!(texts(&mut client, funnel), ["default lead EUR 1 0.50"]);
    let nps = "SELECT format('%s %s %s %s', month, answers, promoters, round(nps)) FROM people_satisfaction.nps_now";
    assert_eq!(texts(&mut client, nps), ["2020-09-01 1 0 -100"]);
    let entries = "SELECT DISTINCT customer FROM people_timeline.timeline_now";
    // What names no customer is the company's own.
    assert_eq!(texts(&mut client, entries), ["", "a"]);
    let lines = |of: &str| {
        format!(
            "SELECT format('%s %s %s %s %s %s %s', customer, order_id, product, net, net_minor_units, currency, recorded_under)
             FROM people_facts.purchase_lines_{of}"
        )
    };
    assert_eq!(texts(&mut client, &lines("now")), ["a O1 tea 2.50 250 EUR b"]);
    let then = |known: i64| {
        let moment = |seconds| format!("to_timestamp({})", at(seconds).as_micros() / 1_000_000);
        lines(&format!("as_of({}, {})", moment(4), moment(known)))
    };
    assert_eq!(texts(&mut client, &then(7)), [""; 0]);
    assert_eq!(texts(&mut client, &then(8)), ["b O1 tea 2.50 250 EUR b"], "they were merged later");

    client.batch_execute(&format!("SET ROLE {READER_ROLE}")).unwrap();
    assert_eq!(texts(&mut client, now).len(), 2);
    assert_eq!(texts(&mut client, entries), ["", "a"]);
    assert!(client.query("SELECT bytes FROM people_timeline.event", &[]).is_err(), "it holds personal data");
    assert!(client.query("SELECT tags FROM people_timeline.event", &[]).is_err(), "clients write them");
    for table in ["known_as", "known_word", "event", "known_id", "contact", "meta"] {
        let refused = client.query(&format!("SELECT FROM people_directory.{table}"), &[]).unwrap_err();
        assert_eq!(refused.code().map(SqlState::code), Some("42501"), "{table}");
    }
    let tables = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE n.nspname LIKE 'people\\_%' AND c.relkind IN ('r', 'v')
                    AND obj_description(c.oid) IS NULL";
    assert_eq!(texts(&mut client, tables), [""; 0], "every table says what it is");
    let of_objects = View::ALL.into_iter().flat_map(View::objects).flat_map(|one| [one.facts, one.states]);
    let declared = View::ALL.into_iter().flat_map(View::tables).chain(of_objects);
    let declared: Vec<String> = declared.map(|table| format!("'{}'", table.name)).collect();
    let columns = format!(
        "SELECT format('%s.%s', c.relname, a.attname) FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE n.nspname LIKE 'people\\_%' AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL
           AND (c.relkind = 'v' OR c.relkind = 'r' AND c.relname IN ({}))",
        declared.join(", ")
    );
    assert_eq!(texts(&mut client, &columns), [""; 0], "what people meet says what it is");
}

#[test]
fn several_processes_may_open_at_once_and_readers_need_what_is_there() {
    let Some(server) = Server::start() else { return };
    let options = server.options("many");
    let missing = PostgresStore::open_to_read(&options).err().unwrap();
    assert!(matches!(missing, StoreError::NoSchema { .. }), "{missing}");
    std::thread::scope(|scope| {
        let opening: Vec<_> =
            (0..4).map(|_| scope.spawn(|| PostgresStore::open(&options).map(drop))).collect();
        for opened in opening {
            opened.join().unwrap().unwrap();
        }
    });
    let store = PostgresStore::open_to_read(&options).unwrap();
    assert_eq!(store.rows(View::Funnel).unwrap().position(), Position(0));
    server.client().batch_execute("UPDATE many_funnel.meta SET value = 99 WHERE name = 'format'").unwrap();
    let newer = PostgresStore::open(&options).err().unwrap();
    assert!(matches!(newer, StoreError::Newer { found: 99, .. }), "{newer}");
}

#[test]
fn two_projectors_that_meet_on_the_same_deals_lose_nothing() {
    let Some(server) = Server::start() else { return };
    let mut log = Log::default();
    for number in 0..240_i64 {
        // Customers of all partitions work on the same deals, and correct each other.
        let customer = format!("c{}", number % 4);
        let deal = format!("D{}", number % 5);
        let target = (number >= 8 && number % 6 == 0).then(|| log.events[number as usize - 5].id.clone());
        match target {
            Some(target) => log.add(&customer, number, number, retraction(&target)),
            None => {
                log.add(&customer, number % 50, number, moved(&deal, ["lead", "offer"][number as usize % 2]))
            }
        };
    }
    let partitions = partitions(&log, 4);
    let alone = server.store("alone");
    apply(&alone, &Delivery::new("one", &partitions).all(&[(0, 500)]), 1, &log);
    let expected = rows(&mut server.client(), &alone.schema(View::Funnel));
    drop(server.store("together"));
    std::thread::scope(|scope| {
        for partition in 0..partitions.len() {
            let (server, partitions) = (&server, &partitions);
            scope.spawn(move || {
                let store = PostgresStore::open(&server.options("together")).unwrap();
                let mut delivery = Delivery::new("one", partitions);
                while let Some(batch) = delivery.batch(partition, 7) {
                    assert_eq!(store.apply(View::Funnel, &[batch]).unwrap(), Applied::Done);
                }
            });
        }
    });
    assert_eq!(rows(&mut server.client(), "together_funnel"), expected);
}

#[test]
fn the_way_there_is_encrypted_and_the_server_is_checked_when_asked_for() {
    let Some(mut server) = Server::start() else { return };
    let trusted = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    let port = server.run_with_tls(&trusted.cert.pem(), &trusted.signing_key.serialize_pem());
    let dir = tempfile::tempdir().unwrap();
    let roots = |name: &str, pem: String| {
        let path = dir.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.display().to_string()
    };
    let (trusted, other) = (roots("trusted", trusted.cert.pem()), roots("other", other.cert.pem()));
    let open = |query: &str| {
        let url = format!("postgres://postgres:secret@127.0.0.1:{port}/postgres?{query}");
        PostgresStore::open(&PostgresOptions::new(url))
    };
    let encrypted = |client: &mut Client| -> bool {
        let sql = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                   WHERE application_name = 'rapport'";
        client.query_one(sql, &[]).unwrap().get(0)
    };
    for query in ["sslmode=require".to_owned(), format!("sslmode=verify-full&sslrootcert={trusted}")] {
        let store = open(&query).unwrap();
        let funnel = store.rows(View::Funnel).unwrap();
        assert!(encrypted(&mut server.client()), "{query}");
        drop(funnel);
    }
    for query in [format!("sslmode=verify-full&sslrootcert={other}"), "sslmode=verify-full".to_owned()] {
        let error = open(&query).err().unwrap();
        let mut said = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            said = format!("{said}: {error}");
            cause = error.source();
        }
        assert!(said.contains("certificate") && !said.contains("secret"), "{said}");
    }
}

#[test]
fn two_incarnations_of_a_topic_may_be_applied_side_by_side() {
    let Some(server) = Server::start() else { return };
    let store = server.store("sides");
    let mut log = Log::default();
    deals(&mut log, 12);
    let (old, new) = (partitions(&log, 3), partitions(&log, 2));
    let alone = server.store("one_side");
    apply(&alone, &Delivery::new("one", &old).all(&[(0, 99)]), 1, &log);
    let expected = rows(&mut server.client(), &alone.schema(View::Funnel));
    // The partitions 0 and 1 have gone over to the new topic; 2 still brings events of the old one, which the new one
    // brings as well.
    let one = |epoch: &'static str, of: &[Vec<EncodedEvent>], partition: usize, size: usize| {
        Delivery::new(epoch, of).batch(partition, size).unwrap()
    };
    let first = [one("one", &old, 0, 99), one("one", &old, 1, 99), one("two", &new, 0, 1)];
    for batch in first {
        assert_eq!(store.apply(View::Funnel, &[batch]).unwrap(), Applied::Done);
    }
    assert_eq!(store.apply(View::Funnel, &[one("one", &old, 2, 99)]).unwrap(), Applied::Done);
    let mut rest = Delivery::new("two", &new);
    drop(rest.batch(0, 1));
    for batch in rest.all(&[(0, 99), (1, 99)]) {
        assert_eq!(store.apply(View::Funnel, &[batch]).unwrap(), Applied::Done);
    }
    assert_eq!(rows(&mut server.client(), &store.schema(View::Funnel)), expected);
}

#[test]
fn events_of_another_ledger_or_of_one_that_was_set_back_are_refused() {
    let Some(server) = Server::start() else { return };
    let store = server.store("owner");
    store.belong_to(View::Funnel, "first").unwrap();
    store.belong_to(View::Funnel, "first").unwrap();
    let error = store.belong_to(View::Funnel, "second").unwrap_err().to_string();
    for word in ["`owner_funnel`", "`first`", "`second`"] {
        assert!(error.contains(word), "{error}");
    }
    let rebuild = store.rebuild(&[View::Funnel]).unwrap();
    rebuild.belong_to(View::Funnel, "first").unwrap();
    assert!(rebuild.finish().unwrap().is_none());
    assert!(store.belong_to(View::Funnel, "second").is_err());

    let mut log = Log::default();
    deals(&mut log, 6);
    apply(&store, &Delivery::new("one", &partitions(&log, 1)).all(&[(0, 99)]), 1, &log);
    let schema = store.schema(View::Funnel);
    let before = rows(&mut server.client(), &schema);
    log.events[2].id = "0190b6f0-0000-7000-8000-000000000001".to_owned();
    let other = partitions(&log, 1);
    let mut again = Delivery::new("two", &other);
    assert_eq!(store.apply(View::Funnel, &[again.batch(0, 2).unwrap()]).unwrap(), Applied::Done);
    let error = store.apply(View::Funnel, &[again.batch(0, 99).unwrap()]).unwrap_err();
    let said = format!("{error}: {}", std::error::Error::source(&error).unwrap());
    assert!(said.contains("position `3`") && said.contains("set back"), "{said}");
    assert_eq!(rows(&mut server.client(), &schema), before);
}

#[test]
fn a_rebuild_ends_beside_a_topic_that_had_more_partitions_before_it_was_made_anew() {
    let Some(server) = Server::start() else { return };
    let store = server.store("fewer");
    let mut log = Log::default();
    deals(&mut log, 12);
    let (old, new) = (partitions(&log, 4), partitions(&log, 2));
    apply(&store, &Delivery::new("one", &old).all(&[(0, 99)]), 1, &log);
    apply(&store, &Delivery::new("two", &new).all(&[(0, 99)]), 1, &log);
    let expected = rows(&mut server.client(), &store.schema(View::Funnel));
    let rebuild = store.rebuild(&[View::Funnel]).unwrap();
    let mut delivery = Delivery::new("two", &new);
    let first = delivery.batch(0, 99).unwrap();
    assert_eq!(rebuild.apply(View::Funnel, &[first]).unwrap(), Applied::Done);
    rebuild.complete(View::Funnel, Position(log.events.len() as u64)).unwrap();
    // A partition of the topic that is there has come further.
    let rebuild = rebuild.finish().unwrap().unwrap();
    for batch in delivery.all(&[(1, 99)]) {
        assert_eq!(rebuild.apply(View::Funnel, &[batch]).unwrap(), Applied::Done);
    }
    assert!(rebuild.finish().unwrap().is_none());
    assert_eq!(rows(&mut server.client(), &store.schema(View::Funnel)), expected);
}
