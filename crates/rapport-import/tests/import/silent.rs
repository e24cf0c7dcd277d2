//! What a mapping could get wrong without a word is a reject: a condition over a value that cannot be read, amounts of
//! several currencies in one sum, a group of several customers, a header in the middle of a file.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;

use crate::support::{Run, minor, run};
use rapport_import::{Import, Mapping, Options};
use rapport_proto::v1::payload::Kind;

fn import(mapping: &str, files: &[(&str, &str)]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mapping = Mapping::parse(mapping, "test").unwrap_or_else(|error| panic!("{error}"));
    run(&mapping, &[folder.path().to_owned()])
}

/// Lines and columns of the rejects.
fn rejects(run: &Run) -> Vec<(u64, &str)> {
    run.rejects.iter().map(|reject| (reject.line, reject.column.as_str())).collect()
}

fn totals(run: &Run) -> Vec<i64> {
    let total = |kind| match kind {
        Kind::InvoiceIssued(invoice) => minor(invoice.total.as_ref()),
        other => panic!("{other:?}"),
    };
    run.decoded().map(|event| total(event.kind)).collect()
}

const NOTES: &str = r#"
[[table]]
name = "notes"
files = ["notes.csv"]
WHERE
[table.let]
known = { text = "{kind}", map = { "a" = "first", "b" = "second" }, otherwise = "reject" }
[[table.emit]]
type = "note.recorded"
WHEN
payload = { kind = TEXT }
"#;

#[test]
fn a_condition_that_cannot_be_decided_is_a_reject_of_its_row_wherever_it_stands() {
    let rows = "kind,amount\na,5\nb,0\nx,5\na,12;5\nb,\n";
    let amount = "{ amount = { above = 0 } }";
    let cases = [
        (format!("where = {amount}"), String::new(), "\"n\"".to_owned(), vec![(5, "amount")]),
        (String::new(), format!("when = {amount}"), "\"n\"".into(), vec![(5, "amount")]),
        (String::new(), String::new(), format!("{{ text = \"n\", when = {amount} }}"), vec![(5, "amount")]),
        (
            String::new(),
            String::new(),
            format!("{{ cases = [{{ when = {amount}, value = \"n\" }}, {{ value = \"m\" }}] }}"),
            vec![(5, "amount")],
        ),
        (String::new(), "when = { known = \"first\" }".into(), "\"n\"".into(), vec![(4, "kind")]),
        (String::new(), "when = { kind = { same = \"{known}\" } }".into(), "\"n\"".into(), vec![(4, "kind")]),
        // What decides without the value that cannot be read, decides.
        (String::new(), format!("when = [{{ kind = \"a\" }}, {amount}]"), "\"n\"".into(), vec![]),
        (String::new(), "when = { kind = \"b\", amount = { below = 1 } }".into(), "\"n\"".into(), vec![]),
    ];
    for (filter, when, text, expected) in cases {
        let mapping = NOTES.replace("WHERE", &filter).replace("WHEN", &when).replace("TEXT", &text);
        let run = import(&mapping, &[("notes.csv", rows)]);
        assert_eq!(rejects(&run), expected, "{filter} {when} {text}");
        assert_eq!(run.rows().0, 5);
    }
}

#[test]
fn a_joined_row_of_which_a_condition_or_the_key_cannot_be_read_stops_the_import_with_its_line() {
    let joined = "[[table.join]]\nname = \"more\"\nfiles = [\"more.csv\"]\non = \"{kind}\"\n";
    for more in ["key = \"{k}\"\nwhere = { n = { above = 0 } }", "key = { text = \"{n}\", as = \"number\" }"]
    {
        let mapping = NOTES
            .replace("WHERE\n", &format!("{joined}{more}\n"))
            .replace("WHEN", "")
            .replace("TEXT", "\"{more.k}\"");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.csv"), "kind,amount\na,5\n").unwrap();
        fs::write(folder.path().join("more.csv"), "k,n\na,1\nb,1;5\n").unwrap();
        let mapping = Mapping::parse(&mapping, "test").unwrap();
        let mut import = Import::new(&mapping, &[folder.path().to_owned()], Options::default()).unwrap();
        let error = import.find_map(Result::err).unwrap().to_string();
        assert!(error.contains("line 3 of the joined file") && error.contains("column `n`"), "{error}");
    }
}

const INVOICES: &str = r#"
currency = "EUR"
[[table]]
name = "invoices"
files = ["invoices.csv"]
group_by = "{no}"
customer = "{who}"
[table.let]
gross = { times = ["{net}", { text = "{tax}", default = 1 }] }
[[table.emit]]
type = "invoice.issued"
payload = { invoice_id = "{no}", kind = "invoice", total = TOTAL }
"#;

#[test]
fn amounts_of_several_currencies_are_not_one_sum_nor_one_product() {
    let rows = "no,who,net,tax,currency\n1,ada,10,,EUR\n1,,5,,\n2,ada,10,,EUR\n2,ada,5,,USD\n3,ada,$5,,EUR\n";
    let sum = "{ sum = \"{gross}\", over = \"rows\", currency = \"{currency}\" }";
    let run = import(&INVOICES.replace("TOTAL", sum), &[("invoices.csv", rows)]);
    assert_eq!((totals(&run), rejects(&run)), (vec![1_500], vec![(4, "currency"), (6, "net")]));
    assert_eq!(run.rejects.iter().map(|reject| reject.value.as_str()).collect::<Vec<_>>(), ["USD", "$5"]);
    let rows = "no,who,net,tax\n1,ada,10,119%\n2,ada,10 USD,\n3,ada,€10,2\n";
    for total in ["\"{gross}\"", "{ text = \"{gross}\", round = 1 }", "{ plus = [\"{net}\", \"{gross}\"] }"] {
        let run = import(&INVOICES.replace("TOTAL", total), &[("invoices.csv", rows)]);
        assert_eq!((totals(&run).len(), rejects(&run)), (2, vec![(3, "net")]), "{total}");
    }
    for total in ["\"{net}\"", "{ text = \"{net}\", as = \"number\" }", "{ text = \"{net}\", round = 2 }"] {
        let run = import(&INVOICES.replace("TOTAL", total), &[("invoices.csv", rows)]);
        assert_eq!((totals(&run), rejects(&run)), (vec![1_000, 1_000], vec![(3, "net")]), "{total}");
    }
}

#[test]
fn a_group_whose_rows_are_of_several_customers_is_a_reject_that_names_both_lines() {
    let rows = "no,who,net,tax\n1,ada,1,\n1,,2,\n2,ada,1,\n2,ada,1,\n2,bob,2,\n3,,1,\n3,bob,2,\n";
    let sum = "{ sum = \"{net}\", over = \"rows\" }";
    let run = import(&INVOICES.replace("TOTAL", sum), &[("invoices.csv", rows)]);
    assert_eq!((totals(&run), rejects(&run)), (vec![300], vec![(4, "who"), (7, "who")]));
    let reject = &run.rejects[0];
    assert_eq!((reject.value.as_str(), reject.rows), ("bob", 3));
    assert!(reject.reason.contains("line 6") && reject.reason.contains("line 4"), "{}", reject.reason);
    let first = INVOICES.replace("\"{who}\"", "\"{$first.who}\"").replace("TOTAL", sum);
    let run = import(&first, &[("invoices.csv", rows)]);
    assert_eq!((totals(&run), run.rejects.len()), (vec![300, 400, 300], 0));
}

#[test]
fn a_header_in_the_middle_of_a_file_is_a_reject_and_not_a_row() {
    let rows = "kind,amount\na,1\n\u{feff}kind,amount\nb,2\nkind , amount\nkind,2\n";
    let mapping = NOTES.replace("WHERE", "").replace("WHEN", "").replace("TEXT", "\"{kind}\"");
    let run = import(&mapping, &[("notes.csv", rows)]);
    assert_eq!((rejects(&run), run.events.len()), (vec![(3, ""), (5, "")], 3));
}

#[test]
fn a_row_with_a_fault_does_not_reset_a_running_total() {
    let mapping = r#"
[[table]]
name = "work"
files = ["work.csv"]
run_by = "{case}"
[table.let]
total = { plus = ["{hours}", { text = "{$previous.total}", default = 0 }] }
[[table.emit]]
type = "note.recorded"
payload = { kind = "{total}" }
"#;
    let run = import(mapping, &[("work.csv", "case,hours\nA,1\nA,2\nA,x\nA,4\nB,8\n")]);
    let kinds = run.decoded().map(|event| match event.kind {
        Kind::NoteRecorded(note) => note.kind,
        other => panic!("{other:?}"),
    });
    assert_eq!(
        (kinds.collect::<Vec<_>>(), rejects(&run)),
        (["1", "3", "7", "8"].map(String::from).to_vec(), vec![(4, "hours")])
    );
}
