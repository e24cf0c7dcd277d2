//! A ledger that was restored from a backup, beside a topic that knows more.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints; not every \
              test uses every helper"
)]

mod publishing;

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use publishing::{Publish, append_deals, kafka, page, trouble, wait_until, wait_until_published};
use rapport_tests::{Ledger, shared_broker};

fn append(ledger: &Ledger) -> Output {
    let event = br#"{"stream":"s","payload":{"noteRecorded":{"kind":"visit"}}}"#;
    let mut append = ledger.command(["append"]).unwrap();
    let mut child = append.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(event).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_restored_ledger_whose_topic_has_more_takes_no_appends_until_that_is_accepted() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let publish = |count: u64| {
        let ledger = Ledger::start_with(&data, kafka(broker, "restored")).unwrap();
        append_deals(&ledger, count, count);
        wait_until_published(&ledger);
        assert_eq!(ledger.terminate().unwrap(), Some(0));
    };
    publish(10);
    assert!(Command::new("cp").arg("-r").args([&data, &backup]).status().unwrap().success());
    publish(1_000);

    let ledger = Ledger::start_with(&backup, kafka(broker, "restored")).unwrap();
    // From the moment on at which the topic was looked at.
    trouble(&ledger, "STATE_REFUSED");
    let refused = append(&ledger);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "it was accepted");
    assert!(said.contains("topic restored has it up to position `1010`"), "{said}");
    let status = ledger.run(["status"]).unwrap();
    assert!(status.contains("appends   refused") && status.contains("--accept-set-back"), "{status}");
    assert_eq!(ledger.terminate().unwrap(), Some(0));

    let mut flags = kafka(broker, "restored").to_vec();
    flags.push("--accept-set-back".to_owned());
    let ledger = Ledger::start_with(&backup, flags).unwrap();
    trouble(&ledger, "STATE_REFUSED");
    assert!(append(&ledger).status.success());
    let status = ledger.run(["status"]).unwrap();
    assert!(status.contains("appends are accepted as you said"), "{status}");
    assert_eq!(ledger.terminate().unwrap(), Some(0));

    // With a topic of its own nothing is known elsewhere any more.
    let ledger = Ledger::start_with(&backup, kafka(broker, "restored-2")).unwrap();
    wait_until_published(&ledger);
    assert!(append(&ledger).status.success());
    assert_eq!(ledger.terminate().unwrap(), Some(0));

    // A topic that has more is deleted under a running publisher.
    let ledger = Ledger::start_with(&backup, kafka(broker, "restored")).unwrap();
    trouble(&ledger, "STATE_REFUSED");
    assert!(!append(&ledger).status.success());
    broker.delete_topic("restored").unwrap();
    broker.delete_topic("restored.checkpoints").unwrap();
    wait_until_published(&ledger);
    assert!(append(&ledger).status.success());
}

#[test]
fn a_restored_ledger_learns_of_its_topic_from_a_publisher_of_its_own_as_well() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let flags = kafka(broker, "restored-apart");
    let publish = |count: u64| {
        let ledger = Ledger::start(&data).unwrap();
        append_deals(&ledger, count, count);
        let publish = Publish::start(&ledger.url, &flags);
        let metric = format!("rapport_publisher_position {}\n", if count == 10 { 10 } else { 10 + count });
        wait_until("it is published", || page(&publish.http, "/metrics").contains(&metric));
        assert_eq!((publish.terminate(), ledger.terminate().unwrap()), (Some(0), Some(0)));
    };
    publish(10);
    assert!(Command::new("cp").arg("-r").args([&data, &backup]).status().unwrap().success());
    publish(1_000);

    let ledger = Ledger::start(&backup).unwrap();
    assert!(append(&ledger).status.success(), "the ledger knows of nothing yet");
    let publish = Publish::start(&ledger.url, &flags);
    wait_until("it is refused", || page(&publish.http, "/readyz").starts_with("refused: "));
    let refused = append(&ledger);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "it was accepted");
    assert!(said.contains("a projector or publisher has it up to position `1010`"), "{said}");
    assert!(!page(&ledger.http, "/readyz").starts_with("ok"));
}
