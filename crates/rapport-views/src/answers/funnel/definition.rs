//! The pipelines as their owners defined them.

use rapport_model::Timestamp;
use rapport_proto::{
    definition::{self, PIPELINE, Stage},
    v1,
};

use crate::rows::DefinitionRow;

/// The definition of a pipeline that holds at a moment.
#[derive(Debug, Clone)]
pub(super) struct PipelineDefinition {
    pub(super) code: String,
    pub(super) version: u32,
    pub(super) stages: Vec<Stage>,
}

/// What is defined at a moment, by code.
#[derive(Debug, Default)]
pub(super) struct Effective {
    pub(super) pipelines: Vec<PipelineDefinition>,
    /// Later ones than those that hold, or of pipelines of which none holds: they cannot be read.
    pub(super) unreadable: Vec<v1::UnreadableDefinition>,
}

/// The pipelines defined at a moment: of each the one that took effect last, then the highest version, then the latest
/// recorded, of those that can be read.
pub(super) fn effective(rows: &[DefinitionRow], occurred_until: Timestamp) -> Effective {
    let mut rows: Vec<_> =
        rows.iter().filter(|row| row.kind == PIPELINE && row.effective_from <= occurred_until).collect();
    rows.sort_by_key(|row| (&row.code, row.effective_from, row.version, row.position));
    let mut found = Effective::default();
    for versions in rows.chunk_by(|a, b| a.code == b.code) {
        for row in versions.iter().rev() {
            match definition::pipeline(&row.body) {
                Ok(pipeline) => {
                    let (code, version) = (row.code.clone(), row.version);
                    found.pipelines.push(PipelineDefinition { code, version, stages: pipeline.stages });
                    break;
                }
                Err(faults) => found.unreadable.push(unreadable(row, &faults)),
            }
        }
    }
    found
}

fn unreadable(row: &DefinitionRow, faults: &[definition::Fault]) -> v1::UnreadableDefinition {
    let fault = faults.first().map(|fault| format!("`{}`: {}", fault.path, fault.description));
    v1::UnreadableDefinition {
        kind: row.kind.clone(),
        code: row.code.clone(),
        version: row.version,
        position: row.position.0,
        fault: fault.unwrap_or_default(),
    }
}
