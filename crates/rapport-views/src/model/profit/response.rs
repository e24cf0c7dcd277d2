//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    params::ProfitParams,
    parts::{Part, Parts, Tally},
    ranked::{Currency, Ranked},
    total::total,
};
use crate::{
    calendar::LAST,
    model::{
        figures::Figures,
        scores::Scores,
        sums::{ratio, sum},
    },
    rows::ObjectId,
    stats::as_f64,
};

/// The answer with the rows that are on the page.
pub(super) fn of<E>(
    params: &ProfitParams,
    scores: &Scores,
    (currencies, without_amount): (&[Currency], &Parts),
    skip: usize,
    figures: &mut Figures,
    name: &mut impl FnMut(ObjectId) -> Result<String, E>,
) -> Result<v1::ProfitResponse, E> {
    let mut response = frame(params, scores);
    let totals: Vec<_> = currencies.iter().map(|of| total(of, params, scores, figures)).collect();
    if skip == 0 {
        let without = |what, tally: Tally| Some(Figures::named(&["without_amount", what], tally.events));
        response.totals = totals;
        response.purchases_without_amount = without("purchases", without_amount.of(Part::Revenue));
        response.concessions_without_value =
            without("concessions", without_amount.several(&Part::CONCESSIONS));
    }
    let mut page = fit::Page::beside(&response);
    let all = || currencies.iter().flat_map(|of| of.rows().iter().map(move |one| (of, one)));
    for (currency, one) in all().skip(skip).take(params.page_size) {
        let row = row(currency, one, params, format!("party:{}", name(one.party)?));
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (all().skip(skip).count() - response.rows.len()) as u64;
    Ok(response)
}

fn frame(params: &ProfitParams, scores: &Scores) -> v1::ProfitResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    v1::ProfitResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        purchases_from: params.source.wire().into(),
        instrument: scores.instrument.map_or("", |instrument| instrument.word()).to_owned(),
        ..v1::ProfitResponse::default()
    }
}

fn row(of: &Currency, one: &Ranked, params: &ProfitParams, object: String) -> v1::ProfitRow {
    let figure = |what, events| Some(Figures::named(&["rows", &of.code, &object, what], events));
    let parts = &one.parts;
    v1::ProfitRow {
        currency: of.code.clone(),
        purchases: figure("purchases", parts.of(Part::Revenue).events),
        revenue: sum(one.revenue()),
        costs: figure("costs", parts.several(&Part::COSTS).events),
        goods: sum(parts.of(Part::Goods).sum),
        to_serve: sum(one.served()),
        service: sum(parts.of(Part::Service).sum),
        delivery: sum(parts.of(Part::Delivery).sum),
        retention: sum(parts.of(Part::Retention).sum),
        concessions: figure("concessions", parts.several(&Part::CONCESSIONS).events),
        conceded: sum(parts.conceded(params.discounts_in_price)),
        acquisition: sum(parts.of(Part::Acquisition).sum),
        profit: sum(one.profit),
        margin: ratio(one.profit, one.revenue()),
        cost_percentile: one.cheaper.map(|cheaper| as_f64(cheaper as i128) / as_f64(of.ranked.len() as i128)),
        response: one.response,
        object,
    }
}
