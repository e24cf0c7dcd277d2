//! Objects whose events add up to states.

use super::Projection;
use crate::table::{Cell, Dictionary, NotARow, Table};

/// Rows, of each the cells of all columns.
pub type CellsOfRows = Vec<Vec<Cell>>;

/// Objects of one kind. PostgreSQL keeps their facts and their states in tables; SQLite keeps what it answers from.
#[derive(Debug)]
pub struct Object {
    /// What their names are names of; the column of both tables that has the name is called so too.
    pub of: Dictionary,
    /// Puts what each event says of one: rows of `facts`.
    pub projection: Projection,
    /// The facts, as believed.
    pub facts: &'static Table,
    /// The states.
    pub states: &'static Table,
    /// The states of one object, from its facts; both in the order of their tables.
    pub fold: fn(&[Vec<Cell>]) -> Result<CellsOfRows, NotARow>,
}
