//! `rapport classes`: who buys and what sells, in classes.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{ClassesMeasure, ClassesRequest, classes_request, figure_events_request::View};
use rapport_views::model::Classes;

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
/// By value, and those with the highest value.
const HEADLINE: Headline = Headline {
    shape: |page| page.grids.retain(|grid| !["xyz", "rfm"].contains(&grid.key)),
    more: "more: --by product; --value margin; --measure abc, xyz, rfm or purchases; --class A; --rows 50; --every quarter; --output csv \
           has every row",
};

/// The flags of `rapport classes`.
#[derive(Debug, Args)]
#[command(after_help = "\
ABC: A makes the first 80 % of the value, B the next 15 %. XYZ: purchases a period vary by up to 10 % (X), 25 % (Y) or more.

RFM: recency, frequency and value, 1 to 5 each, and segments. A definition of kind abc, xyz or rfm moves the borders.

Examples:
  rapport classes
  rapport classes --by product --measure abc
  rapport classes --value margin --class A
  rapport classes --class champions --rows 50
  rapport classes --from 2026-01-01 --to 2026-06-30 --every week --output csv")]
pub(crate) struct ClassesArgs {
    /// What is put into classes
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Customer)]
    by: By,
    /// What the value of a customer is
    #[arg(long, value_enum, value_name = "VALUE", default_value_t = Value::Revenue)]
    value: Value,
    /// Only these measures; give it several times for several [default: all]
    #[arg(long = "measure", value_enum, value_name = "MEASURE")]
    measures: Vec<Measure>,
    #[command(flatten)]
    purchases: PurchaseArgs,
    /// XYZ compares periods of this length
    #[arg(long, value_enum, value_name = "PERIOD", default_value_t = Every::Month)]
    every: Every,
    /// Only rows of this class, such as A, X or champions
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// Rows shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What is put into classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Customers
    Customer,
    /// Products
    Product,
}

/// What value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Value {
    /// What was charged
    Revenue,
    /// The same less costs and concessions
    Margin,
}

/// The ways to make classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// By the share of the value
    Abc,
    /// By how even purchases are
    Xyz,
    /// By recency, frequency and value
    Rfm,
    /// How often and for how much, without classes
    Purchases,
}

/// The periods that XYZ compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Every {
    /// From Monday on
    Week,
    /// By the calendar
    Month,
    /// By the calendar
    Quarter,
}

/// Prints classes, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: ClassesArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked(shared, &args.measures, figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Classes(request), figure).await;
    }
    let answer = whole::classes(&asking.client, request.clone()).await?;
    print_answer::<Classes>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: ClassesArgs) -> anyhow::Result<ClassesRequest> {
    let (period_from, period_to) = args.purchases.period(&asking.zone)?;
    let by = match args.by {
        By::Customer => classes_request::By::Customer,
        By::Product => classes_request::By::Product,
    };
    let every = match args.every {
        Every::Week => classes_request::Every::Week,
        Every::Month => classes_request::Every::Month,
        Every::Quarter => classes_request::Every::Quarter,
    };
    let measure = |measure| match measure {
        Measure::Abc => ClassesMeasure::Abc,
        Measure::Xyz => ClassesMeasure::Xyz,
        Measure::Rfm => ClassesMeasure::Rfm,
        Measure::Purchases => ClassesMeasure::Purchases,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ClassesRequest {
        time: asking.time(shared, &args.fresh)?,
        by: by.into(),
        measures: args.measures.into_iter().map(|wanted| measure(wanted).into()).collect(),
        period_from,
        period_to,
        every: every.into(),
        currency: args.purchases.currency(),
        only_class: args.class.unwrap_or_default(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
        purchases_from: args.purchases.purchases(),
        value: match args.value {
            Value::Revenue => classes_request::Value::Revenue,
            Value::Margin => classes_request::Value::Margin,
        }
        .into(),
    })
}
