//! What was conceded: of which kind, who approved it, and to customers of which class.

use std::{cmp::Reverse, collections::BTreeMap};

use hashbrown::HashMap;

use super::{keys::Keys, params::PricesParams};
use crate::{
    model::figures::Counted,
    read::{ReadError, Rows, TypedRows as _},
    rows::{ConcessionKind, ConcessionRow, ObjectId, Symbol, Symbols},
    table::{CUSTOMER, Field as _, Filter, GroupKey, Measure, Row as _},
};

/// What concessions are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum By {
    Kind,
    Approver,
    /// And approver; only where lines are compared by class.
    Class,
}

/// Concessions that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) by: By,
    pub(super) key: String,
    /// By class: who approved.
    pub(super) approver: String,
    pub(super) count: u64,
    pub(super) value: i128,
}

impl By {
    /// As answers and figures write it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Approver => "approver",
            Self::Class => "class",
        }
    }
}

impl Group {
    /// The name of its figure.
    pub(super) fn figure<'a>(&'a self, code: &'a str) -> Vec<&'a str> {
        let mut name = vec!["concessions", code, self.by.word(), &self.key];
        name.extend((self.by == By::Class).then_some(self.approver.as_str()));
        name
    }
}

/// By currency, those of the highest value first; classes one after the other.
pub(super) fn conceded(
    rows: &dyn Rows,
    params: &PricesParams,
    symbols: &Symbols,
    keys: &Keys<'_>,
) -> Result<HashMap<Symbol, Vec<Group>>, ReadError> {
    let mut found: BTreeMap<(Symbol, By, String, String), (u64, i128)> = BTreeMap::new();
    let mut by = ["currency", "kind", "approver"].map(GroupKey::Column).to_vec();
    by.extend(keys.is_by_class().then_some(GroupKey::Column(CUSTOMER)));
    let measures = [Measure::Rows, Measure::Sum("worth_minor_units")];
    let filter = window(params);
    rows.group(ConcessionRow::TABLE, &filter, params.as_of, &by, &measures, &mut |cells, measured| {
        let ([currency, kind, approver, customer @ ..], [count, value]) = (cells, measured) else {
            return Ok(());
        };
        let currency = Symbol::of(currency).unwrap_or_default();
        let kind = ConcessionKind::of(kind).map_or("", ConcessionKind::word);
        let approver = symbols.text(Symbol::of(approver).unwrap_or_default());
        let class = customer.first().map(|customer| {
            let customer = ObjectId::of(customer).unwrap_or_default();
            (By::Class, keys.class_of(customer, currency), approver)
        });
        for (by, key, approver) in
            [(By::Kind, kind, ""), (By::Approver, approver, "")].into_iter().chain(class)
        {
            let sums = found.entry((currency, by, key.to_owned(), approver.to_owned())).or_default();
            sums.0 += u64::try_from(*count).unwrap_or(0);
            sums.1 += *value;
        }
        Ok(())
    })?;
    let mut groups: HashMap<Symbol, Vec<Group>> = HashMap::new();
    for ((currency, by, key, approver), (count, value)) in found {
        groups.entry(currency).or_default().push(Group { by, key, approver, count, value });
    }
    for groups in groups.values_mut() {
        // What is equal stays ordered by its key. Without a class comes last.
        groups.sort_by_key(|one| {
            let class = (one.by == By::Class).then(|| (one.key.is_empty(), one.key.clone()));
            (one.by, class, Reverse(one.value), Reverse(one.count))
        });
    }
    Ok(groups)
}

/// The concessions that a figure counts: `key` is what its name has behind what it counts by.
pub(super) fn counted(
    rows: &dyn Rows,
    params: &PricesParams,
    (symbols, keys): (&Symbols, &Keys<'_>),
    currency: Symbol,
    (by, key): (&str, &[&str]),
) -> Result<Vec<Counted>, ReadError> {
    let mut found = Vec::new();
    let filter = window(params).and("currency", vec![currency.cell()]);
    rows.each::<ConcessionRow>(&filter, params.as_of, |row| {
        let approver = symbols.text(row.approver);
        let is_counted = match (by, key) {
            ("kind", [kind]) => row.kind.word() == *kind,
            ("approver", [wanted]) => approver == *wanted,
            ("class", [class, wanted]) => {
                keys.is_by_class() && approver == *wanted && keys.class_of(row.customer, currency) == *class
            }
            _ => false,
        };
        if is_counted {
            found.push(Counted::event(row.position));
        }
    })?;
    Ok(found)
}

/// Those of the window.
pub(super) fn window(params: &PricesParams) -> Filter {
    Filter::all().occurred(params.window.from, params.window.to)
}
