//! The definitions of a mapping as events.

use std::collections::BTreeMap;

use prost::Message as _;
use rapport_model::Timestamp;
use rapport_proto::{time, v1, validate};

use super::{
    error::ImportError,
    identity::event_id,
    stream_event::{Origin, StreamEvent},
};
use crate::{
    digest::short,
    expr::{
        condition::holds,
        context::{Binding, Context, Line},
        readings::Readings,
    },
    mapping::{
        Content,
        definition::{Body, Definition, StageFile, stage_json, stages_json},
    },
    source::{files::Files, header, records::Records, row::RowError},
};

/// Every definition that the mapping and the files give.
pub(super) fn events(mapping: &Content, files: &Files) -> Result<Vec<StreamEvent>, ImportError> {
    let mut events = Vec::new();
    for definition in &mapping.definitions {
        match &definition.body {
            Body::Text(body) => events.push(event(mapping, definition, &definition.code, body)?),
            Body::Stages(stages) => {
                for (code, body) in bodies(stages, files)? {
                    events.push(event(mapping, definition, &code, &body)?);
                }
            }
        }
    }
    Ok(events)
}

/// The id is made from the content: the same definition is published once, a changed one anew.
fn event(
    mapping: &Content,
    definition: &Definition,
    code: &str,
    body: &str,
) -> Result<StreamEvent, ImportError> {
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
    validate::check_event(&event, "").map_err(|source| ImportError::Definition {
        kind: definition.kind.clone(),
        code: code.to_owned(),
        source,
    })?;
    Ok(StreamEvent {
        stream: format!("definition-{}-{code}", definition.kind),
        event,
        origin: Origin::default(),
    })
}

/// A row of a file of stages.
#[derive(Debug, Clone, PartialEq)]
struct Stage {
    pipeline: String,
    code: String,
    order: f64,
    json: serde_json::Value,
}

/// By code, the JSON of the stages in a file.
fn bodies(stages: &StageFile, files: &Files) -> Result<BTreeMap<String, String>, ImportError> {
    let mut found: BTreeMap<String, Vec<Stage>> = BTreeMap::new();
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
            let Some(stage) = stage else { continue };
            add(found.entry(stage.pipeline.clone()).or_default(), stage)
                .map_err(|reason| ImportError::lookup(path, line.line, "", reason))?;
        }
    }
    Ok(found.into_iter().map(|(code, stages)| (code, ordered(stages))).collect())
}

/// A stage that another row says as well is one; a pipeline has no two of one code that differ.
fn add(stages: &mut Vec<Stage>, stage: Stage) -> Result<(), String> {
    match stages.iter().find(|other| other.code == stage.code) {
        None => stages.push(stage),
        Some(other) if *other == stage => {}
        Some(_) => {
            let Stage { pipeline, code, .. } = stage;
            return Err(format!(
                "stage `{code}` of pipeline `{pipeline}` was there before, with another name, probability or order"
            ));
        }
    }
    Ok(())
}

fn ordered(mut stages: Vec<Stage>) -> String {
    stages.sort_by(|left, right| left.order.total_cmp(&right.order));
    stages_json(stages.into_iter().map(|stage| stage.json).collect())
}

fn stage(stages: &StageFile, binding: &Binding, line: &Line) -> Result<Option<Stage>, String> {
    let row = Context::bare(binding, line);
    if !holds(stages.filter.as_ref(), &row).map_err(|fault| fault.reason)? {
        return Ok(None);
    }
    let text = |expr: &crate::expr::tree::Expr| {
        expr.eval(&row).map(|text| text.into_owned()).map_err(|fault| fault.reason)
    };
    let number =
        |expr: &crate::expr::tree::Expr, expected: &str, fits: fn(&f64) -> bool| match text(expr)?.as_str() {
            "" => Ok(None),
            digits => {
                let number = digits.parse::<f64>().ok().filter(fits);
                let wrong = || format!("column `{}` is `{digits}`; expected {expected}", expr.label);
                number.map(Some).ok_or_else(wrong)
            }
        };
    let (pipeline, code) = (text(&stages.code)?, text(&stages.stage)?);
    if pipeline.is_empty() || code.is_empty() {
        return Ok(None);
    }
    let name = stages.name.as_ref().map(text).transpose()?;
    let share = |expr| number(expr, A_SHARE, |number| (0.0..=1.0).contains(number));
    let probability = stages.probability.as_ref().map(share).transpose()?.flatten();
    let place = |expr| number(expr, "a number", |number| !number.is_nan());
    let order = stages.order.as_ref().map(place).transpose()?.flatten().unwrap_or(f64::MAX);
    let json = stage_json(code.clone(), name, probability);
    Ok(Some(Stage { pipeline, code, order, json }))
}

const A_SHARE: &str = "a number from 0 to 1, such as `0.4`; where the file has percent, write \
                       `probability = { times = [\"{…}\", \"0.01\"] }`";
