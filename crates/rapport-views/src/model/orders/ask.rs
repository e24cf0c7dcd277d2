//! Asks a store for what was bought, and answers.

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::v1;

use super::{
    keys::{Keys, Methods},
    listed,
    params::{By, OrdersParams},
    response,
    sold::{ByKey, Total},
};
use crate::{
    answers::{Answered, AskError, Asked, window::Window},
    model::{figures::Figures, firsts::Firsts, purchases::Source},
    read::{ReadError, Rows},
    rows::{ObjectId, Symbol},
    table::{CURRENCY, CUSTOMER, Field as _, GroupKey, Measure},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::OrdersRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::OrdersResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = OrdersParams::from_request(request, source, as_of, asked.zone)?;
    let figures = Figures::new(asked.figure, listed::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let methods = match params.by {
        By::Payment => Methods::read(rows, source, as_of)?,
        By::Periods(_) | By::Column(_) => Methods::default(),
    };
    let mut firsts = Firsts::before(rows, source, params.window, as_of, &identity)?;
    let totals = totals(rows, &params, &mut firsts)?;
    if asked.figure.is_some() {
        let objects = listed::objects(figures, rows, &params, (&firsts, &methods), &symbols)?;
        return Ok(Answered { response: response::frame(&params), objects });
    }
    let sold = by_key(rows, &params, &firsts, &methods, totals.span)?;
    let response = response::of(&params, &firsts, &totals.by_currency, sold, &symbols, asked.skip);
    Ok(Answered { response, objects: Vec::new() })
}

/// All that was bought.
#[derive(Debug, Default)]
struct Totals {
    by_currency: HashMap<Symbol, Total>,
    /// The first line and the last one.
    span: Option<Window>,
}

/// What one group of lines is.
struct Lines {
    purchases: u64,
    net: i128,
    quantity_milli: i128,
    span: Window,
}

impl Lines {
    const fn measures(source: Source) -> [Measure; 5] {
        [
            Measure::Distinct(source.id()),
            Measure::Sum("net_minor_units"),
            Measure::Sum("quantity_milli"),
            Measure::First,
            Measure::Last,
        ]
    }

    fn of(measured: &[i128]) -> Option<Self> {
        let [purchases, net, quantity_milli, first, last] = measured else { return None };
        let span = Window { from: moment(*first)?, to: moment(*last)? };
        Some(Self {
            purchases: u64::try_from(*purchases).ok()?,
            net: *net,
            quantity_milli: *quantity_milli,
            span,
        })
    }
}

fn moment(micros: i128) -> Option<Timestamp> {
    i64::try_from(micros).ok().map(Timestamp::from_micros)
}

/// Adds up the window whole: an order that was placed in two months is one purchase here.
fn totals(rows: &dyn Rows, params: &OrdersParams, firsts: &mut Firsts<'_>) -> Result<Totals, ReadError> {
    let (source, table) = (params.source, params.source.table());
    let (currency, op) = (GroupKey::Column(CURRENCY), GroupKey::Column(source.op()));
    let measures = Lines::measures(source);
    let mut totals = Totals::default();
    let lines = source.lines(params.window);
    rows.group(table, &lines, params.as_of, &[currency, op], &measures, &mut |keys, measured| {
        let ([currency, op], Some(lines)) = (keys, Lines::of(measured)) else { return Ok(()) };
        let span = totals.span.unwrap_or(lines.span);
        totals.span = Some(Window { from: span.from.min(lines.span.from), to: span.to.max(lines.span.to) });
        let total = totals.by_currency.entry(Symbol::of(currency).unwrap_or_default()).or_default();
        total.sold.net += lines.net;
        total.sold.quantity_milli += lines.quantity_milli;
        total.cancelled_net -= lines.net;
        if source.is_purchase(op) {
            total.sold.purchases += lines.purchases;
        } else if source.is_return(op) {
            (total.returns, total.returns_net) = (lines.purchases, lines.net);
        }
        Ok(())
    })?;
    // What was cancelled is what the lines of all orders are more than those of standing ones.
    let lines = source.lines_ever(params.window);
    rows.group(table, &lines, params.as_of, &[currency, op], &measures, &mut |keys, measured| {
        let ([currency, op], Some(lines)) = (keys, Lines::of(measured)) else { return Ok(()) };
        let total = totals.by_currency.entry(Symbol::of(currency).unwrap_or_default()).or_default();
        total.cancelled_net += lines.net;
        if source.is_purchase(op) {
            total.cancelled = lines.purchases.saturating_sub(total.sold.purchases);
        }
        Ok(())
    })?;
    let (by, measures) = ([currency, GroupKey::Column(CUSTOMER)], by_customer(source));
    let purchases = source.purchases(params.window);
    rows.group(table, &purchases, params.as_of, &by, &measures, &mut |keys, measured| {
        let ([currency, customer], Some((purchases, first))) = (keys, of_customer(measured)) else {
            return Ok(());
        };
        let customer = firsts.identity.canonical(ObjectId::of(customer).unwrap_or_default());
        firsts.bought(customer, first);
        let total = totals.by_currency.entry(Symbol::of(currency).unwrap_or_default()).or_default();
        total.sold.bought(customer, purchases, first);
        Ok(())
    })?;
    let lines = source.lines(params.window);
    rows.group(table, &lines, params.as_of, &by, &CHARGED, &mut |keys, measured| {
        let ([currency, customer], [net]) = (keys, measured) else { return Ok(()) };
        let customer = firsts.identity.canonical(ObjectId::of(customer).unwrap_or_default());
        let total = totals.by_currency.entry(Symbol::of(currency).unwrap_or_default()).or_default();
        total.sold.charged(customer, *net, firsts);
        Ok(())
    })?;
    Ok(totals)
}

/// What customers were charged: of all lines, and not only of purchases.
const CHARGED: [Measure; 1] = [Measure::Sum("net_minor_units")];

const fn by_customer(source: Source) -> [Measure; 2] {
    [Measure::Distinct(source.id()), Measure::First]
}

fn of_customer(measured: &[i128]) -> Option<(u64, Timestamp)> {
    let [purchases, first] = measured else { return None };
    Some((u64::try_from(*purchases).ok()?, moment(*first)?))
}

/// Moments that one question names at most.
const PERIODS_AT_ONCE: usize = 1_000;

/// Adds up the rows. `span` holds all lines of the window: no other period needs asking.
fn by_key(
    rows: &dyn Rows,
    params: &OrdersParams,
    firsts: &Firsts<'_>,
    methods: &Methods,
    span: Option<Window>,
) -> Result<ByKey, ReadError> {
    let mut sold = ByKey::new();
    let Some(span) = span else { return Ok(sold) };
    match &params.by {
        By::Column(column) => add(rows, params, firsts, Keys::Column(column), params.window, &mut sold)?,
        By::Payment => {
            let keys = Keys::Payment(params.source.id(), methods);
            add(rows, params, firsts, keys, params.window, &mut sold)?;
        }
        By::Periods(periods) => {
            let mut starts = periods.starts();
            let begun = starts.partition_point(|start| *start <= span.from).saturating_sub(1);
            starts.drain(..begun);
            starts.truncate(starts.partition_point(|start| *start <= span.to));
            for starts in starts.chunks(PERIODS_AT_ONCE) {
                let [first, ..] = starts else { continue };
                let end = starts.last().map_or(*first, |last| periods.end_of(*last));
                let within = params.within(Window { from: *first, to: end });
                add(rows, params, firsts, Keys::Periods(starts), within, &mut sold)?;
            }
        }
    }
    Ok(sold)
}

fn add(
    rows: &dyn Rows,
    params: &OrdersParams,
    firsts: &Firsts<'_>,
    keys: Keys<'_>,
    window: Window,
    sold: &mut ByKey,
) -> Result<(), ReadError> {
    let (source, table) = (params.source, params.source.table());
    let currency = GroupKey::Column(CURRENCY);
    let by = [keys.group_key(), currency, GroupKey::Column(source.op())];
    let (lines, measures) = (source.lines(window), Lines::measures(source));
    rows.group(table, &lines, params.as_of, &by, &measures, &mut |cells, measured| {
        let ([key, currency, op], Some(lines)) = (cells, Lines::of(measured)) else { return Ok(()) };
        let currency = Symbol::of(currency).unwrap_or_default();
        keys.each(key, |key| {
            let sold = sold.entry((currency, key)).or_default();
            sold.net += lines.net;
            sold.quantity_milli += lines.quantity_milli;
            sold.purchases += if source.is_purchase(op) { lines.purchases } else { 0 };
        });
        Ok(())
    })?;
    let by = [keys.group_key(), currency, GroupKey::Column(CUSTOMER)];
    let (purchases, measures) = (source.purchases(window), by_customer(source));
    rows.group(table, &purchases, params.as_of, &by, &measures, &mut |cells, measured| {
        let ([key, currency, customer], Some((purchases, first))) = (cells, of_customer(measured)) else {
            return Ok(());
        };
        let currency = Symbol::of(currency).unwrap_or_default();
        let customer = firsts.identity.canonical(ObjectId::of(customer).unwrap_or_default());
        keys.each(key, |key| sold.entry((currency, key)).or_default().bought(customer, purchases, first));
        Ok(())
    })?;
    rows.group(table, &lines, params.as_of, &by, &CHARGED, &mut |cells, measured| {
        let ([key, currency, customer], [net]) = (cells, measured) else { return Ok(()) };
        let currency = Symbol::of(currency).unwrap_or_default();
        let customer = firsts.identity.canonical(ObjectId::of(customer).unwrap_or_default());
        keys.each(key, |key| sold.entry((currency, key)).or_default().charged(customer, *net, firsts));
        Ok(())
    })
}
