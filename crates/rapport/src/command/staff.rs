//! `rapport staff`: what staff do, what they are paid for it, and who joins and leaves.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{StaffRequest, figure_events_request::View, staff_request};
use rapport_views::model::Staff;

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
    more: "more: --by branch or department; --list payouts for each payout with its evidence; --rows 50; --from 2026-01-01; --output csv has every row",
};

/// The flags of `rapport staff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Contacts count by who took part, deals by who recorded the outcome, tickets by who resolved them. Time is what contacts say that \
they took.

Examples:
  rapport staff
  rapport staff --by branch --from 2025-01-01
  rapport staff --list payouts
  rapport staff --list payouts --output csv
  rapport staff --figure rows/anna/won")]
pub(crate) struct StaffArgs {
    /// What the rows are by
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Staff)]
    by: By,
    /// What is listed
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = List::Work)]
    list: List,
    /// What happened then or later (a date: from its beginning) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// What happened before then (a date: with that day)
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

/// What rows have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// A member of staff
    Staff,
    /// The branch of who acted
    Branch,
    /// The department of who acted
    Department,
}

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum List {
    /// What each did
    Work,
    /// Each payout, with whether its evidence holds
    Payouts,
}

/// Prints what staff did, or what one of the figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: StaffArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Staff(request), figure).await;
    }
    let answer = whole::staff(&asking.client, request.clone()).await?;
    print_answer::<Staff>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: StaffArgs) -> anyhow::Result<StaffRequest> {
    let zone = asking.zone.time_zone();
    let by = match args.by {
        By::Staff => staff_request::By::Staff,
        By::Branch => staff_request::By::Branch,
        By::Department => staff_request::By::Department,
    };
    let list = match args.list {
        List::Work => staff_request::List::Work,
        List::Payouts => staff_request::List::Payouts,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(StaffRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        by: by.into(),
        list: list.into(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
