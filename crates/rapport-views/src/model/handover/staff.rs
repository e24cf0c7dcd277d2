//! Members of staff who are not there, with what they still own.

use std::cmp::Reverse;

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{item::Item, owned::owned, params::HandoverParams};
use crate::{
    calendar::LAST,
    model::{
        employment::{Employment, Presence},
        figures::Figures,
    },
    rows::{Symbol, Symbols},
};

/// Members of staff of an answer at most: they are not paged, so that the pages have the objects alone.
const STAFF_MAX: usize = 500;

/// Those who are not active and own something, are absent, or left in the period; and how many more there are.
pub(super) fn staff(
    items: &[Item<'_>],
    employment: &Employment,
    symbols: &Symbols,
    params: &HandoverParams,
    figures: &mut Figures,
) -> (Vec<v1::HandoverStaff>, u64) {
    let mut owned: HashMap<Symbol, Vec<&Item<'_>>> = HashMap::new();
    for item in items {
        owned.entry(item.owner).or_default().push(item);
    }
    let away = employment.people().map(|(staff, _)| staff).filter(|staff| {
        match employment.presence(*staff, params.until) {
            Presence::Active => false,
            Presence::Absent { .. } => true,
            Presence::Left { since, .. } => params.window.contains(since) || owned.contains_key(staff),
        }
    });
    let of = |staff| {
        let own = owned.get(&staff).map(Vec::as_slice).unwrap_or_default();
        of(staff, own, employment, (symbols, params), figures)
    };
    let mut all: Vec<v1::HandoverStaff> = away.map(of).collect();
    let count = |one: &v1::HandoverStaff| {
        one.owned.as_ref().and_then(|owned| owned.items.as_ref()).map_or(0, |items| items.count)
    };
    all.sort_by(|one, other| (Reverse(count(one)), &one.staff).cmp(&(Reverse(count(other)), &other.staff)));
    let left_out = all.len().saturating_sub(STAFF_MAX) as u64;
    all.truncate(STAFF_MAX);
    (all, left_out)
}

fn of(
    staff: Symbol,
    own: &[&Item<'_>],
    employment: &Employment,
    (symbols, params): (&Symbols, &HandoverParams),
    figures: &mut Figures,
) -> v1::HandoverStaff {
    let name = symbols.text(staff).to_owned();
    let owned = owned(own, &["staff", &name], figures);
    v1::HandoverStaff { owned: Some(owned), ..alone(Some(staff), name, employment, (symbols, params)) }
}

/// A member of staff without what the person owns; `staff` is absent where no event names the person.
pub(super) fn alone(
    staff: Option<Symbol>,
    name: String,
    employment: &Employment,
    (symbols, params): (&Symbols, &HandoverParams),
) -> v1::HandoverStaff {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let presence = staff.map_or(Presence::Active, |staff| employment.presence(staff, params.until));
    let (state, since, until, substitute) = match presence {
        Presence::Active => ("active", None, None, Symbol::default()),
        Presence::Left { since, substitute } => ("left", moment(since), None, substitute),
        Presence::Absent { since, until, substitute } => {
            let until = Some(until).filter(|until| *until < Timestamp::MAX);
            ("absent", moment(since), until.and_then(moment), substitute)
        }
    };
    v1::HandoverStaff {
        staff: name,
        state: state.to_owned(),
        since,
        until,
        substitute: symbols.text(substitute).to_owned(),
        substitute_is_active: employment.is_active(substitute, params.until),
        is_orphaning: staff.is_some_and(|staff| employment.is_orphaning(staff, params.until)),
        owned: None,
    }
}
