//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    owed::{Currency, Debtor},
    params::ReceivablesParams,
    total::total,
};
use crate::{
    calendar::LAST,
    model::{figures::Figures, sums::sum},
    rows::ObjectId,
};

/// The answer with the rows that are on the page.
pub(super) fn of<E>(
    params: &ReceivablesParams,
    currencies: &[Currency],
    skip: usize,
    figures: &mut Figures,
    name: &mut impl FnMut(ObjectId) -> Result<String, E>,
) -> Result<v1::ReceivablesResponse, E> {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::ReceivablesResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..v1::ReceivablesResponse::default()
    };
    let totals: Vec<_> = currencies.iter().map(|of| total(of, params, figures)).collect();
    if skip == 0 {
        response.totals = totals;
    }
    let mut page = fit::Page::beside(&response);
    let all = || currencies.iter().flat_map(|of| of.debtors.iter().map(move |one| (of, one)));
    for (currency, one) in all().skip(skip).take(params.page_size) {
        let row = row(&currency.code, one, format!("party:{}", name(one.party)?));
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (all().skip(skip).count() - response.rows.len()) as u64;
    Ok(response)
}

fn row(code: &str, one: &Debtor, object: String) -> v1::Debtor {
    v1::Debtor {
        currency: code.to_owned(),
        open: Some(Figures::named(&["rows", code, &object, "open"], one.open)),
        receivable: sum(one.owes()),
        overdue: sum(one.overdue()),
        ages: one.ages.iter().filter_map(|age| sum(*age)).collect(),
        days_overdue: u32::try_from(one.days).ok().filter(|days| *days > 0),
        credit: sum(one.credit),
        object,
    }
}
