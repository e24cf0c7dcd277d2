//! `rapport activity`: who did what when, and what was disclosed to whom.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{ActivityRequest, activity_request, figure_events_request::View};
use rapport_views::model::Activity;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{moment, shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 20;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --by actor, day, month, channel or customer; --actor, --customer, --type; --list has the events themselves; --from 2026-01-01; --rows 50",
};

/// The flags of `rapport activity`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every event counts, also those of the organisation itself, which name no customer. What is retracted is counted apart.

A list goes from the latest event to the first, page by page. A milestone of the company is a note \
(note.recorded) with the scope company and the kind milestone; what happened in the days before and after it is compared.

Examples:
  rapport activity
  rapport activity --by actor --from 2026-01-01
  rapport activity --customer 7 --list
  rapport activity --actor ilze --type deal.won --type deal.lost --list
  rapport activity --from 2024-01-01 --window 180
  rapport activity --figure disclosures/authority")]
pub(crate) struct ActivityArgs {
    /// What events are counted by
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Type)]
    by: By,
    /// Only events of this actor, by id ('' for events that name none); give it again for another one
    #[arg(long = "actor", value_name = "ID")]
    actors: Vec<String>,
    /// Only events of this customer, by id; give it again for another one
    #[arg(long = "customer", value_name = "ID")]
    customers: Vec<String>,
    /// Only events of this type, such as deal.won; give it again for another one
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// The events themselves, the latest first
    #[arg(long)]
    list: bool,
    /// Events that occurred then or later (a date: from that day on) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Events that occurred before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Days before and after each milestone of the company that are compared
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    window: u32,
    /// Rows shown at most [default: 20 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    /// The page with this token, as the page before printed it
    #[arg(long, value_name = "TOKEN")]
    page: Option<String>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What events have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The type
    Type,
    /// Who did it
    Actor,
    /// The day
    Day,
    /// The month
    Month,
    /// How it came
    Channel,
    /// The customer
    Customer,
}

/// Prints events, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: ActivityArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref()) && !args.list;
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Activity(request), figure).await;
    }
    let answer = whole::activity(&asking.client, request.clone()).await?;
    print_answer::<Activity>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: ActivityArgs) -> anyhow::Result<ActivityRequest> {
    let zone = asking.zone.time_zone();
    let by = match args.by {
        By::Type => activity_request::By::Type,
        By::Actor => activity_request::By::Actor,
        By::Day => activity_request::By::Day,
        By::Month => activity_request::By::Month,
        By::Channel => activity_request::By::Channel,
        By::Customer => activity_request::By::Customer,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ActivityRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        by: by.into(),
        actors: args.actors,
        customers: args.customers,
        types: args.types,
        list: args.list,
        window_days: args.window,
        page_size: args.rows.unwrap_or(shown),
        page_token: args.page.unwrap_or_default(),
        page: false,
    })
}
