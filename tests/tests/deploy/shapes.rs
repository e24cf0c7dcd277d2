//! The image, compose, units and manifests: each is whole in itself, and opens nothing by mistake.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
};

use rapport_tests::{Ledger, binary, run_ok};
use serde_json::Value;

use crate::files::{GUIDE, deployed, installed, root, text, yaml};

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
