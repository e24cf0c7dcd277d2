//! What commands say: of what is withheld, of targets, of flags that are wrong, of nothing.

use serde_json::{Value, json};

use crate::support::Server;

fn append(server: &Server, events: &[Value]) {
    let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
    server.run_with(&["append"], &lines.join("\n")).ok();
}

fn event(stream: &str, day: &str, payload: &Value) -> Value {
    json!({"stream": stream, "customer": "7", "occurredAt": format!("{day}T10:00:00Z"), "payload": payload})
}

fn fact(basis: &str) -> Value {
    json!({"partyFactRecorded": {"category": "CATEGORY_PERSONAL", "key": "religion", "legalBasis": basis,
        "sensitivity": "SENSITIVITY_SPECIAL", "personal": {"value": "secret one"}}})
}

#[test]
fn a_special_category_needs_a_basis_and_is_withheld_unless_it_is_asked_for() {
    let server = Server::start();
    let ran = server.run_with(&["append"], &event("c", "2026-01-05", &fact("")).to_string());
    let expected = "`payload.party_fact_recorded.legal_basis`: expected the basis";
    assert!(ran.code == Some(2) && ran.stderr.contains(expected), "{}", ran.stderr);
    let note = json!({"noteRecorded": {"sensitivity": "SENSITIVITY_SPECIAL", "legalBasis": "explicit_consent",
        "personal": {"text": "secret two"}}});
    append(&server, &[event("c", "2026-01-05", &fact("explicit_consent")), event("c", "2026-01-06", &note)]);
    for (arguments, withheld) in [
        (vec!["timeline", "7"], true),
        (vec!["timeline", "7", "--output", "json"], true),
        (vec!["timeline", "7", "--output", "csv"], true),
        (vec!["customer", "7"], true),
        (vec!["customer", "7", "--output", "json"], true),
        (vec!["timeline", "7", "--special"], false),
        (vec!["timeline", "7", "--special", "--output", "csv"], false),
        (vec!["customer", "7", "--special", "--output", "json"], false),
    ] {
        let said = server.run(&arguments).ok();
        assert_eq!(said.contains("secret"), !withheld, "{arguments:?}: {said}");
        // JSON says of each fact whether it is.
        let told = said.replace("\"withheld\": false", "");
        assert!(said.contains("religion") && told.contains("withheld") == withheld, "{arguments:?}: {said}");
    }
    let said = server.run(&["timeline", "7"]).ok();
    assert!(said.contains("religion: withheld: special category"), "{said}");
    assert!(said.contains("values of a special category are withheld: --special shows them"), "{said}");
}

#[test]
fn gaps_say_what_is_missing_and_which_command_publishes_targets() {
    let server = Server::start();
    let order = |id: &str, day: &str| {
        let total = json!({"minorUnits": "500", "currency": "EUR"});
        event("o", day, &json!({"orderPlaced": {"orderId": id, "total": total}}))
    };
    append(&server, &[order("1", "2025-11-05"), order("2", "2026-02-05")]);
    let gaps = ["retention", "--measure", "gaps", "--from", "2026-01-01", "--as-of", "2026-03-31"];
    let said = server.run(&gaps).ok();
    assert!(
        said.contains("no targets `default` hold") && said.contains("`rapport definitions publish FILE`"),
        "{said}"
    );

    let targets = r#"{"kind":"targets","code":"default","effective_from":"2026-01-01","body":{"targets":[
        {"metric":"customers_acquired","period":"2026","value":3},{"metric":"retention","period":"2026-Q1","value":0.5}]}}"#;
    let said = server.run(&["definitions", "publish", &server.file("targets.json", targets), "--yes"]).ok();
    assert!(said.contains("in the past: answers about the time since then change"), "{said}");
    let said = server.run(&gaps).ok();
    assert!(
        said.contains("targets `default` v1") && said.contains("2026-Q1") && said.contains("3.00"),
        "{said}"
    );
    let csv = server.run(&[&gaps[..], &["--output", "csv"]].concat()).ok();
    let gap = |of: &str, period: &str, column: &str| {
        let mut lines = csv::Reader::from_reader(csv.as_bytes());
        let place = lines.headers().unwrap().iter().position(|name| name == column).unwrap();
        let found = lines.records().map(Result::unwrap);
        let found: Vec<_> = found
            .filter(|row| row.iter().any(|cell| cell == of) && row.iter().any(|cell| cell == period))
            .collect();
        found[0][place].to_owned()
    };
    assert_eq!((gap("acquired", "2026", "gap"), gap("kept", "2026-Q1", "gap")), ("3".into(), "-0.5".into()));
    // The key lists who was kept.
    let key = gap("kept", "2026-Q1", "figure");
    let listed = server.run(&[&gaps[..], &["--figure", &key]].concat()).ok();
    assert!(listed.contains("party:7") && listed.contains("1 in all"), "{listed}");

    let wrong = targets.replace("0.5", "50");
    let ran = server.run(&["definitions", "publish", &server.file("wrong.json", &wrong), "--yes"]);
    let expected = "`body.targets[1].value`: expected a share from 0 to 1, such as 0.85, found the number 50";
    assert!(ran.code == Some(2) && ran.stderr.contains(expected), "{}", ran.stderr);
    // What nothing reads changes nothing.
    let incentive = r#"{"kind":"incentive","code":"x","effective_from":"2026-01-01","body":{"metric":"revenue","rate":0.1}}"#;
    let said =
        server.run(&["definitions", "publish", &server.file("incentive.json", incentive), "--yes"]).ok();
    assert!(said.contains("in the past; no answer reads `incentive` yet"), "{said}");
}

#[test]
fn what_is_wrong_with_a_flag_is_told_with_the_flag() {
    let server = Server::start();
    let note = json!({"noteRecorded": {}});
    append(&server, &[event("c", "2026-01-05", &note)]);
    for (line, expected) in [
        ("timeline 7 --page foo", "--page: expected the token of the page before, as it came"),
        ("classes --class D --measure abc", "--class: "),
        ("retention --retention 7", "--retention: expected a share from 0 to 1, found `7`"),
        ("retention --discount -1", "--discount: "),
        ("retention --change 0", "--change: "),
        ("retention --inactive-days 40000", "--inactive-days: expected at most `36500` days"),
        ("retention --rows 5000", "--rows: expected at most `1000`"),
        ("pyramid --within -1", "--within: expected a share from 0 to 1, such as `0.25`, found `-1`"),
        ("pyramid --compared-with 2999-01-01", "--compared-with: "),
        ("orders --from 2026-01-02 --to 2026-01-01", "--to: "),
        ("orders --by day --from 1900-01-01", "--by: expected at most `20000` periods"),
        ("profit --instrument ces", "--instrument: "),
        ("customers --where x", "--where: "),
        ("customers --show x", "--show: "),
        ("potential --segment x", "--segment: "),
        ("retention --rows -1", "-1 is not in 1.."),
        ("retention --inactive-days -1", "-1 is not in 1.."),
    ] {
        let ran = server.run(&line.split(' ').collect::<Vec<_>>());
        assert!(
            ran.code == Some(2) && ran.stderr.contains(expected),
            "{line}: {:?} {}",
            ran.code,
            ran.stderr
        );
    }
}

#[test]
fn a_line_without_a_quantity_and_a_day_before_everything_are_told_as_what_they_are() {
    let server = Server::start();
    let order = json!({"orderPlaced": {"orderId": "1", "lines": [{"product": "pen"}]}});
    let ran = server.run_with(&["append"], &event("o", "2026-01-05", &order).to_string());
    let expected = "lines[0].quantity`: expected a decimal number of at most 18 digits, such as `2` or `-0.75`, found none";
    assert!(ran.code == Some(2) && ran.stderr.contains(expected), "{}", ran.stderr);

    append(&server, &[event("c", "2026-01-05", &json!({"noteRecorded": {}}))]);
    let said = server.run(&["customer", "7", "--as-of", "2025-12-31"]).ok();
    assert!(said.contains("nothing had happened with this customer by then"), "{said}");
    let said = server.run(&["customer", "7"]).ok();
    assert!(!said.contains("nothing had happened"), "{said}");
}
