//! How the bytes of files become values: encodings, and the decision how a column is written.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support::{Run, import, refused, stop};
use encoding_rs::Encoding;
use rapport_proto::v1::payload::Kind;

/// The error that stops the import, and how many events came before it.
fn stopped(mapping: &str, files: &[(&str, &[u8])]) -> (String, usize) {
    let (error, events) = stop(mapping, files);
    (error.to_string(), events)
}

const NOTES: &str = r#"
[[table]]
name = "notes"
files = ["notes.csv"]
id = "{No}"
[[table.emit]]
type = "note.recorded"
payload = { personal.text = "{Text}" }
"#;

fn encoded(label: &str, text: &str) -> Vec<u8> {
    match label {
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned(),
    }
}

#[test]
fn bytes_that_an_encoding_does_not_have_reject_their_row_and_no_other_in_every_encoding() {
    let wrong: [(&str, &[u8]); 9] = [
        ("utf-8", b"\xff"),
        ("shift_jis", b"\xff"),
        ("gbk", b"\xff"),
        ("gb18030", b"\x81\x20"),
        ("euc-kr", b"\xff"),
        ("big5", b"\xff"),
        ("euc-jp", b"\x8f\xff"),
        ("utf-16le", b"\x00\xd8"),
        ("utf-16be", b"\xdc\x00"),
    ];
    for (label, bytes) in wrong {
        for (delimiter, mark) in [(",", ","), ("whitespace", " ")] {
            let rows =
                [format!("No{mark}Text\n1{mark}one\n2{mark}t"), format!("wo\n3{mark}three\n4{mark}four")];
            let file = [encoded(label, &rows[0]), bytes.to_vec(), encoded(label, &rows[1])].concat();
            let mapping = format!("encoding = \"{label}\"\ndelimiter = \"{delimiter}\"\n{NOTES}");
            let run = import(&mapping, &[("notes.csv", &file)]);
            assert_eq!(run.reject_places(), [(3, "Text")], "{label} {delimiter}");
            assert!(run.rejects[0].reason.contains("`encoding`"), "{label}: {}", run.rejects[0].reason);
            assert_eq!(run.notes(), ["one", "three", "four"], "{label}");
        }
    }
}

#[test]
fn a_file_of_utf_16_that_is_cut_within_a_letter_loses_its_last_row_and_says_so() {
    for label in ["utf-16le", "utf-16be"] {
        for declared in [true, false] {
            let mut file = encoded(label, "\u{feff}No,Text\n1,one\n2,two");
            file.pop();
            let encoding = if declared { format!("encoding = \"{label}\"\n") } else { String::new() };
            let run = import(&format!("{encoding}{NOTES}"), &[("notes.csv", &file)]);
            assert_eq!(run.reject_places(), [(3, "Text")], "{label}");
            assert_eq!(run.rejects[0].value, "tw\u{fffd}");
            assert_eq!(run.notes(), ["one"]);
        }
    }
}

#[test]
fn bytes_that_are_not_text_are_told_by_the_encoding_that_the_file_has_in_every_format() {
    let bom = |label: &str| -> &[u8] {
        match label {
            "utf-16le" => b"\xff\xfe",
            "utf-16be" => b"\xfe\xff",
            _ => b"\xef\xbb\xbf",
        }
    };
    // The mapping says another encoding; the byte order mark wins.
    for (label, declared, wrong, said) in [
        ("utf-16le", "utf-8", b"\x00\xd8".as_slice(), "half of a letter that `UTF-16LE`"),
        ("utf-16le", "utf-8", b"\x00\xdc", "a lone surrogate"),
        ("utf-16be", "windows-1252", b"\xd8\x00", "half of a letter that `UTF-16BE`"),
        ("utf-8", "windows-1252", b"\xff", "not UTF-8"),
    ] {
        let file = |before: &str, after: &str| {
            [bom(label), &encoded(label, before), wrong, &encoded(label, after)].concat()
        };
        let comma = file("No,Text\n1,t", "wo\n2,two\n");
        let words = file("No Text\n1 t", "wo\n2 two\n");
        let json = file("[{\"No\": 1, \"Text\": \"t", "wo\"},\n {\"No\": 2, \"Text\": \"two\"}]");
        let lines = file("{\"No\": 1, \"Text\": \"t", "wo\"}\n{\"No\": 2, \"Text\": \"two\"}\n");
        for (key, bytes) in [
            ("format = \"csv\"", &comma),
            ("delimiter = \"whitespace\"", &words),
            ("format = \"json\"", &json),
            ("format = \"jsonl\"", &lines),
        ] {
            let run = import(&format!("encoding = \"{declared}\"\n{key}\n{NOTES}"), &[("notes.csv", bytes)]);
            assert_eq!((run.rejects.len(), run.notes()), (1, vec!["two".to_owned()]), "{label} {key}");
            assert!(run.rejects[0].reason.contains(said), "{label} {key}: {}", run.rejects[0].reason);
        }
        let log = file(
            "<log><trace><event><string key=\"No\" value=\"1\"/><string key=\"Text\" value=\"t",
            "wo\"/></event></trace></log>",
        );
        let mapping = format!("encoding = \"{declared}\"\nformat = \"xes\"\n{NOTES}");
        let (message, _) = stopped(&mapping, &[("notes.csv", &log)]);
        assert!(message.contains(said) && message.contains("line 1"), "{label}: {message}");
    }
}

#[test]
fn a_replacement_character_that_the_file_has_is_a_letter_like_others() {
    for label in ["utf-8", "utf-16le"] {
        let file = encoded(label, "No,Text\n1,K\u{fffd}se\n");
        let run = import(&format!("encoding = \"{label}\"\n{NOTES}"), &[("notes.csv", &file)]);
        assert_eq!((run.rejects.len(), run.notes()), (0, vec!["K\u{fffd}se".to_owned()]), "{label}");
    }
}

#[test]
fn a_joined_file_and_a_file_of_stages_with_bytes_that_their_encoding_does_not_have_stop_the_import() {
    let joined = NOTES.replace(
        "[[table.emit]]",
        "[[table.join]]\nname = \"more\"\nfiles = [\"more.csv\"]\non = \"{No}\"\nkey = \"{No}\"\n[[table.emit]]",
    );
    let joined = format!("encoding = \"shift_jis\"\n{}", joined.replace("{Text}", "{more.Text}"));
    let (message, events) =
        stopped(&joined, &[("notes.csv", b"No\n1\n"), ("more.csv", b"No,Text\n1,a\n2,\xff\n")]);
    assert_eq!(events, 0);
    assert!(
        message.contains("line 3") && message.contains("`Text`") && message.contains("Shift_JIS"),
        "{message}"
    );
    let stages = "encoding = \"shift_jis\"\n[[definition]]\n[definition.stages_from]\nfiles = [\"stages.csv\"]\n\
                  code = \"{p}\"\nstage = \"{s}\"\n";
    let files: [(&str, &[u8]); 2] =
        [("notes.csv", b"No,Text\n1,a\n"), ("stages.csv", b"p,s\nx,a\nx,\xffb\n")];
    let (message, _) = stopped(&format!("{stages}{NOTES}"), &files);
    assert!(message.contains("line 3") && message.contains("`s`"), "{message}");
    let message = refused(&format!("encoding = \"hz-gb-2312\"\n{NOTES}"));
    assert!(message.contains("`encoding`"), "{message}");
}

const DEALS: &str = r#"
currency = "EUR"
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
[[table.emit]]
type = "deal.opened"
occurred_at = "{Day}"
payload = { deal_id = "{No}", pipeline = "sales", stage = "one", amount = "{Amount}", expected_close = { text = "{Close}", as = "date" } }
"#;

fn deals(head: &str, rows: &[[&str; 3]]) -> (String, String) {
    let mut file = String::from("No;Day;Amount;Close\n");
    for (number, row) in rows.iter().enumerate() {
        file.push_str(&format!("{number};{}\n", row.join(";")));
    }
    (format!("delimiter = \";\"\n{head}\n{DEALS}"), file)
}

/// The days on which deals were opened, and on which they are expected to close.
fn opened(run: &Run) -> Vec<(String, String)> {
    run.each(|event| match &event.kind {
        Kind::DealOpened(deal) => Some((event.moment()[..10].to_owned(), deal.expected_close.clone())),
        _ => None,
    })
}

#[test]
fn a_date_that_fits_only_with_day_and_month_exchanged_stops_the_import_before_the_first_row() {
    for (dates, first, second) in [
        (r#""%m/%d/%Y""#, "%m/%d/%Y", "%d/%m/%Y"),
        (r#"["iso", "%m/%d/%y", "%m/%d/%Y"]"#, "%m/%d/%Y", "%d/%m/%Y"),
    ] {
        let (mapping, file) = deals(
            &format!("dates = {dates}"),
            &[["2026-01-01", "1", "03/04/2026"], ["2026-01-01", "1", ""], ["2026-01-01", "1", "14/04/2026"]],
        );
        let (message, events) = stopped(&mapping, &[("deals.csv", file.as_bytes())]);
        assert_eq!(events, 0);
        for part in ["`Close`", "deals.csv", "line 2", "line 4", first, second, "`dates`"] {
            if dates.contains("iso") {
                assert!(message.contains(part), "{part}: {message}");
            }
        }
        assert!(message.contains("`dates`"), "{message}");
    }
}

#[test]
fn of_two_orders_in_dates_the_one_that_every_value_of_the_column_fits_is_taken_for_the_column() {
    let (mapping, file) = deals(
        r#"dates = ["%m/%d/%Y", "%d/%m/%Y"]"#,
        &[["03/04/2026", "1", "05/06/2026"], ["14/04/2026", "1", "05/25/2026"]],
    );
    let run = import(&mapping, &[("deals.csv", file.as_bytes())]);
    let expected = [("2026-04-03", "2026-05-06"), ("2026-04-14", "2026-05-25")];
    assert_eq!(run.rejects, []);
    assert_eq!(opened(&run), expected.map(|(day, close)| (day.to_owned(), close.to_owned())));
    assert_eq!(run.ends[0].0.warnings, [""; 0]);
}

#[test]
fn values_that_prove_both_orders_stop_the_import_and_an_order_that_no_value_proves_is_a_warning() {
    let both = r#"dates = ["%d.%m.%Y", "%m.%d.%Y"]"#;
    let (mapping, file) =
        deals(both, &[["03.04.2026", "1", ""], ["14.04.2026", "1", ""], ["04.14.2026", "1", ""]]);
    let (message, events) = stopped(&mapping, &[("deals.csv", file.as_bytes())]);
    assert_eq!(events, 0);
    for part in ["`Day`", "line 2", "line 3", "line 4", "%d.%m.%Y", "%m.%d.%Y", "`dates`"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let (mapping, file) = deals(both, &[["03.04.2026", "1", "04.04.2026"]]);
    let run = import(&mapping, &[("deals.csv", file.as_bytes())]);
    assert_eq!(opened(&run)[0].0, "2026-04-03");
    let [warning] = run.ends[0].0.warnings.as_slice() else { panic!("{:?}", run.ends[0].0.warnings) };
    assert!(
        warning.contains("`Day`") && warning.contains("`dates`") && warning.contains("line 2"),
        "{warning}"
    );
}

#[test]
fn a_date_that_nothing_can_swap_is_a_reject_of_its_row_alone() {
    let (mapping, file) = deals(
        r#"dates = "%m/%d/%Y""#,
        &[["04/04/2026", "1", ""], ["14/04/2026", "1", ""], ["04/15/2026", "1", ""]],
    );
    let run = import(&mapping, &[("deals.csv", file.as_bytes())]);
    assert_eq!((run.rejects.len(), run.events.len()), (1, 2));
}

#[test]
fn a_number_that_fits_only_with_point_and_comma_exchanged_stops_the_import_before_the_first_row() {
    for (style, amounts, lines) in [
        ("", ["1.250", "980,50", "1"], ["line 2", "line 3"]),
        ("", ["1,250", "1", "1.250,00"], ["line 2", "line 4"]),
        (r#"numbers = "1.234,56""#, ["980.50", "1.250", "1"], ["line 2", "line 3"]),
        (r#"numbers = "1234,56""#, ["1,250", "1", "12.5"], ["line 2", "line 4"]),
        (r#"numbers = "1,234.56""#, ["1.250", "1.250.000", "12.5"], ["line 2", "line 3"]),
    ] {
        let rows = amounts.map(|amount| ["2026-01-01", amount, ""]);
        let (mapping, file) = deals(style, &rows);
        let (message, events) = stopped(&mapping, &[("deals.csv", file.as_bytes())]);
        assert_eq!(events, 0, "{style} {amounts:?}");
        for part in ["`Amount`", "deals.csv", "`numbers`", lines[0], lines[1]] {
            assert!(message.contains(part), "{style} {amounts:?} {part}: {message}");
        }
    }
}

#[test]
fn numbers_of_one_style_are_read_and_a_style_that_no_value_decides_is_a_warning() {
    let (mapping, file) = deals("", &[["2026-01-01", "1,250", ""], ["2026-01-01", "980.5", ""]]);
    let run = import(&mapping, &[("deals.csv", file.as_bytes())]);
    assert_eq!(run.amounts(), [125_000, 98_050]);
    assert_eq!(run.ends[0].0.warnings, [""; 0]);
    let (mapping, file) = deals("", &[["2026-01-01", "1.250", ""], ["2026-01-01", "7", ""]]);
    let run = import(&mapping, &[("deals.csv", file.as_bytes())]);
    assert_eq!(run.amounts(), [125, 700]);
    let [warning] = run.ends[0].0.warnings.as_slice() else { panic!("{:?}", run.ends[0].0.warnings) };
    assert!(warning.contains("`Amount`") && warning.contains("`numbers`"), "{warning}");
    let (mapping, file) = deals(r#"numbers = "1,234.56""#, &[["2026-01-01", "1.250", ""]]);
    assert_eq!(import(&mapping, &[("deals.csv", file.as_bytes())]).ends[0].0.warnings, [""; 0]);
}

#[test]
fn rows_that_the_mapping_leaves_out_prove_nothing() {
    let head = "[[table]]\nname = \"history\"\nfiles = [\"history.csv\"]\nid = \"{No}\"\n[[table.emit]]\n\
                type = \"deal.won\"\nwhen = { Field = \"amount\" }\npayload = { deal_id = \"{No}\", amount = \"{Value}\" }\n";
    let mapping = format!("currency = \"EUR\"\n{head}");
    let file = "No,Field,Value\n1,amount,\"1,250\"\n2,note,\"12,5\"\n3,amount,980.50\n";
    let run = import(&mapping, &[("history.csv", file.as_bytes())]);
    assert_eq!((run.rejects.len(), run.events.len()), (0, 2));
    let proof = file.replace("note", "amount");
    let (message, events) = stopped(&mapping, &[("history.csv", proof.as_bytes())]);
    assert!(events == 0 && message.contains("`numbers`"), "{message}");
}

#[test]
fn the_values_of_a_joined_file_and_every_file_count_before_the_first_row_of_any() {
    let mapping = r#"
currency = "EUR"
[[table]]
name = "accounts"
files = ["accounts.csv"]
id = "{Id}"
customer = "{Id}"
[[table.emit]]
type = "party.registered"
payload = { kind = "organisation", personal.name = "{Id}" }
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
[[table.join]]
name = "price"
files = ["prices.csv"]
on = "{No}"
key = "{No}"
[[table.emit]]
type = "deal.opened"
payload = { deal_id = "{No}", pipeline = "sales", stage = "one", amount = "{price.Amount}" }
"#;
    let files: [(&str, &[u8]); 3] = [
        ("accounts.csv", b"Id\na\nb\n"),
        ("deals.csv", b"No\n1\n2\n"),
        ("prices.csv", b"No,Amount\n1,1.250\n2,\"980,50\"\n"),
    ];
    let (message, events) = stopped(mapping, &files);
    assert!(events == 0 && message.contains("`price.Amount`") && message.contains("`numbers`"), "{message}");
}

#[test]
fn computed_numbers_are_read_with_a_point_whatever_the_file_writes() {
    let mapping = r#"
currency = "EUR"
numbers = "1.234,56"
dates = "%d.%m.%Y"
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
[table.let]
net = { times = ["{Price}", "{Count}"] }
sum = { plus = ["{net}", "{Price}"] }
day = { text = "{Day}", as = "date" }
plain = { text = "{Price}", as = "number" }
[[table.emit]]
type = "deal.opened"
occurred_at = "{day}"
payload = { deal_id = "{No}", pipeline = "sales", stage = "one", amount = "{sum}" }
[[table.emit]]
type = "deal.won"
occurred_at = "{day}"
payload = { deal_id = "{No}", amount = { times = ["{plain}", "1"] } }
"#;
    let mapping = format!("delimiter = \";\"\n{mapping}");
    let run = import(&mapping, &[("deals.csv", b"No;Price;Count;Day\n1;1,125;2;03.04.2026\n")]);
    assert_eq!(run.rejects, []);
    // 3.375 and 1.125, half to even.
    assert_eq!(run.amounts(), [338, 112]);
}

#[test]
fn an_id_or_a_customer_that_a_spreadsheet_has_shortened_is_a_reject_and_an_amount_is_not() {
    let mapping = DEALS.replace("\nid = ", "\ncustomer = \"{Who}\"\nid = ");
    let file = b"No,Who,Day,Amount,Close\n1,a,2026-01-01,1.5E+03,\n1.23457E+11,a,2026-01-01,1,\n2,4.5E+12,2026-01-01,1,\n";
    let run = import(&mapping, &[("deals.csv", file)]);
    assert_eq!(run.amounts(), [150_000]);
    assert_eq!(run.reject_places(), [(3, "No"), (4, "Who")]);
    assert!(run.rejects[0].reason.contains("spreadsheet"), "{}", run.rejects[0].reason);
}
