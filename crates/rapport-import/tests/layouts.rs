//! The presets of CRM and help-desk exports over real layouts, against independent counts of the raw rows.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use serde_json::json;
use support::{Run, data, independent, run_twice_with_repeats};

fn summary(run: &Run) -> serde_json::Value {
    let tables: std::collections::BTreeMap<String, u64> =
        run.ends.iter().map(|(end, _)| (end.table.to_string(), end.rows)).collect();
    json!({ "types": run.types(), "tables": tables })
}

fn check(preset: &str, folder: &str, script: &str) -> Option<Run> {
    let folder = data(folder)?;
    // Zendesk's field history tells one change of one second four times, as a status and a resolution each.
    let repeats = if preset == "zendesk" { 6 } else { 0 };
    let run = run_twice_with_repeats(preset, std::slice::from_ref(&folder), repeats);
    for reject in &run.rejects {
        eprintln!(
            "{preset}/{} line {}: {} `{}`: {}",
            reject.table, reject.line, reject.column, reject.value, reject.reason
        );
    }
    assert!(run.rejects.is_empty());
    if let Some(expected) = independent(script, &folder) {
        assert_eq!(summary(&run), expected);
    }
    Some(run)
}

#[test]
fn hubspot_becomes_what_its_rows_say() {
    let Some(run) = check("hubspot", "export_layout_hubspot", "hubspot.py") else { return };
    assert!(run.not_read.iter().all(|(_, reason)| !reason.is_empty()));
}

#[test]
fn salesforce_in_the_layout_of_a_connector_becomes_what_its_rows_say() {
    check("salesforce", "export_layout_salesforce", "salesforce.py");
}

#[test]
fn salesforce_with_api_names_becomes_what_its_rows_say() {
    check("salesforce", "salesforce_devorg", "salesforce_devorg.py");
}

#[test]
fn zendesk_becomes_what_its_rows_say() {
    check("zendesk", "export_layout_zendesk", "zendesk.py");
}

#[test]
fn intercom_becomes_what_its_rows_say() {
    check("intercom", "export_layout_intercom", "intercom.py");
}

#[test]
fn zoho_becomes_what_its_rows_say() {
    check("zoho", "zoho_crm_demo", "zoho.py");
}
