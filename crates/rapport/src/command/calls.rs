//! `rapport calls`: whether calls were answered, and how long they took.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{CallsRequest, calls_request, figure_events_request::View};
use rapport_views::model::Calls;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{moment, shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 24;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --by weekday, direction, purpose, staff, branch, day or month; --direction inbound; --from 2026-01-01; --rows 50",
};

/// The flags of `rapport calls`.
#[derive(Debug, Args)]
#[command(after_help = "\
Hours and days are those of the ledger's zone. How a customer rates calls by staff is shown by `rapport satisfaction --group-by staff`.

Examples:
  rapport calls
  rapport calls --by staff --direction inbound
  rapport calls --by weekday --from 2025-01-01
  rapport calls --figure total/no_answer")]
pub(crate) struct CallsArgs {
    /// What calls are compared by
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Hour)]
    by: By,
    /// Only calls of customers, or only calls to them
    #[arg(long, value_enum, value_name = "WHICH")]
    direction: Option<Direction>,
    /// Calls that occurred then or later (a date: from that day on) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Calls that occurred before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Rows shown at most [default: 24 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What calls have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The hour of the day
    Hour,
    /// The day of the week
    Weekday,
    /// Who called
    Direction,
    /// What it was for
    Purpose,
    /// Who of the organisation took part
    Staff,
    /// Of which branch
    Branch,
    /// The day
    Day,
    /// The month
    Month,
}

/// Who called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// Customers called
    Inbound,
    /// The organisation called
    Outbound,
}

/// Prints calls, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: CallsArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Calls(request), figure).await;
    }
    let answer = whole::calls(&asking.client, request.clone()).await?;
    print_answer::<Calls>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: CallsArgs) -> anyhow::Result<CallsRequest> {
    let zone = asking.zone.time_zone();
    let by = match args.by {
        By::Hour => calls_request::By::Hour,
        By::Weekday => calls_request::By::Weekday,
        By::Direction => calls_request::By::Direction,
        By::Purpose => calls_request::By::Purpose,
        By::Staff => calls_request::By::Staff,
        By::Branch => calls_request::By::Branch,
        By::Day => calls_request::By::Day,
        By::Month => calls_request::By::Month,
    };
    let direction = match args.direction {
        None => calls_request::Direction::Unspecified,
        Some(Direction::Inbound) => calls_request::Direction::Inbound,
        Some(Direction::Outbound) => calls_request::Direction::Outbound,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(CallsRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        by: by.into(),
        direction: direction.into(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
