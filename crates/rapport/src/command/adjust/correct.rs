//! `rapport correct`: an event happened otherwise.

mod fields;

use std::io::Write as _;

use anyhow::Context as _;
use clap::Args;
use rapport_proto::{
    json::{from_json, to_json},
    time,
    v1::{EventCorrected, Payload, payload::Kind},
};
use serde_json::Value;

use self::fields::{changes, set};
use super::{AdjustArgs, Adjustment, target::Target};
use crate::{
    client::{self, Client},
    command::json_check,
    moment,
    shared_args::Shared,
    show::{Align, Output, Page, Table, Zone, cut},
};

/// The name of the message that a content is in.
const PAYLOAD: &str = "rapport.v1.Payload";

/// The flags of `rapport correct`.
#[derive(Debug, Args)]
#[command(after_help = "\
A value is a text or a number; an object, a list, true and false are written as JSON, and null takes a field out. Fields are named as `rapport import --types TYPE` \
lists them. What is not set stays as it is believed. Answers as known before the correction stay as they were.

Examples:
  rapport correct 4711 --set amount.minorUnits=148000 --reason \"a digit too many\"
  rapport correct 4711 --set dealId=D-7 --set product=null --reason \"another deal, and no product\"
  rapport correct 4711 --set amount='{\"minorUnits\":\"148000\",\"currency\":\"EUR\"}' --reason typo
  rapport correct 4711 --occurred-at 2026-05-06T11:00:00+03:00 --reason \"entered a day late\"")]
pub(crate) struct CorrectArgs {
    /// The event, by id or position
    #[arg(value_name = "EVENT")]
    event: String,
    /// What a field should have said; give it several times for several
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    /// When it happened (a date alone: the end of that day in the ledger's zone)
    #[arg(long, value_name = "TIME")]
    occurred_at: Option<String>,
    /// Why it is corrected
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    adjust: AdjustArgs,
}

/// Shows each field that changes, asks, and appends.
///
/// # Errors
/// There is no such event, a field is none of its type, nothing would change, or the server's.
pub(crate) async fn run(shared: &Shared, args: CorrectArgs) -> anyhow::Result<()> {
    let client = Client::connect(&shared.server).await?;
    let zone = Zone::new(client::zone(&client.head().await?)?);
    let target = Target::find(&client, &args.event).await?;
    let believed = target.believed();
    let Some(kind) = believed.kind.clone() else {
        anyhow::bail!("event `{}` is of a type that this release does not know", target.event.id);
    };
    let mut content = to_json(PAYLOAD, &Payload { kind: Some(kind) })?;
    for field in &args.fields {
        set(&mut content, field)?;
    }
    json_check::check(PAYLOAD, &content).map_err(|faults| anyhow::anyhow!(faults.join("; ")))?;
    let payload: Payload = from_json(PAYLOAD, &content.to_string()).context("the corrected content")?;
    let occurred_at = moment::until(args.occurred_at.as_deref(), "--occurred-at", zone.time_zone())?;
    let corrected = Kind::EventCorrected(Box::new(EventCorrected {
        target_event_id: target.event.id.clone(),
        replacement: (!args.fields.is_empty()).then(|| Box::new(payload)),
        occurred_at,
        reason: args.reason,
    }));
    let after = target.adjustment(&corrected).map(|one| target.with(&[one]));
    let after = after.context("a correction of this event says nothing")?;
    let shown = |belief: &rapport_views::projection::belief::Belief| -> anyhow::Result<Value> {
        let content = to_json(PAYLOAD, &Payload { kind: belief.kind.clone() })?;
        let (at, did) = (zone.second(Some(&time::to_proto(belief.occurred_at))), !belief.retracted);
        Ok(serde_json::json!({"happened": did, "occurred at": at, "": content}))
    };
    let changes = changes(&shown(&believed)?, &shown(&after)?);
    anyhow::ensure!(!changes.is_empty(), "nothing would change: this is what is believed already");
    if shared.output == Output::Table {
        let mut page = Page::stdout();
        writeln!(page, "{}", cut(&format!("{} at position {}", target.event.r#type, target.event.position)))?;
        let mut table =
            Table::new(&[("field", Align::Left), ("now", Align::Telling), ("will be", Align::Telling)]);
        for (path, now, then) in changes {
            table.row([path, now, then]);
        }
        writeln!(page)?;
        table.print(&mut page, "")?;
        page.finish()?;
    }
    let adjustment = Adjustment {
        stream: target.event.stream.clone(),
        customer: target.event.customer.clone(),
        kind: corrected,
        unless: target.unless(),
    };
    args.adjust.append(shared, &client, "append the correction?", adjustment).await
}
