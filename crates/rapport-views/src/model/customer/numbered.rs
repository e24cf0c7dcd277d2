//! Rows made of the events of one customer, with numbers of their own: what a projection says of an event is the same here
//! and in the tables.

use hashbrown::HashMap;
use rapport_proto::v1::payload::Kind;

use crate::{
    projection::{Believed, Projection},
    rows::{ObjectId, Symbols, storable},
    table::{Beginning, Cell, Dictionary, NotARow, Numbers, Out, Row},
};

/// Numbers of names and texts.
#[derive(Debug)]
pub(super) struct Numbered {
    names: HashMap<(Dictionary, String), ObjectId>,
    pub(super) symbols: Symbols,
}

impl Numbered {
    pub(super) fn new() -> Self {
        Self { names: HashMap::new(), symbols: Symbols::new() }
    }

    /// The rows of one table that a projection makes of an event.
    pub(super) fn rows<R: Row>(
        &mut self,
        projection: &Projection,
        believed: &Believed<'_>,
    ) -> Result<Vec<R>, NotARow> {
        let mut made: Vec<Vec<Cell>> = Vec::new();
        let mut put = |table: &'static crate::table::Table, cells: &[Cell]| {
            if table.name == R::TABLE.name {
                made.push(cells.to_vec());
            }
        };
        (projection.rows)(believed, &mut Out::new(self, &mut put, &mut Vec::new()));
        let beginning = Beginning { position: believed.position(), at: believed.occurred_at };
        made.iter().map(|cells| R::of(&beginning, cells)).collect()
    }
}

impl Numbers for Numbered {
    fn name(&mut self, of: Dictionary, name: &str) -> ObjectId {
        if name.is_empty() {
            return ObjectId::NOBODY;
        }
        let next = ObjectId(self.names.len() as u64 + 1);
        *self.names.entry((of, storable(name).into_owned())).or_insert(next)
    }

    fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }
}

/// The id of the thing that an event is about, as rows hold it.
pub(super) fn id(name: &str) -> String {
    storable(name).into_owned()
}

/// Whether an event is about money that was charged.
pub(super) const fn is_of_purchases(kind: &Kind) -> bool {
    matches!(kind, Kind::OrderPlaced(_) | Kind::OrderChanged(_) | Kind::InvoiceIssued(_))
}
