//! What is at an address, or that nothing answers there, is told soon and by name, with what to do.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use std::{
    fs,
    net::TcpListener,
    path::Path,
    time::{Duration, Instant},
};

use publishing::{Publish, append_deals, page, wait_until};
use rapport_tests::{Ledger, Projector, command, get};

/// Nothing listens there.
const NOBODY: &str = "127.0.0.1:1";

/// What a command that must fail says.
fn refusal(arguments: &[&str]) -> String {
    let ended = command(arguments).unwrap().output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {said}");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "", "{arguments:?}");
    said
}

fn projector(from: &str, folder: &Path, name: &str) -> Projector {
    Projector::start(from, &format!("sqlite:{}", folder.join(name).display()), &[]).unwrap()
}

#[test]
fn a_broker_that_is_away_is_told_soon_and_each_cause_once() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    // A busy machine takes a moment, too; a silent broker has ten seconds.
    let brokers =
        [(NOBODY, " (Connect to ipv4#127.0.0.1:1 failed: Connection refused)", 6), (&silent, "", 16)];
    for (broker, cause, seconds_max) in brokers {
        let expected = format!("kafka: asking for the topic: no broker answers{cause}; see that Kafka runs");
        let topic = format!("kafka://{broker}");
        let verify = ["publish", "--verify", "--kafka", broker, "--server", &ledger.url];
        for arguments in [&verify[..], &["tail", "--from", &topic]] {
            let since = Instant::now();
            let said = refusal(arguments);
            assert!(
                since.elapsed() < Duration::from_secs(seconds_max),
                "{arguments:?}: {:?}",
                since.elapsed()
            );
            assert!(said.contains(&expected), "{arguments:?}: {said}");
            assert!(!said.contains("BrokerTransportFailure") && !said.contains("in state"), "{said}");
        }
    }
}

#[test]
fn a_projector_is_named_as_one_by_whatever_wants_a_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    append_deals(&ledger, 1, 3);
    let follows = projector(&ledger.url.replace("http://", "grpc://"), folder.path(), "follows");
    wait_until("it follows", || page(&follows.http, "/readyz") == "ok\n");
    let lost = projector(&format!("grpc://{NOBODY}"), folder.path(), "lost");
    let rows = folder.path().join("rows.csv");
    fs::write(&rows, "").unwrap();
    for (name, projector) in [("of-follows", &follows), ("of-lost", &lost)] {
        let url = projector.url.as_str();
        let expected = format!("at {url} is a projector (`rapport project`)");
        for arguments in [
            &["tail"][..],
            &["tail", "--from", "1"],
            &["tail", "--follow"],
            &["tail", "--type", "deal.won"],
            &["append"],
            &["import", "cdnow", rows.to_str().unwrap()],
            &["publish", "--verify", "--kafka", NOBODY],
        ] {
            let said = refusal(&[arguments, &["--server", url]].concat());
            assert!(said.contains(&expected) && said.contains("--server"), "{arguments:?}: {said}");
        }
        // Services wait for their source, and say at their page what they found there.
        let publish = Publish::start(url, &["--kafka", NOBODY].map(str::to_owned));
        wait_until("the publisher says so", || page(&publish.http, "/readyz").contains(&expected));
        let second = self::projector(&url.replace("http://", "grpc://"), folder.path(), name);
        wait_until("the second projector says so", || page(&second.http, "/readyz").contains(&expected));
    }
}

#[test]
fn a_projector_that_has_not_reached_its_source_says_that_and_asks_for_no_other_ledger() {
    let folder = tempfile::tempdir().unwrap();
    for (number, from) in [format!("grpc://{NOBODY}"), format!("kafka://{NOBODY}")].iter().enumerate() {
        let projector = projector(from, folder.path(), &number.to_string());
        wait_until("it says why", || page(&projector.http, "/readyz").contains("refused"));
        for question in [&["funnel"][..], &["satisfaction"], &["timeline", "7"]] {
            let asked = [question, &["--wait-s", "1", "--server", &projector.url]].concat();
            let said = refusal(&asked);
            for expected in ["has not reached the source of its events", "refused", "rapport project --from"]
            {
                assert!(said.contains(expected), "{asked:?}: {said}");
            }
            assert!(!said.contains("right ledger"), "{asked:?}: {said}");
        }
    }
}

#[test]
fn the_page_of_a_publisher_says_whether_it_publishes_and_its_first_line_where_the_page_is() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    // Returns after the line, which comes before Kafka was reached.
    let publish = Publish::start(&ledger.url, &["--kafka", NOBODY].map(str::to_owned));
    let readyz = || get(&publish.http, "/readyz", None).unwrap();
    assert_eq!(readyz().0, 503);
    wait_until("it says why", || {
        readyz().1.starts_with("waiting: kafka: asking for the topic: no broker answers")
    });
    assert_eq!((readyz().0, page(&publish.http, "/healthz").as_str()), (503, "ok\n"));
}
