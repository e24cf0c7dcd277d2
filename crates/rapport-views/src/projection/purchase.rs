//! Orders: what was bought, line by line, and what was taken back.

use rapport_model::{Decimal, Position, Timestamp};
use rapport_proto::{
    event_type,
    v1::{self, order_changed, payload::Kind},
};

use super::Believed;
use crate::rows::{ObjectId, Symbol, Symbols};

/// The types of which [`purchase_lines`] makes rows.
pub const READS: &[u32] = &[event_type::ORDER_PLACED, event_type::ORDER_CHANGED];

/// What a line did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurchaseOp {
    /// It was ordered: the order is a purchase.
    Placed,
    /// The whole order was taken back.
    Cancelled,
    /// Goods came back: a difference, with a negative quantity.
    Returned,
    /// The order was changed: a difference.
    Amended,
}

/// One line of an order, as one event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseLine {
    /// The event's customer, as recorded; 0 when it names none.
    pub customer: ObjectId,
    /// The event.
    pub position: Position,
    /// When.
    pub occurred_at: Timestamp,
    /// The line, from 0: one event makes several rows.
    pub line: u32,
    /// The order.
    pub order: ObjectId,
    /// The product, by code; 0 when the source has no lines, and for a cancellation.
    pub product: Symbol,
    /// Its category.
    pub category: Symbol,
    /// Pieces, in thousandths, rounded half to even; 0 without a line.
    pub quantity_milli: i64,
    /// What was charged, in minor units, and its currency. A line of which that is not said is worth 0 in the currency of
    /// the order's other amounts.
    pub net: Option<(i64, Symbol)>,
    /// The event's channel.
    pub channel: Symbol,
    /// What it did.
    pub op: PurchaseOp,
}

/// The lines that an event is; none for events of other types. `object` gives the number of an order by its id.
///
/// An order without lines is one line without a product, worth the order's total. So is the total of an order whose lines
/// have no amounts: it stands in a line of its own behind them. A cancellation is one line. Another change without lines
/// changes nothing, and is none.
pub fn purchase_lines(
    believed: &Believed<'_>,
    customer: ObjectId,
    object: impl FnOnce(&str) -> ObjectId,
    symbols: &mut Symbols,
) -> Vec<PurchaseLine> {
    match believed.kind {
        Kind::OrderPlaced(placed) => {
            let bare = Bare::of(believed, customer, object(&placed.order_id), symbols);
            let mut lines = bare.lines(PurchaseOp::Placed, &placed.lines, symbols);
            let unpriced = lines.iter().all(|line| line.net.is_none());
            if lines.is_empty() || (unpriced && placed.total.is_some()) {
                let net = placed.total.as_ref().map(|total| money(total, symbols));
                for line in &mut lines {
                    line.net = net.map(|(_, currency)| (0, currency));
                }
                lines.push(bare.line(lines.len(), PurchaseOp::Placed, net));
            }
            lines
        }
        Kind::OrderChanged(changed) => {
            let op = match changed.op() {
                order_changed::Op::Cancel => PurchaseOp::Cancelled,
                order_changed::Op::Return => PurchaseOp::Returned,
                order_changed::Op::Amend => PurchaseOp::Amended,
                order_changed::Op::Unspecified => return Vec::new(),
            };
            let bare = Bare::of(believed, customer, object(&changed.order_id), symbols);
            if op == PurchaseOp::Cancelled {
                return vec![bare.line(0, op, None)];
            }
            bare.lines(op, &changed.lines, symbols)
        }
        _ => Vec::new(),
    }
}

/// What all lines of an event share.
struct Bare {
    customer: ObjectId,
    position: Position,
    occurred_at: Timestamp,
    order: ObjectId,
    channel: Symbol,
}

impl Bare {
    fn of(believed: &Believed<'_>, customer: ObjectId, order: ObjectId, symbols: &mut Symbols) -> Self {
        Self {
            customer,
            position: believed.position(),
            occurred_at: believed.occurred_at,
            order,
            channel: symbols.intern(believed.event.channel),
        }
    }

    /// A line without a product.
    fn line(&self, nth: usize, op: PurchaseOp, net: Option<(i64, Symbol)>) -> PurchaseLine {
        let Self { customer, position, occurred_at, order, channel } = *self;
        PurchaseLine {
            customer,
            position,
            occurred_at,
            line: u32::try_from(nth).unwrap_or(u32::MAX),
            order,
            product: Symbol::default(),
            category: Symbol::default(),
            quantity_milli: 0,
            net,
            channel,
            op,
        }
    }

    /// A line each. One that was placed with a negative quantity came back.
    fn lines(&self, op: PurchaseOp, wire: &[v1::Line], symbols: &mut Symbols) -> Vec<PurchaseLine> {
        let currency =
            wire.iter().find_map(|line| line.net.as_ref()).map(|net| symbols.intern(&net.currency));
        let line = |(nth, line): (usize, &v1::Line)| {
            let quantity_milli = thousandths(&line.quantity);
            let op = if op == PurchaseOp::Placed && quantity_milli < 0 { PurchaseOp::Returned } else { op };
            let net = line.net.as_ref().map(|net| money(net, symbols));
            PurchaseLine {
                product: symbols.intern(&line.product),
                category: symbols.intern(&line.category),
                quantity_milli,
                ..self.line(nth, op, net.or(currency.map(|currency| (0, currency))))
            }
        };
        wire.iter().enumerate().map(line).collect()
    }
}

fn money(wire: &v1::Money, symbols: &mut Symbols) -> (i64, Symbol) {
    (wire.minor_units, symbols.intern(&wire.currency))
}

/// A quantity in thousandths; the greatest where it is greater. An order that was accepted before quantities were
/// checked may hold a text that is none: 0.
fn thousandths(quantity: &str) -> i64 {
    let Ok(quantity) = quantity.parse::<Decimal>() else { return 0 };
    let most = if quantity.units < 0 { i64::MIN } else { i64::MAX };
    quantity.rounded(3).map_or(most, |rounded| rounded.units)
}

#[cfg(test)]
mod tests {
    use rapport_proto::event_ref::EventRef;

    use super::*;

    const EUR: Symbol = Symbol(3);

    /// Product, thousandths, net, what it did.
    type Shown = (u32, i64, Option<(i64, Symbol)>, PurchaseOp);

    /// The lines of an event; symbols are `""`, `"a"`, `"b"`, `"EUR"`.
    fn lines(kind: &Kind) -> Vec<Shown> {
        let mut symbols = Symbols::new();
        for text in ["a", "b", "EUR"] {
            symbols.intern(text);
        }
        let event = v1::RecordedEvent::default();
        let event = EventRef::from(&event);
        let believed = Believed { event: &event, occurred_at: Timestamp::MIN, kind };
        let object = |id: &str| ObjectId(id.parse().unwrap());
        let lines = purchase_lines(&believed, ObjectId(1), object, &mut symbols);
        assert!(lines.iter().enumerate().all(|(nth, line)| line.line as usize == nth));
        assert!(lines.iter().all(|line| line.order == ObjectId(7)));
        lines.iter().map(|line| (line.product.0, line.quantity_milli, line.net, line.op)).collect()
    }

    fn eur(minor_units: i64) -> Option<v1::Money> {
        Some(v1::Money { minor_units, currency: "EUR".into() })
    }

    fn line(product: &str, quantity: &str, net: Option<v1::Money>) -> v1::Line {
        v1::Line { product: product.into(), quantity: quantity.into(), net, ..v1::Line::default() }
    }

    fn placed(lines: Vec<v1::Line>, total: Option<v1::Money>) -> Kind {
        Kind::OrderPlaced(v1::OrderPlaced { order_id: "7".into(), lines, total, ..Default::default() })
    }

    fn changed(op: order_changed::Op, lines: Vec<v1::Line>) -> Kind {
        let op = op.into();
        Kind::OrderChanged(v1::OrderChanged { order_id: "7".into(), op, lines, ..Default::default() })
    }

    #[test]
    fn an_order_is_its_lines_or_its_total_where_they_say_nothing() {
        use PurchaseOp::{Placed, Returned};
        let two = || vec![line("a", "2", eur(900)), line("b", "0.7505", None)];
        let expected = [(1, 2_000, Some((900, EUR)), Placed), (2, 750, Some((0, EUR)), Placed)];
        assert_eq!(lines(&placed(two(), None)), expected);
        // What is charged stands in the lines: the total may have tax in it.
        assert_eq!(lines(&placed(two(), eur(1_089))), expected);
        assert_eq!(lines(&placed(vec![], eur(500))), [(0, 0, Some((500, EUR)), Placed)]);
        assert_eq!(lines(&placed(vec![], None)), [(0, 0, None, Placed)]);
        let unpriced = [(1, 1_000, Some((0, EUR)), Placed), (0, 0, Some((500, EUR)), Placed)];
        assert_eq!(lines(&placed(vec![line("a", "1", None)], eur(500))), unpriced);
        assert_eq!(lines(&placed(vec![line("a", "1", None)], None)), [(1, 1_000, None, Placed)]);
        let back = vec![line("a", "-1", eur(-300)), line("b", "x", eur(1))];
        let expected = [(1, -1_000, Some((-300, EUR)), Returned), (2, 0, Some((1, EUR)), Placed)];
        assert_eq!(lines(&placed(back, None)), expected);
    }

    #[test]
    fn a_change_is_its_lines_and_a_cancellation_is_one_whatever_lines_it_has() {
        use order_changed::Op;
        let back = || vec![line("a", "-999999999999999999", eur(-300))];
        assert_eq!(
            lines(&changed(Op::Return, back())),
            [(1, i64::MIN, Some((-300, EUR)), PurchaseOp::Returned)]
        );
        assert_eq!(
            lines(&changed(Op::Amend, back())),
            [(1, i64::MIN, Some((-300, EUR)), PurchaseOp::Amended)]
        );
        assert_eq!(lines(&changed(Op::Return, vec![])), []);
        assert_eq!(lines(&changed(Op::Unspecified, back())), []);
        for cancelled in [vec![], back()] {
            assert_eq!(lines(&changed(Op::Cancel, cancelled)), [(0, 0, None, PurchaseOp::Cancelled)]);
        }
        assert_eq!(lines(&Kind::DealWon(v1::DealWon::default())), []);
    }
}
