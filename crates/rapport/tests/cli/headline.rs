//! What tables show without flags, and that exports are as they were: the files in `golden` are of the demo's ledger, and are
//! written anew only when its story changes.

use crate::support::{Ran, Server, command, deal};

/// The ledger of a small demo, served.
fn demo() -> Server {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let arguments = ["demo", "--customers", "40", "--seed", "7", "--until", "2026-03-01", "--data"];
    Ran::of(command().args(arguments).arg(&ledger).args(["--keep-serving", "never"])).ok();
    Server::start_in(dir, &["--simulated-clock"])
}

#[test]
fn the_demos_headlines_are_one_screen_and_its_exports_are_as_they_were() {
    let server = demo();
    for (arguments, expected) in [
        ("funnel", include_str!("golden/funnel.txt")),
        ("satisfaction", include_str!("golden/satisfaction.txt")),
        ("funnel --output csv", include_str!("golden/funnel.csv")),
        ("satisfaction --output csv", include_str!("golden/satisfaction.csv")),
        ("timeline C-1000 --page-size 8 --output csv", include_str!("golden/timeline.csv")),
    ] {
        let printed = server.run(&arguments.split(' ').collect::<Vec<_>>()).ok();
        assert_eq!(printed, expected, "{arguments}");
    }
    let timeline = server.run(&["timeline", "C-1000"]).ok();
    assert!(timeline.contains("20 of 144 entries · 124 on other pages"), "{timeline}");
    let csv = server.run(&["timeline", "C-1000", "--output", "csv"]).ok();
    assert_eq!(csv.lines().count(), 51);

    for question in [
        ["funnel", "--measure", "overview"],
        ["funnel", "--measure", "snapshot"],
        ["satisfaction", "--measure", "scores"],
    ] {
        figures_list_what_they_count(&server, &question);
    }
}

/// Of each line of an export with a figure, wherever its columns are.
fn figures_list_what_they_count(server: &Server, question: &[&str]) {
    let csv = server.run(&[question, &["--output", "csv"]].concat()).ok();
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column = |names: &[&str]| header.iter().position(|name| names.contains(name)).unwrap();
    let (count, figure) = (column(&["value", "answers"]), column(&["figure"]));
    let mut asked = 0;
    for line in lines.filter(|line| !line[figure].is_empty()) {
        // Without the measure too: the name of a figure says which one it is of.
        for question in [question, &question[..1]] {
            let listed =
                server.run(&[question, &["--figure", line[figure], "--output", "csv"]].concat()).ok();
            assert_eq!((listed.lines().count() - 1).to_string(), line[count], "{line:?}");
        }
        asked += 1;
    }
    assert!(asked > 2, "{csv}");
}

#[test]
fn an_empty_ledger_is_said_to_be_empty_and_what_could_be_asked() {
    let server = Server::start();
    let nothing: [(&str, &[&str]); 2] = [
        ("funnel", &["no deals by then"]),
        ("satisfaction", &["no responses", "no `survey.answered`: there is nothing to answer"]),
    ];
    for (command, expected) in nothing {
        let printed = server.run(&[command]).ok();
        let lines: Vec<_> = printed.lines().collect();
        assert!(lines[0].starts_with(&format!("{command} as of ")), "{printed}");
        assert_eq!(lines[1..lines.len() - 1], [&[""], expected, &[""]].concat(), "{printed}");
        assert!(lines[lines.len() - 1].starts_with("more: --measure "), "{printed}");
    }
    let csv = server.run(&["funnel", "--output", "csv"]).ok();
    assert!(
        csv.starts_with("pipeline,measure,row,currency,quantity,value,figure\n,leads,captured,"),
        "{csv}"
    );
}

/// A definition of a pipeline with so many stages.
fn pipeline(code: &str, stages: usize) -> String {
    let stages: Vec<_> = (0..stages).map(|stage| serde_json::json!({"code": format!("s{stage}")})).collect();
    let body = serde_json::json!({ "stages": stages }).to_string();
    let payload = serde_json::json!({ "definitionPublished": {
        "kind": "pipeline", "code": code, "version": 1, "body": body,
    }});
    format!(
        "{}\n",
        serde_json::json!({"stream": code, "occurredAt": "2025-01-01T00:00:00Z", "payload": payload})
    )
}

#[test]
fn empty_pipelines_stages_and_tables_are_counted_and_not_shown() {
    let server = Server::start();
    let in_pipeline =
        |line: String, code: &str| line.replace(r#""dealId""#, &format!(r#""pipeline":"{code}","dealId""#));
    let mut input: String = (0..7).map(|number| pipeline(&format!("empty-{number}"), 9)).collect();
    input += &(pipeline("b2b", 40) + &in_pipeline(deal("1", "7", "s3"), "b2b"));
    input += &(pipeline("b2c", 3) + &in_pipeline(deal("2", "8", "s0"), "b2c"));
    server.run_with(&["append"], &input).ok();

    let headline = server.run(&["funnel", "--as-of", "2026-06-30"]).ok().replace('\u{2009}', " ");
    assert!(headline.contains("open deals; won and lost from 2025-07-01 to 2026-06-30\n"), "{headline}");
    let of = |begin: &str| headline.lines().find(|line| line.starts_with(begin)).unwrap();
    for code in ["b2b", "b2c"] {
        let words: Vec<_> = of(code).split_whitespace().collect();
        assert_eq!(words, [code, "1", "1", "250.00", "EUR", "0", "0.00", "EUR", "0", "-"], "{headline}");
    }
    assert!(
        headline.contains("\n7 pipelines with no open deals and none closed in this time\n"),
        "{headline}"
    );
    // Below the first line, which names the definitions.
    assert!(!headline.lines().skip(1).any(|line| line.contains("empty")), "{headline}");
    assert!(headline.lines().count() < 12, "{headline}");

    let table = server.run(&["funnel", "--measure", "snapshot", "--measure", "competitors"]).ok();
    for said in [
        "39 stages without open deals",
        "7 pipelines without such deals",
        "empty and left out: against whom (2 tables)",
    ] {
        assert!(table.lines().any(|line| line == said), "no `{said}` in\n{table}");
    }
    let conversion = server.run(&["funnel", "--measure", "conversion", "--pipeline", "b2b"]).ok();
    assert!(conversion.contains("\n36 stages without deals\n"), "{conversion}");
    // What tables leave out is in exports.
    let csv = server.run(&["funnel", "--measure", "conversion", "--output", "csv"]).ok();
    assert_eq!(csv.lines().filter(|line| line.contains(",reached,")).count(), 7 * 9 + 40 + 3);
}
