//! What is to be done, found by walking through everything that happened. Who may be about to leave, and when tickets are due,
//! other models answer, which have oracles of their own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{
        self, RetentionMeasure, TodayKind, agreement_recorded::Status, handover_progressed::Step,
        party_role_assigned::Role, payload::Kind, touch_meeting_held,
    },
};
use rapport_views::model::{Retention, Tickets, Today};

use super::{
    acting::{Acting, is_two_way},
    checks,
    company::{Company, Happened, zone},
    retention_oracle::contracts::terms,
    today_told::{owners, roles},
};

/// One thing: its kind, its customer, its tag.
#[derive(Debug, Clone, Default)]
struct Thing {
    kind: TodayKind,
    customer: String,
    tag: String,
    day: Option<Date>,
    has_passed: bool,
    staff: String,
    why: Vec<String>,
    amount: Option<(i64, String)>,
    number: Option<u64>,
    weight: i64,
}

fn zoned(moment: Timestamp) -> jiff::Zoned {
    jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap().to_zoned(zone())
}

fn day(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// The events of each object, in the order in which they happened.
fn by_object(
    happened: &[Happened],
    id: impl Fn(&Kind) -> Option<String>,
) -> BTreeMap<String, Vec<&Happened>> {
    let mut all: BTreeMap<String, Vec<&Happened>> = BTreeMap::new();
    for one in happened {
        if let Some(id) = id(&one.kind) {
            all.entry(id).or_default().push(one);
        }
    }
    all
}

fn first_customer(of: &[&Happened]) -> String {
    of.iter().map(|one| one.customer.clone()).find(|name| !name.is_empty()).unwrap_or_default()
}

fn promises(happened: &[Happened]) -> Vec<Thing> {
    let id = |kind: &Kind| match kind {
        Kind::AgreementRecorded(one) => Some(one.agreement_id.clone()),
        _ => None,
    };
    let said = |one: &&Happened| match &one.kind {
        Kind::AgreementRecorded(said) => said.clone(),
        other => panic!("{other:?}"),
    };
    let all = by_object(happened, id);
    let replaced: BTreeSet<String> = all.values().flatten().map(|one| said(one).supersedes).collect();
    let open = all
        .into_iter()
        .filter(|(id, of)| said(of.last().unwrap()).status() == Status::Made && !replaced.contains(id));
    open.map(|(id, of)| Thing {
        kind: TodayKind::Promise,
        customer: first_customer(&of),
        tag: format!("agreement:{id}"),
        day: of.iter().filter_map(|one| day(&said(one).due)).next_back(),
        staff: of.last().unwrap().actor.to_owned(),
        ..Thing::default()
    })
    .collect()
}

fn meetings(company: &Company, last: Date) -> Vec<Thing> {
    let until = company.as_of.occurred_until;
    let mut found = Vec::new();
    for (position, told, at, kind) in company.believed(company.as_of.recorded_until) {
        let Kind::TouchMeetingHeld(held) = &kind else { continue };
        if held.status() == touch_meeting_held::Status::Planned && at > until && zoned(at).date() <= last {
            found.push(Thing {
                kind: TodayKind::Meeting,
                customer: company.survivor(&super::company::customer(told.customer)),
                tag: format!("event:{position}"),
                day: Some(zoned(at).date()),
                staff: told.actor.to_owned(),
                ..Thing::default()
            });
        }
    }
    found
}

/// An event of a deal at its settled time: when, whose, who did it, what.
type Settled<'a> = (Timestamp, String, &'a str, Kind);

/// The events of each deal that are believed, also those after T.
fn by_deal(company: &Company) -> BTreeMap<String, Vec<Settled<'_>>> {
    let mut believed = company.believed(company.as_of.recorded_until);
    believed.sort_by_key(|(position, _, at, _)| (*at, *position));
    let mut all: BTreeMap<String, Vec<Settled<'_>>> = BTreeMap::new();
    for (_, told, at, kind) in believed {
        let id = match &kind {
            Kind::DealOpened(one) => &one.deal_id,
            Kind::DealStageChanged(one) => &one.deal_id,
            Kind::DealTermsChanged(one) => &one.deal_id,
            Kind::DealWon(one) => &one.deal_id,
            Kind::DealLost(one) => &one.deal_id,
            _ => continue,
        };
        let whose = company.survivor(&super::company::customer(told.customer));
        all.entry(id.clone()).or_default().push((at, whose, told.actor, kind));
    }
    for of in all.values_mut() {
        // A deal is opened before anything else happens to it.
        if let Some(first) = of.iter().position(|(.., kind)| matches!(kind, Kind::DealOpened(_))) {
            let earliest = of[0].0;
            of[..=first].rotate_right(1);
            of[0].0 = earliest;
        }
    }
    all
}

/// The day on which a deal is expected to be decided, as said last until T, and who said it.
fn expected<'a>(happened: &'a [Happened], id: &str) -> Option<(Date, &'a str)> {
    happened.iter().rev().find_map(|one| match &one.kind {
        Kind::DealOpened(said) if said.deal_id == id => Some((day(&said.expected_close)?, one.actor)),
        Kind::DealTermsChanged(said) if said.deal_id == id => Some((day(&said.expected_close)?, one.actor)),
        _ => None,
    })
}

fn deals(company: &Company, happened: &[Happened]) -> Vec<Thing> {
    let mut open = Vec::new();
    for (id, mut of) in by_deal(company) {
        of.retain(|(at, ..)| *at <= company.as_of.occurred_until);
        let (mut is_open, mut stage, mut amount) = (true, String::new(), None);
        for (.., kind) in &of {
            match kind {
                Kind::DealOpened(said) => {
                    is_open = true;
                    stage = if said.stage.is_empty() { stage } else { said.stage.clone() };
                    amount = said.amount.clone().or(amount);
                }
                Kind::DealStageChanged(said) => (is_open, stage) = (true, said.to.clone()),
                Kind::DealTermsChanged(said) => amount = said.amount.clone().or(amount),
                _ => is_open = false,
            }
        }
        let Some((on, staff)) = expected(happened, &id).filter(|_| is_open && !of.is_empty()) else {
            continue;
        };
        open.push(Thing {
            kind: TodayKind::Deal,
            customer: of
                .iter()
                .map(|(_, whose, ..)| whose.clone())
                .find(|name| !name.is_empty())
                .unwrap_or_default(),
            tag: format!("deal:{id}"),
            day: Some(on),
            staff: staff.to_owned(),
            why: Some(stage).filter(|stage| !stage.is_empty()).into_iter().collect(),
            amount: amount.map(|amount| (amount.minor_units, amount.currency)),
            ..Thing::default()
        });
    }
    open
}

fn contracts(happened: &[Happened], until: Timestamp) -> Vec<Thing> {
    let mut all: BTreeMap<String, Vec<(i64, String, v1::ContractChanged)>> = BTreeMap::new();
    for one in happened {
        if let Kind::ContractChanged(said) = &one.kind {
            let of = all.entry(said.contract_id.clone()).or_default();
            of.push((one.at.as_micros(), one.customer.clone(), said.clone()));
        }
    }
    let mut found = Vec::new();
    for (id, events) in all {
        let now = until.as_micros();
        let in_force = terms(&events).into_iter().find(|(from, to)| *from <= now && now < *to);
        let Some((_, to)) = in_force.filter(|(_, to)| *to < i64::MAX) else { continue };
        let customer = events.iter().rev().map(|(_, customer, _)| customer).find(|name| !name.is_empty());
        found.push(Thing {
            kind: TodayKind::Contract,
            customer: customer.cloned().unwrap_or_default(),
            tag: format!("contract:{id}"),
            day: Some(zoned(Timestamp::from_micros(to - 1)).date()),
            ..Thing::default()
        });
    }
    found
}

/// Of a world in which every arrival is of the whole order and has no date of its own.
fn deliveries(happened: &[Happened], suppliers: &BTreeSet<String>) -> Vec<Thing> {
    let id = |kind: &Kind| match kind {
        Kind::DeliveryPromised(one) => Some(one.order_id.clone()),
        Kind::DeliveryCompleted(one) => Some(one.order_id.clone()),
        _ => None,
    };
    let cancelled: BTreeSet<&String> = happened
        .iter()
        .filter_map(|one| match &one.kind {
            Kind::OrderChanged(changed) if changed.op == 1 => Some(&changed.order_id),
            _ => None,
        })
        .collect();
    let mut found = Vec::new();
    for (id, of) in by_object(happened, id) {
        let has_arrived = of.iter().any(|one| matches!(one.kind, Kind::DeliveryCompleted(_)));
        let last = of.iter().rev().find_map(|one| match &one.kind {
            Kind::DeliveryPromised(said) => Some((day(&said.committed_date)?, one.actor)),
            _ => None,
        });
        let customer = first_customer(&of);
        let Some((on, staff)) = last else { continue };
        if !has_arrived && !cancelled.contains(&id) && !suppliers.contains(&customer) {
            found.push(Thing {
                kind: TodayKind::Delivery,
                customer,
                tag: format!("order:{id}"),
                day: Some(on),
                staff: staff.to_owned(),
                ..Thing::default()
            });
        }
    }
    found
}

fn tickets(company: &Company) -> Vec<Thing> {
    let answer = company.ask::<Tickets>(&v1::TicketsRequest::default(), None, 0).unwrap().response;
    assert_eq!(answer.rows_left_out, 0);
    let due = answer.rows.into_iter().filter_map(|row| {
        let due = time::from_proto(row.due.as_ref()?)?;
        Some(Thing {
            kind: TodayKind::Ticket,
            customer: row.customer.trim_start_matches("party:").to_owned(),
            tag: row.ticket,
            day: Some(zoned(due).date()),
            has_passed: due < company.as_of.occurred_until,
            staff: row.staff,
            why: [row.kind, row.priority].into_iter().filter(|word| !word.is_empty()).collect(),
            ..Thing::default()
        })
    });
    due.collect()
}

fn handovers(happened: &[Happened]) -> Vec<Thing> {
    let id = |kind: &Kind| match kind {
        Kind::HandoverProgressed(one) => Some(one.handover_id.clone()),
        _ => None,
    };
    let mut found = Vec::new();
    for (id, of) in by_object(happened, id) {
        let steps: Vec<&v1::HandoverProgressed> = of
            .iter()
            .filter_map(|one| match &one.kind {
                Kind::HandoverProgressed(said) => Some(said),
                _ => None,
            })
            .collect();
        if steps.iter().any(|said| said.step() == Step::Completed) {
            continue;
        }
        let items =
            steps.iter().filter(|said| said.step() == Step::ItemAcknowledged && !said.item.is_empty());
        let items: BTreeSet<&String> = items.map(|said| &said.item).collect();
        found.push(Thing {
            kind: TodayKind::Handover,
            customer: first_customer(&of),
            tag: format!("handover:{id}"),
            staff: of.last().unwrap().actor.to_owned(),
            number: Some(items.len() as u64),
            weight: -of[0].at.as_micros(),
            ..Thing::default()
        });
    }
    found
}

fn leaving(company: &Company) -> Vec<Thing> {
    let request =
        v1::RetentionRequest { measures: vec![RetentionMeasure::Alerts.into()], ..Default::default() };
    let answer = company.ask::<Retention>(&request, None, 0).unwrap().response;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for alert in answer.alerts {
        if !seen.insert(alert.customer.clone()) {
            continue;
        }
        let value = alert.value.unwrap().minor_units.unwrap();
        let reasons = [
            ("overdue", alert.overdue),
            ("unhappy", alert.unhappy),
            ("fading", alert.fading),
            ("silent", alert.silent),
        ];
        found.push(Thing {
            kind: TodayKind::Leaving,
            customer: alert.customer.trim_start_matches("party:").to_owned(),
            tag: alert.customer,
            why: reasons.into_iter().filter(|(_, is)| *is).map(|(word, _)| word.to_owned()).collect(),
            amount: Some((value, alert.currency)),
            weight: value,
            ..Thing::default()
        });
    }
    found
}

fn silent(company: &Company, happened: &[Happened], roles: &BTreeMap<String, Role>) -> Vec<Thing> {
    let acting = Acting::of(company);
    let today = zoned(company.as_of.occurred_until).date();
    let names: BTreeSet<String> = happened
        .iter()
        .flat_map(|one| [Some(one.customer.clone()), acting.organisation(&one.customer).map(str::to_owned)])
        .flatten()
        .filter(|name| !name.is_empty())
        .collect();
    let mut found = Vec::new();
    for name in names {
        if acting.organisation(&name).is_some()
            || roles.get(&name).is_some_and(|role| *role != Role::Customer)
        {
            continue;
        }
        let met = happened.iter().filter(|one| acting.counts_for(&name, one) && is_two_way(&one.kind));
        let on: Vec<Date> =
            met.map(|one| zoned(one.at).date()).collect::<BTreeSet<_>>().into_iter().collect();
        let mut gaps: Vec<i32> = on.windows(2).map(|two| two[0].until(two[1]).unwrap().get_days()).collect();
        gaps.sort_unstable();
        if gaps.len() < 3 {
            continue;
        }
        let twice = gaps[(gaps.len() - 1) / 2] + gaps[gaps.len() / 2];
        let days = on.last().unwrap().until(today).unwrap().get_days();
        if days > twice {
            found.push(Thing {
                kind: TodayKind::Silent,
                customer: name.clone(),
                tag: format!("party:{name}"),
                number: Some(days as u64),
                weight: i64::from(2 * (days - twice)),
                ..Thing::default()
            });
        }
    }
    found
}

/// What there is until the last day: first what decides what comes next with a customer, then all.
fn things(company: &Company, happened: &[Happened], last: Date) -> (Vec<Thing>, Vec<Thing>) {
    let roles = roles(company, happened);
    let suppliers: BTreeSet<String> =
        roles.iter().filter(|(_, role)| **role == Role::Supplier).map(|(name, _)| name.clone()).collect();
    let mut all = promises(happened);
    all.extend(meetings(company, last));
    all.extend(deals(company, happened));
    all.extend(contracts(happened, company.as_of.occurred_until));
    let steps = all.clone();
    all.extend(deliveries(happened, &suppliers));
    all.extend(tickets(company));
    all.extend(handovers(happened));
    let leaving = leaving(company);
    let told: BTreeSet<&String> = leaving.iter().map(|one| &one.customer).collect();
    let silent = silent(company, happened, &roles);
    all.extend(silent.into_iter().filter(|one| !told.contains(&one.customer)));
    all.extend(leaving.clone());
    all.retain(|one| one.day.is_none_or(|day| day <= last));
    (steps, all)
}

/// What comes next with a customer.
fn next(steps: &[Thing], customer: &str) -> Option<v1::TodayStep> {
    let dated = steps.iter().filter(|one| one.customer == customer && !customer.is_empty());
    let first = dated.filter(|one| one.day.is_some()).min_by_key(|one| (one.day, one.kind, &one.tag))?;
    let due = first.day?.to_string();
    Some(v1::TodayStep { kind: first.kind.into(), object: first.tag.clone(), due })
}

fn is_overdue(one: &Thing, today: Date) -> bool {
    one.day.is_some_and(|day| day < today || one.has_passed)
}

fn counts(own: &[Thing], today: Date) -> Vec<v1::TodayCount> {
    let figure = |count: usize| Some(v1::Figure { count: count as u64, figure: String::new() });
    let kinds = (1..=9).filter_map(|number| TodayKind::try_from(number).ok());
    let counts = kinds.filter_map(|kind| {
        let of: Vec<&Thing> = own.iter().filter(|one| one.kind == kind).collect();
        let due = of.iter().filter(|one| one.day == Some(today) && !is_overdue(one, today)).count();
        (!of.is_empty()).then(|| v1::TodayCount {
            kind: kind.into(),
            overdue: figure(of.iter().filter(|one| is_overdue(one, today)).count()),
            today: figure(due),
            ahead: figure(of.iter().filter(|one| one.day > Some(today)).count()),
            undated: figure(of.iter().filter(|one| one.day.is_none()).count()),
        })
    });
    counts.collect()
}

fn row(one: &Thing, owner: String, next_step: Option<v1::TodayStep>, today: Date) -> v1::TodayRow {
    let customer = if one.customer.is_empty() { String::new() } else { format!("party:{}", one.customer) };
    v1::TodayRow {
        kind: one.kind.into(),
        customer,
        object: one.tag.clone(),
        due: one.day.map(|day| day.to_string()).unwrap_or_default(),
        days: one.day.map(|day| today.until(day).unwrap().get_days()),
        is_overdue: is_overdue(one, today),
        owner,
        why: one.why.clone(),
        amount_minor_units: one.amount.as_ref().map(|(amount, _)| *amount),
        currency: one.amount.as_ref().map(|(_, code)| code.clone()).unwrap_or_default(),
        number: one.number,
        next_step,
    }
}

pub(crate) fn answer(company: &Company, request: &v1::TodayRequest) -> v1::TodayResponse {
    let happened = company.happened();
    let today = zoned(company.as_of.occurred_until).date();
    let ahead = if request.days == 0 { 7 } else { i64::from(request.days) };
    let last = today.checked_add(ahead.days()).unwrap();
    let (steps, mut all) = things(company, &happened, last);
    all.retain(|one| request.kinds.is_empty() || request.kinds.contains(&one.kind.into()));
    let owners = owners(company, &happened);
    let owner = |one: &Thing| {
        let own = owners.get(&one.tag).filter(|_| !one.tag.starts_with("party:"));
        let of_customer = owners.get(&format!("party:{}", one.customer));
        own.or(of_customer).unwrap_or(&one.staff).clone()
    };
    let (mut own, others): (Vec<Thing>, Vec<Thing>) =
        all.into_iter().partition(|one| request.actor.is_empty() || owner(one) == request.actor);
    own.sort_by_key(|one| (one.day.is_none(), one.day, one.kind, -one.weight, one.tag.clone()));
    v1::TodayResponse {
        meta: None,
        today: today.to_string(),
        until: last.to_string(),
        counts: counts(&own, today),
        of_others: others.len() as u64,
        rows: own.iter().map(|one| row(one, owner(one), next(&steps, &one.customer), today)).collect(),
        ..v1::TodayResponse::default()
    }
}

/// The answer of the model, without the definitions that other models used.
pub(crate) fn asked(company: &Company, request: &v1::TodayRequest) -> v1::TodayResponse {
    let mut answer = company.ask::<Today>(request, None, 0).unwrap().response;
    let as_of = answer.meta.take().and_then(|meta| meta.as_of);
    assert_eq!(as_of, checks::meta(company).as_of);
    answer
}
