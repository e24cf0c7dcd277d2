//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::params::ContactsParams;
use crate::calendar::LAST;

/// The answer: what stands on the first page, and the rows from `skip` on.
pub(super) fn of(
    params: &ContactsParams,
    meta: v1::ViewMeta,
    first_page: v1::ContactsResponse,
    skip: usize,
    all: Vec<v1::ContactGroup>,
) -> v1::ContactsResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::ContactsResponse {
        meta: Some(meta),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        purchases_from: params.source.wire().into(),
        ..if skip == 0 { first_page } else { v1::ContactsResponse::default() }
    };
    let mut page = fit::Page::beside(&response);
    let n = all.len();
    for row in all.into_iter().skip(skip).take(params.page_size) {
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (n.saturating_sub(skip) - response.rows.len()) as u64;
    response
}
