//! Lines of orders, offers and invoices: what all three have.

use rapport_model::Decimal;
use rapport_proto::v1;

use crate::{rows::Symbol, table::Out};

/// One line, as an event says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Said {
    /// The place among the lines, from 0.
    pub line: u32,
    /// By code; empty for what stands in for an event without lines.
    pub product: Symbol,
    /// Its category.
    pub category: Symbol,
    /// Pieces, in thousandths.
    pub quantity_milli: i64,
    /// At list price, in minor units.
    pub list_minor_units: Option<i64>,
    /// As charged, in minor units; 0 where the event does not say it of this line.
    pub net_minor_units: i64,
    /// Of the event's amounts; empty when it has none.
    pub currency: Symbol,
}

/// The lines of an event that has a total.
///
/// An event without lines is one line without a product, worth the total. So is the total of one whose lines have no
/// amounts: it stands in a line of its own behind them.
pub(super) fn with_total(wire: &[v1::Line], total: Option<&v1::Money>, out: &mut Out<'_>) -> Vec<Said> {
    let mut lines = of_wire(wire, out);
    let priced = wire.iter().any(|line| line.net.is_some());
    if lines.is_empty() || (!priced && total.is_some()) {
        let currency = total.map(|total| out.symbol(&total.currency)).unwrap_or_default();
        lines.iter_mut().for_each(|line| line.currency = currency);
        let net_minor_units = total.map_or(0, |total| total.minor_units);
        lines.push(Said { line: nth(lines.len()), net_minor_units, currency, ..Said::default() });
    }
    lines
}

/// A line each. One without an amount is worth 0 in the currency of the others; where none has one, a list price says
/// nothing.
pub(super) fn of_wire(wire: &[v1::Line], out: &mut Out<'_>) -> Vec<Said> {
    let charged = wire.iter().find_map(|line| line.net.as_ref());
    let code = charged.map_or("", |net| &net.currency);
    let currency = out.symbol(code);
    let mut lines = Vec::with_capacity(wire.len());
    for line in wire {
        lines.push(Said {
            line: nth(lines.len()),
            product: out.symbol(&line.product),
            category: out.symbol(&line.category),
            quantity_milli: thousandths(&line.quantity),
            list_minor_units: line
                .list
                .as_ref()
                .filter(|list| list.currency == code)
                .map(|list| list.minor_units),
            net_minor_units: line.net.as_ref().map_or(0, |net| net.minor_units),
            currency,
        });
    }
    lines
}

/// A place as rows have it.
pub(super) fn nth(lines: usize) -> u32 {
    u32::try_from(lines).unwrap_or(u32::MAX)
}

/// A quantity in thousandths; the greatest where it is greater. An event that was accepted before quantities were checked
/// may hold a text that is none: 0.
pub(super) fn thousandths(quantity: &str) -> i64 {
    let Ok(quantity) = quantity.parse::<Decimal>() else { return 0 };
    let most = if quantity.units < 0 { i64::MIN } else { i64::MAX };
    quantity.rounded(3).map_or(most, |rounded| rounded.units)
}
