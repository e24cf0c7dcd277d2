//! Who is met by whom, and who is silent: coverage by departments, executives and customers of class A, silence.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use rapport_model::Position;
use rapport_proto::v1;

use super::{
    contact::Contact,
    params::ContactsParams,
    promised::{Cadence, promised},
};
use crate::{
    model::{
        figures::{Counted, Figures},
        met::{Met, Silence},
        occurred::{Occurred, count, customers, share},
        roles::roles,
    },
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, PartyRole, Symbol, Symbols},
};

/// The role of staff that leads the organisation.
const EXECUTIVE: &str = "executive";

/// Customers that were reached, by how many departments did.
pub(super) fn coverage(all: &[Contact], figures: &mut Figures) -> Vec<v1::ContactCoverage> {
    let reached = all.iter().filter(|one| one.row.two_way && one.row.customer != ObjectId::NOBODY);
    let mut reached: Vec<(ObjectId, Symbol, Position)> =
        reached.map(|one| (one.row.customer, one.row.department, one.row.position)).collect();
    reached.sort_unstable();
    let (mut whole, mut by_number) = (0_u64, BTreeMap::<usize, Vec<Occurred>>::new());
    for of in reached.chunk_by(|(one, ..), (other, ..)| one == other) {
        let departments = of.chunk_by(|(_, one, _), (_, other, _)| one == other);
        let said = departments.filter(|of| of.iter().any(|(_, said, _)| *said != Symbol::default()));
        by_number
            .entry(said.count())
            .or_default()
            .extend(of.iter().map(|(customer, _, at)| (*customer, *at)));
        whole += 1;
    }
    let row = |(number, events): (usize, Vec<Occurred>)| v1::ContactCoverage {
        departments: u32::try_from(number).unwrap_or(u32::MAX),
        customers: share(customers(figures, &["coverage", &number.to_string()], events.into_iter()), whole),
    };
    by_number.into_iter().map(row).collect()
}

/// Who met the customers of class A.
pub(super) fn executives(
    all: &[Contact],
    of_class_a: &HashSet<ObjectId>,
    (symbols, identity): (&Symbols, &Identity),
    figures: &mut Figures,
) -> v1::ContactExecutives {
    let mut a: Vec<Counted> = of_class_a.iter().map(|party| Counted::party(*party)).collect();
    a.sort_unstable();
    let a = figures.count(&["executives", "customers"], a.into_iter());
    let whole = count(a.as_ref());
    let executive = symbols.get(EXECUTIVE);
    let mut reached = |what, is_in: &dyn Fn(&Contact) -> bool| {
        let met = all.iter().filter(|one| one.row.two_way && is_in(one));
        let met: Vec<Occurred> = met
            .flat_map(|one| one.of_both(identity))
            .filter(|(party, _)| of_class_a.contains(party))
            .collect();
        share(customers(figures, &["executives", what], met.into_iter()), whole)
    };
    v1::ContactExecutives {
        reached: reached("reached", &|_| true),
        by_executives: reached("by_executives", &|one| Some(one.row.role) == executive),
        customers: a,
    }
}

/// Who is silent at T.
pub(super) fn silence(
    (rows, met): (&dyn Rows, &Met),
    (symbols, identity): (&Symbols, &Identity),
    params: &ContactsParams,
    (figures, meta): (&mut Figures, &mut v1::ViewMeta),
) -> Result<v1::ContactSilence, ReadError> {
    let as_of = params.as_of;
    let roles = roles(rows, identity, as_of)?;
    let is_customer = |party: ObjectId| {
        let role = roles.get(&party);
        let is_other = matches!(role, Some(PartyRole::Supplier | PartyRole::Partner | PartyRole::Employee));
        !is_other && identity.organisation(party).is_none()
    };
    let mut strengths = met.strengths(as_of);
    strengths.retain(|party, _| is_customer(*party));
    let silences = met.silences(is_customer, (as_of, &params.zone));
    let mut cadences = promised(rows, (symbols, identity), as_of, meta)?;
    cadences.retain(|party, _| is_customer(*party));
    let mut strengths: Vec<f64> = strengths.into_values().collect();
    strengths.sort_unstable_by(f64::total_cmp);
    if matches!(figures.parts().as_slice(), ["silence", "promised" | "longer_than_promised"]) {
        let says = |(party, cadence): (&ObjectId, &Cadence)| (Counted::party(*party), *party, cadence.says);
        figures.beside(cadences.iter().map(says).collect::<Vec<_>>());
    }
    Ok(counted(&silences, &cadences, &strengths, figures))
}

fn counted(
    silences: &HashMap<ObjectId, Silence>,
    cadences: &HashMap<ObjectId, Cadence>,
    strengths: &[f64],
    figures: &mut Figures,
) -> v1::ContactSilence {
    let mut met = |what, is_in: &dyn Fn(&Silence) -> bool| {
        let those = silences.iter().filter(|(_, silence)| is_in(silence));
        figures.count(&["silence", what], those.map(|(party, _)| Counted::party(*party)))
    };
    let usual = met("usual", &|silence| silence.usual_days().is_some());
    let longer = met("longer_than_usual", &|silence| silence.is_longer_than_usual() == Some(true));
    let all = met("met", &|_| true);
    let is_longer = |(party, cadence): &(&ObjectId, &Cadence)| {
        silences.get(*party).is_none_or(|silence| silence.days > cadence.days)
    };
    let promised =
        figures.count(&["silence", "promised"], cadences.keys().map(|party| Counted::party(*party)));
    let late = figures.count(
        &["silence", "longer_than_promised"],
        cadences.iter().filter(is_longer).map(|(party, _)| Counted::party(*party)),
    );
    v1::ContactSilence {
        longer_than_usual: share(longer, count(usual.as_ref())),
        longer_than_promised: share(late, count(promised.as_ref())),
        met: all,
        usual,
        promised,
        median_strength: median(strengths),
    }
}

/// The middle of values in order, or the mean of the two in the middle.
fn median(values: &[f64]) -> Option<f64> {
    let at = |place: usize| values.get(place).copied();
    Some(f64::midpoint(at(values.len().checked_sub(1)? / 2)?, at(values.len() / 2)?))
}

/// The best class of each customer, in whatever currency, of those that bought in a window.
pub(super) fn best_classes(
    classes: impl Iterator<Item = (ObjectId, &'static str)>,
) -> HashMap<ObjectId, &'static str> {
    let mut best: HashMap<ObjectId, &'static str> = HashMap::new();
    for (party, class) in classes {
        let known = best.entry(party).or_insert(class);
        *known = class.min(known);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_class_of_several_currencies_counts() {
        let (one, other) = (ObjectId(1), ObjectId(2));
        let best = best_classes([(one, "C"), (one, "A"), (other, "B"), (one, "B")].into_iter());
        assert_eq!((best[&one], best[&other]), ("A", "B"));
    }
}
