//! `rapport today`: what is to be done.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{TodayKind, TodayRequest, figure_events_request::View};
use rapport_views::model::Today;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 40;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --actor ID for one person's list; --days 30; --kind deal, ticket, …; --rows 200; --output csv has every row",
};

/// The flags of `rapport today`.
#[derive(Debug, Args)]
#[command(after_help = "\
What is overdue comes first, then today, then the days ahead; at the end whom to call: customers who may be about to leave, and those who are silent for too long.

Examples:
  rapport today
  rapport today --actor ilze
  rapport today --days 30 --kind deal --kind contract
  rapport today --as-of 2025-12-31
  rapport today --figure deal/overdue")]
pub(crate) struct TodayArgs {
    /// Only what this member of staff is responsible for: who owns the object, else who owns the customer, else who recorded it last
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// How many days ahead [default: 7]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=366))]
    days: Option<u32>,
    /// Only this; can be given several times
    #[arg(long, value_enum, value_name = "WHAT")]
    kind: Vec<Kind>,
    /// Rows shown at most [default: 40 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A promise that is made and not kept
    Promise,
    /// A planned meeting
    Meeting,
    /// An open deal that is expected to be decided
    Deal,
    /// A contract that ends
    Contract,
    /// An order that has not arrived
    Delivery,
    /// An open ticket with a promise of its service level
    Ticket,
    /// A handover that is not completed
    Handover,
    /// A valuable customer who may be about to leave
    Leaving,
    /// Another customer who is silent for too long
    Silent,
}

impl Kind {
    const fn wire(self) -> TodayKind {
        match self {
            Self::Promise => TodayKind::Promise,
            Self::Meeting => TodayKind::Meeting,
            Self::Deal => TodayKind::Deal,
            Self::Contract => TodayKind::Contract,
            Self::Delivery => TodayKind::Delivery,
            Self::Ticket => TodayKind::Ticket,
            Self::Handover => TodayKind::Handover,
            Self::Leaving => TodayKind::Leaving,
            Self::Silent => TodayKind::Silent,
        }
    }
}

/// Prints what is to be done, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: TodayArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Today(request), figure).await;
    }
    let answer = whole::today(&asking.client, request.clone()).await?;
    let headline = is_headline.then_some(&HEADLINE);
    print_answer::<Today>(shared.output, &request, &answer, &asking.zone, headline)
}

fn request(shared: &Shared, asking: &Asking, args: TodayArgs) -> anyhow::Result<TodayRequest> {
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(TodayRequest {
        time: asking.time(shared, &args.fresh)?,
        actor: args.actor.unwrap_or_default(),
        days: args.days.unwrap_or(0),
        kinds: args.kind.into_iter().map(|kind| kind.wire().into()).collect(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
