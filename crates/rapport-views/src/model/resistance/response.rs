//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    approaches::{Contacts, approaches},
    attributes::Attribute,
    factors::{Of, factors},
    gaps::gaps,
    lists::shown,
    params::ResistanceParams,
    said::Said,
    segments::{segments, value},
};
use crate::{
    calendar::LAST,
    model::{
        closed_deals::{Deal, Tally, count},
        figures::{Counted, Figures},
    },
    rows::{ObjectId, Symbols},
    stats::proportions::Part,
};

/// Rows of a list beside the rows at most.
const LIST_MAX: usize = 500;
/// Attributes that are named at most.
const ATTRIBUTES_MAX: usize = 100;

/// What is answered of.
pub(super) struct Found {
    pub(super) deals: Vec<Deal>,
    pub(super) said: Said,
    pub(super) contacts: Contacts,
    pub(super) attribute: Attribute,
    /// Those that deals can be compared by.
    pub(super) attributes: Vec<String>,
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &ResistanceParams,
    found: &Found,
    skip: usize,
    symbols: &Symbols,
    figures: &mut Figures,
) -> v1::ResistanceResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::ResistanceResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..v1::ResistanceResponse::default()
    };
    let whole = beside(found, symbols, figures);
    if skip == 0 {
        let (meta, period_from, period_to) = (response.meta, response.period_from, response.period_to);
        response = v1::ResistanceResponse { meta, period_from, period_to, ..whole };
    }
    let all = if params.by.is_empty() {
        Vec::new()
    } else {
        segments(&found.deals, &found.attribute, symbols, figures)
    };
    let left_out = all.len().saturating_sub(skip);
    let mut page = fit::Page::beside(&response);
    for row in all.into_iter().skip(skip).take(params.page_size) {
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (left_out - response.rows.len()) as u64;
    response
}

/// All that is on the first page alone.
fn beside(found: &Found, symbols: &Symbols, figures: &mut Figures) -> v1::ResistanceResponse {
    let mut of = |what| factors(what, &found.said, &found.deals, symbols, figures);
    let (by_factor, barriers, by_competitor) = (of(Of::Factor), of(Of::Barrier), of(Of::Competitor));
    let (factors, factors_left_out) = shown(by_factor, LIST_MAX);
    let (competitors, competitors_left_out) = shown(by_competitor, LIST_MAX);
    let (gaps, gaps_left_out) = shown(gaps(&found.said, symbols, figures), LIST_MAX);
    let (approaches, approaches_left_out) =
        shown(approaches(&found.deals, &found.contacts, symbols, figures), LIST_MAX);
    let (attributes, attributes_left_out) = shown(found.attributes.clone(), ATTRIBUTES_MAX);
    v1::ResistanceResponse {
        total: Some(total(found, symbols, figures)),
        factors,
        factors_left_out,
        barriers,
        competitors,
        competitors_left_out,
        gaps,
        gaps_left_out,
        approaches,
        approaches_left_out,
        attributes,
        attributes_left_out,
        ..v1::ResistanceResponse::default()
    }
}

fn total(found: &Found, symbols: &Symbols, figures: &mut Figures) -> v1::ResistanceTotal {
    let deals: Vec<&Deal> = found.deals.iter().collect();
    let tally = Tally::of(found.deals.iter());
    let lost = Part::of(tally.lost, tally.all());
    let is_named =
        |row: &_| [Of::Factor, Of::Barrier, Of::Competitor].iter().any(|of| !of.key(row, symbols).is_empty());
    let mut named: Vec<usize> =
        found.said.all.iter().filter(|(_, row)| is_named(row)).map(|(place, _)| *place).collect();
    named.sort_unstable();
    named.dedup();
    let named = named.iter().filter_map(|place| found.deals.get(*place)).map(Deal::thing);
    let nobodys = deals.iter().filter(|deal| deal.customer == ObjectId::NOBODY).map(|deal| deal.thing());
    let events = |events: &[rapport_model::Position]| {
        events.iter().map(|position| Counted::event(*position)).collect::<Vec<_>>()
    };
    // Of no attribute nothing is said.
    let later = deals.iter().filter(|deal| value(deal, &found.attribute).1).map(|deal| deal.thing());
    let (without_deal, left_out) = (events(&found.said.without_deal), events(&found.said.left_out));
    v1::ResistanceTotal {
        won: count(figures, &["total", "won"], &deals, true),
        lost: count(figures, &["total", "lost"], &deals, false),
        loss_share: lost.share,
        low: lost.low,
        high: lost.high,
        named: figures.count(&["total", "named"], named),
        without_customer: figures.count(&["total", "without_customer"], nobodys),
        without_deal: figures.count(&["total", "without_deal"], without_deal.into_iter()),
        left_out: figures.count(&["total", "left_out"], left_out.into_iter()),
        said_later: figures.count(&["total", "said_later"], later),
    }
}
