//! What a batch does to the tables of a view.

use rapport_proto::event_type;
use rapport_views::{
    projection::{
        Item, Op,
        bitemporal::Fact,
        deal::{self, DealFact},
    },
    rows::ObjectId,
    table::{Cell, Field as _, Out, Table},
};

use crate::{View, postgres::numbered::Numbered, reads::adjusts};

/// A fact of a deal, and what happens to it.
pub(super) type DealChange = (ObjectId, Fact<DealFact>, Op);

/// What a batch does to the tables of a view. Numbers are of this batch alone.
pub(super) struct Changes {
    view: View,
    pub numbered: Numbered,
    /// Room for the cells of a row.
    cells: Vec<Cell>,
    pub deals: Vec<DealChange>,
    pub tables: Vec<TableChange>,
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
        let tables = view
            .tables()
            .map(|table| TableChange { table, added: Vec::new(), removed: Vec::new() })
            .collect();
        Self { view, numbered: Numbered::new(), cells: Vec::new(), deals: Vec::new(), tables }
    }

    /// Takes one belief, or takes it back.
    pub(super) fn take(&mut self, item: &Item<'_>, op: Op) {
        // They say something of other events alone.
        if adjusts(event_type::payload_field(item.event.payload)) {
            return;
        }
        let (place, tables) = (item.place(), &mut self.tables);
        let place =
            [place.position.0.cast_signed(), place.known_from.as_micros(), place.known_to.as_micros()];
        let place = place.map(Cell::Int).into_iter().chain([item.occurred_at.cell()]);
        let mut put = |table: &'static Table, cells: &[Cell]| {
            let Some(change) = tables.iter_mut().find(|change| std::ptr::eq(change.table, table)) else {
                debug_assert!(false, "table `{}` is not one of this view", table.name);
                return;
            };
            let row = place.clone().chain(cells.iter().cloned()).collect();
            match op {
                Op::Add => change.added.push(row),
                Op::Remove => change.removed.push(row),
            }
        };
        self.view.rows(item, &mut Out::new(&mut self.numbered, &mut put, &mut self.cells));
        if self.view == View::Funnel {
            let fact = deal::fact(item, &mut self.numbered);
            self.deals.extend(fact.map(|(deal, fact)| (deal, fact, op)));
        }
    }
}
