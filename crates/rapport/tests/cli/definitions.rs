//! `rapport definitions` against a ledger: what is listed and shown, what is published, and who comes second.

use std::{process::Stdio, thread};

use serde_json::{Value, json};

use crate::support::Server;

/// A file of a definition of `abc`, `customer`.
fn abc(server: &Server, name: &str, more: &Value, body: &Value) -> String {
    let mut file = json!({"kind": "abc", "code": "customer", "body": body});
    file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.file(name, &file.to_string())
}

fn published(server: &Server, file: &str) -> String {
    server.run(&["definitions", "publish", file, "--yes"]).ok()
}

fn shown(server: &Server, arguments: &[&str]) -> Value {
    let json = server
        .run(&[&["definitions", "show", "abc", "customer", "--output", "json"], arguments].concat())
        .ok();
    serde_json::from_str(&json).unwrap()
}

#[test]
fn what_is_published_is_in_force_listed_shown_and_compared() {
    let server = Server::start();
    let list = server.run(&["definitions"]).ok();
    assert!(list.contains("by default, because nothing readable is published"), "{list}");
    assert!(!list.contains("in force") && list.lines().last().unwrap().starts_with("more: --all"), "{list}");

    // What is shown of a default is what can be published.
    assert_eq!(shown(&server, &[]), json!({"kind": "abc", "code": "customer", "body": {"a": 80, "b": 95}}));
    let file = abc(
        &server,
        "1.json",
        &json!({"effective_from": "2026-01-01", "approver": "ilze"}),
        &json!({"a": 70}),
    );
    let said = published(&server, &file);
    for expected in [
        "abc `customer`: version 1, compared with the default",
        "a       80           70",
        "it takes effect 2026-01-01 00:00, in the past: answers about the time since then change",
        "published abc `customer` version 1: event 1 of stream `definition-abc-customer`",
    ] {
        assert!(said.contains(expected), "no `{expected}` in\n{said}");
    }
    let expected = json!({
        "kind": "abc", "code": "customer", "version": 1, "effective_from": "2026-01-01T00:00:00+00:00",
        "approver": "ilze", "body": {"a": 70},
    });
    assert_eq!(shown(&server, &[]), expected);
    // Before it, the default.
    assert_eq!(shown(&server, &["--as-of", "2025-12-31"])["body"], json!({"a": 80, "b": 95}));
    let text = server.run(&["definitions", "show", "abc", "customer"]).ok();
    assert!(
        text.starts_with(
            "abc `customer`, version 1, in force since 2026-01-01 00:00, approved by ilze, event 1\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("{\n  \"a\": 70,\n  \"b\": 95    (default)\n}\n"), "{text}");

    let file = abc(&server, "2.json", &json!({}), &json!({"a": 60, "b": 90}));
    assert!(published(&server, &file).contains("published abc `customer` version 2: event 2"));
    let diff = server.run(&["definitions", "diff", "abc", "customer", "--output", "csv"]).ok();
    assert_eq!(diff, "path,old,new\na,70,60\nb,95,90\n");
    let diff = server.run(&["definitions", "diff", "abc", "customer", "--from", "0", "--to", "1"]).ok();
    assert!(diff.starts_with("abc `customer`, from nothing published to version 1\n"), "{diff}");
    let list = server.run(&["definitions", "list", "--all", "--output", "csv"]).ok();
    let parts: Vec<_> =
        list.lines().map(|line| line.split(',').take(4).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(parts[1..3], ["in_force abc customer 2", "earlier abc customer 1"], "{list}");

    // An answer of an earlier T uses the version that held then.
    for (as_of, version) in [("2026-02-01", Some(1)), ("2025-06-30", None)] {
        let answer = server.run(&["classes", "--as-of", as_of, "--output", "json"]).ok();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let used = &answer["meta"]["definitions"][0]["version"];
        assert_eq!(used.as_u64(), version, "{as_of}: {answer}");
    }
    // The same again says so and appends nothing.
    let again = published(&server, &file);
    assert_eq!(again, "nothing to publish: version 2 of abc `customer` says the same\n");
    let json = server.run(&["definitions", "publish", &file, "--yes", "--output", "json"]).ok();
    let json: Value = serde_json::from_str(&json).unwrap();
    let expected =
        json!({"kind": "abc", "code": "customer", "version": 2, "position": "2", "published": false});
    assert_eq!(json, expected);
    assert!(server.run(&["tail"]).ok().lines().count() < 5);
}

#[test]
fn of_two_who_publish_at_the_same_time_one_is_told() {
    let server = Server::start();
    let first = abc(&server, "0.json", &json!({}), &json!({"a": 50}));
    published(&server, &first);
    let mut outcomes = Vec::new();
    // Whoever reads the stream after the other has appended publishes version 3: then both are in the ledger.
    for round in 0..5 {
        let files = [0, 1].map(|who| {
            abc(&server, &format!("{round}-{who}.json"), &json!({}), &json!({"a": 10 + round * 10 + who}))
        });
        let children = files.map(|file| {
            let mut command = server.command(&["definitions", "publish", &file, "--yes", "--output", "json"]);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = command.spawn().unwrap();
            thread::spawn(move || child.wait_with_output().unwrap())
        });
        for child in children {
            let output = child.join().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(
                output.status.success() || said.contains("publish again to see what it changes"),
                "{said}"
            );
            assert!(output.status.success() || output.status.code() == Some(1), "{said}");
            outcomes.push(output.status.success());
        }
    }
    let all = server.run(&["definitions", "--kind", "abc", "--all", "--output", "json"]).ok();
    let all: Value = serde_json::from_str(&all).unwrap();
    let mut versions: Vec<_> =
        all["definitions"].as_array().unwrap().iter().filter_map(|one| one["version"].as_u64()).collect();
    versions.retain(|version| *version > 0);
    versions.sort_unstable();
    // No version twice, none lost.
    let appended = 1 + outcomes.iter().filter(|done| **done).count() as u64;
    assert_eq!(versions, (1..=appended).collect::<Vec<_>>());
}

#[test]
fn where_there_is_nobody_to_ask_nothing_is_published_without_yes() {
    let server = Server::start();
    let file = abc(&server, "1.json", &json!({}), &json!({"a": 50}));
    let ran = server.run(&["definitions", "publish", &file]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("give --yes where `rapport` cannot ask"), "{}", ran.stderr);
    assert!(ran.stdout.contains("abc `customer`: version 1, compared with the default"), "{}", ran.stdout);
    assert!(server.run(&["definitions", "--kind", "abc", "--all"]).ok().contains("by default"));
}

/// Publishes a file of this content: the exit code, and what is said of a failure.
fn publish(server: &Server, content: &str) -> (Option<i32>, String) {
    let ran = server.run(&["definitions", "publish", &server.file("file.json", content), "--yes"]);
    (ran.code, ran.stderr)
}

#[test]
fn an_obvious_mistake_is_named_with_its_remedy() {
    let server = Server::start();
    for (content, code, expected) in [
        ("{", 2, "is not the JSON of a definition"),
        ("[]", 2, "is not the JSON of a definition"),
        (r#"{"kind":"abc","code":"customer"}"#, 2, "missing field `body`"),
        (
            r#"{"kind":"abc","code":"customer","boddy":{},"body":{}}"#,
            2,
            "unknown field `boddy`, expected one of `kind`",
        ),
        (
            r#"{"kind":"pipline","code":"default","body":{}}"#,
            2,
            "there is no kind `pipline`; is it `pipeline`?",
        ),
        (r#"{"kind":"zzz","code":"default","body":{}}"#, 2, "the kinds are `pipeline`, `abc`"),
        (
            r#"{"kind":"abc","code":"customers","body":{}}"#,
            2,
            "`code`: of kind `abc` expected `customer` or `product`, found `customers`",
        ),
        (
            r#"{"kind":"abc","code":"customer","body":{"a":96}}"#,
            2,
            "`body.b`: expected more than `a`, which is 96",
        ),
        (
            r#"{"kind":"abc","code":"customer","body":{"A":80,"b":null}}"#,
            2,
            "`body.b`: expected percent above 0",
        ),
        (r#"{"kind":"abc","code":"customer","effective_from":"tomorrow","body":{}}"#, 2, "effective_from"),
    ] {
        let (status, said) = publish(&server, content);
        assert!(status == Some(code) && said.contains(expected), "{content}: {status:?} {said}");
    }
    let absent = server.run(&["definitions", "publish", "absent.json"]);
    assert!(
        absent.code == Some(2) && absent.stderr.contains("cannot read `absent.json`"),
        "{}",
        absent.stderr
    );
}

#[test]
fn a_version_that_is_there_is_refused_and_what_is_for_a_day_to_come_waits() {
    let server = Server::start();
    let one = r#"{"kind":"abc","code":"customer","version":4,"body":{"a":70}}"#;
    assert_eq!(publish(&server, one).0, Some(0));
    let (status, said) = publish(&server, one);
    assert!(
        status == Some(1)
            && said.contains(
                "has version 4 already (event 1); leave `version` out of the file to publish version 5"
            ),
        "{said}"
    );
    let other = r#"{"kind":"strategy","code":"growth","body":{"any":[1]}}"#;
    let ran =
        server.run(&["definitions", "publish", &server.file("other.json", other), "--yes", "--other-kind"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    // From stdin, for a day to come.
    let later = r#"{"kind":"abc","code":"customer","effective_from":"2999-01-01","body":{"a":75}}"#;
    let said = server.run_with(&["definitions", "publish", "-", "--yes"], later).ok();
    assert!(said.contains("it takes effect 2999-01-01 00:00; until then, what is in force stays"), "{said}");
    let list = server.run(&["definitions"]).ok();
    assert!(list.contains("will take effect") && list.contains("2999-01-01"), "{list}");
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let server = Server::start();
    assert_eq!(
        publish(&server, r#"{"kind":"abc","code":"customer","version":4,"body":{"a":70}}"#).0,
        Some(0)
    );
    for (arguments, code, expected) in [
        (&["show", "abd"][..], 1, "is the kind `abc`?"),
        (
            &["show", "pipeline", "north"],
            1,
            "there is no definition `north` of kind `pipeline` at that moment",
        ),
        (
            &["show", "abc", "customer", "--version", "9"],
            1,
            "abc `customer` has not version 9 at that moment",
        ),
        (&["show", "abc", "--output", "json"], 2, "name one of `customer`, `product`"),
        (&["diff", "abc", "customer", "--from", "2"], 1, "has no version 2 at that moment; there are: 4"),
        (&["list", "--kind", "pipelin"], 1, "is the kind `pipeline`?"),
        (
            &["publish", "file.json", "--as-of", "2026-01-01"],
            2,
            "--as-of and --known-at are not for `publish`",
        ),
    ] {
        let ran = server.run(&[&["definitions"], arguments].concat());
        assert!(
            ran.code == Some(code) && ran.stderr.contains(expected),
            "{arguments:?}: {:?} {}",
            ran.code,
            ran.stderr
        );
    }
}
