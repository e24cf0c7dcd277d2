//! What the tests of projector services share: a story to append, how far a projector is, and that it answers what the
//! ledger does.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use postgres::{Client, NoTls};
use rapport_tests::{Database, Ledger, Projector, Random, command, get, run_ok};
use serde_json::Value;

const CUSTOMERS: u64 = 40;
/// Everything waited for in these tests comes sooner.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Deals, surveys, contacts, merges and corrections of a few customers, as JSON lines.
pub(crate) struct Story {
    pub random: Random,
    deals: u64,
    opened: Vec<(String, u64)>,
    merges: Vec<String>,
}

impl Story {
    pub(crate) fn new(name: &str) -> Self {
        Self { random: Random::seeded(name), deals: 0, opened: Vec::new(), merges: Vec::new() }
    }

    pub(crate) fn lines(&mut self, events: u64) -> String {
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
        // Some belong to another deal.
        let deal = if self.random.one_in(4) { self.random.below(self.deals) } else { *deal };
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

/// Appends JSON lines.
pub(crate) fn append(ledger: &Ledger, folder: &Path, lines: &str) {
    let file = folder.join("story.jsonl");
    fs::write(&file, lines).unwrap();
    ledger.run([Path::new("append"), &file]).unwrap();
}

/// What `rapport status` says of the ledger.
pub(crate) fn head(ledger: &Ledger) -> Value {
    let status: Value = serde_json::from_str(&ledger.run(["status", "--output", "json"]).unwrap()).unwrap();
    status["head"].clone()
}

/// The position of each view; nothing when nobody answers.
pub(crate) fn positions(url: &str) -> Option<Vec<u64>> {
    let status = run_ok(command(["status", "--output", "json"]).unwrap().env("RAPPORT_SERVER", url)).ok()?;
    let status: Value = serde_json::from_str(&status).ok()?;
    let views = status["views"]["views"].as_array()?.iter();
    Some(views.map(|view| view["position"].as_str().map_or(0, |text| text.parse().unwrap())).collect())
}

/// What each view has set aside.
pub(crate) fn set_aside(projector: &Projector) -> Vec<u64> {
    let status: Value =
        serde_json::from_str(&projector.run(["status", "--output", "json"]).unwrap()).unwrap();
    let views = status["views"]["views"].as_array().unwrap().iter();
    views.map(|view| view["setAside"].as_str().map_or(0, |text| text.parse().unwrap())).collect()
}

/// Waits until each view is at the head.
pub(crate) fn wait_for(projector: &Projector, ledger: &Ledger) {
    let head: u64 = head(ledger)["position"].as_str().unwrap().parse().unwrap();
    wait_for_positions(projector, |views| views.iter().all(|position| *position == head));
}

/// Waits until the views are so far.
pub(crate) fn wait_for_positions(projector: &Projector, are_there: impl Fn(&[u64]) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !positions(&projector.url).is_some_and(|views| are_there(&views)) {
        assert!(Instant::now() < deadline, "{:?}", positions(&projector.url));
        std::thread::yield_now();
    }
}

/// Appends so many events more, which arrive, and holds the answers against the ledger's.
pub(crate) fn follow(story: &mut Story, ledger: &Ledger, folder: &Path, projector: &Projector, events: u64) {
    let lines = story.lines(events);
    append(ledger, folder, &lines);
    wait_for(projector, ledger);
    assert_equal_answers(&mut story.random, ledger, projector);
}

/// Every read model as of some days, as it was known at some moments.
pub(crate) fn assert_equal_answers(random: &mut Random, ledger: &Ledger, projector: &Projector) {
    let recorded: jiff::Timestamp = head(ledger)["recordedAt"].as_str().unwrap().parse().unwrap();
    for round in 0..4 {
        let as_of = jiff::civil::date(2025, 1, 1) + jiff::Span::new().days(random.below(450) as i64);
        // Everything, or what was known up to ten seconds before.
        let back = if round == 0 { 0 } else { random.below(10_000) as i64 };
        let known = recorded - jiff::SignedDuration::from_millis(back);
        let moments = [format!("--as-of={as_of}"), format!("--known-at={known}")];
        let customer = format!("c{}", random.below(CUSTOMERS));
        let object = format!(
            "--object={}",
            ["deal:1", "deal:2", "deal:3", "deal:7", "survey:s"][random.below(5) as usize]
        );
        let questions = [
            &["funnel"][..],
            &["satisfaction", "--instrument=nps"],
            &["timeline", &customer],
            &["timeline", &object],
        ];
        for question in questions {
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

/// Waits for a page that says so.
pub(crate) fn wait_for_page(projector: &Projector, path: &str, is_so: impl Fn(u16, &str) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (status, page) = get(&projector.http, path, None).unwrap();
        if is_so(status, &page) {
            return;
        }
        assert!(Instant::now() < deadline, "{path}: {status} {page}");
    }
}

/// That the timeline has every event up to the position that it says it has: the position of a view is never ahead of
/// its rows, whatever happens and whoever says it.
pub(crate) fn assert_nothing_is_missing(database: &Database) {
    let mut client = Client::connect(&database.url(), NoTls).unwrap();
    let sql = "SELECT value, (SELECT count(*) FROM rapport_timeline.event WHERE position <= value)
               FROM rapport_timeline.meta WHERE name = 'position'";
    let row = client.query_one(sql, &[]).unwrap();
    let (position, events): (i64, i64) = (row.get(0), row.get(1));
    assert_eq!(events, position, "events up to the position that the view says it has");
}
