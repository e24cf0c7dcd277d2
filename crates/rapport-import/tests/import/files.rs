//! Files that are not what they should be: the message says which, where, and what to do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{fs, path::PathBuf};

use crate::support::{
    Folder, NOTES, complaint, import, mapping, packed, refused, run, stop, stop_of, text_row, workbook, zip,
};
use rapport_import::Mapping;

fn complaint_of(path: PathBuf) -> String {
    stop_of(NOTES, &[path]).0.to_string()
}

#[test]
fn what_is_not_there_is_named_and_a_folder_is_no_file() {
    let folder = Folder::of(&[] as &[(&str, &str)]);
    let gone = folder.file("gone.csv");
    let message = complaint_of(gone.clone());
    assert!(message.contains("gone.csv`: there is no such file or folder"), "{message}");
    let named = PathBuf::from(format!("notes={}", gone.display()));
    let message = complaint_of(named);
    assert!(message.contains("gone.csv`: there is no such file"), "{message}");
    let named = PathBuf::from(format!("notes={}", folder.path().display()));
    let message = complaint_of(named);
    assert!(message.contains("it is a folder; give a file in it"), "{message}");
}

#[test]
fn a_table_that_the_mapping_does_not_have_is_named_with_those_it_has() {
    let folder = Folder::of(&[("notes.csv", "who,text\na,b\n")]);
    let message = complaint_of(PathBuf::from(format!("note={}", folder.file("notes.csv").display())));
    assert!(
        message.starts_with("there is no table `note` in mapping `test` (did you mean `notes`?)"),
        "{message}"
    );
    assert!(message.ends_with("the mapping's tables are `notes` (notes*.csv)"), "{message}");
    let message = complaint_of(folder.file("a=b.csv"));
    assert!(message.contains("a=b.csv`: there is no such file or folder"), "{message}");
}

#[test]
fn a_wrong_delimiter_is_told_from_a_column_that_is_missing() {
    for (mark, name) in [(";", ";"), ("\t", "tab"), ("|", "|")] {
        let message = complaint(NOTES, "notes.csv", format!("who{mark}text\na{mark}b\n"));
        assert!(message.contains(&format!("write `delimiter = \"{name}\"`")), "{message}");
    }
    let message = complaint(NOTES, "notes.csv", "who\na\n");
    assert!(
        message.ends_with("lacks columns that `notes` reads: `text`; it has one column `who`")
            || message.ends_with("it has `who`"),
        "{message}"
    );
}

/// Two tables, the second with a joined file.
fn two_tables(more: &str) -> String {
    format!(
        "{more}\n[[definition]]\ncode = \"sales\"\nstages = [{{ code = \"New\" }}]\n{NOTES}\n\
         [[table]]\nname = \"more\"\nfiles = [\"more*\"]\ncustomer = \"{{who}}\"\n\
         [[table.join]]\nname = \"team\"\nfiles = [\"team*\"]\non = \"{{who}}\"\nkey = \"{{who}}\"\n\
         [[table.emit]]\ntype = \"note.recorded\"\npayload = {{ personal.text = \"{{text}} {{team.office}}\" }}\n"
    )
}

#[test]
fn a_column_that_any_file_of_the_command_lacks_stops_the_import_before_its_first_event() {
    let right: [(&str, &[u8]); 2] = [("notes.csv", b"who,text\na,b\n"), ("more-1.csv", b"who,text\na,b\n")];
    let archive = zip(&[("more-1.csv", "who,text\na,b\n"), ("more-2.csv", "who\na\n")]);
    let teams = zip(&[("team-1.csv", "who,office\na,b\n"), ("team-2.csv", "who\na\n")]);
    let sheet = workbook(&[("One", &(text_row(&["who"]) + &text_row(&["a"])))], &[], "");
    let wrong: [(&str, &[u8], &str); 9] = [
        ("notes-2.csv", b"who\na\n", "`text`"),
        ("more-2.csv", b"who\na\n", "`text`"),
        ("more-2.csv", b"", "is empty"),
        ("more-2.csv", b"who,\"text\na,b\nc,\"d\"\n", "its first row cannot be read"),
        ("more-2.jsonl", b"{\"who\": \"a\"}\n", "`text`"),
        ("more-2.xlsx", &sheet, "`text`"),
        ("more.zip", &archive, "`text`"),
        ("team.csv", b"who\na\n", "`office`"),
        ("team.zip", &teams, "`office`"),
    ];
    for (name, bytes, column) in wrong {
        let files = [right.as_slice(), &[(name, bytes)]].concat();
        let (error, told) = stop(&two_tables(""), &files);
        let message = error.to_string();
        assert_eq!(told, 0, "{name}: {message}");
        assert!(message.contains(column) && message.contains(name), "{name}: {message}");
    }
    // A column that may be missing may be missing in each file by itself.
    let lines: &[u8] = b"{\"who\": \"a\"}\n";
    let files = [right.as_slice(), &[("more-2.csv", b"who\na\n"), ("more-3.jsonl", lines)]].concat();
    assert_eq!(import(&two_tables("optional_columns = [\"text\"]"), &files).rejects, []);
}

#[test]
fn a_first_row_that_cannot_be_read_is_a_reject_like_others_where_the_mapping_names_the_columns() {
    for (first, column) in [("\"a\nb\"c,d", "who"), ("a,b,c", ""), ("a", "")] {
        let file = format!("{first}\na,b\n");
        let run = import(&format!("columns = [\"who\", \"text\"]\n{NOTES}"), &[("notes.csv", &file)]);
        assert_eq!((run.reject_places(), run.notes()), (vec![(1, column)], vec!["b".to_owned()]), "{first}");
    }
    let run = import(&format!("columns = [\"who\", \"text\"]\n{NOTES}"), &[("notes.csv", b"a,\xff\na,b\n")]);
    assert_eq!((run.reject_places(), run.notes()), (vec![(1, "text")], vec!["b".to_owned()]));
}

#[test]
fn an_empty_file_is_called_empty() {
    for bytes in [b"".as_slice(), b"\xef\xbb\xbf", b"\n\n"] {
        let message = complaint(NOTES, "notes.csv", bytes);
        assert!(message.contains("notes.csv` is empty; leave it out"), "{message}");
    }
}

#[test]
fn a_packed_file_that_is_cut_short_is_an_error_and_not_the_end_of_the_file() {
    let rows: String = (0..5_000).map(|row| format!("{row},text {}\n", row * 7919 % 5003)).collect();
    let whole = packed(format!("who,text\n{rows}").as_bytes());
    let message = complaint(NOTES, "notes.csv.gz", &whole[..whole.len() / 2]);
    assert!(message.contains("notes.csv.gz`: the packed file is cut short; get it again"), "{message}");
    assert!(complaint(NOTES, "notes.csv", "PK\x03\x04rest").contains("not a whole ZIP archive"));
}

#[test]
fn a_quotation_mark_that_is_never_closed_stops_at_a_limit_with_its_line() {
    let mut bytes = b"who,text\na,plain\nb,\"open".to_vec();
    bytes.resize(40 << 20, b'x');
    let message = complaint(NOTES, "notes.csv", &bytes);
    assert!(message.contains("the row that begins at line 3 is longer than 16 MiB"), "{message}");
    let endless = vec![b'x'; 40 << 20];
    let blanks = NOTES.replace("customer", "delimiter = \"whitespace\"\ncustomer");
    for text in [NOTES, &blanks] {
        let message = complaint(text, "notes.csv", &endless);
        assert!(message.contains("line 1 is longer than 16 MiB"), "{message}");
    }
}

#[test]
fn a_preset_that_there_is_not_names_the_nearest() {
    let message = Mapping::preset("hubspott").unwrap_err().to_string();
    assert!(message.contains("did you mean `hubspot`? the presets are "), "{message}");
    for (name, _) in Mapping::presets() {
        assert!(message.contains(name), "{name}: {message}");
    }
    let message = Mapping::preset("online").unwrap_err().to_string();
    assert!(message.contains("did you mean `online-shop`?"), "{message}");
    let message = refused("who,text\na,b\n");
    assert!(message.contains("the mapping comes first"), "{message}");
}

#[test]
fn the_documentation_has_every_preset_and_no_other() {
    let text = include_str!("../../../../docs/import.md");
    let table = text.split_once("| preset | files |").unwrap().1.split_once("\n\n").unwrap().0;
    let mut told: Vec<&str> = table
        .lines()
        .filter_map(|row| row.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    told.sort_unstable();
    let mut built_in: Vec<&str> = Mapping::presets().iter().map(|(name, _)| *name).collect();
    built_in.sort_unstable();
    assert_eq!(told, built_in);
}

#[test]
fn a_sample_is_not_counted_beside_the_file_that_it_was_taken_from() {
    let table = |name: &str, more: &str| {
        format!(
            "[[table]]\nname = \"{name}\"\nfiles = [\"{name}.csv\"]\ncustomer = \"{{who}}\"\n{more}\n\
             [[table.emit]]\ntype = \"note.recorded\"\npayload = {{ personal.text = \"{{text}}\" }}\n"
        )
    };
    let text = table("sample", "superseded_by = \"master\"") + &table("master", "");
    let mapping = mapping(&text);
    let folder = Folder::of(&[("sample.csv", "who,text\na,x\n")]);
    let alone = run(&mapping, &[folder.path()]);
    assert_eq!((alone.events.len(), alone.not_read.len()), (1, 0));
    fs::write(folder.file("master.csv"), "who,text\na,x\nb,y\n").unwrap();
    for paths in [vec![folder.path()], vec![folder.file("sample.csv"), folder.file("master.csv")]] {
        let both = run(&mapping, &paths);
        assert_eq!(both.events.len(), 2);
        let (file, reason) = &both.not_read[0];
        assert!(file.ends_with("sample.csv") && reason.contains("`master`"), "{file}: {reason}");
    }
    let wrong = text.replace("superseded_by = \"master\"", "superseded_by = \"sample\"");
    let error = refused(&wrong);
    assert!(error.contains("expected another table that is not superseded itself: `master`"), "{error}");
}
