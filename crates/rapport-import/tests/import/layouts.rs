//! The presets of CRM and help-desk exports over real layouts, against independent readings of the raw rows.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use crate::support::{Run, data, histories, independent, minor, run_twice_with_repeats};
use rapport_proto::v1::{Money, payload::Kind};
use serde_json::json;

/// Events by type, rows by table, the sum of the amounts by type, and the course of every customer, deal and ticket.
fn summary(run: &Run) -> serde_json::Value {
    let tables: BTreeMap<String, u64> =
        run.ends.iter().map(|(end, _)| (end.table.to_string(), end.rows)).collect();
    let mut amounts: BTreeMap<&str, i64> = BTreeMap::new();
    let mut courses: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
    for event in run.decoded() {
        let at = event.event.occurred_at.map_or(i64::MAX, |at| at.seconds);
        let when = if at == i64::MAX { "-".to_owned() } else { at.to_string() };
        let field = rapport_proto::event_type::payload_field(&event.event.payload).unwrap();
        let kind = rapport_proto::event_type::name_of_field(field).unwrap();
        for amount in amounts_of(&event.kind) {
            *amounts.entry(kind).or_default() += minor(Some(amount));
        }
        if let Some((object, step)) = step_of(&event.kind, kind) {
            courses.entry(object).or_default().push((at, format!("{when} {step}")));
        }
    }
    let courses: BTreeMap<String, Vec<String>> = courses
        .into_iter()
        .map(|(object, mut steps)| {
            steps.sort_by_key(|(at, _)| *at);
            (object, steps.into_iter().map(|(_, step)| step).collect())
        })
        .collect();
    json!({
        "types": run.types(), "tables": tables, "amounts": amounts, "histories": histories(run), "courses": courses,
    })
}

fn amounts_of(kind: &Kind) -> Vec<&Money> {
    match kind {
        Kind::DealOpened(deal) => deal.amount.iter().collect(),
        Kind::DealTermsChanged(deal) => deal.amount.iter().collect(),
        Kind::DealWon(deal) => deal.amount.iter().collect(),
        Kind::OfferIssued(offer) => {
            offer.total.iter().chain(offer.lines.iter().filter_map(|line| line.net.as_ref())).collect()
        }
        Kind::OrderPlaced(order) => order.total.iter().collect(),
        Kind::InvoiceIssued(invoice) => invoice.total.iter().collect(),
        Kind::ContractChanged(contract) => contract.value.iter().collect(),
        Kind::CampaignDefined(planned) => planned.budget.iter().chain(&planned.expected_revenue).collect(),
        Kind::CampaignSpendRecorded(spend) => spend.amount.iter().collect(),
        _ => Vec::new(),
    }
}

/// The deal or ticket that an event moves, and to where.
fn step_of(kind: &Kind, name: &str) -> Option<(String, String)> {
    let (object, step) = match kind {
        Kind::DealOpened(deal) => (format!("deal:{}", deal.deal_id), deal.stage.clone()),
        Kind::DealStageChanged(deal) => (format!("deal:{}", deal.deal_id), deal.to.clone()),
        Kind::DealTermsChanged(deal) => (format!("deal:{}", deal.deal_id), name.to_owned()),
        Kind::DealWon(deal) => (format!("deal:{}", deal.deal_id), name.to_owned()),
        Kind::DealLost(deal) => (format!("deal:{}", deal.deal_id), name.to_owned()),
        Kind::TicketOpened(ticket) => (format!("ticket:{}", ticket.ticket_id), name.to_owned()),
        Kind::TicketStageChanged(ticket) => (format!("ticket:{}", ticket.ticket_id), ticket.to.clone()),
        Kind::TicketResponded(ticket) => (format!("ticket:{}", ticket.ticket_id), name.to_owned()),
        Kind::TicketResolved(ticket) => (format!("ticket:{}", ticket.ticket_id), name.to_owned()),
        _ => return None,
    };
    // Zoho's cases have no ids; the importer makes them of the whole row.
    (!object.starts_with("ticket:case-")).then_some((object, step))
}

/// Equal, entry by entry, so that a difference is one line and not the whole file.
fn same(found: &serde_json::Value, expected: &serde_json::Value, what: &str) {
    let (found, expected) = (found.as_object().unwrap(), expected.as_object().unwrap());
    for (name, value) in expected {
        assert_eq!(found.get(name), Some(value), "{what} of `{name}`");
    }
    assert_eq!(found.len(), expected.len(), "{what}");
}

fn check(preset: &str, folder: &str, script: &str) -> Option<Run> {
    let folder = data(folder)?;
    // Zendesk's field history tells one resolution of one second four times.
    let repeats = if preset == "zendesk" { 3 } else { 0 };
    let run = run_twice_with_repeats(preset, std::slice::from_ref(&folder), repeats);
    for reject in &run.rejects {
        eprintln!(
            "{preset}/{} line {}: {} `{}`: {}",
            reject.table, reject.line, reject.column, reject.value, reject.reason
        );
    }
    assert!(run.rejects.is_empty());
    if let Some(expected) = independent(script, &folder) {
        let found = summary(&run);
        for part in ["types", "tables", "amounts", "courses", "histories"] {
            same(&found[part], &expected[part], &format!("{preset} {part}"));
        }
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
