//! Who bought nothing, and who is not a customer.

use std::collections::BTreeSet;

use rapport_proto::v1::{self, party_role_assigned::Role, payload::Kind};

use super::{
    super::{acting::is_two_way, company::Happened},
    Oracle, given,
    purchases::parts,
};

impl<'a> Oracle<'a> {
    /// Prospects, suspects, and who is neither.
    pub(super) fn others(&self) -> [Vec<String>; 3] {
        let until = self.world.company.as_of.occurred_until;
        let all = parts(self.happened, self.orders, until);
        let bought = |name: &str| all.iter().any(|part| part.customer == name && part.is_purchase);
        let told = |name: &str, what: &dyn Fn(&Kind) -> bool| {
            self.happened.iter().any(|one| one.customer == name && what(&one.kind))
        };
        let touched =
            |name: &str| told(name, &|kind| is_two_way(kind) || matches!(kind, Kind::OfferIssued(_)));
        let met = |name: &str| {
            let counts = |one: &&Happened| self.acting.counts_for(name, one);
            self.happened.iter().filter(counts).any(|one| is_two_way(&one.kind))
        };
        let known = |name: &str| {
            told(name, &|kind| match kind {
                Kind::PartyRegistered(_) | Kind::PartyRoleAssigned(_) | Kind::PartyLifecycleChanged(_) => {
                    true
                }
                Kind::PartyFactRecorded(fact) => fact.category == 1,
                _ => false,
            })
        };
        let names: BTreeSet<&str> = self.happened.iter().map(|one| one.customer.as_str()).collect();
        let mut others = [Vec::new(), Vec::new(), Vec::new()];
        for name in names.into_iter().filter(|name| !name.is_empty() && !bought(name)) {
            let acts_for_known =
                self.acting.organisation(name).is_some_and(|of| bought(of) || touched(of) || known(of));
            let place = match (touched(name), known(name)) {
                (false, false) => continue,
                _ if self.is_staff(name) || acts_for_known => 2,
                (true, _) => 0,
                (false, true) if met(name) => 0,
                (false, true) => 1,
            };
            others[place].push(name.to_owned());
        }
        others
    }

    /// The roles of a party that have begun, the latest last.
    fn roles(&self, name: &str) -> Vec<&v1::PartyRoleAssigned> {
        let until = self.world.company.as_of.occurred_until;
        let role = |one: &'a Happened| match &one.kind {
            Kind::PartyRoleAssigned(role) => {
                Some((given(&role.from).unwrap_or(one.at), one.at, one.position, role))
            }
            _ => None,
        };
        let of = self.happened.iter().filter(|one| one.customer == name);
        let mut roles: Vec<_> = of.filter_map(role).filter(|(begins, ..)| *begins <= until).collect();
        roles.sort_by_key(|(begins, at, position, _)| (*begins, *at, *position));
        roles.into_iter().map(|(.., role)| role).collect()
    }

    fn in_force(&self, role: &v1::PartyRoleAssigned) -> bool {
        given(&role.to).is_none_or(|to| to > self.world.company.as_of.occurred_until)
    }

    fn is_staff(&self, name: &str) -> bool {
        let mut roles = self.roles(name);
        roles.retain(|role| role.role() != Role::ContactOf);
        let decides = |nth: usize| roles[nth + 1..].iter().all(|later| later.role != roles[nth].role);
        let standing = (0..roles.len()).rev().find(|nth| decides(*nth) && self.in_force(roles[*nth]));
        standing.is_some_and(|nth| roles[nth].role() != Role::Customer)
    }
}
