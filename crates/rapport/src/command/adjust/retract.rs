//! `rapport retract`: an event did not happen.

use std::io::Write as _;

use clap::Args;
use rapport_proto::v1::{EventRetracted, payload::Kind};
use rapport_views::timeline::{special::withhold, summary::summary};

use super::{AdjustArgs, Adjustment, target::Target};
use crate::{
    client::{self, Client},
    shared_args::Shared,
    show::{Output, Page, Zone, cut, group_amounts},
};

/// The flags of `rapport retract`.
#[derive(Debug, Args)]
#[command(after_help = "\
A retraction of a correction or of another retraction takes that back. Answers as known before it stay as they were.

Examples:
  rapport retract 0190f3a0-6d1c-7cc2-8a51-0c1f4b8f6f11 --reason \"entered for the wrong customer\"
  rapport retract 4711 --reason typo --yes                by its position")]
pub(crate) struct RetractArgs {
    /// The event, by id or position
    #[arg(value_name = "EVENT")]
    event: String,
    /// Why it did not happen
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    adjust: AdjustArgs,
}

/// Shows what will no longer be believed, asks, and appends.
///
/// # Errors
/// There is no such event, it is not believed as it is, or the server's.
pub(crate) async fn run(shared: &Shared, args: RetractArgs) -> anyhow::Result<()> {
    let client = Client::connect(&shared.server).await?;
    let target = Target::find(&client, &args.event).await?;
    let believed = target.believed();
    anyhow::ensure!(!believed.retracted, "event `{}` is retracted already", target.event.id);
    if shared.output == Output::Table {
        let zone = Zone::new(client::zone(&client.head().await?)?);
        let mut page = Page::stdout();
        let mut shown = believed.kind.clone();
        if let Some(kind) = &mut shown {
            withhold(kind);
        }
        let what = summary(shown.as_ref(), &target.event.r#type);
        let when = rapport_proto::time::to_proto(believed.occurred_at);
        writeln!(page, "will no longer be believed:")?;
        let line =
            format!("  {}  {}  {}", zone.minute(Some(&when)), target.event.r#type, group_amounts(&what));
        writeln!(page, "{}", cut(&line))?;
        page.finish()?;
    }
    let kind = Kind::EventRetracted(EventRetracted {
        target_event_id: target.event.id.clone(),
        reason: args.reason,
    });
    let adjustment = Adjustment {
        stream: target.event.stream.clone(),
        customer: target.event.customer.clone(),
        kind,
        unless: target.unless(),
    };
    args.adjust.append(shared, &client, "append the retraction?", adjustment).await
}
