//! `rapport import`.

use crate::support::{Ran, Server, command, data};

/// The layout of the CDNOW sample: id, id in the sample, date, CDs, dollars. Two rows are equal and both true; one
/// has no date.
const PURCHASES: &str = " 00004 0001 19970101  2   29.33\n 00004 0001 19970101  2   29.33\n 00021 0002 19970101  3   63.34\n 00050 0003 1997XX01  1    6.79\n";

fn counts(printed: &str) -> [u64; 5] {
    let answer: serde_json::Value = serde_json::from_str(printed).unwrap();
    ["rows", "accepted", "duplicate", "rejected", "eventsAdded"]
        .map(|name| answer["total"][name].as_u64().unwrap())
}

#[test]
fn rows_add_up_rejects_are_written_down_and_the_same_file_again_adds_nothing() {
    let server = Server::start();
    let file = server.file("CDNOW_sample.txt", PURCHASES);
    let arguments = ["import", "cdnow", file.as_str(), "--reject-file", "wrong.csv", "--output", "json"];
    assert_eq!(counts(&server.run(&arguments).ok()), [4, 3, 0, 1, 3]);
    let rejects = std::fs::read_to_string(server.dir.path().join("wrong.csv")).unwrap();
    let mut lines = rejects.lines();
    assert_eq!(lines.next(), Some("file,table,line,rows,column,value,reason"));
    let reject = lines.next().unwrap();
    assert!(reject.contains(",4,1,") && reject.contains("1997XX01"), "{reject}");
    assert_eq!(lines.next(), None);

    assert_eq!(counts(&server.run(&arguments).ok()), [4, 0, 3, 1, 0]);
    let closed = server.run(&["tail", "--type", "import.batch_closed", "--output", "json"]).ok();
    assert_eq!(closed.lines().count(), 1);
    let closed: serde_json::Value = serde_json::from_str(&closed).unwrap();
    let batch = &closed["payload"]["importBatchClosed"];
    assert_eq!(
        (&batch["rows"], &batch["rowsAccepted"], &batch["rowsRejected"]),
        (&"4".into(), &"3".into(), &"1".into())
    );
}

#[test]
fn a_row_that_the_ledger_refuses_is_rejected_and_the_others_are_appended() {
    let server = Server::start();
    let mapping = server.file("mine.toml", &Ran::of(command().args(["import", "--show", "cdnow"])).ok());
    let file = server.file("CDNOW_sample.txt", PURCHASES);
    server.run(&["import", &mapping, &file, "--dry-run"]).ok();
    assert!(server.run(&["tail"]).ok().is_empty());
    // The ids that the rows will have; one of them is taken by something else before the import.
    let dry = server.run(&["import", &mapping, &file, "--dry-run", "--output", "json"]).ok();
    let lines: Vec<serde_json::Value> = dry.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let third = lines.iter().filter(|line| line.get("event").is_some()).nth(2).unwrap();
    let taken = format!(
        r#"{{"stream":"s","id":{},"payload":{{"noteRecorded":{{"kind":"x"}}}}}}"#,
        third["event"]["id"]
    );
    server.run_with(&["append"], &taken).ok();
    let printed = server.run(&["import", &mapping, &file, "--output", "json"]).ok();
    assert_eq!(counts(&printed), [4, 2, 0, 2, 2]);
}

#[test]
fn presets_are_listed_and_shown_and_an_unknown_one_is_refused() {
    let list = Ran::of(command().args(["import", "--list", "--output", "csv"])).ok();
    assert!(list.lines().any(|line| line.starts_with("sales-pipeline,")), "{list}");
    assert!(Ran::of(command().args(["import", "--show", "cdnow"])).ok().contains("[[table]]"));
    for arguments in [vec!["import", "cdnoww", "x.csv"], vec!["import", "--show", "cdnoww"]] {
        let ran = Ran::of(command().args(&arguments).env("RAPPORT_SERVER", "http://127.0.0.1:1"));
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("cdnoww"), "{}", ran.stderr);
    }
}

#[test]
fn the_sales_pipeline_has_the_published_totals() {
    let Some(folder) = data("crm_sales_opportunities") else { return };
    let server = Server::start();
    let import = ["import", "sales-pipeline", folder.as_str(), "--output", "json"];
    let [rows, accepted, duplicate, rejected, _] = counts(&server.run(&import).ok());
    assert_eq!((rows, accepted, duplicate, rejected), (8_885, 8_885, 0, 0));
    assert_eq!(counts(&server.run(&import).ok()), [8_885, 0, 8_885, 0, 0]);
    let csv = server
        .run(&["funnel", "--measure", "outcomes", "--output", "csv", "--at-least-position", "16039"])
        .ok();
    for line in
        [",outcomes,,USD,won_amount,10005534.00,", ",outcomes,,USD,won,4238,", ",outcomes,,*,lost,2473,"]
    {
        assert!(csv.contains(line), "{line} is not in\n{csv}");
    }
}
