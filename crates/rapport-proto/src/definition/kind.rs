//! One kind of definition: its message, what its members have to be, and what holds where nothing is said.

use serde_json::{Map, Value};

use super::{fault::Faults, form::Form, json::Object};

/// A kind of definition whose bodies are read.
#[derive(Debug)]
pub struct DefinitionKind {
    /// As events call it.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// The full name of the message that its body is.
    pub message: &'static str,
    /// What its codes are; these alone where there are any.
    pub codes: &'static [&'static str],
    /// JSON: the members that a body leaves out, where they have one value for all.
    pub left_out: &'static str,
    /// Whether answers depend on it. A test asks every model.
    pub is_read: bool,
    /// Of codes without a published definition: the body that holds.
    pub unpublished: &'static [(&'static str, &'static str)],
    pub(super) members: &'static [Member],
    pub(super) rules: fn(&mut Faults, &Object),
}

/// What one member has to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Its path without places in lists: `stages.code`; `products[]` is each item of a list.
    path: &'static str,
    /// What is expected where it is missing; it may be missing where this is `None`.
    required: Option<&'static str>,
    form: Form,
}

fn members(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap_or_default()
}

pub(super) const fn optional(path: &'static str, form: Form) -> Member {
    Member { path, required: None, form }
}

pub(super) const fn required(path: &'static str, form: Form) -> Member {
    Member { path, required: Some("a value"), form }
}

/// A list that is not empty.
pub(super) const fn some_of(path: &'static str, things: &'static str, at_least_one: &'static str) -> Member {
    Member { path, required: Some(at_least_one), form: Form::SomeOf(things) }
}

impl DefinitionKind {
    /// JSON: of the members that a body leaves out, those that have one value for all. Nothing of a body that is not an
    /// object.
    #[must_use]
    pub fn left_out_of(&self, body: &str) -> String {
        let mut left_out = members(self.left_out);
        let said = members(body);
        left_out.retain(|name, _| !said.contains_key(name));
        Value::Object(left_out).to_string()
    }

    /// JSON: a body with the members that it leaves out.
    #[must_use]
    pub fn whole(&self, body: &str) -> String {
        let mut whole = members(self.left_out);
        whole.extend(members(body));
        Value::Object(whole).to_string()
    }

    /// Whether there may be a definition of this code.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.codes.is_empty() || self.codes.contains(&code)
    }

    pub(super) fn form(&self, member: &str) -> Form {
        self.member(member).map_or(Form::Any, |member| member.form)
    }

    pub(super) fn required(&self, member: &str) -> Option<&'static str> {
        self.member(member).and_then(|member| member.required)
    }

    /// The members that the table names.
    #[cfg(test)]
    pub(super) fn named(&self) -> impl Iterator<Item = &'static str> {
        self.members.iter().map(|member| member.path)
    }

    fn member(&self, path: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.path == path)
    }
}
