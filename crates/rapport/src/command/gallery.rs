//! `rapport gallery`: files in the histories of customers, and what came after them.

use clap::Args;
use rapport_proto::v1::{GalleryRequest, figure_events_request::View};
use rapport_views::model::Gallery;

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
    more: "more: --customer ID; --outcome CODE; --media-type image/; --from, --to; --rows 50; --output csv has every file",
};

/// The flags of `rapport gallery`.
#[derive(Debug, Args)]
#[command(after_help = "\
After each file comes the first response of its customer (to CSAT, otherwise NPS or CES) and the first order.

Examples:
  rapport gallery
  rapport gallery --customer 7
  rapport gallery --outcome liked --media-type image/
  rapport gallery --from 2026-01-01 --figure outcome/liked/with_order")]
pub(crate) struct GalleryArgs {
    /// Only files of this customer, by any of its ids, and of the persons who act for it
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Only with this result; '' for those without one
    #[arg(long, value_name = "CODE")]
    outcome: Option<String>,
    /// Only of this media type, or of all that begin with it where it ends with /
    #[arg(long, value_name = "TYPE")]
    media_type: Option<String>,
    /// Attached then or later (a date: from that day on)
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Attached before then (a date: with that day)
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

/// Prints the gallery, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: GalleryArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Gallery(request), figure).await;
    }
    let answer = whole::gallery(&asking.client, request.clone()).await?;
    print_answer::<Gallery>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: GalleryArgs) -> anyhow::Result<GalleryRequest> {
    let zone = asking.zone.time_zone();
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(GalleryRequest {
        time: asking.time(shared, &args.fresh)?,
        customer: args.customer.unwrap_or_default(),
        outcome: args.outcome,
        media_type: args.media_type.unwrap_or_default(),
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
