//! What was done in the period: contacts, tickets that were resolved, orders that were taken.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::{params::StaffParams, purpose::Purpose};
use crate::{
    answers::{AskError, window::Window},
    model::{purchases::Source, solution::solution},
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, MeetingStatus, ObjectId, PurchaseLine, Symbol, Symbols, TicketRow, TouchRow},
    table::{CUSTOMER, Field as _, Filter, GroupKey, Measure},
};

/// In which role executives act.
const EXECUTIVE: &str = "executive";

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Who {
    pub(super) staff: Symbol,
    pub(super) branch: Symbol,
    /// 0 where it is not said, and of orders.
    pub(super) department: Symbol,
}

/// Whether a customer had bought before a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Customer {
    New,
    Existing,
    /// The contact names no customer.
    Nobody,
}

impl Customer {
    pub(super) const ALL: [Self; 3] = [Self::New, Self::Existing, Self::Nobody];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Existing => "existing",
            Self::Nobody => "nobody",
        }
    }
}

/// A contact, or an attempt at one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contact {
    pub(super) who: Who,
    pub(super) position: Position,
    /// Merges resolved.
    pub(super) party: ObjectId,
    pub(super) two_way: bool,
    pub(super) is_by_executive: bool,
    pub(super) micros: Option<i64>,
    pub(super) purpose: Purpose,
    pub(super) of: Customer,
}

/// A ticket that was resolved, or an order that was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thing {
    pub(super) who: Who,
    pub(super) number: ObjectId,
    /// Merges resolved.
    pub(super) party: ObjectId,
    /// The event that did it.
    pub(super) position: Position,
}

/// The contacts of the period; planned meetings are none.
pub(super) fn contacts(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    params: &StaffParams,
) -> Result<Vec<Contact>, AskError> {
    let firsts = firsts(rows, identity, params)?;
    let executive = symbols.get(EXECUTIVE);
    let has_bought = |party: ObjectId, at: Timestamp| firsts.get(&party).is_some_and(|first| *first < at);
    let mut purposes: HashMap<Symbol, Purpose> = HashMap::new();
    let mut all = Vec::new();
    let of_window = Filter::all().occurred(params.window.from, params.window.to);
    rows.in_any_order(&of_window, params.as_of, |row: TouchRow| {
        if row.meeting == MeetingStatus::Planned {
            return;
        }
        let party = identity.canonical(row.customer);
        let organisation = identity.organisation(party);
        let bought = [Some(party), organisation].into_iter().flatten();
        let of = if party == ObjectId::NOBODY {
            Customer::Nobody
        } else if bought.into_iter().any(|one| has_bought(one, row.occurred_at)) {
            Customer::Existing
        } else {
            Customer::New
        };
        let purpose = *purposes.entry(row.purpose).or_insert_with(|| Purpose::of(symbols.text(row.purpose)));
        all.push(Contact {
            who: Who { staff: row.staff, branch: row.branch, department: row.department },
            position: row.position,
            party,
            two_way: row.two_way,
            is_by_executive: row.two_way && Some(row.role) == executive,
            micros: row.duration_micros,
            purpose,
            of,
        });
    })?;
    Ok(all)
}

/// When each customer bought first, merges resolved.
fn firsts(
    rows: &dyn Rows,
    identity: &Identity,
    params: &StaffParams,
) -> Result<HashMap<ObjectId, Timestamp>, AskError> {
    let source = Source::asked(0, rows, params.as_of)?;
    let ever = Window { from: Timestamp::MIN, to: params.window.to };
    let (by, measures) = ([GroupKey::Column(CUSTOMER)], [Measure::First]);
    let mut firsts: HashMap<ObjectId, Timestamp> = HashMap::new();
    let purchases = source.purchases(ever);
    rows.group(source.table(), &purchases, params.as_of, &by, &measures, &mut |keys, measured| {
        let party = identity.canonical(keys.first().and_then(ObjectId::of).unwrap_or_default());
        let first = measured.first().and_then(|first| i64::try_from(*first).ok());
        if let Some(first) = first.map(Timestamp::from_micros).filter(|_| party != ObjectId::NOBODY) {
            let known = firsts.entry(party).or_insert(first);
            *known = first.min(*known);
        }
        Ok(())
    })?;
    Ok(firsts)
}

/// The tickets of which the solution that holds at T is of the period.
pub(super) fn tickets(
    rows: &dyn Rows,
    identity: &Identity,
    params: &StaffParams,
) -> Result<Vec<Thing>, ReadError> {
    let mut steps: Vec<TicketRow> = Vec::new();
    rows.in_any_order(&Filter::all(), params.as_of, |row: TicketRow| {
        if row.ticket != ObjectId::NOBODY {
            steps.push(row);
        }
    })?;
    steps.sort_unstable_by_key(|step| (step.ticket, step.occurred_at, step.position));
    let resolved = steps.chunk_by(|one, other| one.ticket == other.ticket).filter_map(|steps| {
        let last = solution(steps).filter(|step| params.window.contains(step.occurred_at))?;
        let customers = steps.iter().map(|step| identity.canonical(step.customer));
        let party = customers.into_iter().find(|party| *party != ObjectId::NOBODY);
        Some(Thing {
            who: Who { staff: last.staff, branch: last.branch, department: last.department },
            number: last.ticket,
            party: party.unwrap_or(ObjectId::NOBODY),
            position: last.position,
        })
    });
    Ok(resolved.collect())
}

/// The orders of the period that are not cancelled at T: each is of who took it first.
pub(super) fn orders(
    rows: &dyn Rows,
    identity: &Identity,
    params: &StaffParams,
) -> Result<Vec<Thing>, ReadError> {
    let mut first: HashMap<ObjectId, ((Timestamp, Position, u32), Thing)> = HashMap::new();
    rows.in_any_order(&Source::Orders.purchases(params.window), params.as_of, |row: PurchaseLine| {
        let place = (row.occurred_at, row.position, row.line);
        let who = Who { staff: row.staff, branch: row.branch, department: Symbol::default() };
        let party = identity.canonical(row.customer);
        let one = Thing { who, number: row.order, party, position: row.position };
        if row.order != ObjectId::NOBODY {
            let known = first.entry(row.order).or_insert((place, one));
            if place < known.0 {
                *known = (place, one);
            }
        }
    })?;
    let mut all: Vec<Thing> = first.into_values().map(|(_, one)| one).collect();
    all.sort_unstable_by_key(|one| one.position);
    Ok(all)
}
