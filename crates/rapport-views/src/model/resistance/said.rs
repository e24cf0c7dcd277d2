//! What objections and losses name.

use hashbrown::HashMap;
use rapport_model::Position;

use super::params::ResistanceParams;
use crate::{
    model::{closed_deals::Deal, protected::protected},
    read::{ReadError, Rows, TypedRows as _},
    rows::{ObjectId, ObjectionRow, Symbol, Symbols},
    table::Filter,
};

/// Of the deals that were closed in the period.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Each with the place of its deal.
    pub(super) all: Vec<(usize, ObjectionRow)>,
    /// Objections of the period that name no deal, by event.
    pub(super) without_deal: Vec<Position>,
    /// What names a protected trait, by event; its factor is empty in `all`.
    pub(super) left_out: Vec<Position>,
}

impl Said {
    pub(super) fn read(
        rows: &dyn Rows,
        symbols: &Symbols,
        params: &ResistanceParams,
        deals: &[Deal],
    ) -> Result<Self, ReadError> {
        let places: HashMap<ObjectId, usize> =
            deals.iter().enumerate().map(|(place, deal)| (deal.id, place)).collect();
        let mut said = Self::default();
        let mut protected_factors: HashMap<Symbol, bool> = HashMap::new();
        rows.in_any_order::<ObjectionRow>(&Filter::all(), params.as_of, |mut row| {
            if row.deal == ObjectId::NOBODY {
                if params.window.contains(row.occurred_at) {
                    said.without_deal.push(row.position);
                }
                return;
            }
            let Some(place) = places.get(&row.deal) else { return };
            let is_protected = protected_factors
                .entry(row.factor)
                .or_insert_with(|| protected(symbols.text(row.factor)).is_some());
            if *is_protected {
                row.factor = Symbol::default();
                said.left_out.push(row.position);
            }
            said.all.push((*place, row));
        })?;
        // In the order of the log: sums of floating-point numbers depend on it. An event may name several factors.
        said.all.sort_unstable_by_key(|(_, row)| (row.position, row.line));
        for events in [&mut said.without_deal, &mut said.left_out] {
            events.sort_unstable();
            events.dedup();
        }
        Ok(said)
    }
}
