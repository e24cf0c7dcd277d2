//! Lists (R23): the customers that fulfil a condition over classes, figures and attributes, at (T, K).
//!
//! Rows are customers and currencies: everybody who is known, with what a condition, a column or the order asks of them.
//! What nothing asks is not read. What is not known of a customer is neither less nor more than anything: a condition
//! over it is not known either, and the answer counts whom it left out by that.
//!
//! The language and the fields are written in `docs/views-customers.md`.

mod ask;
mod condition;
mod consents;
mod deals;
mod evidence;
mod field;
mod found;
mod known;
mod owners;
mod page;
mod params;
mod response;
mod value;

pub(super) use owners::Owners;
pub use page::Customers;
