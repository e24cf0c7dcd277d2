//! Calls computed again: every call is looked at on its own, and all tickets are walked through for each of them.

use std::collections::BTreeSet;

use jiff::{Zoned, tz::TimeZone};
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::model::Calls;

use super::{
    HOUR, checks,
    company::{Company, Happened, companies, hours, zone},
    contacts_oracle::share,
    deliveries_oracle::day,
    funnel_oracle::count,
    proto,
};

/// One call: the word by which it is compared, and what became of it.
struct Seen {
    key: String,
    customer: String,
    outcome: i32,
    seconds: Option<i64>,
    waited: Option<i64>,
    solved: Option<bool>,
}

fn local(at: Timestamp, zone: TimeZone) -> Zoned {
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone)
}

fn key(one: &Happened, call: &v1::TouchCallLogged, by: i32) -> String {
    let at = local(one.at, zone());
    match by {
        2 => at.weekday().to_monday_one_offset().to_string(),
        3 => ["", "inbound", "outbound"][call.direction as usize].to_owned(),
        4 => call.purpose.clone(),
        5 => one.actor.to_owned(),
        6 => one.branch.to_owned(),
        7 => at.date().to_string(),
        8 => at.date().to_string()[..7].to_owned(),
        _ => format!("{:02}", at.hour()),
    }
}

/// Whether the first contact solved a ticket of the call on its day; `None` without a ticket.
fn solved(happened: &[Happened], call: &Happened) -> Option<bool> {
    let mut found = None;
    for one in happened {
        let Kind::TicketOpened(opened) = &one.kind else { continue };
        let distance = (one.at.as_micros() - call.at.as_micros()).abs();
        let most = if call.customer.is_empty() { 0 } else { HOUR };
        let is_told = !call.customer.is_empty() || (!call.actor.is_empty() && one.actor == call.actor);
        if !is_told || one.customer != call.customer || distance > most {
            continue;
        }
        let is_solved = |other: &Happened| match &other.kind {
            Kind::TicketResolved(resolved) => {
                resolved.ticket_id == opened.ticket_id
                    && resolved.first_contact
                    && day(other.at) == day(call.at)
            }
            _ => false,
        };
        found = Some(found == Some(true) || happened.iter().any(is_solved));
    }
    found
}

fn length(micros: i64) -> prost_types::Duration {
    prost_types::Duration { seconds: micros / 1_000_000, nanos: (micros % 1_000_000 * 1_000) as i32 }
}

/// Of seconds. Halves go to the even neighbour; sums of whole seconds have no other ties here.
fn mean(of: &[i64]) -> Option<prost_types::Duration> {
    let (n, together) = (of.len() as i64, of.iter().sum::<i64>() * 1_000_000);
    (n > 0).then(|| {
        let (low, rest) = (together / n, together % n);
        length(if 2 * rest > n || (2 * rest == n && low % 2 == 1) { low + 1 } else { low })
    })
}

fn median(of: &[i64]) -> Option<prost_types::Duration> {
    let mut sorted = of.to_vec();
    sorted.sort_unstable();
    let n = sorted.len();
    (n > 0).then(|| length((sorted[(n - 1) / 2] + sorted[n / 2]) * 500_000))
}

fn measures(all: &[&Seen]) -> v1::CallMeasures {
    let those = |is_in: &dyn Fn(&Seen) -> bool| all.iter().filter(|one| is_in(one)).count();
    let said = those(&|one| one.outcome > 0);
    let answered = || all.iter().filter(|one| one.outcome <= 1);
    let talks: Vec<i64> = answered().filter_map(|one| one.seconds).collect();
    let waits: Vec<i64> = answered().filter_map(|one| one.waited).collect();
    let with_ticket = those(&|one| one.solved.is_some());
    v1::CallMeasures {
        calls: count(all.len()),
        said: count(said),
        reached: share(those(&|one| one.outcome == 1), said),
        no_answer: share(those(&|one| one.outcome == 2), said),
        hung_up: share(those(&|one| one.outcome == 3), said),
        timed: count(talks.len()),
        talk_time: Some(length(talks.iter().sum::<i64>() * 1_000_000)),
        mean: mean(&talks),
        median: median(&talks),
        waited: count(waits.len()),
        mean_wait: mean(&waits),
        median_wait: median(&waits),
        with_ticket: count(with_ticket),
        resolved: share(those(&|one| one.solved == Some(true)), with_ticket),
        without_customer: count(those(&|one| one.customer.is_empty())),
    }
}

pub(crate) fn answer(company: &Company, request: &v1::CallsRequest) -> v1::CallsResponse {
    let happened = company.happened();
    let (from, to) = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let mut all = Vec::new();
    for one in happened.iter().filter(|one| from <= one.at && one.at < to) {
        let Kind::TouchCallLogged(call) = &one.kind else { continue };
        if request.direction == 0 || request.direction == call.direction {
            all.push(Seen {
                key: key(one, call, request.by),
                customer: one.customer.clone(),
                outcome: call.outcome,
                seconds: call.duration.as_ref().map(|length| length.seconds),
                waited: call.waited.as_ref().map(|length| length.seconds),
                solved: if call.outcome == 1 { solved(&happened, one) } else { None },
            });
        }
    }
    let mut rows = Vec::new();
    for key in all.iter().map(|one| &one.key).collect::<BTreeSet<_>>() {
        let own: Vec<&Seen> = all.iter().filter(|one| one.key == *key).collect();
        rows.push((own.len(), v1::CallGroup { key: key.clone(), of: Some(measures(&own)) }));
    }
    if (3..=6).contains(&request.by) {
        rows.sort_by_key(|(n, row)| (usize::MAX - n, row.key.clone()));
    }
    v1::CallsResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(from),
        period_to: proto(to),
        total: Some(measures(&all.iter().collect::<Vec<_>>())),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        ..v1::CallsResponse::default()
    }
}

prop_compose! {
    fn calls()(
        (direction, outcome) in (1..=2_i32, 0..=3_i32),
        seconds in prop::option::weighted(0.7, 0..5_000_i64),
        waited in prop::option::weighted(0.5, 0..90_i64),
        purpose in prop::sample::select(vec!["service", "offer", ""]),
    ) -> Kind {
        Kind::TouchCallLogged(v1::TouchCallLogged {
            direction,
            outcome,
            duration: seconds.map(|seconds| prost_types::Duration { seconds, nanos: 0 }),
            waited: waited.map(|seconds| prost_types::Duration { seconds, nanos: 0 }),
            purpose: purpose.to_owned(),
            ..Default::default()
        })
    }
}

prop_compose! {
    fn tickets()(id in 1..12_u64, what in 0..3_u8, first_contact in prop::bool::weighted(0.7)) -> Kind {
        let ticket_id = id.to_string();
        match what {
            0 | 1 => Kind::TicketOpened(v1::TicketOpened { ticket_id, ..Default::default() }),
            _ => Kind::TicketResolved(v1::TicketResolved { ticket_id, first_contact, ..Default::default() }),
        }
    }
}

/// Companies with calls; in most of them within a few days, so that tickets and calls meet.
pub(crate) fn calling() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![4 => calls(), 3 => tickets()];
    (companies(kinds, 120), prop::bool::weighted(0.7)).prop_map(|(mut company, is_dense)| {
        for told in company.told.iter_mut().filter(|_| is_dense) {
            told.hours = 24 * 150 + told.hours / 200;
            if let Some((_, Some((otherwise, _)))) = &mut told.corrected {
                *otherwise = 24 * 150 + *otherwise / 200;
            }
        }
        company
    })
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.2, 0..150_i64), prop::option::weighted(0.2, 200..720_i64)),
        (by, direction) in (0..=8_i32, prop::sample::select(vec![0, 0, 1, 2])),
    ) -> v1::CallsRequest {
        v1::CallsRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by,
            direction,
            ..v1::CallsRequest::default()
        }
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::CallsRequest) -> v1::CallsResponse {
    company.ask::<Calls>(request, None, 0).unwrap().response
}
