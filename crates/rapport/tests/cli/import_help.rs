//! What `rapport import` says to somebody who writes a mapping: types, a first mapping, what a file does not tell.

use crate::support::{Ran, command};

fn rapport(folder: &std::path::Path, arguments: &[&str]) -> Ran {
    Ran::of(command().args(arguments).current_dir(folder).env("RAPPORT_SERVER", "http://127.0.0.1:1"))
}

#[test]
fn types_are_listed_with_what_they_require_and_one_with_its_fields() {
    let here = std::path::Path::new(".");
    let list = rapport(here, &["import", "--types"]).ok();
    let deal = list.lines().find(|line| line.starts_with("deal.opened ")).unwrap();
    assert!(deal.contains("deal_id, stage"), "{deal}");
    let all: serde_json::Value =
        serde_json::from_str(&rapport(here, &["import", "--types", "--output", "json"]).ok()).unwrap();
    assert!(all.as_array().unwrap().len() > 50);
    let one = rapport(here, &["import", "--types", "survey.answered"]).ok();
    assert!(one.lines().any(|line| line.starts_with("scale.min ")), "{one}");
    assert!(one.contains("`nps`"), "{one}");
    let one: serde_json::Value =
        serde_json::from_str(&rapport(here, &["import", "--types", "deal.won", "--output", "json"]).ok())
            .unwrap();
    let field = &one["fields"][0];
    assert_eq!((&field["name"], &field["required"]), (&"deal_id".into(), &true.into()));
    let wrong = rapport(here, &["import", "--types", "deal.opend"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("is it `deal.opened`?"), "{}", wrong.stderr);
}

#[test]
fn a_suggested_mapping_can_be_tried_as_it_is_and_what_the_file_does_not_tell_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("deals.csv"),
        "Id,Customer,Created,Amount\n1,a,03/04/2026,1.250\n2,b,05/06/2026,2.5\n",
    )
    .unwrap();
    let mapping = rapport(folder.path(), &["import", "--suggest", "deals.csv"]).ok();
    assert!(mapping.contains("CHECK: in `Created` day and month can be exchanged"), "{mapping}");
    let either =
        mapping.replace("dates = [", "dates = [\"%d/%m/%Y\", ").replace("numbers = ", "# numbers = ");
    std::fs::write(folder.path().join("mine.toml"), either).unwrap();
    let dry = rapport(folder.path(), &["import", "mine.toml", "deals.csv", "--dry-run"]).ok();
    assert!(dry.contains("warning: deals.csv: column `Created`") && dry.contains("`dates`"), "{dry}");
    let dry =
        rapport(folder.path(), &["import", "mine.toml", "deals.csv", "--dry-run", "--output", "json"]).ok();
    let last: serde_json::Value = serde_json::from_str(dry.lines().last().unwrap()).unwrap();
    assert_eq!(last["summary"]["files"][0]["warnings"].as_array().unwrap().len(), 1, "{dry}");
    let gone = rapport(folder.path(), &["import", "--suggest", "gone.csv"]);
    assert_eq!(gone.code, Some(2));
    assert!(gone.stderr.contains("there is no such file"), "{}", gone.stderr);
}
