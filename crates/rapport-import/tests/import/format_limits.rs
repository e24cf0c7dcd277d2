//! The limits of the formats, and the small things in which their files differ: blank lines, ends of lines, nulls.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{Cursor, Write as _},
};

use crate::support::{Run, run};
use rapport_import::{Import, Mapping, Options};
use zip::{ZipWriter, write::SimpleFileOptions};

const NOTES: &str = r#"
[[table]]
name = "notes"
files = ["notes.*"]
id = "{No}"
[[table.emit]]
type = "acme.noted"
custom = { no = "{No}", a = "{A}" }
"#;

/// The JSON of each event, and where the rejects are.
fn rows(run: &Run) -> (Vec<String>, Vec<u64>) {
    let json = |event: &rapport_import::StreamEvent| {
        let text = String::from_utf8_lossy(&event.event.payload).into_owned();
        text[text.find('{').unwrap()..=text.rfind('}').unwrap()].to_owned()
    };
    (run.events.iter().map(json).collect(), run.rejects.iter().map(|reject| reject.line).collect())
}

fn import(mapping: &str, name: &str, bytes: &[u8]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    run(&Mapping::parse(mapping, "test").unwrap(), &[folder.path().join(name)])
}

/// What stops an import of this file.
fn complaint(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let mapping = Mapping::parse(NOTES, "test").unwrap();
    let steps = Import::new(&mapping, &[folder.path().join(name)], Options::default())
        .and_then(|import| import.collect::<Result<Vec<_>, _>>());
    steps.unwrap_err().to_string()
}

#[test]
fn blank_lines_ends_of_lines_and_a_last_line_without_one_change_no_row_and_no_line_number() {
    let lines = b"\r\n{\"No\":1,\"A\":\"x\"}\r\n\r\n  \r\n{\"No\":2,\"A\":\"y\",}\r\n{\"No\":3,\"A\":\"z\"}";
    let expected =
        (vec!["{\"a\":\"x\",\"no\":\"1\"}".to_owned(), "{\"a\":\"z\",\"no\":\"3\"}".to_owned()], vec![5]);
    assert_eq!(rows(&import(NOTES, "notes.jsonl", lines)), expected);
    let run = import(NOTES, "notes.jsonl", lines);
    assert!(run.rejects[0].reason.ends_with("of the object"), "{}", run.rejects[0].reason);
    let array = b"\n[{\"No\":1,\n\"A\":\"x\"},\n\n{\"No\":2,\"A\":\"y\",}\n,{\"No\":3,\"A\":\"z\"}]\n";
    assert_eq!(rows(&import(NOTES, "notes.json", array)), expected);
    // The same text with a byte order mark, and in another encoding with one.
    let text = String::from_utf8(array.to_vec()).unwrap();
    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [format!("\u{feff}{text}").into_bytes(), wide] {
        assert_eq!(rows(&import(NOTES, "notes.json", &bytes)), expected);
    }
}

#[test]
fn null_and_what_is_missing_are_empty_and_an_empty_text_too() {
    let objects = br#"[{"No":1,"A":null},{"No":2},{"No":3,"A":""},{"No":4,"A":"x"}]"#;
    let (found, rejects) = rows(&import(NOTES, "notes.json", objects));
    assert_eq!(rejects, Vec::<u64>::new());
    assert_eq!(found, ["{\"no\":\"1\"}", "{\"no\":\"2\"}", "{\"no\":\"3\"}", "{\"a\":\"x\",\"no\":\"4\"}"]);
}

#[test]
fn a_row_an_object_or_an_element_beyond_its_limit_stops_with_the_line_and_the_limit() {
    let long = "y".repeat(17 << 20);
    let cases = [
        ("notes.jsonl", format!("{{\"No\":1,\"A\":1}}\n{{\"No\":2,\"A\":\"{long}\"}}\n")),
        ("notes.json", format!("[{{\"No\":1,\"A\":1}},\n{{\"No\":2,\"A\":\"{long}\"}}]")),
        (
            "notes.xes",
            format!("<log><trace><event>\n<string key=\"No\" value=\"{long}\"/></event></trace></log>"),
        ),
    ];
    for (name, text) in cases {
        let message = complaint(name, text.as_bytes());
        assert!(message.contains("16 MiB") && message.contains("line 2"), "{name}: {message}");
    }
}

#[test]
fn what_stands_behind_the_end_of_an_array_is_not_left_out_in_silence() {
    let message = complaint("notes.json", b"[{\"No\":1,\"A\":1}]\n[{\"No\":2,\"A\":1}]");
    assert!(message.contains("line 2") && message.contains("the end of the file"), "{message}");
}

#[test]
fn objects_nested_too_deep_stay_a_text_and_attributes_nested_too_deep_are_refused() {
    let deep = |depth: usize| format!("{}1{}", "{\"A\":".repeat(depth), "}".repeat(depth));
    let object = format!("[{{\"No\":1,\"B\":{}}}]", deep(40));
    let column = format!("{{B{}}}", ".A".repeat(16));
    let (found, _) = rows(&import(&NOTES.replace("{A}", &column), "notes.json", object.as_bytes()));
    assert!(found[0].contains(r#"{\"A\":"#), "{found:?}");
    let log = |depth: usize| {
        let open = "<string key=\"k\" value=\"v\">".repeat(depth);
        let close = "</string>".repeat(depth);
        format!(
            "<log><trace>\n<event><string key=\"No\" value=\"1\"/><string key=\"A\" value=\"x\"/>{open}{close}</event></trace></log>"
        )
    };
    assert_eq!(import(NOTES, "notes.xes", log(16).as_bytes()).events.len(), 1);
    let message = complaint("notes.xes", log(17).as_bytes());
    assert!(message.contains("line 2") && message.contains("deeper than 16"), "{message}");
}

#[test]
fn a_reject_of_an_event_log_names_the_line_on_which_its_event_begins() {
    let log = "<log>\n<trace>\n<event>\n<string key=\"No\" value=\"1\"/><string key=\"A\" value=\"x\"/>\n</event>\n<event>\n\
               <string key=\"A\" value=\"y\"/>\n</event></trace></log>";
    assert_eq!(rows(&import(NOTES, "notes.xes", log.as_bytes())).1, [6]);
}

#[test]
fn an_archive_of_too_many_members_is_refused() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for member in 0..=10_000 {
        archive.start_file(format!("{member}.txt"), SimpleFileOptions::default()).unwrap();
    }
    archive.write_all(b"x").unwrap();
    let message = complaint("notes.zip", &archive.finish().unwrap().into_inner());
    assert!(message.contains("10001 members and may have 10000"), "{message}");
}

#[cfg(unix)]
#[test]
fn what_can_be_read_once_only_is_refused_where_a_format_needs_two_readings() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["notes.json", "notes.jsonl", "notes.xes"] {
        let path = folder.path().join(name);
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let steps = Import::new(&Mapping::parse(NOTES, "test").unwrap(), &[path], Options::default())
            .and_then(|import| import.collect::<Result<Vec<_>, _>>());
        let message = steps.unwrap_err().to_string();
        assert!(message.contains("write it to a file first"), "{name}: {message}");
    }
}
