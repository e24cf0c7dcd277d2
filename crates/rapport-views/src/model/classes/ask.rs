//! Asks a store for what was bought, and answers.

use hashbrown::HashSet;
use rapport_model::Timestamp;
use rapport_proto::v1;

use super::{ClassesBuilder, ClassesParams, DEFINITIONS, Purchases, purchases::Object};
use crate::{
    answers::{Answered, AsOf, AskError, Asked},
    read::{ReadError, Rows, TypedRows as _},
    rows::{ObjectId, PurchaseLine, PurchaseOp, Symbol},
    table::{Cell, Field as _, Filter, GroupKey, Measure, Row as _},
};

/// Values that one question gives for a column.
const CELLS_AT_ONCE: usize = 500;

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ClassesRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ClassesResponse>, AskError> {
    let (as_of, figure) = (asked.as_of, asked.figure);
    let params = ClassesParams::from_request(request, as_of, asked.zone.clone())?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut definitions = Vec::new();
    for kind in DEFINITIONS {
        definitions.extend(rows.definitions(as_of, kind)?);
    }
    let mut builder = ClassesBuilder::new(params.clone(), &symbols, &identity, &definitions, figure)?;
    cancelled(rows, as_of, |line| builder.cancelled(line))?;
    grouped(rows, as_of, &params, |row| builder.purchases(row))?;
    for filter in of_objects(&builder.unsettled()) {
        rows.each(&filter, as_of, |line: PurchaseLine| builder.again(&line))?;
    }
    let mut classified = builder.classify::<AskError>(asked.skip, |party| Ok(rows.party_name(party)?))?;
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

/// Adds up the lines of the window, in the store: the value of all lines, then the orders among those that were placed, in
/// all and by period.
fn grouped(
    rows: &dyn Rows,
    as_of: AsOf,
    params: &ClassesParams,
    mut take: impl FnMut(&Purchases),
) -> Result<(), ReadError> {
    let (from, to) = params.window();
    let object = GroupKey::Column(params.column());
    let currency = GroupKey::Column("currency");
    let ops = |ops: &[PurchaseOp]| {
        Filter::all().occurred(from, to).and("op", ops.iter().map(|op| op.cell()).collect())
    };
    let table = PurchaseLine::TABLE;
    let placed = ops(&[PurchaseOp::Placed]);
    let all = ops(&[PurchaseOp::Placed, PurchaseOp::Returned, PurchaseOp::Amended]);
    let mut row = |keys: &[Cell], purchases: Purchases| {
        if let [object, currency, ..] = keys {
            let object = params.object_of(object);
            let currency = Symbol::of(currency).unwrap_or_default();
            take(&Purchases { object, currency, ..purchases });
        }
    };
    rows.group(
        table,
        &all,
        as_of,
        &[object, currency],
        &[Measure::Sum("net_minor_units")],
        &mut |keys, net| {
            let net_minor_units = net.first().copied().unwrap_or(0);
            row(keys, Purchases { net_minor_units, ..Purchases::NONE });
            Ok(())
        },
    )?;
    let orders = [Measure::Distinct("order_id"), Measure::First, Measure::Last];
    let mut span: Option<(Timestamp, Timestamp)> = None;
    rows.group(table, &placed, as_of, &[object, currency], &orders, &mut |keys, measured| {
        let Some((orders, first, last)) = of_orders(measured) else { return Ok(()) };
        let (earliest, latest) = span.unwrap_or((first, last));
        span = Some((earliest.min(first), latest.max(last)));
        row(keys, Purchases { orders, last: Some(last), ..Purchases::NONE });
        Ok(())
    })?;
    let (Some(periods), Some((earliest, latest))) = (params.periods(), span) else { return Ok(()) };
    // Whole periods alone: what lies before the first and behind the last is not compared. Of a window without an end
    // only the periods in which somebody bought matter.
    let mut starts = periods.starts();
    let begun = starts.partition_point(|start| *start <= earliest).saturating_sub(1);
    starts.drain(..begun);
    starts.truncate(starts.partition_point(|start| *start <= latest));
    let ends =
        starts.iter().copied().skip(PERIODS_AT_ONCE).step_by(PERIODS_AT_ONCE).chain([periods.window.to]);
    for (starts, end) in starts.chunks(PERIODS_AT_ONCE).zip(ends) {
        let Some(begin) = starts.first() else { continue };
        let since = [object, currency, GroupKey::Since(starts)];
        let within = placed.clone().occurred(*begin, end);
        rows.group(table, &within, as_of, &since, &orders, &mut |keys, measured| {
            let Some((orders, _, last)) = of_orders(measured) else { return Ok(()) };
            let period = keys.get(2).and_then(Timestamp::of);
            row(keys, Purchases { period, orders, last: Some(last), ..Purchases::NONE });
            Ok(())
        })?;
    }
    Ok(())
}

/// Periods that one question names.
const PERIODS_AT_ONCE: usize = 500;

/// How many orders, the first and the last of them.
fn of_orders(measured: &[i128]) -> Option<(u64, Timestamp, Timestamp)> {
    let moment = |micros: i128| i64::try_from(micros).ok().map(Timestamp::from_micros);
    match measured {
        [orders, first, last] => Some((u64::try_from(*orders).ok()?, moment(*first)?, moment(*last)?)),
        _ => None,
    }
}
