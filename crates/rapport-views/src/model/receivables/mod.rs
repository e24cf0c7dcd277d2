//! Receivables (R21): what is owed, since when, and how long it takes to be paid.
//!
//! Invoices and payments until T are read one by one: what a payment pays depends on the others.
//!
//! What each figure means is written in `docs/views-receivables.md`.

mod age;
mod ask;
mod evidence;
mod invoices;
mod of_customers;
mod owed;
mod page;
mod params;
mod payments;
mod response;
mod settle;
mod total;

pub(super) use of_customers::{Debt, of_customers};
pub use page::Receivables;
