//! The guide explains every alert, and what it names is there.

use std::collections::BTreeSet;

use crate::files::{GUIDE, deployed, root, text, yaml};

/// The anchors of a page's headings, as they are made on GitHub.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let headings = markdown.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let letters = heading.trim_start_matches('#').trim().to_lowercase();
        let letters = letters.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        letters.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_alert_is_explained_in_the_guide_and_tested() {
    let guide = text(GUIDE);
    let explained = guide.split("\n## Alerts\n").nth(1).unwrap();
    let headings: Vec<_> = explained.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let rules =
        yaml("deploy/prometheus/rapport.rules.yaml")[0]["groups"][0]["rules"].as_array().unwrap().clone();
    let alerts: Vec<_> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    assert_eq!(alerts, headings, "left: rules, right: headings");
    let tests = text("deploy/prometheus/rapport.rules.test.yaml");
    for (rule, alert) in rules.iter().zip(&alerts) {
        let annotations = &rule["annotations"];
        assert_eq!(annotations["runbook"], format!("{GUIDE}#{}", alert.to_lowercase()));
        assert!(annotations["summary"].is_string() && annotations["description"].is_string(), "{alert}");
        assert!(["critical", "warning"].contains(&rule["labels"]["severity"].as_str().unwrap()), "{alert}");
        assert!(tests.contains(&format!("alertname: {alert}\n")), "{alert} has no test");
    }
}

#[test]
fn places_in_the_guide_and_files_that_it_names_are_there() {
    let guide = text(GUIDE);
    let anchors = anchors(&guide);
    let within = guide.split("](#").skip(1).filter_map(|rest| rest.split(')').next().map(str::to_owned));
    let all = deployed().into_iter().map(|path| text(&path)).collect::<String>();
    let is_end = |letter: char| letter.is_whitespace() || "\"'`.,;:)".contains(letter);
    let from_deploy = all
        .split("docs/operations.md#")
        .skip(1)
        .filter_map(|rest| rest.split(is_end).next().map(str::to_owned));
    let broken: Vec<_> = within.chain(from_deploy).filter(|anchor| !anchors.contains(anchor)).collect();
    assert!(broken.is_empty(), "no such headings: {broken:?}");
    let named = guide.split(|letter: char| letter.is_whitespace() || "`(),".contains(letter));
    let named =
        named.filter(|word| word.starts_with("deploy/")).map(|word| word.trim_end_matches(['.', ';', ':']));
    // Made by the operator.
    let missing: Vec<_> =
        named.filter(|path| *path != "deploy/.env" && !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "no such files: {missing:?}");
}
