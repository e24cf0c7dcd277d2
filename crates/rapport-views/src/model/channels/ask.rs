//! Asks a store for purchases, touchpoints, spending and campaigns, and answers.

use hashbrown::HashSet;
use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    attribution,
    bought::{self, Purchase},
    campaigns, credits, evidence,
    params::ChannelsParams,
    plans, results,
    spent::{self, Defined, Spent},
    totals::Parts,
    touchpoints::Touchpoints,
};
use crate::{
    answers::{Answered, AskError, Asked},
    calendar::LAST,
    model::figures::{Counted, Figures},
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbols},
};

/// Rows of credit and of spending at most: they are not paged, so that the pages have the campaigns alone.
const ROWS_MAX: usize = 500;

/// What every part of the answer is made of.
struct Read<'a> {
    rows: &'a dyn Rows,
    symbols: &'a Symbols,
    identity: &'a Identity,
    params: &'a ChannelsParams,
    purchases: &'a [Purchase],
    defined: &'a Defined,
    spent: &'a [Spent],
}

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ChannelsRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ChannelsResponse>, AskError> {
    let as_of = asked.as_of;
    let params = ChannelsParams::from_request(request, rows, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let purchases = bought::purchases(rows, &identity, &params)?;
    let defined = spent::defined(rows, &params)?;
    let spent = spent::spent(rows, &symbols, &defined, &params)?;
    let read = Read {
        rows,
        symbols: &symbols,
        identity: &identity,
        params: &params,
        purchases: &purchases,
        defined: &defined,
        spent: &spent,
    };
    let mut first = frame(&params);
    credit(&read, &mut first, &mut figures)?;
    let response = campaign_rows(&read, first, asked.skip, &mut figures)?;
    let objects = figures.hits(rows, &identity, as_of, |parts| evidence::of(parts, &params, &symbols))?;
    Ok(Answered { response, objects })
}

/// What every page has.
fn frame(params: &ChannelsParams) -> v1::ChannelsResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    v1::ChannelsResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(params.as_of.to_proto()),
            definitions: params.rule.used.clone(),
            definitions_unreadable: params.rule.unreadable.clone(),
            ..v1::ViewMeta::default()
        }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        purchases_from: params.source.wire().into(),
        model: params.rule.model.into(),
        half_life_days: params.rule.half_life_days,
        lookback_days: params.rule.lookback_days,
        ..v1::ChannelsResponse::default()
    }
}

/// Totals, credit, spending and quarters.
fn credit(
    read: &Read<'_>,
    response: &mut v1::ChannelsResponse,
    figures: &mut Figures,
) -> Result<(), ReadError> {
    let (params, symbols) = (read.params, read.symbols);
    let measures = params.measures;
    if !measures.credit() && !measures.spend {
        return Ok(());
    }
    let parts = Parts::of(read.rows, symbols, params, (read.purchases, read.spent))?;
    response.totals = parts.totals(params, figures);
    let customers = attribution::customers(read.purchases, params, symbols);
    let touchpoints = if measures.credit() {
        Touchpoints::read(read.rows, (symbols, read.identity), params, &customers)?
    } else {
        Touchpoints::default()
    };
    if measures.credit() {
        let found = attribution::conversions(read.purchases, &touchpoints, params, symbols);
        credits::tell(&mut response.totals, (&found, read.spent), params, symbols, figures);
        let mut rows = credits::rows(&found, (read.spent, &parts), params, symbols, figures);
        if params.by_campaign {
            let mut plans = plans::plans((read.defined, read.spent), (&rows, &parts), params, symbols);
            response.plans_left_out = cut(&mut plans);
            response.plans = plans;
        }
        response.credits_left_out = cut(&mut rows);
        response.credits = rows;
        response.touchpoints_without_customer = of_nobody(&touchpoints, figures);
    }
    if measures.spend {
        let mut rows = credits::spend(read.spent, params, symbols, figures);
        response.spend_left_out = cut(&mut rows);
        response.spend = rows;
        response.quarters = parts.quarters(figures);
    }
    Ok(())
}

/// How many rows are left out.
fn cut<T>(rows: &mut Vec<T>) -> u64 {
    let left_out = rows.len().saturating_sub(ROWS_MAX) as u64;
    rows.truncate(ROWS_MAX);
    left_out
}

fn of_nobody(touchpoints: &Touchpoints, figures: &mut Figures) -> Option<v1::Figure> {
    let name = ["left_out", "touchpoints"];
    let all: HashSet<_> = touchpoints.of_nobody.iter().copied().collect();
    if figures.parts() == name {
        figures.beside(all.iter().map(|one| (Counted::event(*one), ObjectId::NOBODY, *one)));
    }
    figures.count(&name, all.iter().map(|one| Counted::event(*one)))
}

/// Gives the response its campaigns from the asked one on; of a later page, these alone.
fn campaign_rows(
    read: &Read<'_>,
    first: v1::ChannelsResponse,
    skip: usize,
    figures: &mut Figures,
) -> Result<v1::ChannelsResponse, ReadError> {
    let params = read.params;
    let mut response = if skip == 0 { first } else { frame(params) };
    if !params.measures.campaigns {
        return Ok(response);
    }
    let campaigns = campaigns::campaigns(read.rows, read.identity, params, (read.defined, read.spent))?;
    let last = campaigns::last_bought(read.purchases, params, read.symbols);
    let (kinds, lift, undefined) = results::kinds(&campaigns, figures);
    if skip == 0 {
        (response.kinds, response.personalised_lift, response.campaigns_undefined) = (kinds, lift, undefined);
    }
    let all = results::rows(&campaigns, &last, read.symbols, figures);
    let mut page = fit::Page::beside(&response);
    for row in all.iter().skip(skip).take(params.page_size) {
        if !page.takes(row) {
            break;
        }
        response.rows.push(row.clone());
    }
    response.rows_left_out = (all.len().saturating_sub(skip) - response.rows.len()) as u64;
    Ok(response)
}
