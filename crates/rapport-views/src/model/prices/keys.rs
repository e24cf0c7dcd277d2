//! What lines have in common.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, ClassesMeasure, prices_request::By};

use super::{lines::Line, params::PricesParams};
use crate::{
    answers::{AskError, window::Window},
    calendar::{Every, Periods},
    model::classes::of_customers,
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol, Symbols},
    table::{Cell, Field as _, GroupKey, Measure},
};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// A product, a category, a member of staff or a branch.
    Named(Symbol),
    /// Where a month begins.
    Month(Timestamp),
    /// A class; lines of nobody have none.
    Class(Option<&'static str>),
}

/// Finds what a line has in common with others.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    by: By,
    zone: &'a TimeZone,
    identity: &'a Identity,
    classes: HashMap<(ObjectId, Symbol), &'static str>,
    months: Periods,
}

impl<'a> Keys<'a> {
    /// With the classes of customers, and the definition that these rest on, where lines are compared by them.
    pub(super) fn read(
        rows: &dyn Rows,
        (symbols, identity): (&Symbols, &'a Identity),
        params: &'a PricesParams,
        meta: &mut v1::ViewMeta,
    ) -> Result<Self, AskError> {
        let mut classes = HashMap::new();
        if params.by == By::Class {
            let when = (params.as_of, &params.zone);
            let of = (params.source, params.window);
            let found = of_customers(rows, (symbols, identity), when, of, &[ClassesMeasure::Abc])?;
            classes = found.of.iter().filter_map(|(of, is)| Some((*of, is.abc?))).collect();
            (meta.definitions, meta.definitions_unreadable) = (found.used, found.unreadable);
        }
        let months = Periods::around(spanned(rows, params)?, Every::Month, params.zone.clone());
        Ok(Self { by: params.by, zone: &params.zone, identity, classes, months })
    }

    /// The column that a store groups by; none where that is months.
    pub(super) const fn column(&self) -> Option<&'static str> {
        match self.by {
            By::Unspecified | By::Product => Some("product"),
            By::Category => Some("category"),
            By::Staff => Some("staff"),
            By::Branch => Some("branch"),
            By::Class => Some("customer"),
            By::Month => None,
        }
    }

    /// Where the months begin.
    pub(super) fn months(&self) -> (Vec<Timestamp>, Timestamp) {
        (self.months.starts(), self.months.window.to)
    }

    /// Of the cell that a store grouped by.
    pub(super) fn of_cell(&self, cell: &Cell, currency: Symbol) -> Key {
        match self.by {
            By::Unspecified | By::Product | By::Category | By::Staff | By::Branch => {
                Key::Named(Symbol::of(cell).unwrap_or_default())
            }
            By::Class => self.class(ObjectId::of(cell).unwrap_or_default(), currency),
            By::Month => Key::Month(Timestamp::of(cell).unwrap_or(Timestamp::MIN)),
        }
    }

    /// Of a line.
    pub(super) fn of_line(&self, line: &Line) -> Key {
        match self.by {
            By::Unspecified | By::Product => Key::Named(line.product),
            By::Category => Key::Named(line.category),
            By::Staff => Key::Named(line.staff),
            By::Branch => Key::Named(line.branch),
            By::Class => self.class(line.customer, line.currency),
            By::Month => Key::Month(self.months.start_of(line.at)),
        }
    }

    /// Whether classes of customers are known here.
    pub(super) fn is_by_class(&self) -> bool {
        self.by == By::Class
    }

    /// The class of a customer, as recorded; empty without one.
    pub(super) fn class_of(&self, customer: ObjectId, currency: Symbol) -> &'static str {
        self.classes.get(&(self.identity.canonical(customer), currency)).copied().unwrap_or_default()
    }

    fn class(&self, customer: ObjectId, currency: Symbol) -> Key {
        Key::Class(self.classes.get(&(self.identity.canonical(customer), currency)).copied())
    }

    /// As answers say it.
    pub(super) fn text(&self, key: Key, symbols: &Symbols) -> String {
        match key {
            Key::Named(symbol) => symbols.text(symbol).to_owned(),
            Key::Class(class) => class.unwrap_or_default().to_owned(),
            Key::Month(begin) => {
                let begin = jiff::Timestamp::from_microsecond(begin.as_micros()).unwrap_or_default();
                begin.to_zoned(self.zone.clone()).strftime("%Y-%m").to_string()
            }
        }
    }
}

/// From the first to the last purchase of the window; offers are not asked by the store's months.
fn spanned(rows: &dyn Rows, params: &PricesParams) -> Result<Window, ReadError> {
    let mut span = Window { from: params.window.from, to: params.window.from };
    if params.by != By::Month || params.of_offers {
        return Ok(span);
    }
    let (table, purchases) = (params.source.table(), params.source.purchases(params.window));
    let by = [GroupKey::Column("currency")];
    let (mut first, mut last) = (i128::MAX, i128::MIN);
    rows.group(
        table,
        &purchases,
        params.as_of,
        &by,
        &[Measure::First, Measure::Last],
        &mut |_, measured| {
            if let [begin, end] = measured {
                (first, last) = (first.min(*begin), last.max(*end));
            }
            Ok(())
        },
    )?;
    if let (Ok(first), Ok(last)) = (i64::try_from(first), i64::try_from(last)) {
        span = Window {
            from: Timestamp::from_micros(first),
            to: Timestamp::from_micros(last.saturating_add(1)),
        };
    }
    Ok(span)
}
