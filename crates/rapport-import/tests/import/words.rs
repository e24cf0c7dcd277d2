//! Words in the conditions of a mapping that the file writes otherwise: the end of the file says so.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;

use crate::support::run;
use rapport_import::Mapping;

const DEALS: &str = r#"
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
[[table.emit]]
name = "opened"
type = "deal.opened"
payload = { deal_id = "{No}", stage = "new" }
[[table.emit]]
name = "won"
type = "deal.won"
when = { Stage = WON }
payload = { deal_id = "{No}" }
[[table.emit]]
name = "moved"
type = "deal.stage_changed"
when = { Stage = { not = OTHERS, empty = false } }
payload = { deal_id = "{No}", to = "{Stage}" }
"#;

fn warnings(won: &str, others: &str, rows: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("deals.csv"), format!("No,Stage\n{rows}")).unwrap();
    let mapping = DEALS.replace("WON", won).replace("OTHERS", others);
    run(&Mapping::parse(&mapping, "test").unwrap(), &[folder.path().to_owned()]).ends[0].0.warnings.clone()
}

#[test]
fn a_word_that_the_file_writes_with_other_case_blanks_or_marks_is_named_with_the_line() {
    for (word, value) in [("won", "Won"), ("Closed Won", "closed-won"), ("ClosedWon", "Closed  Won")] {
        let expected = format!("`Stage` is `{word}`; line 3 has `{value}`");
        let told = warnings(&format!("{word:?}"), "[\"x\"]", &format!("1,open\n2,{value}\n"));
        assert!(told[0].contains(&expected), "{told:?}");
        let told = warnings("\"open\"", &format!("[{word:?}]"), &format!("1,open\n2,{value}\n"));
        assert!(told.len() == 1 && told[0].contains(&expected), "{told:?}");
    }
    // Also where other rows have the word; once, however many conditions ask for it.
    let told = warnings("\"Won\"", "[\"Won\"]", "1,Won\n2,WON\n3,open\n4,WON\n");
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn words_are_compared_wherever_a_condition_stands() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("deals.csv"),
        "No,Stage,Active,Kind\n1,open,YES,Credit\n2,open,yes,credit\n",
    )
    .unwrap();
    fs::write(folder.path().join("agents.csv"), "no,on\n1,Yes\n").unwrap();
    let mapping = DEALS
        .replace("WON", "\"open\"")
        .replace("OTHERS", "[\"x\"]")
        .replace(
            "\nid = \"{No}\"",
            "\nid = \"{No}\"\nwhere = { Active = \"yes\" }\nactor = { id = \"{agents.on}\" }",
        )
        .replace(
            "stage = \"new\"",
            "stage = { cases = [{ when = { Kind = \"Credit\" }, value = \"a\" }, { value = \"b\" }] }",
        )
        + "[[table.join]]\nname = \"agents\"\nfiles = [\"agents.csv\"]\non = \"{No}\"\nkey = \"{no}\"\nwhere = { on = \"yes\" }\n";
    let run = run(&Mapping::parse(&mapping, "test").unwrap(), &[folder.path().to_owned()]);
    let told = run.ends[0].0.warnings.join("\n");
    for part in [
        "`Active` is `yes`; line 2 has `YES`",
        "`Kind` is `Credit`; line 3 has `credit`",
        "agents.csv`: a condition asks whether `on` is `yes`; line 2 has `Yes`",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn an_emit_that_no_row_gives_is_named_and_one_that_rows_give_is_not() {
    let told = warnings("\"gewonnen\"", "[\"x\"]", "1,Won\n2,open\n");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("no row meets the `when` of `won`"), "{told:?}");
    assert_eq!(
        warnings("[\"Won\", \"WON\"]", "[\"Won\", \"WON\"]", "1,Won\n2,WON\n3,open\n"),
        Vec::<String>::new()
    );
    assert_eq!(
        warnings("\"Won\"", "[\"Won\"]", ""),
        Vec::<String>::new(),
        "a file without rows says nothing"
    );
}

#[test]
fn a_preset_names_what_files_may_have_and_says_nothing_of_what_one_has_not() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n\
                1,Ann,GTXPro,Acme,Engaging,2017-01-01,,\n";
    fs::write(folder.path().join("sales_pipeline.csv"), rows).unwrap();
    let paths = [folder.path().to_owned()];
    let preset = run(&Mapping::preset("sales-pipeline").unwrap(), &paths);
    assert_eq!(preset.ends[0].0.warnings, Vec::<String>::new());
    let own = Mapping::parse(Mapping::preset_text("sales-pipeline").unwrap(), "own").unwrap();
    assert_eq!(run(&own, &paths).ends[0].0.warnings.len(), 1);
}

#[test]
fn a_join_in_which_no_row_finds_a_partner_is_named_and_one_with_a_partner_is_not() {
    let mapping = DEALS.replace("WON", "\"open\"").replace("OTHERS", "[\"open\"]").replace(
        "[[table.emit]]\nname = \"opened\"",
        "customer = \"{account.Code}\"\n[[table.join]]\nname = \"account\"\nfiles = [\"accounts.csv\"]\non = \
         \"{Account}\"\nkey = \"{Id}\"\n[[table.emit]]\nname = \"opened\"",
    );
    let told = |deals: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("accounts.csv"), "Id,Code\n1,fjord\n").unwrap();
        fs::write(folder.path().join("deals.csv"), format!("No,Stage,Account\n{deals}")).unwrap();
        run(&Mapping::parse(&mapping, "test").unwrap(), &[folder.path().to_owned()]).ends[0]
            .0
            .warnings
            .clone()
    };
    let alone = told("1,open,1.0\n2,open,01\n3,open,\n");
    assert!(alone.iter().any(|text| text.contains("no row has a partner in `account`")), "{alone:?}");
    for joined in ["1,open,1.0\n2,open,1\n", "1,open,\n"] {
        let told = told(joined);
        assert!(!told.iter().any(|text| text.contains("partner")), "{told:?}");
    }
}
