//! Promises and arrivals, folded by order.

use hashbrown::HashMap;
use jiff::civil::Date;

use super::{
    delivery::{Came, Delivery, Place, Promised},
    goods::{Arrived, Goods},
    params::DeliveriesParams,
};
use crate::{
    calendar::day,
    read::{ReadError, Rows, TypedRows as _},
    rows::{DeliveryRow, DeliveryStep, Identity, ObjectId, Symbol, Symbols},
    table::Filter,
};

/// What an event promises.
#[derive(Debug, Clone, Copy)]
struct Promise {
    place: Place,
    day: Date,
    requested: Option<Date>,
    reason: Symbol,
    by: By,
}

/// That something arrived.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    day: Date,
    place: Place,
    is_whole: bool,
    condition: Symbol,
    by: By,
}

/// Who recorded it.
#[derive(Debug, Clone, Copy, Default)]
struct By {
    staff: Symbol,
    branch: Symbol,
}

/// The events of one order.
#[derive(Debug, Default)]
struct Events {
    customer: Option<(Place, ObjectId)>,
    promises: Vec<Promise>,
    arrivals: Vec<Arrival>,
}

/// Every order that was promised or arrived until T, by number.
pub(super) fn orders(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    params: &DeliveriesParams,
) -> Result<Vec<Delivery>, ReadError> {
    let mut orders: HashMap<ObjectId, Events> = HashMap::new();
    rows.in_any_order::<DeliveryRow>(&Filter::all(), params.as_of, |row| {
        let order = row.order;
        if order != ObjectId::NOBODY {
            orders.entry(order).or_default().add(&row, (symbols, identity), params);
        }
    })?;
    let goods = Goods::read(rows, params.as_of)?;
    let damaged = symbols.get("damaged");
    let folded = orders.into_iter().map(|(order, events)| events.fold(order, &goods, damaged, params));
    let mut all: Vec<Delivery> = folded.collect();
    all.sort_unstable_by_key(|one| one.order);
    Ok(all)
}

impl Events {
    fn add(
        &mut self,
        row: &DeliveryRow,
        (symbols, identity): (&Symbols, &Identity),
        params: &DeliveriesParams,
    ) {
        let place = (row.occurred_at, row.position);
        let customer = identity.canonical(row.customer);
        if customer != ObjectId::NOBODY && self.customer.is_none_or(|(first, _)| place < first) {
            self.customer = Some((place, customer));
        }
        let by = By { staff: row.staff, branch: row.branch };
        let said: Option<Date> = symbols.text(row.day).parse().ok();
        match row.step {
            DeliveryStep::Promised => self.promises.extend(said.map(|day| Promise {
                place,
                day,
                requested: symbols.text(row.requested).parse().ok(),
                reason: row.reason,
                by,
            })),
            DeliveryStep::Completed => {
                let day = said.unwrap_or_else(|| day(row.occurred_at, &params.zone));
                let arrival = Arrival { day, place, is_whole: row.is_whole, condition: row.condition, by };
                // What is to arrive after T has not arrived.
                self.arrivals.extend(Some(arrival).filter(|_| day <= params.today));
            }
        }
    }

    fn fold(
        mut self,
        order: ObjectId,
        goods: &Goods,
        damaged: Option<Symbol>,
        params: &DeliveriesParams,
    ) -> Delivery {
        self.promises.sort_unstable_by_key(|promise| promise.place);
        self.arrivals.sort_unstable_by_key(|arrival| (arrival.day, arrival.place));
        let came = came(order, &self.arrivals, goods);
        if let Came::Whole(arrived) = came {
            // A promise after the arrival promises nothing.
            self.promises.retain(|promise| day(promise.place.0, &params.zone) <= arrived);
        }
        let said = self.arrivals.iter().filter(|arrival| arrival.condition != Symbol::default());
        let is_damaged = said.map(|arrival| Some(arrival.condition) == damaged);
        let last = self.promises.last();
        let by = self.arrivals.last().map(|arrival| arrival.by).or(last.map(|promise| promise.by));
        let By { staff, branch } = by.unwrap_or_default();
        Delivery {
            order,
            customer: self.customer.map_or(ObjectId::NOBODY, |(_, customer)| customer),
            staff,
            branch,
            requested: self.promises.iter().rev().find_map(|promise| promise.requested),
            promised: promised(&self.promises),
            came,
            is_cancelled: goods.is_cancelled(order),
            damaged: is_damaged.reduce(|one, other| one || other),
        }
    }
}

/// In the order in which they were made.
fn promised(promises: &[Promise]) -> Option<Promised> {
    let (first, last) = (promises.first()?, promises.last()?);
    let again = u32::try_from(promises.len() - 1).unwrap_or(u32::MAX);
    let reason = if again > 0 { last.reason } else { Symbol::default() };
    Some(Promised { first: first.day, last: last.day, again, reason })
}

/// In the order of their days.
fn came(order: ObjectId, arrivals: &[Arrival], goods: &Goods) -> Came {
    let mut so_far = Arrived::default();
    for arrival in arrivals {
        if goods.arrive(order, arrival.place.1, &mut so_far) || arrival.is_whole {
            return Came::Whole(arrival.day);
        }
    }
    match arrivals.last() {
        None => Came::Nothing,
        Some(last) if goods.knows(order) => Came::Part(last.day),
        Some(last) => Came::Unknown(last.day),
    }
}
