//! What is in stock.

use rapport_proto::{event_type, v1::payload::Kind};

use super::{Believed, Projection, lines::thousandths};
use crate::{rows::StockRow, table::Out};

/// What was counted.
pub const STOCK: Projection = Projection { reads: &[event_type::STOCK_COUNTED], rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let Kind::StockCounted(counted) = believed.kind else { return };
    let value = counted.value.as_ref();
    let row = StockRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        product: out.symbol(&counted.product),
        category: out.symbol(&counted.category),
        quantity_milli: thousandths(&counted.quantity),
        stock_minor_units: value.map(|value| value.minor_units),
        currency: out.symbol(value.map_or("", |value| &value.currency)),
        location: out.symbol(&counted.location),
    };
    out.put(&row);
}
