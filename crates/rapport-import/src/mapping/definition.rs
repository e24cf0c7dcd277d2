//! Definitions that an import publishes before its first row.

use super::{
    error::MappingError,
    format::{Format, format},
    outer::{Outer, exprs},
    section::Section,
};
use crate::{
    expr::{
        parse,
        scope::{Names, Scope},
        tree::{Condition, Expr},
    },
    value::moment::{DateFormat, DateRule},
};
use rapport_proto::definition::{self, PIPELINE};
use std::{collections::HashSet, sync::Arc};

/// A `definition.published`.
#[derive(Debug)]
pub(crate) struct Definition {
    pub kind: String,
    pub code: String,
    pub version: u32,
    /// As the mapping writes it: part of the id.
    pub effective_from: String,
    /// The same in microseconds since 1970.
    pub effective_at: i64,
    pub body: Body,
}

#[derive(Debug)]
pub(crate) enum Body {
    /// JSON, ready.
    Text(String),
    /// Pipelines whose stages are rows of a file; the definition's code is the prefix-free value of `code`.
    Stages(Box<StageFile>),
}

/// A file of stages: one definition for each value of `code`, stages in the order of `order`, then of the file.
#[derive(Debug)]
pub(crate) struct StageFile {
    pub files: Vec<String>,
    pub format: Format,
    pub columns: Names,
    pub filter: Option<Condition>,
    pub code: Expr,
    pub stage: Expr,
    pub name: Option<Expr>,
    pub probability: Option<Expr>,
    pub order: Option<Expr>,
}

pub(crate) fn definition(mut section: Section, outer: &Outer<'_>) -> Result<Definition, MappingError> {
    let kind = section.text("kind")?.unwrap_or_else(|| PIPELINE.into());
    let version = section.count("version")?.unwrap_or(1);
    let effective_from = section.text("effective_from")?.unwrap_or_else(|| "1970-01-01".into());
    // Whatever `dates` the files need, the mapping itself may write `2016-01-01`.
    let mut dates = DateRule::clone(&outer.reading.dates);
    dates.formats.push(DateFormat::Iso);
    let Some(effective_at) = dates.moment(&effective_from) else {
        let value = toml::Value::from(effective_from);
        return Err(section.wrong("effective_from", &value, "a date such as `2016-01-01`"));
    };
    let (code, body) = match section.section("stages_from")? {
        Some(file) => (String::new(), Body::Stages(Box::new(stage_file(file, outer)?))),
        None => (section.text_required("code")?, Body::Text(body(&mut section, &kind)?)),
    };
    section.finish()?;
    Ok(Definition { kind, code, version, effective_from, effective_at, body })
}

fn body(section: &mut Section, kind: &str) -> Result<String, MappingError> {
    let mut stages = Vec::new();
    let mut codes = HashSet::new();
    for mut stage in section.sections("stages")? {
        let code = stage.text_required("code")?;
        if !codes.insert(code.clone()) {
            let expected = "a code that no stage before it has";
            return Err(stage.wrong("code", &toml::Value::from(code), expected));
        }
        let name = stage.text("name")?;
        let probability = match stage.take("probability") {
            None => None,
            Some(value) => {
                let number = value.as_float().or_else(|| {
                    value.as_integer().and_then(|whole| i32::try_from(whole).ok()).map(f64::from)
                });
                let number = number.filter(|number| (0.0..=1.0).contains(number));
                Some(number.ok_or_else(|| stage.wrong("probability", &value, "a number from 0 to 1"))?)
            }
        };
        stage.finish()?;
        stages.push(stage_json(code, name, probability));
    }
    match section.take("body") {
        None if stages.is_empty() => Err(section.missing("stages")),
        None => Ok(stages_json(stages)),
        Some(value @ toml::Value::Table(_)) if stages.is_empty() => {
            let text = serde_json::to_string(&value)
                .map_err(|error| section.wrong("body", &value, format!("what JSON can write: {error}")))?;
            match unfit(kind, &text) {
                None => Ok(text),
                Some(fault) => Err(section.wrong("body", &value, fault)),
            }
        }
        Some(other) => Err(section.wrong("body", &other, "a table, in place of `stages`")),
    }
}

/// Why the ledger would refuse a body of this kind, if it would.
fn unfit(kind: &str, body: &str) -> Option<String> {
    let fault = definition::refused(kind, body).into_iter().next()?;
    Some(format!("the body of a definition of kind `{kind}`; `{}`: {}", fault.path, fault.description))
}

pub(crate) fn stage_json(code: String, name: Option<String>, probability: Option<f64>) -> serde_json::Value {
    let mut stage = serde_json::Map::new();
    stage.insert("code".into(), code.into());
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        stage.insert("name".into(), name.into());
    }
    if let Some(probability) = probability {
        stage.insert("probability".into(), probability.into());
    }
    stage.into()
}

pub(crate) fn stages_json(stages: Vec<serde_json::Value>) -> String {
    serde_json::json!({ "stages": stages }).to_string()
}

fn stage_file(mut section: Section, outer: &Outer<'_>) -> Result<StageFile, MappingError> {
    let files = section.texts("files")?.ok_or_else(|| section.missing("files"))?;
    let format = format(&mut section, outer.format)?;
    let reading = parse::reading(&mut section, outer.reading)?;
    let mut scope = Scope::new(reading, Arc::clone(outer.maps), toml::Table::new());
    let filter = section
        .take("where")
        .map(|value| parse::condition(&mut scope, &value, &section.place))
        .transpose()?;
    let mut one = |key: &'static str| exprs(&mut scope, &mut section, key).map(|mut found| found.pop());
    let (code, stage) = (one("code")?, one("stage")?);
    let (name, probability, order) = (one("name")?, one("probability")?, one("order")?);
    let code = code.ok_or_else(|| section.missing("code"))?;
    let stage = stage.ok_or_else(|| section.missing("stage"))?;
    section.finish()?;
    Ok(StageFile { files, format, columns: scope.columns, filter, code, stage, name, probability, order })
}
