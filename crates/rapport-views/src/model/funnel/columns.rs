//! Columns and cells that several grids of the funnel have.

use rapport_proto::v1::{Figure, PipelineFunnel};

use crate::page::{GridCell, GridColumn, Picture, Unit};

pub(super) fn size(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

/// The code of a stage, with its name.
pub(super) fn stage(pipeline: &PipelineFunnel, code: &str) -> GridCell {
    let stage = pipeline.stages.iter().find(|stage| stage.code == code);
    GridCell::text(code).named(stage.map_or(code, |stage| &stage.name))
}

pub(super) fn count(key: &'static str, title: &'static str) -> GridColumn {
    GridColumn::new(key, title, Unit::Count)
}

/// A count with a bar.
pub(super) fn counted(key: &'static str, title: &'static str) -> GridColumn {
    count(key, title).drawn(Picture::Bar)
}

/// The currency of a row whose amounts show it.
pub(super) fn currency() -> GridColumn {
    GridColumn::new("currency", "currency", Unit::Code).for_exports()
}
