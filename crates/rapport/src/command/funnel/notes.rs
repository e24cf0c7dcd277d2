//! What the tables of the funnel leave out, and why a figure is not there: a line below the table.

use rapport_proto::v1::{LeadFunnel, Outcomes, PipelineFunnel};

use super::tables::size;
use crate::show::{Page, counted, note};

/// Stages without a row, and deals without a stage.
pub fn snapshot(page: &mut Page, pipeline: &PipelineFunnel) -> anyhow::Result<()> {
    let has_row = |code: &str| pipeline.snapshot.iter().any(|row| row.stage == code);
    let empty = pipeline.stages.iter().filter(|stage| !has_row(&stage.code)).count() as u64;
    let mut notes = Vec::new();
    if !pipeline.snapshot.is_empty() && empty > 0 {
        notes.push(format!("{} without open deals", counted(empty, "stage", "stages")));
    }
    if pipeline.open_without_stage > 0 {
        notes.push(format!(
            "{} of which no stage is known",
            counted(pipeline.open_without_stage, "open deal", "open deals")
        ));
    }
    note(page, &notes.join("; "))
}

/// Deals without an amount, and what that means for rates by currency.
pub fn outcomes(page: &mut Page, rows: &[Outcomes]) -> anyhow::Result<()> {
    let Some(row) = rows.first() else { return Ok(()) };
    let currencies = rows.iter().filter(|row| !row.currency.is_empty() && row.currency != "*").count();
    let (closed, open) = (row.closed_without_amount, row.open_without_amount);
    if currencies == 0 || closed + open == 0 {
        return Ok(());
    }
    let mut text = format!(
        "{} and {} have no amount and stand in no currency's row",
        counted(closed, "closed deal", "closed deals"),
        counted(open, "open deal", "open deals")
    );
    if closed > 0 {
        text.push_str("; so there is one win rate, over all deals, and none by value");
    }
    text.push_str(match currencies {
        1 => "; the velocity counts them with the others",
        _ => "; so there is no velocity: which currency they belong to is not known",
    });
    note(page, &text)
}

/// Steps without a known customer or lead.
pub fn leads(page: &mut Page, leads: &LeadFunnel) -> anyhow::Result<()> {
    let unknown = leads.steps.iter().filter(|step| step.without_customer > 0);
    let unknown: Vec<_> = unknown.map(|step| format!("{} {}", step.without_customer, step.step)).collect();
    let mut notes = Vec::new();
    if !unknown.is_empty() {
        notes.push(format!("without a customer: {}; without a tag they are in no rate", unknown.join(", ")));
    }
    let left_out = size(leads.left_out.as_ref());
    if left_out > 0 {
        notes.push(format!(
            "left out: {} that {} neither a customer nor a lead",
            counted(left_out, "verdict or conversion", "verdicts or conversions"),
            if left_out == 1 { "names" } else { "name" }
        ));
    }
    note(page, &notes.join("; "))
}
