//! Projector services without a database: what they answer from files is what the ledger answers, however the
//! partitions of a topic come, and whatever is killed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod projecting;

use std::process::{Child, Stdio};

use projecting::{
    PATIENCE, Story, append, assert_equal_answers, follow, positions, set_aside, wait_for, wait_for_page,
};
use rapport_tests::{Broker, Ledger, Projector, command, shared_broker};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

const KILLS: u64 = 8;

/// A question under way.
fn ask(projector: &Projector, question: &[&str]) -> Child {
    let mut asking = command(question).unwrap();
    asking
        .env("RAPPORT_SERVER", &projector.url)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a question ends with that is no answer.
fn complaint(question: Child) -> String {
    let asked = question.wait_with_output().unwrap();
    assert!(!asked.status.success());
    String::from_utf8(asked.stderr).unwrap()
}

#[test]
fn a_ledger_is_followed_into_files_and_another_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    let mut story = Story::new("files_grpc");
    let lines = story.lines(1_500);
    append(&ledger, folder.path(), &lines);
    let views = format!("sqlite:{}", folder.path().join("views").display());
    let from = ledger.url.replace("http://", "grpc://");
    let projector = Projector::start(&from, &views, &[]).unwrap();
    wait_for(&projector, &ledger);
    wait_for_page(&projector, "/readyz", |status, page| (status, page) == (200, "ok\n"));
    assert_equal_answers(&mut story.random, &ledger, &projector);
    let lines = story.lines(500);
    append(&ledger, folder.path(), &lines);
    wait_for(&projector, &ledger);
    projector.run(["replay", "funnel"]).unwrap();
    assert_equal_answers(&mut story.random, &ledger, &projector);

    // The files are of one process.
    assert!(Projector::start(&from, &views, &[]).is_err());
    assert_eq!(projector.terminate().unwrap(), Some(0));

    // And of one ledger: what is there is answered, nothing of the other one is taken.
    let other = Ledger::start(&folder.path().join("other")).unwrap();
    append(&other, folder.path(), &Story::new("files_other").lines(100));
    let projector = Projector::start(&other.url.replace("http://", "grpc://"), &views, &[]).unwrap();
    wait_for_page(&projector, "/readyz", |status, page| status == 503 && page.contains("is of ledger"));
    assert_eq!(positions(&projector.url).unwrap(), [2_000; 5]);
    drop(projector);
    let only = Projector::start(&from, &views, &["--only", "funnel"]).unwrap();
    wait_for_page(&only, "/readyz", |status, page| (status, page) == (200, "ok\n"));
    assert_eq!(positions(&only.url).unwrap(), [2_000]);
    assert!(complaint(ask(&only, &["satisfaction"])).contains("--only"));
    // Nothing is wrong with the customer.
    let said = complaint(ask(&only, &["timeline", "c1"]));
    assert!(said.contains("--only") && !said.contains("`c1`"), "{said}");
}

#[test]
fn partitions_become_one_order_again_under_kills_strangers_and_a_topic_made_anew() {
    let broker: &Broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--kafka", broker.bootstrap(), "--kafka-topic", "files", "--kafka-partitions", "5"];
    let ledger = Ledger::start_with(&folder.path().join("data"), flags).unwrap();
    let mut story = Story::new("files_kafka");
    let from = format!("kafka://{}/files", broker.bootstrap());
    let views = format!("sqlite:{}", folder.path().join("views").display());
    // Where nothing is known of the source, nothing is no answer.
    let nowhere = format!("sqlite:{}", folder.path().join("nowhere").display());
    let lost = Projector::start(&format!("{from}-none"), &nowhere, &[]).unwrap();
    let asked = ask(&lost, &["funnel"]);
    wait_for_page(&lost, "/readyz", |status, page| status == 503 && page.contains("nothing is published"));
    let start = || Projector::start(&from, &views, &[]).unwrap();
    let mut projector = start();
    for kill in 0..KILLS {
        let lines = story.lines(400);
        append(&ledger, folder.path(), &lines);
        if kill % 3 == 2 {
            wait_for(&projector, &ledger);
            assert_equal_answers(&mut story.random, &ledger, &projector);
        }
        projector.kill().unwrap();
        projector = start();
    }
    wait_for(&projector, &ledger);
    assert_equal_answers(&mut story.random, &ledger, &projector);

    // What is no event has no position: it is counted, and keeps nothing back.
    let stranger: BaseProducer = broker.client_config().create().unwrap();
    let record = BaseRecord::to("files").key("stranger").partition(1).payload("no event");
    stranger.send(record).map_err(|(error, _)| error).unwrap();
    stranger.flush(PATIENCE).unwrap();
    let lines = story.lines(200);
    append(&ledger, folder.path(), &lines);
    wait_for(&projector, &ledger);
    wait_for_page(&projector, "/metrics", |_, page| page.contains("unreadable_events_total 1\n"));
    assert_eq!(set_aside(&projector), [0; 5]);

    // Deleted, the topic is made again and brings everything again.
    broker.delete_topic("files").unwrap();
    follow(&mut story, &ledger, folder.path(), &projector, 200);
    projector.run(["replay"]).unwrap();
    assert_equal_answers(&mut story.random, &ledger, &projector);
    assert_eq!(projector.terminate().unwrap(), Some(0));
    let said = complaint(asked);
    assert!(said.contains("is at position `0`") && said.contains("has not reached the source"), "{said}");
    drop(lost);
}
