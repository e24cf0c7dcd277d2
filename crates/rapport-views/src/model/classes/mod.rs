//! Classes (R4): ABC, XYZ and RFM of customers and of products, from what was ordered in a window.
//!
//! A store groups: sums, counts and latest moments by customer or product (and by period), so that a database with a
//! hundred million lines need not send them all. Merged parties become one, and cancelled orders are taken off, here.
//!
//! In order: [`ClassesBuilder::cancelled`], [`purchases`](ClassesBuilder::purchases),
//! [`unsettled`](ClassesBuilder::unsettled) and [`again`](ClassesBuilder::again),
//! [`classify`](ClassesBuilder::classify); with a figure [`Classified::evidence`]; [`Classified::finish`].
//!
//! What each figure means is written in `docs/views-classes.md`.

pub mod abc;
mod ask;
mod cuts;
mod figures;
mod page;
mod params;
mod periods;
mod purchases;
mod ranked;
mod response;
pub mod rfm;
pub mod xyz;

use std::collections::BTreeMap;

use rapport_proto::v1;

pub use cuts::DEFINITIONS;
pub use page::Classes;
pub use params::ClassesParams;
pub use periods::Periods;
pub use purchases::{Object, Purchases};

use self::{
    cuts::Cuts,
    figures::Figures,
    purchases::{Added, Item, canonical},
    ranked::Currency,
};
use crate::{
    answers::{AnswerError, Answered},
    rows::{DefinitionRow, Identity, ObjectId, PurchaseLine, PurchaseOp, Symbol, Symbols},
    table::{Cell, Field as _},
};

/// Takes what was bought, and puts it into classes.
#[derive(Debug)]
pub struct ClassesBuilder<'a> {
    params: ClassesParams,
    symbols: &'a Symbols,
    identity: &'a Identity,
    cuts: Cuts,
    added: Added<'a>,
    figures: Figures,
}

/// Classes, and what a figure of them counts as far as it has been shown.
#[derive(Debug)]
pub struct Classified<'a> {
    params: ClassesParams,
    identity: &'a Identity,
    added: Added<'a>,
    figures: Figures,
    response: v1::ClassesResponse,
}

impl<'a> ClassesBuilder<'a> {
    /// For one question. `definitions` are those of [`DEFINITIONS`]; `symbols` and `identity` are those the rows come
    /// with.
    ///
    /// # Errors
    /// The text is no figure.
    pub fn new(
        params: ClassesParams,
        symbols: &'a Symbols,
        identity: &'a Identity,
        definitions: &[DefinitionRow],
        figure: Option<&str>,
    ) -> Result<Self, AnswerError> {
        let (cuts, figures) = (Cuts::of(definitions, &params), Figures::new(figure)?);
        Ok(Self { params, symbols, identity, cuts, added: Added::new(identity), figures })
    }

    /// What is asked.
    #[must_use]
    pub const fn params(&self) -> &ClassesParams {
        &self.params
    }

    /// Takes a line of an order that had been cancelled by T, of those in the window: it is taken off. All lines of such
    /// orders are handed over, before the purchases; the cancellations themselves may be left out.
    pub fn cancelled(&mut self, line: &PurchaseLine) {
        if self.params.lets_through(line, self.symbols) {
            self.added.cancelled(self.params.object(line), line, &self.params.periods);
        }
    }

    /// Takes what was bought, cancelled orders included.
    pub fn purchases(&mut self, row: &Purchases) {
        if self.params.wants(self.symbols.text(row.currency)) {
            self.added.purchases(row, &self.params.periods);
        }
    }

    /// Of which customers (as recorded) or products the latest purchase may be a cancelled one: all their lines in the
    /// window that were placed are handed to [`again`](Self::again). Mostly none.
    #[must_use]
    pub fn unsettled(&mut self) -> Vec<Object> {
        self.added.unsettled()
    }

    /// Takes a line that was placed, of one that is [`unsettled`](Self::unsettled).
    pub fn again(&mut self, line: &PurchaseLine) {
        if self.params.lets_through(line, self.symbols) {
            self.added.again(self.params.object(line), line);
        }
    }

    /// The classes, and the rows of the page that begins after `skip` of them. `party_id` gives the text of a party's id;
    /// it is asked for parties on the page, and for those between which the order is otherwise not told.
    ///
    /// # Errors
    /// Those of `party_id`.
    pub fn classify<E>(
        mut self,
        skip: usize,
        mut party_id: impl FnMut(ObjectId) -> Result<String, E>,
    ) -> Result<Classified<'a>, E> {
        let symbols = self.symbols;
        let mut name = |object| match object {
            Object::Party(party) => party_id(party),
            Object::Product(product) => Ok(symbols.text(product).to_owned()),
        };
        let mut by_currency: BTreeMap<(bool, &str), (Symbol, Vec<Item>)> = BTreeMap::new();
        for item in self.added.items() {
            let code = symbols.text(item.currency);
            let of = by_currency.entry((code.is_empty(), code));
            of.or_insert_with(|| (item.currency, Vec::new())).1.push(item);
        }
        let mut currencies = Vec::with_capacity(by_currency.len());
        for ((_, code), (symbol, items)) in by_currency {
            let currency = Currency::of(symbol, code, items, &self.params, &self.cuts, &mut name)?;
            if !currency.ranked.is_empty() || currency.left_out.is_some() {
                currencies.push(currency);
            }
        }
        let response =
            response::of(&self.params, &self.cuts, &currencies, skip, &mut self.figures, &mut name)?;
        let Self { params, identity, added, figures, .. } = self;
        Ok(Classified { params, identity, added, figures, response })
    }
}

impl Classified<'_> {
    /// Takes a line of the window. With a figure, all of them are handed over.
    pub fn evidence(&mut self, line: &PurchaseLine) {
        if line.op == PurchaseOp::Cancelled
            || !self.params.window.contains(line.occurred_at)
            || self.added.is_cancelled(line.order)
        {
            return;
        }
        let object = canonical(self.params.object(line), self.identity);
        self.figures.evidence(object, self.identity.canonical(line.customer), line);
    }

    /// The answer.
    ///
    /// # Errors
    /// The figure asked for counts nothing.
    pub fn finish(self) -> Result<Answered<v1::ClassesResponse>, AnswerError> {
        Ok(Answered { response: self.response, objects: self.figures.finish()? })
    }
}

impl ClassesParams {
    /// What of a line is put into classes.
    fn object(&self, line: &PurchaseLine) -> Object {
        if self.by_product { Object::Product(line.product) } else { Object::Party(line.customer) }
    }

    /// The column of lines that holds what is put into classes.
    const fn column(&self) -> &'static str {
        if self.by_product { "product" } else { "customer" }
    }

    /// What a cell of that column holds.
    fn object_of(&self, cell: &Cell) -> Object {
        if self.by_product {
            Object::Product(Symbol::of(cell).unwrap_or_default())
        } else {
            Object::Party(ObjectId::of(cell).unwrap_or_default())
        }
    }

    fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }

    fn lets_through(&self, line: &PurchaseLine, symbols: &Symbols) -> bool {
        line.op != PurchaseOp::Cancelled
            && self.window.contains(line.occurred_at)
            && self.wants(symbols.text(line.currency))
    }
}
