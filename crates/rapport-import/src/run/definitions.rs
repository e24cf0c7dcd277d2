//! The definitions of a mapping as events.

use std::collections::BTreeMap;

use prost::Message as _;
use rapport_model::Timestamp;
use rapport_proto::{time, v1, validate};

use super::{
    ImportError,
    group::context,
    identity::{event_id, short},
    outcome::StreamEvent,
};
use crate::{
    expr::{
        context::{Binding, Line},
        reading::Readings,
    },
    mapping::{Body, Content, Definition, StageFile, stage_json, stages_json},
    source::{
        files::Files,
        header,
        records::{Records, RowError},
    },
};

/// Every definition that the mapping and the files give.
pub(super) fn events(mapping: &Content, files: &Files) -> Result<Vec<StreamEvent>, ImportError> {
    let mut events = Vec::new();
    for definition in &mapping.definitions {
        match &definition.body {
            Body::Text(body) => events.push(event(mapping, definition, &definition.code, body)),
            Body::Stages(stages) => {
                for (code, body) in bodies(stages, files)? {
                    events.push(event(mapping, definition, &code, &body));
                }
            }
        }
    }
    Ok(events)
}

/// The id is made from the content: the same definition is published once, a changed one anew.
fn event(mapping: &Content, definition: &Definition, code: &str, body: &str) -> StreamEvent {
    let payload = v1::Payload {
        kind: Some(v1::payload::Kind::DefinitionPublished(v1::DefinitionPublished {
            kind: definition.kind.clone(),
            code: code.to_owned(),
            version: definition.version,
            effective_from: None,
            body: body.to_owned(),
            approver: String::new(),
        })),
    };
    let version = definition.version.to_string();
    let key = [definition.kind.as_str(), code, &version, &definition.effective_from, &short(body)];
    let occurred_at = Timestamp::from_micros(definition.effective_at);
    let event = v1::Event {
        id: event_id(&mapping.id_namespace, "", "definition.published", &key),
        source: mapping.source.clone(),
        occurred_at: Some(time::to_proto(occurred_at)),
        payload: payload.encode_to_vec().into(),
        ..v1::Event::default()
    };
    debug_assert!(validate::check_event(&event, "").is_ok());
    StreamEvent { stream: format!("definition-{}-{code}", definition.kind), event }
}

/// By code, the JSON of the stages in a file.
fn bodies(stages: &StageFile, files: &Files) -> Result<BTreeMap<String, String>, ImportError> {
    let mut found: BTreeMap<String, Vec<(f64, serde_json::Value)>> = BTreeMap::new();
    for path in files.named(&stages.files) {
        let mut records =
            Records::open(path, &stages.format).map_err(|source| ImportError::read(path, source))?;
        let columns = header::bind(&records.header, &stages.columns, &stages.format.optional_columns)
            .map_err(|missing| ImportError::columns(path, "definition", missing, &records.header))?;
        let binding = Binding {
            columns,
            nulls: stages.format.nulls.clone(),
            trim: stages.format.trim,
            readings: Readings::default(),
        };
        let mut line = Line::default();
        loop {
            match records.next(&mut line) {
                Ok(true) => {}
                Ok(false) => break,
                Err(RowError::File(source)) => return Err(ImportError::read(path, source)),
                Err(RowError::Row { line, column, reason, .. }) => {
                    return Err(ImportError::lookup(path, line, &column, reason));
                }
            }
            let stage = stage(stages, &binding, &line)
                .map_err(|reason| ImportError::lookup(path, line.line, "", reason))?;
            if let Some((code, order, stage)) = stage {
                found.entry(code).or_default().push((order, stage));
            }
        }
    }
    Ok(found.into_iter().map(|(code, stages)| (code, ordered(stages))).collect())
}

fn ordered(mut stages: Vec<(f64, serde_json::Value)>) -> String {
    stages.sort_by(|(left, _), (right, _)| left.total_cmp(right));
    stages_json(stages.into_iter().map(|(_, stage)| stage).collect())
}

type Stage = (String, f64, serde_json::Value);

fn stage(stages: &StageFile, binding: &Binding, line: &Line) -> Result<Option<Stage>, String> {
    let row = context(binding, line, None, 0);
    if stages.filter.as_ref().is_some_and(|filter| !filter.holds(&row)) {
        return Ok(None);
    }
    let text = |expr: &crate::expr::Expr| {
        expr.eval(&row).map(|text| text.into_owned()).map_err(|fault| fault.reason)
    };
    let number = |expr: &crate::expr::Expr| match text(expr)?.as_str() {
        "" => Ok(None),
        digits => {
            digits.parse::<f64>().map(Some).map_err(|_| format!("column `{}` is not a number", expr.label))
        }
    };
    let (code, stage) = (text(&stages.code)?, text(&stages.stage)?);
    if code.is_empty() || stage.is_empty() {
        return Ok(None);
    }
    let name = stages.name.as_ref().map(text).transpose()?;
    let probability = stages.probability.as_ref().map(number).transpose()?.flatten();
    let probability = probability.filter(|probability| (0.0..=1.0).contains(probability));
    let order = stages.order.as_ref().map(number).transpose()?.flatten().unwrap_or(f64::MAX);
    Ok(Some((code, order, stage_json(stage, name, probability))))
}
