//! What `rapport import` says to somebody who writes a mapping: types, a first mapping, what a file does not tell.

use crate::support::{Ran, Server, command};

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

#[test]
fn a_suggested_mapping_tells_each_months_stage_as_a_move_or_a_win_where_the_rows_have_an_id() {
    let server = Server::start();
    for (kind, opening, header) in [
        ("deals", "deal.opened", "Deal Id,Customer,Stage,Opened,Amount"),
        ("tickets", "ticket.opened", "Ticket Id,Customer,Status,Opened,Subject"),
    ] {
        let (name, mapping) = (format!("{kind}.csv"), format!("{kind}.toml"));
        let export = |stage: &str| {
            server.file(&name, &format!("{header}\n1,a,{stage},2026-01-05,7\n2,b,x,2026-01-06,8\n"))
        };
        let text = server.run(&["import", "--suggest", &export("x")]).ok();
        server.file(&mapping, &text);
        // Back where it was, and the same again: three moves of row 1, one of row 2.
        for stage in ["x", "y", "x", "x"] {
            server.run(&["import", &mapping, &export(stage)]).ok();
        }
        let moved = opening.replace("opened", "stage_changed");
        let moves = server.run(&["tail", "--from", "1", "--type", &moved, "--output", "json"]).ok();
        let moves: Vec<serde_json::Value> =
            moves.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(moves.len(), 4, "{text}");
        // Nothing in the file says when a row came to its stage: not when it was opened.
        assert!(moves.iter().all(|event| event["occurredAt"] == event["recordedAt"]), "{moves:?}");
        let opened = server.run(&["tail", "--from", "1", "--type", opening, "--output", "json"]).ok();
        assert_eq!(opened.lines().count(), 2);
    }
    let text = "Deal Id,Customer,Stage,Opened,Amount\n1,a,Won,2026-01-05,7\n2,b,x,2026-01-06,8\n";
    let text = server.run(&["import", "--suggest", &server.file("deals.csv", text)]).ok();
    assert_eq!(text.matches("state = \"stage\"").count(), 2, "{text}");
}
