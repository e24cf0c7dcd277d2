//! What became of some leads: counts with the names of their figures, shares with their intervals.

use rapport_proto::{time, v1};

use super::{
    deals::{Deals, Outcome},
    lead::{Lead, State},
    params::micros,
};
use crate::{
    model::figures::Figures,
    stats::{self, median_i64, wilson},
};

/// Leads that are measured together.
#[derive(Debug, Default)]
pub(super) struct Measured<'a> {
    /// Captured first in the period.
    pub(super) captured: Vec<&'a Lead>,
    /// Opened first in the period.
    pub(super) opened: Vec<&'a Lead>,
}

impl Measured<'_> {
    /// Whether any verdict names who judged: where none does, events may not say it.
    pub(super) fn says_who_judges(&self) -> bool {
        let mut judged = self.opened.iter().filter(|lead| lead.is_traceable() && lead.judged.is_some());
        judged.any(|lead| !lead.is_automatic)
    }
}

/// A part of so many, with its interval.
pub(super) fn share(leads: Option<v1::Figure>, whole: u64) -> Option<v1::LeadShare> {
    let part = size(leads.as_ref());
    let interval = wilson::percentage(part, whole).and_then(|percentage| percentage.interval);
    let share = stats::share(part, whole);
    // Dividing by 100 may carry an end past the share by a last digit.
    let ends = interval.zip(share).map(|((low, high), at)| ((low / 100.0).min(at), (high / 100.0).max(at)));
    let (low, high) = ends.unzip();
    Some(v1::LeadShare { leads, share, low, high })
}

/// How many a figure counts.
pub(super) fn size(figure: Option<&v1::Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

/// `name` begins the names of the figures; `says_who_judges` is that of all leads of the period.
pub(super) fn measures(
    of: &Measured<'_>,
    says_who_judges: bool,
    deals: &Deals,
    name: &[&str],
    figures: &mut Figures,
) -> v1::LeadMeasures {
    let mut count = |what, all: &[&Lead], is_in: &dyn Fn(&Lead) -> bool| {
        let counted = all.iter().filter(|lead| is_in(lead)).map(|lead| lead.thing());
        figures.count(&[name, &[what]].concat(), counted)
    };
    let is_traceable = |lead: &Lead| lead.is_traceable();
    let is_not = |lead: &Lead| !lead.is_traceable();
    let leads: Vec<&Lead> = of.opened.iter().copied().filter(|lead| lead.is_traceable()).collect();
    let captured = count("captured", &of.captured, &is_traceable);
    let also_opened =
        count("captured_opened", &of.captured, &|lead| lead.is_traceable() && lead.opened.is_some());
    let judged = count("judged", &leads, &|lead| lead.judged.is_some());
    let automatic = count("judged_automatically", &leads, &|lead| lead.is_automatic);
    let n = leads.len() as u64;
    let mut part = |what, is_in: &dyn Fn(&Lead) -> bool| share(count(what, &leads, is_in), n);
    v1::LeadMeasures {
        accepted: part("accepted", &|lead| lead.accepted.is_some()),
        converted: part("converted", &|lead| lead.state() == State::Converted),
        rejected: part("rejected", &|lead| lead.state() == State::Rejected),
        open: part("open", &|lead| lead.state().is_open()),
        won: part("won", &|lead| deals.outcome(lead) == Some(Outcome::Won)),
        not_judged: count("not_judged", &leads, &|lead| lead.state() == State::Opened),
        judged_automatically: share(automatic, if says_who_judges { size(judged.as_ref()) } else { 0 }),
        judged,
        captured_opened: share(also_opened, size(captured.as_ref())),
        captured,
        captured_untraceable: count("captured_untraceable", &of.captured, &is_not),
        leads: count("leads", &leads, &|_| true),
        untraceable: count("untraceable", &of.opened, &is_not),
        median_to_verdict: median(&leads, |lead| Some(micros(lead.opened?, lead.judged?))),
        median_to_conversion: median(&leads, |lead| Some(micros(lead.opened?, lead.converted?))),
    }
}

/// Of the leads that have it.
pub(super) fn median(
    leads: &[&Lead],
    length: impl Fn(&Lead) -> Option<i64>,
) -> Option<prost_types::Duration> {
    let mut lengths: Vec<i64> = leads.iter().filter_map(|lead| length(lead)).collect();
    median_i64(&mut lengths).map(time::duration_to_proto)
}
