//! From a row to its events.

use std::borrow::Cow;

use rapport_model::Timestamp;
use rapport_proto::{time, v1, validate};

use super::{identity::event_id, outcome::StreamEvent};
use crate::{
    expr::{Expr, context::Context},
    mapping::{Actor, Content, Emit, Table, Tag, Undated},
    value::{
        fault::Fault,
        number::{SHORTENED, is_shortened},
    },
};

/// A stream's name may have so many bytes.
const STREAM_BYTES_MAX: usize = validate::NAME_BYTES_MAX;

/// What the events of a row have in common.
pub(super) struct Maker<'a> {
    pub mapping: &'a Content,
    pub table: &'a Table,
    pub undated_as: Option<Timestamp>,
}

impl Maker<'_> {
    /// The events of a row, all of them valid.
    pub fn events(&self, row: &Context<'_>, identity: &str) -> Result<Vec<StreamEvent>, Fault> {
        let mut events = Vec::with_capacity(self.table.emits.len());
        for emit in &self.table.emits {
            if emit.when.as_ref().is_some_and(|when| !when.holds(row)) {
                continue;
            }
            if row.binding.readings.watched.is_some() {
                // One event's fault must not hide what the values of the others say.
                let _ = self.event(emit, row, identity);
                continue;
            }
            if let Some(event) = self.event(emit, row, identity)? {
                check(&event, emit)?;
                events.push(event);
            }
        }
        Ok(events)
    }

    fn event(&self, emit: &Emit, row: &Context<'_>, identity: &str) -> Result<Option<StreamEvent>, Fault> {
        let occurred_at = match self.occurred_at(emit, row)? {
            Occurred::At(moment) => Some(time::to_proto(moment)),
            Occurred::Recording => None,
            Occurred::Never => return Ok(None),
        };
        let customer = text(emit.customer.as_ref(), row)?;
        if is_shortened(&customer) {
            return Err(Fault::new(
                emit.customer.as_ref().map_or("", |expr| &expr.label),
                &customer,
                SHORTENED,
            ));
        }
        let stream = match &emit.stream {
            Some(stream) => stream.eval(row)?.into_owned(),
            None if customer.is_empty() => [&self.mapping.name, "-", &self.table.name].concat(),
            None => ["customer-", &customer].concat(),
        };
        let mut key: Vec<Cow<'_, str>> = Vec::with_capacity(1 + emit.id.len() + emit.key.len());
        if emit.id.is_empty() {
            key.push(Cow::Borrowed(identity));
        }
        for part in emit.id.iter().chain(&emit.key) {
            key.push(part.eval(row)?);
        }
        let key: Vec<&str> = key.iter().map(Cow::as_ref).collect();
        let event = v1::Event {
            id: event_id(&self.mapping.id_namespace, &self.table.name, &emit.name, &key),
            r#type: emit.own_type.clone(),
            customer,
            tags: tags(&emit.tags, row)?,
            occurred_at,
            actor: emit.actor.as_ref().map(|actor| self::actor(actor, row)).transpose()?.flatten(),
            channel: text(emit.channel.as_ref(), row)?,
            source: text(Some(&emit.source), row)?,
            correlation_id: text(emit.correlation_id.as_ref(), row)?,
            causation_id: String::new(),
            payload: emit.payload.bytes(row)?,
        };
        Ok(Some(StreamEvent { stream, event }))
    }

    fn occurred_at(&self, emit: &Emit, row: &Context<'_>) -> Result<Occurred, Fault> {
        let Some((expr, dates)) = &emit.occurred_at else { return Ok(Occurred::Recording) };
        let text = expr.eval(row)?;
        if !text.is_empty() {
            let moment = expr.moment(&text, dates, row)?;
            return Ok(Occurred::At(Timestamp::from_micros(moment)));
        }
        match (emit.undated, self.undated_as) {
            (Undated::Skip, _) => Ok(Occurred::Never),
            (Undated::Reject | Undated::Recording, Some(moment)) => Ok(Occurred::At(moment)),
            (Undated::Recording, None) => Ok(Occurred::Recording),
            (Undated::Reject, None) => Err(expr.fault(
                "",
                "no date; say `undated = \"recording\"` in the mapping, or give a date for undated rows",
            )),
        }
    }
}

enum Occurred {
    At(Timestamp),
    Recording,
    Never,
}

fn text(expr: Option<&Expr>, row: &Context<'_>) -> Result<String, Fault> {
    expr.map_or(Ok(String::new()), |expr| expr.eval(row).map(Cow::into_owned))
}

fn tags(tags: &[Tag], row: &Context<'_>) -> Result<Vec<String>, Fault> {
    let mut found = Vec::with_capacity(tags.len());
    let mut add = |tag: Cow<'_, str>| {
        if !tag.is_empty() && !found.iter().any(|known| *known == *tag) {
            found.push(tag.into_owned());
        }
    };
    for tag in tags {
        match tag {
            Tag::One(expr) => add(expr.eval(row)?),
            Tag::Split { of, by, key } => {
                let text = of.eval(row)?;
                let parts = text.split(by.as_str()).map(str::trim).filter(|part| !part.is_empty());
                parts.for_each(|part| add(Cow::Owned(format!("{key}:{part}"))));
            }
            Tag::Each(over, expr) => {
                for item in row.items(*over) {
                    add(expr.eval(&item)?);
                }
            }
        }
    }
    Ok(found)
}

/// Nobody, where the id is empty.
fn actor(actor: &Actor, row: &Context<'_>) -> Result<Option<v1::Actor>, Fault> {
    let id = text(actor.id.as_ref(), row)?;
    if id.is_empty() {
        return Ok(None);
    }
    Ok(Some(v1::Actor {
        id,
        display_name: text(actor.display_name.as_ref(), row)?,
        role: text(actor.role.as_ref(), row)?,
        department: text(actor.department.as_ref(), row)?,
        branch: text(actor.branch.as_ref(), row)?,
        on_behalf_of: text(actor.on_behalf_of.as_ref(), row)?,
    }))
}

/// What the server would refuse is refused here, with the column it comes from.
fn check(event: &StreamEvent, emit: &Emit) -> Result<(), Fault> {
    check_stream(event, emit)?;
    let Err(invalid) = validate::check_event(&event.event, "") else { return Ok(()) };
    let Some(violation) = invalid.violations.first() else { return Ok(()) };
    let (column, value) = source(emit, &event.event, &violation.field);
    Err(Fault::new(
        column,
        value,
        format!("emit `{}`: `{}`: {}", emit.name, violation.field, violation.description),
    ))
}

fn check_stream(StreamEvent { stream, event }: &StreamEvent, emit: &Emit) -> Result<(), Fault> {
    if (1..=STREAM_BYTES_MAX).contains(&stream.len()) {
        return Ok(());
    }
    let (column, value) = match (&emit.stream, &emit.customer) {
        (Some(expr), _) => (expr.label.as_str(), stream),
        (None, Some(expr)) if !event.customer.is_empty() => (expr.label.as_str(), &event.customer),
        (None, _) => ("", stream),
    };
    let reason = if stream.is_empty() {
        "the name of the event's stream is empty; give `stream` in the mapping a text that no row leaves empty"
            .to_owned()
    } else {
        format!(
            "the name of the event's stream would have {} bytes and may have {STREAM_BYTES_MAX}; shorten the value, or \
             give `stream` in the mapping a shorter text",
            stream.len()
        )
    };
    Err(Fault::new(column, value, reason))
}

/// The column that a field comes from, and its value where it is the field itself.
fn source<'a>(emit: &'a Emit, event: &'a v1::Event, path: &str) -> (&'a str, &'a str) {
    if let Some(path) = path.strip_prefix("payload.") {
        return (emit.payload.label(path).unwrap_or_default(), "");
    }
    let envelope = [
        ("customer", &emit.customer, &event.customer),
        ("channel", &emit.channel, &event.channel),
        ("correlation_id", &emit.correlation_id, &event.correlation_id),
    ];
    let part = envelope.into_iter().find(|(name, ..)| path.starts_with(name));
    part.map_or(("", ""), |(_, expr, value)| (expr.as_ref().map_or("", |expr| expr.label.as_str()), value))
}
