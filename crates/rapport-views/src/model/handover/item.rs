//! An open object with one of its owners.

use rapport_model::{Position, Timestamp};

use super::{objects::Object, owners::Place};
use crate::rows::Symbol;

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    pub(super) object: &'a Object,
    /// 0 where nobody owns it.
    pub(super) owner: Symbol,
    /// None where it was not assigned.
    pub(super) roles: Vec<Symbol>,
    /// Since when the owner has it; unknown of a meeting that was not assigned.
    pub(super) since: Option<Timestamp>,
    /// Who acknowledged it since, and where.
    pub(super) acknowledged: Option<(Place, Symbol)>,
    /// The events that make it the owner's.
    pub(super) positions: Vec<Position>,
}
