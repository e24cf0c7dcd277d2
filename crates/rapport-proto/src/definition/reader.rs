//! Reads JSON and collects what is wrong with it, field by field.

use super::json::{Json, Object};

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field, from the event's payload on: `body.stages[1].name`.
    pub path: String,
    /// What was expected, and what was found.
    pub description: String,
}

/// What a body says, and its flaws.
pub(super) fn read<T: Default>(
    body: &str,
    of: impl FnOnce(&mut Reader, Object) -> T,
) -> Result<(T, Vec<Fault>), Vec<Fault>> {
    let mut reader = Reader::default();
    let root = match serde_json::from_str::<Json>(body) {
        Ok(root) => root,
        Err(error) => return Err(vec![reader.fault("body", format!("expected JSON: {error}"))]),
    };
    let said = reader.object("body", root).map(|body| of(&mut reader, body)).unwrap_or_default();
    if reader.faults.is_empty() { Ok((said, reader.flaws)) } else { Err(reader.faults) }
}

/// Collects the faults with their fields.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// What prevents reading the body.
    pub(super) faults: Vec<Fault>,
    /// What a new body must not have, although it can be read with it.
    pub(super) flaws: Vec<Fault>,
}

impl Reader {
    pub(super) fn fault(&self, path: &str, description: impl Into<String>) -> Fault {
        Fault { path: path.to_owned(), description: description.into() }
    }

    pub(super) fn wrong<T>(&mut self, path: &str, expected: &str, found: &Json) -> Option<T> {
        self.faults.push(self.fault(path, format!("expected {expected}, found {}", found.described())));
        None
    }

    pub(super) fn object(&mut self, path: &str, value: Json) -> Option<Object> {
        match value {
            Json::Object(members) => Some(members),
            other => self.wrong(path, "an object", &other),
        }
    }

    /// The members with these names, each at most once; others are noted.
    pub(super) fn members<const N: usize>(
        &mut self,
        path: &str,
        object: Object,
        names: [&str; N],
    ) -> [Option<Json>; N] {
        let mut found = [const { None }; N];
        for (name, value) in object {
            let path = format!("{path}.{name}");
            match names.iter().zip(&mut found).find(|(known, _)| **known == name) {
                Some((_, place @ None)) => *place = Some(value),
                Some((_, Some(_))) => {
                    self.faults.push(self.fault(&path, "expected once, found a second time"));
                }
                None => {
                    let known = names.join("`, `");
                    self.flaws.push(self.fault(&path, format!("expected one of `{known}`")));
                }
            }
        }
        found
    }
}
