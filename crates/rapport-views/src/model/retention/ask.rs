//! Asks a store for what was bought, signed and said, and answers.

use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{self, RetentionMeasure as Wanted},
};

use super::{
    alerts::{self, ClassA},
    bought::{Bought, Customer},
    churn::churn,
    cohorts::Cohorts,
    contract, contracts,
    evidence::{evidence, is_figure},
    overview::overview,
    params::RetentionParams,
    survival::survival,
    what_if,
    worth::Worth,
};
use crate::{
    answers::{Answered, AskError, Asked},
    calendar::LAST,
    model::{classes::Cuts, figures::Figures, purchases::Source},
    read::Rows,
    rows::{Identity, Symbols},
};

/// The alerts of the page that begins after those that are skipped and all else, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::RetentionRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::RetentionResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = RetentionParams::from_request(request, source, as_of, asked.zone.clone())?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let known = Known { rows, params: &params, symbols: &symbols, identity: &identity };

    let bought = known.bought()?;
    let customers = bought.customers(&params);
    let worth = known.worth()?;
    let mut response = frame(&params);
    let mut cohorts = None;
    // Later pages have alerts alone.
    if asked.skip == 0 {
        if params.wants(Wanted::Overview) {
            response.overview = Some(overview(&bought, &customers, &worth, &params, &mut figures));
        }
        if params.wants(Wanted::WhatIf) {
            response.what_if = Some(known.what_if(&customers, &worth, &mut figures));
        }
        if params.wants(Wanted::Cohorts) {
            let found = Cohorts::of(&bought, &params)?;
            response.cohorts = found.answer(&params, &mut figures);
            cohorts = Some(found);
        }
        known.contracts(&mut response, &mut figures)?;
    }
    if params.wants(Wanted::Alerts) {
        let class_a = known.class_a(&customers, &worth, &mut response)?;
        let totals = class_a.iter().map(|of| of.total(&mut figures)).collect();
        if asked.skip == 0 {
            response.alert_totals = totals;
        }
        known.alerts(&class_a, asked.skip, &mut response)?;
    }
    let objects =
        figures.hits(rows, &identity, as_of, |parts| evidence(parts, &params, &symbols, cohorts.as_ref()))?;
    Ok(Answered { response, objects })
}

fn frame(params: &RetentionParams) -> v1::RetentionResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    v1::RetentionResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        before_from: moment(params.before.from),
        purchases_from: params.source.wire().into(),
        inactive_days: params.inactive_days,
        ..v1::RetentionResponse::default()
    }
}

/// What every part of an answer needs to know.
struct Known<'a> {
    rows: &'a dyn Rows,
    params: &'a RetentionParams,
    symbols: &'a Symbols,
    identity: &'a Identity,
}

impl Known<'_> {
    /// Read only for what needs it, as everything here is.
    fn bought(&self) -> Result<Bought, AskError> {
        let needed = [Wanted::Overview, Wanted::Cohorts, Wanted::WhatIf, Wanted::Alerts];
        if !self.params.wants_any(&needed) {
            return Ok(Bought::default());
        }
        Bought::read(self.rows, self.params, self.symbols, self.identity)
    }

    fn worth(&self) -> Result<Worth, AskError> {
        if !self.params.wants_any(&[Wanted::Overview, Wanted::WhatIf, Wanted::Alerts]) {
            return Ok(Worth::default());
        }
        Worth::read(self.rows, self.params, self.symbols, self.identity)
    }

    fn contracts(&self, response: &mut v1::RetentionResponse, figures: &mut Figures) -> Result<(), AskError> {
        if !self.params.wants_any(&[Wanted::Contracts, Wanted::Survival]) {
            return Ok(());
        }
        let all = contract::read(self.rows, self.params, self.symbols, self.identity)?;
        if self.params.wants(Wanted::Contracts) {
            response.contracts = Some(contracts::contracts(&all, self.params, figures));
        }
        if self.params.wants(Wanted::Survival) {
            response.survival = Some(survival(&all, self.params, figures));
        }
        Ok(())
    }

    fn what_if(&self, customers: &[Customer], worth: &Worth, figures: &mut Figures) -> v1::RetentionWhatIf {
        let active: Vec<_> = customers.iter().map(|one| (one, one.active(self.params))).collect();
        let at_start = active.iter().filter(|(_, [_, start, _])| *start);
        let ended = at_start.clone().filter(|(_, [.., end])| !end);
        // The same numbers as the overview's, whose figures have the names.
        let mut unnamed = Figures::default();
        let churn = churn(
            &mut unnamed,
            &["overview"],
            at_start.map(|(one, _)| one.counted()),
            ended.map(|(one, _)| one.counted()),
        );
        what_if::answer(&churn, worth, self.params, self.symbols, figures)
    }

    fn class_a(
        &self,
        customers: &[Customer],
        worth: &Worth,
        response: &mut v1::RetentionResponse,
    ) -> Result<Vec<ClassA>, AskError> {
        let as_of = self.params.as_of;
        let definitions = self.rows.definitions(as_of, rapport_proto::definition::classes::ABC)?;
        let cuts = Cuts::of_customers_by_value(&definitions, as_of.occurred_until);
        let of = (self.symbols, self.identity);
        let found = alerts::class_a(self.rows, self.params, of, (customers, worth), &cuts)?;
        let meta = response.meta.get_or_insert_default();
        (meta.definitions, meta.definitions_unreadable) = (cuts.used, cuts.unreadable);
        Ok(found)
    }

    /// The alerts that are on the page.
    fn alerts(
        &self,
        class_a: &[ClassA],
        skip: usize,
        response: &mut v1::RetentionResponse,
    ) -> Result<(), AskError> {
        let mut page = fit::Page::beside(response);
        let wanted = || class_a.iter().flat_map(ClassA::alerts).skip(skip);
        for (code, one) in wanted().take(self.params.page_size) {
            let row = one.row(code, self.rows)?;
            if !page.takes(&row) {
                break;
            }
            response.alerts.push(row);
        }
        response.rows_left_out = (wanted().count() - response.alerts.len()) as u64;
        Ok(())
    }
}
