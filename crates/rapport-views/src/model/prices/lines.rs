//! Lines with their prices: of purchases, or of the latest version of each offer.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::params::PricesParams;
use crate::{
    model::{figures::Counted, purchases::Source},
    read::{ReadError, Rows, TypedRows as _},
    rows::{InvoiceLine, ObjectId, OfferLine, PurchaseLine, Symbol},
    table::{Dictionary, Filter},
};

/// One line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) position: Position,
    pub(super) at: Timestamp,
    /// Its order, invoice or offer.
    pub(super) object: Counted,
    /// As recorded.
    pub(super) customer: ObjectId,
    pub(super) product: Symbol,
    pub(super) category: Symbol,
    pub(super) staff: Symbol,
    pub(super) branch: Symbol,
    pub(super) currency: Symbol,
    pub(super) list: Option<i64>,
    pub(super) net: i64,
}

/// Makes a [`Line`] of a row; the three tables have the same columns, but for the object.
macro_rules! line {
    ($row:ident, $object:expr) => {
        Line {
            position: $row.position,
            at: $row.occurred_at,
            object: $object,
            customer: $row.customer,
            product: $row.product,
            category: $row.category,
            staff: $row.staff,
            branch: $row.branch,
            currency: $row.currency,
            list: $row.list_minor_units,
            net: $row.net_minor_units,
        }
    };
}

/// Hands over the lines of the window that fulfil what `more` adds to a filter.
pub(super) fn each(
    rows: &dyn Rows,
    params: &PricesParams,
    more: impl Fn(Filter) -> Filter,
    mut take: impl FnMut(Line),
) -> Result<(), ReadError> {
    if params.of_offers {
        return each_of_offers(rows, params, more, take);
    }
    let filter = more(params.source.purchases(params.window));
    match params.source {
        Source::Orders => rows.each::<PurchaseLine>(&filter, params.as_of, |row| {
            take(line!(row, params.source.counted(row.order)));
        }),
        Source::Invoices => rows.each::<InvoiceLine>(&filter, params.as_of, |row| {
            take(line!(row, params.source.counted(row.invoice)));
        }),
    }
}

/// Of each offer the highest version until T, of several events with one version the latest; it counts when it was issued.
fn each_of_offers(
    rows: &dyn Rows,
    params: &PricesParams,
    more: impl Fn(Filter) -> Filter,
    mut take: impl FnMut(Line),
) -> Result<(), ReadError> {
    type Version = (u32, Timestamp, Position);
    let mut latest: HashMap<ObjectId, Version> = HashMap::new();
    rows.each::<OfferLine>(&Filter::all(), params.as_of, |row| {
        let version = (row.version, row.occurred_at, row.position);
        let last = latest.entry(row.offer).or_insert(version);
        *last = version.max(*last);
    })?;
    let filter = more(Filter::all().occurred(params.window.from, params.window.to));
    rows.each::<OfferLine>(&filter, params.as_of, |row| {
        if latest.get(&row.offer).is_some_and(|(_, _, position)| *position == row.position) {
            take(line!(row, Counted::named(Dictionary::Offer, row.offer)));
        }
    })
}
