//! What is shown of one customer: a verdict a channel, the decisions as they were recorded, and limits.

use std::collections::BTreeSet;

use rapport_proto::v1::{ConsentLimits, ConsentProof, ConsentResponse};

use super::cells::{position, reason, yes};
use crate::page::{Grid, GridCell, GridColumn, Unit, Words};

/// In the order in which they are read.
pub(super) fn grids(response: &ConsentResponse) -> [Grid; 3] {
    [verdicts(response), proofs(response), limits(response.limits.as_ref())]
}

fn verdicts(response: &ConsentResponse) -> Grid {
    let name = response.customer.split_once(':').map_or("", |(_, name)| name);
    let title = Words::new("verdict", "may {} be addressed for {}?")
        .with(Unit::Code, GridCell::text(&response.customer).named(name))
        .with(Unit::Code, GridCell::text(&response.purpose));
    let mut grid = Grid::new("verdict", "may they be addressed?").titled(title).columns([
        GridColumn::new("channel", "channel", Unit::Code),
        GridColumn::new("may_send", "may be", Unit::Text),
        GridColumn::new("reason", "why", Unit::Text).most(),
        GridColumn::new("topics", "only about", Unit::Text).less(2),
        GridColumn::new("proof", "proof", Unit::Code).less(1),
    ]);
    for verdict in &response.verdicts {
        let proof = verdict.proof.as_ref();
        grid.row([
            GridCell::text(&verdict.channel),
            yes(verdict.may_send),
            reason(verdict.reason()),
            GridCell::text(&verdict.topics.join(" ")),
            position(proof.map_or(0, |proof| proof.position)),
        ]);
    }
    let is_of_merge = |proof: &ConsentProof| proof.is_of_merge;
    if response.verdicts.iter().filter_map(|verdict| verdict.proof.as_ref()).any(is_of_merge) {
        let text = "a decision that holds by a merge is the more restrictive one of two ids, until the customer decides again";
        grid.note(Words::new("is_of_merge", text));
    }
    if response.verdicts.iter().any(|verdict| verdict.proof.is_none()) {
        grid.note(Words::new("no_proof", "no proof where the customer decided nothing about the channel"));
    }
    grid
}

/// Each decision once, in the order of the channels for which they hold.
fn proofs(response: &ConsentResponse) -> Grid {
    let mut grid = Grid::new("proof", "the proof: who, when, which text, how").columns([
        GridColumn::new("proof", "position", Unit::Code),
        GridColumn::new("decision", "decision", Unit::Code),
        GridColumn::new("purpose", "purpose", Unit::Code).less(1),
        GridColumn::new("channel", "about", Unit::Code),
        GridColumn::new("occurred_at", "when", Unit::Moment),
        GridColumn::new("recorded_under", "customer", Unit::Code),
        GridColumn::new("staff", "recorded by", Unit::Code),
        GridColumn::new("method", "how", Unit::Code),
        GridColumn::new("text_version", "text", Unit::Code),
        GridColumn::new("text_hash", "SHA-256 of the text", Unit::Code).most(),
        GridColumn::new("expires", "expires", Unit::Moment).less(4),
        GridColumn::new("topics", "topics", Unit::Text).less(3),
        GridColumn::new("is_of_merge", "by a merge", Unit::Text).less(2),
    ]);
    let mut seen = BTreeSet::new();
    for proof in response.verdicts.iter().filter_map(|verdict| verdict.proof.as_ref()) {
        // A decision that a merge narrows for one channel is as it was made for another.
        if !seen.insert((proof.position, proof.is_of_merge)) {
            continue;
        }
        let name = proof.recorded_under.split_once(':').map_or("", |(_, name)| name);
        grid.row([
            GridCell::count(proof.position),
            GridCell::text(&proof.decision),
            GridCell::text(&proof.purpose),
            GridCell::text(&proof.channel).named(if proof.channel.is_empty() { "every channel" } else { "" }),
            GridCell::moment(proof.occurred_at.as_ref()),
            GridCell::text(&proof.recorded_under).named(name),
            GridCell::text(&proof.staff),
            GridCell::text(&proof.method),
            GridCell::text(&proof.text_version),
            GridCell::text(&proof.text_hash),
            GridCell::moment(proof.expires.as_ref()),
            GridCell::text(&proof.topics.join(" ")),
            if proof.is_of_merge { yes(true) } else { GridCell::nothing() },
        ]);
    }
    grid
}

fn limits(limits: Option<&ConsentLimits>) -> Grid {
    let mut grid = Grid::new("limit", "how often and when").columns([
        GridColumn::new("month", "month", Unit::Code),
        GridColumn::new("sent", "sent", Unit::Count),
        GridColumn::new("preference_cap", "customer's cap", Unit::Count),
        GridColumn::new("policy_cap", "policy's cap", Unit::Count),
        GridColumn::new("preference_quiet", "customer's quiet hours", Unit::Text),
        GridColumn::new("policy_quiet", "policy's quiet hours", Unit::Text),
        GridColumn::new("is_quiet", "quiet now", Unit::Text),
        GridColumn::new("preferred_channel", "likes best", Unit::Code).less(3),
        GridColumn::new("topics", "interested in", Unit::Text).less(2),
        GridColumn::new("position", "position", Unit::Code).less(1),
    ]);
    let Some(limits) = limits else { return grid };
    let cap = |cap: Option<u32>| cap.map_or_else(GridCell::nothing, |cap| GridCell::count(cap.into()));
    grid.row([
        GridCell::text(&limits.month),
        GridCell::figure(limits.sent.as_ref()),
        cap(limits.preference_cap),
        cap(limits.policy_cap),
        GridCell::text(&limits.preference_quiet),
        GridCell::text(&limits.policy_quiet),
        yes(limits.is_quiet),
        GridCell::text(&limits.preferred_channel),
        GridCell::text(&limits.topics.join(" ")),
        position(limits.preference_position),
    ]);
    grid
}
