//! Columns and cells that several grids have.

use rapport_proto::v1::{PyramidLevel, PyramidResponse, Sum};

use crate::{
    model::pyramid::level::code,
    page::{GridCell, GridColumn, Unit},
};

/// The currency, for readers where there are several.
pub(super) fn currency(response: &PyramidResponse) -> GridColumn {
    let column = GridColumn::new("currency", "currency", Unit::Code);
    let totals = response.totals.iter().map(|total| &total.currency);
    let moves = response.moves.iter().map(|moves| &moves.currency);
    let rows = response.candidates.iter().map(|one| &one.currency);
    let rows = rows.chain(response.customers.iter().map(|one| &one.currency));
    let mut all: Vec<_> = totals.chain(moves).chain(rows).filter(|code| !code.is_empty()).collect();
    all.sort_unstable();
    all.dedup();
    if all.len() > 1 { column } else { column.for_exports() }
}

/// A sum, if there is one.
pub(super) fn money(sum: Option<&Sum>, currency: &str) -> GridCell {
    sum.map_or_else(GridCell::nothing, |sum| {
        GridCell::money(sum.minor_units, &sum.minor_units_wide, currency)
    })
}

/// A share, if there is one.
pub(super) fn share(share: Option<f64>) -> GridCell {
    share.map_or_else(GridCell::nothing, |share| GridCell::number(Some(share)))
}

/// A level; nothing where there is none.
pub(super) fn level(level: PyramidLevel) -> GridCell {
    if level == PyramidLevel::Unspecified { GridCell::nothing() } else { GridCell::text(code(level)) }
}

/// A level of the earlier moment.
pub(super) fn level_before(before: PyramidLevel) -> GridCell {
    if before == PyramidLevel::Unspecified { GridCell::text("none").named("new") } else { level(before) }
}
