//! `rapport consent`: who may be addressed, on what ground, and who was without one.

use clap::Args;
use rapport_proto::v1::{ConsentRequest, figure_events_request::View};
use rapport_views::model::Consent;

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
    more: "more: rapport consent CUSTOMER for verdicts with their proof; --purpose, --channel, --topic; --from, --to; --rows 50; --output csv",
};

/// The flags of `rapport consent`.
#[derive(Debug, Args)]
#[command(after_help = "\
With a customer: may they be addressed, and which decision says so. Without one: how many may be, and which messages and calls \
had no ground at the moment at which they were sent. A date as --as-of is the end of its day, often in quiet hours: give a time.

Examples:
  rapport consent
  rapport consent 7
  rapport consent 7 --channel email --topic offers --as-of 2025-12-31T12:00:00Z
  rapport consent --purpose survey --from 2025-01-01
  rapport consent --figure overview/email/granted
  rapport consent --figure groups/reason/withdrawn/violations")]
pub(crate) struct ConsentArgs {
    /// The customer, by any of its ids [default: everybody]
    #[arg(value_name = "CUSTOMER")]
    customer: Option<String>,
    /// The purpose, as consents name it [default: marketing]
    #[arg(long, value_name = "CODE")]
    purpose: Option<String>,
    /// Only this channel, such as email
    #[arg(long, value_name = "CODE")]
    channel: Option<String>,
    /// For a message about this topic
    #[arg(long, value_name = "CODE")]
    topic: Option<String>,
    /// Messages and calls then or later (a date: from its beginning) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Messages and calls before then (a date: with that day)
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

/// Prints who may be addressed, or what one of the figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: ConsentArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = args.customer.is_none() && Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Consent(request), figure).await;
    }
    let answer = whole::consent(&asking.client, request.clone()).await?;
    print_answer::<Consent>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: ConsentArgs) -> anyhow::Result<ConsentRequest> {
    let zone = asking.zone.time_zone();
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ConsentRequest {
        time: asking.time(shared, &args.fresh)?,
        customer: args.customer.unwrap_or_default(),
        purpose: args.purpose.unwrap_or_default(),
        channel: args.channel.unwrap_or_default(),
        topic: args.topic.unwrap_or_default(),
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
