//! `rapport channels`: which channels and campaigns bring purchases, and what they cost.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{AttributionModel, ChannelsRequest, channels_request, figure_events_request::View};
use rapport_views::model::Channels;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::PurchaseArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{shared_args::Shared, show::Output};

/// Campaigns of a table, unless it is told.
const ROWS: u32 = 10;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --measure models, spend or campaigns; --by campaign; --conversions all; --model markov; --from 2026-01-01; --output csv has every row",
};

/// The flags of `rapport channels`.
#[derive(Debug, Args)]
#[command(after_help = "\
A touchpoint is a contact, a reaction to a campaign or a lead that opened. Those in the look-back before a purchase, and after the customer's purchase before it, share the credit for it. What has no touchpoint is a row of its own.

Model and look-back are those of the definition `attribution`: last touchpoint and 90 days where none is published.

Examples:
  rapport channels
  rapport channels --measure models --conversions all
  rapport channels --by campaign --model time-decay --half-life-days 3.5
  rapport channels --measure campaigns --rows 50
  rapport channels --figure credits/EUR/web/conversions")]
pub(crate) struct ChannelsArgs {
    /// Only these parts; give it several times for several [default: all in JSON and CSV]
    #[arg(long = "measure", value_enum, value_name = "MEASURE")]
    measures: Vec<Measure>,
    /// To what credit goes
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Channel)]
    by: By,
    /// Which purchases are credited
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Conversions::First)]
    conversions: Conversions,
    /// How credit is divided [default: as the definition says]
    #[arg(long, value_enum, value_name = "MODEL")]
    model: Option<Model>,
    /// Touchpoints of so many days before the purchase have credit [default: as the definition says]
    #[arg(long, value_name = "N")]
    lookback_days: Option<u32>,
    /// With time-decay, a touchpoint so many days earlier has half the credit [default: as the definition says]
    #[arg(long, value_name = "N")]
    half_life_days: Option<f64>,
    /// The code of the definition `attribution` [default: default]
    #[arg(long, value_name = "CODE")]
    definition: Option<String>,
    #[command(flatten)]
    purchases: PurchaseArgs,
    /// Campaigns shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// The parts of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Conversions, credit and what a conversion costs
    Attribution,
    /// The credit of every model
    Models,
    /// What was spent, and what a customer costs by quarter
    Spend,
    /// Whom campaigns reached, who responded, and control groups
    Campaigns,
}

/// To what credit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The channel
    Channel,
    /// The campaign; touchpoints that name none do not count
    Campaign,
}

/// Which purchases are credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Conversions {
    /// The first of each customer
    First,
    /// All of them
    All,
}

/// How credit is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Model {
    /// All to the first touchpoint
    First,
    /// All to the last one
    Last,
    /// The same to each
    Linear,
    /// 40 % to the first, 40 % to the last
    UShaped,
    /// More to the later ones
    TimeDecay,
    /// By what is lost without it
    Markov,
}

/// Prints channels, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, mut args: ChannelsArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked(shared, &args.measures, figure.as_ref());
    if is_headline {
        args.measures.push(Measure::Attribution);
    }
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Channels(request), figure).await;
    }
    let answer = whole::channels(&asking.client, request.clone()).await?;
    print_answer::<Channels>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: ChannelsArgs) -> anyhow::Result<ChannelsRequest> {
    let (period_from, period_to) = args.purchases.period(&asking.zone)?;
    let measure = |measure| match measure {
        Measure::Attribution => channels_request::Measure::Attribution,
        Measure::Models => channels_request::Measure::Models,
        Measure::Spend => channels_request::Measure::Spend,
        Measure::Campaigns => channels_request::Measure::Campaigns,
    };
    let by = match args.by {
        By::Channel => channels_request::By::Channel,
        By::Campaign => channels_request::By::Campaign,
    };
    let conversions = match args.conversions {
        Conversions::First => channels_request::Conversions::First,
        Conversions::All => channels_request::Conversions::All,
    };
    let model = args.model.map_or(AttributionModel::Unspecified, |model| match model {
        Model::First => AttributionModel::First,
        Model::Last => AttributionModel::Last,
        Model::Linear => AttributionModel::Linear,
        Model::UShaped => AttributionModel::UShaped,
        Model::TimeDecay => AttributionModel::TimeDecay,
        Model::Markov => AttributionModel::Markov,
    });
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ChannelsRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from,
        period_to,
        purchases_from: args.purchases.purchases(),
        currency: args.purchases.currency(),
        by: by.into(),
        conversions: conversions.into(),
        model: model.into(),
        lookback_days: args.lookback_days,
        half_life_days: args.half_life_days,
        definition: args.definition.unwrap_or_default(),
        measures: args.measures.into_iter().map(|wanted| measure(wanted).into()).collect(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
    })
}
