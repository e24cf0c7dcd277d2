//! One idea has one word: the table "Words" of CONTRIBUTING.md against the texts of the repository.

use std::{fs, path::Path};

use super::{files, root, shown};

/// A row of the table: the word, the phrases that others use for it, and where they must not stand.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    word: String,
    phrases: Vec<String>,
    places: Vec<String>,
}

/// The rows of the table in CONTRIBUTING.md.
fn rows(contributing: &str) -> Vec<Row> {
    let section =
        contributing.split("\n## Words\n").nth(1).unwrap_or_default().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "a row has four cells: {row}");
        assert!(
            cells[..3].iter().all(|cell| !cell.is_empty()),
            "a row says what the word means, and what not: {row}"
        );
        Row { word: cells[0].to_owned(), phrases: quoted(cells[2]), places: quoted(cells[3]) }
    })
    .collect()
}

/// A text in small letters without marks of comments and without line breaks, so that a phrase is found across lines.
fn plain(text: &str) -> String {
    let marks = ["///", "//!", "//", "#", "--", "*"];
    let lines = text.lines().map(|line| {
        let line = line.trim();
        let mark = marks.iter().find_map(|mark| line.strip_prefix(mark));
        mark.unwrap_or(line).trim_end_matches('\\').trim()
    });
    lines.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether a phrase stands in a plain text as words of its own.
fn has(text: &str, phrase: &str) -> bool {
    let phrase = phrase.to_lowercase();
    let is_word = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() || sign == '_');
    text.match_indices(&phrase).any(|(at, _)| {
        let ends_in_word = is_word(phrase.chars().last());
        let (before, after) = (text[..at].chars().last(), text[at + phrase.len()..].chars().next());
        !(is_word(before) || (ends_in_word && is_word(after)))
    })
}

/// The phrases of the rows that stand in a file, with the words to use.
fn found<'a>(rows: &'a [Row], path: &str, text: &str) -> Vec<(&'a str, &'a str)> {
    let text = plain(text);
    let is_in = |places: &[String]| {
        places.is_empty() || places.iter().any(|place| Path::new(path).starts_with(place))
    };
    let rows = rows.iter().filter(|row| is_in(&row.places));
    let phrases = rows.flat_map(|row| row.phrases.iter().map(|phrase| (phrase.as_str(), row.word.as_str())));
    phrases.filter(|(phrase, _)| has(&text, phrase)).collect()
}

#[test]
fn no_text_has_a_second_word_for_an_idea() {
    let rows = rows(&fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap());
    assert!(rows.len() > 5, "CONTRIBUTING.md has the table of words");
    let endings = [".rs", ".md", ".proto", ".toml", ".yaml", ".py", ".java", ".sh", "Makefile"];
    let mut wrong = Vec::new();
    for path in files(&endings) {
        let name = shown(&path);
        // The first has the table, and the second tells of what was.
        if ["CONTRIBUTING.md", "CHANGELOG.md", "tests/tests/repository/words.rs"].contains(&name.as_str()) {
            continue;
        }
        for (phrase, word) in found(&rows, &name, &fs::read_to_string(&path).unwrap()) {
            wrong.push(format!("{name}: `{phrase}`, say `{word}`"));
        }
    }
    assert!(wrong.is_empty(), "one idea has one word (CONTRIBUTING.md):\n{}", wrong.join("\n"));
}

#[test]
fn a_phrase_is_found_over_lines_and_as_a_word() {
    let table = "# A\n\n## Words\n\n| word | means | not | where |\n|---|---|---|---|\n| sled | a copy | `the store`, `put_head` | `crates/log` |\n\n## B\n";
    let rows = rows(table);
    let expected = Row {
        word: "sled".to_owned(),
        phrases: vec!["the store".to_owned(), "put_head".to_owned()],
        places: vec!["crates/log".to_owned()],
    };
    assert_eq!(rows, [expected]);
    let says = |text: &str| found(&rows, "crates/log/src/a.rs", text).len();
    assert_eq!(says("//! The thread brings it into the\n//! store."), 1);
    assert_eq!(says("The Store follows; put_head(out)"), 2);
    assert_eq!(says("the storehouse, bathe stores, put_header, the stored block"), 0);
    assert_eq!(found(&rows, "crates/views/a.rs", "the store"), []);
}
