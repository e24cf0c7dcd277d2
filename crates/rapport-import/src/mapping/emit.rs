//! One event that a row becomes.

use std::sync::Arc;

use super::{
    error::MappingError,
    outer::{Outer, exprs},
    section::Section,
    undated::Undated,
};
use crate::{
    expr::{
        parse,
        scope::Scope,
        tree::{Condition, Expr, Many},
    },
    payload::{constant, fields::Body, parse::body_of_type},
    value::moment::{DateRule, DayPart},
};

#[derive(Debug)]
pub(crate) struct Emit {
    pub name: String,
    pub when: Option<Condition>,
    /// Of a type of the organisation's own; empty for one of the vocabulary, which the payload names.
    pub own_type: String,
    pub payload: Body,
    pub customer: Option<Expr>,
    pub stream: Option<Expr>,
    pub occurred_at: Option<(Expr, Arc<DateRule>)>,
    /// Whether it is one of [`ENDS`].
    pub ends: bool,
    pub undated: Undated,
    pub actor: Option<Actor>,
    pub channel: Option<Expr>,
    pub source: Expr,
    pub tags: Vec<Tag>,
    pub correlation_id: Option<Expr>,
    /// In place of the row's identity, for an event that several rows tell of; empty means the row's.
    pub id: Vec<Expr>,
    /// Added to the row's identity to make the event's id.
    pub key: Vec<Expr>,
    /// The state that it tells. Emits of one table with the same state are alternatives.
    pub state: Option<String>,
    /// Whether it takes back what the other emits of its state told.
    pub takes_back: bool,
    /// Whether `occurred_at` is the moment of the row's last change, at or before which the event happened.
    pub last_change: bool,
}

#[derive(Debug)]
pub(crate) enum Tag {
    One(Expr),
    Each(Many, Expr),
    /// The parts of a text, each with the key before it.
    Split {
        of: Expr,
        by: String,
        key: String,
    },
}

#[derive(Debug, Default)]
pub(crate) struct Actor {
    pub id: Option<Expr>,
    pub display_name: Option<Expr>,
    pub role: Option<Expr>,
    pub department: Option<Expr>,
    pub branch: Option<Expr>,
    pub on_behalf_of: Option<Expr>,
}

/// The parts of the envelope as the mapping has them: a table's are the defaults of its emits. Kept as TOML and
/// parsed for each emit, so that every emit owns its expressions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Envelope {
    customer: Option<toml::Value>,
    stream: Option<toml::Value>,
    occurred_at: Option<toml::Value>,
    undated: Option<toml::Value>,
    actor: Option<toml::Value>,
    channel: Option<toml::Value>,
    source: Option<toml::Value>,
    tags: Option<toml::Value>,
    correlation_id: Option<toml::Value>,
}

impl Envelope {
    /// Takes the envelope's keys, and checks them by parsing them once.
    pub(crate) fn parse(section: &mut Section, scope: &mut Scope) -> Result<Self, MappingError> {
        let envelope = Self::take(section, &Self::default());
        for (key, value) in
            [("customer", &envelope.customer), ("stream", &envelope.stream), ("channel", &envelope.channel)]
        {
            value.as_ref().map(|value| parse::expr(scope, value, &section.place, key)).transpose()?;
        }
        Ok(envelope)
    }

    fn take(section: &mut Section, defaults: &Self) -> Self {
        let mut take = |key, default: &Option<toml::Value>| section.take(key).or_else(|| default.clone());
        Self {
            customer: take("customer", &defaults.customer),
            stream: take("stream", &defaults.stream),
            occurred_at: take("occurred_at", &defaults.occurred_at),
            undated: take("undated", &defaults.undated),
            actor: take("actor", &defaults.actor),
            channel: take("channel", &defaults.channel),
            source: take("source", &defaults.source),
            tags: take("tags", &defaults.tags),
            correlation_id: take("correlation_id", &defaults.correlation_id),
        }
    }
}

impl Emit {
    pub(crate) fn parse(
        mut section: Section,
        scope: &mut Scope,
        outer: &Outer<'_>,
        defaults: &Envelope,
    ) -> Result<Self, MappingError> {
        let event_type = section.text_required("type")?;
        let name = section.text("name")?.unwrap_or_else(|| event_type.clone());
        let takes_back = takes_back(&event_type, &mut section);
        let given = section.copy_of("payload");
        let payload = body_of_type(scope, &event_type, &mut section)?;
        let ends = ENDS.contains(&event_type.as_str());
        let own_type = if matches!(payload, Body::Own(_)) { event_type } else { String::new() };
        let when =
            section.take("when").map(|value| parse::condition(scope, &value, &section.place)).transpose()?;
        let id = exprs(scope, &mut section, "id")?;
        let key = exprs(scope, &mut section, "key")?;
        let state = state(&mut section, &id)?;
        let last_change = section.flag("last_change")?.unwrap_or_default();
        let mut envelope = Envelope::take(&mut section, defaults);
        if takes_back {
            envelope.occurred_at = None;
        }
        let place = section.place.clone();
        let mut expr = |value: &Option<toml::Value>, key: &str| {
            value
                .as_ref()
                .filter(|value| !is_nothing(value))
                .map(|value| parse::expr(scope, value, &place, key))
                .transpose()
        };
        let customer = expr(&envelope.customer, "customer")?;
        let stream = expr(&envelope.stream, "stream")?;
        let channel = expr(&envelope.channel, "channel")?;
        let correlation_id = expr(&envelope.correlation_id, "correlation_id")?;
        let source = match expr(&envelope.source, "source")? {
            Some(source) => source,
            None => parse::expr(scope, &toml::Value::from(outer.source), &place, "source")?,
        };
        let occurred_at = envelope.occurred_at.filter(|value| !is_nothing(value));
        let occurred_at = occurred_at.map(|value| moment(scope, &value, &place, ends)).transpose()?;
        let undated = match &envelope.undated {
            Some(value) => Undated::parse(value, &place)?,
            None => outer.undated,
        };
        let actor = envelope
            .actor
            .filter(|value| !is_nothing(value))
            .map(|value| Actor::parse(scope, &value, &place))
            .transpose()?;
        let tags = envelope.tags.map(|value| tags(scope, &value, &place)).transpose()?.unwrap_or_default();
        section.finish()?;
        constant::check(&payload, constant_tags(&tags), customer.is_some(), &given, &place)?;
        Ok(Self {
            name,
            when,
            own_type,
            payload,
            customer,
            stream,
            occurred_at,
            ends,
            undated,
            actor,
            channel,
            source,
            tags,
            correlation_id,
            id,
            key,
            state,
            takes_back,
            last_change,
        })
    }
}

/// Whether the emit is a retraction of what its state told. It gets a payload that names no event; the import makes one
/// retraction for each event that the ledger was told.
fn takes_back(event_type: &str, section: &mut Section) -> bool {
    let takes_back = event_type == "event.retracted" && section.has("state") && !section.has("payload");
    if takes_back {
        let nothing = toml::Value::from("00000000-0000-8000-8000-000000000000");
        section.put("payload", toml::Table::from_iter([("target_event_id".to_owned(), nothing)]));
    }
    takes_back
}

/// Reads the key `state` of an emit. `state` identifies events by the row, so the mapping is refused if the emit also has
/// an `id`.
fn state(section: &mut Section, id: &[Expr]) -> Result<Option<String>, MappingError> {
    let Some(state) = section.text("state")? else { return Ok(None) };
    let value = toml::Value::from(state.as_str());
    if state.is_empty() {
        return Err(section.wrong("state", &value, "a name, the same on all emits of which a row gives one"));
    }
    if !id.is_empty() {
        return Err(section.wrong(
            "state",
            &value,
            "no `state` beside `id`: several rows can give an event with an `id` of its own, and each row could give \
             another state; leave one of the two out",
        ));
    }
    Ok(Some(state))
}

/// The tags that every row has.
fn constant_tags(tags: &[Tag]) -> Vec<String> {
    let constant = |tag: &Tag| match tag {
        Tag::One(expr) if expr.is_constant() => constant::on_no_row(|row| {
            expr.eval(row).ok().filter(|tag| !tag.is_empty()).map(std::borrow::Cow::into_owned)
        }),
        Tag::One(_) | Tag::Each(..) | Tag::Split { .. } => None,
    };
    tags.iter().filter_map(constant).collect()
}

/// Whether an emit takes back a default of its table: by an empty text.
fn is_nothing(value: &toml::Value) -> bool {
    value.as_str() == Some("")
}

/// Types whose events end what another event of the same object began. For them a day without a time means the end of
/// that day, unless `day` says otherwise, so that the day's other events come before. A moment later than the import is
/// left out: what a source tells as ended has ended.
const ENDS: [&str; 8] = [
    "lead.qualified",
    "lead.converted",
    "deal.won",
    "deal.lost",
    "offer.responded",
    "delivery.completed",
    "ticket.resolved",
    "need.closed",
];

/// The expression for `occurred_at`, and how its text is read; `ends` for one of [`ENDS`].
fn moment(
    scope: &mut Scope,
    value: &toml::Value,
    place: &str,
    ends: bool,
) -> Result<(Expr, Arc<DateRule>), MappingError> {
    let table = match value {
        toml::Value::Table(table) => table.clone(),
        plain => toml::Table::from_iter([("text".to_owned(), plain.clone())]),
    };
    let mut section = Section::new(format!("{place} / occurred_at"), table);
    let reading = parse::reading(&mut section, &scope.reading)?;
    let expr = parse::expr_of(scope, &mut section, &reading)?;
    section.finish()?;
    let mut dates = reading.dates;
    if ends && !reading.day_said {
        dates = Arc::new(DateRule { day: DayPart::End, ..DateRule::clone(&dates) });
    }
    scope.styles.date(&dates);
    Ok((expr, dates))
}

fn tags(scope: &mut Scope, value: &toml::Value, place: &str) -> Result<Vec<Tag>, MappingError> {
    let items = match value {
        toml::Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut tags = Vec::with_capacity(items.len());
    for item in items {
        match item {
            toml::Value::Table(table) if table.contains_key("each") => {
                let mut section = Section::new(format!("{place} / tags"), table.clone());
                let each = section.text_required("each")?;
                let over = scope.many(&each, &section.place)?;
                let of = section.take("of").ok_or_else(|| section.missing("of"))?;
                tags.push(Tag::Each(over, parse::expr(scope, &of, &section.place, "of")?));
                section.finish()?;
            }
            toml::Value::Table(table) if table.contains_key("split") => {
                let mut section = Section::new(format!("{place} / tags"), table.clone());
                let by = section.text_required("by")?;
                let key = section.text_required("key")?;
                let split = section.take("split").ok_or_else(|| section.missing("split"))?;
                let of = parse::expr(scope, &split, &section.place, "split")?;
                tags.push(Tag::Split { of, by, key });
                section.finish()?;
            }
            _ => tags.push(Tag::One(parse::expr(scope, item, place, "tags")?)),
        }
    }
    Ok(tags)
}

impl Actor {
    fn parse(scope: &mut Scope, value: &toml::Value, place: &str) -> Result<Self, MappingError> {
        let toml::Value::Table(table) = value else {
            return Ok(Self { id: Some(parse::expr(scope, value, place, "actor")?), ..Self::default() });
        };
        let mut section = Section::new(format!("{place} / actor"), table.clone());
        let mut part = |key: &'static str| {
            section.take(key).map(|value| parse::expr(scope, &value, &section.place, key)).transpose()
        };
        let actor = Self {
            id: part("id")?,
            display_name: part("display_name")?,
            role: part("role")?,
            department: part("department")?,
            branch: part("branch")?,
            on_behalf_of: part("on_behalf_of")?,
        };
        section.finish()?;
        Ok(actor)
    }
}
