//! `rapport pyramid`: who brings most of the revenue, who moved, who can step up.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{PyramidLevel, PyramidMeasure, PyramidRequest, figure_events_request::View};
use rapport_views::model::Pyramid;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::PurchaseArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{
    moment,
    shared_args::Shared,
    show::{Output, Zone},
};

/// Rows of a table, unless it is told.
const ROWS: u32 = 10;
/// The levels, and how customers moved.
const HEADLINE: Headline = Headline {
    shape: |page| page.grids.retain(|grid| ["levels", "moves"].contains(&grid.key)),
    more: "more: --measure migration, candidates, customers or market; --level top; --rows 50; --compared-with 2025-12-31; --output \
           csv has every row",
};

/// The flags of `rapport pyramid`.
#[derive(Debug, Args)]
#[command(after_help = "\
Of those who bought in twelve months, by revenue: the first 1 % are top, up to 5 % large, up to 20 % medium, the others small.

Inactive bought before that. Prospects were in contact or have an offer, suspects are known alone: both bought nothing.

Examples:
  rapport pyramid
  rapport pyramid --measure migration --compared-with 2025-12-31
  rapport pyramid --measure candidates --level medium --within 0.1
  rapport pyramid --level top --rows 50
  rapport pyramid --measure market")]
pub(crate) struct PyramidArgs {
    /// Only these parts; give it several times for several [default: all; with --level: customers]
    #[arg(long = "measure", value_enum, value_name = "MEASURE")]
    measures: Vec<Measure>,
    #[command(flatten)]
    purchases: PurchaseArgs,
    /// The earlier moment that levels are compared with [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    compared_with: Option<String>,
    /// Who can step up: at most this share below the next level [default: 0.25]
    #[arg(long, value_name = "SHARE")]
    within: Option<f64>,
    /// Only candidates and customers of this level
    #[arg(long, value_enum, value_name = "LEVEL")]
    level: Option<Level>,
    /// Rows shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// The parts of a pyramid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// What each level is and brings
    Levels,
    /// Who was on which level before
    Migration,
    /// Who can step up
    Candidates,
    /// The customers of the levels
    Customers,
    /// How many possible customers the markets have
    Market,
}

/// The levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    /// The first 1 % by revenue
    Top,
    /// Up to 5 %
    Large,
    /// Up to 20 %
    Medium,
    /// All others who bought in the period
    Small,
    /// Bought before the period, and not in it
    Inactive,
    /// Bought nothing, in contact or with an offer
    Prospect,
    /// Bought nothing, known alone
    Suspect,
}

/// Prints a pyramid, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, mut args: PyramidArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    if args.level.is_some() && args.measures.is_empty() && figure.is_none() && shared.output == Output::Table
    {
        args.measures.push(Measure::Customers);
    }
    let is_headline = Headline::is_asked(shared, &args.measures, figure.as_ref());
    if is_headline {
        args.measures.extend([Measure::Levels, Measure::Migration]);
    }
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Pyramid(request), figure).await;
    }
    let answer = whole::pyramid(&asking.client, request.clone()).await?;
    print_answer::<Pyramid>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: PyramidArgs) -> anyhow::Result<PyramidRequest> {
    let zone: &Zone = &asking.zone;
    let (period_from, period_to) = args.purchases.period(zone)?;
    let measure = |measure| match measure {
        Measure::Levels => PyramidMeasure::Levels,
        Measure::Migration => PyramidMeasure::Migration,
        Measure::Candidates => PyramidMeasure::Candidates,
        Measure::Customers => PyramidMeasure::Customers,
        Measure::Market => PyramidMeasure::Market,
    };
    let level = args.level.map_or(PyramidLevel::Unspecified, |level| match level {
        Level::Top => PyramidLevel::Top,
        Level::Large => PyramidLevel::Large,
        Level::Medium => PyramidLevel::Medium,
        Level::Small => PyramidLevel::Small,
        Level::Inactive => PyramidLevel::Inactive,
        Level::Prospect => PyramidLevel::Prospect,
        Level::Suspect => PyramidLevel::Suspect,
    });
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(PyramidRequest {
        time: asking.time(shared, &args.fresh)?,
        measures: args.measures.into_iter().map(|wanted| measure(wanted).into()).collect(),
        period_from,
        period_to,
        purchases_from: args.purchases.purchases(),
        currency: args.purchases.currency(),
        compared_with: moment::until(args.compared_with.as_deref(), "--compared-with", zone.time_zone())?,
        within: args.within,
        level: level.into(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
