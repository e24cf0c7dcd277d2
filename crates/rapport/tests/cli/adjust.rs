//! `correct`, `retract`, `merge`, `unmerge`: they show what will change, ask, and append one event.

use crate::support::{Server, deal};

fn with_deal() -> Server {
    let server = Server::start_with(&["--time-zone", "Europe/Riga"]);
    server.run_with(&["append"], &(deal("1", "7", "new") + &deal("2", "8", "new"))).ok();
    server
}

fn events(server: &Server) -> usize {
    server.run(&["tail", "--from", "1", "--output", "json"]).ok().lines().count()
}

fn open(server: &Server, more: &[&str]) -> String {
    let csv = server.run(&[&["funnel", "--measure", "snapshot", "--output", "csv"], more].concat()).ok();
    csv.lines().filter(|line| line.contains(",amount,")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_correction_shows_each_field_as_it_is_and_as_it_will_be_and_earlier_answers_stay() {
    let server = with_deal();
    let before = open(&server, &[]);
    let correct = ["correct", "1", "--set", "amount.minor_units=99000", "--reason", "typo"];
    let set = [&correct[..], &["--set", "stage=offer", "--occurred-at", "2026-01-06T08:00:00Z"]].concat();
    let printed = server.run(&[&set[..], &["--yes", "--actor", "ilze"]].concat()).ok();
    for row in
        ["dealOpened.amount.minorUnits  125000", "99000", "dealOpened.stage", "offer", "2026-01-06 10:00"]
    {
        assert!(printed.contains(row), "{row} is not in\n{printed}");
    }
    assert!(!printed.contains("happened") && printed.ends_with("appended at position 3\n"), "{printed}");
    assert_ne!(open(&server, &[]), before);
    let event: serde_json::Value =
        serde_json::from_str(&server.run(&["tail", "--from", "3", "--output", "json"]).ok()).unwrap();
    assert_eq!(event["actor"]["id"], "ilze", "{event}");
    let known_before = event["recordedAt"].as_str().unwrap();
    let earlier = jiff::Timestamp::from_microsecond(
        known_before.parse::<jiff::Timestamp>().unwrap().as_microsecond() - 1,
    );
    assert_eq!(open(&server, &["--known-at", &earlier.unwrap().to_string()]), before);
    // The same again changes nothing, and a correction of a correction builds on what is believed.
    let again = server.run(&[&set[..], &["--yes"]].concat());
    assert!(again.code == Some(2) && again.stderr.contains("nothing would change"), "{}", again.stderr);
    let further = server.run(&["correct", "1", "--set", "stage=won", "--reason", "x", "--yes"]).ok();
    assert!(further.contains("offer") && !further.contains("minorUnits"), "{further}");
}

#[test]
fn what_is_wrong_is_told_before_anything_is_appended() {
    let server = with_deal();
    for (arguments, said) in [
        (vec!["correct", "1", "--set", "stage=x", "--reason", "r"], "there is no terminal to ask; add --yes"),
        (vec!["correct", "1", "--set", "stage=x", "--reason", "r", "--output", "json"], "add --yes"),
        (vec!["correct", "1", "--set", "stag=x", "--reason", "r", "--yes"], "no field `stag`"),
        (vec!["correct", "1", "--set", "amount.minorUnits=1.5", "--reason", "r", "--yes"], "a whole number"),
        (vec!["correct", "1", "--set", "stage", "--reason", "r", "--yes"], "expected FIELD=VALUE"),
        (vec!["correct", "1", "--set", "amount.currency=EURO", "--reason", "r", "--yes"], "currency"),
        (vec!["correct", "99", "--set", "stage=x", "--reason", "r", "--yes"], "99"),
        (vec!["retract", "deal-1", "--reason", "r", "--yes"], "neither the id of an event nor a position"),
        (vec!["merge", "7", "9", "--yes"], "customer `9`"),
        (vec!["merge", "7", "7", "--yes"], "one customer already"),
        (vec!["unmerge", "7", "--yes"], "no merge is in force"),
    ] {
        let ran = server.run(&arguments);
        assert!(ran.code != Some(0) && ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(events(&server), 2);
}

#[test]
fn a_retraction_takes_an_event_out_and_its_own_retraction_brings_it_back() {
    let server = with_deal();
    let before = open(&server, &[]);
    let printed = server.run(&["retract", "2", "--reason", "never was", "--yes"]).ok();
    assert!(printed.contains("deal 2 opened in new"), "{printed}");
    assert_ne!(open(&server, &[]), before);
    let again = server.run(&["retract", "2", "--reason", "twice", "--yes"]);
    assert!(again.stderr.contains("retracted already"), "{}", again.stderr);
    server.run(&["retract", "3", "--reason", "it was", "--yes"]).ok();
    assert_eq!(open(&server, &[]), before);
}

#[test]
fn a_merge_shows_both_and_the_consents_that_will_hold_and_an_unmerge_ends_it() {
    let server = with_deal();
    let consent = |customer: &str, what: &str| {
        format!(
            r#"{{"stream":"party-{customer}","customer":"{customer}","payload":{{"{what}":{{"purpose":"news","channel":"email"}}}}}}"#
        ) + "\n"
    };
    let told = consent("7", "consentGranted") + &consent("8", "consentWithdrawn");
    server.run_with(&["append"], &told).ok();
    let printed = server.run(&["merge", "7", "8", "--evidence", "same number", "--yes"]).ok();
    for text in ["stands for both", "news by email", "granted", "withdrawn", "appended at position 5"] {
        assert!(printed.contains(text), "{text} is not in\n{printed}");
    }
    let merged = server.run(&["tail", "--from", "5", "--output", "json"]).ok();
    assert!(merged.contains("news by email: withdrawn"), "{merged}");
    let together = |server: &Server| server.run(&["timeline", "8", "--output", "csv"]).ok().lines().count();
    let one = together(&server);
    let ended = server.run(&["unmerge", "8", "--yes"]).ok();
    assert!(ended.contains("appended at position 6"), "{ended}");
    assert!(together(&server) < one);
    let none = server.run(&["unmerge", "7", "--yes"]);
    assert!(none.stderr.contains("no merge is in force"), "{}", none.stderr);
}
