//! `rapport funnel`: deals by stage, how they move, what is won and lost.

use clap::{Args, ValueEnum};
use jiff::SignedDuration;
use rapport_proto::v1::{FunnelMeasure, FunnelRequest, figure_events_request::View, funnel_request::Cohort};
use rapport_views::{model::Funnel, page::Page};

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{moment, shared_args::Shared};

/// The flags of `rapport funnel`.
#[derive(Debug, Args)]
#[command(after_help = "\
Amounts are never added over currencies. Every count has a key by which --figure lists the deals behind it.

Examples:
  rapport funnel                                             what is open, won and lost
  rapport funnel --measure snapshot --measure conversion     stage by stage
  rapport funnel --as-of 2025-12-31                          at the end of 2025
  rapport funnel --as-of 2025-12-31 --known-at 2025-12-31    … as known then
  rapport funnel --measure conversion --from 2026-01-01 --to 2026-03-31
  rapport funnel --cohort-from 2025-01-01 --cohort-to 2025-03-31 --window 90d
  rapport funnel --figure default/snapshot/qualified/EUR     what it counts")]
pub(crate) struct FunnelArgs {
    /// One pipeline [default: all]
    #[arg(long, value_name = "CODE")]
    pipeline: Option<String>,
    /// Only these measures [default: overview in tables, all others in JSON and CSV]
    #[arg(long = "measure", value_enum, value_name = "MEASURE")]
    measures: Vec<Measure>,
    /// The beginning of the period of the overview, conversion, balance, outcomes, competitors and loss reasons [default:
    /// of the overview twelve months before the end, otherwise none]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// The end of that period (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Follow the deals that entered the first stage from then on
    #[arg(long, value_name = "TIME", requires = "cohort_to")]
    cohort_from: Option<String>,
    /// … until then (a date: with that day)
    #[arg(long, value_name = "TIME", requires = "cohort_from")]
    cohort_to: Option<String>,
    /// How long each deal of the cohort is followed
    #[arg(long, default_value = "90d", value_name = "LENGTH", value_parser = moment::length, requires = "cohort_from")]
    window: SignedDuration,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// The parts of a funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// What is open, won and lost: a line a pipeline
    Overview,
    /// Open deals by stage
    Snapshot,
    /// From stage to stage
    Conversion,
    /// One cohort, step by step
    Cohort,
    /// What entered and left each stage
    Balance,
    /// How long deals stay
    TimeInStage,
    /// Won and lost, cycle, velocity
    Outcomes,
    /// Against whom
    Competitors,
    /// Why lost
    LossReasons,
    /// Before the deal
    Leads,
}

impl From<Measure> for FunnelMeasure {
    fn from(measure: Measure) -> Self {
        match measure {
            Measure::Overview => Self::Overview,
            Measure::Snapshot => Self::Snapshot,
            Measure::Conversion => Self::Conversion,
            Measure::Cohort => Self::Cohort,
            Measure::Balance => Self::Balance,
            Measure::TimeInStage => Self::TimeInStage,
            Measure::Outcomes => Self::Outcomes,
            Measure::Competitors => Self::Competitors,
            Measure::LossReasons => Self::LossReasons,
            Measure::Leads => Self::Leads,
        }
    }
}

/// Prints the funnel, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: FunnelArgs) -> anyhow::Result<()> {
    // The server answers it with nothing: a cohort needs a period, and no default would suit everybody.
    if args.measures.contains(&Measure::Cohort) && args.cohort_from.is_none() {
        anyhow::bail!(
            "--measure cohort: give the period in which its deals entered the first stage, with --cohort-from and \
             --cohort-to"
        );
    }
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked(shared, &args.measures, figure.as_ref());
    let mut request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Funnel(request), figure).await;
    }
    if is_headline {
        let measures = [FunnelMeasure::Overview, FunnelMeasure::Snapshot];
        let cohort = request.cohort.map(|_| FunnelMeasure::Cohort);
        request.measures = measures.into_iter().chain(cohort).map(i32::from).collect();
    }
    let answer = whole::funnel(&asking.client, request.clone()).await?;
    let headline = is_headline.then_some(&HEADLINE);
    print_answer::<Funnel>(shared.output, &request, &answer, &asking.zone, headline)
}

/// What is open, won and lost.
const HEADLINE: Headline = Headline {
    shape: stages_of_one,
    more: "more: --measure snapshot, conversion, balance, time-in-stage, outcomes, competitors, loss-reasons or leads; \
           --cohort-from and --cohort-to; --pipeline CODE",
};

/// A single pipeline has room for its stages.
fn stages_of_one(page: &mut Page) {
    let with_stages = page.grids.iter().filter(|grid| grid.key == "snapshot" && !grid.is_empty()).count();
    page.grids.retain(|grid| grid.key != "snapshot" || with_stages == 1);
}

fn request(shared: &Shared, asking: &Asking, args: FunnelArgs) -> anyhow::Result<FunnelRequest> {
    let zone = asking.zone.time_zone();
    let cohort = if args.cohort_from.is_some() {
        Some(Cohort {
            from: moment::since(args.cohort_from.as_deref(), "--cohort-from", zone)?,
            to: moment::before(args.cohort_to.as_deref(), "--cohort-to", zone)?,
            window: Some(prost_types::Duration {
                seconds: args.window.as_secs(),
                nanos: args.window.subsec_nanos(),
            }),
        })
    } else {
        None
    };
    Ok(FunnelRequest {
        time: asking.time(shared, &args.fresh)?,
        pipeline: args.pipeline.unwrap_or_default(),
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        cohort,
        page_token: String::new(),
        page: false,
        measures: args.measures.into_iter().map(|measure| FunnelMeasure::from(measure).into()).collect(),
    })
}
