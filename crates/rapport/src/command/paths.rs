//! `rapport paths`: through which steps things go.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{PathsRequest, figure_events_request::View, paths_request};
use rapport_views::model::Paths;

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
    more: "more: --of deals, documents, process; --from-step A --to-step B; --outcome open, closed, won, lost; --code; --rows 50; \
           --from 2025-01-01",
};

/// The flags of `rapport paths`.
#[derive(Debug, Args)]
#[command(after_help = "\
Counted are those that began in the twelve months until --as-of, or from --from until --to. Variation is \
1 - Σ share² of the variants: 0 where all go one way.

Examples:
  rapport paths
  rapport paths --of deals --outcome lost
  rapport paths --of documents --from-step draft --to-step sent
  rapport paths --of process --code sale
  rapport paths --of process --figure adherence/inform/skipped")]
pub(crate) struct PathsArgs {
    /// What goes through steps
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Of::Tickets)]
    of: Of,
    /// The process, the pipeline or the kind of document [default: of processes the one with most cases, otherwise all]
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Only those that ended so, or did not end
    #[arg(long, value_enum, value_name = "HOW")]
    outcome: Option<Outcome>,
    /// How long it takes from this step …
    #[arg(long, value_name = "STEP", requires = "to_step")]
    from_step: Option<String>,
    /// … to this one
    #[arg(long, value_name = "STEP", requires = "from_step")]
    to_step: Option<String>,
    /// Only those that began then or later [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only those that began before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Variants shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What goes through steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Tickets, through their stages
    Tickets,
    /// Deals, through the stages of their pipeline
    Deals,
    /// Documents, through their states
    Documents,
    /// What goes through a process
    Process,
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Outcome {
    /// It has not ended
    Open,
    /// It has
    Closed,
    /// The deal is won
    Won,
    /// The deal is lost
    Lost,
}

/// Prints paths, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: PathsArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Paths(request), figure).await;
    }
    let answer = whole::paths(&asking.client, request.clone()).await?;
    print_answer::<Paths>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: PathsArgs) -> anyhow::Result<PathsRequest> {
    let zone = asking.zone.time_zone();
    let of = match args.of {
        Of::Tickets => paths_request::Of::Tickets,
        Of::Deals => paths_request::Of::Deals,
        Of::Documents => paths_request::Of::Documents,
        Of::Process => paths_request::Of::Process,
    };
    let outcome = match args.outcome {
        None => paths_request::Outcome::Unspecified,
        Some(Outcome::Open) => paths_request::Outcome::Open,
        Some(Outcome::Closed) => paths_request::Outcome::Closed,
        Some(Outcome::Won) => paths_request::Outcome::Won,
        Some(Outcome::Lost) => paths_request::Outcome::Lost,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(PathsRequest {
        time: asking.time(shared, &args.fresh)?,
        of: of.into(),
        code: args.code.unwrap_or_default(),
        outcome: outcome.into(),
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        from_step: args.from_step.unwrap_or_default(),
        to_step: args.to_step.unwrap_or_default(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
