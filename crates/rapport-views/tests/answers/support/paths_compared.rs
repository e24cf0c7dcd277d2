//! What paths compare, computed again: satisfaction with adherence, and the quickest cases with the others.

use std::collections::BTreeSet;

use rapport_proto::v1::{self, paths_request::Of};

use super::{
    acting::Acting,
    company::Company,
    contacts_oracle::share,
    deliveries_oracle::{day, steps},
    deliveries_said::{difference, mean, responses},
    funnel_oracle::count,
    paths_oracle::{Case, lasted, length, median},
};

/// Of cases of which any step was due, each with whether the process was followed wholly.
pub(super) fn satisfaction(company: &Company, judged: &[(&Case, bool)]) -> v1::AdherenceSatisfaction {
    let (happened, acting) = (company.happened(), Acting::of(company));
    let (instrument, all) = responses(&happened, &[(2, "csat"), (1, "nps")]);
    let values = |wholly: bool| -> Vec<f64> {
        let cases = judged.iter().filter(|(case, is_right)| *is_right == wholly && !case.customer.is_empty());
        let last = cases.filter_map(|(case, _)| {
            all.iter().rev().find(|(said, _)| {
                let is_early = day(said.at) < day(case.begins);
                let is_late = steps(day(case.last), day(said.at)) > 60;
                acting.counts_for(&case.customer, said) && !is_early && !is_late
            })
        });
        last.map(|(_, value)| *value).collect()
    };
    let (wholly, otherwise) = (values(true), values(false));
    let compared = difference(&wholly, &otherwise);
    v1::AdherenceSatisfaction {
        instrument: instrument.to_owned(),
        wholly: count(wholly.len()),
        wholly_mean: mean(&wholly),
        otherwise: count(otherwise.len()),
        otherwise_mean: mean(&otherwise),
        difference: compared.map(|(difference, _, _)| difference),
        low: compared.map(|(_, low, _)| low),
        high: compared.map(|(_, _, high)| high),
    }
}

/// What may occur in a case: that it goes this way, or that it lacks this step.
enum Practice {
    Way(Vec<String>),
    Lacks(&'static str),
}

impl Practice {
    fn occurs(&self, case: &Case) -> bool {
        match self {
            Self::Way(way) => path(case) == *way,
            Self::Lacks(code) => !path(case).iter().any(|step| step == code),
        }
    }
}

fn path(case: &Case) -> Vec<String> {
    case.steps.iter().map(|(_, step)| step.clone()).collect()
}

pub(super) fn quickest(
    cases: &[&Case],
    of: Of,
    defined: &[(&'static str, bool, Option<i64>)],
) -> Option<v1::QuickestCases> {
    let end = if of == Of::Deals { "won" } else { "closed" };
    let mut timed: Vec<&Case> =
        cases.iter().copied().filter(|case| case.end == end && case.steps.len() >= 2).collect();
    if timed.len() < 4 {
        return None;
    }
    timed.sort_by_key(|case| lasted(case));
    // The first place at or behind a quarter of them.
    let place = (1..=timed.len()).find(|place| 4 * place >= timed.len()).unwrap();
    let longest = lasted(timed[place - 1]);
    let (quick, others): (Vec<&Case>, Vec<&Case>) = timed.iter().partition(|case| lasted(case) <= longest);
    let practices: Vec<Practice> = if of == Of::Process {
        defined.iter().map(|(code, _, _)| Practice::Lacks(code)).collect()
    } else {
        let ways: BTreeSet<Vec<String>> = timed.iter().map(|case| path(case)).collect();
        ways.into_iter().map(Practice::Way).collect()
    };
    let (n, m) = (quick.len(), others.len());
    let mut found: Vec<(i64, v1::PracticeDifference)> = Vec::new();
    for practice in practices.iter().filter(|_| m > 0) {
        let of = |cases: &[&Case]| cases.iter().filter(|case| practice.occurs(case)).count();
        let (a, b) = (of(&quick), of(&others));
        if a + b > 0 {
            found.push(((a * m) as i64 - (b * n) as i64, compared(practice, (a, n), (b, m))));
        }
    }
    found.sort_by_key(|(numerator, _)| -numerator.abs());
    let lengths = |of: &[&Case]| of.iter().map(|case| lasted(case)).collect::<Vec<_>>();
    Some(v1::QuickestCases {
        quick: count(n),
        others: count(m),
        quick_median: median(&lengths(&quick)),
        quick_longest: length(Some(longest)),
        others_median: median(&lengths(&others)),
        differences_left_out: found.len().saturating_sub(10) as u64,
        differences: found.into_iter().take(10).map(|(_, row)| row).collect(),
    })
}

/// By Newcombe, from the ends of Wilson's intervals.
fn compared(practice: &Practice, (a, n): (usize, usize), (b, m): (usize, usize)) -> v1::PracticeDifference {
    let ends = |part, whole| {
        let of = share(part, whole).unwrap();
        (of.share.unwrap(), of.low.unwrap(), of.high.unwrap())
    };
    let ((p, p_low, p_high), (q, q_low, q_high)) = (ends(a, n), ends(b, m));
    let (steps, left_out) = match practice {
        Practice::Way(way) => (way.clone(), String::new()),
        Practice::Lacks(code) => (Vec::new(), (*code).to_owned()),
    };
    v1::PracticeDifference {
        steps,
        left_out,
        quick: count(a),
        quick_share: p,
        others: count(b),
        others_share: q,
        difference: p - q,
        low: p - q - ((p - p_low).powi(2) + (q_high - q).powi(2)).sqrt(),
        high: p - q + ((p_high - p).powi(2) + (q - q_low).powi(2)).sqrt(),
    }
}
