//! One kind of file of a mapping: how it is read, what it is joined with, and what its rows become.

use super::{
    emit::{Emit, Envelope},
    error::MappingError,
    format::{Format, format},
    outer::{Outer, exprs},
    section::Section,
};
use crate::expr::{
    parse,
    scope::{Names, Reading, Scope, Styles},
    tree::{Condition, Expr, Many},
};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Table {
    pub name: String,
    pub files: Vec<String>,
    pub required: bool,
    /// A table that has all rows of this one and more. If a file of it is given, the files of this one are not read.
    pub superseded_by: Option<String>,
    pub format: Format,
    pub columns: Names,
    pub joins: Vec<Join>,
    pub filter: Option<Condition>,
    /// What makes a row the same row in a later export; empty means its whole content.
    pub id: Vec<Expr>,
    pub group_by: Vec<Expr>,
    /// How many other rows may lie between rows of one group.
    pub group_window: u64,
    pub run_by: Vec<Expr>,
    /// The order of the rows, or of the rows of each run or group; empty for the file's order.
    pub sort_by: Vec<SortKey>,
    /// `let`s that are kept of a row for the next one of its run.
    pub remembered: Vec<Arc<Expr>>,
    /// Whether a row of a run is looked at together with the one behind it.
    pub looks_ahead: bool,
    pub emits: Vec<Emit>,
    /// How its texts are read.
    pub styles: Styles,
}

/// A key by which rows are sorted.
#[derive(Debug)]
pub(crate) struct SortKey {
    pub expr: Expr,
    pub reading: Reading,
}

/// Another file whose rows belong to a row.
#[derive(Debug)]
pub(crate) struct Join {
    pub name: String,
    pub files: Vec<String>,
    pub format: Format,
    /// On the row's side.
    pub on: Vec<Expr>,
    /// On the joined file's side, over its own columns.
    pub key: Vec<Expr>,
    pub filter: Option<Condition>,
    pub columns: Names,
    /// Whether a row without a partner is rejected, and the file must be there.
    pub required: bool,
    /// Looked up for each of the rows that belong to the row, instead of once.
    pub per: Option<Many>,
}

pub(crate) fn table(mut section: Section, outer: &Outer<'_>) -> Result<Table, MappingError> {
    let name = section.text_required("name")?;
    let files = section.texts("files")?.ok_or_else(|| section.missing("files"))?;
    let format = format(&mut section, outer.format)?;
    let reading = table_reading(&mut section, outer.reading)?;
    let lets = section.section("let")?.map(|mut lets| lets.rest()).unwrap_or_default();
    let mut scope = Scope::new(reading.clone(), Arc::clone(outer.maps), lets);
    let mut joins = Vec::new();
    // Known before the joins: a join can be looked up for each row of the group.
    scope.grouped = section.has("group_by");
    for join in section.sections("join")? {
        let (join, names) = self::join(join, &mut scope, outer, &reading)?;
        scope.joins.push((join.name.clone(), names));
        joins.push(join);
    }
    let group_by = exprs(&mut scope, &mut section, "group_by")?;
    let run_by = exprs(&mut scope, &mut section, "run_by")?;
    scope.grouped = !group_by.is_empty();
    scope.runs = !run_by.is_empty();
    let sort_by = sort_by(&mut scope, &mut section)?;
    let id = exprs(&mut scope, &mut section, "id")?;
    let filter = section
        .take("where")
        .map(|value| parse::condition(&mut scope, &value, &section.place))
        .transpose()?;
    let group_window = u64::from(section.count("group_window")?.unwrap_or(0));
    let defaults = Envelope::parse(&mut section, &mut scope)?;
    let has_identity = !id.is_empty() || !group_by.is_empty();
    let emits = emits(&mut section, &mut scope, outer, &defaults, has_identity)?;
    let required = section.flag("required")?.unwrap_or(false);
    let remembered = scope.remember(&section.place)?;
    let superseded_by = section.text("superseded_by")?;
    section.finish()?;
    for (join, (_, names)) in joins.iter_mut().zip(scope.joins) {
        join.columns = names;
    }
    Ok(Table {
        name,
        files,
        required,
        superseded_by,
        format,
        columns: scope.columns,
        joins,
        filter,
        id,
        group_by,
        group_window,
        run_by,
        sort_by,
        remembered,
        looks_ahead: scope.looks_ahead,
        emits,
        styles: scope.styles,
    })
}

/// The events of a table; `has_identity` where a row that changed is the same row.
fn emits(
    section: &mut Section,
    scope: &mut Scope,
    outer: &Outer<'_>,
    defaults: &Envelope,
    has_identity: bool,
) -> Result<Vec<Emit>, MappingError> {
    let mut emits: Vec<Emit> = Vec::new();
    for emit in section.sections("emit")? {
        let place = emit.place.clone();
        let emit = Emit::parse(emit, scope, outer, defaults)?;
        if emits.iter().any(|other| other.name == emit.name) {
            let value = toml::Value::from(emit.name.as_str());
            return Err(MappingError::wrong(
                &place,
                "name",
                &value,
                "a name that no other emit of this table has: ids are made from it",
            ));
        }
        if let Some(state) = emit.state.as_deref().filter(|_| !has_identity) {
            return Err(MappingError::wrong(
                &place,
                "state",
                &toml::Value::from(state),
                "a table with `id` or `group_by`: without one, a row that changed is another row",
            ));
        }
        emits.push(emit);
    }
    Ok(emits)
}

/// A table gives way to another one of the mapping that gives way to none.
pub(crate) fn check_superseded(tables: &[Table]) -> Result<(), MappingError> {
    for (index, table) in tables.iter().enumerate() {
        let Some(name) = &table.superseded_by else { continue };
        let other = tables.iter().find(|other| other.name == *name);
        if other.is_none_or(|other| other.superseded_by.is_some()) {
            let names: Vec<&str> = tables
                .iter()
                .filter(|other| other.superseded_by.is_none())
                .map(|other| other.name.as_str())
                .collect();
            let place = format!("table[{}] \"{}\"", index + 1, table.name);
            let value = toml::Value::from(name.as_str());
            let expected = format!("another table that is not superseded itself: `{}`", names.join("`, `"));
            return Err(MappingError::wrong(&place, "superseded_by", &value, expected));
        }
    }
    Ok(())
}

fn table_reading(section: &mut Section, outer: &Reading) -> Result<Reading, MappingError> {
    let mut reading = parse::reading(section, outer)?;
    if let Some(currency) = section.text("currency")? {
        reading.currency = Some(currency);
    }
    Ok(reading)
}

/// One key or several; a table may say how the texts of its key are read.
fn sort_by(scope: &mut Scope, section: &mut Section) -> Result<Vec<SortKey>, MappingError> {
    let items = match section.take("sort_by") {
        None => return Ok(Vec::new()),
        Some(toml::Value::Array(items)) => items,
        Some(one) => vec![one],
    };
    let mut keys = Vec::with_capacity(items.len());
    for item in items {
        let mut reading = scope.reading.clone();
        let expr = match &item {
            toml::Value::Table(table) => {
                let mut inner = Section::new(format!("{} / sort_by", section.place), table.clone());
                reading = parse::reading(&mut inner, &reading)?;
                let expr = parse::expr_of(scope, &mut inner, &reading)?;
                inner.finish()?;
                expr
            }
            _ => parse::expr(scope, &item, &section.place, "sort_by")?,
        };
        scope.styles.date(&reading.dates);
        scope.styles.number(reading.numbers);
        keys.push(SortKey { expr, reading });
    }
    Ok(keys)
}

/// Returns the join with the columns of its file that are known so far; later expressions add to them.
fn join(
    mut section: Section,
    scope: &mut Scope,
    outer: &Outer<'_>,
    reading: &Reading,
) -> Result<(Join, Names), MappingError> {
    let name = section.text_required("name")?;
    let files = section.texts("files")?.ok_or_else(|| section.missing("files"))?;
    let format = format(&mut section, outer.format)?;
    let on = exprs(scope, &mut section, "on")?;
    let reading = parse::reading(&mut section, reading)?;
    let mut inner = Scope::new(reading, Arc::clone(outer.maps), toml::Table::new());
    let key = exprs(&mut inner, &mut section, "key")?;
    let filter = section
        .take("where")
        .map(|value| parse::condition(&mut inner, &value, &section.place))
        .transpose()?;
    let required = section.flag("required")?.unwrap_or(false);
    let per = section.text("per")?.map(|per| scope.many(&per, &section.place)).transpose()?;
    if on.is_empty() || on.len() != key.len() {
        let value = toml::Value::from(format!("{} to {}", on.len(), key.len()));
        return Err(section.wrong(
            "on",
            &value,
            "`on` (of the row) and `key` (of the joined file), the same number of each",
        ));
    }
    section.finish()?;
    Ok((
        Join { name, files, format, on, key, filter, columns: Names::default(), required, per },
        inner.columns,
    ))
}
