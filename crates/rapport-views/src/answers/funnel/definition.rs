//! A pipeline as its owner defined it.

use std::collections::HashSet;

use rapport_model::Timestamp;
use serde::Deserialize;

use crate::rows::DefinitionRow;

/// The definition of a pipeline that holds at a moment.
#[derive(Debug, Clone)]
pub(super) struct PipelineDefinition {
    pub(super) code: String,
    pub(super) version: u32,
    pub(super) stages: Vec<StageDefinition>,
}

/// One stage of it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct StageDefinition {
    pub(super) code: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) probability: Option<f64>,
}

#[derive(Deserialize)]
struct Body {
    stages: Vec<StageDefinition>,
}

/// The pipelines defined at a moment, by code: of each the one that took effect last, then the highest version, then
/// the latest recorded. A body that cannot be read defines nothing.
pub(super) fn effective(rows: &[DefinitionRow], occurred_until: Timestamp) -> Vec<PipelineDefinition> {
    let mut rows: Vec<_> =
        rows.iter().filter(|row| row.kind == "pipeline" && row.effective_from <= occurred_until).collect();
    rows.sort_by_key(|row| (row.effective_from, row.version, row.position));
    let mut seen = HashSet::new();
    let latest_first = rows.into_iter().rev();
    let mut found: Vec<_> = latest_first
        .filter_map(|row| Some((row, stages_of(&row.body)?)))
        .filter(|(row, _)| seen.insert(row.code.as_str()))
        .map(|(row, stages)| PipelineDefinition { code: row.code.clone(), version: row.version, stages })
        .collect();
    found.sort_by(|a, b| a.code.cmp(&b.code));
    found
}

/// The stages of a body, each code once.
fn stages_of(body: &str) -> Option<Vec<StageDefinition>> {
    let body: Body = serde_json::from_str(body).ok()?;
    let mut codes = HashSet::new();
    Some(
        body.stages
            .into_iter()
            .filter(|stage| !stage.code.is_empty() && codes.insert(stage.code.clone()))
            .map(|stage| StageDefinition {
                probability: stage.probability.filter(|p| (0.0..=1.0).contains(p)),
                ..stage
            })
            .collect(),
    )
}
