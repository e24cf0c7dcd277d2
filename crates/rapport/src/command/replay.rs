//! `rapport replay`: a view is built anew.

use std::io::Write;

use clap::Args;
use rapport_proto::v1::RebuildRequest;

use crate::{
    client::Client,
    failure::Refused,
    shared_args::Shared,
    show::{Output, Page, Progress, count, days},
};

/// The flags of `rapport replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
The live view answers as before until the new one has caught up; then they are swapped. Nothing else happens: \
a replay sends nothing and appends nothing.

Examples:
  rapport replay                 every view
  rapport replay funnel          only the funnel")]
pub(crate) struct ReplayArgs {
    /// The view: timeline, funnel, satisfaction, facts or directory [default: all]
    #[arg(value_name = "VIEW", default_value = "", hide_default_value = true)]
    view: String,
}

/// Asks for a rebuild and shows how it goes on.
///
/// # Errors
/// The server's; or the connection ended before the rebuild did.
pub(crate) async fn run(shared: &Shared, args: ReplayArgs) -> anyhow::Result<()> {
    let client = Client::connect(&shared.server).await?;
    let request = RebuildRequest { view: args.view.clone() };
    let mut messages = client.views().rebuild(request).await.map_err(Refused::from)?.into_inner();
    let bar = Progress::events(0);
    let mut last = None;
    while let Some(message) = messages.message().await.map_err(Refused::from)? {
        bar.of(message.head_position);
        bar.at(message.position, message.remaining.as_ref().map(|left| days(Some(left))).unwrap_or_default());
        last = Some(message);
    }
    bar.finish();
    let Some(done) = last.filter(|message| message.done) else {
        anyhow::bail!(
            "the server ended the answer before the rebuild was done; the live view is as it was, replay again"
        );
    };
    let mut page = Page::stdout();
    match shared.output {
        Output::Table => {
            let view = if args.view.is_empty() { "every view" } else { &args.view };
            writeln!(page, "rebuilt {view} up to position {}", count(done.position))?;
        }
        Output::Json => crate::show::json(&mut page, "rapport.v1.RebuildProgress", &done)?,
        Output::Csv => writeln!(page, "view,position\n{},{}", args.view, done.position)?,
    }
    page.finish()
}
