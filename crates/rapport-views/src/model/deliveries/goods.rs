//! What was ordered and what arrived of it, product by product.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use rapport_model::Position;

use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{DeliveredLine, ObjectId, PurchaseLine, PurchaseOp, Symbol},
    table::{Field as _, Filter, Row as _, field},
};

/// Thousandths of pieces, by product.
type Pieces = BTreeMap<Symbol, i128>;

/// What arrivals list, and what was ordered of the orders of which one does.
#[derive(Debug, Default)]
pub(super) struct Goods {
    arrived: HashMap<Position, Vec<(Symbol, i128)>>,
    ordered: HashMap<ObjectId, Ordered>,
    cancelled: HashSet<ObjectId>,
}

#[derive(Debug, Default)]
struct Ordered {
    pieces: Pieces,
    /// Some line names no product: what was ordered is not known.
    is_vague: bool,
}

/// What arrived of one order so far.
#[derive(Debug, Default)]
pub(super) struct Arrived(Pieces);

impl Goods {
    pub(super) fn read(rows: &dyn Rows, as_of: AsOf) -> Result<Self, ReadError> {
        let (mut goods, mut orders) = (Self::default(), HashSet::new());
        rows.in_any_order::<DeliveredLine>(&Filter::all(), as_of, |line| {
            let of_event = goods.arrived.entry(line.position).or_default();
            of_event.push((line.product, line.quantity_milli.into()));
            orders.insert(line.order);
        })?;
        let columns = ["order_id", "product", "quantity_milli", "op"];
        let wanted = [PurchaseOp::Placed, PurchaseOp::Amended, PurchaseOp::Cancelled];
        // Most ledgers have arrivals of whole orders alone: then only cancellations are read.
        let wanted = if orders.is_empty() { wanted.get(2..).unwrap_or_default() } else { &wanted[..] };
        let filter = Filter::all().and("op", wanted.iter().map(|op| op.cell()).collect());
        rows.pick(PurchaseLine::TABLE, &columns, &filter, as_of, &mut |_, cells| {
            let [order, product, quantity, op] = cells else { return Ok(()) };
            let table = PurchaseLine::TABLE;
            let order: ObjectId = field(table, "order_id", order)?;
            if field::<PurchaseOp>(table, "op", op)? == PurchaseOp::Cancelled {
                goods.cancelled.insert(order);
            } else if orders.contains(&order) {
                let of = goods.ordered.entry(order).or_default();
                of.add(field(table, "product", product)?, field(table, "quantity_milli", quantity)?);
            }
            Ok(())
        })?;
        Ok(goods)
    }

    pub(super) fn is_cancelled(&self, order: ObjectId) -> bool {
        self.cancelled.contains(&order)
    }

    /// Whether it is known what was ordered.
    pub(super) fn knows(&self, order: ObjectId) -> bool {
        let known = |of: &Ordered| !of.is_vague && of.pieces.values().any(|pieces| *pieces > 0);
        self.ordered.get(&order).is_some_and(known)
    }

    /// Adds what an arrival lists; whether all that was ordered has arrived then.
    pub(super) fn arrive(&self, order: ObjectId, event: Position, so_far: &mut Arrived) -> bool {
        for (product, pieces) in self.arrived.get(&event).into_iter().flatten() {
            *so_far.0.entry(*product).or_default() += pieces;
        }
        let has =
            |(product, pieces): (&Symbol, &i128)| so_far.0.get(product).copied().unwrap_or(0) >= *pieces;
        let mut ordered = self.ordered.get(&order).into_iter().flat_map(|of| &of.pieces);
        self.knows(order) && ordered.all(|(product, pieces)| *pieces <= 0 || has((product, pieces)))
    }
}

impl Ordered {
    fn add(&mut self, product: Symbol, milli: i64) {
        if product != Symbol::default() {
            *self.pieces.entry(product).or_default() += i128::from(milli);
        } else if milli != 0 {
            self.is_vague = true;
        }
    }
}
