//! A first mapping is suggested for a file that has none; it can be used as it is, in every format.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use crate::support::{Folder, Run, data, mapping, run, zip};
use rapport_import::suggest;

/// Imports a file by the mapping that is suggested for it; also returns the mapping.
fn tried(path: &Path) -> (Run, String) {
    let text = suggest(path).unwrap();
    (run(&mapping(&text), &[path.to_owned()]), text)
}

fn of(name: &str, bytes: &[u8]) -> (Run, String) {
    let folder = Folder::of(&[(name, bytes)]);
    tried(&folder.file(name))
}

const DEALS: &str = "Deal No;Customer;Salesperson;Stage;Opened;Closed;Value\n\
    D-1;Baltic Foods;Ilze;Won;12.01.2026;03.03.2026;1.250,00\nD-2;Baltic Foods;Ilze;Negotiation;20.02.2026;;980,50\n\
    D-3;;Jonas;Lost;25.02.2026;10.03.2026;\n";

#[test]
fn deals_of_a_desk_in_another_language_are_deals_with_dates_amounts_and_wins() {
    let (run, text) = of("deals.csv", DEALS.as_bytes());
    let types = run.types();
    assert_eq!(
        (types["deal.opened"], types["deal.won"], types["deal.lost"], types["deal.stage_changed"]),
        (3, 1, 1, 1)
    );
    assert_eq!(run.rejects, []);
    for part in [
        "delimiter = \";\"",
        "numbers = \"1.234,56\"",
        "dates = [\"%d.%m.%Y\"]",
        "id = \"{Deal No}\"",
        "customer = \"{Customer}\"",
        "actor = { id = \"{Salesperson}\" }",
        "amount = \"{Value}\"",
        "occurred_at = \"{Opened}\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn the_same_rows_get_the_same_events_in_every_format() {
    let header: Vec<&str> = DEALS.lines().next().unwrap().split(';').collect();
    let objects: Vec<String> = DEALS
        .lines()
        .skip(1)
        .map(|line| {
            let members: Vec<String> = header
                .iter()
                .zip(line.split(';'))
                .map(|(name, value)| format!("{name:?}:{value:?}"))
                .collect();
            format!("{{{}}}", members.join(","))
        })
        .collect();
    let log: String = DEALS
        .lines()
        .skip(1)
        .map(|line| {
            let attributes: String = header
                .iter()
                .zip(line.split(';'))
                .map(|(name, value)| format!("<string key=\"{name}\" value=\"{value}\"/>"))
                .collect();
            format!("<trace><event>{attributes}</event></trace>")
        })
        .collect();
    let utf16: Vec<u8> = DEALS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let expected = of("deals.csv", DEALS.as_bytes()).0.types();
    for (name, bytes) in [
        ("deals.json", format!("[{}]", objects.join(",")).into_bytes()),
        ("deals.jsonl", objects.join("\n").into_bytes()),
        ("deals.xes", format!("<log>{log}</log>").into_bytes()),
        ("deals.zip", zip(&[("x/deals.csv", DEALS)])),
        ("deals.txt", utf16),
    ] {
        assert_eq!(of(name, &bytes).0.types(), expected, "{name}");
    }
}

#[test]
fn whatever_a_file_holds_the_mapping_can_be_used_and_takes_its_rows() {
    let files: [(&str, &str); 8] = [
        ("odd.csv", "a\"b,{x},,a\"b\n1,2,3,4\n5,6,7,8\n"),
        ("nothing known.csv", "foo,bar\nx,y\nx,y\n"),
        ("numbers.txt", "1 19970101 2 29.33\n2 19970118 2 29.73\n"),
        ("two-ways.csv", "id,amount\n1,1.250\n2,\"980,50\"\n3,\"1.250,00\"\n4,12.5\n5,1.375\n"),
        (
            "survey.csv",
            "respondent,NPS score,comment,date\na,9,good,2026-01-01\nb,3,bad,2026-01-02\nc,,none,2026-01-02\n",
        ),
        (
            "lines.csv",
            "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n1,a,2,2026-01-01,1.5,7\n1,b,1,2026-01-01,2.25,7\n2,a,-1,2026-01-02,1.5,\n",
        ),
        ("control.csv", "id,te\u{7}xt\n1,a\n2,b\n"),
        ("one.json", "{\"id\":1,\"deep\":{\"name\":\"x\"}}"),
    ];
    for (name, text) in files {
        let (run, mapping) = of(name, text.as_bytes());
        assert!(run.rejects.is_empty() && !run.events.is_empty(), "{name}: {:?}\n{mapping}", run.rejects);
    }
    let (run, text) = of("lines.csv", files[5].1.as_bytes());
    assert_eq!(run.types()["invoice.issued"], 2, "{text}");
    let (_, text) = of("survey.csv", files[4].1.as_bytes());
    assert!(text.contains("instrument = \"nps\"") && text.contains("CHECK"), "{text}");
}

#[test]
fn a_mapping_is_suggested_for_every_set_of_real_data() {
    let sets = [
        "bpic2016_complaints",
        "cdnow_sample",
        "crm_sales_opportunities",
        "export_layout_hubspot",
        "export_layout_intercom",
        "export_layout_salesforce",
        "export_layout_segment",
        "export_layout_zendesk",
        "salesforce_devorg",
    ];
    for set in sets {
        let Some(folder) = data(set) else { return };
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let rows = name.ends_with(".csv") || name.starts_with("CDNOW");
            if !rows || fs::read_to_string(&path).is_ok_and(|text| text.lines().count() < 2) {
                continue;
            }
            let (run, text) = tried(&path);
            let (rows, _, _, rejected) = run.rows();
            assert!(rejected * 10 <= rows, "{name}: {rejected} of {rows}: {:?}\n{text}", run.rejects.first());
        }
    }
}
