//! One table of the TOML text, read key by key. A key that was not read is an error.

use super::error::MappingError;

/// **Invariant:** every key of the text is either read or reported by [`Section::finish`].
pub(crate) struct Section {
    pub place: String,
    values: toml::Table,
    known: Vec<&'static str>,
}

impl Section {
    pub(crate) fn new(place: String, values: toml::Table) -> Self {
        Self { place, values, known: Vec::new() }
    }

    /// Reads the value of a key.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<toml::Value> {
        self.known.push(key);
        self.values.remove(key)
    }

    /// A copy of a table that is still to be read; empty where the text has no such table.
    pub(crate) fn copy_of(&self, key: &str) -> toml::Table {
        self.values.get(key).and_then(toml::Value::as_table).cloned().unwrap_or_default()
    }

    /// Whether the text has this key.
    pub(crate) fn put(&mut self, key: &str, value: toml::Table) {
        self.values.insert(key.to_owned(), toml::Value::Table(value));
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    pub(crate) fn missing(&self, key: &str) -> MappingError {
        MappingError::MissingKey { place: self.place.clone(), key: key.to_owned() }
    }

    pub(crate) fn wrong(&self, key: &str, value: &toml::Value, expected: impl Into<String>) -> MappingError {
        MappingError::wrong(&self.place, key, value, expected)
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Result<Option<String>, MappingError> {
        match self.take(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(key, &other, "a string")),
        }
    }

    pub(crate) fn text_required(&mut self, key: &'static str) -> Result<String, MappingError> {
        self.text(key)?.filter(|text| !text.is_empty()).ok_or_else(|| self.missing(key))
    }

    /// A string, or several.
    pub(crate) fn texts(&mut self, key: &'static str) -> Result<Option<Vec<String>>, MappingError> {
        let Some(value) = self.take(key) else { return Ok(None) };
        texts_of(&value).map(Some).ok_or_else(|| self.wrong(key, &value, "a string or a list of strings"))
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Result<Option<bool>, MappingError> {
        match self.take(key) {
            None => Ok(None),
            Some(toml::Value::Boolean(flag)) => Ok(Some(flag)),
            Some(other) => Err(self.wrong(key, &other, "`true` or `false`")),
        }
    }

    pub(crate) fn count(&mut self, key: &'static str) -> Result<Option<u32>, MappingError> {
        match self.take(key) {
            None => Ok(None),
            Some(value) => match value.as_integer().and_then(|number| u32::try_from(number).ok()) {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(key, &value, "a whole number, not negative")),
            },
        }
    }

    pub(crate) fn section(&mut self, key: &'static str) -> Result<Option<Section>, MappingError> {
        match self.take(key) {
            None => Ok(None),
            Some(toml::Value::Table(values)) => {
                Ok(Some(Section::new(format!("{} / {key}", self.place), values)))
            }
            Some(other) => Err(self.wrong(key, &other, "a table")),
        }
    }

    /// An array of tables; each is placed by its index and, when it has one, its name.
    pub(crate) fn sections(&mut self, key: &'static str) -> Result<Vec<Section>, MappingError> {
        let Some(value) = self.take(key) else { return Ok(Vec::new()) };
        let expected = "an array of tables; write `[[…]]` with two brackets";
        let toml::Value::Array(items) = value else { return Err(self.wrong(key, &value, expected)) };
        let mut sections = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let toml::Value::Table(values) = item else { return Err(self.wrong(key, &item, expected)) };
            let name = ["name", "type", "code"]
                .iter()
                .find_map(|key| values.get(*key))
                .and_then(toml::Value::as_str);
            let name = name.map(|name| format!(" \"{name}\"")).unwrap_or_default();
            let outer = if self.place == "mapping" { String::new() } else { format!("{} / ", self.place) };
            sections.push(Section::new(format!("{outer}{key}[{}]{name}", index + 1), values));
        }
        Ok(sections)
    }

    /// Reads all keys that are left, as names that the user chose.
    pub(crate) fn rest(&mut self) -> toml::Table {
        std::mem::take(&mut self.values)
    }

    /// Refuses keys that were not read.
    pub(crate) fn finish(self) -> Result<(), MappingError> {
        match self.values.keys().next() {
            None => Ok(()),
            Some(key) => Err(MappingError::unknown_key(&self.place, key, self.known.iter().copied())),
        }
    }
}

/// The texts of a string or of a list of strings; `None` for any other value.
pub(crate) fn texts_of(value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text.clone()]),
        toml::Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}
