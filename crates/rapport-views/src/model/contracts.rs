//! Contracts that are in force at T, and their products.
//!
//! A contract is in force from its beginning until its end. The beginning is the `start` of its first event (at
//! midnight), without one the moment of it. The end is the end of the last day that is said, or the moment at which it was
//! ended without a day. A day that passes without a renewal ends a contract, and no event is needed.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use rapport_model::Timestamp;

use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{ContractOp, ContractRow, Identity, ObjectId, Symbol, Symbols},
    table::Filter,
};

/// A contract in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contract {
    pub(super) id: ObjectId,
    /// Whom the last event names that names a customer; merges resolved.
    pub(super) customer: ObjectId,
    /// Those of the last event that names any.
    pub(super) products: Box<[Symbol]>,
    /// When it ends, exclusive; [`Timestamp::MAX`] while no end is said.
    pub(super) to: Timestamp,
}

/// From its beginning, inclusive, to its end, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Term {
    from: Timestamp,
    to: Timestamp,
}

/// Those in force at T, by number.
pub(super) fn in_force(
    rows: &dyn Rows,
    as_of: AsOf,
    zone: &TimeZone,
    identity: &Identity,
    symbols: &Symbols,
) -> Result<Vec<Contract>, ReadError> {
    let mut events: Vec<ContractRow> = rows.all(&Filter::all(), as_of)?;
    events.sort_unstable_by_key(|row| (row.contract, row.occurred_at, row.position));
    let now = as_of.occurred_until;
    let contract = |events: &[ContractRow]| {
        let mut terms = Vec::new();
        events.iter().for_each(|row| take(&mut terms, row, symbols, zone));
        let in_force = terms.iter().find(|term| term.from <= now && now < term.to)?;
        let last = || events.iter().rev();
        let customer = last().map(|row| row.customer).find(|party| *party != ObjectId::NOBODY);
        let products = last().map(|row| &row.products).find(|products| !products.is_empty());
        Some(Contract {
            id: events.first()?.contract,
            customer: customer.map_or(ObjectId::NOBODY, |party| identity.canonical(party)),
            products: products.cloned().unwrap_or_default(),
            to: in_force.to,
        })
    };
    Ok(events.chunk_by(|a, b| a.contract == b.contract).filter_map(contract).collect())
}

/// What one more event says. Events come in order.
fn take(terms: &mut Vec<Term>, row: &ContractRow, symbols: &Symbols, zone: &TimeZone) {
    let start = day(symbols.text(row.start), zone).map(|(begin, _)| begin);
    let end = day(symbols.text(row.ends), zone).map(|(_, end)| end);
    let begun = Term { from: start.unwrap_or(row.occurred_at), to: end.unwrap_or(Timestamp::MAX) };
    match (row.op, terms.last_mut()) {
        (ContractOp::Signed | ContractOp::Renewed, Some(last)) if begun.from <= last.to => last.to = begun.to,
        (ContractOp::Signed | ContractOp::Renewed, _) | (ContractOp::Amended, None) => terms.push(begun),
        (ContractOp::Amended, Some(last)) => last.to = end.unwrap_or(last.to),
        (ContractOp::Ended, Some(last)) => last.to = end.unwrap_or(last.to.min(row.occurred_at)),
        (ContractOp::Ended, None) => {
            let to = end.unwrap_or(row.occurred_at);
            terms.extend(start.map(|from| Term { from, to }));
        }
    }
}

/// The first moment of a day, and of the day after.
fn day(text: &str, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let day: Date = text.parse().ok()?;
    let begins = |day: Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp().into());
    Some((begins(day)?, begins(day.checked_add(1.day()).ok()?)?))
}

#[cfg(test)]
mod tests {
    use rapport_model::{Position, parse_moment};

    use super::*;

    fn at(text: &str) -> Timestamp {
        parse_moment(text, &TimeZone::UTC).unwrap()
    }

    /// Whether a contract is in force then, after events of which each is (what, when, start, end).
    fn is_in_force(moment: &str, events: &[(ContractOp, &str, &str, &str)]) -> bool {
        let (mut symbols, mut terms) = (Symbols::new(), Vec::new());
        for (op, when, start, ends) in events {
            let row = ContractRow {
                position: Position(1),
                occurred_at: at(when),
                customer: ObjectId(1),
                contract: ObjectId(1),
                op: *op,
                start: symbols.intern(start),
                ends: symbols.intern(ends),
                worth_minor_units: None,
                currency: Symbol::default(),
                products: Box::default(),
                cause: Symbol::default(),
            };
            take(&mut terms, &row, &symbols, &TimeZone::UTC);
        }
        terms.iter().any(|term| term.from <= at(moment) && at(moment) < term.to)
    }

    #[test]
    fn a_contract_is_in_force_through_its_last_day_and_longer_when_it_is_renewed() {
        use ContractOp::{Amended, Ended, Renewed, Signed};
        let signed = (Signed, "2025-01-15T09:00:00Z", "2025-01-01", "2025-12-31");
        assert!(is_in_force("2025-12-31T23:59:59Z", &[signed]));
        assert!(!is_in_force("2026-01-01T00:00:00Z", &[signed]));
        let renewed = (Renewed, "2025-11-01T00:00:00Z", "2026-01-01", "2026-12-31");
        assert!(is_in_force("2026-06-01T00:00:00Z", &[signed, renewed]));
        let late = (Renewed, "2026-02-01T00:00:00Z", "", "");
        assert!(!is_in_force("2026-01-15T00:00:00Z", &[signed, late]));
        assert!(is_in_force("2030-01-15T00:00:00Z", &[signed, late]));
        let ended = (Ended, "2025-06-01T00:00:00Z", "", "");
        assert!(is_in_force("2025-05-31T23:59:59Z", &[signed, ended]));
        assert!(!is_in_force("2025-06-01T00:00:00Z", &[signed, ended]));
        let on = (Ended, "2025-06-01T00:00:00Z", "", "2025-09-30");
        assert!(is_in_force("2025-09-30T12:00:00Z", &[signed, on]));
        let longer = (Amended, "2025-06-01T00:00:00Z", "", "2027-12-31");
        assert!(is_in_force("2027-06-01T00:00:00Z", &[signed, longer]));
        assert!(!is_in_force("2025-07-01T00:00:00Z", &[ended]));
    }
}
