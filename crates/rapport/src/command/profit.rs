//! `rapport profit`: who brings profit.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{ProfitRequest, figure_events_request::View, profit_request};
use rapport_views::model::Profit;

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
    more: "more: --order worst; --rows 50; --from 2026-01-01; --discounts in-price; --instrument csat; --output csv has every customer and \
           each 5 % of the curve",
};

/// The flags of `rapport profit`.
#[derive(Debug, Args)]
#[command(after_help = "\
Profit is revenue less costs (goods, service, delivery, retention, acquisition) less concessions with a value, of each customer.

Examples:
  rapport profit
  rapport profit --order worst --rows 50
  rapport profit --from 2026-01-01 --to 2026-06-30 --currency EUR --output csv
  rapport profit --discounts in-price
  rapport profit --figure totals/EUR/loss_making")]
pub(crate) struct ProfitArgs {
    #[command(flatten)]
    purchases: PurchaseArgs,
    /// Which customers come first
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Order::Best)]
    order: Order,
    /// What becomes of discounts that were granted
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Discounts::TakenOff)]
    discounts: Discounts,
    /// Whose responses say how content customers are: nps or csat [default: nps where there are any, else csat]
    #[arg(long, value_name = "INSTRUMENT")]
    instrument: Option<String>,
    /// Rows shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Orders of customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    /// The highest profit
    Best,
    /// The lowest profit
    Worst,
}

/// What becomes of discounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Discounts {
    /// They are taken off, as all concessions
    TakenOff,
    /// They are not: the price charged is less by them already
    InPrice,
}

/// Prints profit, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: ProfitArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Profit(request), figure).await;
    }
    let answer = whole::profit(&asking.client, request.clone()).await?;
    print_answer::<Profit>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: ProfitArgs) -> anyhow::Result<ProfitRequest> {
    let (period_from, period_to) = args.purchases.period(&asking.zone)?;
    let order = match args.order {
        Order::Best => profit_request::Order::Best,
        Order::Worst => profit_request::Order::Worst,
    };
    let discounts = match args.discounts {
        Discounts::TakenOff => profit_request::Discounts::TakenOff,
        Discounts::InPrice => profit_request::Discounts::InPrice,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ProfitRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from,
        period_to,
        currency: args.purchases.currency(),
        purchases_from: args.purchases.purchases(),
        order: order.into(),
        discounts: discounts.into(),
        instrument: args.instrument.unwrap_or_default(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
