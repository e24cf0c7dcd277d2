//! A quotation mark that is stray takes rows into a value: the row is a reject that names the lines, and honest values of
//! several lines go on working.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support::{Run, complaint, import, stop};

/// Notes of a file with `columns` columns, of which the one at `text` is the text.
fn notes(columns: usize, text: usize, more: &str) -> String {
    let names: Vec<String> = (0..columns).map(|column| format!("\"c{column}\"")).collect();
    format!(
        "columns = [{}]\n{more}\n[[table]]\nname = \"notes\"\nfiles = [\"notes.csv\"]\nundated = \"recording\"\n\
         [[table.emit]]\ntype = \"note.recorded\"\npayload = {{ personal.text = \"{{c{text}}}\" }}\n",
        names.join(", ")
    )
}

/// A row of plain cells, with one of them written otherwise.
fn row(number: usize, columns: usize, cell: usize, written: &str) -> String {
    let cells = (0..columns)
        .map(|column| if column == cell { written.to_owned() } else { format!("v{number}_{column}") });
    cells.collect::<Vec<_>>().join(",")
}

fn one_reject(run: &Run, opens: usize, closes: usize, context: &str) -> String {
    let [reject] = run.rejects.as_slice() else { panic!("{context}: {:?}", run.rejects) };
    let lines = format!("begins a value on line {opens} is closed on line {closes},");
    assert!(reject.reason.contains(&lines), "{context}: {}", reject.reason);
    reject.reason.clone()
}

#[test]
fn a_stray_mark_that_another_value_closes_is_a_reject_with_both_lines_wherever_it_stands() {
    for columns in 1..6 {
        for (cell, other) in (0..columns).flat_map(|cell| (0..columns).map(move |other| (cell, other))) {
            for swallowed in 1..5 {
                for (end, honest) in
                    [("\n", "\"said, and done\""), ("\r\n", "\"plain\""), ("\n", "\"\"\"so\"\" it is\"")]
                {
                    let mut rows = vec![row(1, columns, cell, "one"), row(2, columns, cell, "\"stray")];
                    rows.extend((3..2 + swallowed).map(|number| row(number, columns, cell, "between")));
                    rows.push(row(2 + swallowed, columns, other, honest));
                    rows.push(row(3 + swallowed, columns, cell, "last"));
                    let file = rows.join(end);
                    let run = import(&notes(columns, cell, ""), &[("notes.csv", &file)]);
                    one_reject(&run, 2, 2 + swallowed, &file);
                    assert_eq!(run.notes(), ["one", "last"], "{file}");
                }
            }
        }
    }
}

#[test]
fn a_stray_mark_that_a_mark_at_the_end_of_a_value_closes_is_a_reject_when_the_lines_look_like_rows() {
    for columns in 2..7 {
        for (cell, other) in (0..columns).flat_map(|cell| (0..columns).map(move |other| (cell, other))) {
            for (empty, end) in [(false, "\n"), (true, "\n"), (false, "\r\n")] {
                let mut rows = vec![row(1, columns, cell, "one"), row(2, columns, cell, "\"stray")];
                rows.extend((3..9).map(|number| row(number, columns, cell, if empty { "" } else { "a b" })));
                rows.push(row(9, columns, other, "24\""));
                let file = rows.join(end);
                let mapping = notes(columns, cell, "ragged = true");
                let run = import(&mapping, &[("notes.csv", &file)]);
                if other >= cell {
                    let reason = one_reject(&run, 2, 9, &file);
                    assert!(reason.contains("`quoted_rows = true`"), "{reason}");
                    assert!(run.rejects[0].value.starts_with("stray"), "{file}");
                    assert!(!run.rejects[0].value.contains(['\r', '\n']), "{file}");
                } else {
                    // Then the row has too many values.
                    assert_eq!(run.rejects.len(), 1, "{file}");
                }
                if other == cell {
                    let run = import(&format!("quoted_rows = true\n{mapping}"), &[("notes.csv", &file)]);
                    assert_eq!((run.rejects.len(), run.notes().len()), (0, 2), "{file}");
                }
            }
        }
    }
}

#[test]
fn a_key_that_allows_lines_like_rows_does_not_allow_text_behind_a_closing_mark() {
    let run = import(&notes(2, 1, "quoted_rows = true"), &[("notes.csv", "a,\"b\nc,d\ne,\"f\"\n")]);
    one_reject(&run, 1, 3, "quoted_rows");
}

#[test]
fn a_joined_file_with_a_stray_mark_stops_the_import_with_both_lines() {
    let join = "[[table.join]]\nname = \"more\"\nfiles = [\"more.csv\"]\non = \"{c0}\"\nkey = \"{c0}\"\n\
                columns = [\"c0\", \"text\"]\n[[table.emit]]";
    let mapping = notes(2, 1, "").replace("[[table.emit]]", join).replace("{c1}", "{more.text}");
    let (error, told) = stop(&mapping, &[("notes.csv", "a,b\n"), ("more.csv", "a,\"b\nc,\"d\"\n")]);
    let message = error.to_string();
    assert!(message.contains("value on line 1 is closed on line 2") && told == 0, "{message}");
}

#[test]
fn a_header_with_a_stray_mark_stops_the_import_with_both_lines() {
    let mapping = notes(2, 1, "").replace("columns = [\"c0\", \"c1\"]", "");
    let message = complaint(&mapping, "notes.csv", "c0,\"c1\na,b\nc,\"d\"\n");
    assert!(
        message.contains("begins a value on line 1 is closed on line 3, where text follows it"),
        "{message}"
    );
}

/// Bodies of tickets and messages, as they are.
const BODIES: [&str; 14] = [
    "Dear Sir or Madam,\n\nthe oven, which I bought in May, is broken.\n\nKind regards,\nAnna",
    "one line, and\nanother, with\nsome commas, as\nin verse, and\nmore, of it",
    "Hi,\r\nthe price is 1,250, or so\r\nThanks,\r\nBo",
    "- red, green\n- blue, yellow\n- black, white\n- brown, grey\n- pink, lime\n- teal, cyan",
    "He said \"no\", then \"yes\".\nShe said \"maybe\"",
    "\"quoted from the begin\nto the end\"",
    "\"\n\"",
    "\n\n\n",
    "> quoted, he wrote\n> and more, of it\n\nmy answer",
    "{\n  \"a\": 1,\n  \"b\": [1, 2, 3],\n  \"c\": {}\n}",
    "S,M\nL,XL",
    "size: 24\"\nheight: 12\"",
    "a;b;c\nd;e;f\ng;h;i\nj;k;l",
    "12,5\n13,75",
];

#[test]
fn honest_values_of_several_lines_are_read_as_they_are_in_every_column() {
    for columns in 1..8 {
        for cell in 0..columns {
            for end in ["\n", "\r\n"] {
                let quoted = |body: &&str| format!("\"{}\"", body.replace('"', "\"\""));
                let rows: Vec<String> = BODIES
                    .iter()
                    .enumerate()
                    .map(|(number, body)| row(number, columns, cell, &quoted(body)))
                    .collect();
                let run = import(
                    &notes(columns, cell, "trim = false\nundated = \"recording\""),
                    &[("notes.csv", rows.join(end) + end)],
                );
                assert_eq!(run.rejects, [], "{columns} {cell}");
                // With one column, a row of empty lines alone has no value.
                let has_value = |body: &&&str| columns > 1 || !body.trim().is_empty();
                let expected: Vec<&str> = BODIES.iter().filter(has_value).copied().collect();
                assert_eq!(run.notes(), expected, "{columns} {cell}");
            }
        }
    }
}

#[test]
fn blanks_behind_a_closing_mark_are_not_text() {
    let run = import(&notes(2, 0, ""), &[("notes.csv", "\"a\nb\"  ,c\nd,\"e\nf\" \n")]);
    assert_eq!((run.rejects.len(), run.notes()), (0, vec!["a\nb".to_owned(), "d".to_owned()]));
}

#[test]
fn a_row_of_very_many_quoted_values_is_read_in_linear_time() {
    let row = format!("{}\"a\nb\"", "\"\",".repeat(300_000));
    let mapping = notes(2, 0, "").replace("columns = [\"c0\", \"c1\"]", "").replace("c0", "#300001");
    let header = format!("{}x", "a,".repeat(300_000));
    let run = import(&mapping, &[("notes.csv", format!("{header}\n{row}\n{row}\nz\"\n"))]);
    assert_eq!((run.notes(), run.rejects.len()), (vec!["a\nb".to_owned(); 2], 1));
}
