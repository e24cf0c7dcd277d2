//! Next month's export through the real binary: each change arrives, once, and the rest of its row with it.
//!
//! The mapping is one of a user's own, without any `key`; `state` says which of its emits are alternatives.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::collections::BTreeMap;

use rapport_tests::inbox::{Inbox, counts};
use serde_json::Value;

const MAPPING: &str = r#"
name = "crm"
currency = "EUR"

[[table]]
name = "deals"
files = ["deals*.csv"]
id = "{No}"
customer = "{Customer}"
actor = { id = "{Owner}" }
tags = ["region:{Region}"]
[[table.emit]]
name = "opened"
type = "deal.opened"
occurred_at = "{Opened}"
payload = { deal_id = "{No}", stage = "new", amount = "{Value}", expected_close = "{Expected}", products = ["{Product}"], personal.title = "{Name}" }
[[table.emit]]
name = "moved"
state = "stage"
type = "deal.stage_changed"
when = { Stage = { not = ["new", "won", "lost"] } }
payload = { deal_id = "{No}", to = "{Stage}" }
[[table.emit]]
name = "won"
state = "stage"
type = "deal.won"
when = { Stage = "won" }
occurred_at = "{Closed}"
payload = { deal_id = "{No}", amount = "{Value}" }
[[table.emit]]
name = "lost"
state = "stage"
type = "deal.lost"
when = { Stage = "lost" }
occurred_at = "{Closed}"
payload = { deal_id = "{No}" }

[[table]]
name = "accounts"
files = ["accounts*.csv"]
id = "{Id}"
customer = "{Id}"
occurred_at = "{Created}"
[[table.emit]]
name = "registered"
type = "party.registered"
payload = { kind = "organisation", personal.name = "{Name}" }
[[table.emit]]
name = "type"
state = "type"
type = "party.fact_recorded"
payload = { category = "segment_attribute", key = "account_type", personal.value = "{Type}" }
when = { Type = { empty = false } }
"#;

const HEADER: &str = "No,Customer,Owner,Region,Name,Product,Stage,Opened,Expected,Closed,Value\n";
const ROW: &str = "{no},ada,olga,north,Ovens for Ada,oven,{stage},2026-01-05,2026-04-01,{closed},{value}\n";

/// An inbox with a mapping of a user's own.
fn crm_by(mapping: &str) -> Inbox {
    let crm = Inbox::new();
    crm.write("crm.toml", mapping);
    crm
}

fn crm() -> Inbox {
    crm_by(MAPPING)
}

/// Imports a file of this name and content; the summary.
fn import(crm: &Inbox, name: &str, text: &str) -> Value {
    crm.write(name, text);
    crm.import(&["crm.toml", name])
}

fn rejects(crm: &Inbox) -> String {
    crm.read("crm-rejects.csv").unwrap_or_default()
}

/// Imports deals, and the same again, which adds nothing; returns the events of the first import by deal.
fn month(crm: &Inbox, rows: &[String]) -> BTreeMap<String, Vec<String>> {
    let before = crm.events().len();
    let told = import(crm, "deals.csv", &(HEADER.to_owned() + &rows.concat()));
    let all = crm.events();
    let again = crm.import(&["crm.toml", "deals.csv"]);
    assert_eq!(counts(&told, ["rejected"]), [0], "{told}");
    assert_eq!(counts(&again, ["accepted", "rejected", "eventsAdded"]), [0, 0, 0], "{again}");
    let mut by_deal: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in all.iter().skip(before) {
        by_deal.entry(deal(event, &all)).or_default().push(said(event));
    }
    by_deal
}

/// The deal of an event, or of the event that it corrects.
fn deal(event: &Value, all: &[Value]) -> String {
    let target = &event["payload"]["eventCorrected"]["targetEventId"];
    let event = all.iter().find(|other| other["id"] == *target).unwrap_or(event);
    let payload = event["payload"].as_object().unwrap().values().next().unwrap();
    payload["dealId"].as_str().unwrap_or("no deal").to_owned()
}

/// An event without its ids: its type and the rest of its payload.
fn said(event: &Value) -> String {
    let mut payload = event["payload"].as_object().unwrap().values().next().unwrap().clone();
    let fields = payload.as_object_mut().unwrap();
    for id in ["dealId", "targetEventId", "reason"] {
        fields.remove(id);
    }
    if let Some(replacement) = fields.remove("replacement") {
        let mut inner = replacement.as_object().unwrap().values().next().unwrap().clone();
        inner.as_object_mut().unwrap().remove("dealId");
        fields.insert("replacement".to_owned(), inner);
    }
    format!("{} {payload}", event["type"].as_str().unwrap())
}

fn row(no: &str, stage: &str, closed: &str, value: &str) -> String {
    ROW.replace("{no}", no).replace("{stage}", stage).replace("{closed}", closed).replace("{value}", value)
}

fn one(found: &BTreeMap<String, Vec<String>>, deal: &str) -> Vec<String> {
    found.get(deal).cloned().unwrap_or_default()
}

#[test]
fn whatever_cell_changed_arrives_as_what_it_is_once_and_the_rest_of_its_row_with_it() {
    let crm = crm();
    let plain = |no: &str| row(no, "new", "", "100");
    let amount = r#"deal.terms_changed {"amount":{"currency":"EUR","minorUnits":"25000"}}"#;
    let won = r#"deal.won {"amount":{"currency":"EUR","minorUnits":"10000"}}"#;
    let dearer = r#"deal.won {"amount":{"currency":"EUR","minorUnits":"25000"}}"#;
    let opening = r#""amount":{"currency":"EUR","minorUnits":"10000"},"expectedClose":"2026-04-01""#;
    let cases: [(&str, String, Vec<String>); 13] = [
        ("nothing", plain("nothing"), vec![]),
        ("amount", row("amount", "new", "", "250"), vec![amount.into()]),
        (
            "amount-and-win",
            row("amount-and-win", "won", "2026-03-01", "250"),
            vec![amount.into(), dearer.into()],
        ),
        ("stage", row("stage", "talk", "", "100"), vec![r#"deal.stage_changed {"to":"talk"}"#.into()]),
        ("won", row("won", "won", "2026-03-01", "100"), vec![won.into()]),
        ("lost", row("lost", "lost", "2026-03-01", "100"), vec!["deal.lost {}".into()]),
        (
            "expected",
            plain("expected").replace("2026-04-01", "2026-05-02"),
            vec![r#"deal.terms_changed {"expectedClose":"2026-05-02"}"#.into()],
        ),
        (
            "product",
            plain("product").replace(",oven,", ",mixer,"),
            vec![r#"deal.terms_changed {"products":["mixer"]}"#.into()],
        ),
        (
            "name",
            plain("name").replace("Ovens for Ada", "Mixers"),
            vec![format!(
                r#"event.corrected {{"replacement":{{{opening},"personal":{{"title":"Mixers"}},"products":["oven"],"stage":"new"}}}}"#
            )],
        ),
        (
            "date",
            plain("date").replace("2026-01-05", "2026-01-06"),
            vec![r#"event.corrected {"occurredAt":"2026-01-06T00:00:00Z"}"#.into()],
        ),
        ("owner", plain("owner").replace("olga", "piet"), vec![]),
        ("tags", plain("tags").replace("north", "south"), vec![]),
        (
            "owner-and-win",
            row("owner-and-win", "won", "2026-03-01", "100")
                .replace("olga", "piet")
                .replace("north", "south"),
            vec![won.into()],
        ),
    ];
    let first: Vec<String> = cases.iter().map(|(no, ..)| plain(no)).collect();
    assert_eq!(month(&crm, &first).len(), cases.len());
    let second: Vec<String> = cases.iter().map(|(_, row, _)| row.clone()).collect();
    let found = month(&crm, &second);
    for (no, _, expected) in &cases {
        assert_eq!(one(&found, no), *expected, "{no}");
    }
    // And all the way back, which is a change like any other.
    let back = month(&crm, &first);
    let expected: [(&str, &[&str]); 6] = [
        ("nothing", &[]),
        ("amount", &[r#"deal.terms_changed {"amount":{"currency":"EUR","minorUnits":"10000"}}"#]),
        ("expected", &[r#"deal.terms_changed {"expectedClose":"2026-04-01"}"#]),
        ("date", &[r#"event.corrected {"occurredAt":"2026-01-05T00:00:00Z"}"#]),
        ("product", &[r#"deal.terms_changed {"products":["oven"]}"#]),
        ("owner", &[]),
    ];
    for (no, expected) in expected {
        assert_eq!(one(&back, no), expected, "{no}");
    }
    assert!(one(&back, "name")[0].contains("Ovens for Ada"), "{back:?}");
    assert_eq!(rejects(&crm), "");
}

#[test]
fn a_state_is_told_whenever_it_is_another_also_when_it_was_that_before() {
    let crm = crm();
    let moved = |to: &str| vec![format!(r#"deal.stage_changed {{"to":"{to}"}}"#)];
    let won = |value: u32| format!(r#"deal.won {{"amount":{{"currency":"EUR","minorUnits":"{value}"}}}}"#);
    let months = [
        (row("d", "talk", "", "100"), moved("talk")),
        (row("d", "offer", "", "100"), moved("offer")),
        (row("d", "talk", "", "100"), moved("talk")),
        (row("d", "won", "2026-03-01", "100"), vec![won(10_000)]),
        // Opened again, and won again: the same win is another one.
        (row("d", "talk", "", "100"), moved("talk")),
        (row("d", "won", "2026-03-01", "100"), vec![won(10_000)]),
        // The same win on another day is a correction, and no second win.
        (
            row("d", "won", "2026-03-02", "100"),
            vec![r#"event.corrected {"occurredAt":"2026-03-02T23:59:59.999999Z"}"#.to_owned()],
        ),
        (row("d", "lost", "2026-03-05", "100"), vec!["deal.lost {}".to_owned()]),
    ];
    for (place, (row, expected)) in months.into_iter().enumerate() {
        let mut found = one(&month(&crm, &[row]), "d");
        found.retain(|said| !said.starts_with("deal.opened"));
        assert_eq!(found, expected, "month {place}");
    }
}

#[test]
fn a_fact_that_changed_is_a_fact_of_the_day_on_which_that_is_known_and_a_name_is_corrected() {
    let crm = crm();
    let accounts = |text: &str| import(&crm, "accounts.csv", &format!("Id,Name,Type,Created\n{text}\n"));
    accounts("ada,Ada Ltd,Prospect,2025-02-03");
    let second = accounts("ada,Ada and Sons,Customer,2025-02-03");
    assert_eq!(counts(&second, ["eventsAdded"]), [2], "{second}");
    for _ in 0..2 {
        let again = crm.import(&["crm.toml", "accounts.csv"]);
        assert_eq!(counts(&again, ["eventsAdded", "duplicate"]), [0, 1], "{again}");
    }
    let facts: Vec<Value> =
        crm.events().into_iter().filter(|event| event["type"] == "party.fact_recorded").collect();
    let values: Vec<_> = facts
        .iter()
        .map(|fact| fact["payload"]["partyFactRecorded"]["personal"]["value"].as_str().unwrap())
        .collect();
    assert_eq!(values, ["Prospect", "Customer"]);
    assert_eq!(facts[0]["occurredAt"], "2025-02-03T00:00:00Z");
    assert_eq!(facts[1]["occurredAt"], facts[1]["recordedAt"], "nobody knows since when");
    let timeline = crm.ledger.run(["timeline", "ada"]).unwrap();
    assert!(timeline.contains("Ada and Sons") && timeline.contains("account_type: Customer"), "{timeline}");
}

#[test]
fn a_change_that_no_event_can_say_is_a_reject_of_that_event_alone_and_names_both_places() {
    let crm = crm();
    month(&crm, &[row("a", "new", "", "100"), row("b", "new", "", "100")]);
    let moved = row("b", "won", "2026-03-01", "100").replace(",ada,", ",bob,");
    let told = import(&crm, "deals.csv", &(HEADER.to_owned() + &row("a", "talk", "", "100") + &moved));
    assert_eq!(counts(&told, ["accepted", "rejected", "eventsAdded"]), [1, 1, 2], "{told}");
    let told = rejects(&crm);
    let reject = told.lines().nth(1).unwrap();
    assert!(reject.contains("deals,3,1,Customer,bob,"), "{reject}");
    assert!(reject.contains("emit `opened`: `customer`: the ledger has the event at position 2"), "{reject}");
    assert!(reject.contains("`party.merged`") && reject.contains("`event.retracted`"), "{reject}");
    let events = crm.events();
    let won = events.iter().find(|event| event["type"] == "deal.won").unwrap();
    assert_eq!(won["customer"], "bob");
    assert_eq!(counts(&crm.import(&["crm.toml", "deals.csv"]), ["eventsAdded"]), [0]);
    // A correction would leave the win with bob: it says nothing of the customer.
    let back = row("b", "won", "2026-03-01", "120");
    let told = import(&crm, "deals.csv", &(HEADER.to_owned() + &back));
    assert_eq!(counts(&told, ["rejected", "eventsAdded"]), [1, 1], "{told}");
    let told = rejects(&crm);
    assert!(told.contains("deals,2,1,Customer,ada,") && told.contains("emit `won`: `customer`"), "{told}");
    let events = crm.events();
    assert_eq!(events.last().unwrap()["type"], "deal.terms_changed");
    assert!(events.iter().all(|event| event["type"] != "event.corrected"));
}

#[test]
fn two_rows_of_one_file_that_say_otherwise_of_one_thing_are_no_change_however_often_they_come() {
    let crm = crm();
    let file = HEADER.to_owned()
        + &row("d", "talk", "", "100")
        + &row("d", "offer", "", "250")
        + &row("d", "talk", "", "100");
    let keys = ["accepted", "duplicate", "rejected", "eventsAdded"];
    let first = import(&crm, "deals.csv", &file);
    assert_eq!(counts(&first, keys), [1, 1, 1, 2], "{first}");
    let dry = crm.dry_run(&["crm.toml", "deals.csv"]);
    assert_eq!(
        counts(&dry.last().unwrap()["summary"], keys),
        [1, 1, 1, 2],
        "the dry run promises what comes"
    );
    let told = rejects(&crm);
    assert!(told.contains("emit `opened`: `deal_opened.amount`"), "{told}");
    assert!(told.contains("emit `moved`: `deal_stage_changed.to`"), "{told}");
    for _ in 0..2 {
        let again = crm.import(&["crm.toml", "deals.csv"]);
        assert_eq!(counts(&again, keys), [0, 2, 1, 0], "{again}");
        assert!(
            rejects(&crm).contains("the row on line 2 of this import says otherwise"),
            "{}",
            rejects(&crm)
        );
    }
    // The next export has one of the two rows, and that is a change.
    let found = month(&crm, &[row("d", "offer", "", "250")]);
    assert_eq!(one(&found, "d").len(), 2, "{found:?}");
}

#[test]
fn a_mapping_that_says_nothing_of_changes_tells_them_all_the_same() {
    let mapping = r#"
name = "crm"
currency = "EUR"
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
customer = "{Customer}"
[[table.emit]]
type = "deal.opened"
occurred_at = "{Opened}"
payload = { deal_id = "{No}", stage = "{Stage}", amount = "{Value}" }
[[table.emit]]
type = "deal.won"
when = { Stage = "won" }
occurred_at = "{Closed}"
payload = { deal_id = "{No}", amount = "{Value}" }
[[table.emit]]
type = "acme.deal_noted"
custom = { title = "{Name}", place = { region = "{Region}" } }
"#;
    let crm = crm_by(mapping);
    let moved = |to: &str| format!(r#"deal.stage_changed {{"from":"new","to":"{to}"}}"#);
    let terms = r#"deal.terms_changed {"amount":{"currency":"EUR","minorUnits":"20000"}}"#.to_owned();
    let opened = |row: &str| one(&month(&crm, &[row.to_owned()]), "d");
    let first = row("d", "new", "", "100");
    assert_eq!(opened(&first).len(), 1, "and a note");
    assert_eq!(opened(&row("d", "talk", "", "100")), [moved("talk")]);
    // A stage that says that the deal is closed is no move: the win says it.
    let won = opened(&row("d", "won", "2026-03-01", "200"));
    assert_eq!(won, [terms, r#"deal.won {"amount":{"currency":"EUR","minorUnits":"20000"}}"#.to_owned()]);
    let dearer = opened(&row("d", "won", "2026-03-01", "300"));
    assert!(
        dearer[0].starts_with("deal.terms_changed") && dearer[1].starts_with("event.corrected"),
        "{dearer:?}"
    );
    let renamed = opened(&row("d", "won", "2026-03-01", "300").replace("Ovens for Ada", "Mixers"));
    assert_eq!(renamed, [] as [String; 0], "the note alone is corrected");
    let last = crm.events().into_iter().rev().find(|event| event["type"] == "event.corrected").unwrap();
    assert!(last["payload"]["eventCorrected"]["replacement"]["custom"].is_object(), "{last}");
}

#[test]
fn a_joined_file_that_is_not_given_takes_no_value_away() {
    let mapping = r#"
name = "crm"
[[table]]
name = "people"
files = ["people.csv"]
id = "{id}"
customer = "{id}"
[[table.join]]
name = "city"
files = ["cities.csv"]
on = "{city}"
key = "{code}"
[[table.emit]]
type = "party.registered"
payload = { kind = "person", country = { first = ["{city.country}", "LT"] }, personal.name = "{name}" }
[[table.emit]]
type = "note.recorded"
payload = { kind = "city", personal.text = "{city.country}" }
"#;
    let crm = crm_by(mapping);
    crm.write("people.csv", "id,name,city\n1,Ada,r\n");
    crm.write("cities.csv", "code,country\nr,LV\n");
    crm.import(&["crm.toml", "people.csv", "cities.csv"]);
    let alone = crm.import(&["crm.toml", "people.csv"]);
    assert_eq!(counts(&alone, ["eventsAdded", "rejected"]), [0, 1], "{alone}");
    assert!(rejects(&crm).contains("a joined file of the table was not given"), "{}", rejects(&crm));
    let both = crm.import(&["crm.toml", "people.csv", "cities.csv"]);
    assert_eq!(counts(&both, ["eventsAdded", "duplicate"]), [0, 1], "{both}");
}

#[test]
fn a_cell_of_an_opening_that_was_emptied_keeps_no_change_back_when_a_joined_file_is_not_given() {
    let mapping = r#"
name = "crm"
currency = "EUR"
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
[[table.join]]
name = "line"
files = ["lines.csv"]
on = "{No}"
key = "{Deal}"
[[table.emit]]
type = "deal.opened"
payload = { deal_id = "{No}", stage = "new", amount = "{Value}", expected_close = "{Expected}", products = [{ first = ["{line.Product}", "{Product}"] }] }
"#;
    let crm = crm_by(mapping);
    crm.write("lines.csv", "Deal,Product\nd,oven\n");
    let deals = |row: &str| crm.write("deals.csv", format!("No,Value,Expected,Product\n{row}\n"));
    deals("d,100,2026-04-01,mixer");
    crm.import(&["crm.toml", "deals.csv", "lines.csv"]);
    // The value is gone, the date is another one, and both are in the file that is there.
    deals("d,,2026-05-01,oven");
    for added in [1, 0] {
        let alone = crm.import(&["crm.toml", "deals.csv"]);
        assert_eq!(counts(&alone, ["eventsAdded", "rejected"]), [added, 0], "{alone}");
    }
    let last = crm.events().into_iter().rev().find(|event| event["type"] == "deal.terms_changed").unwrap();
    assert_eq!(last["payload"]["dealTermsChanged"]["expectedClose"], "2026-05-01");
    assert!(last["payload"]["dealTermsChanged"]["amount"].is_null(), "{last}");
    // The product may be another one only because its file is missing.
    deals("d,,2026-06-01,mixer");
    let alone = crm.import(&["crm.toml", "deals.csv"]);
    assert_eq!(counts(&alone, ["eventsAdded", "rejected"]), [0, 1], "{alone}");
    assert!(rejects(&crm).contains("`deal_opened.products`"), "{}", rejects(&crm));
}

#[test]
fn the_tutorial_of_the_documentation_is_true_word_for_word_next_month_too() {
    let text = include_str!("../../docs/import.md");
    let block = |fence: &str| text.split_once(fence).unwrap().1.split_once("\n```").unwrap().0.to_owned();
    let (rows, mapping) = (block("You have `deals.csv`:\n\n```\n"), block("Write `my.toml`:\n\n```toml\n"));
    let next = block("Next month's `deals.csv` is\n\n```\n");
    let crm = crm_by(&mapping);
    let added = |rows: &str| counts(&import(&crm, "deals.csv", rows), ["eventsAdded"])[0];
    assert_eq!([added(&rows), added(&rows), added(&next), added(&next)], [6, 0, 4, 0]);
    let funnel_has = |lines: [&str; 2]| {
        let arguments = ["funnel", "--pipeline", "sales", "--measure", "outcomes", "--output", "csv"];
        let funnel = crm.ledger.run(arguments).unwrap();
        for line in lines {
            assert!(funnel.contains(line), "{line}: {funnel}");
        }
    };
    funnel_has(["EUR,won,2,", "EUR,open,1,"]);
    let won = crm.events().into_iter().filter(|event| event["type"] == "deal.won").nth(1).unwrap();
    assert_eq!(won["payload"]["dealWon"]["amount"]["minorUnits"], "110000");
    // A deal that the source opens again is open, also in the stage in which it was opened first.
    for (stage, added_then) in [("Contact", 1), ("Won", 1), ("Negotiation", 1)] {
        let reopened = next.replace("Ovens;Won;", &format!("Ovens;{stage};"));
        assert_eq!([added(&reopened), added(&reopened)], [added_then, 0], "{stage}");
        funnel_has(if stage == "Won" {
            ["EUR,won,2,", "EUR,open,1,"]
        } else {
            ["EUR,won,1,", "EUR,open,2,"]
        });
    }
}
