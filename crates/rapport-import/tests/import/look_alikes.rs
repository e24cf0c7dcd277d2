//! Ids that look alike: none is altered, each pair is told once, and what the pair's remedy says makes one id of both.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fs};

use crate::support::{Run, run};
use rapport_import::{LookAlike, Mapping};

const DEALS: &str = r#"
[[table]]
name = "deals"
files = ["deals*.csv"]
id = ["{No}", "{Day}"]
customer = "{Who}"
actor = { id = "{By}" }
[[table.emit]]
type = "deal.opened"
payload = { deal_id = "{No}", stage = "new" }

[[table]]
name = "people"
files = ["people.csv"]
id = "{Who}"
customer = "{Who}"
[[table.emit]]
type = "party.registered"
payload = { kind = "person" }
"#;

fn import(mapping: &str, files: &[(&str, &str)]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    run(&Mapping::parse(mapping, "test").unwrap(), &[folder.path().to_owned()])
}

fn pairs(run: &Run) -> Vec<&LookAlike> {
    run.ends.iter().flat_map(|(end, _)| &end.look_alikes.first).collect()
}

fn customers(run: &Run) -> BTreeSet<&str> {
    run.events.iter().map(|event| event.event.customer.as_str()).collect()
}

/// Spellings that look like `Ada Ķ`, or nearly so.
const SPELLINGS: [&str; 6] =
    ["Ada K\u{327}", "Ada\u{a0}Ķ", "Ada \u{200b}Ķ", "\u{feff}Ada  Ķ", "ADA ĶK", "\u{ff21}da Ķ"];

#[test]
fn ids_of_every_kind_that_look_alike_are_told_by_pair_and_stay_what_they_are() {
    for spelling in SPELLINGS {
        let first = if spelling == "ADA ĶK" { "ada ķk" } else { "Ada Ķ" };
        let csv = |rows: &[[&str; 4]]| {
            let rows: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
            format!("No,Day,Who,By\n{}\n", rows.join("\n"))
        };
        for column in ["No", "Who", "By"] {
            let row = |text: &str, day: &'static str| {
                let of =
                    |name: &str, else_: &str| if column == name { text.to_owned() } else { else_.to_owned() };
                [of("No", "1"), day.to_owned(), of("Who", "bob"), of("By", "ilze")]
            };
            let rows = [row(first, "a"), row(spelling, "b"), row(first, "c"), row(spelling, "d")];
            let rows: Vec<[&str; 4]> =
                rows.iter().map(|row| [0, 1, 2, 3].map(|at| row[at].as_str())).collect();
            let told = import(DEALS, &[("deals.csv", &csv(&rows))]);
            let pairs = pairs(&told);
            assert_eq!(pairs.len(), 1, "{column} {spelling:?}: {pairs:?}");
            let what = match column {
                "No" => "deal_id",
                "Who" => "customer",
                _ => "actor",
            };
            assert_eq!((pairs[0].what.as_str(), pairs[0].line, pairs[0].first_line), (what, 3, 2));
            assert_eq!(told.ends[0].0.look_alikes.pairs, 1);
            assert_eq!((told.events.len(), told.rejects.len()), (4, 0));
            if column == "Who" {
                assert_eq!(customers(&told), BTreeSet::from([first, spelling.trim()]), "ids are not altered");
            }
            // What the remedy says makes one of both.
            let mended = DEALS.replace(&format!("\"{{{column}}}\""), &pairs[0].remedy);
            let mended = import(&mended, &[("deals.csv", &csv(&rows))]);
            assert_eq!(mended.ends[0].0.look_alikes.pairs, 0, "{}", pairs[0].remedy);
            assert!(customers(&mended).len() == 1, "{:?}", customers(&mended));
        }
    }
}

#[test]
fn look_alikes_are_found_across_files_and_tables_and_only_the_first_ten_of_a_file_are_kept() {
    let many: String = (0..25).map(|row| format!("a{row},x,A{row}\nA{row},x,a{row}\n")).collect();
    let told = import(
        DEALS,
        &[
            ("deals-1.csv", "No,Day,Who,By\n1,x,ada,\n"),
            ("deals-2.csv", &format!("No,Day,Who,By\n{}", many.replace("\n", ",\n"))),
            ("people.csv", "Who\nADA\nbob\n"),
        ],
    );
    let files: Vec<_> = told.ends.iter().map(|(end, _)| &end.look_alikes).collect();
    // Of each row the deal and the customer.
    assert_eq!([files[0].pairs, files[1].pairs, files[2].pairs], [0, 50, 1]);
    assert_eq!((files[1].first.len(), files[1].first[9].line), (10, 11));
    let pair = &files[2].first[0];
    assert_eq!((pair.what.as_str(), pair.line, pair.first_line), ("customer", 2, 2));
    assert!(pair.first_file.ends_with("deals-1.csv") && pair.file.ends_with("people.csv"), "{pair:?}");
    assert!(!files.iter().any(|found| found.is_partial));
}

#[test]
fn what_is_different_or_of_another_kind_is_no_pair() {
    let rows = "No,Day,Who,By\nd-1,x,D-1,D-1\nd-2,x,d 1,d-2\nd1,x,d-11,\n";
    assert_eq!(pairs(&import(DEALS, &[("deals.csv", rows)])).len(), 0);
}

#[test]
fn ids_that_a_spreadsheet_has_shortened_are_rejects_wherever_the_mapping_has_an_id() {
    let mapping = DEALS.replace("id = [\"{No}\", \"{Day}\"]", "id = \"{Day}\"");
    let told = import(&mapping, &[("deals.csv", "No,Day,Who,By\n1.2E+12,x,ada,\n2,y,ada,\n")]);
    assert_eq!((told.rejects.len(), told.events.len()), (1, 1));
    assert_eq!((told.rejects[0].column.as_str(), told.rejects[0].value.as_str()), ("No", "1.2E+12"));
}

#[test]
fn the_form_of_letters_is_nfc_or_nfkc() {
    let mapping = DEALS.replace("\"{Who}\"", "{ text = \"{Who}\", normalize = \"nfd\" }");
    let error = Mapping::parse(&mapping, "test").unwrap_err().to_string();
    assert!(error.contains("`normalize` is `\"nfd\"`; expected `nfc` or `nfkc`"), "{error}");
}
