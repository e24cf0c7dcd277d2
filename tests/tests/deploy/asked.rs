//! What alerts and dashboards ask Prometheus is there to be asked for, and what Prometheus makes of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    process::Command,
};

use rapport_tests::{Ledger, get, run_ok, shared_database};
use serde_json::{Value, json};

use crate::{
    files::{deployed, installed, root, text, yaml},
    process::Running,
};

/// What alerts and dashboards ask Prometheus, with the file that asks.
fn expressions() -> Vec<(String, String)> {
    let mut expressions = Vec::new();
    for path in deployed() {
        let asked: Vec<Value> = if path.ends_with(".rules.yaml") {
            yaml(&path)[0]["groups"][0]["rules"].as_array().unwrap().clone()
        } else if path.ends_with(".json") {
            let dashboard: Value = serde_json::from_str(&text(&path)).unwrap();
            let panels = dashboard["panels"].as_array().unwrap().iter();
            panels.flat_map(|panel| panel["targets"].as_array().unwrap().clone()).collect()
        } else {
            continue;
        };
        let asked = asked.iter().filter_map(|asked| asked["expr"].as_str());
        expressions.extend(asked.map(|expression| (path.clone(), expression.to_owned())));
    }
    expressions
}

/// The metrics in them.
fn metrics_asked_for() -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (path, expression) in expressions() {
        let words = expression.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let metrics = words.filter(|word| word.starts_with("rapport_"));
        names.extend(metrics.map(|metric| (metric.to_owned(), path.clone())));
    }
    assert!(names.len() > 20, "{names:?}");
    names
}

const EVENT: &str = r#"{"stream":"deal-1","customer":"7","payload":{"dealOpened":{"dealId":"1","stage":"new","amount":{"minorUnits":"100","currency":"EUR"}}}}"#;

/// The page of a ledger that has been appended to and asked, publishes (to nobody), and that of a projector behind it.
fn pages_of_a_ledger_and_a_projector(folder: &Path) -> String {
    let ledger = Ledger::start_with(&folder.join("ledger"), ["--kafka", "127.0.0.1:1"]).unwrap();
    let event = folder.join("event.json");
    fs::write(&event, EVENT).unwrap();
    ledger.run(["append", event.to_str().unwrap()]).unwrap();
    ledger.run(["funnel"]).unwrap();
    let from = ledger.url.replace("http://", "grpc://");
    let views = shared_database().unwrap().create("asked").unwrap();
    let projector = Running::start(&["project", "--from", &from, "--views", &views]);
    get(&ledger.http, "/metrics", None).unwrap().1 + &get(&projector.http, "/metrics", None).unwrap().1
}

/// The page of a ledger with tokens, which has refused somebody.
fn page_of_a_guarded_ledger(folder: &Path) -> String {
    let token = "rapport_0000000000000000000000000000000000000000000";
    let digest = Command::new("sh").args(["-c", "printf %s \"$0\" | sha256sum", token]).output().unwrap();
    let digest = String::from_utf8(digest.stdout).unwrap();
    let tokens = folder.join("tokens.toml");
    let digest = digest.split_whitespace().next().unwrap();
    fs::write(
        &tokens,
        format!("[[client]]\nname = \"prometheus\"\ntoken_sha256 = \"{digest}\"\nroles = [\"read\"]\n"),
    )
    .unwrap();
    let ledger = Ledger::start_with(&folder.join("guarded"), ["--tokens", tokens.to_str().unwrap()]).unwrap();
    assert_eq!(get(&ledger.http, "/metrics", None).unwrap().0, 401);
    get(&ledger.http, "/metrics", Some(token)).unwrap().1
}

#[test]
fn every_metric_that_is_asked_for_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let pages = pages_of_a_ledger_and_a_projector(folder.path()) + &page_of_a_guarded_ledger(folder.path());
    let shown: BTreeSet<_> = pages.lines().filter_map(|line| line.split(['{', ' ']).next()).collect();
    let asked = metrics_asked_for();
    let missing: Vec<_> = asked.iter().filter(|(name, _)| !shown.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "no process shows {missing:#?}");
}

#[test]
fn prometheus_understands_what_it_is_asked_and_alerts_do_what_their_tests_say() {
    let promtool = env::var("RAPPORT_TEST_PROMTOOL").unwrap_or_else(|_| "promtool".to_owned());
    if !installed(&promtool, &["--version"]) {
        return;
    }
    let folder = root().join("deploy/prometheus");
    let run = |arguments: &[&str]| {
        run_ok(Command::new(&promtool).args(arguments).current_dir(&folder)).unwrap();
    };
    run(&["check", "config", "prometheus.yaml"]);
    run(&["test", "rules", "rapport.rules.test.yaml"]);
    // What dashboards ask, as rules, so that it is read by the same parser.
    let record = |(number, (_, expression)): (usize, (String, String))| {
        let expression = expression.replace("$__rate_interval", "5m");
        json!({ "record": format!("asked:{number}"), "expr": expression })
    };
    let asked: Vec<_> = expressions().into_iter().enumerate().map(record).collect();
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    fs::write(&file, json!({ "groups": [{ "name": "asked", "rules": asked }] }).to_string()).unwrap();
    run(&["check", "rules", file.path().to_str().unwrap()]);
}
