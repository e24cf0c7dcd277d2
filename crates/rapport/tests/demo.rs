//! `rapport demo` as a user runs it, with its output in a pipe.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Output, Stdio},
};

fn demo(seed: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rapport"))
        .args(["demo", "--customers", "50", "--until", "2026-03-01", "--seed", seed])
        .output()
        .unwrap()
}

/// What is said apart from what differs from run to run: the port, and how long it took.
fn lasting(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lasting = |line: &str| {
        line.split(" --server ")
            .flat_map(|part| part.split(" RAPPORT_SERVER="))
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    text.lines().filter(|line| !line.contains("projected in")).map(lasting).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_demo_shows_its_tour_and_ends_by_itself_when_output_is_no_terminal() {
    let output = demo("11");
    let (text, errors) = (lasting(&output), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{errors}");
    let wanted = [
        "Seed 11, until 2026-03-01",
        "SIA Baltijas Viesnīcas",
        "Open deals: ",
        "as it is known now",
        "satisfaction as of 2026-02-2",
        "Won in EUR: ",
        "corrected 2026-01-1",
        "--figure sales/outcomes/EUR/won",
        "$ rapport status",
    ];
    for section in wanted {
        assert!(text.contains(section), "the tour has no `{section}`:\n{text}");
    }
    for (language, letters) in [("lv", "ņļķģēī"), ("lt", "ėųįš"), ("pl", "łżść"), ("ru", "ыияо"), ("en", "W")]
    {
        assert!(text.contains(|letter| letters.contains(letter)), "the timeline does not show `{language}`");
    }
    for contact in 1..=5 {
        assert!(text.contains(&format!("as C-1000-{contact}")), "nothing of contact {contact}:\n{text}");
    }
    assert!(!text.contains("Serving at"), "a pipe cannot press Ctrl-C");
}

#[test]
fn the_figures_that_are_compared_differ() {
    let text = lasting(&demo("12"));
    let line = |begin: &str| text.lines().find_map(|line| line.strip_prefix(begin)).unwrap();
    let deals: Vec<_> =
        line("Open deals: ").split([' ', ';']).filter(|word| word.parse::<u64>().is_ok()).collect();
    assert!(deals.len() >= 2 && deals[0] != deals[1], "{deals:?}");
    let (before, after) = line("Won in EUR: ").split_once(" before, ").unwrap();
    assert!(!after.starts_with(before), "{before} {after}");
}

#[test]
fn the_same_seed_shows_the_same_figures() {
    let (first, second) = (demo("13"), demo("13"));
    assert_eq!(lasting(&first), lasting(&second));
}

#[test]
fn a_directory_that_holds_a_ledger_already_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_rapport"))
            .args(["demo", "--customers", "1", "--seed", "1", "--data"])
            .arg(folder.path())
            .output()
            .unwrap()
    };
    assert!(run().status.success());
    let second = run();
    assert_eq!(second.status.code(), Some(2));
    let complaint = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(complaint.contains("holds a ledger already; name an empty directory"), "{complaint}");
}

#[test]
fn a_demo_that_is_killed_leaves_no_server_behind() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_rapport"))
        .args(["demo", "--customers", "3000", "--until", "2026-03-01"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(demo.stdout.take().unwrap()).lines();
    // The first line comes when its server is there.
    assert!(output.next().is_some());
    demo.kill().unwrap();
    demo.wait().unwrap();
    // The server has the other end of this pipe: it ends with the server.
    let mut rest = String::new();
    demo.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
}
