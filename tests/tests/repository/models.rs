//! A read model is in every place that CONTRIBUTING names ("A new read model"): one that is forgotten compiles and answers
//! wrongly, or answers nobody.

use std::{collections::BTreeSet, fs};

use super::root;

/// A file of the repository; of the page of commands, the list of them.
fn text(path: &str) -> String {
    let whole = fs::read_to_string(root().join(path)).unwrap();
    if path == "docs/cli.md" { whole.split("\n## ").next().unwrap().to_owned() } else { whole }
}

/// The calls of the service that ask a model: each has a request of its name, which says as of when.
fn models() -> Vec<String> {
    let files = fs::read_dir(root().join("proto/rapport/v1")).unwrap();
    let contract: String = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let messages: Vec<&str> = contract.split("\nmessage ").skip(1).collect();
    let asks = |name: &str| {
        let opening = format!("{name}Request {{");
        let message = messages.iter().find(|message| message.starts_with(&opening));
        message.is_some_and(|message| {
            message.split("\n}").next().is_some_and(|body| body.contains("ViewTime time"))
        })
    };
    let calls = contract.lines().filter_map(|line| line.trim().strip_prefix("rpc "));
    let names = calls.filter_map(|call| call.split('(').next()).filter(|name| asks(name));
    names.map(str::to_owned).collect()
}

/// The places of a model: a file, and the text in it that a model of this name has.
fn places(model: &str) -> Vec<(String, String)> {
    let name = model.to_lowercase();
    let mut places = vec![
        ("crates/rapport-server/src/door/access.rs".to_owned(), format!("\"/rapport.v1.Views/{model}\"")),
        ("crates/rapport-views/src/model/mod.rs".to_owned(), model.to_owned()),
        ("crates/rapport-server/src/views.rs".to_owned(), format!("ask::<{model}>")),
        (format!("crates/rapport/src/command/{name}.rs"), "async fn run".to_owned()),
        ("crates/rapport/src/command.rs".to_owned(), format!("mod {name};")),
        ("crates/rapport/src/cli.rs".to_owned(), format!("Command::{model}(args) =>")),
        ("crates/rapport-server/tests/server/access.rs".to_owned(), format!("\"Views/{model}\"")),
        ("docs/cli.md".to_owned(), format!("| `{name}")),
    ];
    // A timeline has its own page token, and is described with the views; definitions are described with what they may
    // hold.
    if !["Timeline", "Definitions"].contains(&model) {
        places.push((format!("docs/views-{name}.md"), "# ".to_owned()));
    }
    // These count nothing.
    if !["Timeline", "Definitions", "Find"].contains(&model) {
        places.extend([
            ("proto/rapport/v1/views.proto".to_owned(), format!("    {model}Request {name} = ")),
            ("crates/rapport-server/src/views/figures.rs".to_owned(), format!("list::<{model}>")),
        ]);
    }
    // These rest on events of all types.
    if !["Timeline", "Definitions", "Find", "Customer", "Activity"].contains(&model) {
        places.push(("crates/rapport-views/src/model/sources.rs".to_owned(), format!("model: \"{name}\"")));
    }
    if model != "Timeline" {
        places.extend([
            ("crates/rapport/src/command/whole.rs".to_owned(), format!("{model}Response")),
            (format!("crates/rapport-views/tests/answers/support/{name}_oracle.rs"), "//! ".to_owned()),
            (format!("crates/rapport-views/tests/answers/{name}_properties.rs"), "oracle".to_owned()),
            ("crates/rapport-store/tests/store/support/models.rs".to_owned(), format!("same::<{model}>")),
        ]);
    }
    places
}

#[test]
fn a_read_model_is_in_every_place_that_has_to_know_it() {
    let models = models();
    assert!(models.len() >= 4, "{models:?}");
    let missing: Vec<String> = models
        .iter()
        .flat_map(|model| places(model).into_iter().map(move |place| (model, place)))
        .filter(|(_, (path, wanted))| !root().join(path).exists() || !text(path).contains(wanted))
        .map(|(model, (path, wanted))| format!("{model}: `{wanted}` in {path}"))
        .collect();
    assert_eq!(missing, [""; 0], "see \"A new read model\" in CONTRIBUTING.md");
}

#[test]
fn contributing_names_every_place_of_a_read_model() {
    let contributing = text("CONTRIBUTING.md");
    let section =
        contributing.split("**A new read model.**").nth(1).and_then(|rest| rest.split("\n**").next());
    let section = section.unwrap_or_default();
    let paths: BTreeSet<String> =
        places("NAME").into_iter().map(|(path, _)| path.replace("name", "NAME")).collect();
    let unnamed: Vec<&String> = paths.iter().filter(|path| !section.contains(path.as_str())).collect();
    assert_eq!(unnamed, [""; 0], "name them");
}
