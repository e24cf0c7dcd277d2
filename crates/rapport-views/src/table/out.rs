//! Where projections put their rows.

use super::{Cell, Dictionary, Row, Table};
use crate::rows::{ObjectId, Symbol, Symbols};

/// What gives numbers to names and texts. Within one writer a name has one number.
pub trait Numbers {
    /// The number of a name, given now if it has none; 0 for the empty name.
    fn name(&mut self, of: Dictionary, name: &str) -> ObjectId;

    /// The texts that have numbers.
    fn symbols(&mut self) -> &mut Symbols;
}

/// Takes the rows that a projection makes of one belief about one event.
pub struct Out<'a> {
    numbers: &'a mut dyn Numbers,
    put: &'a mut dyn FnMut(&'static Table, &[Cell]),
    cells: &'a mut Vec<Cell>,
}

impl<'a> Out<'a> {
    /// With numbers, with what is done with a row's own cells, and with room for these cells, which is used again from
    /// event to event.
    pub fn new(
        numbers: &'a mut dyn Numbers,
        put: &'a mut dyn FnMut(&'static Table, &[Cell]),
        cells: &'a mut Vec<Cell>,
    ) -> Self {
        Self { numbers, put, cells }
    }

    /// The number of a name.
    pub fn name(&mut self, of: Dictionary, name: &str) -> ObjectId {
        self.numbers.name(of, name)
    }

    /// The number of a party.
    pub fn party(&mut self, id: &str) -> ObjectId {
        self.numbers.name(Dictionary::Party, id)
    }

    /// The number of a text that repeats.
    pub fn symbol(&mut self, text: &str) -> Symbol {
        self.numbers.symbols().intern(text)
    }

    /// The texts that have numbers.
    pub fn symbols(&mut self) -> &mut Symbols {
        self.numbers.symbols()
    }

    /// Takes a row.
    pub fn put<R: Row>(&mut self, row: &R) {
        self.cells.clear();
        row.cells(self.cells);
        (self.put)(R::TABLE, self.cells);
    }
}
