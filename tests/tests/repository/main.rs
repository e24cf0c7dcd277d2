//! Rules of the repository that a reader relies on: how long files are, which crate may use which, that every module
//! says what it is, that links lead somewhere.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod circles;
mod dependencies;
mod models;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
};

const FILE_LINES_MAX: usize = 500;
const LOCKED_PACKAGES_MAX: usize = 450;

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).canonicalize().unwrap()
}

/// The files below the checkout with one of these endings, without build output.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && name != ".git" {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn no_source_file_is_long() {
    let long = files(&[".rs"]).into_iter().filter_map(|path| {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        (lines > FILE_LINES_MAX).then(|| format!("{}: {lines}", shown(&path)))
    });
    assert_eq!(
        long.collect::<Vec<_>>(),
        [""; 0],
        "split them: one subject a file, at most {FILE_LINES_MAX} lines"
    );
}

#[test]
fn every_module_says_what_it_is() {
    let silent = files(&[".rs"]).into_iter().filter(|path| {
        let is_test_module = shown(path).ends_with("tests.rs");
        let text = fs::read_to_string(path).unwrap();
        !is_test_module && !text.trim_start_matches("#![").lines().take(3).any(|line| line.starts_with("//!"))
    });
    assert_eq!(silent.map(|path| shown(&path)).collect::<Vec<_>>(), [""; 0], "begin them with `//!`");
}

#[test]
fn no_test_is_ignored() {
    // Put together so that this file does not find itself.
    let ignored = ["#[ig", "nore"].concat();
    let found =
        files(&[".rs"]).into_iter().filter(|path| fs::read_to_string(path).unwrap().contains(&ignored));
    assert_eq!(found.map(|path| shown(&path)).collect::<Vec<_>>(), [""; 0], "make it pass, or delete it");
}

/// What a test file says for letting time pass: of Rust, of the thread or the runtime, and in the text that it gives to
/// a database, a shell or another language.
fn waits_for_time(path: &Path, text: &str) -> bool {
    let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
    let tests =
        if is_test { text } else { text.split_once("#[cfg(test)]\nmod tests {").unwrap_or_default().1 };
    let words = [["sl", "eep"].concat(), ["park_", "timeout"].concat(), ["wait", "for delay"].concat()];
    let tests = tests.to_lowercase();
    words.iter().any(|word| tests.contains(word))
}

#[test]
fn tests_in_every_language_wait_for_conditions() {
    let languages = [".rs", ".py", ".java", ".js", ".sh", ".sql", ".xml", ".yaml"];
    let found = files(&languages).into_iter().filter_map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        Some(shown(&path)).filter(|path| waits_for_time(Path::new(path), &text))
    });
    assert_eq!(found.collect::<Vec<_>>(), [""; 0], "wait for a condition instead");
    let word = ["sl", "eep"].concat();
    let waiting = [
        ("tests/tests/a.rs", format!("client.execute(\"SELECT pg_{word}(4)\")")),
        ("tests/clients/a.py", format!("time.{word}(1)")),
        ("tests/clients/A.java", format!("Thread.{word}(1000)")),
        ("crates/a/tests/b.rs", format!("Command::new(\"sh\").args([\"-c\", \"{word} 1; exit\"])")),
        ("crates/a/src/b/tests.rs", format!("thread::{word}(PAUSE)")),
        ("crates/a/src/b.rs", format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n thread::{word}(PAUSE)")),
    ];
    for (path, text) in waiting {
        assert!(waits_for_time(Path::new(path), &text), "{path}");
    }
    let code = format!("fn a() {{ thread::{word}(PAUSE) }}\n#[cfg(test)]\nmod tests {{\n}}");
    assert!(!waits_for_time(Path::new("crates/a/src/b.rs"), &code), "what is no test may");
}

/// Until keys can be destroyed, personal data stays as readable as the rest.
#[test]
fn no_text_says_that_something_is_erased() {
    let claims =
        ["can be erased", "erasable", "was made unreadable", "were made unreadable", "is erased from"];
    let claimed = files(&[".md", ".proto"]).into_iter().filter(|path| {
        let text = fs::read_to_string(path).unwrap();
        let text = text.split_whitespace().filter(|word| *word != "//").collect::<Vec<_>>().join(" ");
        path.file_name().is_none_or(|name| name != "CHANGELOG.md")
            && claims.iter().any(|claim| text.contains(claim))
    });
    assert_eq!(
        claimed.map(|path| shown(&path)).collect::<Vec<_>>(),
        [""; 0],
        "say what is done, and no more"
    );
}

#[test]
fn the_lock_file_stays_within_its_budget() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    assert!((1..=LOCKED_PACKAGES_MAX).contains(&packages), "{packages} locked packages");
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut broken = Vec::new();
    for path in files(&[".md"]) {
        let text = fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let is_relative = !file.is_empty() && !file.contains("://") && !file.contains(' ');
            if is_relative && !path.parent().unwrap().join(file).exists() {
                broken.push(format!("{} → {target}", shown(&path)));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

/// The names of files and folders that a text gives in backticks: sources by any end of their path, others from the root.
fn named(text: &str) -> Vec<&str> {
    let roots = ["crates/", "tests/", "proto/", "docs/", "deploy/"];
    let is_path =
        |name: &&str| name.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-./".contains(sign));
    let is_named = |name: &&str| name.ends_with(".rs") || roots.iter().any(|root| name.starts_with(root));
    text.split('`').skip(1).step_by(2).filter(is_path).filter(is_named).collect()
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let sources: Vec<_> = files(&[".rs"]).iter().map(|path| format!("/{}", shown(path))).collect();
    let is_there = |name: &str| {
        let is_source = sources.iter().any(|path| path.ends_with(&format!("/{name}")));
        is_source || (name.contains('/') && root().join(name).exists())
    };
    let mut missing = Vec::new();
    // The changelog tells of files that were.
    for path in files(&[".md"]).into_iter().filter(|path| !path.ends_with("CHANGELOG.md")) {
        let text = fs::read_to_string(&path).unwrap();
        // Blocks of code have other backticks. `NAME` stands for any.
        let prose = text.split("```").step_by(2).collect::<String>();
        let names = named(&prose).into_iter().filter(|name| !is_there(name) && !name.contains("NAME"));
        missing.extend(names.map(|name| format!("{}: `{name}`", shown(&path))));
    }
    assert_eq!(missing, [""; 0], "correct the name, or the page");
    assert_eq!(named("see `a/b.rs`, `docs/c.md` and `x = y.rs`, not `d.toml`"), ["a/b.rs", "docs/c.md"]);
}
