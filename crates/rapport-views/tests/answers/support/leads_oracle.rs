//! Leads computed again: every lead is walked through step by step, and every count is a look at all of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rapport_model::Timestamp;
use rapport_proto::{time, v1};
use rapport_views::model::Leads;

use super::{
    DAY, checks,
    company::{Company, zone},
    exact::product_limit_median,
    funnel_oracle::count,
    leads_told::{Lead, leads},
    proto,
};

fn day(at: Timestamp) -> Date {
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone()).date()
}

fn month(at: Timestamp) -> String {
    format!("{:04}-{:02}", day(at).year(), day(at).month())
}

/// The ends of Wilson's interval are the p at which the share is z standard errors away: the roots of
/// (s - p)² = z²·p·(1 - p)/n.
fn share(part: usize, whole: usize) -> Option<v1::LeadShare> {
    if whole == 0 {
        return Some(v1::LeadShare { leads: count(part), ..Default::default() });
    }
    let (n, s, z) = (whole as f64, part as f64 / whole as f64, 1.96_f64);
    let (a, b, c) = (1.0 + z * z / n, -(2.0 * s + z * z / n), s * s);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    let (low, high) = (((-b - root) / (2.0 * a)).max(0.0), ((-b + root) / (2.0 * a)).min(1.0));
    Some(v1::LeadShare { leads: count(part), share: Some(s), low: Some(low.min(s)), high: Some(high.max(s)) })
}

/// A length of time that is not negative.
fn length(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_micros() - from.as_micros()).max(0)
}

fn median(mut lengths: Vec<i64>) -> Option<prost_types::Duration> {
    lengths.sort_unstable();
    let n = lengths.len();
    (n > 0).then(|| time::duration_to_proto((lengths[(n - 1) / 2] + lengths[n / 2]).div_euclid(2)))
}

const VERDICTS: [&str; 2] = ["accepted", "rejected"];

/// Of contact points captured and of leads opened.
fn measures(captured: &[&Lead], opened: &[&Lead], says_who: bool) -> v1::LeadMeasures {
    let leads: Vec<_> = opened.iter().filter(|lead| lead.is_traceable()).collect();
    let points: Vec<_> = captured.iter().filter(|lead| lead.is_traceable()).collect();
    let are = |states: &[&str]| leads.iter().filter(|lead| states.contains(&lead.state())).count();
    let part = |part| share(part, leads.len());
    let until = |steps: &[&str]| {
        let length = |lead: &&&&Lead| Some(length(lead.first(&["opened"])?, lead.first(steps)?));
        median(leads.iter().filter_map(|lead| length(&lead)).collect())
    };
    let judged: Vec<_> = leads.iter().filter(|lead| lead.all(&VERDICTS).count() > 0).collect();
    let automatic = judged.len() - judged.iter().filter(|lead| lead.names_a_judge()).count();
    let mut automatically = share(automatic, judged.len()).unwrap();
    if !says_who {
        automatically = v1::LeadShare { leads: automatically.leads, ..Default::default() };
    }
    let both = points.iter().filter(|lead| lead.first(&["opened"]).is_some()).count();
    v1::LeadMeasures {
        captured: count(points.len()),
        captured_opened: share(both, points.len()),
        captured_untraceable: count(captured.len() - points.len()),
        leads: count(leads.len()),
        untraceable: count(opened.len() - leads.len()),
        accepted: part(leads.iter().filter(|lead| lead.first(&["accepted"]).is_some()).count()),
        converted: part(are(&["converted"])),
        rejected: part(are(&["rejected"])),
        open: part(are(&["opened", "accepted"])),
        not_judged: count(are(&["opened"])),
        won: part(leads.iter().filter(|lead| lead.outcome == "won").count()),
        median_to_verdict: until(&VERDICTS),
        median_to_conversion: until(&["converted"]),
        judged: count(judged.len()),
        judged_automatically: Some(automatically),
    }
}

/// Whether any of these that can be followed was judged by somebody.
fn says_who(opened: &[&Lead]) -> bool {
    opened.iter().any(|lead| lead.is_traceable() && lead.names_a_judge())
}

/// Who has what in common; `at` is the step by which a lead is in the period.
fn key(lead: &Lead, by: i32, at: &str) -> String {
    match by {
        1 => lead.said("origin"),
        2 => lead.said("campaign"),
        3 => lead.said("landing"),
        4 => lead.said("interest"),
        5 => lead.staff(),
        6 => lead.branch(),
        _ => month(lead.first(&[at]).unwrap()),
    }
}

fn groups(by: i32, captured: &[&Lead], opened: &[&Lead]) -> Vec<v1::LeadGroup> {
    if by == 0 {
        return Vec::new();
    }
    let of = |lead: &&Lead, at: &str| key(lead, by, at);
    let keys: BTreeSet<String> = captured
        .iter()
        .map(|lead| of(lead, "captured"))
        .chain(opened.iter().map(|lead| of(lead, "opened")))
        .collect();
    let mut groups: Vec<v1::LeadGroup> = keys
        .into_iter()
        .map(|key| {
            let own = |all: &[&'static str], leads: &[&Lead]| -> Vec<Lead> {
                leads.iter().filter(|lead| of(lead, all[0]) == key).map(|lead| (*lead).clone()).collect()
            };
            let (points, leads) = (own(&["captured"], captured), own(&["opened"], opened));
            let (points, leads): (Vec<_>, Vec<_>) = (points.iter().collect(), leads.iter().collect());
            let of = measures(&points, &leads, says_who(opened));
            v1::LeadGroup { of: Some(of), key }
        })
        .collect();
    if by != 7 {
        let size = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        groups.sort_by_key(|group| {
            let of = group.of.as_ref().unwrap();
            (u64::MAX - size(&of.leads), u64::MAX - size(&of.captured), group.key.clone())
        });
    }
    groups
}

fn cohorts(company: &Company, leads: &[&Lead], end: Timestamp, window: i64) -> Vec<v1::LeadCohort> {
    let opened = |lead: &Lead| lead.first(&["opened"]).unwrap();
    let months: BTreeMap<String, Date> =
        leads.iter().map(|lead| (month(opened(lead)), day(opened(lead)).first_of_month())).collect();
    let cohort = |(name, first): (String, Date)| {
        let own: Vec<_> = leads.iter().filter(|lead| month(opened(lead)) == name).collect();
        let in_time = own.iter().filter(|lead| {
            lead.first(&["converted"])
                .is_some_and(|at| at.as_micros() - opened(lead).as_micros() <= window * DAY)
        });
        let next = first.last_of_month().tomorrow().unwrap().to_zoned(zone()).unwrap();
        let next = Timestamp::from(next.timestamp()).min(end);
        v1::LeadCohort {
            leads: count(own.len()),
            converted: share(in_time.count(), own.len()),
            immature: company.as_of.occurred_until.as_micros() < next.as_micros() + window * DAY,
            month: name,
        }
    };
    months.into_iter().map(cohort).collect()
}

fn times(company: &Company, captured: &[&Lead], opened: &[&Lead]) -> Vec<v1::LeadTime> {
    let now = company.as_of.occurred_until;
    let span = |of: &[&Lead], from: &str, to: &str, steps: &[&str]| {
        let of: Vec<_> = of.iter().filter(|lead| lead.is_traceable()).collect();
        let began: Vec<_> =
            of.iter().filter_map(|lead| Some((lead.first(&[from])?, lead.first(steps)))).collect();
        let done: Vec<i64> =
            began.iter().filter_map(|(began, ended)| Some(length(*began, (*ended)?))).collect();
        let stays: Vec<(i64, bool)> = began
            .iter()
            .map(|(began, ended)| (length(*began, ended.unwrap_or(now)), ended.is_some()))
            .collect();
        v1::LeadTime {
            from: from.to_owned(),
            to: to.to_owned(),
            leads: count(began.len()),
            done: count(done.len()),
            median: median(done),
            median_of_all: product_limit_median(&stays).map(time::duration_to_proto),
        }
    };
    vec![
        span(captured, "captured", "opened", &["opened"]),
        span(captured, "captured", "accepted", &["accepted"]),
        span(opened, "opened", "judged", &VERDICTS),
        span(opened, "opened", "converted", &["converted"]),
        span(opened, "accepted", "converted", &["converted"]),
    ]
}

fn outcomes(leads: &[&Lead]) -> v1::LeadOutcomes {
    let converted: Vec<_> = leads.iter().filter(|lead| lead.state() == "converted").collect();
    let are = |outcome: &str| converted.iter().filter(|lead| lead.outcome == outcome).count();
    let without = |has_order: bool| {
        let became = converted.iter().map(|lead| lead.became());
        became.filter(|(deals, orders)| deals.is_empty() && orders.is_empty() != has_order).count()
    };
    v1::LeadOutcomes {
        with_deal: count(converted.len() - are("")),
        won: share(are("won"), are("won") + are("lost")),
        open: count(are("open")),
        lost: count(are("lost")),
        unknown: count(are("unknown")),
        with_order: count(without(true)),
        with_neither: count(without(false)),
    }
}

fn reasons(leads: &[&Lead]) -> Vec<v1::LeadReason> {
    let rejected: Vec<String> =
        leads.iter().filter(|lead| lead.state() == "rejected").map(|lead| lead.judged().1).collect();
    let of = |reason: &String| rejected.iter().filter(|other| *other == reason).count();
    let mut all: Vec<&String> = rejected.iter().collect::<BTreeSet<_>>().into_iter().collect();
    all.sort_by_key(|reason| (rejected.len() - of(reason), (*reason).clone()));
    all.into_iter()
        .map(|reason| v1::LeadReason { reason: reason.clone(), leads: share(of(reason), rejected.len()) })
        .collect()
}

fn scores(leads: &[&Lead]) -> Vec<v1::LeadScoreBand> {
    let scored: Vec<(f64, &Lead)> = leads.iter().filter_map(|lead| Some((lead.judged().0?, *lead))).collect();
    // A score is in the fifth that begins at or before the part of the leads with lower scores.
    let fifth = |score: f64| {
        let lower = scored.iter().filter(|(other, _)| *other < score).count();
        (1..=5_usize).rev().find(|fifth| (fifth - 1) * scored.len() <= 5 * lower).unwrap()
    };
    let band = |nth: usize| {
        let own: Vec<_> = scored.iter().filter(|(score, _)| fifth(*score) == nth).collect();
        let ends = own.iter().map(|(score, _)| *score);
        let converted = own.iter().filter(|(_, lead)| lead.state() == "converted").count();
        (!own.is_empty()).then(|| v1::LeadScoreBand {
            lowest: ends.clone().fold(f64::INFINITY, f64::min),
            highest: ends.fold(f64::NEG_INFINITY, f64::max),
            leads: count(own.len()),
            converted: share(converted, own.len()),
        })
    };
    (1..=5).filter_map(band).collect()
}

fn rows(company: &Company, leads: &[&Lead], list: i32) -> Vec<v1::LeadSeen> {
    let wanted: &[&str] = match list {
        2 => &["converted"],
        3 => &["rejected"],
        _ => &["opened", "accepted"],
    };
    let mut all: Vec<_> = leads.iter().filter(|lead| wanted.contains(&lead.state())).collect();
    all.sort_by_key(|lead| {
        let first = lead.steps.iter().map(|one| one.position).min();
        let at = if list < 2 { lead.first(&["opened"]) } else { lead.since() }.unwrap().as_micros();
        (if list < 2 { at } else { -at }, first)
    });
    let row = |lead: &&&Lead| {
        let opened = lead.first(&["opened"]).unwrap();
        let until = if list < 2 { company.as_of.occurred_until } else { lead.since().unwrap() };
        let (deals, orders) = lead.became();
        let (score, reason) = lead.judged();
        let became = deals.first().map(|deal| format!("deal:{deal}"));
        v1::LeadSeen {
            object: lead.object(),
            customer: lead.customer(),
            origin: lead.said("origin"),
            campaign: lead.said("campaign"),
            landing: lead.said("landing"),
            interest: lead.said("interest"),
            staff: lead.staff(),
            state: lead.state().to_owned(),
            opened: proto(opened),
            since: lead.since().and_then(proto),
            days: u32::try_from(length(opened, until) / DAY).unwrap(),
            score,
            reason,
            became: became
                .or_else(|| orders.first().map(|order| format!("order:{order}")))
                .unwrap_or_default(),
            outcome: lead.outcome.to_owned(),
        }
    };
    all.iter().map(row).collect()
}

/// The answer, computed again.
pub(crate) fn answer(company: &Company, request: &v1::LeadsRequest) -> v1::LeadsResponse {
    let (from, to) = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let is_in = |at: Option<Timestamp>| at.is_some_and(|at| from <= at && at < to);
    let (all, left_out) = leads(company);
    let captured: Vec<&Lead> = all.iter().filter(|lead| is_in(lead.first(&["captured"]))).collect();
    let opened: Vec<&Lead> = all.iter().filter(|lead| is_in(lead.first(&["opened"]))).collect();
    let leads: Vec<&Lead> = opened.iter().copied().filter(|lead| lead.is_traceable()).collect();
    let late = all.iter().filter(|lead| {
        let later = lead.first(&["accepted", "rejected", "converted"]);
        lead.first(&["opened"]).is_none() && is_in(later)
    });
    let window = if request.window_days == 0 { 90 } else { request.window_days };
    v1::LeadsResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(from),
        period_to: proto(to),
        window_days: window,
        total: Some(measures(&captured, &opened, says_who(&opened))),
        groups: groups(request.by, &captured, &opened),
        cohorts: cohorts(company, &leads, to, i64::from(window)),
        times: times(company, &captured, &opened),
        outcomes: Some(outcomes(&leads)),
        reasons: reasons(&leads),
        scores: scores(&leads),
        without_customer: count(leads.iter().filter(|lead| lead.customer().is_empty()).count()),
        not_opened: count(late.count()),
        left_out: count(left_out.iter().filter(|one| is_in(Some(one.at))).count()),
        rows: rows(company, &leads, request.list),
        ..v1::LeadsResponse::default()
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::LeadsRequest) -> v1::LeadsResponse {
    company.ask::<Leads>(request, None, 0).unwrap().response
}
