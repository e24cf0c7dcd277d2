//! `rapport customers`: the customers that fulfil a condition.

use clap::Args;
use rapport_proto::v1::{CustomersRequest, figure_events_request::View};
use rapport_views::model::Customers;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::SinceArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 20;
/// Everybody, those with the highest revenue first.
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --where 'abc = A and silence > 60d'; --show level,nps,region; --sort silence,-revenue; --rows 50; \
           --output csv has every row; `rapport customers --help` lists the fields",
};

/// The flags of `rapport customers`.
#[derive(Debug, Args)]
#[command(after_help = "\
Fields: abc, xyz, segment (of RFM), level (of the pyramid), lifecycle, role, owner (or owner.ROLE), kind, country, language, \
currency; revenue, purchases, profit and margin of the last twelve months; last_purchase, recency, last_contact, silence, \
strength, nps; open_deals, open_value, white_space; owed, overdue; alive (the chance that they still buy); consent.PURPOSE or \
consent.PURPOSE.CHANNEL; and every segment attribute by its key.

Values: a word, or a text between quotation marks; amounts with their currency (1500 EUR), lengths of time (60d, 8w, 3m, 2y), \
days (2026-01-31). Parts are joined by and, or, not and brackets; a field can be `in (A, B)`, `is known` or `is not known`.

What is not known of a customer is neither less nor more than anything: the list says whom it leaves out by that.

Examples:
  rapport customers --where 'abc = A and silence > 60d and region = Riga'
  rapport customers --where 'overdue > 500 EUR' --show owed,overdue,last_contact --sort -overdue
  rapport customers --where 'abc = A and alive < 0.5' --show profit --sort alive
  rapport customers --where 'consent.marketing.email = granted and region = Riga'
  rapport customers --where 'level in (top, large) and (nps <= 6 or nps is not known)'
  rapport customers --where 'last_purchase < 2025-07-01' --as-of 2025-12-31 --output csv")]
pub(crate) struct CustomersArgs {
    /// Which ones [default: everybody]
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,
    /// Fields beside those of the condition, with commas between them [default: revenue, last_purchase and last_contact]
    #[arg(long = "show", value_name = "FIELDS", value_delimiter = ',')]
    fields: Vec<String>,
    /// Fields to order by, with commas between them; `-` before one: the highest first [default: -revenue]
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', allow_hyphen_values = true)]
    sort: Vec<String>,
    /// Also suppliers, partners, employees and contacts: the field `role` tells them apart
    #[arg(long)]
    everybody: bool,
    #[command(flatten)]
    purchases: SinceArgs,
    /// Rows shown at most [default: 20 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints the list, or what one of its figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: CustomersArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let asked: Vec<&String> = args.condition.iter().chain(&args.fields).chain(&args.sort).collect();
    let is_headline = Headline::is_asked(shared, &asked, figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Customers(request), figure).await;
    }
    let answer = whole::customers(&asking.client, request.clone()).await?;
    print_answer::<Customers>(
        shared.output,
        &request,
        &answer,
        &asking.zone,
        is_headline.then_some(&HEADLINE),
    )
}

fn request(shared: &Shared, asking: &Asking, args: CustomersArgs) -> anyhow::Result<CustomersRequest> {
    let period_from = args.purchases.from(&asking.zone)?;
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    let trimmed = |names: Vec<String>| names.into_iter().map(|name| name.trim().to_owned()).collect();
    Ok(CustomersRequest {
        time: asking.time(shared, &args.fresh)?,
        condition: args.condition.unwrap_or_default(),
        fields: trimmed(args.fields),
        sort: trimmed(args.sort),
        period_from,
        currency: args.purchases.currency(),
        purchases_from: args.purchases.purchases(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
        everybody: args.everybody,
    })
}
