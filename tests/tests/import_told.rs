//! Reports of an import through the real binary: rejects and their file, rows that are too large, events without
//! a date, an import that is stopped, and a ledger that an earlier version filled.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{
    fmt::Write as _,
    fs,
    io::Read as _,
    process::{Command, Stdio},
};

use rapport_tests::{
    inbox::{Inbox, counts},
    run_ok,
};
use serde_json::{Value, json};

const NOTES: &str = r#"
name = "notes"
[[table]]
name = "notes"
files = ["notes*.csv"]
id = "{No}"
customer = "{Who}"
[[table.emit]]
type = "note.recorded"
payload = { kind = "visit", personal.text = "{Text}" }
"#;

const HEADER: &str = "No,Who,Text\n";

/// An inbox whose ledger is served with these arguments, and a mapping of notes.
fn notes(serve: &[&str]) -> Inbox {
    let notes = Inbox::with(serve);
    notes.write("notes.toml", NOTES);
    notes
}

/// Imports a file of notes; the summary.
fn import(notes: &Inbox, text: &str) -> Value {
    notes.write("notes.csv", text);
    notes.import(&["notes.toml", "notes.csv"])
}

/// Rows, accepted, duplicate, rejected.
fn rows(summary: &Value) -> [u64; 4] {
    counts(summary, ["rows", "accepted", "duplicate", "rejected"])
}

#[test]
fn a_row_that_is_too_large_is_a_reject_with_size_and_limit_and_the_rest_goes_on() {
    let notes = notes(&["--message-bytes-max", "4200000", "--payload-bytes-max", "1000000"]);
    for (bytes, more) in [(1_000_001, ""), (1_500_000, ""), (5_000_000, ""), (9_000_000, "again")] {
        let text = format!("{HEADER}1,ada,short{more}\n2,ada,{}\n3,bob,short{more}\n", "x".repeat(bytes));
        let told = import(&notes, &text);
        assert_eq!(rows(&told)[3], 1, "{bytes}: {told}");
        let reject = &told["rejects"]["first"][0];
        assert_eq!(reject["column"], "Text");
        assert!(reject["place"].as_str().unwrap().ends_with("notes.csv:3"), "{reject}");
        let reason = reject["reason"].as_str().unwrap();
        assert!(
            reason.contains(&format!(
                "would have {} bytes and may have 1000000",
                bytes + reason_overhead(reason, bytes)
            )),
            "{reason}"
        );
        assert!(notes.read("notes-rejects.csv").unwrap().len() > bytes, "the reject file has the value");
        let again = import(&notes, &text);
        assert_eq!(rows(&again), [3, 0, 2, 1], "{bytes}: {again}");
        let dry = notes.dry_run(&["notes.toml", "notes.csv"]);
        let summary = &dry.last().unwrap()["summary"];
        // A dry run asks no server: it goes by the default limit, which is larger than this server's.
        assert_eq!(rows(summary)[3], u64::from(bytes > 1 << 20), "{bytes}: {summary}");
    }
}

#[test]
fn a_change_that_is_too_large_is_a_reject_of_its_event() {
    let notes = notes(&["--payload-bytes-max", "1000"]);
    let text = |letter: &str| format!("{HEADER}1,ada,{}\n2,bob,{letter}\n", letter.repeat(980));
    assert_eq!(rows(&import(&notes, &text("x"))), [2, 2, 0, 0]);
    // The note fits, and its correction, which names it too, does not.
    let told = import(&notes, &text("y"));
    assert_eq!(rows(&told), [2, 1, 0, 1], "{told}");
    let reason = told["rejects"]["first"][0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("the event that would say its change is refused") && reason.contains("may have 1000"),
        "{reason}"
    );
}

/// Bytes of the payload besides the text.
fn reason_overhead(reason: &str, bytes: usize) -> usize {
    let found: usize =
        reason.split_once("would have ").unwrap().1.split(' ').next().unwrap().parse().unwrap();
    let overhead = found - bytes;
    assert!((1..100).contains(&overhead), "{reason}");
    overhead
}

#[test]
fn a_group_of_rows_that_is_too_large_is_a_reject_as_one_row_is() {
    let mapping = r#"
name = "orders"
currency = "EUR"
[[table]]
name = "orders"
files = ["orders.csv"]
group_by = "{Order}"
customer = "{Who}"
[[table.emit]]
type = "order.placed"
payload = { order_id = "{Order}", lines = { each = "rows", of = { product = "{Product}", quantity = "1" } } }
"#;
    let notes = notes(&[]);
    notes.write("orders.toml", mapping);
    let mut orders = "Order,Who,Product\na,ada,pan\n".to_owned();
    for _ in 0..40_000 {
        writeln!(orders, "b,ada,{}", "long".repeat(8)).unwrap();
    }
    orders.push_str("c,ada,pan\n");
    notes.write("orders.csv", orders);
    let told = notes.import(&["orders.toml", "orders.csv"]);
    assert_eq!(rows(&told), [40_002, 2, 0, 40_000], "{told}");
    let reason = told["rejects"]["first"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("bytes and may have 1048576"), "{reason}");
}

#[test]
fn the_first_ten_rejects_are_shown_and_all_of_them_summed_up_by_reason_without_their_values() {
    let notes = notes(&[]);
    let mut file = HEADER.to_owned();
    for row in 0..25 {
        writeln!(file, "{},secret-{row},text", if row < 20 { "" } else { "7" }).unwrap();
    }
    notes.write("notes.csv", file);
    let told = notes.output(&["import", "notes.toml", "notes.csv"]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("the first 10 of 24:"), "{told}");
    assert!(
        told.lines()
            .any(|line| line.trim_start().starts_with("20  notes  No ") && line.contains("id is empty")),
        "{told}"
    );
    assert!(!told.contains("secret"), "{told}");
    // The others tell one note's customer otherwise.
    assert!(told.lines().any(|line| line.trim_start().starts_with("4  notes  Who ")), "{told}");
    assert_eq!(notes.read("notes-rejects.csv").unwrap().matches("secret").count(), 4);
}

#[test]
fn a_reject_file_is_that_of_the_last_import_and_what_an_earlier_one_rejected_is_kept() {
    let notes = notes(&[]);
    let wrong = format!("{HEADER},ada,january\n");
    import(&notes, &wrong);
    let january = notes.read("notes-rejects.csv").unwrap();
    // The same rejects need no second file.
    import(&notes, &wrong);
    assert_eq!(
        (notes.read("notes-rejects.csv"), notes.read("notes-rejects-1.csv")),
        (Some(january.clone()), None)
    );
    import(&notes, &format!("{HEADER}1,ada,fine\n,ada,february\n"));
    let february = notes.read("notes-rejects.csv").unwrap();
    assert_ne!(january, february);
    assert_eq!(notes.read("notes-rejects-1.csv").unwrap(), january);
    // An import without rejects leaves none behind that could be taken for its own.
    import(&notes, &format!("{HEADER}1,ada,fine\n"));
    assert_eq!(notes.read("notes-rejects.csv"), None);
    assert_eq!(notes.read("notes-rejects-2.csv").unwrap(), february);
    // A file that is not a reject file is not overwritten.
    notes.write("mine.csv", "name,age\n");
    notes.write("notes.csv", &wrong);
    let told = notes.output(&["import", "notes.toml", "notes.csv", "--reject-file", "mine.csv"]);
    assert!(!told.status.success());
    let why = String::from_utf8_lossy(&told.stderr);
    assert!(why.contains("is not a reject file; nothing was appended"), "{told:?}");
    assert_eq!(notes.read("mine.csv").unwrap(), "name,age\n");
}

#[test]
fn events_without_a_date_and_rows_without_an_event_are_said() {
    let notes = notes(&[]);
    let mapping = NOTES.replace("type = \"note", "when = { Text = { empty = false } }\ntype = \"note");
    notes.write("notes.toml", mapping);
    let file = format!("{HEADER}1,ada,text\n2,ada,text\n3,ada,\n");
    let told = import(&notes, &file);
    assert_eq!(rows(&told), [3, 3, 0, 0]);
    let keys = ["withoutEvents", "eventsUndated"];
    assert_eq!(counts(&told, keys), [1, 2], "{told}");
    let again = import(&notes, &file);
    assert_eq!(counts(&again, keys), [1, 0], "{again}");
    import(&notes, &format!("{HEADER}4,ada,text\n"));
    notes.write("notes.csv", format!("{HEADER}5,ada,text\n6,bob,text\n"));
    let told = String::from_utf8(notes.output(&["import", "notes.toml", "notes.csv"]).stdout).unwrap();
    assert!(told.contains("2 events have no date: they count from the import on"), "{told}");
}

#[test]
fn an_import_that_is_told_to_stop_says_what_it_appended() {
    let notes = notes(&[]);
    // A file that has no end while it is held open.
    let pipe = notes.path("notes.csv");
    run_ok(Command::new("mkfifo").arg(&pipe)).unwrap();
    let mut import = notes.command(&["import", "notes.toml", "notes=notes.csv", "--output", "json"]);
    let mut import = import.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let mut rows = HEADER.to_owned();
    for row in 0..20_000 {
        writeln!(rows, "{row},ada,text").unwrap();
    }
    std::io::Write::write_all(&mut writer, rows.as_bytes()).unwrap();
    while notes.head() < 4_000 {}
    run_ok(Command::new("kill").args(["-INT", &import.id().to_string()])).unwrap();
    let code = import.wait().unwrap().code();
    let (mut told, mut why) = (String::new(), String::new());
    import.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    import.stderr.take().unwrap().read_to_string(&mut why).unwrap();
    drop(writer);
    assert_eq!(code, Some(2), "{why}");
    assert!(why.contains("the import was told to stop; what was appended before stays"), "{why}");
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["files"][0]["finished"], false);
    let added = told["total"]["eventsAdded"].as_u64().unwrap();
    assert!(added >= 4_000 && added <= notes.head(), "{told}");
}

#[test]
fn an_import_that_stops_says_why_first_and_then_only_what_it_appended() {
    let notes = notes(&[]);
    let stops = |mapping: &str, files: &[&str]| {
        notes.write("two.toml", mapping);
        let told = notes.output(&[&["import", "two.toml"], files].concat());
        assert_eq!(told.status.code(), Some(2));
        String::from_utf8(told.stderr).unwrap()
    };
    notes.write("notes.csv", format!("{HEADER}1,ada,a\n2,bob,b\n1,ada,a\n"));
    let wrong_column = NOTES.replace("id = \"{No}\"", "id = \"{Nr}\"");
    let scattered = NOTES.replace("id = \"{No}\"", "id = \"{No}\"\nrun_by = \"{No}\"");
    for mapping in [&wrong_column, &scattered] {
        let why = stops(mapping, &["notes.csv"]);
        assert!(!why.starts_with("rapport: the import stopped"), "{why}");
        assert!(why.trim_end().ends_with("; nothing was appended"), "{why}");
    }
    // Rows are appended some thousands at a time.
    let rows: String = (0..10_000).map(|row| format!("{row},ada,text\n")).collect();
    notes.write("notes.csv", HEADER.to_owned() + &rows);
    let second = |mapping: &str| mapping.split_once("[[table]]").unwrap().1.replace("notes", "other");
    let (files, both) = (["notes.csv", "other.csv"], format!("{NOTES}[[table]]{}", second(NOTES)));
    notes.write("other.csv", "Number,Who\n1,ada\n");
    let why = stops(&both, &files);
    assert!(why.contains("`other.csv` lacks columns") && why.ends_with("; nothing was appended\n"), "{why}");
    assert_eq!(notes.head(), 0);
    notes.write("other.csv", format!("{HEADER}1,ada,a\n2,bob,b\n1,ada,a\n"));
    let why = stops(&format!("{NOTES}[[table]]{}", second(&scattered)), &files);
    assert!(why.contains("of `other.csv`") && why.contains("stays, and importing again"), "{why}");
    assert_ne!(notes.head(), 0);
}

#[test]
fn ids_that_look_alike_are_named_by_pair_in_the_summary_and_in_the_dry_run() {
    let notes = notes(&[]);
    let mut rows =
        format!("{HEADER}a1,ada,x\na2,ad\u{200b}a,x\na3,Café,x\na4,Cafe\u{301},x\na5,Cafe\u{301},x\n");
    for row in 0..12 {
        writeln!(rows, "b{row},bob,x\nB{row},bob,x").unwrap();
    }
    notes.write("notes.csv", rows);
    let pair = r#"notes.csv:5: customer `Cafe\u{301}`, and `Café` on line 4; if they are one, write `{ text = "{Who}", normalize = "nfc" }`"#;
    for arguments in [&["--dry-run"][..], &[]] {
        let told = notes.output(&[&["import", "notes.toml", "notes.csv"], arguments].concat());
        let told = String::from_utf8(told.stdout).unwrap();
        assert!(
            told.contains("14 pairs of ids look alike; the import takes each id as another one"),
            "{told}"
        );
        assert!(told.contains(r"notes.csv:3: customer `ad\u{200b}a`, and `ada` on line 2;"), "{told}");
        assert!(told.contains(pair) && told.contains("… and 4 more"), "{told}");
        assert_eq!(told.matches("if they are one").count(), 10, "{told}");
    }
    let again = notes.output(&["import", "notes.toml", "notes.csv", "--output", "json"]);
    let told: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&told["lookAlikes"]["pairs"], &told["lookAlikes"]["partial"]), (&14.into(), &false.into()));
    let first = &told["lookAlikes"]["first"][0];
    let told = ["what", "line", "id", "firstLine", "firstId"].map(|key| first[key].to_string());
    assert_eq!(told, ["\"customer\"", "3", r#""ad\\u{200b}a""#, "2", "\"ada\""]);
    // Each of them is a customer of its own.
    let events = notes.ledger.run(["tail", "--after", "0", "--output", "json"]).unwrap();
    for customer in ["ada", "ad\u{200b}a", "Café", "Cafe\u{301}"] {
        assert!(events.contains(&format!("\"customer\":\"{customer}\"")), "{customer}: {events}");
    }
}

#[test]
fn append_names_the_line_that_is_too_large_and_appends_those_before_it() {
    let notes = notes(&[]);
    let line = |text: &str| json!({"stream": "a", "payload": {"noteRecorded": {"kind": "visit", "personal": {"text": text}}}});
    for bytes in [1_100_000, 5_000_000, 9_000_000] {
        let lines = format!("{}\n{}\n{}\n", line("short"), line(&"x".repeat(bytes)), line("short"));
        notes.write("notes.jsonl", lines);
        let told = notes.output(&["append", "notes.jsonl"]);
        let (out, why) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
        assert!(out.starts_with("appended 1 event;"), "{bytes}: {out}");
        assert!(
            why.contains("line 2: the event's payload has ") && why.contains("may have 1048576"),
            "{why}"
        );
    }
}

/// The first versions made the identity of a row without an id from its fields as they are written, in their order.
/// These are the ids that such a version gave these rows.
#[test]
fn a_ledger_that_an_earlier_version_filled_knows_its_rows_and_what_they_name() {
    let notes = notes(&[]);
    let mapping = r#"
name = "rows"
[[table]]
name = "rows"
files = ["rows*.txt"]
columns = ["who", "n", "note"]
customer = "{who}"
[[table.emit]]
type = "ticket.opened"
payload = { ticket_id = "t-{$row}", topic = "{note}", priority = "{n}" }
"#;
    notes.write("rows.toml", mapping);
    let earlier = include_str!("import_told/earlier.jsonl");
    notes.write("earlier.jsonl", earlier);
    run_ok(&mut notes.command(&["append", "earlier.jsonl"])).unwrap();
    let import = |text: &str| {
        notes.write("rows.txt", text);
        rows(&notes.import(&["rows.toml", "rows.txt"]))
    };
    assert_eq!(import("a,1,x\na,1,x\nb,2,\n"), [3, 0, 3, 0]);
    assert_eq!(import("a,1,x\na,1,x\nb,2,\nc,3,\n"), [4, 1, 3, 0]);
    assert_eq!(import("c , 3,\n"), [1, 0, 1, 0]);
}
