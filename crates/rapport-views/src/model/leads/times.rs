//! How long leads take from one step to another.

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{
    lead::Lead,
    measures::{Measured, median},
    params::{LeadsParams, micros},
};
use crate::{
    model::figures::Figures,
    stats::kaplan_meier::{self, Stay},
};

/// When a lead took a step.
type At = fn(&Lead) -> Option<Timestamp>;

/// One step to another, each with its name.
type Span = ((&'static str, At), (&'static str, At));

const CAPTURED: (&str, At) = ("captured", |lead| lead.captured);
const OPENED: (&str, At) = ("opened", |lead| lead.opened);
const JUDGED: (&str, At) = ("judged", |lead| lead.judged);
const ACCEPTED: (&str, At) = ("accepted", |lead| lead.accepted);
const CONVERTED: (&str, At) = ("converted", |lead| lead.converted);

/// Of contact points captured in the period.
const OF_CAPTURED: [Span; 2] = [(CAPTURED, OPENED), (CAPTURED, ACCEPTED)];
/// Of leads opened in the period.
const OF_OPENED: [Span; 3] = [(OPENED, JUDGED), (OPENED, CONVERTED), (ACCEPTED, CONVERTED)];

/// Whether two steps are measured.
pub(super) fn is_measured(from: &str, to: &str) -> bool {
    OF_CAPTURED.iter().chain(&OF_OPENED).any(|((one, _), (other, _))| (*one, *other) == (from, to))
}

/// In the order in which the steps follow each other.
pub(super) fn times(of: &Measured<'_>, params: &LeadsParams, figures: &mut Figures) -> Vec<v1::LeadTime> {
    let of_captured = OF_CAPTURED.iter().map(|span| (span, &of.captured));
    let all = of_captured.chain(OF_OPENED.iter().map(|span| (span, &of.opened)));
    all.map(|(span, leads)| measured(span, leads, params, figures)).collect()
}

fn measured(
    ((from, began), (to, ended)): &Span,
    leads: &[&Lead],
    params: &LeadsParams,
    figures: &mut Figures,
) -> v1::LeadTime {
    let is_in = |lead: &&Lead| lead.is_traceable() && began(lead).is_some();
    let leads: Vec<&Lead> = leads.iter().copied().filter(is_in).collect();
    let stay = |lead: &&Lead| {
        let began = began(lead)?;
        Some(match ended(lead) {
            Some(ended) => Stay::ended(micros(began, ended)),
            None => Stay::censored(micros(began, params.now())),
        })
    };
    let mut stays: Vec<Stay> = leads.iter().filter_map(stay).collect();
    stays.sort_unstable();
    let done = leads.iter().filter(|lead| ended(lead).is_some()).map(|lead| lead.thing());
    v1::LeadTime {
        from: (*from).to_owned(),
        to: (*to).to_owned(),
        leads: figures.count(&["times", from, to, "leads"], leads.iter().map(|lead| lead.thing())),
        done: figures.count(&["times", from, to, "done"], done),
        median: median(&leads, |lead| Some(micros(began(lead)?, ended(lead)?))),
        median_of_all: kaplan_meier::median(&stays, &[]).map(time::duration_to_proto),
    }
}
