//! `rapport receivables`: who owes what, and since when.

use clap::Args;
use rapport_proto::v1::{ReceivablesRequest, figure_events_request::View};
use rapport_views::model::Receivables;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{moment, shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 10;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --rows 50; --as-of 2025-12-31; --from and --to for the time to payment; --output csv has every customer",
};

/// The flags of `rapport receivables`.
#[derive(Debug, Args)]
#[command(after_help = "\
What is owed is asked of all invoices; --from and --to say of which ones the time to payment is.

Examples:
  rapport receivables
  rapport receivables --as-of 2025-12-31
  rapport receivables --currency EUR --rows 50
  rapport receivables --figure ages/EUR/more")]
pub(crate) struct ReceivablesArgs {
    /// Time to payment: invoices issued then or later (a date: from its beginning) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Time to payment: invoices issued before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only this currency
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Rows shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints receivables, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: ReceivablesArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Receivables(request), figure).await;
    }
    let answer = whole::receivables(&asking.client, request.clone()).await?;
    print_answer::<Receivables>(
        shared.output,
        &request,
        &answer,
        &asking.zone,
        is_headline.then_some(&HEADLINE),
    )
}

fn request(shared: &Shared, asking: &Asking, args: ReceivablesArgs) -> anyhow::Result<ReceivablesRequest> {
    let zone = asking.zone.time_zone();
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ReceivablesRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        currency: args.currency.unwrap_or_default(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
