//! The simple value: what a customer is worth by a mean and a retention alone.
//!
//! Retention answers it, by the same rules for the same window: one word has one number in both answers.

use rapport_proto::v1::{self, RetentionMeasure, retention_request::WhatIf};

use super::params::ValueParams;
use crate::{
    answers::{AskError, FigureHit, figure},
    model::{Asked, Model as _, Retention, figures::Figures, retention::ask_knowing},
    read::Rows,
    rows::{Identity, Symbols},
};

/// The simple value in one currency.
pub(super) fn simple(
    code: &str,
    params: &ValueParams,
    (rows, names): (&dyn Rows, (&Symbols, &Identity)),
    asked: &Asked<'_>,
) -> Result<v1::SimpleValue, AskError> {
    let asked = Asked { figure: None, skip: 0, ..*asked };
    let found = ask_knowing(&request(code, params), rows, names, &asked)?.response;
    let found = found.what_if.unwrap_or_default();
    let line = found.values.iter().find(|value| value.currency == code).cloned().unwrap_or_default();
    let customers = line.customers.map_or(0, |figure| figure.count);
    Ok(v1::SimpleValue {
        customers: Some(Figures::named(&["simple", code, "customers"], customers)),
        mean_minor_units: line.mean_minor_units,
        retention: found.retention,
        retention_is_measured: found.retention_is_measured,
        measured_of: found.measured_of,
        at_end_minor_units: line.at_end_minor_units,
        at_once_minor_units: line.at_once_minor_units,
    })
}

/// What its figure counts.
pub(super) fn hits(
    code: &str,
    params: &ValueParams,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Vec<FigureHit>, AskError> {
    let name = figure::encode(&["what_if", code, "customers"]);
    let asked = Asked { figure: Some(&name), skip: 0, ..*asked };
    Ok(Retention::answer(&request(code, params), rows, &asked)?.objects)
}

fn request(code: &str, params: &ValueParams) -> v1::RetentionRequest {
    let what_if =
        WhatIf { retention: params.retention, discount: Some(params.discount), ..WhatIf::default() };
    v1::RetentionRequest {
        measures: vec![RetentionMeasure::WhatIf.into()],
        purchases_from: params.source.wire().into(),
        currency: code.to_owned(),
        what_if: Some(what_if),
        ..v1::RetentionRequest::default()
    }
}
