//! What a pyramid shows: its levels, who moved, who can step up.

mod columns;
mod kept;
mod levels;
mod market;
mod moves;
mod notes;
mod rows;

use prost::Message as _;
use rapport_proto::{
    fit,
    v1::{PyramidMeasure, PyramidRequest, PyramidResponse},
};

use super::{ask::ask, params::Measures};
use crate::{
    model::{Answered, AskError, Asked, Model, Token, fields_of_every_model, purchases::Source},
    page::{Lines, Page, Words},
    read::Rows,
    view::View,
};

/// Levels of customers.
#[derive(Debug, Clone, Copy)]
pub struct Pyramid;

impl Model for Pyramid {
    type Request = PyramidRequest;
    type Response = PyramidResponse;
    const NAME: &'static str = "pyramid";
    const RESPONSE: &'static str = "rapport.v1.PyramidResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "currency",
        "level",
        "level_before",
        "next_level",
        "customer",
        "customers",
        "share_of_customers",
        "revenue",
        "share_of_revenue",
        "average_revenue",
        "margin",
        "spend",
        "nps",
        "low",
        "high",
        "nps_responses",
        "revenue_change",
        "up",
        "share_up",
        "same",
        "share_same",
        "down",
        "share_down",
        "new",
        "back",
        "gone",
        "still_buy",
        "kept_percent",
        "missing",
        "missing_share",
        "border",
        "revenue_before",
        "near",
        "grows",
        "purchases",
        "last_purchase",
        "top_fifth",
        "share_of_top_fifth",
        "candidates",
        "share_of_candidates",
        "not_positive",
        "left_out",
        "left_out_revenue",
        "left_out_cost",
        "spend_on_others",
        "market",
        "market_size",
        "share_of_market",
        "said_at",
        "definitions",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    /// Its rows begin where the token does: candidates, then customers.
    fn cut(response: &mut Self::Response, token: Token, beside: usize) {
        let mut candidates = std::mem::take(&mut response.candidates);
        let mut customers = std::mem::take(&mut response.customers);
        let all = (candidates.len() + customers.len()) as u64 + response.rows_left_out;
        let mut page = fit::Page::after(0, beside + response.encoded_len());
        page.keep(&mut candidates);
        page.keep(&mut customers);
        (response.candidates, response.customers) = (candidates, customers);
        response.rows_left_out = all - page.taken() as u64;
        let next = Token { skip: token.skip + page.taken(), ..token };
        response.next_page_token = if response.rows_left_out == 0 { String::new() } else { next.text() };
    }

    fn page(request: &PyramidRequest, response: &PyramidResponse) -> Page {
        let mut page = Page::default();
        // The answer refused measures that the contract does not have.
        let wanted = Measures::of(&request.measures).unwrap_or_default();
        let is_first = !response.totals.is_empty();
        if !is_first && response.candidates.is_empty() && response.customers.is_empty() {
            page.notes.push(Words::new("no_purchases", "no purchases until the end of the period"));
        }
        if wanted.levels {
            page.grids.push(levels::levels(response));
        }
        page.grids.push(levels::totals(request, response));
        if wanted.migration {
            page.grids.extend([
                moves::moves(response),
                kept::kept(response),
                moves::matrix(response),
                moves::migration(response),
            ]);
        }
        if wanted.candidates {
            page.grids.push(rows::candidates(request, response));
        }
        if wanted.customers {
            page.grids.push(rows::customers(request, response));
        }
        if let Some(market) = &response.market {
            page.grids.extend([market::share(market), market::markets(market)]);
        }
        page.notes.extend(notes::of_all(response));
        if response.rows_left_out > 0 {
            let (one, many) = left_out(request);
            page.notes.push(Words::counted("rows_left_out", response.rows_left_out, one, many));
        }
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    fields_of_every_model!();
}

/// What the rows of other pages are.
fn left_out(request: &PyramidRequest) -> (&'static str, &'static str) {
    let wanted = |measure| request.measures().any(|one| one == measure);
    match (wanted(PyramidMeasure::Candidates), wanted(PyramidMeasure::Customers)) {
        (true, false) => ("more candidate", "more candidates"),
        (false, true) => ("more customer", "more customers"),
        _ => ("more row of candidates and customers", "more rows of candidates and customers"),
    }
}
