//! Values that a file leaves empty or has wrong: scores, and the stages of a pipeline.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support::{Folder, NOTES, Run, import, mapping, refused, run};
use rapport_import::{Import, Options};
use rapport_proto::v1::payload::Kind;

const SCORES: &str = r#"
dates = "iso"
[[table]]
name = "answers"
files = ["answers.csv"]
id = "{No}"
[[table.emit]]
type = "survey.answered"
occurred_at = "{Day}"
payload = { survey_id = "kiosk", instrument = "nps", scale = { min = 0, max = 10 }, value = "{Score}" }
"#;
const ROWS: &str = "No,Day,Score\n1,2026-10-01,0\n2,2026-10-02,\n3,2026-10-03,7\n";

fn scores(run: &Run) -> Vec<Option<f64>> {
    run.each(|event| match &event.kind {
        Kind::SurveyAnswered(answered) => Some(answered.value),
        _ => None,
    })
}

#[test]
fn an_empty_score_is_a_reject_that_names_the_column_and_a_0_is_an_answer() {
    let run = import(SCORES, &[("answers.csv", ROWS)]);
    assert_eq!(scores(&run), [Some(0.0), Some(7.0)]);
    assert_eq!(run.reject_places(), [(3, "Score")]);
    let reject = &run.rejects[0];
    assert!(reject.reason.contains("survey_answered.value"), "{}", reject.reason);
    assert!(reject.reason.contains("found none"), "{}", reject.reason);
}

#[test]
fn a_rule_skips_rows_without_a_score() {
    let skipping = SCORES.replace("occurred_at =", "when = { Score = { empty = false } }\noccurred_at =");
    let run = import(&skipping, &[("answers.csv", ROWS)]);
    assert_eq!((scores(&run), run.rejects.len()), (vec![Some(0.0), Some(7.0)], 0));
}

#[test]
fn numbers_that_may_be_left_out_are_left_out_where_the_cell_is_empty_and_0_where_it_is_0() {
    let needs = r#"
dates = "iso"
[[table]]
name = "needs"
files = ["needs.csv"]
id = "{No}"
[[table.emit]]
type = "need.identified"
occurred_at = "{Day}"
payload = { need_id = "{No}", importance = "{Weight}" }
"#;
    let run = import(needs, &[("needs.csv", "No,Day,Weight\n1,2026-10-01,0\n2,2026-10-02,\n")]);
    let weights = run.each(|event| match &event.kind {
        Kind::NeedIdentified(need) => Some(need.importance),
        _ => None,
    });
    assert_eq!((weights, run.rejects.len()), (vec![Some(0.0), None], 0));
}

const STAGES: &str = r#"
[[definition]]
[definition.stages_from]
files = ["stages.csv"]
code = "{Pipeline}"
stage = "{Stage}"
name = "{Label}"
probability = "{P}"
order = "{No}"
"#;

fn stages(rows: &str) -> Result<Vec<String>, String> {
    let folder = Folder::of(&[
        ("notes.csv", "who,text\na,b\n"),
        ("stages.csv", &format!("Pipeline,Stage,Label,P,No\n{rows}")),
    ]);
    let mapping = mapping(&(STAGES.to_owned() + NOTES));
    if let Err(error) = Import::new(&mapping, &[folder.path()], Options::default()) {
        return Err(error.to_string());
    }
    let run = run(&mapping, &[folder.path()]);
    let body = |event: &rapport_import::StreamEvent| match rapport_proto::once_left_out::kind(
        &event.event.payload,
    ) {
        Some(Kind::DefinitionPublished(definition)) => definition.body,
        other => panic!("{other:?}"),
    };
    Ok(run.definitions.iter().map(body).collect())
}

#[test]
fn a_probability_outside_0_to_1_in_a_file_of_stages_is_an_error_with_file_line_and_value() {
    for wrong in ["40", "-0.1", "1.01", "NaN", "inf", "0.4x"] {
        let error = stages(&format!("p,a,A,0.1,1\np,b,B,{wrong},2\n")).unwrap_err();
        for part in ["line 3", "stages.csv", "`P`", &format!("`{wrong}`"), "from 0 to 1"] {
            assert!(error.contains(part), "{error} has no {part}");
        }
    }
    // No probability, and both ends, are right.
    let bodies = stages("p,a,A,,1\np,b,B,0,2\np,c,C,1,3\n").unwrap();
    assert_eq!(bodies.len(), 1);
    assert!(
        bodies[0].contains(r#""probability":0.0"#) && bodies[0].contains(r#""probability":1.0"#),
        "{bodies:?}"
    );
}

#[test]
fn a_stage_that_is_there_twice_is_one_or_an_error_with_its_line() {
    assert_eq!(stages("p,a,A,0.1,1\np,a,A,0.1,1\nq,a,A,0.1,1\n").unwrap().len(), 2);
    let error = stages("p,a,A,0.1,1\np,a,A,0.2,1\n").unwrap_err();
    assert!(error.contains("line 3") && error.contains("stage `a` of pipeline `p`"), "{error}");
}

#[test]
fn a_pipeline_in_a_mapping_that_the_ledger_would_refuse_is_refused_with_the_mapping() {
    let error =
        |definition: &str| refused(&format!("{SCORES}\n[[definition]]\ncode = \"sales\"\n{definition}\n"));
    let twice = error(r#"stages = [{ code = "a" }, { code = "a", name = "A" }]"#);
    assert!(twice.contains("stages[2]") && twice.contains("`code` is `\"a\"`"), "{twice}");
    let wrong = error(r#"body = { stages = [{ code = "a", name = 5 }] }"#);
    assert!(wrong.contains("`body.stages[0].name`: expected text"), "{wrong}");
    let misspelt = error(r#"body = { stages = [{ code = "a", probabilty = 0.5 }] }"#);
    assert!(misspelt.contains("body.stages[0].probabilty"), "{misspelt}");
}
