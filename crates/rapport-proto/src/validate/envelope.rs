//! The envelope of an event: ids, type, tags, clocks, actor.

use std::mem;

use prost::Message;
use rapport_model::{Actor, EventId, NewEvent};
use uuid::Uuid;

use super::{checker::Checker, payload, tags};
use crate::{event_type, time, v1};

/// The event as the log takes it; `None` when a fault leaves nothing to build it from. Every fault is in `checker`.
pub(super) fn event(mut event: v1::Event, checker: &mut Checker) -> Option<NewEvent> {
    let mut tags = mem::take(&mut event.tags);
    let id = check(&event, &mut tags, checker)?;
    let number = event_type::payload_field(&event.payload)?;
    let event_type = event_type::name_of_field(number).map_or(event.r#type, str::to_owned);
    Some(NewEvent {
        id,
        event_type,
        customer: event.customer,
        tags,
        occurred_at: event.occurred_at.as_ref().and_then(time::from_proto),
        actor: event.actor.map(|actor| {
            let v1::Actor { id, display_name, role, department, branch, on_behalf_of } = actor;
            Actor { id, display_name, role, department, branch, on_behalf_of }
        }),
        channel: event.channel,
        source: event.source,
        correlation_id: event.correlation_id,
        causation_id: event.causation_id,
        payload: event.payload,
    })
}

/// Notes every fault of an event. Its own tags are in `tags`, which then holds those of the payload as well, sorted,
/// each once.
pub(super) fn check(event: &v1::Event, tags: &mut Vec<String>, checker: &mut Checker) -> Option<EventId> {
    let id = event_id(&event.id, checker);
    checker.name("customer", &event.customer);
    checker.name("channel", &event.channel);
    checker.name("source", &event.source);
    checker.name("correlation_id", &event.correlation_id);
    checker.name("causation_id", &event.causation_id);
    checker.moment("occurred_at", event.occurred_at.as_ref());
    event.actor.iter().for_each(|actor| check_actor(actor, checker));

    let number = event_type::payload_field(&event.payload);
    checker.require("payload", number.is_some(), || "expected one payload, such as `deal_opened`".into());
    let number = number?;
    check_type(&event.r#type, number, checker);
    let of_a_party =
        event_type::name_of_field(number).is_some_and(|name| payload::NEED_CUSTOMER.contains(&name));
    checker.require("customer", !of_a_party || !event.customer.is_empty(), || {
        "expected the party that has the role, found none".into()
    });
    for (index, tag) in tags.iter().enumerate() {
        checker.at_index("tags", index, |checker| tags::check("", tag, checker));
    }
    checker.at("payload", |checker| check_payload(event, number, tags, checker));
    tags::settle(tags, checker);
    id
}

fn event_id(id: &str, checker: &mut Checker) -> Option<EventId> {
    if id.is_empty() {
        return Some(Uuid::now_v7().into());
    }
    let parsed = id.parse::<EventId>();
    checker.require("id", parsed.is_ok(), || {
        "expected a UUID such as `01890a5d-ac96-774b-bcce-b302099a8057`, or nothing".into()
    });
    parsed.ok()
}

fn check_type(given: &str, number: u32, checker: &mut Checker) {
    if let Some(name) = event_type::name_of_field(number) {
        checker.require("type", given.is_empty() || given == name, || {
            format!("expected `{name}`, the payload's type, or nothing")
        });
        return;
    }
    checker.name_required("type", given);
    checker.require("type", event_type::field_of_name(given).is_none(), || {
        "expected a type of your own; this one is of the standard vocabulary and has a payload of its own"
            .into()
    });
    let plain = given.split('.').all(|part| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    });
    checker.require("type", plain, || {
        "expected lower-case words with dots between, such as `acme.boiler_inspected`".into()
    });
}

/// A payload of a type that this build does not know passes: it is kept as it is.
fn check_payload(event: &v1::Event, number: u32, tags: &mut Vec<String>, checker: &mut Checker) {
    match v1::Payload::decode(&*event.payload) {
        Ok(v1::Payload { kind: Some(kind) }) => {
            let field = event_type::name_of_field(number).unwrap_or("custom").replace('.', "_");
            checker.at(&field, |checker| {
                payload::check(&kind, checker);
                payload::check_beside_customer(&kind, &event.customer, checker);
            });
            tags::add(&kind, tags);
        }
        Ok(v1::Payload { kind: None }) => {}
        Err(_) => {
            checker.require("kind", false, || "expected the bytes of the message that the field names".into())
        }
    }
}

fn check_actor(actor: &v1::Actor, checker: &mut Checker) {
    checker.at("actor", |checker| {
        checker.name_required("id", &actor.id);
        checker.name("display_name", &actor.display_name);
        checker.name("role", &actor.role);
        checker.name("department", &actor.department);
        checker.name("branch", &actor.branch);
        checker.name("on_behalf_of", &actor.on_behalf_of);
    });
}
