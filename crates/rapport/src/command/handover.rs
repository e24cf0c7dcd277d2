//! `rapport handover`: what those who left or are absent still own.

use clap::Args;
use rapport_proto::v1::{HandoverRequest, figure_events_request::View};
use rapport_views::model::Handover;

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
    more: "more: --staff ID for the dossier of one; --rows 50; --figure orphans/deals; --figure without_owner/tickets; --output csv has every object",
};

/// The flags of `rapport handover`.
#[derive(Debug, Args)]
#[command(after_help = "\
Orphans are open objects whose owner left, or is absent without a substitute who is active. The owner is who was assigned last; \
of agreements and planned meetings who recorded them, until the customer is assigned to another one.

Examples:
  rapport handover
  rapport handover --staff anna
  rapport handover --staff anna --as-of 2025-06-30
  rapport handover --from 2025-01-01
  rapport handover --figure orphans/deals")]
pub(crate) struct HandoverArgs {
    /// The dossier of this member of staff, by id: all that is open and the person's [default: the orphans of everybody]
    #[arg(long, value_name = "ID")]
    staff: Option<String>,
    /// Handovers, leavings and customers assigned anew then or later (a date: from its beginning) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// The same before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Rows shown at most [default: 10 in a table, all with --staff and otherwise]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints what is to be handed over, or what one of the figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: HandoverArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = args.staff.is_none() && Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Handover(request), figure).await;
    }
    let answer = whole::handover(&asking.client, request.clone()).await?;
    print_answer::<Handover>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: HandoverArgs) -> anyhow::Result<HandoverRequest> {
    let zone = asking.zone.time_zone();
    let shown = match shared.output {
        Output::Table if args.staff.is_none() => ROWS,
        Output::Table | Output::Json | Output::Csv => 0,
    };
    Ok(HandoverRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        staff: args.staff.unwrap_or_default(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
