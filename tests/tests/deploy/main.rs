//! What operators start is what there is: every file in `deploy/` parses, every command line in it and in the guide is
//! one of the binary's, every metric that an alert or a dashboard asks for is shown by a running process.
//!
//! Containers and clusters are not started here; their files are looked through, and handed to `promtool`, `kubectl`
//! and `systemd-analyze` where these are installed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{collections::BTreeSet, fs};

use rapport_tests::{command, run_ok};
use serde_json::Value;

use crate::{
    files::{GUIDE, deployed, text, yaml},
    launch::Launch,
};

mod asked;
mod files;
mod guide;
mod launch;
mod process;
mod shapes;

#[test]
fn every_file_parses() {
    let mut parsed = 0;
    for path in deployed() {
        if path.ends_with(".yaml") {
            assert!(yaml(&path).iter().all(Value::is_object), "{path}");
            parsed += 1;
        } else if path.ends_with(".json") {
            let dashboard: Value = serde_json::from_str(&text(&path)).unwrap();
            let ids: Vec<_> =
                dashboard["panels"].as_array().unwrap().iter().map(|panel| &panel["id"]).collect();
            let distinct: BTreeSet<_> = ids.iter().map(|id| id.as_u64()).collect();
            assert_eq!(ids.len(), distinct.len(), "{path}: two panels have one id");
            parsed += 1;
        }
    }
    assert!(parsed > 10, "{parsed} files");
}

#[test]
fn every_command_line_is_one_of_the_binary() {
    let mut wrong = Vec::new();
    let launches = launch::all();
    for launch in &launches {
        let mut asked = command(&launch.arguments).unwrap();
        // Arguments are read in their order, so a wrong one is told before `--help` is heeded.
        let output = asked.arg("--help").output().unwrap();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            wrong.push(format!("{launch}: {}", said.lines().next().unwrap_or_default()));
            continue;
        }
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        let names = launch.environment.keys().filter(|name| name.starts_with("RAPPORT_"));
        // The image sets the first for every command; of the others only the text of `serve` tells.
        let names = names
            .filter(|name| !["RAPPORT_DATA", "RAPPORT_LOG", "RAPPORT_LOG_FORMAT"].contains(&name.as_str()));
        for name in names.filter(|name| {
            ![format!("[env: {name}="), format!("[env: {name}]")].iter().any(|named| help.contains(named))
        }) {
            wrong.push(format!("{launch}: its help does not name {name}"));
        }
    }
    assert!(launches.len() > 20, "{} command lines", launches.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_ledger_is_started_with_comes_to_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let mut looked = 0;
    for launch in launch::all().into_iter().filter_map(Launch::of_a_ledger) {
        run_ok(command(&launch.arguments).unwrap().envs(&launch.environment).arg("--print-config")).unwrap();
        looked += 1;
    }
    let mut files = launch::blocks(&text(GUIDE), "toml");
    files.push(text("deploy/systemd/rapport.toml"));
    for (number, toml) in files.iter().enumerate() {
        let file = folder.path().join(format!("{number}.toml"));
        fs::write(&file, toml).unwrap();
        let mut asked = command(["serve", "--data", "data", "--print-config", "--config"]).unwrap();
        run_ok(asked.arg(file)).unwrap();
        looked += 1;
    }
    assert!(looked > 6, "{looked} configurations");
}
