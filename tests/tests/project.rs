//! Projector services: what they answer from PostgreSQL is what the ledger answers from its own views, as of any day,
//! while processes come, go and are killed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{
    env,
    fmt::Write as _,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rapport_tests::{Broker, Database, Fsync, Ledger, Projector, Random, command, get, run_ok};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::Value;

const CUSTOMERS: u64 = 40;
const PATIENCE: Duration = Duration::from_secs(90);

/// Deals, surveys, contacts, merges and corrections of a few customers, as JSON lines.
struct Story {
    random: Random,
    deals: u64,
    opened: Vec<(String, u64)>,
    merges: Vec<String>,
}

impl Story {
    fn new(name: &str) -> Self {
        Self { random: Random::seeded(name), deals: 0, opened: Vec::new(), merges: Vec::new() }
    }

    fn lines(&mut self, events: u64) -> String {
        let mut lines = String::new();
        for _ in 0..events {
            let (customer, day) = (self.random.below(CUSTOMERS), self.random.below(400));
            let date = jiff::civil::date(2025, 1, 1) + jiff::Span::new().days(day as i64);
            let id = self.random.uuid();
            let (stream, payload) = self.payload(customer, &id);
            let customer =
                if self.random.one_in(30) { String::new() } else { format!(r#""customer":"c{customer}","#) };
            writeln!(
                lines,
                r#"{{"id":"{id}","stream":"{stream}",{customer}"occurredAt":"{date}T10:00:00Z","payload":{payload}}}"#
            )
            .unwrap();
        }
        lines
    }

    fn payload(&mut self, customer: u64, id: &str) -> (String, String) {
        let deal = self.random.below(self.deals.max(1));
        let stream = format!("deal-{deal}");
        match self.random.below(12) {
            0..=2 => {
                self.deals += 1;
                let (deal, cents) = (self.deals, self.random.below(1_000_000));
                self.opened.push((id.to_owned(), deal));
                let amount = format!(r#"{{"minorUnits":"{cents}","currency":"EUR"}}"#);
                let payload =
                    format!(r#"{{"dealOpened":{{"dealId":"{deal}","stage":"new","amount":{amount}}}}}"#);
                (format!("deal-{deal}"), payload)
            }
            3..=4 => {
                (stream, format!(r#"{{"dealStageChanged":{{"dealId":"{deal}","from":"new","to":"offer"}}}}"#))
            }
            5 => (stream, format!(r#"{{"dealWon":{{"dealId":"{deal}","competitors":["acme"]}}}}"#)),
            6 => (stream, format!(r#"{{"dealLost":{{"dealId":"{deal}","reason":"price"}}}}"#)),
            7..=8 => {
                let value = self.random.below(11);
                let answer = format!(
                    r#""surveyId":"s","instrument":"INSTRUMENT_NPS","scale":{{"max":10,"better":"BETTER_HIGH"}},"value":{value}"#
                );
                (format!("customer-{customer}"), format!(r#"{{"surveyAnswered":{{{answer}}}}}"#))
            }
            9 => (
                format!("customer-{customer}"),
                r#"{"noteRecorded":{"personal":{"text":"a note"}}}"#.to_owned(),
            ),
            10 => self.correction(customer),
            _ => self.merge(customer, id),
        }
    }

    /// A correction or a retraction of some deal's opening; its own customer is another one, most of the time.
    fn correction(&mut self, customer: u64) -> (String, String) {
        let stream = format!("customer-{customer}");
        let Some((target, deal)) = self.opened.get(self.random.below(self.opened.len() as u64) as usize)
        else {
            return (stream, r#"{"noteRecorded":{"personal":{"text":"a note"}}}"#.to_owned());
        };
        let target = format!(r#""targetEventId":"{target}","reason":"typo""#);
        if self.random.one_in(4) {
            return (stream, format!(r#"{{"eventRetracted":{{{target}}}}}"#));
        }
        let opened = format!(r#"{{"dealOpened":{{"dealId":"{deal}","stage":"lead"}}}}"#);
        (stream, format!(r#"{{"eventCorrected":{{{target},"replacement":{opened}}}}}"#))
    }

    fn merge(&mut self, customer: u64, id: &str) -> (String, String) {
        if self.random.one_in(2)
            && let Some(merge) = self.merges.pop()
        {
            return ("identity".to_owned(), format!(r#"{{"partyUnmerged":{{"mergeEventId":"{merge}"}}}}"#));
        }
        self.merges.push(id.to_owned());
        let other = (customer + 1) % CUSTOMERS;
        let parties = format!(r#""survivor":"c{customer}","absorbed":"c{other}""#);
        ("identity".to_owned(), format!(r#"{{"partyMerged":{{{parties}}}}}"#))
    }
}

fn append(ledger: &Ledger, folder: &Path, lines: &str) {
    let file = folder.join("story.jsonl");
    fs::write(&file, lines).unwrap();
    ledger.run([Path::new("append"), &file]).unwrap();
}

fn head(ledger: &Ledger) -> Value {
    let status: Value = serde_json::from_str(&ledger.run(["status", "--output", "json"]).unwrap()).unwrap();
    status["head"].clone()
}

fn positions(url: &str) -> Option<Vec<u64>> {
    let status = run_ok(command(["status", "--output", "json"]).unwrap().env("RAPPORT_SERVER", url)).ok()?;
    let status: Value = serde_json::from_str(&status).ok()?;
    let views = status["views"]["views"].as_array()?.iter();
    Some(views.map(|view| view["position"].as_str().map_or(0, |text| text.parse().unwrap())).collect())
}

/// What each view has set aside.
fn set_aside(projector: &Projector) -> Vec<u64> {
    let status: Value =
        serde_json::from_str(&projector.run(["status", "--output", "json"]).unwrap()).unwrap();
    let views = status["views"]["views"].as_array().unwrap().iter();
    views.map(|view| view["setAside"].as_str().map_or(0, |text| text.parse().unwrap())).collect()
}

fn wait_for(projector: &Projector, ledger: &Ledger) {
    let head: u64 = head(ledger)["position"].as_str().unwrap().parse().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !positions(&projector.url).is_some_and(|views| views.iter().all(|position| *position == head)) {
        assert!(Instant::now() < deadline, "at {:?} of {head}", positions(&projector.url));
        std::thread::yield_now();
    }
}

/// Every read model as of some days, as it was known at some moments.
fn assert_equal_answers(random: &mut Random, ledger: &Ledger, projector: &Projector) {
    let recorded: jiff::Timestamp = head(ledger)["recordedAt"].as_str().unwrap().parse().unwrap();
    for round in 0..4 {
        let as_of = jiff::civil::date(2025, 1, 1) + jiff::Span::new().days(random.below(450) as i64);
        // Everything, or what was known up to ten seconds before.
        let back = if round == 0 { 0 } else { random.below(10_000) as i64 };
        let known = recorded - jiff::SignedDuration::from_millis(back);
        let moments = [format!("--as-of={as_of}"), format!("--known-at={known}")];
        let customer = format!("c{}", random.below(CUSTOMERS));
        for question in [&["funnel"][..], &["satisfaction", "--instrument=nps"], &["timeline", &customer]] {
            let arguments = || question.iter().map(|word| (*word).to_owned()).chain(moments.clone());
            let ask = |url: &str| {
                let mut asked = command(arguments().chain(["--output=json".to_owned()])).unwrap();
                let answer = run_ok(asked.env("RAPPORT_SERVER", url)).unwrap();
                let mut answer: Value = serde_json::from_str(&answer).unwrap();
                if let Some(answer) = answer.as_object_mut() {
                    answer.remove("nextPageToken");
                }
                answer
            };
            assert_eq!(ask(&projector.url), ask(&ledger.url), "{question:?} {moments:?}");
        }
    }
}

#[test]
fn a_projector_of_a_ledger_answers_what_the_ledger_does() {
    let database = Database::start_with(Fsync::Off).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    let mut story = Story::new("project_grpc");
    let lines = story.lines(1_500);
    append(&ledger, folder.path(), &lines);
    let from = ledger.url.replace("http://", "grpc://");
    let projector = Projector::start(&from, &database.url(), &[]).unwrap();
    wait_for(&projector, &ledger);
    assert_equal_answers(&mut story.random, &ledger, &projector);
    // What comes after, and a view built anew beside the live one.
    let lines = story.lines(500);
    append(&ledger, folder.path(), &lines);
    wait_for(&projector, &ledger);
    projector.run(["replay", "funnel"]).unwrap();
    assert_equal_answers(&mut story.random, &ledger, &projector);
    assert_eq!(projector.terminate().unwrap(), Some(0));
}

#[test]
fn projectors_that_come_go_and_are_killed_lose_nothing_and_have_nothing_twice() {
    let kills: u64 = env::var("RAPPORT_TEST_KILLS").map_or(24, |kills| kills.parse().unwrap());
    let broker = Broker::start().unwrap();
    let mut database = Database::start_with(Fsync::Off).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--kafka", broker.bootstrap(), "--kafka-partitions", "6"];
    let ledger = Ledger::start_with(&folder.path().join("data"), flags).unwrap();
    let mut story = Story::new("project_kafka");
    let (from, views) = (format!("kafka://{}", broker.bootstrap()), database.url());
    let flags = ["--kafka-property", "session.timeout.ms=6000"];
    let start = || Projector::start(&from, &views, &flags).unwrap();
    let mut projectors = vec![start(), start()];
    for kill in 0..kills {
        let lines = story.lines(150);
        append(&ledger, folder.path(), &lines);
        match story.random.below(8) {
            0 => {
                database.crash().unwrap();
                database.restart().unwrap();
            }
            1 => assert_eq!(projectors.remove(0).terminate().unwrap(), Some(0)),
            _ => projectors[(kill % 2) as usize].kill().unwrap(),
        }
        // Those that are there go on; what was killed comes back.
        projectors.retain(|projector| positions(&projector.url).is_some());
        while projectors.len() < 2 {
            projectors.push(start());
        }
    }
    for projector in &projectors {
        wait_for(projector, &ledger);
        assert_equal_answers(&mut story.random, &ledger, projector);
    }
}

#[test]
fn what_is_no_event_is_set_aside_and_a_topic_made_anew_changes_nothing() {
    let broker = Broker::start().unwrap();
    let database = Database::start_with(Fsync::Off).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--kafka", broker.bootstrap(), "--kafka-partitions", "3"];
    let ledger = Ledger::start_with(&folder.path().join("data"), flags).unwrap();
    let mut story = Story::new("project_poison");
    let lines = story.lines(300);
    append(&ledger, folder.path(), &lines);
    let from = format!("kafka://{}", broker.bootstrap());
    let projector = Projector::start(&from, &database.url(), &[]).unwrap();
    wait_for(&projector, &ledger);

    // Somebody else writes what is no event: bytes, and nothing at all.
    let stranger: BaseProducer = broker.client_config().create().unwrap();
    for value in [Some("no event"), None] {
        let mut record = BaseRecord::to("rapport.events").key("stranger").partition(1);
        record.payload = value;
        stranger.send(record).map_err(|(error, _)| error).unwrap();
    }
    stranger.flush(PATIENCE).unwrap();
    let lines = story.lines(200);
    append(&ledger, folder.path(), &lines);
    wait_for(&projector, &ledger);
    let deadline = Instant::now() + PATIENCE;
    while set_aside(&projector) != [2, 2, 2] {
        assert!(Instant::now() < deadline, "{:?}", set_aside(&projector));
    }
    assert!(
        get(&projector.http, "/metrics", None)
            .unwrap()
            .1
            .contains("rapport_source_unreadable_events_total 2\n")
    );
    assert!(get(&projector.http, "/readyz", None).unwrap() == (200, "ok\n".to_owned()));
    assert_equal_answers(&mut story.random, &ledger, &projector);

    // Deleted, the topic is made again and filled from the beginning.
    broker.delete_topic("rapport.events").unwrap();
    let lines = story.lines(200);
    append(&ledger, folder.path(), &lines);
    wait_for(&projector, &ledger);
    assert_equal_answers(&mut story.random, &ledger, &projector);
    projector.run(["replay"]).unwrap();
    assert_equal_answers(&mut story.random, &ledger, &projector);
}
