//! Handovers computed again from the events: of each person, object and customer alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, handover_progressed::Step, payload::Kind},
};
use rapport_views::model::Handover;

use super::{
    acting::{Acting, is_two_way},
    checks,
    company::{Company, Happened, zone},
    exact::product_limit_median,
    funnel_oracle::count,
    handover_open::{Own, assigned, open, resolved},
    proto,
    staff_there::{Is, There},
};

fn day(at: Timestamp) -> Date {
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone()).date()
}

fn days(from: Timestamp, to: Timestamp) -> u32 {
    let span = day(to).since(day(from)).unwrap();
    u32::try_from(span.get_days()).unwrap_or(0)
}

fn owned(items: &[&Own]) -> v1::HandoverOwned {
    let tags = |wanted: &dyn Fn(&Own) -> bool| -> BTreeSet<&str> {
        items.iter().filter(|one| wanted(one)).map(|one| one.tag.as_str()).collect()
    };
    let kind = |kind: usize| count(tags(&|one| one.kind == kind).len());
    let acknowledged = tags(&|one| one.acknowledged.is_some());
    let mut values: BTreeMap<&str, BTreeMap<&str, i128>> = BTreeMap::new();
    for one in items {
        if let Some((amount, currency)) = &one.amount {
            values.entry(currency).or_default().insert(&one.tag, *amount);
        }
    }
    let value = |(currency, deals): (&str, BTreeMap<&str, i128>)| v1::HandoverValue {
        currency: currency.to_owned(),
        deals: deals.len() as u64,
        amount: checks::sum(deals.values().sum()),
    };
    v1::HandoverOwned {
        items: count(tags(&|_| true).len()),
        deals: kind(0),
        tickets: kind(1),
        agreements: kind(2),
        meetings: kind(3),
        customers: kind(4),
        others: kind(5),
        acknowledged: count(acknowledged.len()),
        open: count(tags(&|_| true).difference(&acknowledged).count()),
        values: values.into_iter().map(value).collect(),
    }
}

fn person(there: &There, who: &str, until: Timestamp) -> v1::HandoverStaff {
    let (state, since, ends, substitute) = match there.is(who, until) {
        Is::There => ("active", None, None, String::new()),
        Is::Gone(since, substitute) => ("left", Some(since), None, substitute),
        Is::Away(since, ends, substitute) => ("absent", Some(since), ends, substitute),
    };
    v1::HandoverStaff {
        staff: who.to_owned(),
        state: state.to_owned(),
        since: since.and_then(proto),
        until: ends.and_then(proto),
        substitute_is_active: there.is_active(&substitute, until),
        substitute,
        is_orphaning: there.orphans(who, until),
        owned: None,
    }
}

fn row(one: &Own, until: Timestamp) -> v1::HandoverItem {
    let words = ["deal", "ticket", "agreement", "meeting", "party"];
    let kind = words.get(one.kind).copied().unwrap_or_else(|| one.tag.split(':').next().unwrap());
    v1::HandoverItem {
        object: one.tag.clone(),
        kind: kind.to_owned(),
        customer: if one.customer.is_empty() { String::new() } else { format!("party:{}", one.customer) },
        owner: one.owner.clone(),
        roles: one.roles.clone(),
        since: one.since.and_then(proto),
        begun: proto(one.begun),
        age_days: days(one.begun, until),
        currency: one.amount.as_ref().map(|(_, currency)| currency.clone()).unwrap_or_default(),
        amount: one.amount.as_ref().and_then(|(amount, _)| checks::sum(*amount)),
        due: one.due.clone(),
        is_acknowledged: one.acknowledged.is_some(),
        acknowledged_by: one.acknowledged.clone().unwrap_or_default(),
    }
}

/// Objects that went from one to another since then, are still the other's, and were not acknowledged since.
fn not_acknowledged(
    happened: &[Happened],
    names: &BTreeMap<String, String>,
    (from, to): (&str, &str),
    since: (Timestamp, u64),
) -> usize {
    let mut open = 0;
    for (tag, of) in assigned(happened, names).iter().filter(|_| !from.is_empty() && !to.is_empty()) {
        let passed = (0..of.len()).rev().find(|nth| {
            let ((at, position, role, new), _) = &of[*nth];
            let before = of[..*nth].iter().rev().find(|((_, _, other, _), _)| other == role);
            (*at, *position) > since && new == to && before.is_some_and(|((.., old), _)| old == from)
        });
        let Some(nth) = passed else { continue };
        let (at, position, role, _) = &of[nth].0;
        let last = of.iter().rev().find(|((_, _, other, _), _)| other == role);
        let is_still = last.is_some_and(|((.., new), _)| new == to);
        let is_acknowledged = happened.iter().any(|one| {
            matches!(&one.kind, Kind::HandoverProgressed(step)
                if step.step() == Step::ItemAcknowledged && resolved(&step.item, names) == *tag)
                && (one.at, one.position) > (*at, *position)
        });
        open += usize::from(is_still && !is_acknowledged);
    }
    open
}

/// Handovers with how long each took, and whether it is done; those of the answer alone.
fn processes(
    happened: &[Happened],
    names: &BTreeMap<String, String>,
    until: Timestamp,
    within: &dyn Fn(Timestamp) -> bool,
) -> (Vec<v1::HandoverProcess>, v1::HandoverTimes) {
    let assigned = assigned(happened, names);
    let (mut all, mut stays) = (Vec::new(), Vec::new());
    for id in 1..4_u8 {
        let steps = happened.iter().filter_map(|one| match &one.kind {
            Kind::HandoverProgressed(step) if step.handover_id == id.to_string() => Some((one, step)),
            _ => None,
        });
        let steps: Vec<_> = steps.collect();
        let Some((first, _)) = steps.first() else { continue };
        let began = steps.iter().rposition(|(_, step)| step.step() == Step::Started);
        let done = steps.iter().rposition(|(_, step)| step.step() == Step::Completed);
        let completed = done.filter(|_| done > began).map(|nth| steps[nth].0.at);
        if completed.is_some() && !steps.iter().any(|(one, _)| within(one.at)) {
            continue;
        }
        let acknowledged: Vec<_> =
            steps.iter().filter(|(_, step)| step.step() == Step::ItemAcknowledged).collect();
        let named: BTreeSet<String> = acknowledged
            .iter()
            .filter(|(_, step)| !step.item.is_empty())
            .map(|(_, step)| resolved(&step.item, names))
            .collect();
        let unnamed = acknowledged.iter().filter(|(_, step)| step.item.is_empty()).count();
        let before = acknowledged.iter().map(|(one, step)| {
            let of = assigned.get(&resolved(&step.item, names)).into_iter().flatten().rev();
            let earlier = of.filter(|((at, position, ..), _)| (*at, *position) <= (one.at, one.position));
            let mut owners = earlier.map(|((.., to), _)| to.clone());
            owners.find(|to| to != one.actor).unwrap_or_default()
        });
        let only = |all: BTreeSet<String>| {
            if all.len() == 1 { all.into_iter().next().unwrap() } else { String::new() }
        };
        let from = only(before.collect());
        let to = only(acknowledged.iter().map(|(one, _)| one.actor.to_owned()).collect());
        let open = not_acknowledged(happened, names, (&from, &to), (first.at, first.position));
        let lasted = completed.unwrap_or(until).as_micros() - first.at.as_micros();
        stays.push((lasted, completed.is_some()));
        all.push(v1::HandoverProcess {
            handover: format!("handover:{id}"),
            from,
            to,
            started: proto(first.at),
            completed: completed.and_then(proto),
            items: count(named.len() + unnamed),
            days: days(first.at, completed.unwrap_or(until)),
            open: count(open),
        });
    }
    all.sort_by_key(|one| {
        let started = time::from_proto(one.started.as_ref().unwrap()).unwrap();
        (one.completed.is_some(), std::cmp::Reverse(started), one.handover.clone())
    });
    let times = v1::HandoverTimes {
        completed: count(stays.iter().filter(|(_, done)| *done).count()),
        open: count(stays.iter().filter(|(_, done)| !done).count()),
        median: product_limit_median(&stays).map(time::duration_to_proto),
    };
    (all, times)
}

fn contact(
    company: &Company,
    happened: &[Happened],
    names: &BTreeMap<String, String>,
    within: &dyn Fn(Timestamp) -> bool,
) -> v1::HandoverContact {
    let (acting, there) = (Acting::of(company), There::of(happened));
    let until = company.as_of.occurred_until;
    let (mut stays, mut passed) = (Vec::new(), 0);
    for (tag, of) in assigned(happened, names) {
        let Some(customer) = tag.strip_prefix("party:") else { continue };
        for (nth, ((at, _, role, to), _)) in of.iter().enumerate() {
            let before = of[..nth].iter().rev().find(|((_, _, other, _), _)| other == role);
            let Some(((.., from), _)) = before.filter(|((.., from), _)| from != to) else { continue };
            if !within(*at) {
                continue;
            }
            let begin = match there.is(from, *at) {
                Is::Gone(since, _) => since.min(*at),
                _ => *at,
            };
            let next = of[nth + 1..].iter().find(|((_, _, other, next), _)| other == role && next != to);
            let end = next.map_or(until, |((at, ..), _)| *at);
            let met = happened.iter().find(|one| {
                is_two_way(&one.kind)
                    && one.actor == to
                    && acting.counts_for(customer, one)
                    && begin <= one.at
                    && one.at <= end
            });
            let last = met.map_or(end, |one| one.at);
            stays.push((last.as_micros() - begin.as_micros(), met.is_some()));
            passed += usize::from(met.is_none() && next.is_some());
        }
    }
    let contacted = stays.iter().filter(|(_, met)| *met).count();
    v1::HandoverContact {
        changes: count(stays.len()),
        contacted: count(contacted),
        waiting: count(stays.len() - contacted - passed),
        passed_on: count(passed),
        median: product_limit_median(&stays).map(time::duration_to_proto),
    }
}

pub(crate) fn answer(company: &Company, request: &v1::HandoverRequest) -> v1::HandoverResponse {
    let (happened, until) = (company.happened(), company.as_of.occurred_until);
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let within = |at: Timestamp| window.0 <= at && at < window.1;
    let names = company.stands_for();
    let there = There::of(&happened);
    let all = open(company, &happened, &names);
    let of = |wanted: &dyn Fn(&Own) -> bool| -> Vec<&Own> { all.iter().filter(|one| wanted(one)).collect() };
    let orphans = of(&|one| !one.owner.is_empty() && there.orphans(&one.owner, until));
    let dossier = of(&|one| !request.staff.is_empty() && one.owner == request.staff);
    let mut staff = Vec::new();
    for who in there.people() {
        let own = of(&|one| one.owner == who);
        let is_shown = match there.is(&who, until) {
            Is::There => false,
            Is::Away(..) => true,
            Is::Gone(since, _) => within(since) || !own.is_empty(),
        };
        if is_shown {
            staff.push(v1::HandoverStaff { owned: Some(owned(&own)), ..person(&there, &who, until) });
        }
    }
    staff.sort_by_key(|one| {
        let items = one.owned.as_ref().unwrap().items.as_ref().unwrap().count;
        (u64::MAX - items, one.staff.clone())
    });
    let (handovers, times) = processes(&happened, &names, until, &within);
    let has_dossier = !request.staff.is_empty();
    let mut rows = if has_dossier { dossier.clone() } else { orphans.clone() };
    rows.sort_by_key(|one| {
        let (amount, currency) = one.amount.clone().unwrap_or_default();
        (one.kind, currency.is_empty(), currency, -amount, one.begun, one.tag.clone(), one.owner.clone())
    });
    v1::HandoverResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(window.0),
        period_to: proto(window.1),
        orphans: Some(owned(&orphans)),
        without_owner: Some(owned(&of(&|one| one.owner.is_empty()))),
        dossier: has_dossier.then(|| owned(&dossier)),
        of_dossier: has_dossier.then(|| person(&there, &request.staff, until)),
        staff,
        handovers,
        times: Some(times),
        contact: Some(contact(company, &happened, &names, &within)),
        rows: rows.into_iter().map(|one| row(one, until)).collect(),
        ..v1::HandoverResponse::default()
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::HandoverRequest) -> v1::HandoverResponse {
    company.ask::<Handover>(request, None, 0).unwrap().response
}
