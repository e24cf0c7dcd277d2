//! Activity computed again: every event that happened is looked at on its own.

use std::collections::BTreeSet;

use proptest::prelude::*;
use prost::Message as _;
use rapport_model::Timestamp;
use rapport_proto::{
    event_type,
    v1::{self, payload::Kind},
};
use rapport_views::model::Activity;

use super::{
    DAY,
    acting::is_two_way,
    checks,
    company::{CUSTOMERS, Company, Happened, companies, customer, hours, orders, touches},
    deliveries_oracle::day,
    funnel_oracle::count,
    proto,
};

const RECIPIENTS: [&str; 4] = ["", "auditor", "subject", "authority"];
/// Disclosures of an answer at most.
const SHOWN: usize = 200;

/// The type of an event.
fn type_of(one: &Happened) -> String {
    let payload = v1::Payload { kind: Some(one.kind.clone()) }.encode_to_vec();
    event_type::payload_field(&payload).and_then(event_type::name_of_field).unwrap_or_default().to_owned()
}

fn party(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("party:{name}") }
}

fn key(one: &Happened, by: i32) -> String {
    match by {
        2 => one.actor.to_owned(),
        3 => day(one.at).to_string(),
        4 => day(one.at).to_string()[..7].to_owned(),
        5 => one.channel.to_owned(),
        6 => party(&one.customer),
        _ => type_of(one),
    }
}

fn measures(all: &[&Happened]) -> v1::ActivityMeasures {
    let moments: Vec<Timestamp> = all.iter().map(|one| one.at).collect();
    v1::ActivityMeasures {
        events: count(all.len()),
        two_way: count(all.iter().filter(|one| is_two_way(&one.kind)).count()),
        retracted: count(0),
        first: moments.iter().min().and_then(|at| proto(*at)),
        last: moments.iter().max().and_then(|at| proto(*at)),
    }
}

fn disclosed(one: &Happened) -> Option<v1::ActivityDisclosure> {
    let Kind::RecordDisclosed(said) = &one.kind else { return None };
    Some(v1::ActivityDisclosure {
        position: one.position,
        occurred_at: proto(one.at),
        to: RECIPIENTS[said.to as usize].to_owned(),
        answered_as_of: said.as_of,
        result_hash: said.result_hash.clone(),
        actor: one.actor.to_owned(),
        customer: party(&one.customer),
    })
}

fn listed(one: &Happened) -> v1::ActivityRow {
    let event = v1::ActivityEvent {
        position: one.position,
        occurred_at: proto(one.at),
        recorded_at: None,
        r#type: type_of(one),
        actor: one.actor.to_owned(),
        customer: party(&one.customer),
        channel: one.channel.to_owned(),
        retracted: false,
    };
    v1::ActivityRow { event: Some(event), ..v1::ActivityRow::default() }
}

/// What milestones are compared by.
const AROUND: [(&str, &str); 9] = [
    ("contacts", ""),
    ("leads", "lead.opened"),
    ("deals", "deal.opened"),
    ("won", "deal.won"),
    ("lost", "deal.lost"),
    ("orders", "order.placed"),
    ("tickets", "ticket.opened"),
    ("complaints", ""),
    ("responses", "survey.answered"),
];

fn is_in_group(one: &Happened, (group, of_type): (&str, &str)) -> bool {
    match group {
        "contacts" => is_two_way(&one.kind),
        "complaints" => matches!(&one.kind, Kind::TicketOpened(opened) if opened.kind == 2),
        _ => type_of(one) == of_type,
    }
}

/// One milestone at a time: every event is asked whether it is on one of its sides. `people` are those of the actors and customers.
fn milestone(
    company: &Company,
    one: &Happened,
    days: i64,
    people: &[&Happened],
) -> Option<v1::ActivityMilestone> {
    let Kind::NoteRecorded(note) = &one.kind else { return None };
    if note.scope != 3 || note.kind != "milestone" || !one.customer.is_empty() {
        return None;
    }
    let since = |other: &Happened| other.at.as_micros() - one.at.as_micros();
    let span = days * DAY;
    let begin = company.happened()[0].at;
    let before_is_whole = one.at.as_micros() - begin.as_micros() >= span;
    let after_is_whole = company.as_of.occurred_until.as_micros() + 1 - one.at.as_micros() >= span;
    let around = |group: (&str, &str)| {
        let n = |from: i64, to: i64| {
            people.iter().filter(|one| (from..to).contains(&since(one)) && is_in_group(one, group)).count()
        };
        let (before, after) = (before_is_whole.then(|| n(-span, 0)), after_is_whole.then(|| n(0, span)));
        v1::ActivityAround {
            group: group.0.to_owned(),
            before: before.and_then(count),
            before_a_day: before.map(|n| n as f64 / days as f64),
            after: after.and_then(count),
            after_a_day: after.map(|n| n as f64 / days as f64),
        }
    };
    let is_any = before_is_whole || after_is_whole;
    Some(v1::ActivityMilestone {
        position: one.position,
        occurred_at: proto(one.at),
        labels: note.tags.join(", "),
        actor: one.actor.to_owned(),
        before_is_whole,
        after_is_whole,
        around: if is_any { AROUND.into_iter().map(around).collect() } else { Vec::new() },
    })
}

pub(crate) fn answer(company: &Company, request: &v1::ActivityRequest) -> v1::ActivityResponse {
    let (from, to) = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let wanted: BTreeSet<String> = request.customers.iter().map(|name| company.survivor(name)).collect();
    let happened = company.happened();
    let is_within = |one: &Happened| from <= one.at && one.at < to;
    let of_people = |one: &&Happened| {
        let is_of = |names: &[String], own: &str| names.is_empty() || names.iter().any(|name| name == own);
        is_of(&request.actors, one.actor) && (request.customers.is_empty() || wanted.contains(&one.customer))
    };
    let ever: Vec<&Happened> = happened.iter().filter(of_people).collect();
    let people: Vec<&Happened> = ever.iter().copied().filter(|one| is_within(one)).collect();
    let window_days = if request.window_days == 0 { 90 } else { request.window_days };
    let noted = happened.iter().rev().filter(|one| is_within(one));
    let milestones: Vec<v1::ActivityMilestone> =
        noted.filter_map(|one| milestone(company, one, window_days.into(), &ever)).collect();
    let of_type = |one: &&&Happened| request.types.is_empty() || request.types.contains(&type_of(one));
    let mut all: Vec<&Happened> = people.iter().filter(of_type).copied().collect();
    let mut rows: Vec<v1::ActivityRow> = Vec::new();
    let total = Some(measures(&all));
    if request.list {
        all.reverse();
        rows.extend(all.iter().map(|one| listed(one)));
    } else {
        for wanted in all.iter().map(|one| key(one, request.by)).collect::<BTreeSet<_>>() {
            let own: Vec<&Happened> =
                all.iter().filter(|one| key(one, request.by) == wanted).copied().collect();
            rows.push(v1::ActivityRow { key: wanted, of: Some(measures(&own)), event: None });
        }
        if ![3, 4].contains(&request.by) {
            let n = |row: &v1::ActivityRow| row.of.as_ref().unwrap().events.as_ref().unwrap().count;
            rows.sort_by_key(|row| (u64::MAX - n(row), row.key.clone()));
        }
    }
    let mut disclosures: Vec<v1::ActivityDisclosure> =
        people.iter().filter_map(|one| disclosed(one)).collect();
    disclosures.reverse();
    let recipients = RECIPIENTS[1..].iter().map(|to| v1::ActivityRecipient {
        to: (*to).to_owned(),
        disclosures: count(disclosures.iter().filter(|one| one.to == *to).count()),
    });
    v1::ActivityResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(from),
        period_to: proto(to),
        total,
        recipients: recipients.filter(|row| row.disclosures.as_ref().unwrap().count > 0).collect(),
        disclosures_left_out: disclosures.len().saturating_sub(SHOWN) as u64,
        disclosures: disclosures.into_iter().take(SHOWN).collect(),
        milestones,
        window_days,
        rows,
        ..v1::ActivityResponse::default()
    }
}

prop_compose! {
    fn shown()(
        to in 1..=3_i32,
        as_of in prop::option::of(0..24 * 700_i64),
        hash in prop::sample::select(vec!["", "ab12", "cd34"]),
    ) -> Kind {
        Kind::RecordDisclosed(v1::RecordDisclosed {
            to,
            as_of: as_of.and_then(|hour| proto(hours(hour))),
            result_hash: hash.to_owned(),
            ..Default::default()
        })
    }
}

prop_compose! {
    /// Notes of which most are milestones of the company, and what else is counted around these.
    fn noted()(
        what in 0..8_u8,
        scope in prop::sample::select(vec![3, 3, 3, 1]),
        kind in prop::sample::select(vec!["milestone", "milestone", "milestone", "plan"]),
        tags in prop::sample::subsequence(vec!["office", "riga"], 0..=2),
        ticket in 1..=4_i32,
    ) -> Kind {
        let deal_id = "d".to_owned();
        match what {
            0 => Kind::DealOpened(v1::DealOpened { deal_id, ..Default::default() }),
            1 => Kind::DealWon(v1::DealWon { deal_id, ..Default::default() }),
            2 => Kind::DealLost(v1::DealLost { deal_id, ..Default::default() }),
            3 => Kind::TicketOpened(v1::TicketOpened { ticket_id: "t".into(), kind: ticket, ..Default::default() }),
            4 => Kind::LeadOpened(v1::LeadOpened::default()),
            5 => Kind::SurveyAnswered(v1::SurveyAnswered { value: Some(3.0), ..Default::default() }),
            _ => {
                let (kind, tags) = (kind.to_owned(), tags.into_iter().map(str::to_owned).collect());
                Kind::NoteRecorded(v1::NoteRecorded { scope, kind, tags, ..Default::default() })
            }
        }
    }
}

/// Companies where something happens.
pub(crate) fn busy() -> impl Strategy<Value = Company> {
    companies(prop_oneof![4 => touches(), 3 => orders(), 2 => shown(), 6 => noted()], 90).prop_map(
        |mut company| {
            // Most notes are about no customer: those alone can be milestones.
            for told in &mut company.told {
                if matches!(told.kind, Kind::NoteRecorded(_)) && told.hours % 4 > 0 {
                    told.customer = 0;
                }
            }
            company
        },
    )
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        (by, list) in (0..=6_i32, prop::bool::weighted(0.3)),
        actors in prop::sample::subsequence(vec!["ilze", "", "nobody"], 0..3),
        customers in prop::collection::vec(1..CUSTOMERS + 2, 0..3),
        types in prop::sample::subsequence(vec!["order.placed", "touch.call_logged", "no.type"], 0..3),
        window_days in prop::sample::select(vec![0, 1, 30, 300]),
        is_filtered in (prop::bool::weighted(0.3), prop::bool::weighted(0.3), prop::bool::weighted(0.3)),
    ) -> v1::ActivityRequest {
        let texts = |is_so: bool, all: Vec<&str>| if is_so { all.into_iter().map(str::to_owned).collect() } else { Vec::new() };
        v1::ActivityRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by,
            list,
            window_days,
            actors: texts(is_filtered.0, actors),
            types: texts(is_filtered.1, types),
            customers: if is_filtered.2 { customers.into_iter().map(customer).collect() } else { Vec::new() },
            ..v1::ActivityRequest::default()
        }
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::ActivityRequest) -> v1::ActivityResponse {
    company.ask::<Activity>(request, None, 0).unwrap().response
}
