//! What was counted of each product at each place, in the order of time.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::params::StockParams;
use crate::{
    calendar::Window,
    read::{ReadError, Rows, TypedRows as _},
    rows::{StockRow, Symbol},
    stats::round_half_even,
    table::Filter,
};

/// A product at a place.
pub(super) type Shelf = (Symbol, Symbol);

/// All counts until T.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// In the order of time.
    pub(super) of: HashMap<Shelf, Vec<StockRow>>,
    /// Of each product the category that its last count names which names one.
    categories: HashMap<Symbol, ((Timestamp, Position), Symbol)>,
}

/// The value in stock over the part of a period for which it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    /// Minor units times microseconds.
    area: i128,
    /// Microseconds.
    pub(super) known: i128,
}

impl Held {
    /// Rounded half to even; `None` where nothing is known.
    pub(super) fn average(self) -> Option<i128> {
        (self.known > 0).then(|| round_half_even(self.area, self.known))
    }
}

impl Counts {
    pub(super) fn read(rows: &dyn Rows, params: &StockParams) -> Result<Self, ReadError> {
        let mut counts = Self::default();
        rows.in_any_order::<StockRow>(&Filter::all(), params.as_of, |row| {
            let place = (row.occurred_at, row.position);
            if row.category != Symbol::default() {
                let known = counts.categories.entry(row.product).or_insert((place, row.category));
                if known.0 <= place {
                    *known = (place, row.category);
                }
            }
            counts.of.entry((row.product, row.location)).or_default().push(row);
        })?;
        counts
            .of
            .values_mut()
            .for_each(|all| all.sort_unstable_by_key(|row| (row.occurred_at, row.position)));
        Ok(counts)
    }

    /// The category of a product; the empty text where no count names one.
    pub(super) fn category(&self, product: Symbol) -> Symbol {
        self.categories.get(&product).map_or(Symbol::default(), |(_, category)| *category)
    }
}

/// By currency, what the counts of one product at one place hold in a window: each until the next one. A count without a value
/// ends what is known.
pub(super) fn held(counts: &[StockRow], window: Window) -> HashMap<Symbol, Held> {
    let mut held: HashMap<Symbol, Held> = HashMap::new();
    let ends = counts.iter().skip(1).map(|next| next.occurred_at).chain([Timestamp::MAX]);
    for (count, end) in counts.iter().zip(ends) {
        let (from, to) = (count.occurred_at.max(window.from), end.min(window.to));
        let Some(value) = count.stock_minor_units.filter(|_| from < to) else { continue };
        let length = i128::from(to.as_micros()) - i128::from(from.as_micros());
        let of_it = held.entry(count.currency).or_default();
        of_it.area += i128::from(value) * length;
        of_it.known += length;
    }
    held
}
