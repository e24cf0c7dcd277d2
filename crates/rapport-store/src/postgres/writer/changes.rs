//! What a batch does to the tables of a view.

use rapport_proto::event_type;
use rapport_views::{
    projection::{Item, Op},
    table::{Cell, Out, Table},
};

use crate::{View, postgres::numbered::Numbered, reads::adjusts};

/// What a batch does to the tables of a view. Numbers are of this batch alone.
pub(super) struct Changes {
    view: View,
    pub numbered: Numbered,
    /// Room for the cells of a row.
    cells: Vec<Cell>,
    pub tables: Vec<TableChange>,
    /// What it does to the facts of each kind of object.
    pub facts: Vec<TableChange>,
}

/// What a batch does to one table; of each row the cells of all columns.
pub(super) struct TableChange {
    pub table: &'static Table,
    pub added: Vec<Vec<Cell>>,
    pub removed: Vec<Vec<Cell>>,
}

impl Changes {
    /// None yet.
    pub(super) fn new(view: View) -> Self {
        let none = |table| TableChange { table, added: Vec::new(), removed: Vec::new() };
        Self {
            view,
            numbered: Numbered::new(),
            cells: Vec::new(),
            tables: view.tables().map(none).collect(),
            facts: view.objects().iter().map(|object| none(object.facts)).collect(),
        }
    }

    /// Takes one belief, or takes it back.
    pub(super) fn take(&mut self, item: &Item<'_>, op: Op) {
        // They say something of other events alone.
        if adjusts(event_type::payload_field(item.event.payload)) {
            return;
        }
        let place = item.place().numbers().map(Cell::Int);
        let (tables, facts) = (&mut self.tables, &mut self.facts);
        let mut put = |table: &'static Table, cells: &[Cell]| {
            let changes = tables.iter_mut().chain(facts.iter_mut());
            let Some(change) = changes.into_iter().find(|change| std::ptr::eq(change.table, table)) else {
                debug_assert!(false, "table `{}` is not one of this view", table.name);
                return;
            };
            let row = place.iter().chain(cells).cloned().collect();
            match op {
                Op::Add => change.added.push(row),
                Op::Remove => change.removed.push(row),
            }
        };
        let mut out = Out::new(&mut self.numbered, &mut put, &mut self.cells);
        self.view.rows(item, &mut out);
        self.view.facts(item, &mut out);
    }
}
