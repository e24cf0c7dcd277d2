//! `rapport orders`: what is bought.

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use rapport_proto::v1::{Every, OrdersRequest, figure_events_request::View, orders_request};
use rapport_views::model::Orders;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::PurchaseArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{shared_args::Shared, show::Output};

/// Rows of a table, unless it is told; periods are shown all.
const ROWS: u32 = 20;
/// The last twelve months, and all of them together.
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --by day, week, quarter, year, product, category, channel, staff, branch or payment; --from and --to; --rows 50; \
           --output csv has every row",
};

/// The flags of `rapport orders`.
#[derive(Debug, Args)]
#[command(after_help = "\
An order is one purchase, however many lines it has. What came back lowers the value; cancelled orders count nothing.

New: customers whose first purchase ever is there. Repeat rate: customers with two or more purchases / customers.

Examples:
  rapport orders
  rapport orders --by product --rows 50
  rapport orders --by week --from 2026-01-01 --to 2026-06-30
  rapport orders --by payment --currency EUR --output csv")]
pub(crate) struct OrdersArgs {
    /// What a row is of
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Month)]
    by: By,
    #[command(flatten)]
    purchases: PurchaseArgs,
    /// Rows shown at most [default: 20 in a table that is not by period, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Days
    Day,
    /// From Monday on
    Week,
    /// By the calendar
    Month,
    /// By the calendar
    Quarter,
    /// By the calendar
    Year,
    /// Products
    Product,
    /// Categories of products
    Category,
    /// How the order came
    Channel,
    /// Who took the order
    Staff,
    /// The branch of who took the order
    Branch,
    /// Methods of the payments that name the order, or the invoice
    Payment,
}

impl By {
    const fn wire(self) -> (orders_request::By, Every) {
        match self {
            Self::Day => (orders_request::By::Period, Every::Day),
            Self::Week => (orders_request::By::Period, Every::Week),
            Self::Month => (orders_request::By::Period, Every::Month),
            Self::Quarter => (orders_request::By::Period, Every::Quarter),
            Self::Year => (orders_request::By::Period, Every::Year),
            Self::Product => (orders_request::By::Product, Every::Unspecified),
            Self::Category => (orders_request::By::Category, Every::Unspecified),
            Self::Channel => (orders_request::By::Channel, Every::Unspecified),
            Self::Staff => (orders_request::By::Staff, Every::Unspecified),
            Self::Branch => (orders_request::By::Branch, Every::Unspecified),
            Self::Payment => (orders_request::By::Payment, Every::Unspecified),
        }
    }
}

/// Prints what was bought, or what one of the figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: OrdersArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = args.by == By::Month && Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Orders(request), figure).await.map_err(in_own_flags);
    }
    let answer = whole::orders(&asking.client, request.clone()).await.map_err(in_own_flags)?;
    print_answer::<Orders>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

/// Here --by says both what a row is of and how long a period is.
fn in_own_flags(error: anyhow::Error) -> anyhow::Error {
    let said = error.to_string();
    if said.contains("--every: ") { anyhow!(said.replace("--every: ", "--by: ")) } else { error }
}

fn request(shared: &Shared, asking: &Asking, args: OrdersArgs) -> anyhow::Result<OrdersRequest> {
    let (period_from, period_to) = args.purchases.period(&asking.zone)?;
    let (by, every) = args.by.wire();
    let shown = match shared.output {
        Output::Table if by != orders_request::By::Period => ROWS,
        Output::Table | Output::Json | Output::Csv => 0,
    };
    Ok(OrdersRequest {
        time: asking.time(shared, &args.fresh)?,
        by: by.into(),
        period_from,
        period_to,
        every: every.into(),
        currency: args.purchases.currency(),
        purchases_from: args.purchases.purchases(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
