//! The fields of an event's message, as a mapping fills them.

use std::{collections::HashMap, sync::Arc};

use super::custom::Custom;
use crate::{
    expr::tree::{Condition, Expr, Many},
    value::{moment::DateRule, number::NumberStyle},
};

/// What an emit says of the payload.
#[derive(Debug)]
pub(crate) enum Body {
    /// A type of the vocabulary: its field number in `rapport.v1.Payload`, and its message's fields.
    Known(u32, Fields),
    /// A type of the organisation's own.
    Own(Custom),
}

impl Body {
    /// What it names by an id, and the expressions of these ids.
    pub(crate) fn ids(&self) -> impl Iterator<Item = (&str, &Expr)> {
        let fields = match self {
            Self::Known(_, fields) => fields.0.as_slice(),
            Self::Own(_) => &[],
        };
        fields.iter().filter_map(|field| Some((field.id.as_deref()?, &field.content))).flat_map(
            |(id, content)| {
                let values = match content {
                    Content::Values(_, values) => values.as_slice(),
                    Content::Messages(_) | Content::Each { .. } | Content::Split { .. } => &[],
                };
                values.iter().map(move |value| (id, &value.expr))
            },
        )
    }

    /// The column behind the field with this path, to name it in a reject.
    pub(crate) fn label(&self, path: &str) -> Option<&str> {
        match self {
            Self::Known(_, fields) => fields.label(path),
            Self::Own(_) => None,
        }
    }
}

/// The mapped fields of a message, ascending by number.
#[derive(Debug, Default)]
pub(crate) struct Fields(pub Vec<Field>);

#[derive(Debug)]
pub(crate) struct Field {
    pub number: u32,
    /// The path in the payload, as validation names it: `deal_opened.amount`.
    pub path: String,
    /// What it names by an id, as `deal_id` or `customer`; `None` for any other field.
    pub id: Option<String>,
    pub repeated: bool,
    /// Whether the contract tells "zero" from "not said".
    pub presence: bool,
    pub content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// One value, or the values of a list.
    Values(Kind, Vec<Value>),
    /// One message, or the messages of a list.
    Messages(Vec<Fields>),
    /// One value or message for each of the rows that belong to the row.
    Each { over: Many, when: Option<Condition>, of: Box<Content> },
    /// The parts of a text.
    Split { kind: Kind, value: Value, by: String },
}

/// How a field's text is read.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Text,
    Bool,
    Signed {
        bits: u32,
        zigzag: bool,
    },
    Unsigned {
        bits: u32,
    },
    Double,
    /// Values by their names, in lower case, with and without the enum's prefix.
    Enum(Arc<HashMap<String, i32>>),
    Money,
    Timestamp,
    Duration,
}

#[derive(Debug)]
pub(crate) struct Value {
    pub expr: Expr,
    pub numbers: NumberStyle,
    pub dates: Arc<DateRule>,
    /// Of an amount.
    pub currency: Option<Expr>,
    /// Microseconds in one unit of a duration.
    pub unit_micros: i64,
}

impl Value {
    /// Whether it is the same on every row.
    pub(crate) fn is_constant(&self) -> bool {
        self.expr.is_constant() && self.currency.as_ref().is_none_or(Expr::is_constant)
    }
}

impl Fields {
    /// The column behind the field with this path, to name it in a reject.
    pub(crate) fn label(&self, path: &str) -> Option<&str> {
        let best = self
            .0
            .iter()
            .filter(|field| path.starts_with(&field.path))
            .max_by_key(|field| field.path.len())?;
        best.content.label(path)
    }
}

impl Content {
    fn label(&self, path: &str) -> Option<&str> {
        match self {
            Self::Values(_, values) => values.first().map(|value| value.expr.label.as_str()),
            Self::Messages(messages) => messages.iter().find_map(|fields| fields.label(path)),
            Self::Each { of, .. } => of.label(path),
            Self::Split { value, .. } => Some(&value.expr.label),
        }
    }
}
