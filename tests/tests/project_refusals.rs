//! Projectors whose database refuses something: an event is set aside and named, a view that fails keeps no other one
//! back, views that are ahead of their ledger say so; and nothing of an event is in the log or on a page.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod projecting;

use std::{fmt::Write as _, fs, path::Path};

use postgres::{Client, NoTls};
use projecting::{Story, append, positions, set_aside, wait_for, wait_for_page, wait_for_positions};
use rapport_tests::{Ledger, Projector, get, shared_broker, shared_database};

/// A text that may be in the rows and nowhere else.
const SECRET: &str = "hunter2";

fn is_ready(status: u16, page: &str) -> bool {
    (status, page) == (200, "ok\n")
}

fn deals(numbers: std::ops::Range<u64>) -> String {
    let mut lines = String::new();
    for number in numbers {
        let opened = format!(r#"{{"dealOpened":{{"dealId":"{SECRET}-{number}","stage":"new"}}}}"#);
        writeln!(lines, r#"{{"stream":"deal-{number}","customer":"{SECRET}","payload":{opened}}}"#).unwrap();
    }
    lines
}

/// Makes the funnel refuse deals whose ids end so.
fn refuse(client: &mut Client, ending: &str, code: &str) {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF NEW.deal LIKE '%{ending}' THEN
             RAISE NOTICE 'look at %', NEW.deal;
             RAISE EXCEPTION 'deal % is wrong', NEW.deal USING ERRCODE = '{code}', DETAIL = NEW.customer;
           END IF;
           RETURN NEW;
         END $$;
         DROP TRIGGER IF EXISTS refuse ON rapport_funnel.deal_fact;
         CREATE TRIGGER refuse BEFORE INSERT ON rapport_funnel.deal_fact FOR EACH ROW EXECUTE FUNCTION refuse()"
    );
    client.batch_execute(&sql).unwrap();
}

/// All that a projector says of itself.
fn said(projector: &Projector, log: &Path) -> String {
    let pages = ["/metrics", "/readyz"].map(|path| get(&projector.http, path, None).unwrap().1);
    let status =
        ["table", "json", "csv"].map(|output| projector.run(["status", "--output", output]).unwrap());
    [pages.concat(), status.concat(), fs::read_to_string(log).unwrap()].concat()
}

#[test]
fn an_event_that_a_database_refuses_is_set_aside_and_named_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let broker = shared_broker().unwrap();
    let flags = ["--kafka", broker.bootstrap(), "--kafka-topic", "refusals", "--kafka-partitions", "4"];
    let ledger = Ledger::start_with(&folder.path().join("data"), flags).unwrap();
    append(&ledger, folder.path(), &deals(0..10));
    // Of a ledger, and of the partitions of a topic.
    let topic = format!("kafka://{}/refusals", broker.bootstrap());
    for (name, from) in [("of_ledger", ledger.url.replace("http://", "grpc://")), ("of_topic", topic)] {
        let views = shared_database().unwrap().create(name).unwrap();
        let log = folder.path().join(name);
        // At this level the driver tells the values of rows.
        let projector = Projector::start_with_log(&from, &views, &[], "debug", &log).unwrap();
        wait_for(&projector, &ledger);
        refuse(&mut Client::connect(&views, NoTls).unwrap(), "7", "P0001");
        let head: u64 = projecting::head(&ledger)["position"].as_str().unwrap().parse().unwrap();
        append(&ledger, folder.path(), &deals(head..head + 10));
        wait_for(&projector, &ledger);
        wait_for_page(&projector, "/readyz", is_ready);
        assert_eq!(set_aside(&projector), [0, 1, 0, 0, 0]);
        let refused = head + 8;
        let expected = format!("funnel set position {refused} aside: the store refuses it: SQLSTATE P0001");
        let metric = format!("rapport_view_set_aside_position{{view=\"funnel\"}} {refused}");
        wait_for_page(&projector, "/metrics", |_, page| page.contains(&metric));
        let said = said(&projector, &log);
        assert!(said.contains(&expected), "{said}");
        let logged = said.lines().filter(|line| line.contains("an event is set aside")).count();
        assert_eq!(logged, 1, "{said}");
        let leaks: Vec<_> = said.lines().filter(|line| line.contains(SECRET)).collect();
        assert_eq!(leaks, [""; 0]);
    }
}

#[test]
fn a_view_that_fails_keeps_no_other_back_and_is_not_ready_however_little_it_is_behind() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    append(&ledger, folder.path(), &deals(0..10));
    let views = shared_database().unwrap().create("one_fails").unwrap();
    let (from, log) = (ledger.url.replace("http://", "grpc://"), folder.path().join("log"));
    let projector = Projector::start_with_log(&from, &views, &[], "info", &log).unwrap();
    wait_for(&projector, &ledger);
    let mut client = Client::connect(&views, NoTls).unwrap();
    // Its disk is full: no fault of an event.
    refuse(&mut client, "", "53100");
    append(&ledger, folder.path(), &deals(10..13));
    wait_for_page(&projector, "/readyz", |status, page| {
        status == 503 && page.contains("view `funnel` does not advance") && page.contains("53100")
    });
    append(&ledger, folder.path(), &deals(13..16));
    wait_for_positions(&projector, |views| views == [16, 10, 16, 16, 16]);
    assert_eq!(set_aside(&projector), [0; 5]);
    let status = projector.run(["status"]).unwrap();
    assert!(status.contains("funnel does not advance") && !status.contains("timeline does not"), "{status}");
    client.batch_execute("DROP TRIGGER refuse ON rapport_funnel.deal_fact").unwrap();
    wait_for(&projector, &ledger);
    wait_for_page(&projector, "/readyz", is_ready);
    let log = fs::read_to_string(&log).unwrap();
    // Every line is one record, and each state has one.
    assert!(log.lines().all(|line| line.contains(" INFO ") || line.contains(" WARN ")), "{log}");
    assert_eq!(log.lines().filter(|line| line.contains("cannot be brought up to date")).count(), 1, "{log}");
    assert_eq!(log.lines().filter(|line| line.contains("brought up to date again")).count(), 1, "{log}");
}

#[test]
fn views_that_have_more_than_their_ledger_are_never_ready_and_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let ledger = Ledger::start(&data).unwrap();
    let mut story = Story::new("set_back");
    append(&ledger, folder.path(), &story.lines(50));
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    let backup = folder.path().join("backup");
    rapport_tests::run_ok(std::process::Command::new("cp").arg("-r").args([&data, &backup])).unwrap();
    let ledger = Ledger::start(&data).unwrap();
    append(&ledger, folder.path(), &story.lines(30));
    let database = shared_database().unwrap().create("set_back").unwrap();
    let files = format!("sqlite:{}", folder.path().join("views").display());
    for views in [&database, &files] {
        let projector = Projector::start(&ledger.url.replace("http://", "grpc://"), views, &[]).unwrap();
        wait_for(&projector, &ledger);
    }
    drop(ledger);

    let restored = Ledger::start(&backup).unwrap();
    let from = restored.url.replace("http://", "grpc://");
    let projectors = [&database, &files].map(|views| Projector::start(&from, views, &[]).unwrap());
    for projector in &projectors {
        wait_for_page(projector, "/readyz", |status, page| {
            assert_eq!(status, 503, "never ready: {page}");
            page.contains("position `80`") && page.contains("ends at `50`") && page.contains("drop")
        });
        wait_for_page(projector, "/metrics", |_, page| {
            let of_views = |name: &str| {
                let name = format!("rapport_view_{name}{{");
                let lines = page.lines().filter(move |line| line.starts_with(&name));
                lines.map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap()).collect::<Vec<f64>>()
            };
            assert_eq!(of_views("lag_events"), [-30.0; 5]);
            of_views("lag_seconds").len() == 5 && of_views("lag_seconds").iter().all(|lag| *lag > 1.0)
        });
        let status = projector.run(["status"]).unwrap();
        assert!(status.contains("it was set back"), "{status}");
    }
    // The ledger has heard of it from them.
    let lines = Story::new("otherwise").lines(60);
    let file = folder.path().join("otherwise.jsonl");
    fs::write(&file, &lines).unwrap();
    let refusal = restored.run([Path::new("append"), &file]).unwrap_err().to_string();
    assert!(
        refusal.contains("a projector or publisher has it up to position `80`; appends are refused"),
        "{refusal}"
    );
    drop(projectors);
    drop(restored);

    // It goes on, and is as long as it was and longer: other events are in the places of those that were lost.
    let restored = Ledger::start_with(&backup, ["--accept-set-back"]).unwrap();
    let from = restored.url.replace("http://", "grpc://");
    append(&restored, folder.path(), &lines);
    for projector in [&database, &files].map(|views| Projector::start(&from, views, &[]).unwrap()) {
        wait_for_page(&projector, "/readyz", |status, page| {
            status == 503 && page.contains("position `80` is not the one that the views have")
        });
        assert_eq!(positions(&projector.url).unwrap(), [80; 5]);
    }
}
