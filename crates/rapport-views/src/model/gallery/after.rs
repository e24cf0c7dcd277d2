//! What customers said and bought, in its order: what of it came after a file.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, Instrument, ObjectId, PurchaseLine, PurchaseOp, ScoreRow},
    table::{CUSTOMER, Field as _, Filter, Row as _, field},
};

/// A place in time, the earlier recorded of one instant first.
pub(super) type Place = (Timestamp, Position);

/// Those of each customer in their order. What a person does is also done for the organisation for which the person acts.
type ByCustomer<T> = HashMap<ObjectId, Vec<(Place, T)>>;

/// What customers said and bought.
#[derive(Debug, Default)]
pub(super) struct After {
    /// To which instrument they responded; `None` where nobody did.
    pub(super) instrument: Option<Instrument>,
    responses: ByCustomer<f64>,
    orders: ByCustomer<ObjectId>,
}

impl After {
    /// Reads the responses to CSAT, or to NPS where nobody responded to CSAT, or else to CES; and orders.
    pub(super) fn read(rows: &dyn Rows, identity: &Identity, as_of: AsOf) -> Result<Self, ReadError> {
        let mut after = Self::default();
        for instrument in [Instrument::Csat, Instrument::Nps, Instrument::Ces] {
            let filter = Filter::all().and("instrument", vec![instrument.cell()]);
            rows.in_any_order::<ScoreRow>(&filter, as_of, |row| {
                add(&mut after.responses, identity, row.customer, (row.occurred_at, row.position), row.value);
            })?;
            if !after.responses.is_empty() {
                after.instrument = Some(instrument);
                break;
            }
        }
        let placed = Filter::all().and("op", vec![PurchaseOp::Placed.cell()]);
        let columns = [CUSTOMER, "order_id"];
        rows.pick(PurchaseLine::TABLE, &columns, &placed, as_of, &mut |beginning, cells| {
            let [customer, order] = cells else { return Ok(()) };
            let customer = field(PurchaseLine::TABLE, CUSTOMER, customer)?;
            let order = field(PurchaseLine::TABLE, "order_id", order)?;
            add(&mut after.orders, identity, customer, (beginning.at, beginning.position), order);
            Ok(())
        })?;
        after.responses.values_mut().for_each(|said| said.sort_unstable_by_key(|(place, _)| *place));
        after.orders.values_mut().for_each(|bought| bought.sort_unstable_by_key(|(place, _)| *place));
        Ok(after)
    }

    /// The first response of a customer after a place.
    pub(super) fn response(&self, customer: ObjectId, place: Place) -> Option<(Place, f64)> {
        first_after(&self.responses, customer, place)
    }

    /// The first order of a customer after a place.
    pub(super) fn order(&self, customer: ObjectId, place: Place) -> Option<(Place, ObjectId)> {
        first_after(&self.orders, customer, place)
    }
}

fn add<T: Copy>(to: &mut ByCustomer<T>, identity: &Identity, customer: ObjectId, place: Place, what: T) {
    let own = identity.canonical(customer);
    if own == ObjectId::NOBODY {
        return;
    }
    for party in [Some(own), identity.organisation(own)].into_iter().flatten() {
        to.entry(party).or_default().push((place, what));
    }
}

fn first_after<T: Copy>(of: &ByCustomer<T>, customer: ObjectId, place: Place) -> Option<(Place, T)> {
    let all = of.get(&customer)?;
    all.get(all.partition_point(|(other, _)| *other <= place)).copied()
}
