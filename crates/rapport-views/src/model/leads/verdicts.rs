//! Why leads were rejected, and what their scores say of conversion.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_proto::v1;

use super::{
    groups::GROUPS_MAX,
    lead::{Lead, State},
    measures::{share, size},
};
use crate::{model::figures::Figures, rows::Symbols};

/// Bands of scores at most.
const BANDS: usize = 5;

/// The most frequent first, and how many there are beyond those.
pub(super) fn reasons(
    leads: &[&Lead],
    symbols: &Symbols,
    figures: &mut Figures,
) -> (Vec<v1::LeadReason>, u64) {
    let mut found: BTreeMap<&str, Vec<&Lead>> = BTreeMap::new();
    for lead in leads.iter().filter(|lead| lead.state() == State::Rejected) {
        let reason = lead.verdict.map_or("", |verdict| symbols.text(verdict.reason));
        found.entry(reason).or_default().push(lead);
    }
    let rejected = found.values().map(|leads| leads.len() as u64).sum();
    let reason = |(reason, own): (&str, Vec<&Lead>)| v1::LeadReason {
        leads: share(figures.count(&["reasons", reason], own.iter().map(|lead| lead.thing())), rejected),
        reason: reason.to_owned(),
    };
    let mut reasons: Vec<_> = found.into_iter().map(reason).collect();
    // What is equal stays ordered by its reason.
    reasons.sort_by_key(|one| Reverse(size(one.leads.as_ref().and_then(|share| share.leads.as_ref()))));
    let left_out = reasons.len().saturating_sub(GROUPS_MAX) as u64;
    reasons.truncate(GROUPS_MAX);
    (reasons, left_out)
}

/// Fifths of the leads with a score, the lowest first. A lead is in the fifth that its place among them says, counted by
/// those with a lower score: equal scores are in one band, so that there may be fewer.
pub(super) fn scores(leads: &[&Lead], figures: &mut Figures) -> Vec<v1::LeadScoreBand> {
    let mut scored: Vec<(f64, &Lead)> = leads.iter().filter_map(|lead| Some((lead.score?, *lead))).collect();
    scored.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let n = scored.len();
    let mut bands: BTreeMap<usize, Vec<(f64, &Lead)>> = BTreeMap::new();
    for (score, lead) in &scored {
        let below = scored.partition_point(|(other, _)| other < score);
        bands.entry(BANDS * below / n.max(1) + 1).or_default().push((*score, lead));
    }
    let band = |(nth, own): (usize, Vec<(f64, &Lead)>)| {
        let nth = nth.to_string();
        let converted = own.iter().filter(|(_, lead)| lead.converted.is_some()).map(|(_, lead)| lead.thing());
        let converted = figures.count(&["scores", &nth, "converted"], converted);
        v1::LeadScoreBand {
            lowest: own.first().map_or(0.0, |(score, _)| *score),
            highest: own.last().map_or(0.0, |(score, _)| *score),
            leads: figures.count(&["scores", &nth, "leads"], own.iter().map(|(_, lead)| lead.thing())),
            converted: share(converted, own.len() as u64),
        }
    };
    bands.into_iter().map(band).collect()
}
