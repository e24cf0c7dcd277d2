//! `rapport contacts`: contacts with customers.

use clap::{Args, ValueEnum};
use rapport_proto::v1::{ContactsRequest, contacts_request, figure_events_request::View};
use rapport_views::model::Contacts;

use super::{
    figure::{self, FigureArgs},
    model::{Headline, print_answer},
    purchase_args::SourceArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{moment, shared_args::Shared, show::Output};

/// Rows of a table, unless it is told.
const ROWS: u32 = 10;
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --by channel, purpose, approach, initiative, place, staff, role, department, branch, month or class; --figure silence/longer_than_usual; --from 2026-01-01; --rows 50",
};

/// The flags of `rapport contacts`.
#[derive(Debug, Args)]
#[command(after_help = "\
A contact is a call, a message, a meeting or a visit. Both sides take part in a call that is reached, a message from the customer, \
a meeting that took place and a visit in person.

Examples:
  rapport contacts
  rapport contacts --by staff
  rapport contacts --by month --from 2025-01-01
  rapport contacts --figure silence/longer_than_promised")]
pub(crate) struct ContactsArgs {
    /// What contacts are compared by
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = By::Kind)]
    by: By,
    /// Contacts that occurred then or later (a date: from that day on) [default: twelve months before the end]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Contacts that occurred before then (a date: with that day)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Rows shown at most [default: 10 in a table, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// What contacts have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Call, message, meeting or visit
    Kind,
    /// How it came
    Channel,
    /// What it was for
    Purpose,
    /// The approach taken
    Approach,
    /// The initiative it belongs to
    Initiative,
    /// Where it was
    Place,
    /// Who of the organisation took part
    Staff,
    /// In which role
    Role,
    /// Of which department
    Department,
    /// Of which branch
    Branch,
    /// The month
    Month,
    /// The ABC class of the customer
    Class,
}

/// Prints contacts, or what one of their figures counts.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: ContactsArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let figure = args.figure.figure.clone();
    let is_headline = Headline::is_asked::<()>(shared, &[], figure.as_ref());
    let request = request(shared, &asking, args)?;
    if let Some(figure) = figure {
        return figure::run(shared, &asking, View::Contacts(request), figure).await;
    }
    let answer = whole::contacts(&asking.client, request.clone()).await?;
    print_answer::<Contacts>(shared.output, &request, &answer, &asking.zone, is_headline.then_some(&HEADLINE))
}

fn request(shared: &Shared, asking: &Asking, args: ContactsArgs) -> anyhow::Result<ContactsRequest> {
    let zone = asking.zone.time_zone();
    let by = match args.by {
        By::Kind => contacts_request::By::Kind,
        By::Channel => contacts_request::By::Channel,
        By::Purpose => contacts_request::By::Purpose,
        By::Approach => contacts_request::By::Approach,
        By::Initiative => contacts_request::By::Initiative,
        By::Place => contacts_request::By::Place,
        By::Staff => contacts_request::By::Staff,
        By::Role => contacts_request::By::Role,
        By::Department => contacts_request::By::Department,
        By::Branch => contacts_request::By::Branch,
        By::Month => contacts_request::By::Month,
        By::Class => contacts_request::By::Class,
    };
    let shown = match shared.output {
        Output::Table => ROWS,
        Output::Json | Output::Csv => 0,
    };
    Ok(ContactsRequest {
        time: asking.time(shared, &args.fresh)?,
        period_from: moment::since(args.from.as_deref(), "--from", zone)?,
        period_to: moment::before(args.to.as_deref(), "--to", zone)?,
        by: by.into(),
        page_size: args.rows.unwrap_or(shown),
        page_token: String::new(),
        page: false,
        purchases_from: args.source.purchases(),
    })
}
