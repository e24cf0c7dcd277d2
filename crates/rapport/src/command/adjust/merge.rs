//! `rapport merge`: two ids are one customer.

mod consent;
mod party;

use std::io::Write as _;

use clap::Args;
use rapport_proto::v1::{PartyMerged, payload::Kind, query};

use self::{consent::Consents, party::Side};
use super::{AdjustArgs, Adjustment};
use crate::{
    client::{self, Client},
    shared_args::Shared,
    show::{Align, Output, Page, Table, Zone, count, note, visible},
};

/// The flags of `rapport merge`.
#[derive(Debug, Args)]
#[command(after_help = "\
From the merge on every answer reads both ids as one customer, under the first id. No event moves, and `rapport unmerge` \
takes it back. Where the two decided differently about being written to, the more restrictive decision holds until a later \
grant.

Examples:
  rapport merge 4711 4712
  rapport merge 4711 4712 --evidence \"same registration number\" --yes")]
pub(crate) struct MergeArgs {
    /// The id that stands for both
    #[arg(value_name = "SURVIVOR")]
    survivor: String,
    /// The id that is read as the other
    #[arg(value_name = "ABSORBED")]
    absorbed: String,
    /// Why both are one
    #[arg(long, value_name = "TEXT", default_value = "")]
    evidence: String,
    #[command(flatten)]
    adjust: AdjustArgs,
}

/// Shows both, what they will be together and which consents will hold, asks, and appends.
///
/// # Errors
/// One of them is not a customer, both are one already, or the server's.
pub(crate) async fn run(shared: &Shared, args: MergeArgs) -> anyhow::Result<()> {
    let client = Client::connect(&shared.server).await?;
    let head = client.head().await?;
    let zone = Zone::new(client::zone(&head)?);
    let survivor = Side::of(&client, &args.survivor, head.position).await?;
    let absorbed = Side::of(&client, &args.absorbed, head.position).await?;
    anyhow::ensure!(
        survivor.id() != absorbed.id(),
        "`{}` and `{}` are one customer already, under the id `{}`",
        visible(&args.survivor),
        visible(&args.absorbed),
        visible(survivor.id())
    );
    let consents = Consents::of(&client, [survivor.id(), absorbed.id()], head.position).await?;
    if shared.output == Output::Table {
        let mut page = Page::stdout();
        show(&mut page, &survivor, &absorbed, &zone)?;
        consents.show(&mut page)?;
        page.finish()?;
    }
    let parties = [survivor.id(), absorbed.id()].map(|id| format!("party:{id}")).to_vec();
    let types = ["party.merged", "party.unmerged"].map(str::to_owned).to_vec();
    let unless = query::Item { types, tags: parties, ..query::Item::default() };
    let merged = PartyMerged {
        survivor: args.survivor,
        absorbed: args.absorbed,
        evidence: args.evidence,
        consent_resolution: consents.resolution(),
    };
    let adjustment = Adjustment {
        stream: format!("party-{}", merged.survivor),
        customer: merged.survivor.clone(),
        kind: Kind::PartyMerged(merged),
        unless: (unless, head.position),
    };
    args.adjust.append(shared, &client, "append the merge?", adjustment).await
}

fn show(page: &mut Page, survivor: &Side, absorbed: &Side, zone: &Zone) -> anyhow::Result<()> {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("stands for both", Align::Telling),
        ("is read as it", Align::Telling),
        ("together", Align::Left),
    ]);
    for (what, of) in Side::LINES {
        table.row([what.to_owned(), of(survivor, zone), of(absorbed, zone), String::new()]);
    }
    let entries = [survivor, absorbed].map(Side::entries);
    let together = count(entries.iter().sum());
    table.row(["events".to_owned(), count(entries[0]), count(entries[1]), together]);
    table.print(page, "")?;
    if survivor.party().kind != absorbed.party().kind
        && ![&survivor.party().kind, &absorbed.party().kind].iter().any(|kind| kind.is_empty())
    {
        writeln!(page)?;
        note(page, "one is a person and the other an organisation")?;
    }
    Ok(())
}
