//! What needs show: coverage, how long it takes, by what they are compared, which product satisfied what, whom somebody asked,
//! whether offers that name needs win, and what is not satisfied.

use rapport_proto::v1::{NeedsRequest, NeedsResponse, needs_request::By};

use super::{
    ask::ask,
    grids::{groups, rows, satisfied_by, studied, time, total},
    grids_offers::offers,
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model, purchases::Source},
    page::{GridCell, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// What customers need, and what became of it.
#[derive(Debug, Clone, Copy)]
pub struct Needs;

impl Model for Needs {
    type Request = NeedsRequest;
    type Response = NeedsResponse;
    const NAME: &'static str = "needs";
    const RESPONSE: &'static str = "rapport.v1.NeedsResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "key",
        "class",
        "product",
        "customers",
        "weight",
        "needs",
        "of",
        "percent",
        "low",
        "high",
        "identified",
        "satisfied",
        "coverage",
        "unmet",
        "obsolete",
        "open",
        "closed",
        "satisfied_of_closed",
        "reopened",
        "median",
        "studied",
        "by_need",
        "by_response",
        "not_studied",
        "weighed",
        "oldest",
        "currency",
        "revenue",
        "won",
        "lost",
        "z",
        "p",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &NeedsRequest, response: &NeedsResponse) -> Page {
        let mut page = Page::default();
        let [unmet, revenue] = rows(response);
        page.grids.extend([total(response), time(response)]);
        if request.by() != By::Unspecified {
            page.grids.push(groups(request, response));
        }
        page.grids.extend([satisfied_by(response), studied(response), offers(response), unmet, revenue]);
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let text = "needs that were identified, or closed, from {} until {}";
        let words = Words::new("period", text).with(Unit::Moment, GridCell::moment(from));
        page.notes.push(words.with(Unit::Moment, GridCell::moment(to)));
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}
