//! `rapport definitions`: what the organisation has decided, and how it decides anew.

mod body;
mod diff;
mod file;
mod find;
mod publish;
mod show;

use clap::{Args, Subcommand};
use rapport_proto::v1::DefinitionsRequest;
use rapport_views::model::Definitions;

use super::{
    model::{Headline, print_answer},
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{shared_args::Shared, show::Output};

/// What the list is followed by.
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --all for earlier versions; show KIND CODE; diff KIND CODE; publish FILE. docs/definitions.md has every kind",
};

/// The flags of `rapport definitions`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  rapport definitions
  rapport definitions --as-of 2025-12-31 --kind pipeline --all
  rapport definitions show abc customer --output json > abc.json
  rapport definitions publish abc.json
  rapport definitions diff abc customer --from 1 --to 2"
)]
pub(crate) struct DefinitionsArgs {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: ListArgs,
}

/// What to do with definitions.
#[derive(Debug, Subcommand)]
enum What {
    /// Which hold, which will, and the defaults
    List(ListArgs),
    /// What one says, with what the defaults add
    Show(show::ShowArgs),
    /// Append a version from a file, after a look at what changes
    Publish(publish::PublishArgs),
    /// What changed from one version to another
    Diff(diff::DiffArgs),
}

/// The flags of the list.
#[derive(Debug, Args)]
struct ListArgs {
    /// Only this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Also earlier versions
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Lists, shows, compares or publishes definitions.
///
/// # Errors
/// The server's, or those of what is published.
pub(crate) async fn run(shared: &Shared, args: DefinitionsArgs) -> anyhow::Result<()> {
    match args.what {
        None => list(shared, args.list).await,
        Some(What::List(args)) => list(shared, args).await,
        Some(What::Show(args)) => show::run(shared, args).await,
        Some(What::Publish(args)) => publish::run(shared, args).await,
        Some(What::Diff(args)) => diff::run(shared, args).await,
    }
}

async fn list(shared: &Shared, args: ListArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let request = DefinitionsRequest {
        time: asking.time(shared, &args.fresh)?,
        kind: args.kind.unwrap_or_default(),
        earlier: args.all,
        ..DefinitionsRequest::default()
    };
    let answer = whole::definitions(&asking.client, request.clone()).await?;
    if answer.definitions.is_empty() && !request.kind.is_empty() {
        return Err(find::nothing(&request.kind, None));
    }
    let headline = (shared.output == Output::Table).then_some(&HEADLINE);
    print_answer::<Definitions>(shared.output, &request, &answer, &asking.zone, headline)
}
