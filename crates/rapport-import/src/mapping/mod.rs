//! Mappings: what a TOML file says about how files of another system become events.

mod definition;
mod emit;
mod error;
mod format;
mod preset;
pub(crate) mod section;
mod table;

use std::sync::Arc;

pub(crate) use definition::{Body, Definition, StageFile, stage_json, stages_json};
pub(crate) use emit::{Actor, Emit, Tag};
pub use error::MappingError;
pub use error::nearest;
pub(crate) use format::{Delimiter, FileKind, Format};
pub(crate) use table::{Join, SortKey, Table};

use crate::{
    expr::{
        parse,
        scope::{Maps, Reading},
    },
    value::{moment::DateRule, number::NumberStyle},
};
use section::Section;

/// A mapping, read and checked. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mapping(Arc<Content>);

#[derive(Debug)]
pub(crate) struct Content {
    pub name: String,
    pub description: String,
    pub id_namespace: String,
    pub source: String,
    pub definitions: Vec<Definition>,
    pub tables: Vec<Table>,
    pub ignored: Vec<Ignored>,
    /// Whether it comes with Rapport.
    pub is_preset: bool,
}

/// Files that a mapping knows and does not read.
#[derive(Debug)]
pub(crate) struct Ignored {
    pub files: Vec<String>,
    pub reason: String,
}

/// What becomes of an event whose date is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undated {
    /// The row is rejected.
    Reject,
    /// `occurred_at` is left out: the moment of recording.
    Recording,
    /// The event is not emitted.
    Skip,
}

impl Undated {
    pub(crate) fn parse(value: &toml::Value, place: &str) -> Result<Self, MappingError> {
        match value.as_str() {
            Some("reject") => Ok(Self::Reject),
            Some("recording") => Ok(Self::Recording),
            Some("skip") => Ok(Self::Skip),
            _ => Err(MappingError::wrong(place, "undated", value, "`reject`, `recording` or `skip`")),
        }
    }
}

impl Mapping {
    /// A preset by name.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn preset(name: &str) -> Result<Self, MappingError> {
        preset::find(name)
    }

    /// The presets' names and descriptions, by name.
    #[must_use]
    pub fn presets() -> Vec<(&'static str, String)> {
        preset::names()
            .filter_map(|name| Some((name, preset::find(name).ok()?.description().to_owned())))
            .collect()
    }

    /// The TOML text of a preset, to begin a mapping of one's own from.
    #[must_use]
    pub fn preset_text(name: &str) -> Option<&'static str> {
        preset::text(name)
    }

    /// From TOML text. `name` stands where the text gives none.
    ///
    /// # Errors
    /// The text is not TOML, or says something that means nothing; the error names the place, the key, the value and
    /// what to write.
    pub fn parse(text: &str, name: &str) -> Result<Self, MappingError> {
        content(text, name).map(|content| Self(Arc::new(content)))
    }

    /// From the text of a preset.
    fn parse_preset(text: &str, name: &str) -> Result<Self, MappingError> {
        content(text, name).map(|content| Self(Arc::new(Content { is_preset: true, ..content })))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is for, in a line.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.0.description
    }

    /// The stream in which the end of each file is recorded.
    #[must_use]
    pub fn batch_stream(&self) -> String {
        crate::run::batch_stream(&self.0.name)
    }

    /// The names of its tables, in the order in which they are imported.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.tables.iter().map(|table| table.name.as_str())
    }

    pub(crate) fn content(&self) -> &Content {
        &self.0
    }
}

fn content(text: &str, fallback_name: &str) -> Result<Content, MappingError> {
    let values: toml::Table = toml::from_str(text).map_err(|source| MappingError::Toml {
        mapping: fallback_name.to_owned(),
        source: Box::new(source),
    })?;
    let mut section = Section::new("mapping".into(), values);
    let name = section.text("name")?.unwrap_or_else(|| fallback_name.to_owned());
    let description = section.text("description")?.unwrap_or_default();
    let id_namespace = section.text("id_namespace")?.unwrap_or_else(|| name.clone());
    let source = section.text("source")?.unwrap_or_else(|| name.clone());
    let format = format::format(&mut section, &Format::default())?;
    let base = Reading {
        numbers: NumberStyle::default(),
        dates: Arc::new(DateRule::default()),
        currency: None,
        day_said: false,
    };
    let mut reading = parse::reading(&mut section, &base)?;
    reading.currency = section.text("currency")?;
    let undated = match section.take("undated") {
        Some(value) => Undated::parse(&value, &section.place)?,
        None => Undated::Reject,
    };
    let maps = Arc::new(maps(&mut section)?);
    let outer = table::Outer { reading: &reading, maps: &maps, format: &format, source: &source, undated };
    let mut definitions = Vec::new();
    for item in section.sections("definition")? {
        definitions.push(definition::definition(item, &outer)?);
    }
    let mut tables: Vec<Table> = Vec::new();
    for item in section.sections("table")? {
        let place = item.place.clone();
        let table = table::table(item, &outer)?;
        if tables.iter().any(|other| other.name == table.name) {
            return Err(MappingError::wrong(
                &place,
                "name",
                &toml::Value::from(table.name),
                "a name that no other table has",
            ));
        }
        tables.push(table);
    }
    if tables.is_empty() {
        return Err(section.missing("[[table]]"));
    }
    table::check_superseded(&tables)?;
    let mut ignored = Vec::new();
    for mut item in section.sections("ignore")? {
        let files = item.texts("files")?.ok_or_else(|| item.missing("files"))?;
        ignored.push(Ignored { files, reason: item.text_required("reason")? });
        item.finish()?;
    }
    section.finish()?;
    Ok(Content { name, description, id_namespace, source, definitions, tables, ignored, is_preset: false })
}

fn maps(section: &mut Section) -> Result<Maps, MappingError> {
    let mut maps = Maps::new();
    let Some(mut tables) = section.section("maps")? else { return Ok(maps) };
    for (name, value) in tables.rest() {
        let map = value.as_table().and_then(parse::texts_by_key);
        let map = map.ok_or_else(|| tables.wrong(&name, &value, "a table of texts by text"))?;
        maps.insert(name, Arc::new(map));
    }
    Ok(maps)
}
