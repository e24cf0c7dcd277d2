//! The leads of each month, and how many of them were converted within the window.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::v1;

use super::{groups::GROUPS_MAX, lead::Lead, measures::share, params::LeadsParams};
use crate::model::figures::Figures;

/// The leads of one month.
#[derive(Debug, Default)]
struct Cohort<'a> {
    leads: Vec<&'a Lead>,
    /// The end of the month, or of the period where that is earlier.
    end: Timestamp,
}

/// The last months, in order, and how many there are before them.
pub(super) fn cohorts(
    leads: &[&Lead],
    params: &LeadsParams,
    figures: &mut Figures,
) -> (Vec<v1::LeadCohort>, u64) {
    let mut found: BTreeMap<String, Cohort<'_>> = BTreeMap::new();
    for lead in leads {
        let Some(opened) = lead.opened else { continue };
        let (month, end) = params.month(opened);
        let cohort = found.entry(month).or_default();
        cohort.end = end.min(params.window.to);
        cohort.leads.push(lead);
    }
    let is_in_time = |lead: &&&Lead| {
        let ends = lead.opened.map(|opened| params.window_after(opened));
        lead.converted.zip(ends).is_some_and(|(converted, end)| converted <= end)
    };
    let left_out = found.len().saturating_sub(GROUPS_MAX);
    let cohort = |(month, cohort): (String, Cohort<'_>)| {
        let all = &cohort.leads;
        let in_time = all.iter().filter(is_in_time).map(|lead| lead.thing());
        let converted = figures.count(&["cohorts", &month, "converted"], in_time);
        v1::LeadCohort {
            leads: figures.count(&["cohorts", &month, "leads"], all.iter().map(|lead| lead.thing())),
            converted: share(converted, all.len() as u64),
            immature: params.now() < params.window_after(cohort.end),
            month,
        }
    };
    (found.into_iter().skip(left_out).map(cohort).collect(), left_out as u64)
}
