//! Formats, parts in an archive, order, runs and the decision of a column, each together with the others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Folder, Run, import, mapping, run_on, stop, zip};
use rapport_import::ImportError;
use rapport_proto::v1::payload::Kind;

/// The deals that were won, and when.
fn won(run: &Run) -> Vec<(String, String)> {
    run.each(|event| match &event.kind {
        Kind::DealWon(deal) => Some((deal.deal_id.clone(), event.moment())),
        _ => None,
    })
}

const NOTES: &str = r#"
[[table]]
name = "notes"
files = ["notes*.csv"]
customer = "{who}"
occurred_at = "{day}"
[[table.emit]]
type = "note.recorded"
payload = { kind = "note", personal.text = "{text}" }
"#;

#[test]
fn parts_of_one_table_in_an_archive_count_equal_rows_once_each_and_close_apart_also_sorted() {
    let january = "who,day,text\nbob,2026-01-03,hello\nada,2026-01-02,hello\nada,2026-01-02,hello\n";
    let february = "day,who,text\n2026-01-02,ada,hello\n2026-02-01,ada,later\n2026-02-02,ada,later\n";
    let archive = zip(&[("notes-1.csv", january), ("in/notes-2.csv", february)]);
    for text in [NOTES.to_owned(), NOTES.replace("customer =", "sort_by = \"{day}\"\ncustomer =")] {
        let packed = Folder::of(&[("export.zip", &archive)]);
        let mut ledger = BTreeMap::new();
        let first = run_on(&mapping(&text), &[packed.path()], &mut ledger);
        assert_eq!((first.rejects.len(), ledger.len(), first.ends.len()), (0, 6, 2));
        let closed: BTreeSet<String> = first
            .ends
            .iter()
            .map(|(end, tally)| end.batch_closed(&tally.counts()).unwrap().event.id)
            .collect();
        assert_eq!(closed.len(), 2, "an archive's members have its digest in common");
        // Whatever is imported again: the archive, or what was in it.
        let plain = Folder::of(&[("notes-1.csv", january), ("notes-2.csv", february)]);
        for folder in [packed, plain] {
            run_on(&mapping(&text), &[folder.path()], &mut ledger);
            assert_eq!(ledger.len(), 6, "{text}");
        }
    }
}

const AMOUNTS: &str = r#"
numbers = "1.234,56"
[[table]]
name = "log"
files = ["log.*"]
run_by = "{case}"
sort_by = "{at}"
occurred_at = "{at}"
[table.let]
total = { plus = [{ first = ["{$previous.total}", "0"] }, "{amount}"] }
pair = { plus = [{ first = ["{$previous.amount}", "0"] }, { first = ["{$first.amount}"] }, { first = ["{$next.amount}", "0"] }] }
[[table.emit]]
type = "note.recorded"
payload = { kind = "note", personal.text = "{case} {total} {pair}" }
"#;

/// The text of each note, numbers without zeros at their end.
fn amounts(run: &Run) -> Vec<String> {
    assert!(run.rejects.is_empty(), "{:?}", run.rejects);
    let shortest = |word: &str| word.parse::<f64>().map_or(word.to_owned(), |number| number.to_string());
    let numbers = |text: &String| text.split(' ').map(shortest).collect::<Vec<_>>().join(" ");
    run.notes().iter().map(numbers).collect()
}

#[test]
fn sorted_rows_of_any_format_keep_which_of_their_values_are_numbers_and_so_do_the_rows_around_them() {
    let lines = "{\"case\":\"A\",\"at\":\"2026-01-03T08:00:00\",\"amount\":4}\n\
                 {\"case\":\"B\",\"at\":\"2026-01-01T08:00:00\",\"amount\":7.125}\n\
                 {\"case\":\"A\",\"at\":\"2026-01-01T08:00:00\",\"amount\":1.250}\n\
                 {\"case\":\"A\",\"at\":\"2026-01-02T08:00:00\",\"amount\":2.500}\n";
    let csv = "case;at;amount\nA;2026-01-03T08:00:00;4\nB;2026-01-01T08:00:00;7,125\n\
               A;2026-01-01T08:00:00;1,250\nA;2026-01-02T08:00:00;2,500\n";
    let expected = ["A 1.25 3.75", "A 3.75 6.5", "A 7.75 3.75", "B 7.125 7.125"];
    assert_eq!(amounts(&import(AMOUNTS, &[("log.jsonl", lines)])), expected);
    let semicolons = format!("delimiter = \";\"\n{AMOUNTS}");
    assert_eq!(amounts(&import(&semicolons, &[("log.csv", csv)])), expected);
}

const WON: &str = r#"
dates = ["%d/%m/%Y", "%m/%d/%Y"]
zone = "Europe/Riga"
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
sort_by = "{Closed}"
[[table.emit]]
type = "deal.won"
occurred_at = "{Closed}"
payload = { deal_id = "{No}" }
"#;

#[test]
fn a_closing_day_is_the_end_of_the_day_that_its_column_says_however_it_is_written_and_in_that_order() {
    let months_first = "No,Closed\n1,04/25/2026\n2,03/04/2026\n3,01/05/2026\n";
    let days_first = "No,Closed\n1,25/04/2026\n2,04/03/2026\n3,05/01/2026\n";
    let expected = [
        ("3", "2026-01-05T21:59:59.999999Z"),
        ("2", "2026-03-04T21:59:59.999999Z"),
        ("1", "2026-04-25T20:59:59.999999Z"),
    ]
    .map(|(no, at)| (no.to_owned(), at.to_owned()));
    let latest = WON.replace("\"{Closed}\"\npayload", "{ latest = [\"{Closed}\"] }\npayload");
    assert_ne!(latest, WON);
    for text in [WON, &latest] {
        for rows in [months_first, days_first] {
            let run = import(text, &[("deals.csv", rows)]);
            assert_eq!(won(&run), expected, "{text}{rows}");
        }
    }
}

#[test]
fn the_look_before_the_first_row_finds_missing_columns_and_leaves_faults_of_rows_to_the_import() {
    let later = "[[table]]\nname = \"later\"\nfiles = [\"later.csv\"]\n[[table.emit]]\ntype = \"deal.won\"\n\
                 occurred_at = \"{Closed}\"\npayload = { deal_id = \"{No}\", reason = \"{city.name}\" }\n";
    let join = "[[table.join]]\nname = \"city\"\nfiles = [\"cities.csv\"]\non = \"{No}\"\nkey = \"{code}\"\n";
    let deals: &[u8] = b"No,Closed\n1,04/25/2026\n2,03/04/2026\n";
    let text = format!("{WON}{}", later.replace("[[table.emit]]", &format!("{join}[[table.emit]]")));
    let cases: [(&[u8], &[u8], &str, usize); 3] = [
        (b"No,Day\n1,04/25/2026\n", b"code,name\n", "lacks columns", 0),
        (deals, b"code,title\n", "lacks columns", 0),
        (deals, b"code,name\n1,\xff\n", "not UTF-8", 2),
    ];
    for (file, cities, expected, before) in cases {
        let (error, events) =
            stop(&text, &[("deals.csv", deals), ("later.csv", file), ("cities.csv", cities)]);
        assert!(events == before && error.to_string().contains(expected), "{events}: {error}");
    }
    let scattered = WON.replace("sort_by", "run_by").replace("run_by = \"{Closed}\"", "run_by = \"{Who}\"");
    let rows = b"No,Who,Closed\n1,a,04/25/2026\n2,b,03/04/2026\n3,a,03/05/2026\n";
    let (error, events) = stop(&scattered, &[("deals.csv", rows)]);
    assert!(events == 2 && matches!(error, ImportError::Scattered { line: 4, .. }), "{events}: {error}");
}
