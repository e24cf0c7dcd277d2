//! Mappings: what a TOML file says about how files of another system become events.

pub(crate) mod definition;
pub(crate) mod emit;
pub(crate) mod error;
pub(crate) mod format;
mod outer;
mod preset;
pub(crate) mod section;
pub(crate) mod table;
pub(crate) mod undated;

use std::sync::Arc;

use self::{
    definition::Definition,
    error::{MappingError, nearest},
    format::Format,
    outer::Outer,
    section::Section,
    table::Table,
    undated::Undated,
};
use crate::{
    expr::{
        parse,
        scope::{Maps, Reading},
    },
    value::{moment::DateRule, number::NumberStyle},
};

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

impl Mapping {
    /// A preset by name.
    ///
    /// # Errors
    /// No preset has this name.
    pub fn preset(name: &str) -> Result<Self, MappingError> {
        match preset::text(name) {
            Some(text) => Self::parse_preset(text, name),
            None => Err(MappingError::UnknownPreset {
                name: name.to_owned(),
                suggestion: nearest(name, preset::names()),
                presets: preset::names().collect(),
            }),
        }
    }

    /// The presets' names and descriptions, by name.
    #[must_use]
    pub fn presets() -> Vec<(&'static str, String)> {
        preset::names()
            .filter_map(|name| Some((name, Self::preset(name).ok()?.description().to_owned())))
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
        batch_stream(&self.0.name)
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
    let outer = Outer { reading: &reading, maps: &maps, format: &format, source: &source, undated };
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

/// The stream of a mapping's `import.batch_closed`.
pub(crate) fn batch_stream(mapping: &str) -> String {
    format!("import-{mapping}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_preset_is_a_mapping_with_a_description() {
        for name in preset::names() {
            let mapping = Mapping::preset(name).unwrap_or_else(|error| panic!("preset `{name}`: {error}"));
            assert_eq!(mapping.name(), name);
            assert!(!mapping.description().is_empty(), "{name}");
        }
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/presets")).unwrap();
        let files = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
        let listed = preset::names().map(|name| format!("{name}.toml"));
        let (files, listed): (BTreeSet<_>, BTreeSet<_>) = (files.collect(), listed.collect());
        assert_eq!(files, listed, "left are the files, right what is listed");
    }
}
