//! Classes (R4): ABC, XYZ and RFM of customers and of products, from what was ordered in a window.
//!
//! A store groups: sums, counts and latest moments by customer or product (and by period), so that a database with a
//! hundred million lines need not send them all. Merged parties become one here.
//!
//! What each figure means is written in `docs/views-classes.md`.

pub mod abc;
mod ask;
mod cuts;
mod margin;
mod of_customers;
mod page;
mod params;
mod purchases;
mod ranked;
mod response;
pub mod rfm;
pub mod xyz;

pub(super) use cuts::Cuts;
pub(super) use of_customers::{OfCustomers, of_customers};
pub use page::Classes;

use self::{cuts::DEFINITIONS, params::ClassesParams, purchases::Object};
use crate::{
    rows::{ObjectId, Symbol},
    table::{Cell, Field as _},
};

impl ClassesParams {
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
}
