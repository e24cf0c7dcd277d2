//! What is asked, read once.

use std::collections::BTreeSet;

use jiff::{civil::Date, tz::TimeZone};
use rapport_proto::v1::CustomersRequest;

use super::{
    condition::{Expr, Fault, parse},
    consents,
    field::{Field, Own},
    owners::owner_roles,
};
use crate::{
    answers::{AsOf, AskError, window::Window},
    calendar,
    model::page_size,
    model::{currency, purchases::Source},
    read::{ReadError, Rows},
    rows::{AttributeRow, Symbol, Symbols},
    table::{Field as _, Filter, GroupKey, Row as _},
};

/// A [`CustomersRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CustomersParams {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    /// The day of T.
    pub(super) today: Date,
    pub(super) window: Window,
    /// Whether a model may look back as far as its own definition says.
    pub(super) is_usual_window: bool,
    pub(super) condition: Expr,
    /// Whether suppliers, partners, employees and contacts have rows.
    pub(super) is_everybody: bool,
    /// Of the rows, in order.
    pub(super) columns: Vec<Field>,
    pub(super) sort: Vec<Sort>,
    pub(super) currency: Option<String>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

/// A part of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) field: Field,
    pub(super) is_descending: bool,
}

/// What rows have beside what the condition names, unless it is told.
const COLUMNS: [Field; 3] = [Field::Revenue, Field::LastPurchase, Field::LastContact];

/// Months of the window, unless it is told.
pub(super) const MONTHS: i32 = 12;

impl CustomersParams {
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &CustomersRequest,
        source: Source,
        (rows, symbols): (&dyn Rows, &Symbols),
        (as_of, zone): (AsOf, &TimeZone),
    ) -> Result<Self, AskError> {
        let names = Names { rows, symbols, as_of };
        let condition = names.condition(&request.condition)?;
        let mut columns = condition.fields();
        let asked = request.fields.iter().map(|name| names.field(name, "fields"));
        let asked = asked.collect::<Result<Vec<_>, _>>()?;
        let more = if asked.is_empty() { COLUMNS.to_vec() } else { asked };
        for field in more {
            if !columns.contains(&field) {
                columns.push(field);
            }
        }
        let from = request.period_from.as_ref();
        let window = Window::of_request(from, None, as_of.occurred_until)?;
        Ok(Self {
            source,
            as_of,
            today: calendar::day(as_of.bounded().occurred_until, zone),
            is_usual_window: from.is_none(),
            window: if from.is_some() { window } else { window.last_months(MONTHS, zone) },
            zone: zone.clone(),
            condition,
            is_everybody: request.everybody,
            columns,
            sort: names.sort(&request.sort)?,
            currency: currency::asked(&request.currency, "currency")?,
            page_size: page_size(request.page_size),
        })
    }

    /// All that is asked of customers, each once.
    pub(super) fn asks(&self, any_of: &[Field]) -> bool {
        self.needed().any(|field| any_of.contains(field))
    }

    /// Whether it is asked who is responsible for customers.
    pub(super) fn asks_owners(&self) -> bool {
        self.needed().any(|field| matches!(field, Field::Owner | Field::OwnerIn(..)))
    }

    /// All that is asked of customers, one by one.
    pub(super) fn needed(&self) -> impl Iterator<Item = &Field> {
        // Those of the condition are columns.
        self.columns.iter().chain(self.sort.iter().map(|sort| &sort.field))
    }

    /// The purposes whose decisions are asked for.
    pub(super) fn purposes(&self, symbols: &Symbols) -> BTreeSet<Symbol> {
        let purposes = self.needed().filter_map(|field| match field {
            Field::Consent(_, (purpose, _)) => symbols.get(purpose),
            _ => None,
        });
        purposes.collect()
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        currency.is_empty() || self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }
}

/// Finds fields by name.
struct Names<'a> {
    rows: &'a dyn Rows,
    symbols: &'a Symbols,
    as_of: AsOf,
}

impl Names<'_> {
    fn condition(&self, text: &str) -> Result<Expr, AskError> {
        let failed = std::cell::RefCell::new(None);
        let field = |name: &str| match self.of_name(name) {
            Ok(found) => found,
            Err(error) => {
                *failed.borrow_mut() = Some(error);
                Err(String::new())
            }
        };
        let read = parse(text, &field);
        if let Some(error) = failed.into_inner() {
            return Err(error.into());
        }
        read.map_err(|Fault { column, expected }| AskError::Field {
            field: "condition",
            expected: format!("column {column}: {expected}"),
        })
    }

    fn field(&self, name: &str, of: &'static str) -> Result<Field, AskError> {
        self.of_name(name)?.map_err(|expected| AskError::Field { field: of, expected })
    }

    fn of_name(&self, name: &str) -> Result<Result<Field, String>, ReadError> {
        Field::of_name(name, || {
            let uses = consents::uses(self.rows, self.symbols, self.as_of)?;
            let owner_roles = owner_roles(self.rows, self.symbols, self.as_of)?;
            Ok(Own { attributes: self.attributes()?, uses, owner_roles })
        })
    }

    /// The keys of attributes that any customer has, as believed at K.
    fn attributes(&self) -> Result<Vec<String>, ReadError> {
        let mut keys = Vec::new();
        let by = [GroupKey::Column("key")];
        self.rows.group(AttributeRow::TABLE, &Filter::all(), self.as_of, &by, &[], &mut |cells, _| {
            let key = cells.first().and_then(Symbol::of).unwrap_or_default();
            keys.push(self.symbols.text(key).to_owned());
            Ok(())
        })?;
        keys.sort_unstable();
        Ok(keys)
    }

    /// The highest revenue first, unless it is told.
    fn sort(&self, asked: &[String]) -> Result<Vec<Sort>, AskError> {
        if asked.is_empty() {
            return Ok(vec![Sort { field: Field::Revenue, is_descending: true }]);
        }
        let read = asked.iter().map(|name| {
            let (name, is_descending) =
                name.strip_prefix('-').map_or((name.as_str(), false), |name| (name, true));
            Ok(Sort { field: self.field(name, "sort")?, is_descending })
        });
        read.collect()
    }
}
