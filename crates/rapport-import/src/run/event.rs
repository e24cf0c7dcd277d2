//! From a row to its events.

use std::borrow::Cow;

use rapport_model::Timestamp;
use rapport_proto::{time, v1, validate};

use super::{
    identity::{Identity, event_id},
    options::Options,
    size::check_size,
    stream_event::{Origin, StreamEvent},
};
use crate::{
    expr::{condition::holds, context::Context, tree::Expr},
    mapping::{
        Content,
        emit::{Actor, Emit, Tag},
        table::Table,
        undated::Undated,
    },
    value::{fault::Fault, number::not_an_id},
};

/// A stream's name may have so many bytes.
const STREAM_BYTES_MAX: usize = validate::NAME_BYTES_MAX;

/// What the events of a row have in common.
pub(super) struct Maker<'a> {
    pub mapping: &'a Content,
    pub table: &'a Table,
    pub options: Options,
    /// The joins of the table whose files were not given, a bit each.
    pub absent_joins: u64,
}

impl Maker<'_> {
    /// The events of a row, all of them valid.
    pub(super) fn events(&self, row: &Context<'_>, identity: &Identity) -> Result<Vec<StreamEvent>, Fault> {
        let mut events = Vec::with_capacity(self.table.emits.len());
        for (place, emit) in self.table.emits.iter().enumerate() {
            if row.binding.readings.watched.is_some() {
                // One event's fault must not hide what the values of the others say.
                if holds(emit.when.as_ref(), row).unwrap_or_default() {
                    let _ = self.event(emit, row, &identity.now);
                }
                continue;
            }
            if !holds(emit.when.as_ref(), row)? {
                continue;
            }
            let Some(mut event) = self.event(emit, row, &identity.now)? else { continue };
            event.origin.emit = place;
            event.origin.earlier = self.earlier(emit, row, identity, &event.event)?;
            check(&event, emit).map_err(|fault| with_value(fault, self.table, row))?;
            check_size(&event.event, self.table, emit, row, &self.options.limits)?;
            self.check_state(emit, &events)?;
            events.push(event);
        }
        Ok(events)
    }

    /// Refuses a second event of one state: a row says each state once.
    fn check_state(&self, emit: &Emit, before: &[StreamEvent]) -> Result<(), Fault> {
        let Some(state) = &emit.state else { return Ok(()) };
        let emits = before.iter().filter_map(|event| self.table.emits.get(event.origin.emit));
        let Some(other) = emits.into_iter().find(|other| other.state.as_ref() == Some(state)) else {
            return Ok(());
        };
        let reason = format!(
            "emits `{}` and `{}` both say the state `{state}` of this row; let their `when` exclude each other",
            other.name, emit.name
        );
        Err(Fault::new("", "", reason))
    }

    /// The event as an earlier version of Rapport made it, where that had another id.
    fn earlier(
        &self,
        emit: &Emit,
        row: &Context<'_>,
        identity: &Identity,
        now: &v1::Event,
    ) -> Result<Option<Box<v1::Event>>, Fault> {
        if let Some(earlier) = identity.earlier.as_deref() {
            let row = Context { identity: earlier, ..*row };
            let event = self.event(emit, &row, earlier)?;
            return Ok(event.map(|event| Box::new(event.event)));
        }
        if emit.state.is_none() || !self.options.is_repeated {
            return Ok(None);
        }
        let id = self.row_id(emit, row, &identity.now)?;
        Ok(Some(Box::new(v1::Event { id, ..now.clone() })))
    }

    fn event(&self, emit: &Emit, row: &Context<'_>, identity: &str) -> Result<Option<StreamEvent>, Fault> {
        let (occurred_at, dated) = match self.occurred_at(emit, row)? {
            Occurred::At(moment) => (Some(time::to_proto(moment)), true),
            Occurred::AsTold(moment) => (Some(time::to_proto(moment)), false),
            Occurred::Recording => (None, false),
            Occurred::ToCome => (None, true),
            Occurred::Never => return Ok(None),
        };
        let customer = text(emit.customer.as_ref(), row)?;
        if let Some(reason) = not_an_id(&customer) {
            let label = emit.customer.as_ref().map_or("", |expr| &expr.label);
            return Err(Fault::new(label, &customer, reason));
        }
        one_customer(emit, &customer, row)?;
        let stream = match &emit.stream {
            Some(stream) => stream.eval(row)?.into_owned(),
            None if customer.is_empty() => [&self.mapping.name, "-", &self.table.name].concat(),
            None => ["customer-", &customer].concat(),
        };
        let id = match &emit.state {
            Some(state) => self.id(&format!("state:{state}"), &[identity]),
            None => self.row_id(emit, row, identity)?,
        };
        let event = v1::Event {
            id,
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
        let is_shared = !(self.table.id.is_empty() && self.table.group_by.is_empty() && emit.id.is_empty());
        let origin = Origin {
            dated,
            is_state: emit.state.is_some(),
            last_change: emit.last_change,
            ends: emit.ends,
            is_shared,
            absent_joins: self.absent_joins,
            ..Origin::default()
        };
        Ok(Some(StreamEvent { stream, event, origin }))
    }

    /// The id of a row's event, made from the row's identity or the emit's `id`, and from its `key`.
    fn row_id(&self, emit: &Emit, row: &Context<'_>, identity: &str) -> Result<String, Fault> {
        let mut key: Vec<Cow<'_, str>> = Vec::with_capacity(1 + emit.id.len() + emit.key.len());
        if emit.id.is_empty() {
            key.push(Cow::Borrowed(identity));
        }
        for part in emit.id.iter().chain(&emit.key) {
            key.push(part.eval(row)?);
        }
        let key: Vec<&str> = key.iter().map(Cow::as_ref).collect();
        Ok(self.id(&emit.name, &key))
    }

    fn id(&self, emit: &str, key: &[&str]) -> String {
        event_id(&self.mapping.id_namespace, &self.table.name, emit, key)
    }

    fn occurred_at(&self, emit: &Emit, row: &Context<'_>) -> Result<Occurred, Fault> {
        let Some((expr, dates)) = &emit.occurred_at else { return Ok(Occurred::Recording) };
        let text = expr.eval(row)?;
        if !text.is_empty() {
            let moment = Timestamp::from_micros(expr.moment(&text, dates, row)?);
            let is_to_come = emit.ends && self.options.now.is_some_and(|now| moment > now);
            return Ok(if is_to_come { Occurred::ToCome } else { Occurred::At(moment) });
        }
        match (emit.undated, self.options.undated_as) {
            (Undated::Skip, _) => Ok(Occurred::Never),
            (Undated::Reject | Undated::Recording, Some(moment)) => Ok(Occurred::AsTold(moment)),
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
    /// The date of `--undated-as`.
    AsTold(Timestamp),
    Recording,
    /// The event ends something and its moment is later than the import. It gets no date, and ended by its recording.
    ToCome,
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

/// The actor; `None` where the id is empty.
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

/// Refuses what the server would refuse, with the column that it comes from.
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

/// Refuses a group whose rows are of several customers: its event would be the first one's alone.
fn one_customer(emit: &Emit, customer: &str, row: &Context<'_>) -> Result<(), Fault> {
    let (Some(expr), [first, others @ ..]) = (&emit.customer, row.group) else { return Ok(()) };
    for line in others {
        let other = expr.eval(&Context { line, ..*row })?;
        if !other.is_empty() && other != customer {
            let (first, line) = (first.line, line.line);
            let reason = format!(
                "emit `{}`: the group's row on line {line} has another customer than the one on line {first}; let \
                 `group_by` keep them apart, or read the customer of one row, as with `{{$first.…}}`",
                emit.name
            );
            return Err(expr.fault(&other, reason));
        }
    }
    Ok(())
}

/// Adds the row's value to a fault of which only the column is known.
fn with_value(fault: Fault, table: &Table, row: &Context<'_>) -> Fault {
    if !fault.value.is_empty() {
        return fault;
    }
    let slot = table.columns.0.iter().position(|name| *name == fault.column);
    let value = slot.map(|slot| row.binding.read(&row.line.record, slot)).or_else(|| {
        let (name, column) = fault.column.split_once('.')?;
        let join = table.joins.iter().position(|join| join.name == name)?;
        let slot = table.joins.get(join)?.columns.0.iter().position(|name| name == column)?;
        let joined = row.joins.get(join)?;
        Some(joined.rows.first().map_or("", |row| joined.lookup.value(*row, slot)))
    });
    Fault { value: value.unwrap_or_default().to_owned(), ..fault }
}

fn check_stream(StreamEvent { stream, event, .. }: &StreamEvent, emit: &Emit) -> Result<(), Fault> {
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
