//! What contacts show: how many, who began them, who was reached by whom, who is silent, and a comparison.

use rapport_proto::v1::{ContactsRequest, ContactsResponse, contacts_request::By};

use super::{
    ask::ask,
    grids::{coverage, relations, rows, total},
    grids_classed::classes,
    signals,
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model, purchases::Source},
    page::{GridCell, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// Contacts with customers.
#[derive(Debug, Clone, Copy)]
pub struct Contacts;

impl Model for Contacts {
    type Request = ContactsRequest;
    type Response = ContactsResponse;
    const NAME: &'static str = "contacts";
    const RESPONSE: &'static str = "rapport.v1.ContactsResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "key",
        "n",
        "of",
        "percent",
        "low",
        "high",
        "length",
        "ratio",
        "contacts",
        "two_way",
        "two_way_share",
        "customers",
        "reached",
        "directed",
        "outbound",
        "outbound_share",
        "timed",
        "duration",
        "asks",
        "gives",
        "gives_per_ask",
        "meetings",
        "no_shows",
        "without_customer",
        "class",
        "role",
        "a_customer",
        "recorded",
        "answered",
        "waiting",
        "median",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &ContactsRequest, response: &ContactsResponse) -> Page {
        let mut page = Page::default();
        page.grids.extend([total(response), coverage(response), relations(response), classes(response)]);
        page.grids.extend(signals::grids(response));
        let (title, one) = match request.by() {
            By::Unspecified | By::Kind => ("by kind", "kind"),
            By::Channel => ("by channel", "channel"),
            By::Purpose => ("by purpose", "purpose"),
            By::Approach => ("by approach", "approach"),
            By::Place => ("by place", "place"),
            By::Staff => ("by staff", "staff"),
            By::Role => ("by role", "role"),
            By::Department => ("by department", "department"),
            By::Branch => ("by branch", "branch"),
            By::Month => ("by month", "month"),
            By::Class => ("by class of the customer", "class"),
            By::Initiative => ("by initiative", "initiative"),
        };
        page.grids.push(rows(response, title, one));
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let words =
            Words::new("period", "contacts from {} until {}").with(Unit::Moment, GridCell::moment(from));
        page.notes.push(words.with(Unit::Moment, GridCell::moment(to)));
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}
