//! Who acts for which organisation, read from the events that happened, one role after the other: what a person says and does
//! counts for the organisation too.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, party_role_assigned::Role, payload::Kind},
};

use super::{
    company::{Company, Happened, customer, hours},
    proto,
};

/// For whom each party acts at T.
#[derive(Debug, Default)]
pub(crate) struct Acting {
    /// All of them, merges resolved, the one that was said last at the end.
    organisations: BTreeMap<String, Vec<String>>,
}

prop_compose! {
    /// Somebody acts for one of so many customers, from some moment on and perhaps until another one.
    pub(crate) fn contact_roles(customers: u64)(
        related in 1..customers,
        (from, to) in (prop::option::weighted(0.2, 0..24 * 600_i64), prop::option::weighted(0.2, 24 * 100..24 * 900_i64)),
    ) -> Kind {
        Kind::PartyRoleAssigned(v1::PartyRoleAssigned {
            role: Role::ContactOf.into(),
            related_party: customer(related),
            from: from.and_then(|from| proto(hours(from))),
            to: to.and_then(|to| proto(hours(to))),
        })
    }
}

impl Acting {
    pub(crate) fn of(company: &Company) -> Self {
        let until = company.as_of.occurred_until;
        let moment = |moment: &Option<prost_types::Timestamp>| moment.as_ref().and_then(time::from_proto);
        type Said = ((Timestamp, Timestamp, u64), String, bool);
        let mut said: BTreeMap<String, Vec<Said>> = BTreeMap::new();
        for one in company.happened() {
            let Kind::PartyRoleAssigned(role) = &one.kind else { continue };
            let (organisation, begins) =
                (company.survivor(&role.related_party), moment(&role.from).unwrap_or(one.at));
            if role.role() != Role::ContactOf || one.customer.is_empty() || organisation == one.customer {
                continue;
            }
            if begins <= until {
                let lasts = moment(&role.to).is_none_or(|to| to > until);
                said.entry(one.customer).or_default().push((
                    (begins, one.at, one.position),
                    organisation,
                    lasts,
                ));
            }
        }
        let of_one = |mut said: Vec<Said>| {
            said.sort();
            let is_last = |nth: usize| said[nth + 1..].iter().all(|(_, later, _)| *later != said[nth].1);
            let holding = (0..said.len()).filter(|nth| is_last(*nth) && said[*nth].2);
            holding.map(|nth| said[nth].1.clone()).collect::<Vec<String>>()
        };
        let organisations = said.into_iter().map(|(person, said)| (person, of_one(said)));
        Self { organisations: organisations.filter(|(_, of)| !of.is_empty()).collect() }
    }

    /// For whom what a person says counts.
    pub(crate) fn organisation(&self, person: &str) -> Option<&str> {
        self.organisations.get(person)?.last().map(String::as_str)
    }

    /// Whether a person acts for an organisation, and perhaps for others.
    pub(crate) fn acts_for(&self, person: &str, organisation: &str) -> bool {
        self.organisations.get(person).is_some_and(|all| all.iter().any(|one| one == organisation))
    }

    /// Whether what happened with somebody counts for this customer.
    pub(crate) fn counts_for(&self, customer: &str, one: &Happened) -> bool {
        one.customer == customer || self.organisation(&one.customer) == Some(customer)
    }

    /// Who acts for somebody.
    pub(crate) fn persons(&self) -> impl Iterator<Item = &String> {
        self.organisations.keys()
    }
}

/// The value and the moment of what counts last as the response of a customer to an instrument, and its event.
pub(crate) fn last_response(
    happened: &[Happened],
    acting: &Acting,
    customer: &str,
    instrument: i32,
) -> Option<(f64, Timestamp, u64)> {
    let counts = happened.iter().rev().filter(|one| acting.counts_for(customer, one));
    counts.into_iter().find_map(|one| match &one.kind {
        Kind::SurveyAnswered(said) if said.instrument == instrument => {
            Some((said.value(), one.at, one.position))
        }
        _ => None,
    })
}

/// Whether both sides took part.
pub(crate) fn is_two_way(kind: &Kind) -> bool {
    match kind {
        Kind::TouchCallLogged(one) => one.outcome == 1,
        Kind::TouchMessageExchanged(one) => one.direction == 1,
        Kind::TouchMeetingHeld(one) => one.status == 2,
        Kind::TouchVisitRecorded(one) => (1..=3).contains(&one.place),
        _ => false,
    }
}

/// The same without anybody having been merged, where roles also name those who stand for others.
pub(crate) fn without_merges(company: &Company) -> Company {
    let stands_for = company.stands_for();
    let mut one = company.without_merges();
    for told in &mut one.told {
        let corrected = told.corrected.iter_mut().filter_map(|(_, otherwise)| otherwise.as_mut());
        for kind in corrected.map(|(_, kind)| kind).chain([&mut told.kind]) {
            if let Kind::PartyRoleAssigned(role) = kind
                && let Some(name) = stands_for.get(&role.related_party)
            {
                role.related_party.clone_from(name);
            }
        }
    }
    one
}
