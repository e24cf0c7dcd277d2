//! Reads the JSON of a body into the message of its kind, driven by the descriptor of the message, and collects every fault
//! with its path.
//!
//! The descriptor says which members there are and of which type. What is asked beyond the type ([`Form`]) and of several
//! members together (the kind's rules) stands in the table of [`super::kinds`].

use prost::Message as _;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value as Proto,
};

use super::{
    fault::{Fault, Faults},
    form::{Form, Verdict},
    json::{self, Json, Object},
    kind::DefinitionKind,
};
use crate::json::descriptors;

/// The message that a body says, encoded, and its flaws.
///
/// # Errors
/// Every fault that prevents reading it.
pub(super) fn read(kind: &DefinitionKind, body: &str) -> Result<(Vec<u8>, Vec<Fault>), Vec<Fault>> {
    let mut reader = Reader { kind, found: Faults::default() };
    let root = match serde_json::from_str::<Json>(body) {
        Ok(root) => root,
        Err(error) => {
            reader.found.fault("body", format!("expected JSON: {error}"));
            return Err(reader.found.faults);
        }
    };
    let descriptor = descriptors().get_message_by_name(kind.message);
    let said =
        descriptor.and_then(|message| match reader.of_kind("body", "", &Kind::Message(message), &root) {
            Some(Proto::Message(message)) => Some(message.encode_to_vec()),
            _ => None,
        });
    if let Some(body) = root.object() {
        (kind.rules)(&mut reader.found, body);
    }
    match said {
        Some(said) if reader.found.faults.is_empty() => Ok((said, reader.found.flaws)),
        _ => Err(reader.found.faults),
    }
}

impl DefinitionKind {
    /// What keeps a body from being read (`Err`), or what a new one must not have although it can be read.
    ///
    /// # Errors
    /// Every fault that prevents reading it.
    pub fn flaws(&self, body: &str) -> Result<Vec<Fault>, Vec<Fault>> {
        read(self, body).map(|(_, flaws)| flaws)
    }
}

/// Reads the values of a body, and collects their faults.
struct Reader<'a> {
    kind: &'a DefinitionKind,
    found: Faults,
}

impl Reader<'_> {
    fn wrong(&mut self, path: &str, expected: &str, found: &Json) -> Option<Proto> {
        self.found.fault(path, format!("expected {expected}, found {}", found.described()));
        None
    }

    /// An object as a message. `member` is the path without places in lists, as the table of kinds has it.
    fn message(
        &mut self,
        path: &str,
        member: &str,
        descriptor: &MessageDescriptor,
        object: &Object,
    ) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        self.names(path, descriptor, object);
        for field in descriptor.fields() {
            let path = format!("{path}.{}", field.name());
            let dot = if member.is_empty() { "" } else { "." };
            let member = format!("{member}{dot}{}", field.name());
            match json::member(object, field.name()) {
                Some(value) => {
                    if let Some(value) = self.of_field(&path, &member, &field, value) {
                        message.set_field(&field, value);
                    }
                }
                None => {
                    if let Some(wanted) = self.kind.required(&member) {
                        self.found.fault(&path, format!("expected {wanted}, found none"));
                    }
                }
            }
        }
        message
    }

    /// Notes names that no field has, and those that are there twice: the first one is read.
    fn names(&mut self, path: &str, descriptor: &MessageDescriptor, object: &Object) {
        for (place, (name, _)) in object.iter().enumerate() {
            let path = format!("{path}.{name}");
            if descriptor.get_field_by_name(name).is_none() {
                let known: Vec<_> = descriptor.fields().map(|field| field.name().to_owned()).collect();
                self.found.flaw(&path, format!("expected one of `{}`", known.join("`, `")));
            } else if object.iter().take(place).any(|(earlier, _)| earlier == name) {
                self.found.fault(&path, "expected once, found a second time");
            }
        }
    }

    fn of_field(&mut self, path: &str, member: &str, field: &FieldDescriptor, value: &Json) -> Option<Proto> {
        self.fits(path, self.kind.form(member), value)?;
        if !field.is_list() {
            return self.of_kind(path, member, &field.kind(), value);
        }
        let Json::List(items) = value else { return self.wrong(path, "a list", value) };
        let form = self.kind.form(&format!("{member}[]"));
        let mut list = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let path = format!("{path}[{place}]");
            if self.fits(&path, form, item).is_some() {
                list.extend(self.of_kind(&path, member, &field.kind(), item));
            }
        }
        Some(Proto::List(list))
    }

    /// Whether a value has the form of its member.
    fn fits(&mut self, path: &str, form: Form, value: &Json) -> Option<()> {
        match form.of(value) {
            Verdict::Fits => Some(()),
            Verdict::Flaw(description) => {
                self.found.flaw(path, description);
                Some(())
            }
            Verdict::Fault(description) => {
                self.found.fault(path, description);
                None
            }
        }
    }

    fn of_kind(&mut self, path: &str, member: &str, kind: &Kind, value: &Json) -> Option<Proto> {
        match (kind, value) {
            (Kind::Message(message), Json::Object(object)) => {
                Some(Proto::Message(self.message(path, member, message, object)))
            }
            (Kind::Message(_), other) => self.wrong(path, "an object", other),
            (Kind::Enum(names), value) => self.of_enum(path, names, value),
            (Kind::String, Json::Text(text)) => Some(Proto::String(text.clone())),
            (Kind::String, other) => self.wrong(path, "text", other),
            (Kind::Bool, Json::Bool(value)) => Some(Proto::Bool(*value)),
            (Kind::Bool, other) => self.wrong(path, "true or false", other),
            (Kind::Double, Json::Number(number)) => Some(Proto::F64(*number)),
            (Kind::Double, other) => self.wrong(path, "a number", other),
            (Kind::Uint32, value) => match value.whole().and_then(|whole| u32::try_from(whole).ok()) {
                Some(whole) => Some(Proto::U32(whole)),
                None => self.wrong(path, &format!("a whole number from 0 to {}", u32::MAX), value),
            },
            (Kind::Int64, value) => match value.whole() {
                Some(whole) => Some(Proto::I64(whole)),
                None => self.wrong(path, "a whole number below 2^53", value),
            },
            // No body has such a field: a test of the table looks.
            (_, value) => self.wrong(path, "no such member", value),
        }
    }

    /// A name without the prefix that all names of an enum have, in lower case.
    fn of_enum(&mut self, path: &str, names: &EnumDescriptor, value: &Json) -> Option<Proto> {
        let unspecified = names.default_value();
        let prefix = unspecified.name().strip_suffix("UNSPECIFIED").unwrap_or_default();
        let known = names.values().filter(|value| value.number() != unspecified.number());
        let known: Vec<(String, i32)> = known
            .map(|known| {
                (known.name().strip_prefix(prefix).unwrap_or_default().to_lowercase(), known.number())
            })
            .collect();
        match known.iter().find(|(name, _)| value.text() == Some(name)) {
            Some((_, number)) => Some(Proto::EnumNumber(*number)),
            None => {
                let known: Vec<_> = known.into_iter().map(|(name, _)| name).collect();
                self.wrong(path, &format!("one of `{}`", known.join("`, `")), value)
            }
        }
    }
}
