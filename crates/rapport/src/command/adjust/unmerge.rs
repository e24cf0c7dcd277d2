//! `rapport unmerge`: a merge was a mistake.

use std::io::Write as _;

use anyhow::Context as _;
use clap::Args;
use rapport_proto::v1::{PartyUnmerged, TimelineEntry, TimelineRequest, ViewTime, payload::Kind, query};

use super::{AdjustArgs, Adjustment};
use crate::{
    client::{self, Client},
    failure::Refused,
    shared_args::Shared,
    show::{Align, Output, Page, Table, Zone, visible},
};

/// The flags of `rapport unmerge`.
#[derive(Debug, Args)]
#[command(after_help = "\
From the un-merge on each id is a customer of its own again, with the events that were recorded under it. Answers as of \
earlier days read both as one, as they did then.

Examples:
  rapport unmerge 4712                  the id that was read as another
  rapport unmerge 4711 --merge 0190f3a0-6d1c-7cc2-8a51-0c1f4b8f6f11     one of several merges")]
pub(crate) struct UnmergeArgs {
    /// Any id of the customer
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// Which merge, by the id of its event; needed where there are several
    #[arg(long, value_name = "EVENT")]
    merge: Option<String>,
    #[command(flatten)]
    adjust: AdjustArgs,
}

/// A merge that is in force.
struct Merge {
    event_id: String,
    entry: TimelineEntry,
    survivor: String,
    absorbed: String,
}

/// Shows which ids will be apart, asks, and appends.
///
/// # Errors
/// No merge is in force, several are and none is named, or the server's.
pub(crate) async fn run(shared: &Shared, args: UnmergeArgs) -> anyhow::Result<()> {
    let client = Client::connect(&shared.server).await?;
    let head = client.head().await?;
    let zone = Zone::new(client::zone(&head)?);
    let mut merges = merges(&client, &args.customer, head.position).await?;
    let name = visible(&args.customer).into_owned();
    anyhow::ensure!(!merges.is_empty(), "customer `{name}`: no merge is in force");
    if let Some(wanted) = &args.merge {
        merges.retain(|merge| merge.event_id.eq_ignore_ascii_case(wanted));
        anyhow::ensure!(!merges.is_empty(), "customer `{name}`: no merge in force is the event `{wanted}`");
    } else if merges.iter().any(|merge| merge.absorbed == args.customer) {
        merges.retain(|merge| merge.absorbed == args.customer);
    }
    if shared.output == Output::Table {
        let mut page = Page::stdout();
        let mut table = Table::new(&[
            ("merged", Align::Left),
            ("stands for both", Align::Left),
            ("is read as it", Align::Left),
            ("event", Align::Left),
        ]);
        for merge in &merges {
            let when = zone.minute(merge.entry.occurred_at.as_ref());
            table.row([when, merge.survivor.clone(), merge.absorbed.clone(), merge.event_id.clone()]);
        }
        table.print(&mut page, "")?;
        writeln!(page)?;
        page.finish()?;
    }
    anyhow::ensure!(
        merges.len() == 1,
        "customer `{name}`: several merges are in force; name one with --merge"
    );
    let merge = merges.pop().context("one merge")?;
    let kind = Kind::PartyUnmerged(PartyUnmerged {
        merge_event_id: merge.event_id.clone(),
        survivor_identifiers: vec![merge.survivor.clone()],
        absorbed_identifiers: vec![merge.absorbed.clone()],
    });
    let tags = vec![format!("event:{}", merge.event_id)];
    let adjustment = Adjustment {
        stream: format!("party-{}", merge.survivor),
        customer: merge.survivor,
        kind,
        unless: (query::Item { tags, ..query::Item::default() }, head.position),
    };
    args.adjust.append(shared, &client, "append the un-merge?", adjustment).await
}

/// The merges in force around a customer: those of its timeline that no later event there ends.
async fn merges(client: &Client, customer: &str, at_least_position: u64) -> anyhow::Result<Vec<Merge>> {
    let mut request = TimelineRequest {
        time: Some(ViewTime { at_least_position, ..ViewTime::default() }),
        customer: customer.to_owned(),
        types: ["party.merged", "party.unmerged"].map(str::to_owned).to_vec(),
        ..TimelineRequest::default()
    };
    let (mut merges, mut ended) = (Vec::new(), Vec::new());
    loop {
        let answer = client.views().timeline(request.clone()).await.map_err(Refused::from)?.into_inner();
        for mut entry in answer.entries {
            match entry.payload.take().and_then(|payload| payload.kind) {
                Some(Kind::PartyMerged(merged)) => merges.push(Merge {
                    event_id: entry.event_id.clone(),
                    entry,
                    survivor: merged.survivor,
                    absorbed: merged.absorbed,
                }),
                Some(Kind::PartyUnmerged(unmerged)) => ended.push(unmerged.merge_event_id.to_lowercase()),
                _ => {}
            }
        }
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    merges.retain(|merge| !ended.contains(&merge.event_id.to_lowercase()));
    Ok(merges)
}
