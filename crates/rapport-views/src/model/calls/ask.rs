//! Asks a store for calls and tickets, and answers.

use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    call::calls,
    groups::groups,
    measures::{is_figure, measures},
    params::CallsParams,
};
use crate::{
    answers::{Answered, AskError, Asked},
    calendar::LAST,
    model::figures::Figures,
    read::Rows,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::CallsRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::CallsResponse>, AskError> {
    let as_of = asked.as_of;
    let params = CallsParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let all = calls(rows, &identity, &params)?;
    let every: Vec<_> = all.iter().collect();
    let total = measures(&every, &["total"], &mut figures);
    let groups = groups(&all, &params, &symbols, &mut figures);
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::CallsResponse {
        meta: Some(v1::ViewMeta { as_of: Some(as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        total: (asked.skip == 0).then_some(total),
        ..v1::CallsResponse::default()
    };
    let mut page = fit::Page::beside(&response);
    let n = groups.len();
    for row in groups.into_iter().skip(asked.skip).take(params.page_size) {
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (n.saturating_sub(asked.skip) - response.rows.len()) as u64;
    let objects = figures.hits(rows, &identity, as_of, |_| Vec::new())?;
    Ok(Answered { response, objects })
}
