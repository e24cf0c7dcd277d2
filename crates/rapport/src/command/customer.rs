//! `rapport customer`: one customer at a glance.

use anyhow::anyhow;
use clap::Args;
use rapport_proto::v1::{CustomerRequest, figure_events_request::View};
use rapport_views::model::Customer;

use super::{
    figure::{self, FigureArgs},
    model::print_answer,
    purchase_args::SourceArgs,
    view_time::{Asking, FreshArgs},
    whole,
};
use crate::{failure::Refused, shared_args::Shared, show::visible};

/// The flags of `rapport customer`.
#[derive(Debug, Args)]
#[command(after_help = "\
Any id of a merged party shows the whole party. `rapport timeline CUSTOMER` has every event.

Examples:
  rapport customer 4711
  rapport customer 4711 --without-classes            quicker: asks only this customer's own events
  rapport customer 4711 --without-contacts           only what is the organisation's own
  rapport customer 4711 --as-of 2025-12-31 --known-at 2025-12-31   as it was known then
  rapport customer 4711 --figure tickets             the events of the open tickets
  rapport customer 4711 --output json")]
pub(crate) struct CustomerArgs {
    /// Any id of the customer
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// Without the classes, for which the purchases of everybody are read
    #[arg(long)]
    without_classes: bool,
    /// Without what was said and is open with those who act for the organisation
    #[arg(long)]
    without_contacts: bool,
    /// JSON: with the values of facts of a special category, such as health or political opinions
    #[arg(long)]
    special: bool,
    #[command(flatten)]
    purchases: SourceArgs,
    #[command(flatten)]
    figure: FigureArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Prints the customer, or what one figure counts.
///
/// # Errors
/// The server's; NOT_FOUND is an answer, and exit 1.
pub(crate) async fn run(shared: &Shared, args: CustomerArgs) -> anyhow::Result<()> {
    let asking = Asking::connect(shared).await?;
    let request = CustomerRequest {
        time: asking.time(shared, &args.fresh)?,
        customer: args.customer,
        without_classes: args.without_classes,
        purchases_from: args.purchases.purchases(),
        page_token: String::new(),
        page: false,
        without_contacts: args.without_contacts,
        include_special: args.special,
    };
    let customer = visible(&request.customer).into_owned();
    let named = |error: anyhow::Error| match error.downcast_ref::<Refused>().map(Refused::reason) {
        // The server's errors name nobody: they may end up in logs. Here it is what was typed.
        Some(reason) if reason == "NO_SUCH_CUSTOMER" => {
            anyhow!(error).context(format!("customer `{customer}`"))
        }
        Some(_) | None => error,
    };
    if let Some(figure) = args.figure.figure {
        return figure::run(shared, &asking, View::Customer(request), figure).await.map_err(named);
    }
    let answer = whole::customer(&asking.client, request.clone()).await.map_err(named)?;
    print_answer::<Customer>(shared.output, &request, &answer, &asking.zone, None)
}
