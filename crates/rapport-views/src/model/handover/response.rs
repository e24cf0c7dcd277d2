//! The message that an answer is.

use std::cmp::Reverse;

use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    evidence,
    item::Item,
    objects::Kind,
    owned::owned,
    params::HandoverParams,
    staff::{alone, staff},
};
use crate::{
    answers::sums::sum,
    calendar::{LAST, day_number},
    model::{employment::Employment, figures::Figures},
    read::{ReadError, Rows},
    rows::{ObjectId, Symbol, Symbols},
};

/// What is answered of.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// Open objects with their owners.
    pub(super) items: &'a [Item<'a>],
    pub(super) employment: &'a Employment,
    /// How many more there are, and how long they take.
    pub(super) handovers: (Vec<v1::HandoverProcess>, u64, v1::HandoverTimes),
    pub(super) contact: v1::HandoverContact,
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &HandoverParams,
    found: Found<'_>,
    skip: usize,
    rows: &dyn Rows,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Result<v1::HandoverResponse, ReadError> {
    let is_nobodys = |item: &&Item<'_>| item.owner == Symbol::default();
    let orphans: Vec<&Item<'_>> = found
        .items
        .iter()
        .filter(|item| !is_nobodys(item) && found.employment.is_orphaning(item.owner, params.until))
        .collect();
    let nobodys: Vec<&Item<'_>> = found.items.iter().filter(is_nobodys).collect();
    // Nobody has the empty id, and whoever no event names owns nothing.
    let of = symbols.get(&params.staff).filter(|of| *of != Symbol::default());
    let dossier: Vec<&Item<'_>> =
        found.items.iter().filter(|item| Some(item.owner) == of && !is_nobodys(item)).collect();
    let has_dossier = !params.staff.is_empty();
    let mut first = v1::HandoverResponse {
        orphans: Some(owned(&orphans, &["orphans"], figures)),
        without_owner: Some(owned(&nobodys, &["without_owner"], figures)),
        ..v1::HandoverResponse::default()
    };
    if has_dossier {
        first.dossier = Some(owned(&dossier, &["dossier"], figures));
        first.of_dossier = Some(alone(of, params.staff.clone(), found.employment, (symbols, params)));
    }
    let (staff, staff_left_out) = staff(found.items, found.employment, symbols, params, figures);
    (first.staff, first.staff_left_out) = (staff, staff_left_out);
    evidence::beside(figures, counted(found.items, (&orphans, &nobodys, &dossier), symbols, figures));
    let (handovers, handovers_left_out, times) = found.handovers;
    (first.handovers, first.handovers_left_out, first.times) = (handovers, handovers_left_out, Some(times));
    first.contact = Some(found.contact);
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::HandoverResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..if skip == 0 { first } else { v1::HandoverResponse::default() }
    };
    let mut all = if has_dossier { dossier } else { orphans };
    all.sort_by_cached_key(|item| key(item, symbols));
    let mut page = fit::Page::beside(&response);
    for item in all.iter().skip(skip).take(params.page_size) {
        let row = row(item, rows, symbols, params)?;
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (all.len().saturating_sub(skip) - response.rows.len()) as u64;
    Ok(response)
}

/// The items behind the figure that is asked for.
fn counted<'a>(
    items: &'a [Item<'a>],
    (orphans, nobodys, dossier): (&[&'a Item<'a>], &[&'a Item<'a>], &[&'a Item<'a>]),
    symbols: &Symbols,
    figures: &Figures,
) -> std::vec::IntoIter<&'a Item<'a>> {
    let all: Vec<&'a Item<'a>> = match figures.parts().as_slice() {
        ["orphans", ..] => orphans.to_vec(),
        ["without_owner", ..] => nobodys.to_vec(),
        ["dossier", ..] => dossier.to_vec(),
        ["staff", who, ..] => {
            let who = symbols.get(who);
            items.iter().filter(|item| Some(item.owner) == who).collect()
        }
        _ => Vec::new(),
    };
    all.into_iter()
}

/// Deals of a currency by amount, all else by age, then by tag and owner.
fn key(item: &Item<'_>, symbols: &Symbols) -> (Kind, bool, String, Reverse<i128>, Timestamp, String, String) {
    let object = item.object;
    let (amount, currency) = object.amount.clone().unwrap_or_default();
    let owner = symbols.text(item.owner).to_owned();
    (object.kind, currency.is_empty(), currency, Reverse(amount), object.begun, object.tag.clone(), owner)
}

fn row(
    item: &Item<'_>,
    rows: &dyn Rows,
    symbols: &Symbols,
    params: &HandoverParams,
) -> Result<v1::HandoverItem, ReadError> {
    let object = item.object;
    let moment = |moment: Timestamp| time::to_proto(moment.min(LAST));
    let customer = match object.customer {
        ObjectId::NOBODY => String::new(),
        customer => format!("party:{}", rows.party_name(customer)?),
    };
    let kind = match object.kind {
        Kind::Deal => "deal",
        Kind::Ticket => "ticket",
        Kind::Agreement => "agreement",
        Kind::Meeting => "meeting",
        Kind::Party => "party",
        Kind::Other => object.tag.split_once(':').map_or(object.tag.as_str(), |(kind, _)| kind),
    };
    let mut roles: Vec<String> = item.roles.iter().map(|role| symbols.text(*role).to_owned()).collect();
    roles.sort_unstable();
    let days = day_number(params.until, &params.zone) - day_number(object.begun, &params.zone);
    let (amount, currency) =
        object.amount.clone().map_or((None, String::new()), |(amount, currency)| (sum(amount), currency));
    let acknowledged_by = item.acknowledged.map_or("", |(_, staff)| symbols.text(staff));
    Ok(v1::HandoverItem {
        object: object.tag.clone(),
        kind: kind.to_owned(),
        customer,
        owner: symbols.text(item.owner).to_owned(),
        roles,
        since: item.since.map(moment),
        begun: Some(moment(object.begun)),
        age_days: u32::try_from(days).unwrap_or(0),
        currency,
        amount,
        due: symbols.text(object.due).to_owned(),
        is_acknowledged: item.acknowledged.is_some(),
        acknowledged_by: acknowledged_by.to_owned(),
    })
}
