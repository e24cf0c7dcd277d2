//! `rapport tickets`: what is open, how fast tickets are answered and solved, which promises are broken.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{TicketsRequest, figure_events_request::View, tickets_request};
use rapport_views::model::Tickets;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{moment, shared_args::Shared, show::Output};

/// Open tickets of a table, unless it is told.
const ROWS: u32 = 10;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --by kind, priority, product, tier, topic, stage, department, staff, branch, channel or cause; --priority high; --rows 50; --output csv has every open ticket",
};

/// The flags of `rapport tickets`.
#[derive(Debug, Args)]
#[command(after_help = "\
Times and promises are those of tickets opened in the period; what is open is open whenever it was opened. A filter with an \
empty word (--tier '') asks for tickets that name none. --by product also has defects per 100 pieces sold in the period.

Examples:
  rapport tickets
  rapport tickets --by department --pushed-by staff
  rapport tickets --kind complaint --by product
  rapport tickets --from 2025-01-01 --to 2025-12-31 --tier gold
  rapport tickets --figure total/open_breached")]
pub(crate) struct TicketsArgs {
    /// What tickets are compared by
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::None)]
    by: By,
    /// Tickets opened or resolved then or later (a date: from its beginning) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Tickets opened or resolved before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only this kind: request, complaint, defect or advice
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only this priority, as the source names it
    #[arg(long, value_name = "PRIORITY")]
    priority: Option<String>,
    /// Only tickets about this product, by code
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// Only this service tier
    #[arg(long, value_name = "TIER")]
    tier: Option<String>,
    /// Only this theme
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Only tickets that this department had last
    #[arg(long, value_name = "DEPARTMENT")]
    department: Option<String>,
    /// Only tickets that this member of staff had last, by id
    #[arg(long, value_name = "ID")]
    staff: Option<String>,
    /// Between whom tickets are pushed
    #[arg(long, value_enum, value_name = "WHOM", default_value_t = Pushed::Department)]
    pushed_by: Pushed,
    /// A ticket is pushed when it changed hands more often than so
    #[arg(long, value_name = "N", default_value_t = 1)]
    pushed_above: u32,
    /// Open tickets shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What tickets have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Nothing: all together
    None,
    /// Request, complaint, defect or advice
    Kind,
    /// The priority
    Priority,
    /// The product concerned
    Product,
    /// The service tier
    Tier,
    /// The theme
    Topic,
    /// The stage that they are in
    Stage,
    /// The department that had them last
    Department,
    /// Who had them last
    Staff,
    /// The branch that had them last
    Branch,
    /// How they came
    Channel,
    /// What caused them
    Cause,
}

/// Who has tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pushed {
    /// Departments
    Department,
    /// Members of staff
    Staff,
}

/// Prints tickets, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: TicketsArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Tickets(request), figure).await;
    }
    let answer = whole::tickets(&asking.client, request.clone()).await?;
    let headline = is_headline.then_some(&HEADLINE);
    print_answer::<Tickets>(shared.output, &request, &answer, &asking.zone, headline)
}

fn request(shared: &Shared, asking: &Asking, args: TicketsArgs) -> anyhow::Result<TicketsRequest> {
    let zone = asking.zone.time_zone();
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(TicketsRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        by: by(args.by).into(),
        kind: args.kind,
        priority: args.priority,
        product: args.product,
        tier: args.tier,
        topic: args.topic,
        department: args.department,
        staff: args.staff,
        pushed: match args.pushed_by {
            Pushed::Department => tickets_request::Pushed::Department,
            Pushed::Staff => tickets_request::Pushed::Staff,
        }
        .into(),
        pushed_above: Some(args.pushed_above),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}

const fn by(by: By) -> tickets_request::By {
    match by {
        By::None => tickets_request::By::None,
        By::Kind => tickets_request::By::Kind,
        By::Priority => tickets_request::By::Priority,
        By::Product => tickets_request::By::Product,
        By::Tier => tickets_request::By::Tier,
        By::Topic => tickets_request::By::Topic,
        By::Stage => tickets_request::By::Stage,
        By::Department => tickets_request::By::Department,
        By::Staff => tickets_request::By::Staff,
        By::Branch => tickets_request::By::Branch,
        By::Channel => tickets_request::By::Channel,
        By::Cause => tickets_request::By::Cause,
    }
}
