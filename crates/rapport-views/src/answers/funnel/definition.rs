//! The pipelines as their owners defined them.

use rapport_model::Timestamp;
use rapport_proto::{
    definition::{self, PIPELINE, Stage},
    v1,
};

use crate::{answers::definition::holding, rows::DefinitionRow};

/// The definition of a pipeline that is in effect at a moment.
#[derive(Debug, Clone)]
pub(super) struct PipelineDefinition {
    pub(super) code: String,
    pub(super) version: u32,
    pub(super) stages: Vec<Stage>,
}

/// The definitions at a moment, by code.
#[derive(Debug, Default)]
pub(super) struct Effective {
    pub(super) pipelines: Vec<PipelineDefinition>,
    /// Those that cannot be read: later versions than those in effect, or of pipelines without one in effect.
    pub(super) unreadable: Vec<v1::UnreadableDefinition>,
}

/// The pipelines defined at a moment.
pub(super) fn effective(rows: &[DefinitionRow], occurred_until: Timestamp) -> Effective {
    let found = holding(rows, PIPELINE, occurred_until, definition::pipeline);
    let pipelines = found.holding.into_iter().map(|of| PipelineDefinition {
        code: of.code,
        version: of.version,
        stages: of.says.stages,
    });
    Effective { pipelines: pipelines.collect(), unreadable: found.unreadable }
}
