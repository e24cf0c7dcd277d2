//! The facts of one deal as one packed column: what its events say, with the time of belief in each.
//!
//! Ordered by (occurred_at, position, known_from): as they are settled.

use rapport_model::{Position, Timestamp};
use rapport_views::{
    projection::{bitemporal::Fact, deal::DealFact},
    rows::{DealCause, ObjectId, Symbol},
};

use crate::sqlite::packed::{Damaged, Packer, Unpacker};

/// The facts of one deal.
pub(super) type Facts = Vec<Fact<DealFact>>;

/// The lowest three bits of a fact's first number are its cause; these say what follows.
const SAME_CUSTOMER: u64 = 1 << 3;
const SAME_PIPELINE: u64 = 1 << 4;
const HAS_AMOUNT: u64 = 1 << 5;
const HAS_REASON: u64 = 1 << 6;
const OTHER_CURRENCY: u64 = 1 << 7;
const BELIEVED_UNTIL: u64 = 1 << 8;
const UNDATED: u64 = 1 << 9;
const CAUSE: u64 = 7;

/// What the fact before says: most of it repeats.
#[derive(Default)]
struct Before {
    occurred_at: i64,
    position: i64,
    known_from: i64,
    customer: ObjectId,
    pipeline: Symbol,
    currency: Symbol,
}

/// What is believed at K of a deal's facts.
pub(super) fn believed_at(facts: &Facts, recorded_until: Timestamp, believed: &mut Facts) {
    let held = |fact: &&Fact<DealFact>| fact.known_from <= recorded_until && recorded_until < fact.known_to;
    believed.clear();
    believed.extend(facts.iter().filter(held));
}

/// Puts facts in the order of the column.
pub(super) fn sort(facts: &mut [Fact<DealFact>]) {
    facts.sort_unstable_by_key(|fact| (fact.occurred_at, fact.position, fact.known_from));
}

/// Packs facts that are in the order of the column.
pub(super) fn pack(facts: &[Fact<DealFact>], into: &mut Packer) {
    into.clear();
    let mut before = Before::default();
    for fact in facts {
        pack_one(fact, &before, into);
        before.advance(fact);
    }
}

fn pack_one(fact: &Fact<DealFact>, before: &Before, into: &mut Packer) {
    // Named one by one, so that a new field is packed too.
    let DealFact { cause, customer, pipeline, stage, amount, reason, undated } = fact.fact;
    let flag = |set: bool, flag: u64| if set { flag } else { 0 };
    let currency = amount.map_or(before.currency, |amount| amount.1);
    let head = u64::from(cause.code())
        | flag(customer == before.customer, SAME_CUSTOMER)
        | flag(pipeline == before.pipeline, SAME_PIPELINE)
        | flag(amount.is_some(), HAS_AMOUNT)
        | flag(reason != Symbol::default(), HAS_REASON)
        | flag(currency != before.currency, OTHER_CURRENCY)
        | flag(fact.known_to != Timestamp::MAX, BELIEVED_UNTIL)
        | flag(undated, UNDATED);
    into.unsigned(head);
    into.signed(fact.occurred_at.as_micros().wrapping_sub(before.occurred_at));
    into.signed(fact.position.0.cast_signed().wrapping_sub(before.position));
    into.signed(fact.known_from.as_micros().wrapping_sub(before.known_from));
    into.unsigned(stage.0.into());
    if head & BELIEVED_UNTIL != 0 {
        into.signed(fact.known_to.as_micros());
    }
    if head & SAME_CUSTOMER == 0 {
        into.unsigned(customer.0);
    }
    if head & SAME_PIPELINE == 0 {
        into.unsigned(pipeline.0.into());
    }
    if let Some((minor_units, _)) = amount {
        into.signed(minor_units);
    }
    if head & OTHER_CURRENCY != 0 {
        into.unsigned(currency.0.into());
    }
    if head & HAS_REASON != 0 {
        into.unsigned(reason.0.into());
    }
}

/// The facts that were packed, added to `facts`.
pub(super) fn unpack(column: &[u8], facts: &mut Facts) -> Result<(), Damaged> {
    let mut from = Unpacker::new(column);
    let mut before = Before::default();
    while !from.is_empty() {
        let fact = unpack_one(&mut from, &before)?;
        before.advance(&fact);
        facts.push(fact);
    }
    Ok(())
}

fn unpack_one(from: &mut Unpacker<'_>, before: &Before) -> Result<Fact<DealFact>, Damaged> {
    let head = from.unsigned()?;
    let has = |flag: u64| head & flag != 0;
    let occurred_at = before.occurred_at.wrapping_add(from.signed()?);
    let position = before.position.wrapping_add(from.signed()?);
    let known_from = before.known_from.wrapping_add(from.signed()?);
    let stage = Symbol(from.small()?);
    let known_to = if has(BELIEVED_UNTIL) { Timestamp::from_micros(from.signed()?) } else { Timestamp::MAX };
    let customer = if has(SAME_CUSTOMER) { before.customer } else { ObjectId(from.unsigned()?) };
    let pipeline = if has(SAME_PIPELINE) { before.pipeline } else { Symbol(from.small()?) };
    let minor_units = if has(HAS_AMOUNT) { Some(from.signed()?) } else { None };
    let currency = if has(OTHER_CURRENCY) { Symbol(from.small()?) } else { before.currency };
    let reason = if has(HAS_REASON) { Symbol(from.small()?) } else { Symbol::default() };
    Ok(Fact {
        position: Position(position.cast_unsigned()),
        occurred_at: Timestamp::from_micros(occurred_at),
        known_from: Timestamp::from_micros(known_from),
        known_to,
        ahead: false,
        fact: DealFact {
            cause: DealCause::of_code(head & CAUSE).ok_or(Damaged)?,
            customer,
            pipeline,
            stage,
            amount: minor_units.map(|minor_units| (minor_units, currency)),
            reason,
            undated: has(UNDATED),
        },
    })
}

impl Before {
    fn advance(&mut self, fact: &Fact<DealFact>) {
        *self = Self {
            occurred_at: fact.occurred_at.as_micros(),
            position: fact.position.0.cast_signed(),
            known_from: fact.known_from.as_micros(),
            customer: fact.fact.customer,
            pipeline: fact.fact.pipeline,
            currency: fact.fact.amount.map_or(self.currency, |amount| amount.1),
        };
    }
}
