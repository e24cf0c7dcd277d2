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

pub(crate) fn answer(company: &Company, request: &v1::ActivityRequest) -> v1::ActivityResponse {
    let (from, to) = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let wanted: BTreeSet<String> = request.customers.iter().map(|name| company.survivor(name)).collect();
    let happened = company.happened();
    let of_people = |one: &&Happened| {
        let is_of = |names: &[String], own: &str| names.is_empty() || names.iter().any(|name| name == own);
        from <= one.at
            && one.at < to
            && is_of(&request.actors, one.actor)
            && (request.customers.is_empty() || wanted.contains(&one.customer))
    };
    let people: Vec<&Happened> = happened.iter().filter(of_people).collect();
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

/// Companies where something happens.
pub(crate) fn busy() -> impl Strategy<Value = Company> {
    companies(prop_oneof![4 => touches(), 3 => orders(), 2 => shown()], 70)
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        (by, list) in (0..=6_i32, prop::bool::weighted(0.3)),
        actors in prop::sample::subsequence(vec!["ilze", "", "nobody"], 0..3),
        customers in prop::collection::vec(1..CUSTOMERS + 2, 0..3),
        types in prop::sample::subsequence(vec!["order.placed", "touch.call_logged", "no.type"], 0..3),
        is_filtered in (prop::bool::weighted(0.3), prop::bool::weighted(0.3), prop::bool::weighted(0.3)),
    ) -> v1::ActivityRequest {
        let texts = |is_so: bool, all: Vec<&str>| if is_so { all.into_iter().map(str::to_owned).collect() } else { Vec::new() };
        v1::ActivityRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by,
            list,
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
