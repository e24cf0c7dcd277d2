//! Contracts: when each was in force, from what events say of it.
//!
//! A contract is in force from its beginning until its end. The beginning is the `start` of the first event (at midnight),
//! without one the moment of it. The end is the end of the last day that is said, or the moment at which it was ended
//! without a day. A day that passes without a renewal ends a contract, and no event is needed.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;

use super::params::RetentionParams;
use crate::{
    answers::AskError,
    calendar::ends_of_day,
    model::figures::Counted,
    read::{Rows, TypedRows as _},
    rows::{ContractOp, ContractRow, Identity, ObjectId, Symbol, Symbols},
    table::{Dictionary, Filter},
};

/// One contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contract {
    pub(super) id: ObjectId,
    /// Whom the last event names that names a customer; merges resolved.
    pub(super) customer: ObjectId,
    /// When it was in force, in order; several where it lapsed and was renewed.
    pub(super) terms: Vec<Term>,
    /// Whether an event says when it began.
    pub(super) has_start: bool,
}

/// From its beginning, inclusive, to its end, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) struct Term {
    pub(in crate::model) from: Timestamp,
    pub(in crate::model) to: Timestamp,
}

impl Contract {
    pub(super) fn is_in_force(&self, moment: Timestamp) -> bool {
        self.terms.iter().any(|term| term.from <= moment && moment < term.to)
    }

    /// Whether it had begun.
    pub(super) fn has_begun(&self, moment: Timestamp) -> bool {
        self.terms.first().is_some_and(|term| term.from <= moment)
    }

    pub(super) const fn counted(&self) -> Counted {
        Counted::named(Dictionary::Contract, self.id)
    }

    /// What one more event says. Events come in order.
    fn take(&mut self, row: &ContractRow, days: &Days<'_>) {
        let (start, end) = (days.of(row.start), days.of(row.ends));
        let start = start.map(|(begin, _)| begin);
        let end = end.map(|(_, end)| end);
        let is_first = self.terms.is_empty();
        let begun = Term { from: start.unwrap_or(row.occurred_at), to: end.unwrap_or(Timestamp::MAX) };
        match (row.op, self.terms.last_mut()) {
            (ContractOp::Signed | ContractOp::Renewed, Some(last)) if begun.from <= last.to => {
                last.to = begun.to
            }
            (ContractOp::Signed | ContractOp::Renewed, _) => self.terms.push(begun),
            (ContractOp::Amended, Some(last)) => last.to = end.unwrap_or(last.to),
            (ContractOp::Amended, None) => self.terms.push(begun),
            (ContractOp::Ended, Some(last)) => last.to = end.unwrap_or(last.to.min(row.occurred_at)),
            (ContractOp::Ended, None) => {
                let to = end.unwrap_or(row.occurred_at);
                self.terms.extend(start.map(|from| Term { from, to }));
            }
        }
        if let Some(last) = self.terms.last_mut() {
            last.to = last.to.max(last.from);
        }
        if is_first {
            // The start of a renewal is that of a new term.
            self.has_start = match row.op {
                ContractOp::Signed => true,
                ContractOp::Amended | ContractOp::Ended => start.is_some(),
                ContractOp::Renewed => false,
            };
        }
    }
}

/// Reads days.
struct Days<'a> {
    symbols: &'a Symbols,
    zone: &'a TimeZone,
}

impl Days<'_> {
    /// The first moment of a day and of the day after.
    fn of(&self, day: Symbol) -> Option<(Timestamp, Timestamp)> {
        ends_of_day(self.symbols.text(day), self.zone)
    }
}

/// Every contract that an event before the end of the window is about.
pub(super) fn read(
    rows: &dyn Rows,
    params: &RetentionParams,
    symbols: &Symbols,
    identity: &Identity,
) -> Result<Vec<Contract>, AskError> {
    let mut events: Vec<ContractRow> = Vec::new();
    rows.each(&before_end(params), params.as_of, |row: ContractRow| events.push(row))?;
    events.sort_unstable_by_key(|row| (row.contract, row.occurred_at, row.position));
    let days = Days { symbols, zone: &params.zone };
    let contract = |events: &[ContractRow]| {
        let id = events.first()?.contract;
        let named = events.iter().rev().map(|row| row.customer).find(|party| *party != ObjectId::NOBODY);
        let customer = named.map_or(ObjectId::NOBODY, |party| identity.canonical(party));
        let mut contract = Contract { id, customer, terms: Vec::new(), has_start: false };
        events.iter().for_each(|row| contract.take(row, &days));
        Some(contract)
    };
    Ok(events.chunk_by(|a, b| a.contract == b.contract).filter_map(contract).collect())
}

/// When one contract was in force, from its events in order.
pub(in crate::model) fn terms(events: &[ContractRow], symbols: &Symbols, zone: &TimeZone) -> Vec<Term> {
    let days = Days { symbols, zone };
    let [id, customer] = [ObjectId::NOBODY; 2];
    let mut contract = Contract { id, customer, terms: Vec::new(), has_start: false };
    events.iter().for_each(|row| contract.take(row, &days));
    contract.terms
}

/// Their events.
pub(super) fn before_end(params: &RetentionParams) -> Filter {
    Filter::all().occurred(params.always.from, params.window.to)
}

#[cfg(test)]
mod tests {
    use rapport_model::{Position, parse_moment};

    use super::*;

    fn at(text: &str) -> Timestamp {
        parse_moment(text, &TimeZone::UTC).unwrap()
    }

    /// The terms after events of which each is (what, when, start, end).
    fn terms(events: &[(ContractOp, &str, &str, &str)]) -> (String, bool) {
        let mut symbols = Symbols::new();
        let mut contract =
            Contract { id: ObjectId(1), customer: ObjectId(1), terms: Vec::new(), has_start: false };
        for (op, when, start, end) in events {
            let row = ContractRow {
                position: Position(1),
                occurred_at: at(when),
                customer: ObjectId(1),
                contract: ObjectId(1),
                op: *op,
                start: symbols.intern(start),
                ends: symbols.intern(end),
                worth_minor_units: None,
                currency: Symbol::default(),
                products: Box::default(),
                cause: Symbol::default(),
            };
            contract.take(&row, &Days { symbols: &symbols, zone: &TimeZone::UTC });
        }
        let day = |moment: Timestamp| {
            if moment == Timestamp::MAX { "…".to_owned() } else { moment.to_string()[..10].to_owned() }
        };
        let shown: Vec<_> =
            contract.terms.iter().map(|term| format!("{} to {}", day(term.from), day(term.to))).collect();
        (shown.join(", "), contract.has_start)
    }

    const SIGNED: (ContractOp, &str, &str, &str) =
        (ContractOp::Signed, "2024-12-10T12:00:00Z", "2025-01-01", "2025-12-31");

    #[test]
    fn a_contract_lasts_until_its_last_day_has_passed() {
        assert_eq!(terms(&[SIGNED]), ("2025-01-01 to 2026-01-01".to_owned(), true));
        let open = (ContractOp::Signed, "2025-03-05T12:00:00Z", "", "");
        assert_eq!(terms(&[open]).0, "2025-03-05 to …");
    }

    #[test]
    fn a_renewal_in_time_goes_on_and_a_late_one_begins_again() {
        let renewed = |when, start| (ContractOp::Renewed, when, start, "2026-12-31");
        assert_eq!(terms(&[SIGNED, renewed("2025-11-01T00:00:00Z", "")]).0, "2025-01-01 to 2027-01-01");
        // Told late, of the day after the last one.
        assert_eq!(
            terms(&[SIGNED, renewed("2026-02-01T00:00:00Z", "2026-01-01")]).0,
            "2025-01-01 to 2027-01-01"
        );
        let late = terms(&[SIGNED, renewed("2026-02-01T00:00:00Z", "")]).0;
        assert_eq!(late, "2025-01-01 to 2026-01-01, 2026-02-01 to 2027-01-01");
        // Without an end it goes on without one.
        let open = (ContractOp::Renewed, "2025-11-01T00:00:00Z", "", "");
        assert_eq!(terms(&[SIGNED, open]).0, "2025-01-01 to …");
    }

    #[test]
    fn an_end_is_on_the_day_that_is_said_or_at_its_moment_and_never_before_the_beginning() {
        let ended = |when, end| (ContractOp::Ended, when, "", end);
        assert_eq!(
            terms(&[SIGNED, ended("2025-05-01T09:00:00Z", "2025-06-30")]).0,
            "2025-01-01 to 2025-07-01"
        );
        assert_eq!(terms(&[SIGNED, ended("2025-05-01T09:00:00Z", "")]).0, "2025-01-01 to 2025-05-01");
        // It had ended already.
        assert_eq!(terms(&[SIGNED, ended("2026-05-01T09:00:00Z", "")]).0, "2025-01-01 to 2026-01-01");
        assert_eq!(terms(&[SIGNED, ended("2024-12-20T09:00:00Z", "")]).0, "2025-01-01 to 2025-01-01");
        let amended = (ContractOp::Amended, "2025-05-01T09:00:00Z", "2025-04-01", "");
        assert_eq!(terms(&[SIGNED, amended]).0, "2025-01-01 to 2026-01-01");
    }

    #[test]
    fn what_nobody_told_of_the_beginning_is_not_known() {
        assert_eq!(terms(&[(ContractOp::Ended, "2025-05-01T09:00:00Z", "", "")]), (String::new(), false));
        let known = (ContractOp::Ended, "2025-05-01T09:00:00Z", "2024-05-01", "");
        assert_eq!(terms(&[known]), ("2024-05-01 to 2025-05-01".to_owned(), true));
        let renewed = (ContractOp::Renewed, "2025-05-01T09:00:00Z", "2025-06-01", "");
        assert_eq!(terms(&[renewed]), ("2025-06-01 to …".to_owned(), false));
        let amended = (ContractOp::Amended, "2025-05-01T09:00:00Z", "", "2025-06-30");
        assert_eq!(terms(&[amended]), ("2025-05-01 to 2025-07-01".to_owned(), false));
    }
}
