//! `rapport retention`: who stays, leaves and comes back.

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use rapport_model::{Decimal, currency_exponent};
use rapport_proto::v1::{
    self, RetentionMeasure, RetentionRequest,
    figure_events_request::View,
    retention_request::{WhatIf, what_if::Move},
};
use rapport_views::model::Retention;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::PurchaseArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 10;
/// What the headline is made of.
const FIRST: [RetentionMeasure; 3] =
    [RetentionMeasure::Overview, RetentionMeasure::Contracts, RetentionMeasure::Alerts];
/// Who stays, and who may be about to leave.
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --measure gaps, cohorts, survival or what-if; --every quarter; --inactive-days 90; --rows 50; --output csv has \
           every row",
};

/// The flags of `rapport retention`.
#[derive(Debug, Args)]
#[command(after_help = "\
A customer is inactive when its last purchase is longer ago than --inactive-days, or than three times its usual gap where that is longer.

What if: 5 % more retention can be 5 points (80 % to 85 %) or 5 % less churn (20 % to 19 %). Both are shown; --by says which you mean.

Examples:
  rapport retention
  rapport retention --measure cohorts --every quarter --from 2024-01-01
  rapport retention --measure contracts --measure survival
  rapport retention --measure what-if --retention 0.8 --change 5 --by points
  rapport retention --measure gaps --from 2026-01-01
  rapport retention --measure alerts --rows 50")]
pub(crate) struct RetentionArgs {
    /// Only these measures; give it several times for several [default: all]
    #[arg(long = "measure", value_enum, value_name = "MEASURE")]
    measures: Vec<Measure>,
    #[command(flatten)]
    purchases: PurchaseArgs,
    /// Inactive is who has not bought for more days than this, unless its usual gap is longer [default: 180]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    inactive_days: Option<u32>,
    /// Cohorts are customers whose first purchase was in one period of this length
    #[arg(long, value_enum, value_name = "PERIOD", default_value_t = Every::Month)]
    every: Every,
    /// Alerts shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    /// Gaps: whose targets, the code of their definition [default: default]
    #[arg(long, value_name = "CODE")]
    targets: Option<String>,
    #[command(flatten)]
    what_if: WhatIfArgs,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What is compared with what.
#[derive(Debug, Args)]
struct WhatIfArgs {
    /// What if: the share that stays, such as 0.8 [default: measured in the period]
    #[arg(long, value_name = "SHARE")]
    retention: Option<f64>,
    /// What if: how many percent better; below 0: worse [default: 5]
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    change: Option<f64>,
    /// What if: what the percent are of [default: both are shown]
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<By>,
    /// What if: what money is worth less a period later, such as 0.1 [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    discount: Option<f64>,
    /// What if: what a customer is worth in a period, such as 120.50; with --currency [default: the period's mean]
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    mean: Option<String>,
}

/// The parts of retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Who stayed, left, came back and is new
    Overview,
    /// Contracts that ended
    Contracts,
    /// Customers by their first purchase, period after period
    Cohorts,
    /// How long contracts last
    Survival,
    /// What more retention is worth
    WhatIf,
    /// Valuable customers who may be about to leave
    Alerts,
    /// What was aimed at, and what is missing of it
    Gaps,
}

/// The periods of cohorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Every {
    /// From Monday on
    Week,
    /// By the calendar
    Month,
    /// By the calendar
    Quarter,
    /// By the calendar
    Year,
}

/// What is moved by some percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Retention goes up by percentage points: 80 % to 85 %
    Points,
    /// Churn goes down by a part of itself: 20 % to 19 %
    Relative,
}

/// Prints retention, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: RetentionArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked(shared, &args.measures, figure.as_ref());
    let mut request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Retention(request), figure).await;
    }
    if is_headline {
        request.measures = FIRST.map(Into::into).to_vec();
    }
    let answer = whole::retention(&asking.client, request.clone()).await?;
    let headline = is_headline.then_some(&HEADLINE);
    print_answer::<Retention>(shared.output, &request, &answer, &asking.zone, headline)
}

fn request(shared: &Shared, asking: &Asking, args: RetentionArgs) -> anyhow::Result<RetentionRequest> {
    let (period_from, period_to) = args.purchases.period(&asking.zone)?;
    let measure = |measure| match measure {
        Measure::Overview => RetentionMeasure::Overview,
        Measure::Contracts => RetentionMeasure::Contracts,
        Measure::Cohorts => RetentionMeasure::Cohorts,
        Measure::Survival => RetentionMeasure::Survival,
        Measure::WhatIf => RetentionMeasure::WhatIf,
        Measure::Alerts => RetentionMeasure::Alerts,
        Measure::Gaps => RetentionMeasure::Gaps,
    };
    let every = match args.every {
        Every::Week => v1::Every::Week,
        Every::Month => v1::Every::Month,
        Every::Quarter => v1::Every::Quarter,
        Every::Year => v1::Every::Year,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    let currency = args.purchases.currency();
    Ok(RetentionRequest {
        time: asking.time(shared, &args.fresh)?,
        measures: args.measures.into_iter().map(|wanted| measure(wanted).into()).collect(),
        period_from,
        period_to,
        purchases_from: args.purchases.purchases(),
        inactive_days: args.inactive_days.unwrap_or(0),
        every: every.into(),
        what_if: Some(what_if(args.what_if, &currency)?),
        currency,
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
        targets: args.targets.unwrap_or_default(),
    })
}

fn what_if(args: WhatIfArgs, currency: &str) -> anyhow::Result<WhatIf> {
    let meant = match args.by {
        None => Move::Unspecified,
        Some(By::Points) => Move::Points,
        Some(By::Relative) => Move::Relative,
    };
    let mean = args.mean.as_deref();
    if mean.is_some() && currency.is_empty() {
        bail!("--mean needs the currency of the amount; give --currency as well");
    }
    let mean_minor_units = mean.map(|amount| minor_units(amount, currency)).transpose()?;
    Ok(WhatIf {
        retention: args.retention,
        discount: args.discount,
        currency: mean.map(|_| currency.to_owned()).unwrap_or_default(),
        mean_minor_units,
        change: args.change,
        r#move: meant.into(),
    })
}

/// An amount of the command line in minor units of its currency.
fn minor_units(amount: &str, currency: &str) -> anyhow::Result<i64> {
    let scale = currency_exponent(currency).with_context(|| {
        format!("--currency: expected a currency by its code in ISO 4217, such as `EUR`, found `{currency}`")
    })?;
    let number: Decimal = amount.parse().with_context(|| format!("--mean `{amount}`"))?;
    if number.scale > scale {
        bail!(
            "--mean: expected at most `{scale}` decimals, as {currency} has, found `{amount}`; give it rounded",
        );
    }
    let minor_units = number.rounded(scale).map(|number| number.units);
    minor_units.with_context(|| format!("--mean `{amount}` is more than 64 bits of minor units"))
}
