//! Topics that are deleted under a running publisher, that of a server and one of its own, idle and under load.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use std::time::{Duration, Instant};

use publishing::{
    Publish, append, append_deals, assert_sound, event, kafka, page, publisher, verify, wait_until,
    wait_until_published,
};
use rapport_tests::{Broker, Ledger, shared_broker};

/// The client library waits 30 seconds for a topic that is gone. A publisher notices sooner: idle after five seconds,
/// under load after two; a busy machine takes longer.
const NOTICED: Duration = Duration::from_secs(25);

/// A ledger whose log is in two topics: one has the server's publisher, the other one a publisher of its own.
struct Pair {
    broker: &'static Broker,
    topics: [String; 2],
    ledger: Ledger,
    publish: Publish,
    appended: u64,
    _folder: tempfile::TempDir,
}

impl Pair {
    fn start(name: &str) -> Self {
        let (broker, folder) = (shared_broker().unwrap(), tempfile::tempdir().unwrap());
        let topics = [name.to_owned(), format!("{name}-apart")];
        let ledger = Ledger::start_with(folder.path(), kafka(broker, &topics[0])).unwrap();
        append_deals(&ledger, 1, 100);
        let publish = Publish::start(&ledger.url, &kafka(broker, &topics[1]));
        let pair = Self { broker, topics, ledger, publish, appended: 100, _folder: folder };
        pair.assert_published();
        pair
    }

    fn append(&mut self) {
        self.appended += 1;
        append(&self.ledger.url, vec![event(self.appended, 10)]).unwrap();
    }

    fn delete(&self, suffix: &str) {
        for topic in &self.topics {
            self.broker.delete_topic(&format!("{topic}{suffix}")).unwrap();
        }
    }

    /// What both publishers say, while they are refused.
    fn refused(&self) -> Option<[String; 2]> {
        let server = publisher(&self.ledger);
        let apart = page(&self.publish.http, "/readyz");
        (server["state"] == "STATE_REFUSED" && apart.starts_with("refused: "))
            .then(|| [server["trouble"].as_str().unwrap().to_owned(), apart])
    }

    fn assert_published(&self) {
        for topic in &self.topics {
            let flags = kafka(self.broker, topic);
            // The checkpoint of a topic that was deleted remains for a moment, and the comparison then finds events missing.
            wait_until("everything is published", || {
                let (code, said) = verify(&self.ledger.url, &flags);
                code == Some(0) && said["position"] == self.appended
            });
            assert_sound(&self.ledger.url, &flags, self.appended);
        }
    }
}

#[test]
fn deleted_checkpoints_are_refused_soon_and_published_again_once_the_other_topic_is_deleted() {
    for (name, is_busy) in [("checkpoints-idle", false), ("checkpoints-busy", true)] {
        let mut pair = Pair::start(name);
        pair.delete(".checkpoints");
        let (since, mut said) = (Instant::now(), None);
        wait_until("both are refused", || {
            if is_busy {
                pair.append();
            }
            said = pair.refused();
            said.is_some()
        });
        let took = since.elapsed();
        eprintln!("{name}: refused after {took:?}");
        assert!(took < NOTICED, "{name}: {took:?}");
        for (topic, said) in pair.topics.iter().zip(said.unwrap()) {
            let wanted = format!("`{topic}` has records but no checkpoint in `{topic}.checkpoints`");
            assert!(said.contains(&wanted) && said.contains("delete"), "{said}");
        }
        pair.delete("");
        pair.append();
        pair.assert_published();
    }
}

#[test]
fn both_topics_that_are_deleted_are_published_again_whichever_goes_first() {
    for (name, order, is_busy) in [
        ("both-idle", [".checkpoints", ""], false),
        ("both-busy", [".checkpoints", ""], true),
        ("both-reversed", ["", ".checkpoints"], false),
    ] {
        let mut pair = Pair::start(name);
        for suffix in order {
            if is_busy {
                pair.append();
            }
            pair.delete(suffix);
        }
        pair.assert_published();
    }
}

/// An operator deletes the topic and makes it again before the publisher looks: it is there, and shorter than before.
#[test]
fn a_topic_that_another_program_makes_anew_is_published_again() {
    let pair = Pair::start("made-anew");
    for topic in &pair.topics {
        pair.broker.delete_topic(topic).unwrap();
        wait_until("it is made", || pair.broker.create_topic(topic, 4, &[("retention.ms", "-1")]).is_ok());
    }
    pair.assert_published();
}

#[test]
fn a_deleted_topic_is_published_again() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = kafka(broker, "deleted");
    let ledger = Ledger::start_with(folder.path(), &flags).unwrap();
    append_deals(&ledger, 1, 100);
    wait_until_published(&ledger);
    // While nothing comes.
    broker.delete_topic("deleted").unwrap();
    wait_until("it is noticed", || publisher(&ledger)["state"] != "STATE_PUBLISHING");
    wait_until_published(&ledger);
    assert_sound(&ledger.url, &flags, 100);
    // While it publishes.
    let mut number = 101;
    broker.delete_topic("deleted").unwrap();
    wait_until("it is noticed", || {
        append(&ledger.url, vec![event(number, 10)]).unwrap();
        number += 1;
        publisher(&ledger)["state"] != "STATE_PUBLISHING"
    });
    wait_until_published(&ledger);
    assert_sound(&ledger.url, &flags, number - 1);
    // Both topics, so that nothing is known of what was there.
    broker.delete_topic("deleted").unwrap();
    broker.delete_topic("deleted.checkpoints").unwrap();
    append_deals(&ledger, number, 10);
    wait_until("it is published again", || {
        publishing::verify(&ledger.url, &flags).1["position"] == number + 9
    });
    assert_sound(&ledger.url, &flags, number + 9);
}
