//! The tables of ARCHITECTURE.md about crates and dependencies against the manifests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use serde_json::Value;

use super::root;

fn architecture() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap()
}

/// The cells of a row, trimmed; none for a line that is not one.
fn cells(line: &str) -> Vec<&str> {
    let row = line.strip_prefix('|').and_then(|row| row.strip_suffix('|'));
    row.map(|row| row.split('|').map(str::trim).collect()).unwrap_or_default()
}

/// The names in a cell.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split(',')
        .map(|name| name.trim().trim_matches('`').to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// What each crate of the program has in `[dependencies]`, as cargo reads the manifests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let packages = packages.map(|package| {
        let used = package["dependencies"].as_array().unwrap().iter().filter(|used| used["kind"].is_null());
        let used = used.map(|used| used["name"].as_str().unwrap().to_owned());
        (package["name"].as_str().unwrap().to_owned(), used.collect())
    });
    packages.filter(|(name, _)| name != "rapport-tests").collect()
}

/// Rows of the crate table as they must be: the crate, the crates that it uses, the libraries that it alone uses.
fn rows(
    dependencies: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<(String, BTreeSet<String>, BTreeSet<String>)> {
    let is_alone =
        |library: &String| dependencies.values().filter(|used| used.contains(library)).count() == 1;
    let row = |(name, used): (&String, &BTreeSet<String>)| {
        let (crates, libraries): (BTreeSet<_>, BTreeSet<_>) =
            used.iter().cloned().partition(|used| used.starts_with("rapport-"));
        let crates = crates.iter().map(|name| name.trim_start_matches("rapport-").to_owned());
        (name.clone(), crates.collect(), libraries.into_iter().filter(is_alone).collect())
    };
    dependencies.iter().map(row).collect()
}

#[test]
fn the_crate_table_is_what_the_manifests_say() {
    let text = architecture();
    let documented =
        text.lines().map(cells).filter(|cells| cells.len() == 4 && cells[0].starts_with("`rapport"));
    let documented: BTreeSet<_> = documented
        .map(|cells| (cells[0].trim_matches('`').to_owned(), names(cells[2]), names(cells[3])))
        .collect();
    let expected = rows(&dependencies());
    let missing: Vec<_> = expected.difference(&documented).collect();
    let wrong: Vec<_> = documented.difference(&expected).collect();
    assert_eq!(
        (&missing[..], &wrong[..]),
        (&[][..], &[][..]),
        "left: what the manifests say, right: ARCHITECTURE.md"
    );
    assert!(!expected.is_empty());
}

#[test]
fn a_library_that_two_crates_use_is_alone_in_none() {
    let of = |used: &[&str]| used.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let used = [("rapport-a", &["sled", "bytes"][..]), ("rapport-b", &["bytes", "rapport-a"])];
    let found = rows(&used.into_iter().map(|(name, used)| (name.to_owned(), of(used))).collect());
    let expected =
        [("rapport-a".to_owned(), of(&[]), of(&["sled"])), ("rapport-b".to_owned(), of(&["a"]), of(&[]))];
    assert_eq!(found, expected.into());
}

#[test]
fn every_dependency_has_its_row_and_every_row_its_dependency() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let used: BTreeSet<_> = lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.trim().to_owned())
        .filter(|name| !name.starts_with("rapport"))
        .collect();
    let text = architecture();
    let section = text.split("\n## Dependencies\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<_> =
        section.lines().map(cells).filter(|cells| cells.len() == 2 && cells[0].starts_with('`')).collect();
    assert!(rows.iter().all(|cells| !cells[1].is_empty()), "a row of the table says nothing");
    let listed: Vec<_> = rows.iter().flat_map(|cells| names(cells[0])).collect();
    let set: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(set, used, "left: the table of ARCHITECTURE.md, right: Cargo.toml");
    assert_eq!(set.len(), listed.len(), "a dependency is in two rows");
}
