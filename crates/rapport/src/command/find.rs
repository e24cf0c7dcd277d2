//! `rapport find`: who is meant.

use clap::Args;
use rapport_proto::v1::FindRequest;
use rapport_views::model::Find;

use super::{
    model::{Headline, print_answer},
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::shared_args::Shared;

/// What the table is followed by.
const HEADLINE: Headline = Headline {
    shape: |_| {},
    more: "more: --rows 100; rapport timeline CUSTOMER has everything about one; --output json has every reason and the contacts",
};

/// The flags of `rapport find`.
#[derive(Debug, Args)]
#[command(after_help = "\
Case, accents and the writing of numbers do not matter. Words may be in any order, and each may be the beginning of one. Where nobody matches, names with a letter wrong are looked for. Merged ids are one party.

The answer holds personal data: the server lets in who may read timelines.

Examples:
  rapport find 4711
  rapport find janis berzins
  rapport find '+371 67 123 456'
  rapport find 67123456 --as-of 2025-12-31
  rapport find info@example.com --output json")]
pub(crate) struct FindArgs {
    /// An id, a telephone number, an e-mail address or its beginning, a registration number, or words of a name
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
    /// Parties shown at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    rows: u32,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints who may be meant.
///
/// # Errors
/// The server's.
pub(crate) async fn run(shared: &Shared, args: FindArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let request = FindRequest {
        time: asking.time(shared, &args.fresh)?,
        text: args.text.join(" "),
        page_size: args.rows,
        page_token: String::new(),
        page: false,
    };
    let answer = whole::find(&asking.client, request.clone()).await?;
    let headline = Headline::is_asked::<()>(shared, &[], None).then_some(&HEADLINE);
    print_answer::<Find>(shared.output, &request, &answer, &asking.zone, headline)
}
