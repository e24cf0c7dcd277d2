//! `rapport portfolio`: how much each customer buys of what there is.

use clap::Args;
use rapport_proto::v1::{PortfolioRequest, figure_events_request::View};
use rapport_views::model::Portfolio;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::PurchaseArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{shared_args::Shared, show::Output};

/// Products of a table, unless it is told.
const ROWS: u32 = 10;
/// Everything, with the first products.
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --rows 50; --from and --to, which are compared with the period before; --currency; --output csv has every \
           product",
};

/// The flags of `rapport portfolio`.
#[derive(Debug, Args)]
#[command(after_help = "\
Active: bought in the period, or under a contract in force. Attach rate: of active customers, those who have the product.

Net retention: what those who bought in the period before are worth now / then. Gross: without what they buy more.

Examples:
  rapport portfolio
  rapport portfolio --from 2026-01-01 --to 2026-06-30
  rapport portfolio --rows 50 --as-of 2025-12-31
  rapport portfolio --figure retention/EUR/churned")]
pub(crate) struct PortfolioArgs {
    #[command(flatten)]
    purchases: PurchaseArgs,
    /// Products shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints the portfolio, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: PortfolioArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Portfolio(request), figure).await;
    }
    let answer = whole::portfolio(&asking.client, request.clone()).await?;
    let headline = is_headline.then_some(&HEADLINE);
    print_answer::<Portfolio>(shared.output, &request, &answer, &asking.zone, headline)
}

fn request(shared: &Shared, asking: &Asking, args: PortfolioArgs) -> anyhow::Result<PortfolioRequest> {
    let (period_from, period_to) = args.purchases.period(&asking.zone)?;
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(PortfolioRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from,
        period_to,
        currency: args.purchases.currency(),
        purchases_from: args.purchases.purchases(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
