//! The command lines with which operators start `rapport`, as they stand in the files of `deploy/` and in the guide.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
};

use serde_json::Value;

use crate::files::{GUIDE, text, yaml};

/// One way in which the binary is started.
pub(crate) struct Launch {
    /// The file that says so.
    file: String,
    /// The command and its flags.
    pub arguments: Vec<String>,
    /// What it finds in its environment.
    pub environment: BTreeMap<String, String>,
}

impl Display for Launch {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: rapport {}", self.file, self.arguments.join(" "))
    }
}

impl Launch {
    fn new(file: &str, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { file: file.to_owned(), arguments, environment: BTreeMap::new() }
    }

    /// The same without a file of settings, if it starts a ledger that is told where its data is.
    pub(crate) fn of_a_ledger(mut self) -> Option<Self> {
        let is_told = |flag: &String| flag == "--data";
        let asks = |flag: &String| flag == "--print-config";
        let has_data = self.environment.contains_key("RAPPORT_DATA") || self.arguments.iter().any(is_told);
        if self.arguments[0] != "serve" || !has_data || self.arguments.iter().any(asks) {
            return None;
        }
        if let Some(at) = self.arguments.iter().position(|flag| flag == "--config") {
            self.arguments.drain(at..at + 2);
        }
        self.arguments.retain(|flag| !flag.starts_with("--config="));
        Some(self)
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Launch> {
    let mut all = vec![of_the_image()];
    all.extend(of_compose());
    all.extend(["deploy/systemd/rapport.service", "deploy/systemd/rapport-project@.service"].map(of_unit));
    all.extend(["deploy/kubernetes/ledger.yaml", "deploy/kubernetes/projector.yaml"].map(of_manifest));
    all.extend(of_the_guide());
    all
}

/// The blocks of a page that are marked as being in a language; not marked at all when it is empty.
pub(crate) fn blocks(markdown: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in markdown.lines() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(named), None) => open = Some((named == language, String::new())),
            (Some(_), Some((wanted, block))) => blocks.extend(wanted.then_some(block)),
            (None, Some((wanted, block))) => open = Some((wanted, block + line.trim_start() + "\n")),
            (None, None) => {}
        }
    }
    blocks
}

/// The words of a command, up to where a shell sends what it prints.
fn words(line: &str) -> Vec<String> {
    let words = line.split_whitespace().take_while(|word| !word.starts_with('>'));
    words.map(|word| word.trim_matches('\'').to_owned()).collect()
}

fn assignments(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn of_the_image() -> Launch {
    let file = "deploy/Containerfile";
    let text = text(file);
    let json = |instruction: &str| -> Vec<String> {
        let line = text.lines().find_map(|line| line.strip_prefix(instruction));
        serde_json::from_str(line.unwrap_or_else(|| panic!("{file}: no {instruction}"))).unwrap()
    };
    assert_eq!(json("ENTRYPOINT "), ["rapport"]);
    let environment =
        text.lines().filter_map(|line| line.strip_prefix("ENV ")).collect::<Vec<_>>().join("\n");
    Launch { environment: assignments(&environment), ..Launch::new(file, json("CMD ")) }
}

fn of_compose() -> Vec<Launch> {
    let file = "deploy/compose.yaml";
    let compose = yaml(file);
    let services = compose[0]["services"].as_object().unwrap().values();
    let ours = services.filter(|service| service["image"].as_str().unwrap().starts_with("rapport"));
    let launches = ours.map(|service| {
        let mut launch = Launch::new(file, words(service["command"].as_str().unwrap()));
        launch.environment = of_the_image().environment;
        let own = service["environment"].as_object().into_iter().flatten();
        launch
            .environment
            .extend(own.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())));
        launch
    });
    launches.collect()
}

fn of_unit(file: &str) -> Launch {
    let unit = text(file);
    let values = |key: &str| {
        unit.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix('=')).collect::<Vec<_>>()
    };
    let start = values("ExecStart");
    let arguments = words(start[0].strip_prefix("/usr/local/bin/rapport ").unwrap());
    let mut launch = Launch::new(file, arguments);
    launch.environment.extend(assignments(&values("Environment").join("\n")));
    for named in values("EnvironmentFile") {
        let example = named.replace("/etc/rapport/", "deploy/systemd/").replace("%i", "1");
        launch.environment.extend(assignments(&text(&example)));
    }
    launch
}

fn of_manifest(file: &str) -> Launch {
    let manifests = yaml(file);
    let workload = manifests.iter().find(|manifest| manifest["spec"]["template"].is_object()).unwrap();
    let container = &workload["spec"]["template"]["spec"]["containers"][0];
    let strings = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let mut launch = Launch::new(file, strings(&container["args"]));
    for variable in container["env"].as_array().unwrap() {
        let value = variable["value"].as_str().unwrap_or("secret");
        launch.environment.insert(variable["name"].as_str().unwrap().to_owned(), value.to_owned());
    }
    let settings = yaml("deploy/kubernetes/settings.yaml");
    for map in container["envFrom"].as_array().unwrap() {
        let named =
            settings.iter().find(|settings| settings["metadata"]["name"] == map["configMapRef"]["name"]);
        let data = named.unwrap()["data"].as_object().unwrap().clone();
        launch
            .environment
            .extend(data.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())));
    }
    launch
}

/// Every line of a block that begins with `rapport`, every such piece of running text without `…`.
fn of_the_guide() -> Vec<Launch> {
    let guide = text(GUIDE);
    let blocks = blocks(&guide, "").join("\n").replace("\\\n", " ");
    let lines = blocks.lines().map(str::to_owned);
    let outside = guide.split("```").step_by(2).collect::<String>().replace('\n', " ");
    let pieces =
        outside.split('`').skip(1).step_by(2).filter(|piece| !piece.contains('…')).map(str::to_owned);
    let commands = lines.chain(pieces).filter_map(|line| {
        // In a line of `docker run` it is the image, whose entry point is the binary.
        let rest = match line.split_once("docker run ") {
            Some((_, rest)) => rest.split_once(" rapport ")?.1.to_owned(),
            None => line.trim_start_matches("sudo -u rapport ").strip_prefix("rapport ")?.to_owned(),
        };
        Some(Launch::new(GUIDE, words(rest.split(" | ").next().unwrap_or_default())))
    });
    commands.collect()
}
