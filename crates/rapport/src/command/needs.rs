//! `rapport needs`: what customers need, and what became of it.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{NeedsRequest, figure_events_request::View, needs_request};
use rapport_views::model::Needs;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::SourceArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{moment, shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 10;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --by code, source, staff, owner, class, month or customer; --rows 50; --from 2026-01-01; --output csv has every row",
};

/// The flags of `rapport needs`.
#[derive(Debug, Args)]
#[command(after_help = "\
Coverage is satisfied / identified, of the needs that were identified first in the period. The weight of what is not satisfied is \
that of its customers, each with the largest importance x urgency of its needs.

Examples:
  rapport needs
  rapport needs --by class
  rapport needs --by source --from 2025-01-01
  rapport needs --figure studied/A/not_studied
  rapport needs --figure now/open")]
pub(crate) struct NeedsArgs {
    /// What needs are compared by
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<By>,
    /// Needs that were identified first, or closed, then or later (a date: from its beginning) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Those before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[command(flatten)]
    purchases: SourceArgs,
    /// Rows shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What needs have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// What is needed
    Code,
    /// Where it was learned
    Source,
    /// Who identified it first
    Staff,
    /// Who is responsible for the customer
    Owner,
    /// The best ABC class of the customer
    Class,
    /// The month in which it was identified first
    Month,
    /// The customer
    Customer,
}

/// Prints needs, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: NeedsArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Needs(request), figure).await;
    }
    let answer = whole::needs(&asking.client, request.clone()).await?;
    print_answer::<Needs>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: NeedsArgs) -> anyhow::Result<NeedsRequest> {
    let zone = asking.zone.time_zone();
    let by = match args.by {
        None => needs_request::By::Unspecified,
        Some(By::Code) => needs_request::By::Code,
        Some(By::Source) => needs_request::By::Source,
        Some(By::Staff) => needs_request::By::Staff,
        Some(By::Owner) => needs_request::By::Owner,
        Some(By::Class) => needs_request::By::Class,
        Some(By::Month) => needs_request::By::Month,
        Some(By::Customer) => needs_request::By::Customer,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(NeedsRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        by: by.into(),
        purchases_from: args.purchases.purchases(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
