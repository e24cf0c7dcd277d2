//! A third opinion on the answers, beside the views and the oracles of their tests: DuckDB computes them with SQL from
//! the exported events. The SQL in `tests/third_opinion` is written from the documentation of the views alone. And how long
//! contracts last, against a library of the field.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use anyhow::Result;
use rapport_tests::{Ledger, command, data_set, inbox::Inbox, python, run_ok};
use serde_json::{Map, Value, json};

/// Months begin in this zone, other than in UTC.
const ZONE: &str = "Europe/Riga";

/// A name, and when is asked, as flags of the command line without their dashes.
type Moment = (&'static str, &'static [(&'static str, &'static str)]);

/// The last day; a day in the middle of the story, as known later and as told then; and a window that ends before T.
const MOMENTS: [Moment; 4] = [
    ("last_day", &[("as-of", "2025-12-31")]),
    ("middle", &[("as-of", "2025-06-30"), ("known-at", "2025-09-30")]),
    ("told", &[("as-of", "2025-03-31"), ("known-at", "2025-03-31")]),
    (
        "window",
        &[("as-of", "2025-12-31"), ("known-at", "2025-11-30"), ("from", "2025-02-01"), ("to", "2025-08-31")],
    ),
];

/// What is asked, by the name of its SQL, with a variant behind a dot.
const QUESTIONS: [(&str, &[&str]); 22] = [
    ("orders", &["orders", "--by", "month"]),
    ("classes", &["classes"]),
    ("pyramid", &["pyramid"]),
    ("pyramid.inactive", &["pyramid", "--level", "inactive"]),
    ("pyramid.prospect", &["pyramid", "--level", "prospect"]),
    ("pyramid.suspect", &["pyramid", "--level", "suspect"]),
    ("receivables", &["receivables"]),
    ("profit", &["profit"]),
    ("tickets", &["tickets", "--by", "kind"]),
    ("tickets.department", &["tickets", "--by", "department"]),
    ("tickets.cause", &["tickets", "--by", "cause"]),
    ("promises", &["tickets", "--tier", "swift"]),
    ("deliveries", &["deliveries", "--by", "month"]),
    ("needs", &["needs", "--by", "source"]),
    ("leads", &["leads", "--by", "origin"]),
    ("calls", &["calls", "--by", "hour"]),
    ("calls.staff", &["calls", "--by", "staff"]),
    ("scores", &["scores", "--by", "channel"]),
    ("contacts", &["contacts", "--by", "kind"]),
    ("contacts.department", &["contacts", "--by", "department"]),
    ("contacts.month", &["contacts", "--by", "month"]),
    ("staff", &["staff", "--by", "staff"]),
];

#[test]
fn sql_over_the_exported_events_gives_the_same_answers_to_the_cent() {
    if python("DuckDB").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let opinion = Opinion { folder: folder.path().to_owned() };
    let ledger = opinion.story();
    opinion.ask(&ledger);

    opinion.tell_moments(&MOMENTS);
    let agreed: Value = serde_json::from_str(&opinion.run("compare").unwrap()).unwrap();
    eprintln!("rows that agree: {agreed}");
    for (list, rows_min) in [
        ("orders rows", 100),
        ("classes rows", 200),
        ("pyramid customers", 500),
        ("receivables rows", 200),
        ("profit rows", 300),
        ("tickets rows", 200),
        ("promises rows", 30),
        ("deliveries rows", 20),
        ("needs groups", 8),
        ("leads groups", 15),
        ("calls rows", 80),
        ("scores rows", 40),
        ("contacts rows", 40),
        ("staff rows", 30),
    ] {
        assert!(agreed[list].as_u64() >= Some(rows_min), "only {} of {list}", agreed[list]);
    }

    opinion.run("falsify").unwrap();
    opinion.tell_moments(&MOMENTS[..1]);
    let complaint = format!("{:#}", opinion.run("compare").unwrap_err());
    let questions = BTreeSet::from(QUESTIONS.map(|(question, _)| question.split('.').next().unwrap()));
    assert!(complaint.contains(&format!("\n{} differences", questions.len())), "{complaint}");
    for question in questions {
        assert!(complaint.contains(&format!("last_day.{question}.json")), "{question}: {complaint}");
    }
}

/// Contracts with the day on which each began, and the last one of those that ended.
const CONTRACTS: &str = r#"
name = "telco"

[[table]]
name = "contracts"
files = ["*.csv"]
id = "{customer}"
customer = "{customer}"

[[table.emit]]
name = "signed"
type = "contract.changed"
occurred_at = "{begins}"
payload = { contract_id = "{customer}", op = "signed", start = "{begins}" }

[[table.emit]]
name = "ended"
type = "contract.changed"
when = { "last day" = { empty = false } }
occurred_at = "{last day}"
payload = { contract_id = "{customer}", op = "ended", end = "{last day}" }
"#;

#[test]
fn contracts_of_a_telephone_company_last_as_long_as_lifelines_says() {
    let (Some(folder), true) = (data_set("telco_churn"), python("lifelines").is_some()) else { return };
    let inbox = Inbox::new();
    inbox.write("telco.toml", CONTRACTS);
    let survival = |what: &str| {
        let mut script = python("lifelines").unwrap();
        script.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/libraries/survival.py")).arg(what);
        run_ok(script.arg(folder.join("Telco-Customer-Churn.csv")).arg(inbox.path(""))).unwrap()
    };
    survival("contracts");
    for file in ["monthly", "contracts"] {
        inbox.import(&["telco.toml", &format!("{file}.csv")]);
        let answer = inbox.ask(&["retention", "--measure", "survival", "--as-of", "2020-01-01"]);
        inbox.write(&format!("{file}.json"), answer.to_string());
    }
    let agreed: Value = serde_json::from_str(&survival("compare")).unwrap();
    eprintln!("curves that agree: {agreed}");
    for file in ["monthly", "contracts"] {
        assert!(agreed[file]["points"].as_u64() >= Some(8), "{agreed}");
    }
    assert!(agreed["monthly"]["median"].is_u64(), "{agreed}");
}

/// The script that computes the answers, and the folder in which it finds events and answers.
struct Opinion {
    folder: PathBuf,
}

impl Opinion {
    fn run(&self, what: &str) -> Result<String> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/third_opinion/opinion.py");
        run_ok(python("DuckDB").unwrap().arg(script).arg(what).arg(&self.folder))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A ledger with the demo's story and what it lacks, and the export of all its events.
    fn story(&self) -> Ledger {
        let data = self.path("ledger");
        let demo = "demo --customers 300 --seed 18 --until 2025-07-01 --keep-serving never --data";
        run_ok(command(demo.split(' ')).unwrap().arg(&data)).unwrap();
        let ledger = Ledger::start_with(&data, ["--simulated-clock", "--time-zone", ZONE]).unwrap();
        self.export(&ledger);
        for file in self.run("additions").unwrap().lines() {
            let day = file.trim_end_matches(".additions.jsonl");
            run_ok(ledger.command(["append", "--simulated-now", day]).unwrap().arg(self.path(file))).unwrap();
        }
        self.export(&ledger);
        ledger
    }

    fn export(&self, ledger: &Ledger) {
        let events = ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap();
        fs::write(self.path("events.jsonl"), events).unwrap();
    }

    /// Writes the answer to every question at every moment.
    fn ask(&self, ledger: &Ledger) {
        for (moment, flags) in MOMENTS {
            for (question, arguments) in QUESTIONS {
                let mut asked = ledger.command(arguments).unwrap();
                asked.args(["--output", "json"]);
                asked.args(flags.iter().map(|(flag, date)| format!("--{flag}={date}")));
                fs::write(self.path(&format!("{moment}.{question}.json")), run_ok(&mut asked).unwrap())
                    .unwrap();
            }
        }
    }

    /// Says which answers are to be compared.
    fn tell_moments(&self, moments: &[Moment]) {
        let moment = |(name, flags): &Moment| {
            let dates = flags.iter().map(|(flag, date)| (flag.replace('-', "_"), json!(date)));
            let dates: Map<String, Value> = dates.collect();
            json!({"name": name, "dates": dates})
        };
        let moments: Vec<_> = moments.iter().map(moment).collect();
        let told = json!({"zone": ZONE, "moments": moments});
        fs::write(self.path("moments.json"), told.to_string()).unwrap();
    }
}
