//! The message that an answer is, but for what is said of one customer.

use std::cmp::Reverse;

use rapport_proto::{
    fit, time,
    v1::{self, ConsentViolation},
};

use super::{groups::groups, judge::Judged, params::ConsentParams, sent::Sent};
use crate::{
    model::figures::{Counted, Figures},
    read::{ReadError, Rows},
    rows::Symbols,
    stats::share,
};

/// The messages added up.
pub(super) fn violations(
    judged: &[Judged],
    sent: &Sent,
    symbols: &Symbols,
    figures: &mut Figures,
) -> v1::ConsentViolations {
    let messages = judged.iter().map(|one| Counted::event(one.row.position));
    let found = judged.iter().filter(|one| one.is_violation());
    let found = found.map(|one| Counted::event(one.row.position));
    let share = share(found.clone().count() as u64, judged.len() as u64);
    let (groups, groups_left_out) = groups(judged, symbols, figures);
    v1::ConsentViolations {
        messages: figures.count(&["messages"], messages),
        violations: figures.count(&["violations"], found),
        share,
        groups,
        groups_left_out,
        nobody: figures.count(&["nobody"], sent.nobody.iter().copied()),
        without_purpose: figures.count(&["without_purpose"], sent.without_purpose.iter().copied()),
    }
}

/// Puts the rows of the page that begins after those that are skipped: the latest violation first.
pub(super) fn put_rows(
    response: &mut v1::ConsentResponse,
    judged: Vec<Judged>,
    skip: usize,
    params: &ConsentParams,
    (rows, symbols): (&dyn Rows, &Symbols),
) -> Result<(), ReadError> {
    let mut found: Vec<Judged> = judged.into_iter().filter(Judged::is_violation).collect();
    found.sort_unstable_by_key(|one| Reverse((one.row.occurred_at, one.row.position)));
    let left_out = found.len().saturating_sub(skip);
    let mut page = fit::Page::beside(&*response);
    for one in found.into_iter().skip(skip).take(params.page_size) {
        let row = row(&one, rows, symbols)?;
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (left_out - response.rows.len()) as u64;
    Ok(())
}

fn row(one: &Judged, rows: &dyn Rows, symbols: &Symbols) -> Result<ConsentViolation, ReadError> {
    let text = |symbol| symbols.text(symbol).to_owned();
    let Judged { row, reason, decision } = one;
    Ok(ConsentViolation {
        position: row.position.0,
        occurred_at: Some(time::to_proto(row.occurred_at)),
        customer: format!("party:{}", rows.party_name(row.customer)?),
        channel: text(row.channel),
        reason: (*reason).into(),
        campaign: text(row.campaign),
        staff: text(row.staff),
        branch: text(row.branch),
        decision: decision.map_or(0, |position| position.0),
        consent_ref: text(row.consent_ref),
    })
}
