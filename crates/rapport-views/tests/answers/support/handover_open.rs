//! What is open at T and whose it is, asked of each object anew: for the oracle of handovers.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::v1::{handover_progressed::Step, payload::Kind};

use super::{
    company::{Company, Happened, customer},
    staff_deals::dealt,
};

/// An open object with one owner; an empty one where nobody owns it.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub(super) kind: usize,
    pub(super) tag: String,
    pub(super) customer: String,
    pub(super) begun: Timestamp,
    pub(super) amount: Option<(i128, String)>,
    pub(super) due: String,
    pub(super) owner: String,
    pub(super) roles: Vec<String>,
    pub(super) since: Option<Timestamp>,
    /// Who acknowledged it.
    pub(super) acknowledged: Option<String>,
    recorded: Option<(Timestamp, u64, String)>,
}

/// An assignment: when, the event, the role, to whom.
pub(super) type Assigned = (Timestamp, u64, String, String);

/// Assignments by tag, merges resolved, in order.
pub(super) fn assigned(
    happened: &[Happened],
    names: &BTreeMap<String, String>,
) -> BTreeMap<String, Vec<(Assigned, String)>> {
    let mut all: BTreeMap<String, Vec<(Assigned, String)>> = BTreeMap::new();
    for one in happened {
        let Kind::OwnerAssigned(assigned) = &one.kind else { continue };
        let tag = resolved(&assigned.object, names);
        let of = tag.strip_prefix("party:").map_or_else(|| one.customer.clone(), str::to_owned);
        all.entry(tag)
            .or_default()
            .push(((one.at, one.position, assigned.role.clone(), assigned.to.clone()), of));
    }
    all
}

pub(super) fn resolved(tag: &str, names: &BTreeMap<String, String>) -> String {
    match tag.strip_prefix("party:") {
        Some(id) => format!("party:{}", names.get(id).cloned().unwrap_or_else(|| id.to_owned())),
        None => tag.to_owned(),
    }
}

fn object(kind: usize, tag: String, customer: &str, begun: Timestamp) -> Own {
    Own {
        kind,
        tag,
        customer: customer.to_owned(),
        begun,
        amount: None,
        due: String::new(),
        owner: String::new(),
        roles: Vec::new(),
        since: None,
        acknowledged: None,
        recorded: None,
    }
}

/// The events about each id of one sort, in order.
fn by_id<'a>(
    happened: &'a [Happened],
    id: impl Fn(&'a Kind) -> Option<&'a str>,
) -> BTreeMap<&'a str, Vec<&'a Happened>> {
    let mut all: BTreeMap<&str, Vec<&Happened>> = BTreeMap::new();
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

fn objects(company: &Company, happened: &[Happened], names: &BTreeMap<String, String>) -> Vec<Own> {
    let mut all = Vec::new();
    for deal in dealt(company).into_iter().filter(|deal| deal.closed.is_none()) {
        let tag = format!("deal:{}", deal.id);
        all.push(Own { amount: deal.amount, ..object(0, tag, &deal.customer, deal.begun) });
    }
    let tickets = by_id(happened, |kind| match kind {
        Kind::TicketOpened(one) => Some(&one.ticket_id),
        Kind::TicketStageChanged(one) => Some(&one.ticket_id),
        Kind::TicketResponded(one) => Some(&one.ticket_id),
        Kind::TicketResolved(one) => Some(&one.ticket_id),
        Kind::TicketReopened(one) => Some(&one.ticket_id),
        _ => None,
    });
    for (id, of) in tickets {
        let last = |wanted: fn(&Kind) -> bool| of.iter().rposition(|one| wanted(&one.kind));
        let solved = last(|kind| matches!(kind, Kind::TicketResolved(_)));
        let opened = of.iter().position(|one| matches!(one.kind, Kind::TicketOpened(_)));
        // The first opening opens nothing again.
        let opens = |nth: &usize| matches!(of[*nth].kind, Kind::TicketOpened(_) | Kind::TicketReopened(_));
        let again = (0..of.len()).rev().filter(opens).find(|nth| Some(*nth) != opened);
        if solved.is_none() || again > solved {
            let begun = of[opened.unwrap_or(0)].at;
            all.push(object(1, format!("ticket:{id}"), &first_customer(&of), begun));
        }
    }
    let replaced: BTreeSet<&str> = happened
        .iter()
        .filter_map(|one| match &one.kind {
            Kind::AgreementRecorded(one) => Some(one.supersedes.as_str()),
            _ => None,
        })
        .collect();
    let agreements = by_id(happened, |kind| match kind {
        Kind::AgreementRecorded(one) => Some(&one.agreement_id),
        _ => None,
    });
    for (id, of) in agreements {
        let said = of.iter().map(|one| match &one.kind {
            Kind::AgreementRecorded(said) => said,
            _ => unreachable!(),
        });
        let said: Vec<_> = said.collect();
        if said[said.len() - 1].status != 1 || replaced.contains(id) {
            continue;
        }
        let mut one = object(2, format!("agreement:{id}"), &first_customer(&of), of[0].at);
        one.due =
            said.iter().rev().map(|said| said.due.clone()).find(|due| !due.is_empty()).unwrap_or_default();
        let by = of.iter().find(|one| !one.actor.is_empty());
        one.recorded = by.map(|by| (by.at, by.position, by.actor.to_owned()));
        all.push(one);
    }
    for (position, told, at, kind) in company.believed(company.as_of.recorded_until) {
        let Kind::TouchMeetingHeld(meeting) = &kind else { continue };
        if meeting.status == 1 && at > company.as_of.occurred_until {
            let name = customer(told.customer);
            let name = names.get(&name).unwrap_or(&name);
            let mut one = object(3, format!("event:{position}"), name, at);
            one.recorded =
                (!told.actor.is_empty()).then(|| (Timestamp::MIN, position, told.actor.to_owned()));
            all.push(one);
        }
    }
    all
}

/// Everything that is open, with each of its owners.
pub(super) fn open(company: &Company, happened: &[Happened], names: &BTreeMap<String, String>) -> Vec<Own> {
    let assigned = assigned(happened, names);
    let mut all = objects(company, happened, names);
    for (tag, of) in &assigned {
        let kind = match tag.split(':').next().unwrap() {
            "deal" | "ticket" | "agreement" => continue,
            "party" => 4,
            _ => 5,
        };
        let named = of.iter().map(|(_, of)| of.clone()).find(|name| !name.is_empty()).unwrap_or_default();
        all.push(object(kind, tag.clone(), &named, of[0].0.0));
    }
    let acknowledged = |tag: &str, since: (Timestamp, u64)| {
        let last = happened.iter().rev().find(|one| match &one.kind {
            Kind::HandoverProgressed(one) => {
                one.step() == Step::ItemAcknowledged
                    && !one.item.is_empty()
                    && resolved(&one.item, names) == tag
            }
            _ => false,
        });
        last.filter(|one| (one.at, one.position) > since).map(|one| one.actor.to_owned())
    };
    let mut owned = Vec::new();
    for one in all {
        let none = Vec::new();
        let of: Vec<&Assigned> = assigned.get(&one.tag).unwrap_or(&none).iter().map(|(one, _)| one).collect();
        let roles: BTreeSet<&String> = of.iter().map(|(_, _, role, _)| role).collect();
        let holds = |role: &String| *of.iter().rev().find(|(_, _, of, _)| of == role).unwrap();
        let holding: Vec<&Assigned> = roles.into_iter().map(holds).collect();
        let owners: BTreeSet<&String> = holding.iter().map(|(.., to)| to).collect();
        for owner in &owners {
            let own: Vec<_> = holding.iter().filter(|(.., to)| to == *owner).collect();
            let since = own.iter().map(|(at, position, ..)| (*at, *position)).max().unwrap();
            owned.push(Own {
                owner: (*owner).clone(),
                roles: own.iter().map(|(_, _, role, _)| role.clone()).collect(),
                since: Some(since.0),
                acknowledged: acknowledged(&one.tag, since),
                ..one.clone()
            });
        }
        if !owners.is_empty() {
            continue;
        }
        let Some((at, position, who)) = one.recorded.clone() else {
            owned.push(one);
            continue;
        };
        let (owner, since) = followed(assigned.get(&format!("party:{}", one.customer)), (at, position), &who);
        owned.push(Own {
            owner,
            since: (since.0 > Timestamp::MIN).then_some(since.0),
            acknowledged: acknowledged(&one.tag, since),
            ..one
        });
    }
    owned
}

/// Where what somebody recorded went along with its customer.
fn followed(
    of: Option<&Vec<(Assigned, String)>>,
    recorded: (Timestamp, u64),
    who: &str,
) -> (String, (Timestamp, u64)) {
    let none = Vec::new();
    let of: Vec<&Assigned> = of.unwrap_or(&none).iter().map(|(one, _)| one).collect();
    let (mut owner, mut since) = (who.to_owned(), recorded);
    for (nth, (at, position, role, to)) in of.iter().enumerate() {
        let before = of[..nth].iter().rev().find(|(_, _, of, _)| of == role);
        let is_later =
            if recorded.0 == Timestamp::MIN { *position > recorded.1 } else { (*at, *position) > recorded };
        if is_later && *to != owner && before.is_some_and(|(.., from)| *from == owner) {
            (owner, since) = (to.clone(), (*at, *position));
        }
    }
    (owner, since)
}
