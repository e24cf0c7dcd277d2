//! Asks a store for entries, disclosures and milestones, and answers.

use std::{cmp::Ordering, ops::Range};

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    counted::{self, Sums, sums, together},
    disclosed::disclosures,
    keys::{Key, Keys},
    list, milestones,
    params::ActivityParams,
    which::narrowed,
};
use crate::{
    answers::{Answered, AskError, Asked},
    calendar::LAST,
    model::{figures::Figures, order},
    read::{ReadError, Rows},
    rows::{DisclosedTo, Symbols},
    table::Filter,
    view::View,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ActivityRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ActivityResponse>, AskError> {
    let (as_of, skip) = (asked.as_of, asked.skip);
    let params = ActivityParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let names = (&symbols, &identity);
    let within = Filter::all().occurred(params.window.from, params.window.to);
    let texts: [(&'static str, &[String]); 2] = [("actor", &request.actors), ("type", &request.types)];
    let filter = narrowed(within, rows, names, &texts, &request.customers)?;
    let both = (asked.rows_of(View::Facts)?, rows);
    let mut response = disclosures(request, both, &params, &mut figures)?;
    (response.milestones, response.milestones_left_out) =
        milestones::milestones(request, both, (&params, asked.events), &mut figures)?;
    response.window_days = params.window_days;
    let (mut all, mut total) = (Vec::new(), Sums::default());
    if let Some(filter) = &filter {
        let keys = Keys::read(rows, filter, &params)?;
        let found = sums(rows, &identity, (filter, &keys), &params)?;
        total = together(found.values());
        counted::find(rows, names, (filter, &keys), &params, &mut figures)?;
        all = if request.list {
            list::events(rows, names, filter, &params, asked)?
        } else {
            groups(found, &keys, (rows, &symbols), skip..skip.saturating_add(params.page_size))?
        };
    }
    response.total = Some(total.wire(&["total"]));
    let in_all = if request.list { total.events + total.retracted } else { all.len() as u64 };
    // Of the list the rows are the page; groups are all of them.
    let on_page = if request.list { all } else { all.into_iter().skip(skip).collect() };
    let mut response = if skip == 0 { response } else { v1::ActivityResponse::default() };
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    response.meta = Some(v1::ViewMeta { as_of: Some(as_of.to_proto()), ..v1::ViewMeta::default() });
    (response.period_from, response.period_to) = (moment(params.window.from), moment(params.window.to));
    let mut page = fit::Page::beside(&response);
    for row in on_page.into_iter().take(params.page_size) {
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = in_all.saturating_sub((skip + response.rows.len()) as u64);
    let objects = figures.hits(rows, &identity, as_of, |_| Vec::new())?;
    Ok(Answered { response, objects })
}

fn is_figure(parts: &[&str]) -> bool {
    let is_disclosure = matches!(parts, ["disclosures", to] if DisclosedTo::WORDS.contains(to));
    is_disclosure || counted::is_figure(parts) || milestones::is_figure(parts)
}

/// Groups in their order: those with the most events first, then those with the most retracted ones, then by key; days and
/// months by key. The part that is shown has names.
fn groups(
    found: HashMap<Key, Sums>,
    keys: &Keys,
    (rows, symbols): (&dyn Rows, &Symbols),
    part: Range<usize>,
) -> Result<Vec<v1::ActivityRow>, ReadError> {
    let mut items: Vec<(Key, Sums)> = found.into_iter().collect();
    let weight = |(a, of): &(Key, Sums), (b, other): &(Key, Sums)| match keys {
        Keys::Periods(_) => a.cmp(b),
        Keys::Column(_) | Keys::Customer => by_count(of, other),
    };
    items.sort_unstable_by(weight);
    let mut name = |(key, _): &(Key, Sums)| keys.text(*key, rows, symbols);
    order::settle(&mut items, part.clone(), weight, &mut name)?;
    let row = |(place, item): (usize, &(Key, Sums))| {
        if !part.contains(&place) {
            return Ok(v1::ActivityRow::default());
        }
        let key = name(item)?;
        Ok(v1::ActivityRow { of: Some(item.1.wire(&["rows", &key])), key, event: None })
    };
    items.iter().enumerate().map(row).collect()
}

fn by_count(of: &Sums, other: &Sums) -> Ordering {
    (other.events, other.retracted).cmp(&(of.events, of.retracted))
}
