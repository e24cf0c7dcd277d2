//! Orders: what was bought, line by line, and what was taken back.

use rapport_proto::{
    event_type,
    v1::{order_changed, payload::Kind},
};

use super::{
    Believed, Projection,
    lines::{Said, of_wire, with_total},
};
use crate::{
    rows::{ObjectId, PurchaseLine, PurchaseOp, Symbol},
    table::{Dictionary, Out},
};

/// Orders placed and changed.
pub const PURCHASES: Projection =
    Projection { reads: &[event_type::ORDER_PLACED, event_type::ORDER_CHANGED], rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    for line in lines(believed, out) {
        out.put(&line);
    }
}

/// The lines that an event is; none for events of other types.
///
/// Of a placed order see [`with_total`]: one that was placed with a negative quantity came back. A cancellation is one
/// line. Another change without lines changes nothing, and is none.
fn lines(believed: &Believed<'_>, out: &mut Out<'_>) -> Vec<PurchaseLine> {
    match believed.kind {
        Kind::OrderPlaced(placed) => {
            let said = with_total(&placed.lines, placed.total.as_ref(), out);
            let op = |line: &Said| {
                if line.quantity_milli < 0 { PurchaseOp::Returned } else { PurchaseOp::Placed }
            };
            rows_of(believed, &placed.order_id, &said, op, out)
        }
        Kind::OrderChanged(changed) => {
            let (op, said) = match changed.op() {
                order_changed::Op::Cancel => (PurchaseOp::Cancelled, vec![Said::default()]),
                order_changed::Op::Return => (PurchaseOp::Returned, of_wire(&changed.lines, out)),
                order_changed::Op::Amend => (PurchaseOp::Amended, of_wire(&changed.lines, out)),
                order_changed::Op::Unspecified => return Vec::new(),
            };
            rows_of(believed, &changed.order_id, &said, |_| op, out)
        }
        _ => Vec::new(),
    }
}

fn rows_of(
    believed: &Believed<'_>,
    order: &str,
    said: &[Said],
    op: impl Fn(&Said) -> PurchaseOp,
    out: &mut Out<'_>,
) -> Vec<PurchaseLine> {
    let customer = out.party(believed.event.customer);
    let order: ObjectId = out.name(Dictionary::Order, order);
    let by = &believed.event;
    let [channel, staff, branch]: [Symbol; 3] =
        [by.channel, by.actor_id, by.actor_branch].map(|text| out.symbol(text));
    let row = |line: &Said| PurchaseLine {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        line: line.line,
        customer,
        order,
        product: line.product,
        category: line.category,
        quantity_milli: line.quantity_milli,
        list_minor_units: line.list_minor_units,
        net_minor_units: line.net_minor_units,
        currency: line.currency,
        channel,
        staff,
        branch,
        op: op(line),
    };
    said.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use rapport_model::Timestamp;
    use rapport_proto::{event_ref::EventRef, v1};

    use super::*;
    use crate::{rows::Symbols, table::Numbers};

    struct Numbered(Symbols);

    impl Numbers for Numbered {
        fn name(&mut self, _: Dictionary, name: &str) -> ObjectId {
            ObjectId(name.parse().unwrap_or(0))
        }

        fn symbols(&mut self) -> &mut Symbols {
            &mut self.0
        }
    }

    const EUR: u32 = 3;
    const NONE: u32 = 0;

    /// Product, thousandths, minor units, currency, what it did.
    type Shown = (u32, i64, i64, u32, PurchaseOp);

    /// The lines of an event; symbols are `""`, `"a"`, `"b"`, `"EUR"`.
    fn lines(kind: &Kind) -> Vec<Shown> {
        let mut numbers = Numbered(Symbols::new());
        for text in ["a", "b", "EUR"] {
            numbers.0.intern(text);
        }
        let event = v1::RecordedEvent::default();
        let event = EventRef::from(&event);
        let believed = Believed { event: &event, occurred_at: Timestamp::MIN, kind };
        let lines = super::lines(&believed, &mut Out::new(&mut numbers, &mut |_, _| {}, &mut Vec::new()));
        assert!(lines.iter().enumerate().all(|(nth, line)| line.line as usize == nth));
        assert!(lines.iter().all(|line| line.order == ObjectId(7)));
        let shown = |line: &PurchaseLine| {
            (line.product.0, line.quantity_milli, line.net_minor_units, line.currency.0, line.op)
        };
        lines.iter().map(shown).collect()
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
        let expected = [(1, 2_000, 900, EUR, Placed), (2, 750, 0, EUR, Placed)];
        assert_eq!(lines(&placed(two(), None)), expected);
        // What is charged stands in the lines: the total may have tax in it.
        assert_eq!(lines(&placed(two(), eur(1_089))), expected);
        assert_eq!(lines(&placed(vec![], eur(500))), [(0, 0, 500, EUR, Placed)]);
        assert_eq!(lines(&placed(vec![], None)), [(0, 0, 0, NONE, Placed)]);
        let unpriced = [(1, 1_000, 0, EUR, Placed), (0, 0, 500, EUR, Placed)];
        assert_eq!(lines(&placed(vec![line("a", "1", None)], eur(500))), unpriced);
        assert_eq!(lines(&placed(vec![line("a", "1", None)], None)), [(1, 1_000, 0, NONE, Placed)]);
        let back = vec![line("a", "-1", eur(-300)), line("b", "x", eur(1))];
        let expected = [(1, -1_000, -300, EUR, Returned), (2, 0, 1, EUR, Placed)];
        assert_eq!(lines(&placed(back, None)), expected);
    }

    #[test]
    fn a_change_is_its_lines_and_a_cancellation_is_one_whatever_lines_it_has() {
        use order_changed::Op;
        let back = || vec![line("a", "-999999999999999999", eur(-300))];
        assert_eq!(lines(&changed(Op::Return, back())), [(1, i64::MIN, -300, EUR, PurchaseOp::Returned)]);
        assert_eq!(lines(&changed(Op::Amend, back())), [(1, i64::MIN, -300, EUR, PurchaseOp::Amended)]);
        assert_eq!(lines(&changed(Op::Return, vec![])), []);
        assert_eq!(lines(&changed(Op::Unspecified, back())), []);
        for cancelled in [vec![], back()] {
            assert_eq!(lines(&changed(Op::Cancel, cancelled)), [(0, 0, 0, NONE, PurchaseOp::Cancelled)]);
        }
        assert_eq!(lines(&Kind::DealWon(v1::DealWon::default())), []);
    }
}
