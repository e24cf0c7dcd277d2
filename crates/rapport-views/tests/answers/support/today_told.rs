//! Who has which role, and who is responsible for what, read from the events that happened.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{party_role_assigned::Role, payload::Kind},
};

use super::company::{Company, Happened};

/// From when a role holds, when that was said, where, which role, and whether it lasts.
type Said = (Timestamp, Timestamp, u64, Role, bool);

/// The role that each party was given last, of those in force.
pub(super) fn roles(company: &Company, happened: &[Happened]) -> BTreeMap<String, Role> {
    let until = company.as_of.occurred_until;
    let mut said: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    for one in happened {
        let Kind::PartyRoleAssigned(role) = &one.kind else { continue };
        let moment = |moment: &Option<prost_types::Timestamp>| moment.as_ref().and_then(time::from_proto);
        let begins = moment(&role.from).unwrap_or(one.at);
        if role.role() != Role::ContactOf && begins <= until {
            let lasts = moment(&role.to).is_none_or(|to| to > until);
            said.entry(one.customer.clone()).or_default().push((
                begins,
                one.at,
                one.position,
                role.role(),
                lasts,
            ));
        }
    }
    let last = |mut all: Vec<Said>| {
        all.sort_by_key(|one| (one.0, one.1, one.2));
        let is_last = |nth: usize| all[nth + 1..].iter().all(|later| later.3 != all[nth].3);
        (0..all.len()).filter(|nth| is_last(*nth) && all[*nth].4).map(|nth| all[nth].3).next_back()
    };
    said.into_iter().filter_map(|(name, all)| Some((name, last(all)?))).collect()
}

/// Who was made responsible last: by tag, and of a customer by its name.
pub(super) fn owners(company: &Company, happened: &[Happened]) -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for one in happened {
        if let Kind::OwnerAssigned(said) = &one.kind {
            let tag = match said.object.strip_prefix("party:") {
                Some(name) => format!("party:{}", company.survivor(name)),
                None => said.object.clone(),
            };
            owners.insert(tag, said.to.clone());
        }
    }
    owners
}
