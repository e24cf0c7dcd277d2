//! `rapport scores`: what responses say, group by group.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{ScoresRequest, figure_events_request::View, scores_request};
use rapport_views::model::Scores;

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
    more: "more: --by staff, branch, product, channel, tier, wave, survey, question, month, quarter or tag:KEY, two at once too; --responses latest; --rolling 90; --rows 50; --output csv has every group with its distribution",
};

/// The flags of `rapport scores`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every response counts, unless --responses latest asks for the latest of each customer, question and wave. Intervals are 95 %.

Examples:
  rapport scores
  rapport scores --instrument csat --by branch
  rapport scores --by tag:agent --by month --from 2026-01-01
  rapport scores --by staff --rolling 90
  rapport scores --figure row/csat//riga/negative --by branch")]
pub(crate) struct ScoresArgs {
    /// One instrument [default: all]
    #[arg(long, value_enum, value_name = "INSTRUMENT")]
    instrument: Option<Instrument>,
    /// Only this survey
    #[arg(long, value_name = "ID")]
    survey: Option<String>,
    /// Only this question
    #[arg(long, value_name = "CODE")]
    question: Option<String>,
    /// Only this wave
    #[arg(long, value_name = "WAVE")]
    wave: Option<String>,
    /// Only responses given then or later (a date: from its beginning)
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only responses given before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Which responses count
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Responses::All)]
    responses: Responses,
    /// One row a group: product, channel, staff, branch, tier, wave, survey, question, month, quarter, or the key of a tag as tag:agent; twice for two at once
    #[arg(long, value_name = "GROUP")]
    by: Vec<String>,
    /// With a series of the scores of so many days, month by month
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_660))]
    rolling: Option<u32>,
    /// Rows shown at most [default: 20 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What is asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Instrument {
    /// Net promoter score
    Nps,
    /// Share of the satisfied
    Csat,
    /// Customer effort
    Ces,
    /// The organisation's own
    Custom,
}

/// Which responses count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Responses {
    /// Every one
    All,
    /// The latest of each customer, question and wave
    Latest,
}

/// Prints scores, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: ScoresArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Scores(request), figure).await;
    }
    let answer = whole::scores(&asking.client, request.clone()).await?;
    print_answer::<Scores>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: ScoresArgs) -> anyhow::Result<ScoresRequest> {
    let zone = asking.zone.time_zone();
    let instrument = match args.instrument {
        None => "",
        Some(Instrument::Nps) => "nps",
        Some(Instrument::Csat) => "csat",
        Some(Instrument::Ces) => "ces",
        Some(Instrument::Custom) => "custom",
    };
    let responses = match args.responses {
        Responses::All => scores_request::Responses::All,
        Responses::Latest => scores_request::Responses::Latest,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ScoresRequest {
        time: asking.time(shared, &args.fresh)?,
        instrument: instrument.to_owned(),
        survey_id: args.survey.unwrap_or_default(),
        question: args.question,
        wave: args.wave.unwrap_or_default(),
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        responses: responses.into(),
        by: args.by,
        rolling_days: args.rolling.unwrap_or(0),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
