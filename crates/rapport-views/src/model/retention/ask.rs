//! Asks a store for what was bought, signed and said, and answers.

use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{self, RetentionMeasure as Wanted},
};

use super::{
    alerts::{self, Leaving, Valuables},
    bought::{Bought, Customer},
    churn::churn,
    cohorts::Cohorts,
    contract, contracts,
    evidence::{evidence, is_figure},
    gaps,
    overview::overview,
    params::RetentionParams,
    survival::survival,
    targets::Targets,
    what_if,
    worth::Worth,
};
use crate::{
    answers::{Answered, AskError, Asked},
    calendar::LAST,
    model::{
        classes::Cuts,
        figures::Figures,
        purchases::Source,
        pyramid::{self, Levels},
    },
    read::Rows,
    rows::{Identity, Symbols},
};

/// The alerts of the page that begins after those that are skipped and all else, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::RetentionRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::RetentionResponse>, AskError> {
    let (symbols, identity) = (rows.symbols()?, rows.identity(asked.as_of)?);
    ask_knowing(request, rows, (&symbols, &identity), asked)
}

/// The same for a model that knows who is who.
pub(in crate::model) fn ask_knowing(
    request: &v1::RetentionRequest,
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    asked: &Asked<'_>,
) -> Result<Answered<v1::RetentionResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = RetentionParams::from_request(request, source, as_of, asked.zone.clone())?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let known = Known { rows, params: &params, symbols, identity };

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
        if params.wants(Wanted::Gaps) {
            known.gaps((&bought, customers.as_slice(), &worth), &mut response, &mut figures)?;
        }
    }
    let mut valued = params.year;
    if params.wants(Wanted::Alerts) {
        let levels = known.levels()?;
        valued.from = valued.from.min(levels.window.from);
        let valuables = known.valuables(&customers, &worth, levels, &mut response)?;
        let totals = valuables.iter().map(|of| of.total(&mut figures)).collect();
        if asked.skip == 0 {
            response.alert_totals = totals;
        }
        known.alerts(&valuables, asked.skip, &mut response)?;
    }
    let of = (cohorts.as_ref(), valued);
    let objects = figures.hits(rows, identity, as_of, |parts| evidence(parts, &params, symbols, of))?;
    Ok(Answered { response, objects })
}

/// Valuable customers who may be about to leave, by currency and then the highest value first, for a model that knows who is
/// who. `meta` takes the definitions on which that rests.
pub(in crate::model) fn leaving(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    asked: &Asked<'_>,
    meta: &mut v1::ViewMeta,
) -> Result<Vec<Leaving>, AskError> {
    let request = v1::RetentionRequest { measures: vec![Wanted::Alerts.into()], ..Default::default() };
    let source = Source::asked(request.purchases_from, rows, asked.as_of)?;
    let params = RetentionParams::from_request(&request, source, asked.as_of, asked.zone.clone())?;
    let known = Known { rows, params: &params, symbols, identity };
    let (customers, worth) = (known.bought()?.customers(&params), known.worth()?);
    let mut response = frame(&params);
    let found = known.valuables(&customers, &worth, known.levels()?, &mut response)?;
    let used = response.meta.unwrap_or_default();
    meta.definitions.extend(used.definitions);
    meta.definitions_unreadable.extend(used.definitions_unreadable);
    Ok(found.iter().flat_map(Valuables::leaving).collect())
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
        let needed = [Wanted::Overview, Wanted::Cohorts, Wanted::WhatIf, Wanted::Alerts, Wanted::Gaps];
        if !self.params.wants_any(&needed) {
            return Ok(Bought::default());
        }
        Bought::read(self.rows, self.params, self.symbols, self.identity)
    }

    fn worth(&self) -> Result<Worth, AskError> {
        if !self.params.wants_any(&[Wanted::Overview, Wanted::WhatIf, Wanted::Alerts, Wanted::Gaps]) {
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

    /// By the definition of the pyramid that holds at T.
    fn levels(&self) -> Result<Levels, AskError> {
        let params = self.params;
        let of = (params.source, params.always, params.currency.as_deref());
        let (names, when) = ((self.symbols, self.identity), (params.as_of, &params.zone));
        Ok(pyramid::levels(self.rows, names, when, of)?)
    }

    fn valuables(
        &self,
        customers: &[Customer],
        worth: &Worth,
        levels: Levels,
        response: &mut v1::RetentionResponse,
    ) -> Result<Vec<Valuables>, AskError> {
        let as_of = self.params.as_of;
        let definitions = self.rows.definitions(as_of, rapport_proto::definition::classes::ABC)?;
        let cuts = Cuts::of_customers_by_value(&definitions, as_of.occurred_until);
        let of = (self.symbols, self.identity);
        let found = alerts::valuables(self.rows, self.params, of, (customers, worth), (&cuts, &levels))?;
        let meta = response.meta.get_or_insert_default();
        meta.definitions.extend([cuts.used, levels.used].concat());
        meta.definitions_unreadable.extend([cuts.unreadable, levels.unreadable].concat());
        Ok(found)
    }

    /// What was aimed at, and what is missing of it.
    fn gaps(
        &self,
        (bought, customers, worth): (&Bought, &[Customer], &Worth),
        response: &mut v1::RetentionResponse,
        figures: &mut Figures,
    ) -> Result<(), AskError> {
        let mut targets = Targets::of(self.rows, self.params)?;
        let meta = response.meta.get_or_insert_default();
        meta.definitions.append(&mut targets.used);
        meta.definitions_unreadable.append(&mut targets.unreadable);
        let mut rows = Vec::new();
        for period in targets.periods(self.params) {
            if period.window == self.params.window {
                rows.extend(gaps::rows(&period, &targets, (customers, worth), self.params, figures));
                continue;
            }
            let params = self.params.of_window(period.window);
            let worth = Worth::read(self.rows, &params, self.symbols, self.identity)?;
            let customers = bought.customers(&params);
            rows.extend(gaps::rows(&period, &targets, (customers.as_slice(), &worth), &params, figures));
        }
        response.gaps = Some(targets.answer(self.params, rows));
        Ok(())
    }

    /// The alerts that are on the page.
    fn alerts(
        &self,
        valuables: &[Valuables],
        skip: usize,
        response: &mut v1::RetentionResponse,
    ) -> Result<(), AskError> {
        let mut page = fit::Page::beside(response);
        let wanted = || valuables.iter().flat_map(Valuables::alerts).skip(skip);
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
