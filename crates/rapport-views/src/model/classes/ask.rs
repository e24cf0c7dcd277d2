//! Asks a store for what was bought, and answers.

use hashbrown::{HashMap, HashSet};
use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1;

use super::{
    ClassesAnswer, ClassesBuilder, ClassesParams, DEFINITIONS, Periods, Purchases, purchases::Object,
};
use crate::{
    answers::{AnswerError, AsOf},
    read::{ReadError, Rows, TypedRows as _},
    rows::{ObjectId, PurchaseLine, PurchaseOp, Symbol},
    table::{Field as _, Filter},
};

/// Values that one question gives for a column.
const CELLS_AT_ONCE: usize = 500;

/// The rows of the page that begins after `skip`, or with a figure what that figure counts.
///
/// # Errors
/// The request is wrong, the figure counts nothing, or the store failed.
pub fn ask<E: From<AnswerError> + From<ReadError>>(
    rows: &dyn Rows,
    request: &v1::ClassesRequest,
    as_of: AsOf,
    zone: TimeZone,
    figure: Option<&str>,
    skip: usize,
) -> Result<ClassesAnswer, E> {
    let params = ClassesParams::from_request(request, as_of, zone)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut definitions = Vec::new();
    for kind in DEFINITIONS {
        definitions.extend(rows.definitions(as_of, kind)?);
    }
    let mut builder = ClassesBuilder::new(params.clone(), &symbols, &identity, &definitions, figure)?;
    cancelled(rows, as_of, |line| builder.cancelled(line))?;
    for row in grouped(rows, as_of, &params)? {
        builder.purchases(&row);
    }
    for filter in of_objects(&builder.unsettled()) {
        rows.each(&filter, as_of, |line: PurchaseLine| builder.again(&line))?;
    }
    let mut classified = builder.classify::<E>(skip, |party| Ok(rows.party_name(party)?))?;
    if figure.is_some() {
        rows.each(&Filter::all(), as_of, |line: PurchaseLine| classified.evidence(&line))?;
    }
    Ok(classified.finish()?)
}

/// The lines of orders that were cancelled.
fn cancelled(rows: &dyn Rows, as_of: AsOf, mut take: impl FnMut(&PurchaseLine)) -> Result<(), ReadError> {
    let cancellations = Filter::all().and("op", vec![PurchaseOp::Cancelled.cell()]);
    let mut orders: HashSet<ObjectId> = HashSet::new();
    rows.each(&cancellations, as_of, |line: PurchaseLine| {
        orders.insert(line.order);
    })?;
    let cells: Vec<_> = orders.iter().map(|order| order.cell()).collect();
    for cells in cells.chunks(CELLS_AT_ONCE) {
        let lines = Filter::all().and("order_id", cells.to_vec());
        rows.each(&lines, as_of, |line: PurchaseLine| take(&line))?;
    }
    Ok(())
}

/// The lines of customers or products.
fn of_objects(objects: &[Object]) -> Vec<Filter> {
    let filter = |objects: &[Object]| {
        let mut cells = (Vec::new(), Vec::new());
        for object in objects {
            match object {
                Object::Party(party) => cells.0.push(party.cell()),
                Object::Product(product) => cells.1.push(product.cell()),
            }
        }
        let (parties, products) = cells;
        if parties.is_empty() {
            Filter::all().and("product", products)
        } else {
            Filter::all().and("customer", parties)
        }
    };
    objects.chunks(CELLS_AT_ONCE).map(filter).collect()
}

/// By customer or product and currency, and by period.
type Key = (Object, Symbol, Option<Timestamp>);

/// What is bought under a key.
#[derive(Default)]
struct Group {
    orders: HashSet<ObjectId>,
    net: i128,
    last: Option<Timestamp>,
}

/// Adds up the lines of the window.
fn grouped(rows: &dyn Rows, as_of: AsOf, params: &ClassesParams) -> Result<Vec<Purchases>, ReadError> {
    let mut groups: HashMap<Key, Group> = HashMap::new();
    let (from, to) = params.window();
    rows.each(&Filter::all(), as_of, |line: PurchaseLine| {
        if line.op == PurchaseOp::Cancelled || line.occurred_at < from || line.occurred_at >= to {
            return;
        }
        let period = params.periods().map(|periods: &Periods| periods.start_of(line.occurred_at));
        for period in [Some(None), period.map(Some)].into_iter().flatten() {
            let group = groups.entry((params.object(&line), line.currency, period)).or_default();
            group.net += i128::from(line.net_minor_units);
            if line.op == PurchaseOp::Placed {
                group.orders.insert(line.order);
                group.last = group.last.max(Some(line.occurred_at));
            }
        }
    })?;
    let row = |((object, currency, period), group): (Key, Group)| Purchases {
        object,
        currency,
        period,
        orders: group.orders.len() as u64,
        net_minor_units: group.net,
        last: group.last,
    };
    Ok(groups.into_iter().map(row).collect())
}
