//! `rapport leads`: what becomes of leads before the deal.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{LeadsRequest, figure_events_request::View, leads_request};
use rapport_views::model::Leads;

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
    shape: |page| page.grids.retain(|grid| !["cohort", "score"].contains(&grid.key)),
    more: "more: --by origin, campaign, landing, interest, staff, branch or month; --window 90 has months and scores; --list converted or rejected; --rows 50; --from 2026-01-01; --output csv has every lead",
};

/// The flags of `rapport leads`.
#[derive(Debug, Args)]
#[command(after_help = "\
A lead counts in the period in which it was opened first, whatever became of it later. A customer counts once, however many leads it has; steps without a customer belong together by their tag.

Examples:
  rapport leads
  rapport leads --by origin
  rapport leads --by staff --from 2025-01-01
  rapport leads --window 30
  rapport leads --list rejected
  rapport leads --figure total/converted")]
pub(crate) struct LeadsArgs {
    /// What leads are compared by
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<By>,
    /// Which leads are listed
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = List::Open)]
    list: List,
    /// Days within which a lead has to be converted to count in its month, at most 3650 [default: 90]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    window: Option<u32>,
    /// Leads opened, and contact points captured, then or later (a date: from that day on) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Leads opened, and contact points captured, before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Rows shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What leads have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Where they came from
    Origin,
    /// The campaign that brought them
    Campaign,
    /// The page or place at which they came in
    Landing,
    /// What they are interested in
    Interest,
    /// Who owns them, else who opened them
    Staff,
    /// The branch of who opened them
    Branch,
    /// The month in which they were opened
    Month,
}

/// What became of leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum List {
    /// Neither converted nor rejected
    Open,
    /// Converted into a deal or an order
    Converted,
    /// Rejected by the last verdict
    Rejected,
}

/// Prints leads, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: LeadsArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let measures: Vec<u32> = args.window.into_iter().collect();
    let is_headline = Headline::is_asked(shared, &measures, figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Leads(request), figure).await;
    }
    let answer = whole::leads(&asking.client, request.clone()).await?;
    let headline = is_headline.then_some(&HEADLINE);
    print_answer::<Leads>(shared.output, &request, &answer, &asking.zone, headline)
}

fn request(shared: &Shared, asking: &Asking, args: LeadsArgs) -> anyhow::Result<LeadsRequest> {
    let zone = asking.zone.time_zone();
    let by = match args.by {
        None => leads_request::By::Unspecified,
        Some(By::Origin) => leads_request::By::Origin,
        Some(By::Campaign) => leads_request::By::Campaign,
        Some(By::Landing) => leads_request::By::Landing,
        Some(By::Interest) => leads_request::By::Interest,
        Some(By::Staff) => leads_request::By::Staff,
        Some(By::Branch) => leads_request::By::Branch,
        Some(By::Month) => leads_request::By::Month,
    };
    let list = match args.list {
        List::Open => leads_request::List::Open,
        List::Converted => leads_request::List::Converted,
        List::Rejected => leads_request::List::Rejected,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(LeadsRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        by: by.into(),
        window_days: args.window.unwrap_or(0),
        list: list.into(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
