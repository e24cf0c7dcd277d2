//! What was conceded: of which kind, and who approved it.

use std::{cmp::Reverse, collections::BTreeMap};

use hashbrown::HashMap;

use super::params::PricesParams;
use crate::{
    model::figures::Counted,
    read::{ReadError, Rows, TypedRows as _},
    rows::{ConcessionKind, ConcessionRow, Symbol, Symbols},
    table::{Field as _, Filter, GroupKey, Measure, Row as _},
};

/// What concessions are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum By {
    Kind,
    Approver,
}

/// Concessions that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) by: By,
    pub(super) key: String,
    pub(super) count: u64,
    pub(super) value: i128,
}

impl By {
    /// As answers and figures write it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Approver => "approver",
        }
    }
}

/// By currency, those of the highest value first.
pub(super) fn conceded(
    rows: &dyn Rows,
    params: &PricesParams,
    symbols: &Symbols,
) -> Result<HashMap<Symbol, Vec<Group>>, ReadError> {
    let mut found: BTreeMap<(Symbol, By, String), (u64, i128)> = BTreeMap::new();
    let by = ["currency", "kind", "approver"].map(GroupKey::Column);
    let measures = [Measure::Rows, Measure::Sum("worth_minor_units")];
    rows.group(
        ConcessionRow::TABLE,
        &window(params),
        params.as_of,
        &by,
        &measures,
        &mut |keys, measured| {
            let ([currency, kind, approver], [count, value]) = (keys, measured) else { return Ok(()) };
            let currency = Symbol::of(currency).unwrap_or_default();
            let kind = ConcessionKind::of(kind).map_or("", ConcessionKind::word);
            let approver = symbols.text(Symbol::of(approver).unwrap_or_default());
            for (by, key) in [(By::Kind, kind), (By::Approver, approver)] {
                let sums = found.entry((currency, by, key.to_owned())).or_default();
                sums.0 += u64::try_from(*count).unwrap_or(0);
                sums.1 += *value;
            }
            Ok(())
        },
    )?;
    let mut groups: HashMap<Symbol, Vec<Group>> = HashMap::new();
    for ((currency, by, key), (count, value)) in found {
        groups.entry(currency).or_default().push(Group { by, key, count, value });
    }
    for groups in groups.values_mut() {
        // What is equal stays ordered by its key.
        groups.sort_by_key(|one| (one.by, Reverse(one.value), Reverse(one.count)));
    }
    Ok(groups)
}

/// The concessions that a figure counts.
pub(super) fn counted(
    rows: &dyn Rows,
    params: &PricesParams,
    symbols: &Symbols,
    (currency, by, key): (Symbol, &str, &str),
) -> Result<Vec<Counted>, ReadError> {
    let mut found = Vec::new();
    let filter = window(params).and("currency", vec![currency.cell()]);
    rows.each::<ConcessionRow>(&filter, params.as_of, |row| {
        let of = if by == By::Kind.word() { row.kind.word() } else { symbols.text(row.approver) };
        if of == key {
            found.push(Counted::event(row.position));
        }
    })?;
    Ok(found)
}

/// Those of the window.
pub(super) fn window(params: &PricesParams) -> Filter {
    Filter::all().occurred(params.window.from, params.window.to)
}
