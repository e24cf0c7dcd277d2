//! What leads have in common.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_model::Timestamp;
use rapport_proto::v1::{self, leads_request::By};

use super::{
    deals::Deals,
    lead::Lead,
    measures::{Measured, measures, size},
    params::LeadsParams,
};
use crate::{
    model::figures::Figures,
    rows::{Symbol, Symbols},
};

/// Groups, reasons and cohorts of an answer at most: they are not paged, so that the pages have the leads alone.
pub(super) const GROUPS_MAX: usize = 500;

/// By what the request asks for, and how many groups there are beyond those; none where it asks for nothing.
pub(super) fn groups(
    of: &Measured<'_>,
    deals: &Deals,
    params: &LeadsParams,
    symbols: &Symbols,
    figures: &mut Figures,
) -> (Vec<v1::LeadGroup>, u64) {
    let mut found: BTreeMap<String, Measured<'_>> = BTreeMap::new();
    if params.by == By::Unspecified {
        return (Vec::new(), 0);
    }
    let says_who_judges = of.says_who_judges();
    for lead in &of.captured {
        found.entry(key(lead, lead.captured, params, symbols)).or_default().captured.push(lead);
    }
    for lead in &of.opened {
        found.entry(key(lead, lead.opened, params, symbols)).or_default().opened.push(lead);
    }
    let mut all: Vec<v1::LeadGroup> = found
        .into_iter()
        .map(|(key, group)| v1::LeadGroup {
            of: Some(measures(&group, says_who_judges, deals, &["groups", &key], figures)),
            key,
        })
        .collect();
    if params.by != By::Month {
        // What is equal stays ordered by its key.
        all.sort_by_key(|group| {
            let of = group.of.as_ref();
            let leads = size(of.and_then(|of| of.leads.as_ref()));
            Reverse((leads, size(of.and_then(|of| of.captured.as_ref()))))
        });
    }
    let left_out = all.len().saturating_sub(GROUPS_MAX) as u64;
    all.truncate(GROUPS_MAX);
    (all, left_out)
}

/// `at` is when it was opened or captured.
fn key(lead: &Lead, at: Option<Timestamp>, params: &LeadsParams, symbols: &Symbols) -> String {
    let text = |symbol: Symbol| symbols.text(symbol).to_owned();
    match params.by {
        By::Unspecified => String::new(),
        By::Origin => text(lead.origin),
        By::Campaign => text(lead.campaign),
        By::Landing => text(lead.landing),
        By::Interest => text(lead.interest),
        By::Staff => text(lead.staff),
        By::Branch => text(lead.branch),
        By::Month => at.map_or_else(String::new, |at| params.month(at).0),
    }
}
