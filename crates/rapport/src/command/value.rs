//! `rapport value`: what customers are worth.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{ValueRequest, figure_events_request::View, value_request};
use rapport_views::model::Value;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::SourceArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{moment, shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 20;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --horizon 730; --model pareto-nbd; --customer 4711; --retention 0.8; --margin 0.3; --acquired-from 2025-01-01; --as-of 2025-06-30 --compared-with 2025-12-31; --rows 50; \
           --output csv has every customer",
};

/// The flags of `rapport value`.
#[derive(Debug, Args)]
#[command(after_help = "\
Purchases until --as-of are fitted with a model of when customers buy and leave (BG/NBD, Pareto/NBD) and one of what a purchase is worth (Gamma-Gamma). A customer's value is the purchases expected within the horizon times what each is expected to be worth. Without enough customers, or without a fit, there is no such value, and the answer says why.

Examples:
  rapport value
  rapport value --as-of 2025-12-31 --horizon 730 --currency EUR
  rapport value --as-of 2025-06-30 --compared-with 2025-12-31
  rapport value --model pareto-nbd --output csv
  rapport value --customer 4711
  rapport value --retention 0.8 --discount 0.12
  rapport value --margin 0.3
  rapport value --figure totals/EUR/repeat_customers")]
pub(crate) struct ValueArgs {
    /// What is fitted to the purchases
    #[arg(long, value_enum, value_name = "MODEL", default_value_t = Model::BgNbd)]
    model: Model,
    /// For how many days ahead, at most 3650 [default: 365]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    horizon: Option<u32>,
    /// Holds what was expected as of `--as-of` against what was charged since, until then (a date: with that day)
    #[arg(long, value_name = "TIME", conflicts_with = "horizon")]
    compared_with: Option<String>,
    /// What money is worth less a year later, such as 0.1 [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    discount: Option<f64>,
    /// Of the simple value: the share of customers that stay for a year, such as 0.8 [default: measured]
    #[arg(long, value_name = "SHARE")]
    retention: Option<f64>,
    /// Values in profit too: what is left of what is charged, such as 0.3 [default: measured by costs]
    #[arg(long, value_name = "SHARE")]
    margin: Option<f64>,
    /// Only the rows of this customer
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Only customers whose first purchase was then or later (a date: from its beginning)
    #[arg(long, value_name = "TIME")]
    acquired_from: Option<String>,
    /// Only customers whose first purchase was before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    acquired_to: Option<String>,
    #[command(flatten)]
    purchases: SourceArgs,
    /// Only this currency
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Customers shown at most [default: 20 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Models of repeat purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Model {
    /// A customer may leave after each purchase
    BgNbd,
    /// A customer may leave at any time
    ParetoNbd,
}

/// Prints values, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: ValueArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Value(request), figure).await;
    }
    let answer = whole::value(&asking.client, request.clone()).await?;
    print_answer::<Value>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: ValueArgs) -> anyhow::Result<ValueRequest> {
    let zone = asking.zone.time_zone();
    let model = match args.model {
        Model::BgNbd => value_request::Model::BgNbd,
        Model::ParetoNbd => value_request::Model::ParetoNbd,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ValueRequest {
        time: asking.time(shared, &args.fresh)?,
        purchases_from: args.purchases.purchases(),
        currency: args.currency.unwrap_or_default(),
        model: model.into(),
        horizon_days: args.horizon.unwrap_or(0),
        discount: args.discount,
        retention: args.retention,
        acquired_from: moment::since(args.acquired_from.as_deref(), "--acquired-from", zone)?,
        acquired_to: moment::before(args.acquired_to.as_deref(), "--acquired-to", zone)?,
        customer: args.customer.unwrap_or_default(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
        margin: args.margin,
        compared_with: moment::until(args.compared_with.as_deref(), "--compared-with", zone)?,
    })
}
