//! Contacts by the class of the customer and the role of who took part.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use hashbrown::HashMap;
use rapport_proto::v1;

use super::contact::Contact;
use crate::{
    model::{
        figures::{Counted, Figures},
        occurred::{Occurred, count, customers, events},
    },
    rows::{Identity, ObjectId, Symbols},
    stats::as_f64,
};

/// Roles of a class at most: they are not paged.
const ROLES_MAX: usize = 100;

/// Contacts in which both sides took part.
#[derive(Debug, Default)]
struct Met {
    /// Each once, with its own customer.
    contacts: Vec<Occurred>,
    /// Each once for every customer of the class whose contact it is.
    customers: Vec<Occurred>,
}

impl Met {
    fn take(&mut self, contact: Occurred, parties: &[ObjectId]) {
        self.contacts.push(contact);
        self.customers.extend(parties.iter().map(|party| (*party, contact.1)));
    }

    /// `role` ends the names of the figures; none for all roles.
    fn message(
        &self,
        (class, role): (&str, Option<&str>),
        whole: u64,
        figures: &mut Figures,
    ) -> v1::ContactRole {
        let name =
            |what| [Some("classes"), Some(class), Some(what), role].into_iter().flatten().collect::<Vec<_>>();
        let contacts = events(figures, &name("contacts"), self.contacts.iter().copied());
        let reached = customers(figures, &name("reached"), self.customers.iter().copied());
        let a_customer = (whole > 0).then(|| as_f64(count(contacts.as_ref()).into()) / as_f64(whole.into()));
        v1::ContactRole { role: role.unwrap_or_default().to_owned(), contacts, reached, a_customer }
    }
}

/// One row a class, A first: of the customers that bought in the window.
pub(super) fn classes(
    all: &[Contact],
    of_customers: &HashMap<ObjectId, &'static str>,
    (symbols, identity): (&Symbols, &Identity),
    figures: &mut Figures,
) -> Vec<v1::ContactClass> {
    let mut of_class: BTreeMap<&'static str, BTreeSet<ObjectId>> = BTreeMap::new();
    for (party, class) in of_customers {
        of_class.entry(class).or_default().insert(*party);
    }
    let mut met: BTreeMap<&str, (Met, BTreeMap<&str, Met>)> = BTreeMap::new();
    for one in all.iter().filter(|one| one.row.two_way) {
        let mut by_class: BTreeMap<&str, Vec<ObjectId>> = BTreeMap::new();
        for (party, _) in one.of_both(identity) {
            if let Some(class) = of_customers.get(&party) {
                by_class.entry(class).or_default().push(party);
            }
        }
        for (class, parties) in by_class {
            let (together, by_role) = met.entry(class).or_default();
            together.take(one.occurred(), &parties);
            by_role.entry(symbols.text(one.row.role)).or_default().take(one.occurred(), &parties);
        }
    }
    let row = |(class, own): (&'static str, BTreeSet<ObjectId>)| {
        let whole = own.len() as u64;
        let (together, by_role) = met.remove(class).unwrap_or_default();
        let mut roles: Vec<v1::ContactRole> =
            by_role.into_iter().map(|(role, met)| met.message((class, Some(role)), whole, figures)).collect();
        roles.sort_by_key(|role| Reverse(count(role.contacts.as_ref())));
        let roles_left_out = roles.len().saturating_sub(ROLES_MAX) as u64;
        roles.truncate(ROLES_MAX);
        v1::ContactClass {
            class: class.to_owned(),
            customers: figures
                .count(&["classes", class, "customers"], own.iter().map(|party| Counted::party(*party))),
            all: Some(together.message((class, None), whole, figures)),
            roles,
            roles_left_out,
        }
    };
    of_class.into_iter().map(row).collect()
}
