//! The table of contacts by class and role.

use rapport_proto::v1::{ContactRole, ContactsResponse};

use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

/// One row a class, and one a role in it.
pub(super) fn classes(response: &ContactsResponse) -> Grid {
    let title = "contacts with both sides, by class of the customer and role of who took part";
    let counted = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let mut grid = Grid::new("class", title).columns([
        GridColumn::new("class", "class", Unit::Code),
        GridColumn::new("role", "role", Unit::Code).most(),
        counted("contacts", "contacts").drawn(Picture::Bar),
        counted("customers", "customers").less(1),
        counted("reached", "reached"),
        GridColumn::new("a_customer", "contacts a customer", Unit::Ratio),
    ]);
    let mut left_out = 0;
    for class in &response.classes {
        left_out += class.roles_left_out;
        let mut row = |role: GridCell, of: &ContactRole| {
            grid.row([
                GridCell::text(&class.class),
                role,
                GridCell::figure(of.contacts.as_ref()),
                GridCell::figure(class.customers.as_ref()),
                GridCell::figure(of.reached.as_ref()),
                GridCell::number(of.a_customer),
            ]);
        };
        row(GridCell::text("*").named("all"), &class.all.clone().unwrap_or_default());
        for of in &class.roles {
            row(GridCell::text(&of.role).named(if of.role.is_empty() { "not said" } else { "" }), of);
        }
    }
    if left_out > 0 {
        grid.note(Words::counted("roles_left_out", left_out, "more role", "more roles"));
    }
    grid
}
