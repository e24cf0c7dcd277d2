//! `rapport prices`: what becomes of list prices.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{PricesRequest, figure_events_request::View, prices_request};
use rapport_views::model::Prices;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::PurchaseArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 10;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --by category, staff, branch, class or month; --of offers; --rows 50; --from 2026-01-01; --output csv has every row",
};

/// The flags of `rapport prices`.
#[derive(Debug, Args)]
#[command(after_help = "\
Realised is what was charged / what the list price is, over the lines that have both.

Examples:
  rapport prices
  rapport prices --by staff
  rapport prices --of offers --by month
  rapport prices --figure bands/EUR/more
  rapport prices --figure concessions/EUR/approver/")]
pub(crate) struct PricesArgs {
    /// Whose lines are compared with list prices
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Of::Purchases)]
    of: Of,
    /// What lines are compared by
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Product)]
    by: By,
    #[command(flatten)]
    purchases: PurchaseArgs,
    /// Rows shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Whose lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Those of purchases
    Purchases,
    /// Those of offers, of each the latest version
    Offers,
}

/// What lines have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The product
    Product,
    /// The category of the product
    Category,
    /// Who took the order, issued the invoice or made the offer
    Staff,
    /// The branch of who took the order, issued the invoice or made the offer
    Branch,
    /// The ABC class of the customer
    Class,
    /// The month
    Month,
}

/// Prints prices, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: PricesArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Prices(request), figure).await;
    }
    let answer = whole::prices(&asking.client, request.clone()).await?;
    print_answer::<Prices>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: PricesArgs) -> anyhow::Result<PricesRequest> {
    let (period_from, period_to) = args.purchases.period(&asking.zone)?;
    let of = match args.of {
        Of::Purchases => prices_request::Of::Purchases,
        Of::Offers => prices_request::Of::Offers,
    };
    let by = match args.by {
        By::Product => prices_request::By::Product,
        By::Category => prices_request::By::Category,
        By::Staff => prices_request::By::Staff,
        By::Branch => prices_request::By::Branch,
        By::Class => prices_request::By::Class,
        By::Month => prices_request::By::Month,
    };
    // Months follow each other: the first ten of twelve would not be those that people look for.
    let shown = match (shared.output, args.by) {
        (Output::Table, By::Product | By::Category | By::Staff | By::Branch) => ROWS,
        (Output::Table, By::Class | By::Month) | (Output::Json | Output::Csv, _) => 0,
    };
    Ok(PricesRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from,
        period_to,
        currency: args.purchases.currency(),
        purchases_from: args.purchases.purchases(),
        of: of.into(),
        by: by.into(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
