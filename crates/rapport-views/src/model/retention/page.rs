//! What retention shows: who stays first, then who may be about to leave.

mod alerts;
mod cohorts;
mod contracts;
mod gaps;
mod overview;
mod what_if;

use rapport_proto::v1::{RetentionMeasure, RetentionRequest, RetentionResponse};

use super::{
    ask::ask,
    params::{every, inactive_days},
    scenario::WhatIf,
};
use crate::{
    model::{
        Answered, AskError, Asked, Model, Token, check_page_size, fields_of_every_model, list,
        purchases::Source,
    },
    page::{Lines, Page, Words},
    read::Rows,
    view::View,
};

/// Who stays, leaves and comes back.
#[derive(Debug, Clone, Copy)]
pub struct Retention;

impl Model for Retention {
    type Request = RetentionRequest;
    type Response = RetentionResponse;
    const NAME: &'static str = "retention";
    const RESPONSE: &'static str = "rapport.v1.RetentionResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "of",
        "period",
        "what",
        "cohort",
        "since",
        "months",
        "currency",
        "customer",
        "count",
        "share",
        "at_start",
        "ended",
        "churn",
        "survival",
        "low",
        "high",
        "points",
        "relative",
        "began",
        "at_end",
        "retention",
        "mean",
        "value_at_end",
        "multiple_at_end",
        "change_at_end",
        "value_at_once",
        "multiple_at_once",
        "change_at_once",
        "is_meant",
        "alerts",
        "overdue",
        "unhappy",
        "fading",
        "silent",
        "valuable",
        "class_a",
        "without_rhythm",
        "without_chance",
        "without_usual_silence",
        "why",
        "value",
        "last_purchase",
        "recency_days",
        "purchase_days",
        "gap_median_days",
        "score",
        "scored_at",
        "alive",
        "silence_days",
        "contact_gap_median_days",
        "last_contact",
        "abc",
        "level",
        "target",
        "gap",
        "retention_percent",
        "target_percent",
        "gap_points",
        "from",
        "to",
        "is_running",
        "figure",
    ]);

    fn check(request: &Self::Request) -> Result<(), AskError> {
        check_page_size(request.page_size)?;
        inactive_days(request.inactive_days)?;
        every(request.every)?;
        WhatIf::of(request.what_if.as_ref())?;
        Ok(())
    }

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    /// Its alerts begin where the token does.
    fn cut(response: &mut Self::Response, token: Token, beside: usize) {
        list::cut(
            response,
            token,
            beside,
            |response| &mut response.alerts,
            |response| (&mut response.rows_left_out, &mut response.next_page_token),
        );
    }

    fn page(request: &RetentionRequest, response: &RetentionResponse) -> Page {
        let mut page = Page::default();
        if let Some(of) = &response.overview {
            page.grids.push(overview::overview(response, of));
        }
        if response.overview.is_some() || response.contracts.is_some() {
            page.grids.push(overview::churn(response));
        }
        if let Some(of) = &response.gaps {
            page.grids.push(gaps::gaps(of));
        }
        if wants(request, RetentionMeasure::Alerts) {
            page.grids.push(alerts::totals(response));
            page.grids.push(alerts::rows(response));
        }
        if wants(request, RetentionMeasure::Cohorts) {
            page.grids.push(cohorts::matrix(request, response));
            page.grids.push(cohorts::rows(response));
        }
        if let Some(of) = &response.survival {
            page.grids.push(contracts::survival(of));
        }
        if let Some(of) = &response.what_if {
            page.grids.push(what_if::what_if(of));
        }
        if response.overview.as_ref().is_some_and(|of| of.customers.as_ref().is_none_or(|all| all.count == 0))
        {
            page.notes.push(Words::new("no_purchases", "no purchases before the end of this period"));
        }
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    fields_of_every_model!();
}

fn wants(request: &RetentionRequest, measure: RetentionMeasure) -> bool {
    let all = request.measures.is_empty();
    all || request.measures().any(|each| each == measure || each == RetentionMeasure::Unspecified)
}
