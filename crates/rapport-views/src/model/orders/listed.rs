//! What a figure counts: read line by line, and only when it is asked for.

use hashbrown::{HashMap, HashSet};
use rapport_model::{Position, Timestamp};

use super::{
    keys::{Key, Methods},
    params::{By, OrdersParams},
};
use crate::{
    answers::{AskError, FigureHit, window::Window},
    model::{
        figures::{Counted, Evidence, Figures},
        firsts::Firsts,
        purchases::{Source, cancellations},
    },
    read::{ReadError, Rows},
    rows::{ObjectId, Symbol, Symbols},
    table::{CURRENCY, CUSTOMER, Field as _, Filter},
};

/// What a row counts.
const OF_ROWS: [&str; 7] = [
    "purchases",
    "customers",
    "new_customers",
    "repeat_purchases",
    "without_customer",
    "purchases_of_new",
    "purchases_of_returning",
];
/// What a total counts besides.
const OF_TOTALS: [&str; 4] = ["repeat_customers", "returning_customers", "returns", "cancelled"];

pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["rows", _, _, what] | ["unpaid", _, what] => OF_ROWS.contains(what),
        ["totals", _, what] => OF_ROWS.contains(what) || OF_TOTALS.contains(what),
        _ => false,
    }
}

/// The things that the figure counts, each with the lines that make it count.
pub(super) fn objects(
    mut figures: Figures,
    rows: &dyn Rows,
    params: &OrdersParams,
    (firsts, methods): (&Firsts<'_>, &Methods),
    symbols: &Symbols,
) -> Result<Vec<FigureHit>, AskError> {
    let mut evidence = Vec::new();
    if let Some(place) = Place::of(&figures.parts(), params, symbols) {
        let mut lines = lines(rows, params, &place.filter(params))?;
        if let (By::Payment, Some(key)) = (&params.by, place.key) {
            lines.retain(|line| methods.are(line.purchase, key));
        }
        if place.what == "cancelled" {
            let cancelled = cancelled(rows, params)?;
            lines.retain(|line| cancelled.contains(&line.purchase));
            evidence.push((cancellations(), params.source.id()));
        }
        let things = things(place.what, params.source, firsts, &lines);
        let of_parties = place.what.ends_with("customers");
        evidence.push((place.filter(params), if of_parties { CUSTOMER } else { params.source.id() }));
        figures.only(params.source.id(), lines.iter().map(|line| line.purchase).collect());
        figures.found(things);
    }
    let table = params.source.table();
    let evidence =
        evidence.into_iter().map(|(filter, column)| Evidence::new(table, filter, column)).collect();
    figures.hits(rows, firsts.identity, params.as_of, |_| evidence)
}

/// Where a figure stands.
struct Place {
    what: &'static str,
    currency: Symbol,
    /// Of a total: none.
    key: Option<Key>,
}

impl Place {
    /// `None` where no answer has it.
    fn of(parts: &[&str], params: &OrdersParams, symbols: &Symbols) -> Option<Self> {
        let known = |what: &str| OF_ROWS.into_iter().chain(OF_TOTALS).find(|one| *one == what);
        let (currency, key, what) = match parts {
            ["totals", currency, what] => (*currency, None, *what),
            ["unpaid", currency, what] if params.by == By::Payment => (*currency, Some(Key::Unpaid), *what),
            ["rows", currency, name, what] => (*currency, Some(key_of(name, params, symbols)?), *what),
            _ => return None,
        };
        params.wants(currency).then_some(Self { what: known(what)?, currency: symbols.get(currency)?, key })
    }

    /// The lines that may count.
    fn filter(&self, params: &OrdersParams) -> Filter {
        let source = params.source;
        let window = match (&params.by, self.key) {
            (By::Periods(periods), Some(Key::Period(start))) => {
                params.within(Window { from: start, to: periods.end_of(start) })
            }
            _ => params.window,
        };
        let lines = match self.what {
            "returns" => source.returns(window),
            "cancelled" => source.purchases_ever(window),
            "without_customer" => source.purchases(window).and(CUSTOMER, vec![ObjectId::NOBODY.cell()]),
            _ => source.purchases(window),
        };
        let lines = lines.and(CURRENCY, vec![self.currency.cell()]);
        match (&params.by, self.key) {
            (By::Column(column), Some(Key::Text(text))) => lines.and(column, vec![text.cell()]),
            _ => lines,
        }
    }
}

/// The row of that name.
fn key_of(name: &str, params: &OrdersParams, symbols: &Symbols) -> Option<Key> {
    match &params.by {
        By::Periods(periods) => {
            let start = periods.starts().into_iter().find(|start| periods.label(*start) == name);
            start.map(Key::Period)
        }
        By::Column(_) | By::Payment => symbols.get(name).map(Key::Text),
    }
}

/// A line, as far as figures need it.
struct Line {
    at: Timestamp,
    position: Position,
    purchase: ObjectId,
    /// As recorded.
    customer: ObjectId,
}

fn lines(rows: &dyn Rows, params: &OrdersParams, filter: &Filter) -> Result<Vec<Line>, ReadError> {
    let table = params.source.table();
    let place = |name: &str| table.columns.iter().position(|column| column.name == name);
    let (purchase, customer) = (place(params.source.id()), place(CUSTOMER));
    let mut lines = Vec::new();
    rows.scan(table, filter, params.as_of, &mut |beginning, cells| {
        let object = |place: Option<usize>| {
            place.and_then(|at| cells.get(at)).and_then(ObjectId::of).unwrap_or_default()
        };
        lines.push(Line {
            at: beginning.at,
            position: beginning.position,
            purchase: object(purchase),
            customer: object(customer),
        });
        Ok(())
    })?;
    Ok(lines)
}

/// The orders that were cancelled until T.
fn cancelled(rows: &dyn Rows, params: &OrdersParams) -> Result<HashSet<ObjectId>, ReadError> {
    Ok(match params.source {
        Source::Orders => {
            lines(rows, params, &cancellations())?.into_iter().map(|line| line.purchase).collect()
        }
        Source::Invoices => HashSet::new(),
    })
}

/// The lines of one customer, and what they are of: purchases, each under the id that it is recorded with.
type Own<'a> = (Vec<&'a Line>, HashSet<(ObjectId, ObjectId)>);

/// What the lines count as.
fn things(what: &str, source: Source, firsts: &Firsts<'_>, lines: &[Line]) -> Vec<Counted> {
    let mut customers: HashMap<ObjectId, Own<'_>> = HashMap::new();
    for line in lines.iter().filter(|line| line.customer != ObjectId::NOBODY) {
        let (own, purchases) = customers.entry(firsts.identity.canonical(line.customer)).or_default();
        own.push(line);
        purchases.insert((line.purchase, line.customer));
    }
    let first = |own: &[&Line]| own.iter().map(|line| (line.at, line.position)).min();
    let is_new =
        |customer: ObjectId, own: &[&Line]| first(own).is_some_and(|(at, _)| firsts.is_first(customer, at));
    let mut things: Vec<Counted> = Vec::new();
    match what {
        "repeat_purchases" => {
            for (customer, (own, mut purchases)) in customers {
                // The first of a new customer is none; of several in one instant, the one with the lowest position.
                let first = first(&own).filter(|_| is_new(customer, &own));
                for line in own.iter().filter(|line| first == Some((line.at, line.position))) {
                    purchases.remove(&(line.purchase, line.customer));
                }
                let of = |(one, customer): (ObjectId, ObjectId)| source.counted(one).of(customer);
                things.extend(purchases.into_iter().map(of));
            }
        }
        "purchases_of_new" | "purchases_of_returning" => {
            let wanted = |customer, own: &[&Line]| is_new(customer, own) == (what == "purchases_of_new");
            for (_, (_, purchases)) in customers.into_iter().filter(|(one, (own, _))| wanted(*one, own)) {
                things.extend(purchases.into_iter().map(|(one, of)| source.counted(one).of(of)));
            }
        }
        "customers" | "new_customers" | "returning_customers" | "repeat_customers" => {
            for (customer, (own, purchases)) in customers {
                let counts = match what {
                    "new_customers" => is_new(customer, &own),
                    "returning_customers" => !is_new(customer, &own),
                    "repeat_customers" => purchases.len() > 1,
                    _ => true,
                };
                things.extend(counts.then_some(Counted::party(customer)));
            }
        }
        _ => things.extend(lines.iter().map(|line| source.counted(line.purchase))),
    }
    things.sort_unstable();
    things.dedup();
    things
}
