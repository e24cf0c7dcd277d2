//! Expressions: what a mapping says about where a value comes from.
//!
//! Every expression yields text; the field that it is for says how the text is read. [`tree::Expr`] is what a mapping's
//! text became, with columns as slots; [`context::Context`] is the row it is evaluated on.

pub(crate) mod condition;
mod constant;
pub(crate) mod context;
mod eval;
pub(crate) mod lookup;
mod moments;
pub(crate) mod parse;
mod parts;
mod reading;
pub(crate) mod readings;
pub(crate) mod scope;
mod template;
pub(crate) mod tree;
mod words;
