//! `rapport satisfaction`: what customers say, with the uncertainty of it.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{
    SatisfactionMeasure, SatisfactionRequest, figure_events_request::View, satisfaction_request,
};
use rapport_views::model::Satisfaction;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{moment, shared_args::Shared};

/// The flags of `rapport satisfaction`.
#[derive(Debug, Args)]
#[command(after_help = "\
Of a customer, question and wave only the latest response counts. Intervals are 95 %.

Examples:
  rapport satisfaction                                       what they say now
  rapport satisfaction --measure trend --measure rolling     … and how it changes
  rapport satisfaction --instrument nps --group-by branch
  rapport satisfaction --from 2026-01-01 --to 2026-03-31 --companies
  rapport satisfaction --as-of 2025-12-31 --known-at 2025-12-31 --output json")]
pub(crate) struct SatisfactionArgs {
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
    /// One row a group
    #[arg(long, value_enum, value_name = "GROUP")]
    group_by: Option<GroupBy>,
    /// Only these parts [default: scores in tables, all in JSON and CSV]
    #[arg(long = "measure", value_enum, value_name = "MEASURE")]
    measures: Vec<Measure>,
    /// With the score of each company: the mean of its contacts' means
    #[arg(long)]
    companies: bool,
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

/// What responses are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GroupBy {
    /// The product the response is about
    Product,
    /// The channel it came by
    Channel,
    /// Who it is about
    Staff,
    /// Their branch
    Branch,
    /// The customer's tier
    Tier,
    /// The wave
    Wave,
}

impl From<GroupBy> for satisfaction_request::GroupBy {
    fn from(group: GroupBy) -> Self {
        match group {
            GroupBy::Product => Self::Product,
            GroupBy::Channel => Self::Channel,
            GroupBy::Staff => Self::Staff,
            GroupBy::Branch => Self::Branch,
            GroupBy::Tier => Self::Tier,
            GroupBy::Wave => Self::Wave,
        }
    }
}

/// The parts of satisfaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Scores, who answered, and what they had expected
    Scores,
    /// From wave to wave
    Trend,
    /// The last 90 days, month by month
    Rolling,
    /// Importance and performance
    Attributes,
    /// Companies: the mean of their contacts' means
    Companies,
}

impl From<Measure> for SatisfactionMeasure {
    fn from(measure: Measure) -> Self {
        match measure {
            Measure::Scores => Self::Scores,
            Measure::Trend => Self::Trend,
            Measure::Rolling => Self::Rolling,
            Measure::Attributes => Self::Attributes,
            Measure::Companies => Self::Companies,
        }
    }
}

/// The scores: what customers say now.
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --measure trend, rolling, attributes or companies; --group-by branch, staff, product, channel, tier or \
           wave; --from and --to for a period",
};

/// Prints satisfaction, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: SatisfactionArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked(shared, &args.measures, figure.as_ref());
    let mut request = request(shared, &asking, args)?;
    if is_headline {
        request.measures.push(SatisfactionMeasure::Scores.into());
        request.measures.extend(request.companies.then_some(i32::from(SatisfactionMeasure::Companies)));
    }
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Satisfaction(request), figure).await;
    }
    let answer = whole::satisfaction(&asking.client, request.clone()).await?;
    let headline = is_headline.then_some(&HEADLINE);
    print_answer::<Satisfaction>(shared.output, &request, &answer, &asking.zone, headline)
}

fn request(shared: &Shared, asking: &Asking, args: SatisfactionArgs) -> anyhow::Result<SatisfactionRequest> {
    let zone = asking.zone.time_zone();
    let instrument = args.instrument.map(|instrument| match instrument {
        Instrument::Nps => "nps",
        Instrument::Csat => "csat",
        Instrument::Ces => "ces",
        Instrument::Custom => "custom",
    });
    Ok(SatisfactionRequest {
        time: asking.time(shared, &args.fresh)?,
        instrument: instrument.unwrap_or_default().to_owned(),
        survey_id: args.survey.unwrap_or_default(),
        question: args.question,
        wave: args.wave.unwrap_or_default(),
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        group_by: args.group_by.map_or(0, |group| satisfaction_request::GroupBy::from(group).into()),
        companies: args.companies,
        measures: args
            .measures
            .into_iter()
            .map(|measure| SatisfactionMeasure::from(measure).into())
            .collect(),
        page_token: String::new(),
        page: false,
    })
}
