//! What the tables of a mapping have in common.

use std::sync::Arc;

use super::{error::MappingError, format::Format, section::Section, undated::Undated};
use crate::expr::{
    parse,
    scope::{Maps, Reading, Scope},
    tree::Expr,
};

/// How values are read in the whole mapping, and what its events have in common.
pub(crate) struct Outer<'a> {
    pub reading: &'a Reading,
    pub maps: &'a Arc<Maps>,
    pub format: &'a Format,
    pub source: &'a str,
    pub undated: Undated,
}

/// One expression or several.
pub(crate) fn exprs(
    scope: &mut Scope,
    section: &mut Section,
    key: &'static str,
) -> Result<Vec<Expr>, MappingError> {
    let items = match section.take(key) {
        None => return Ok(Vec::new()),
        Some(toml::Value::Array(items)) => items,
        Some(one) => vec![one],
    };
    items.iter().map(|item| parse::expr(scope, item, &section.place, key)).collect()
}
