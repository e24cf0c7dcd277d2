//! `rapport resistance`: what stands in the way of buying, and whether the approach changes it.

use clap::Args;
use rapport_proto::v1::{ResistanceRequest, figure_events_request::View};
use rapport_views::model::Resistance;

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
    more: "more: --by region, or another attribute of customers; --rows 50; --from 2026-01-01; --output csv has every row",
};

/// The flags of `rapport resistance`.
#[derive(Debug, Args)]
#[command(after_help = "\
The index of a segment is 100 x (L + 10 x l) / (W + L + 10): won W, lost L, l the lost share of all deals of the period. The \
weight of a factor is the logarithm of how much more often lost deals have it than won ones: above 0 it goes with losing.

Age, sex, ethnic origin, religion, health and other protected traits are refused as an attribute, and left out as a factor.

Examples:
  rapport resistance
  rapport resistance --by region
  rapport resistance --from 2025-01-01 --output csv
  rapport resistance --figure factors/price/lost
  rapport resistance --figure total/left_out")]
pub(crate) struct ResistanceArgs {
    /// The segment attribute of customers that deals are compared by, such as region
    #[arg(long, value_name = "ATTRIBUTE")]
    by: Option<String>,
    /// Deals closed then or later (a date: from its beginning) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Deals closed before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Segments shown at most [default: 20 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints resistance, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: ResistanceArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Resistance(request), figure).await;
    }
    let answer = whole::resistance(&asking.client, request.clone()).await?;
    print_answer::<Resistance>(
        shared.output,
        &request,
        &answer,
        &asking.zone,
        is_headline.then_some(&HEADLINE),
    )
}

fn request(shared: &Shared, asking: &Asking, args: ResistanceArgs) -> anyhow::Result<ResistanceRequest> {
    let zone = asking.zone.time_zone();
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ResistanceRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        by: args.by.unwrap_or_default(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
