//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{
        CustomersResponse, CustomersRow, CustomersTotal, CustomersValue, UnknownField, ViewMeta,
        customers_value::Value as Wire,
    },
};

use super::{
    field::Field,
    found::Found,
    known::{Known, Subject},
    params::CustomersParams,
    value::Value,
};
use crate::{
    calendar::LAST,
    model::{
        figures::{Counted, Figures},
        sums::sum,
    },
    read::ReadError,
    rows::ObjectId,
};

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &CustomersParams,
    known: &Known,
    found: &Found,
    skip: usize,
    figures: &mut Figures,
    name: &mut dyn FnMut(ObjectId) -> Result<String, ReadError>,
) -> Result<CustomersResponse, ReadError> {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = CustomersResponse {
        meta: Some(meta(params, known)),
        purchases_from: params.source.wire().into(),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        fields: params.columns.iter().map(|field| field.name().to_owned()).collect(),
        ..CustomersResponse::default()
    };
    let total = total(known, found, figures);
    response.total = (skip == 0).then_some(total);
    let mut page = fit::Page::beside(&response);
    for subject in found.listed.iter().skip(skip).take(params.page_size) {
        let row = row(subject, known, params, name(subject.party)?);
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (found.listed.len().saturating_sub(skip) - response.rows.len()) as u64;
    Ok(response)
}

/// With the definitions that what is asked for rests on.
fn meta(params: &CustomersParams, known: &Known) -> ViewMeta {
    let mut meta = ViewMeta {
        as_of: Some(params.as_of.to_proto()),
        definitions: known.classes.used.clone(),
        definitions_unreadable: known.classes.unreadable.clone(),
        ..ViewMeta::default()
    };
    if params.asks(&[Field::Level]) {
        meta.definitions.extend(known.levels_used.iter().cloned());
        meta.definitions_unreadable.extend(known.levels_unreadable.iter().cloned());
    }
    meta.definitions.extend(known.white_space.used.iter().cloned());
    meta.definitions_unreadable.extend(known.white_space.unreadable.iter().cloned());
    meta
}

fn total(known: &Known, found: &Found, figures: &mut Figures) -> CustomersTotal {
    let mut count = |parts: &[&str], customers: &[ObjectId]| {
        figures.count(parts, customers.iter().map(|party| Counted::party(*party)))
    };
    let unknown_fields = found.unknown_by_field.iter().map(|(field, customers)| UnknownField {
        field: field.name().to_owned(),
        customers: count(&["unknown", field.name()], customers),
    });
    let unknown_fields = unknown_fields.collect();
    CustomersTotal {
        listed: count(&["listed"], &found.customers),
        unknown: count(&["unknown"], &found.unknown),
        not_fulfilled: count(&["not_fulfilled"], &found.not_fulfilled),
        unknown_fields,
        not_customers: count(&["not_customers"], &known.not_customers),
        deals_left_out: known.deals.of_others,
    }
}

fn row(subject: &Subject, known: &Known, params: &CustomersParams, name: String) -> CustomersRow {
    let values = params.columns.iter().filter_map(|field| {
        let value = match known.value(subject, field, params)? {
            Value::Text(text) => Wire::Text(text.to_owned()),
            Value::Count(count) => Wire::Count(count),
            Value::Number(number) => Wire::Number(number),
            Value::Money(_, "") => return None,
            Value::Money(amount, _) => Wire::Sum(sum(amount)?),
            Value::Days(days) => Wire::Count(days.into()),
            Value::Day(moment, _) => Wire::Moment(time::to_proto(moment)),
        };
        Some(CustomersValue { field: field.name().to_owned(), value: Some(value) })
    });
    CustomersRow {
        customer: format!("party:{name}"),
        currency: known.symbols.text(subject.currency).to_owned(),
        values: values.collect(),
    }
}
