//! Deals and tickets that a source calls won, lost, resolved or otherwise ended have ended, through the real binary:
//! whatever moment the source gives, and whatever an earlier export said.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use rapport_tests::inbox::{Inbox, counts, number};
use serde_json::Value;

/// An inbox with this mapping.
fn crm(mapping: &str) -> Inbox {
    let crm = Inbox::on_a_simulated_clock();
    crm.write("crm.toml", mapping);
    crm
}

/// Imports `deals.csv` with these rows at a moment; how many events are added, and how many of them have no date.
fn import(crm: &Inbox, rows: &str, now: &str, flags: &[&str]) -> [u64; 2] {
    crm.write("deals.csv", rows);
    let told = crm.import(&[&["crm.toml", "deals.csv", "--simulated-now", now], flags].concat());
    assert_eq!(counts(&told, ["rejected"]), [0], "{told}");
    counts(&told, ["eventsAdded", "eventsUndated"])
}

/// How a deal that has a pipeline of its own stands.
fn standing(crm: &Inbox, pipeline: &str, as_of: &str, known_at: &str) -> String {
    let funnel = crm.ask(&["funnel", "--pipeline", pipeline, "--as-of", as_of, "--known-at", known_at]);
    let none = Vec::new();
    let outcomes = funnel["pipelines"][0]["outcomes"].as_array().unwrap_or(&none);
    let all = outcomes.iter().find(|row| row["currency"] == "*").cloned().unwrap_or_default();
    let is = |outcome: &&str| number(&all[*outcome]["count"]) > 0;
    ["won", "lost", "open"].into_iter().filter(is).collect::<Vec<_>>().join(" and ")
}

/// Every type that ends something, of a file whose dates cannot be left empty; and one that begins something.
const ENDS: &str = r#"
name = "ends"
undated = "reject"
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
customer = "{No}"
occurred_at = "{At}"
[[table.emit]]
type = "deal.opened"
payload = { deal_id = "{No}", stage = "new" }
[[table.emit]]
type = "deal.won"
payload = { deal_id = "{No}" }
[[table.emit]]
type = "deal.lost"
state = "lost"
payload = { deal_id = "{No}" }
[[table.emit]]
type = "lead.qualified"
payload = { result = "accepted" }
[[table.emit]]
type = "lead.converted"
payload = { deal_id = "{No}" }
[[table.emit]]
type = "offer.responded"
payload = { offer_id = "{No}", response = "accepted" }
[[table.emit]]
type = "delivery.completed"
payload = { order_id = "{No}", date = "2026-01-01" }
[[table.emit]]
type = "ticket.resolved"
payload = { ticket_id = "{No}", resolution = "solved" }
[[table.emit]]
type = "need.closed"
payload = { need_id = "{No}", outcome = "satisfied" }
"#;

#[test]
fn whatever_has_ended_has_ended_by_its_import_whatever_later_moment_the_source_gives() {
    for at in ["2026-03-05", "2026-03-05T17:00:01Z", "2026-06-30", "2031-01-01T00:00:00Z"] {
        let crm = crm(ENDS);
        let (now, rows) = ("2026-03-05T17:00:00Z", format!("No,At\n1,{at}\n"));
        let flags = ["--undated-as", "2026-01-01"];
        crm.write("deals.csv", &rows);
        let dry =
            crm.dry_run(&[&["crm.toml", "deals.csv", "--simulated-now", now], flags.as_slice()].concat());
        let summary = &dry.last().unwrap()["summary"];
        assert_eq!(counts(summary, ["eventsAdded", "eventsUndated"]), [9, 0], "{summary}");
        assert_eq!(import(&crm, &rows, now, &flags), [9, 0], "{at}");
        for event in crm.events() {
            let begins = event["type"] == "deal.opened";
            let occurred = event["occurredAt"].as_str().unwrap();
            assert!(if begins { occurred.starts_with(&at[..10]) } else { occurred == now }, "{at}: {event}");
        }
        // Neither at once, nor later, nor when the moment has come.
        for again in ["2026-03-05T17:00:00Z", "2026-03-31T12:00:00Z", "2032-01-01T12:00:00Z"] {
            assert_eq!(import(&crm, &rows, again, &[])[0], 0, "{at}, {again}");
        }
        // A day before that import corrects the date, once; a day that is still to come then does not.
        let earlier = "No,At\n1,2026-02-20\n";
        let counts = [earlier, earlier, "No,At\n1,2040-01-01\n"]
            .map(|rows| import(&crm, rows, "2032-01-02T12:00:00Z", &[])[0]);
        assert_eq!(counts, [9, 0, 1], "{at}");
        let corrected = crm.events().into_iter().filter(|event| event["type"] == "event.corrected");
        let times: Vec<_> =
            corrected.map(|event| event["payload"]["eventCorrected"]["occurredAt"].clone()).collect();
        assert_eq!(times.iter().filter(|at| **at == "2026-02-20T23:59:59.999999Z").count(), 8, "{times:?}");
        assert_eq!(times.last().unwrap(), "2040-01-01T00:00:00Z", "the opening's");
    }
}

#[test]
fn the_dry_run_shows_what_has_ended_without_the_moment_that_is_to_come() {
    let crm = crm(ENDS);
    crm.write("deals.csv", "No,At\n1,2026-03-05\n");
    let dry = |now: &str| -> Vec<Value> {
        let told = crm.dry_run(&["crm.toml", "deals.csv", "--simulated-now", now]);
        let events = told.iter().filter(|line| line["event"].is_object());
        events.map(|line| line["event"]["occurredAt"].clone()).collect()
    };
    let dated = |found: &[Value]| found.iter().filter(|at| at.is_string()).count();
    assert_eq!(dated(&dry("2026-03-05T17:00:00Z")), 1, "the opening");
    assert_eq!(dated(&dry("2026-03-05")), 9, "by the end of the day");
}

const STATES: &str = r#"
name = "states"
currency = "EUR"
undated = "recording"
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
customer = "{No}"
occurred_at = "{At}"
[[table.emit]]
type = "deal.opened"
occurred_at = "2026-01-02"
payload = { deal_id = "{No}", pipeline = "{No}", stage = "new" }
[[table.emit]]
name = "moved"
state = "stage"
type = "deal.stage_changed"
when = { Stage = "talk" }
payload = { deal_id = "{No}", to = "talk" }
[[table.emit]]
name = "won"
state = "stage"
type = "deal.won"
when = { Stage = "won" }
payload = { deal_id = "{No}", amount = "{Value}" }
[[table.emit]]
name = "lost"
state = "stage"
type = "deal.lost"
when = { Stage = "lost" }
payload = { deal_id = "{No}" }
"#;

const MONTHS: [&str; 5] = ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"];

/// States of a deal in the months' exports, and its events after the last.
const SEQUENCES: [(&str, &[&str]); 15] = [
    ("won 20, lost 10", &["won", "retracted", "lost"]),
    ("lost 20, won 10", &["lost", "retracted", "won"]),
    ("won 20, lost 20", &["won", "lost"]),
    ("won 20, lost 21", &["won", "lost"]),
    ("won 20, lost 10, won 20", &["won", "retracted", "lost", "won"]),
    ("won 20, lost 10, won 20, lost 10", &["won", "retracted", "lost", "won", "retracted"]),
    ("won 20, lost 10, won 5", &["won", "retracted", "lost", "retracted", "won"]),
    ("won 20, won 10", &["won", "corrected"]),
    ("lost 15, won 20, won 10", &["lost", "won", "retracted", "corrected"]),
    ("lost 15, won 20, lost 10", &["lost", "won", "retracted", "corrected"]),
    // A move without a date: it was made before the close that is told later.
    ("talk, won 10", &["stage_changed", "won"]),
    ("won 20, talk, lost 10", &["won", "stage_changed", "retracted", "lost"]),
    (
        "won 20, talk, won 20, talk, won 10",
        &["won", "stage_changed", "won", "stage_changed", "retracted", "retracted", "won"],
    ),
    // A move that has a date.
    ("talk 20, lost 10", &["stage_changed", "retracted", "lost"]),
    // A close that was dated by its import.
    ("won 99, lost 10", &["won", "retracted", "lost"]),
];

/// Month after month, each export twice: after each, the deal stands as the export says, now and as known then.
fn check(crm: &Inbox, said: &str, expected: &[&str]) {
    let mut known = Vec::new();
    for (state, month) in said.split(", ").zip(MONTHS) {
        let (stage, day) = state.split_once(' ').unwrap_or((state, ""));
        let at = match day {
            "" => String::new(),
            "99" => "2027-01-01".to_owned(),
            day => format!("2026-02-{day:0>2}"),
        };
        let rows = format!("No,Stage,At,Value\nd,{stage},{at},100\n");
        let now = format!("{month}T12:00:00Z");
        import(crm, &rows, &now, &[]);
        assert_eq!(import(crm, &rows, &now, &[])[0], 0, "{said}: {month}");
        known.push((month, stage.replace("talk", "open")));
        for (month, stage) in &known {
            assert_eq!(standing(crm, "d", month, month), *stage, "{said}: {month}");
        }
        let last = standing(crm, "d", "2028-01-01", month);
        assert_eq!(last, stage.replace("talk", "open"), "{said}: {month}");
    }
    let types: Vec<String> =
        crm.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    let types: Vec<&str> =
        types.iter().filter_map(|name| name.split_once('.').map(|(_, name)| name)).collect();
    assert_eq!(types[1..], *expected, "{said}");
}

#[test]
fn what_the_last_export_says_of_a_state_holds_whatever_later_moment_an_earlier_one_gave() {
    for (said, expected) in SEQUENCES {
        check(&crm(STATES), said, expected);
    }
}
