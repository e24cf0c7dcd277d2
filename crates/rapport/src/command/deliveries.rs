//! `rapport deliveries`: whether orders arrive on time and in full.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{DeliveriesRequest, deliveries_request, figure_events_request::View};
use rapport_views::model::Deliveries;

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
    more: "more: --by branch, staff, month or customer; --list overdue; --suppliers; --rows 50; --from 2026-01-01; --output csv has every order",
};

/// The flags of `rapport deliveries`.
#[derive(Debug, Args)]
#[command(after_help = "\
Orders count on the day of their arrival. Slip is that day less the day that was committed first.

Examples:
  rapport deliveries
  rapport deliveries --by month --from 2025-01-01
  rapport deliveries --list overdue
  rapport deliveries --suppliers
  rapport deliveries --figure total/late")]
pub(crate) struct DeliveriesArgs {
    /// What orders are compared by
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<By>,
    /// Which orders are listed
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = List::Late)]
    list: List,
    /// Only what suppliers deliver; otherwise all but that
    #[arg(long)]
    suppliers: bool,
    /// Orders that arrived, and milestones planned, then or later (a date: from that day on) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Orders that arrived, and milestones planned, before then (a date: with that day)
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

/// What orders have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The branch of who recorded the arrival
    Branch,
    /// Who recorded the arrival
    Staff,
    /// The month of the arrival
    Month,
    /// The customer
    Customer,
}

/// Orders that are late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum List {
    /// Those that arrived later than was promised first
    Late,
    /// Those that are open and overdue
    Overdue,
}

/// Prints deliveries, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: DeliveriesArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Deliveries(request), figure).await;
    }
    let answer = whole::deliveries(&asking.client, request.clone()).await?;
    print_answer::<Deliveries>(
        shared.output,
        &request,
        &answer,
        &asking.zone,
        is_headline.then_some(&HEADLINE),
    )
}

fn request(shared: &Shared, asking: &Asking, args: DeliveriesArgs) -> anyhow::Result<DeliveriesRequest> {
    let zone = asking.zone.time_zone();
    let by = match args.by {
        None => deliveries_request::By::Unspecified,
        Some(By::Branch) => deliveries_request::By::Branch,
        Some(By::Staff) => deliveries_request::By::Staff,
        Some(By::Month) => deliveries_request::By::Month,
        Some(By::Customer) => deliveries_request::By::Customer,
    };
    let list = match args.list {
        List::Late => deliveries_request::List::Late,
        List::Overdue => deliveries_request::List::Overdue,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(DeliveriesRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        by: by.into(),
        suppliers: args.suppliers,
        list: list.into(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
