//! What leads show: what became of them, groups, months, times, outcomes, reasons, scores, and the leads of a list.

use rapport_proto::v1::{LeadsRequest, LeadsResponse, leads_request::By};

use super::{
    ask::ask,
    grids::{outcomes, times, total},
    tables::{cohorts, groups, reasons, rows, scores},
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{GridCell, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// What comes in before the deal, and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub struct Leads;

impl Model for Leads {
    type Request = LeadsRequest;
    type Response = LeadsResponse;
    const NAME: &'static str = "leads";
    const RESPONSE: &'static str = "rapport.v1.LeadsResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "key",
        "object",
        "customer",
        "leads",
        "of",
        "percent",
        "low",
        "high",
        "captured",
        "captured_opened",
        "captured_opened_share",
        "captured_untraceable",
        "untraceable",
        "accepted",
        "accepted_share",
        "converted",
        "won",
        "won_share",
        "rejected",
        "rejected_share",
        "open",
        "not_judged",
        "judged",
        "judged_automatically",
        "judged_automatically_share",
        "median_to_verdict",
        "median_to_conversion",
        "immature",
        "from",
        "to",
        "done",
        "median",
        "median_of_all",
        "lowest",
        "highest",
        "origin",
        "campaign",
        "landing",
        "interest",
        "staff",
        "state",
        "opened",
        "since",
        "days",
        "score",
        "reason",
        "became",
        "outcome",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &LeadsRequest, response: &LeadsResponse) -> Page {
        let mut page = Page::default();
        page.grids.push(total(response));
        let by = match request.by() {
            By::Unspecified => None,
            By::Origin => Some(("by origin", "origin")),
            By::Campaign => Some(("by campaign", "campaign")),
            By::Landing => Some(("by where they came in", "came in at")),
            By::Interest => Some(("by interest", "interest")),
            By::Staff => Some(("by who has them", "with")),
            By::Branch => Some(("by branch", "branch")),
            By::Month => Some(("by month", "month")),
        };
        page.grids.extend(by.map(|(title, one)| groups(title, one, response)));
        page.grids.extend([
            times(response),
            outcomes(response),
            cohorts(response),
            reasons(response),
            scores(response),
            rows(request, response),
        ]);
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let text = "leads opened, and contact points captured, from {} until {}";
        let words = Words::new("period", text).with(Unit::Moment, GridCell::moment(from));
        page.notes.push(words.with(Unit::Moment, GridCell::moment(to)));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}
