//! `rapport import` and the server it talks to are killed as by a power cut, at random moments; the import is started
//! again until it is done, and the ledger is byte for byte that of an import that was left alone: the same events in
//! the same places, the same totals of every batch.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rapport_tests::{Ledger, Random};
use serde_json::Value;

/// The ledger's clock stands still, so that two imports can be equal in everything.
const NOW: &str = "2026-06-01T12:00:00Z";
const FILES: u64 = 12;
const ROWS: u64 = 60;
const ROUNDS: usize = 4;
const KILLS_A_ROUND: usize = 8;

const MAPPING: &str = r#"
name = "shop"
currency = "EUR"
undated = "recording"

[[definition]]
code = "sales"
stages = [{ code = "new", probability = 0.2 }]

[[table]]
name = "people"
files = ["people.csv"]
id = "{no}"
customer = "{no}"
occurred_at = "{since}"
[[table.emit]]
type = "party.registered"
payload = { kind = "person", personal.name = "{name}" }

# An order may be told twice in one file, and again in the next.
[[table]]
name = "orders"
files = ["orders-*.csv"]
id = "{order}"
customer = "{no}"
occurred_at = "{day}"
[[table.emit]]
name = "opened"
type = "deal.opened"
payload = { deal_id = "{order}", pipeline = "sales", stage = "new", amount = "{sum}" }
[[table.emit]]
name = "won"
state = "outcome"
type = "deal.won"
when = { paid = "yes" }
payload = { deal_id = "{order}" }
[[table.emit]]
name = "lost"
state = "outcome"
type = "deal.lost"
when = { paid = "no" }
payload = { deal_id = "{order}" }
"#;

/// A file of people and files of orders: some rows twice in a file, some in the next file too, some wrong, some undated.
fn write_files(folder: &Path, random: &mut Random) {
    let mut people = "no,name,since\n".to_owned();
    for no in 0..300 {
        let since = if random.one_in(4) { "" } else { "2025-02-03" };
        writeln!(people, "{no},name {no} {},{since}", "x".repeat(random.below(200) as usize)).unwrap();
    }
    fs::write(folder.join("people.csv"), people).unwrap();
    let mut told: Vec<String> = Vec::new();
    for file in 0..FILES {
        let mut orders = "order,no,day,sum,paid\n".to_owned();
        for row in 0..ROWS {
            let line = if !told.is_empty() && random.one_in(5) {
                told[random.below(told.len() as u64) as usize].clone()
            } else {
                let day = 1 + random.below(28);
                let sum =
                    if random.one_in(20) { "much".to_owned() } else { random.below(100_000).to_string() };
                let paid = if random.one_in(2) { "yes" } else { "" };
                format!("{file}-{row},{},2026-01-{day:02},{sum},{paid}", random.below(300))
            };
            writeln!(orders, "{line}").unwrap();
            told.push(line);
        }
        fs::write(folder.join(format!("orders-{file:02}.csv")), orders).unwrap();
    }
}

/// The same files a month later: sums, days, outcomes and names have changed, each row as its own text decides.
fn write_next_month(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let mut text = String::new();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let turn = line.bytes().map(usize::from).sum::<usize>() % 7;
            let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
            match (fields.as_mut_slice(), turn) {
                ([_, _, _, sum, _], 0) if !sum.contains(char::is_alphabetic) => sum.push('1'),
                ([_, _, day, _, _], 1) if day.starts_with("2026") => *day = "2026-02-01".to_owned(),
                ([.., paid], 2 | 3) if paid.is_empty() => *paid = "yes".to_owned(),
                ([.., paid], 4 | 5) if paid == "yes" => *paid = "no".to_owned(),
                ([_, name, _], 0 | 1) if name.starts_with("name ") => name.push_str(" the second"),
                _ => {}
            }
            writeln!(text, "{}", fields.join(",")).unwrap();
        }
        fs::write(to.join(path.file_name().unwrap()), text).unwrap();
    }
}

fn start(data: &Path) -> Ledger {
    Ledger::start_with(data, ["--simulated-clock"]).unwrap()
}

fn import(ledger: &Ledger, folder: &Path, export: &str) -> Command {
    let mut command =
        ledger.command(["import", "--output", "json", "--simulated-now", NOW, "--reject-file"]).unwrap();
    command.arg(folder.join("rejected.csv")).arg(folder.join("shop.toml")).arg(folder.join(export));
    command
}

fn all(ledger: &Ledger) -> String {
    ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap()
}

fn assert_same(found: &str, expected: &str, round: usize) {
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected, "round {round}");
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "round {round}");
}

/// Runs an import and kills it, or the server, at a random moment; whether the import was done before.
fn disturbed(ledger: &mut Ledger, folder: &Path, export: &str, random: &mut Random, usual: Duration) -> bool {
    let moment = Duration::from_micros(random.below(usual.as_micros() as u64 * 3 / 2));
    let kill_the_server = random.one_in(3);
    let began = Instant::now();
    let mut client =
        import(ledger, folder, export).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while began.elapsed() < moment {
        if let Some(status) = client.try_wait().unwrap() {
            assert!(matches!(status.code(), Some(0 | 1)), "{status}");
            return true;
        }
    }
    if kill_the_server {
        ledger.kill().unwrap();
        client.wait().unwrap();
        ledger.restart().unwrap();
    } else {
        client.kill().unwrap();
        client.wait().unwrap();
    }
    false
}

/// The result of an import that is left alone, and how long it takes.
fn undisturbed(ledger: &Ledger, folder: &Path, export: &str) -> (Value, Duration) {
    let began = Instant::now();
    let output = import(ledger, folder, export).output().unwrap();
    let usual = began.elapsed();
    (serde_json::from_slice(&output.stdout).unwrap(), usual)
}

/// Round after round, in a new ledger that has the exports `before`: kills an import of `export` again and again, lets it
/// end, and holds the ledger against `expected`; then the same import adds nothing.
fn killed(
    folder: &Path,
    before: &[&str],
    export: &str,
    expected: &str,
    usual: Duration,
    random: &mut Random,
) {
    let mut kills = 0;
    for round in 0..ROUNDS {
        let mut ledger = start(&folder.join(format!("killed-{round}")));
        for export in before {
            undisturbed(&ledger, folder, export);
        }
        kills +=
            (0..KILLS_A_ROUND).take_while(|_| !disturbed(&mut ledger, folder, export, random, usual)).count();
        undisturbed(&ledger, folder, export);
        assert_same(&all(&ledger), expected, round);
        let (again, _) = undisturbed(&ledger, folder, export);
        for key in ["accepted", "eventsAdded", "eventsResumed"] {
            assert_eq!(again["total"][key], 0, "{key}: {again}");
        }
        assert_same(&all(&ledger), expected, round);
    }
    eprintln!("import_killed: {kills} kills of `{export}` in {ROUNDS} rounds");
    assert!(kills > 0, "an import that is never killed shows nothing");
}

#[test]
fn an_import_that_was_killed_and_started_again_equals_one_that_was_left_alone() {
    let mut random = Random::seeded("import_killed");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("export")).unwrap();
    fs::write(folder.path().join("shop.toml"), MAPPING).unwrap();
    write_files(&folder.path().join("export"), &mut random);

    let untouched = start(&folder.path().join("untouched"));
    let (summary, usual) = undisturbed(&untouched, folder.path(), "export");
    for key in ["accepted", "duplicate", "rejected"] {
        assert!(summary["total"][key].as_u64().unwrap() > 20, "{summary}");
    }
    let expected = all(&untouched);
    assert_eq!(expected.matches("importBatchClosed").count() as u64, 1 + FILES);
    killed(folder.path(), &[], "export", &expected, usual, &mut random);
}

#[test]
fn an_updated_export_that_was_killed_and_started_again_changes_what_one_does_that_was_left_alone() {
    let mut random = Random::seeded("import_killed_updated");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("export")).unwrap();
    fs::create_dir(path("next")).unwrap();
    fs::write(path("shop.toml"), MAPPING).unwrap();
    write_files(&path("export"), &mut random);
    write_next_month(&path("export"), &path("next"));

    let untouched = start(&path("untouched"));
    undisturbed(&untouched, folder.path(), "export");
    let (summary, usual) = undisturbed(&untouched, folder.path(), "next");
    assert!(summary["total"]["eventsAdded"].as_u64().unwrap() > 100, "{summary}");
    let expected = all(&untouched);
    for changed in ["deal.terms_changed", "event.corrected", "deal.lost"] {
        assert!(expected.contains(changed), "{changed}");
    }
    // An update is over before most of the moments at which a first import is killed.
    killed(folder.path(), &["export"], "next", &expected, usual / 2, &mut random);
}
