//! `rapport stock`: what is in stock, and how often it is turned over.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{StockRequest, figure_events_request::View, stock_request};
use rapport_views::model::Stock;

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
    more: "more: --by category; --currency EUR; --from, --to; --rows 50; --output csv has every product",
};

/// The flags of `rapport stock`.
#[derive(Debug, Args)]
#[command(after_help = "\
Turns a year are the cost of goods of the period by the average stock, to 365 days. A count holds until the next one of its product and place.

Examples:
  rapport stock
  rapport stock --by category --from 2026-01-01
  rapport stock --figure row/EUR/GTX/costs")]
pub(crate) struct StockArgs {
    /// What stock is compared by
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Product)]
    by: By,
    /// Only this currency, by its code in ISO 4217
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Averages and costs from then on (a date: from that day on) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Averages and costs before then (a date: with that day)
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

/// What stock has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The product
    Product,
    /// The category that the last count of the product names
    Category,
}

/// Prints stock, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: StockArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Stock(request), figure).await;
    }
    let answer = whole::stock(&asking.client, request.clone()).await?;
    print_answer::<Stock>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: StockArgs) -> anyhow::Result<StockRequest> {
    let zone = asking.zone.time_zone();
    let by = match args.by {
        By::Product => stock_request::By::Product,
        By::Category => stock_request::By::Category,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(StockRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        currency: args.currency.unwrap_or_default(),
        by: by.into(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
