//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    artifacts::Artifact,
    groups::{groups, measures},
    params::GalleryParams,
};
use crate::{
    calendar::LAST,
    model::figures::Figures,
    read::{ReadError, Rows},
    rows::{Instrument, ObjectId, Symbols},
    table::Dictionary,
};

/// What is answered of.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// The latest first.
    pub(super) all: &'a [Artifact],
    /// To which customers responded.
    pub(super) instrument: Option<Instrument>,
    /// The one that is asked for.
    pub(super) customer: Option<ObjectId>,
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &GalleryParams,
    found: &Found<'_>,
    skip: usize,
    rows: &dyn Rows,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Result<v1::GalleryResponse, ReadError> {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let tag = |party: ObjectId| {
        if party == ObjectId::NOBODY {
            return Ok(String::new());
        }
        rows.party_name(party).map(|name| format!("party:{name}"))
    };
    let mut response = v1::GalleryResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: if params.has_beginning { moment(params.period.from) } else { None },
        period_to: moment(params.period.to),
        customer: tag(found.customer.unwrap_or(ObjectId::NOBODY))?,
        instrument: found.instrument.map_or("", Instrument::word).to_owned(),
        ..v1::GalleryResponse::default()
    };
    let all: Vec<&Artifact> = found.all.iter().collect();
    let total = measures(&all, &["total"], figures);
    let (groups, groups_left_out) = groups(found.all, symbols, figures);
    if skip == 0 {
        response = v1::GalleryResponse { total: Some(total), groups, groups_left_out, ..response };
    }
    let mut page = fit::Page::beside(&response);
    for one in found.all.iter().skip(skip).take(params.page_size) {
        let text = |symbol| symbols.text(symbol).to_owned();
        let order = one.order.map(|next| rows.name(Dictionary::Order, next.what)).transpose()?;
        let row = v1::GalleryRow {
            position: one.row.position.0,
            attached: moment(one.row.occurred_at),
            customer: tag(one.customer)?,
            sha256: text(one.row.sha256),
            media_type: text(one.row.media_type),
            outcome: text(one.row.outcome),
            staff: text(one.row.staff),
            linked_to: text(one.row.linked_to),
            response: one.response.map(|next| next.what),
            days_to_response: one.response.map(|next| next.days),
            order: order.map_or(String::new(), |name| format!("{}{name}", Dictionary::Order.tag_prefix())),
            days_to_order: one.order.map(|next| next.days),
        };
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (found.all.len().saturating_sub(skip) - response.rows.len()) as u64;
    Ok(response)
}
