//! Asks a store for what was bought, and answers.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::v1::{self, classes_request::Value};

use super::{
    ClassesParams, DEFINITIONS,
    cuts::Cuts,
    margin,
    purchases::{Added, Item, Object},
    ranked::Currency,
    response,
};
use crate::{
    answers::{Answered, AsOf, AskError, Asked},
    model::{
        figures::{Evidence, Figures},
        purchases::Source,
    },
    read::{ReadError, Rows},
    rows::{ObjectId, Symbol, Symbols},
    table::{Cell, Dictionary, Field as _, Filter, GroupKey, Measure},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ClassesRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ClassesResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = ClassesParams::from_request(request, source, as_of, asked.zone.clone())?;
    margin::check(&params)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut definitions = Vec::new();
    for kind in DEFINITIONS {
        definitions.extend(rows.definitions(as_of, kind)?);
    }
    let cuts = Cuts::of(&definitions, &params);
    let mut added = Added::new(&identity);
    add(rows, as_of, &params, &mut added)?;

    let mut name = |object| match object {
        Object::Party(party) => Ok(rows.party_name(party)?),
        Object::Product(product) => Ok(symbols.text(product).to_owned()),
    };
    let margins = margin::margins(rows, (&symbols, &identity), &params)?;
    let (mut items, is_margin) = (added.items(), margins.is_some());
    if let Some(margins) = margins {
        margin::put(&mut items, margins);
    }
    let currencies = currencies(items, &params, &cuts, &symbols, &mut name)?;
    let mut response = response::of(&params, &cuts, &currencies, asked.skip, &mut figures, &mut name)?;
    response.value = if is_margin { Value::Margin } else { Value::Revenue }.into();
    of_row(&mut figures, rows, as_of, &params, &symbols)?;
    let objects = figures.hits(rows, &identity, as_of, |parts| {
        let code = match parts {
            ["classes", _, code, _] | [_, code, ..] => *code,
            _ => "",
        };
        let filter = lines(&params, symbols.get(code).unwrap_or_default());
        let column = match parts {
            ["rows", ..] | [.., "left_out"] => params.source.id(),
            _ => params.column(),
        };
        let mut evidence = vec![Evidence::new(params.source.table(), filter, column)];
        if is_margin && matches!(parts, [.., "objects"] | ["classes", ..]) {
            evidence.extend(margin::evidence(&params, symbols.get(code).unwrap_or_default()));
        }
        evidence
    })?;
    Ok(Answered { response, objects })
}

fn is_figure(parts: &[&str]) -> bool {
    matches!(
        parts,
        ["totals", _, "objects" | "buyers" | "left_out"]
            | ["classes", "abc" | "xyz" | "rfm", _, _]
            | ["rows", _, _, "purchases"]
    )
}

/// The lines of the window in a currency.
fn lines(params: &ClassesParams, currency: Symbol) -> Filter {
    params.source.lines(params.window).and("currency", vec![currency.cell()])
}

/// Finds what a figure of a row counts, or of what no row has: orders, on whatever page the row is.
fn of_row(
    figures: &mut Figures,
    rows: &dyn Rows,
    as_of: AsOf,
    params: &ClassesParams,
    symbols: &Symbols,
) -> Result<(), AskError> {
    let parts = figures.parts();
    let (code, name) = match parts.as_slice() {
        ["rows", code, tag, _] => (*code, tag.split_once(':').map_or("", |(_, name)| name)),
        ["totals", code, "left_out"] => (*code, ""),
        _ => return Ok(()),
    };
    let Some(currency) = symbols.get(code) else { return Ok(()) };
    let identity = rows.identity(as_of)?;
    let wanted = match name {
        _ if params.by_product => symbols.get(name).map(Object::Product),
        name => rows.number(Dictionary::Party, name)?.map(Object::Party),
    };
    let wanted = wanted.or_else(|| name.is_empty().then_some(Object::Party(ObjectId::NOBODY)));
    let Some(wanted) = wanted else { return Ok(()) };
    let purchases = params.source.purchases(params.window).and("currency", vec![currency.cell()]);
    let by = [GroupKey::Column(params.column()), GroupKey::Column(params.source.id())];
    let mut orders = Vec::new();
    rows.group(params.source.table(), &purchases, as_of, &by, &[], &mut |keys, _| {
        if let [object, order] = keys
            && super::purchases::canonical(params.object_of(object), &identity) == wanted
        {
            orders.push(params.source.counted(ObjectId::of(order).unwrap_or_default()));
        }
        Ok(())
    })?;
    orders.sort_unstable();
    orders.dedup();
    figures.found(orders);
    Ok(())
}

/// What was bought in each currency, those without one last.
pub(super) fn currencies(
    items: Vec<Item>,
    params: &ClassesParams,
    cuts: &Cuts,
    symbols: &Symbols,
    name: &mut impl FnMut(Object) -> Result<String, AskError>,
) -> Result<Vec<Currency>, AskError> {
    let mut by_code: BTreeMap<(bool, &str), Vec<Item>> = BTreeMap::new();
    for item in items {
        let code = symbols.text(item.currency);
        if params.wants(code) {
            by_code.entry((code.is_empty(), code)).or_default().push(item);
        }
    }
    let mut currencies = Vec::with_capacity(by_code.len());
    for ((_, code), items) in by_code {
        let currency = Currency::of(code, items, params, cuts, name)?;
        if !currency.ranked.is_empty() || currency.left_out.is_some() {
            currencies.push(currency);
        }
    }
    Ok(currencies)
}

/// Adds up the lines of the window, in the store: the value of all lines and the orders among those that were placed, and
/// for XYZ the orders by period.
pub(super) fn add(
    rows: &dyn Rows,
    as_of: AsOf,
    params: &ClassesParams,
    added: &mut Added<'_>,
) -> Result<(), ReadError> {
    let (object, currency) = (GroupKey::Column(params.column()), GroupKey::Column("currency"));
    let key =
        |object: &Cell, currency: &Cell| (params.object_of(object), Symbol::of(currency).unwrap_or_default());
    let by = [object, currency, GroupKey::Column(params.source.op())];
    let measures = [
        Measure::Sum("net_minor_units"),
        Measure::Distinct(params.source.id()),
        Measure::First,
        Measure::Last,
    ];
    let mut span: Option<(Timestamp, Timestamp)> = None;
    rows.group(
        params.source.table(),
        &params.source.lines(params.window),
        as_of,
        &by,
        &measures,
        &mut |keys, measured| {
            let ([object, currency, op], [net, orders @ ..]) = (keys, measured) else { return Ok(()) };
            let (object, currency) = key(object, currency);
            added.worth(object, currency, *net);
            let placed = of_orders(orders).filter(|_| params.source.is_purchase(op));
            if let Some((orders, first, last)) = placed {
                let (earliest, latest) = span.unwrap_or((first, last));
                span = Some((earliest.min(first), latest.max(last)));
                added.orders(object, currency, orders, last);
            }
            Ok(())
        },
    )?;
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
        let within = params.source.purchases(params.window).occurred(*begin, end);
        let orders = [Measure::Distinct(params.source.id())];
        rows.group(params.source.table(), &within, as_of, &since, &orders, &mut |keys, measured| {
            let ([object, currency, period], [orders]) = (keys, measured) else { return Ok(()) };
            let ((object, currency), period) = (key(object, currency), Timestamp::of(period));
            if let (Some(period), Ok(orders)) = (period, u64::try_from(*orders)) {
                added.in_period(object, currency, period, orders);
            }
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
