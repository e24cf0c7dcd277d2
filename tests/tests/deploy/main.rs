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

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rapport_tests::{Ledger, binary, command, run_ok};
use serde_json::Value;

use crate::process::{Running, get};

mod launch;
mod process;

const GUIDE: &str = "docs/operations.md";

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).canonicalize().unwrap()
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents of a YAML file.
fn yaml(path: &str) -> Vec<Value> {
    let text = text(path);
    let documents = serde_norway::Deserializer::from_str(&text).map(|document| {
        let mut value: serde_norway::Value = serde::Deserialize::deserialize(document).unwrap();
        value.apply_merge().unwrap();
        serde_json::to_value(value).unwrap()
    });
    documents.collect()
}

/// Paths of the files in `deploy/`, from the root of the checkout.
fn deployed() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("deploy")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != ".env") {
                found.push(path.strip_prefix(root()).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// Whether a program is installed; if not, the test says so.
fn installed(program: &str, arguments: &[&str]) -> bool {
    let found = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        eprintln!("skipped: no `{program}` on this machine");
    }
    found
}

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
        // Read by every command that logs; only `serve` tells of them.
        let names = names
            .filter(|name| !["RAPPORT_LOG", "RAPPORT_LOG_FORMAT", "RAPPORT_DATA"].contains(&name.as_str()));
        for name in names.filter(|name| !help.contains(&format!("[env: {name}="))) {
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
    for launch in launch::all().into_iter().filter(|launch| launch.is_complete_ledger()) {
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
    assert!(looked >= 4, "{looked} configurations");
}

/// The metrics that alerts and dashboards ask for, with where.
fn metrics_asked_for() -> BTreeMap<String, String> {
    let mut expressions = Vec::new();
    for path in deployed() {
        if path.ends_with(".rules.yaml") {
            let rules = yaml(&path)[0]["groups"][0]["rules"].as_array().unwrap().clone();
            expressions
                .extend(rules.iter().map(|rule| (path.clone(), rule["expr"].as_str().unwrap().to_owned())));
        } else if path.ends_with(".json") {
            let dashboard: Value = serde_json::from_str(&text(&path)).unwrap();
            let targets = dashboard["panels"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|panel| panel["targets"].as_array().unwrap());
            let asked = targets.filter_map(|target| target["expr"].as_str());
            expressions.extend(asked.map(|expression| (path.clone(), expression.to_owned())));
        }
    }
    let mut names = BTreeMap::new();
    for (path, expression) in expressions {
        let words = expression.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        names.extend(
            words.filter(|word| word.starts_with("rapport_")).map(|word| (word.to_owned(), path.clone())),
        );
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
    let views = format!("sqlite:{}", folder.join("views").display());
    let projector = Running::start(&["project", "--from", &from, "--views", &views]);
    get(&ledger.http, "/metrics", None).1 + &get(&projector.http, "/metrics", None).1
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
    assert_eq!(get(&ledger.http, "/metrics", None).0, 401);
    get(&ledger.http, "/metrics", Some(token)).1
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
fn the_health_check_of_compose_tells_a_ready_ledger_from_none() {
    let compose = yaml("deploy/compose.yaml");
    let check: Vec<_> = compose[0]["services"]["ledger"]["healthcheck"]["test"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(data.path()).unwrap();
    let port = ledger.http.rsplit(':').next().unwrap().to_owned();
    let run = |port: &str| {
        let words = check[1..].iter().map(|word| word.replace("$$", "$").replace("7412", port));
        let words: Vec<_> = words.collect();
        Command::new(&words[0]).args(&words[1..]).stderr(Stdio::null()).status().unwrap().success()
    };
    assert!(run(&port));
    drop(ledger);
    assert!(!run(&port));
}

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

#[test]
fn compose_publishes_to_the_loopback_alone_and_knows_its_passwords() {
    let compose = yaml("deploy/compose.yaml");
    for (name, service) in compose[0]["services"].as_object().unwrap() {
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{name}: {port}");
        }
        assert_eq!(service["restart"], "unless-stopped", "{name}");
        assert!(service["healthcheck"]["test"].is_array(), "{name} has no health check");
    }
    let example = text("deploy/.env.example");
    let given: BTreeSet<_> = example.lines().filter_map(|line| line.strip_suffix('=')).collect();
    let text = text("deploy/compose.yaml");
    let used: BTreeSet<_> =
        text.split("${").skip(1).filter_map(|rest| rest.split([':', '}']).next()).collect();
    assert_eq!(used, given, "left: compose.yaml, right: .env.example, which has no values");
}

#[test]
fn what_the_manifests_refer_to_is_there() {
    let guide = text(GUIDE);
    let maps: Vec<_> =
        yaml("deploy/kubernetes/settings.yaml").iter().map(|map| map["metadata"]["name"].clone()).collect();
    let kustomization = text("deploy/kubernetes/kustomization.yaml");
    let mut workloads = 0;
    for path in deployed()
        .into_iter()
        .filter(|path| path.starts_with("deploy/kubernetes/") && !path.ends_with("kustomization.yaml"))
    {
        assert!(
            kustomization.contains(path.rsplit('/').next().unwrap()),
            "{path} is not in kustomization.yaml"
        );
        for manifest in yaml(&path).into_iter().filter(|manifest| manifest["spec"]["template"].is_object()) {
            workloads += 1;
            let pod = &manifest["spec"]["template"]["spec"];
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{path}");
            let container = &pod["containers"][0];
            assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/healthz", "{path}");
            assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz", "{path}");
            assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true, "{path}");
            for map in container["envFrom"].as_array().unwrap() {
                assert!(maps.contains(&map["configMapRef"]["name"]), "{path}: {map}");
            }
            let volumes =
                pod["volumes"].as_array().unwrap().iter().map(|volume| &volume["secret"]["secretName"]);
            let keys = container["env"]
                .as_array()
                .unwrap()
                .iter()
                .map(|variable| &variable["valueFrom"]["secretKeyRef"]["name"]);
            for secret in volumes.chain(keys).filter_map(Value::as_str) {
                assert!(
                    guide.contains(&format!(" {secret} ")),
                    "{path}: {GUIDE} does not make the secret `{secret}`"
                );
            }
        }
    }
    assert_eq!(workloads, 2);
}

#[test]
fn the_manifests_build() {
    if installed("kubectl", &["kustomize", "--help"]) {
        let built =
            run_ok(Command::new("kubectl").arg("kustomize").arg(root().join("deploy/kubernetes"))).unwrap();
        assert!(built.contains("kind: StatefulSet") && built.contains("kind: Deployment"));
    }
}

#[test]
fn the_units_are_sound() {
    if !installed("systemd-analyze", &["--version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut units = Vec::new();
    for (file, instance) in
        [("rapport.service", "rapport.service"), ("rapport-project@.service", "rapport-project@1.service")]
    {
        let unit = text(&format!("deploy/systemd/{file}"));
        // It also looks whether the program is there.
        let unit = unit.replace("/usr/local/bin/rapport", &binary().unwrap().display().to_string());
        fs::write(folder.path().join(file), unit).unwrap();
        units.push(folder.path().join(instance));
    }
    let output = Command::new("systemd-analyze").arg("verify").args(&units).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let ours: Vec<_> = said.lines().filter(|line| line.contains("rapport")).collect();
    assert!(output.status.success() && ours.is_empty(), "{said}");
}

#[test]
fn prometheus_takes_the_rules_and_they_do_what_their_tests_say() {
    let promtool = env::var("RAPPORT_TEST_PROMTOOL").unwrap_or_else(|_| "promtool".to_owned());
    if !installed(&promtool, &["--version"]) {
        return;
    }
    let folder = root().join("deploy/prometheus");
    for arguments in [["check", "config", "prometheus.yaml"], ["test", "rules", "rapport.rules.test.yaml"]] {
        run_ok(Command::new(&promtool).args(arguments).current_dir(&folder)).unwrap();
    }
}

#[test]
fn the_image_has_the_libraries_that_the_binary_is_linked_with() {
    // Of Debian's smallest image, and of what the Containerfile installs.
    let there = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "libz.so.1", "libssl.so.3", "libcrypto.so.3"];
    assert!(text("deploy/Containerfile").contains(" libssl3"));
    let linked = run_ok(Command::new("ldd").arg(binary().unwrap())).unwrap();
    let names = linked.lines().filter_map(|line| line.split(" => ").next()).map(str::trim);
    let libraries = names.filter(|name| name.starts_with("lib"));
    let strange: Vec<_> = libraries.filter(|library| !there.contains(library)).collect();
    assert!(strange.is_empty(), "install them in the Containerfile: {strange:?}");
}
