//! `rapport potential`: what customers do not buy yet, and what it is worth.

use clap::Args;
use rapport_proto::v1::{PotentialRequest, figure_events_request::View};
use rapport_views::model::Potential;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::PurchaseArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{shared_args::Shared, show::Output};

/// Products and customers of a table, unless it is told.
const ROWS: u32 = 20;
/// Everything, with the first products and customers.
const HEADLINE: Headline = Headline {
    shape: |page| page.grids.retain(|grid| grid.key != "total"),
    more: "more: --segment retail; --product lamp for those who miss it; --customer 7; --rows 50; --output csv has every \
           customer; `rapport definitions publish` says what a segment could use",
};

/// The flags of `rapport potential`.
#[derive(Debug, Args)]
#[command(after_help = "\
Owned: bought in the period, or in a contract in force. Penetration: of the products of the segment's list, those owned.

White space: for each missing product, the median of what its owners in the same segment spent on it in twelve months.

Examples:
  rapport potential
  rapport potential --segment retail --rows 50
  rapport potential --product lamp --output csv
  rapport potential --customer 7
  rapport potential --figure products/retail/lamp/missing")]
pub(crate) struct PotentialArgs {
    #[command(flatten)]
    purchases: PurchaseArgs,
    /// Only this segment: the code of a definition of kind potential
    #[arg(long, value_name = "CODE")]
    segment: Option<String>,
    /// Only this product, and the customers who miss it
    #[arg(long, value_name = "CODE")]
    product: Option<String>,
    /// Only this customer, by any of its ids
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Products and customers shown at most [default: 20 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints potential, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: PotentialArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Potential(request), figure).await;
    }
    let answer = whole::potential(&asking.client, request.clone()).await?;
    let headline = is_headline.then_some(&HEADLINE);
    print_answer::<Potential>(shared.output, &request, &answer, &asking.zone, headline)
}

fn request(shared: &Shared, asking: &Asking, args: PotentialArgs) -> anyhow::Result<PotentialRequest> {
    let (period_from, period_to) = args.purchases.period(&asking.zone)?;
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(PotentialRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from,
        period_to,
        purchases_from: args.purchases.purchases(),
        currency: args.purchases.currency(),
        segment: args.segment.unwrap_or_default(),
        product: args.product.unwrap_or_default(),
        customer: args.customer.unwrap_or_default(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
