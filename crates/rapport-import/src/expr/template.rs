//! Text with columns in it: `{First Name} {Last Name}`.

use super::{
    scope::Scope,
    tree::{Part, Source},
};
use crate::mapping::error::MappingError;

/// The parts of a template, and the first column in it. Doubled braces stand for one.
pub(crate) fn parse(
    scope: &mut Scope,
    text: &str,
    place: &str,
    key: &str,
) -> Result<(Vec<Part>, String), MappingError> {
    let wrong = || {
        MappingError::wrong(
            place,
            key,
            &toml::Value::from(text),
            "`{column}` with both braces; write `{{` for a brace",
        )
    };
    let mut parts = Vec::new();
    let mut label = String::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        literal.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            literal.push('{');
            rest = after;
            continue;
        }
        if let Some(after) = from.strip_prefix("}}") {
            literal.push('}');
            rest = after;
            continue;
        }
        let (name, after) =
            from.strip_prefix('{').and_then(|inner| inner.split_once('}')).ok_or_else(wrong)?;
        if name.is_empty() {
            return Err(wrong());
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal).into()));
        }
        let part = scope.resolve(name, place)?;
        if label.is_empty() {
            label = label_of(&part, name);
        }
        parts.push(part);
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() || parts.is_empty() {
        parts.push(Part::Literal(literal.into()));
    }
    Ok((parts, label))
}

fn label_of(part: &Part, name: &str) -> String {
    match part {
        Part::Let(expr) | Part::At(_, expr) if !expr.label.is_empty() => expr.label.clone(),
        Part::Source(Source::RowId | Source::Line | Source::Place | Source::Final) | Part::Literal(_) => {
            String::new()
        }
        Part::Source(_) | Part::Let(_) | Part::At(..) => {
            let plain = name.strip_prefix('$').and_then(|name| name.split_once('.'));
            plain.map_or(name, |(_, column)| column).to_owned()
        }
    }
}
