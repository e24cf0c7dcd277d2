//! Next month's export in other formats than CSV, through the real binary: the ledger knows the same things again in
//! any format, and each change arrives once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

#[path = "../../crates/rapport-import/tests/import/support/packed.rs"]
mod packed;

use packed::{text_row, workbook, zip};
use rapport_tests::inbox::{Inbox, counts};
use serde_json::json;

const MAPPING: &str = r#"
name = "crm"
currency = "EUR"
numbers = "1.234,56"
dates = "%d.%m.%Y"

[[table]]
name = "deals"
files = ["deals.*"]
id = "{No}"
customer = "{Customer}"
[[table.emit]]
name = "opened"
type = "deal.opened"
occurred_at = "{Opened}"
payload = { deal_id = "{No}", stage = "new", amount = "{Value}" }
[[table.emit]]
name = "won"
state = "stage"
type = "deal.won"
when = { Stage = "won" }
occurred_at = "{Closed}"
payload = { deal_id = "{No}", amount = "{Value}" }
"#;

const COLUMNS: [&str; 6] = ["No", "Customer", "Stage", "Opened", "Closed", "Value"];

/// A deal as its source has it; the amount in hundredths.
type Deal = (&'static str, &'static str, &'static str, u32);

fn csv(deals: &[Deal]) -> Vec<u8> {
    let mut text = COLUMNS.join(",") + "\n";
    for (no, stage, closed, value) in deals {
        text += &format!("{no},ada,{stage},05.01.2026,{closed},\"{},{:02}\"\n", value / 100, value % 100);
    }
    text.into_bytes()
}

fn json_lines(deals: &[Deal]) -> Vec<u8> {
    let line = |(no, stage, closed, value): &Deal| {
        let value = f64::from(*value) / 100.0;
        let row = json!({"No": no, "Customer": "ada", "Stage": stage, "Opened": "05.01.2026", "Closed": closed, "Value": value});
        format!("{row}\n")
    };
    deals.iter().map(line).collect::<String>().into_bytes()
}

fn sheet(deals: &[Deal]) -> Vec<u8> {
    let mut rows = text_row(&COLUMNS);
    for (no, stage, closed, value) in deals {
        let texts = text_row(&[no, "ada", stage, "05.01.2026", closed]);
        let number = format!("<c><v>{}</v></c></row>", f64::from(*value) / 100.0);
        rows += &texts.replace("</row>", &number);
    }
    workbook(&[("Deals", &rows)], &[], "")
}

/// Imports a file of this name and content: events added, rows rejected.
fn import(inbox: &Inbox, name: &str, deals: &[Deal]) -> [u64; 2] {
    let bytes = match name {
        "deals.jsonl" => json_lines(deals),
        "deals.xlsx" => sheet(deals),
        "deals.zip" => zip(&[("deals.csv", csv(deals))]),
        _ => csv(deals),
    };
    inbox.write(name, bytes);
    counts(&inbox.import(&["crm.toml", name]), ["eventsAdded", "rejected"])
}

#[test]
fn an_updated_export_in_any_format_adds_what_changed_once_and_is_known_in_every_other_format() {
    let months: [&[Deal]; 3] = [
        &[("D-1", "new", "", 125_050), ("D-2", "new", "", 98_050)],
        &[("D-1", "new", "", 130_025), ("D-2", "won", "03.04.2026", 98_050), ("D-3", "new", "", 1_000)],
        &[("D-1", "new", "", 125_050), ("D-2", "won", "04.04.2026", 98_050), ("D-3", "new", "", 1_000)],
    ];
    // Opened; the terms, the win and a new deal; the terms again, and the day of the win.
    let expected = [2, 3, 2];
    let names = ["deals.jsonl", "deals.xlsx", "deals.zip", "deals.csv"];
    for name in names {
        let inbox = Inbox::new();
        inbox.write("crm.toml", MAPPING);
        for (deals, added) in months.iter().zip(expected) {
            assert_eq!(import(&inbox, name, deals), [added, 0], "{name}: {deals:?}");
            for again in names {
                assert_eq!(import(&inbox, again, deals), [0, 0], "{name}, then {again}: {deals:?}");
            }
        }
        let events = inbox.events();
        let of = |kind: &str| events.iter().filter(|event| event.get("type") == Some(&kind.into())).count();
        let found = ["deal.opened", "deal.terms_changed", "deal.won", "event.corrected"].map(of);
        assert_eq!(found, [3, 2, 1, 1], "{name}");
    }
}
