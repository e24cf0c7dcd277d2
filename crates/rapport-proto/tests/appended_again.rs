//! What one ledger stores can be appended to another: every type of event, with ids as long as they may be and as many
//! as there may be.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use rapport_model::NewEvent;
use rapport_proto::{
    event_type, json, v1,
    validate::{IDS_AS_TAGS_MAX, NAME_BYTES_MAX, TAG_BYTES_MAX, TAGS_MAX, check_event, event},
};

/// The fields from the payload down; of a list the first element.
type Path = Vec<FieldDescriptor>;

fn text(nth: usize, bytes: usize) -> String {
    let text = nth.to_string();
    let rest = "x".repeat(bytes - text.len());
    text + &rest
}

fn id(nth: usize) -> String {
    text(nth, NAME_BYTES_MAX)
}

fn offered(payload: &DynamicMessage) -> v1::Event {
    v1::Event { payload: payload.encode_to_vec().into(), r#type: "acme.own".into(), ..v1::Event::default() }
}

/// With the type left out where the payload says it.
fn typed(number: u32, payload: &DynamicMessage) -> v1::Event {
    let own = number == event_type::CUSTOM;
    let event = offered(payload);
    let r#type = if own { event.r#type } else { String::new() };
    // Some types are of a party.
    v1::Event { r#type, customer: "7".to_owned(), ..event }
}

fn faults(number: u32, payload: &DynamicMessage) -> usize {
    check_event(&typed(number, payload), "").map_or_else(|invalid| invalid.violations.len(), |()| 0)
}

fn set(message: &mut DynamicMessage, path: &[FieldDescriptor], value: Option<Value>) {
    let [field, rest @ ..] = path else { return };
    match (rest, value) {
        ([], Some(value)) => message.set_field(field, value),
        ([], None) => message.clear_field(field),
        (rest, value) => match message.get_field_mut(field) {
            Value::Message(inner) => set(inner, rest, value),
            Value::List(list) => set(list[0].as_message_mut().unwrap(), rest, value),
            other => panic!("{other:?} has no fields"),
        },
    }
}

fn strings(nth: usize) -> Vec<String> {
    let pipeline = r#"{"stages": [{"code": "new", "name": "New", "probability": 1}]}"#;
    let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    let sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let known = ["2026-03-31", uuid, sha, pipeline, "2", "EUR", "LV", "lv"];
    [id(nth), format!("deal:{}", id(nth))].into_iter().chain(known.map(str::to_owned)).collect()
}

/// What a field may hold, the longest first.
fn candidates(field: &FieldDescriptor, nth: usize) -> Vec<Value> {
    let moment = |name: &str| {
        let mut message = DynamicMessage::new(json::descriptors().get_message_by_name(name).unwrap());
        message.set_field_by_name("seconds", Value::I64(1_700_000_000));
        Value::Message(message)
    };
    let list = |values: Vec<Value>| if field.is_list() { vec![Value::List(values)] } else { values };
    match field.kind() {
        Kind::String if field.is_list() => {
            let many = (0..IDS_AS_TAGS_MAX).map(|nth| Value::String(id(nth)));
            let one = strings(nth).into_iter().map(|text| Value::List(vec![Value::String(text)]));
            [Value::List(many.collect())].into_iter().chain(one).collect()
        }
        Kind::String => strings(nth).into_iter().map(Value::String).collect(),
        Kind::Enum(kind) => kind.values().skip(1).map(|value| Value::EnumNumber(value.number())).collect(),
        Kind::Bool => vec![Value::Bool(true)],
        Kind::Double => [0.0, 1.0, 10.0].map(Value::F64).to_vec(),
        Kind::Int32 | Kind::Sint32 => vec![Value::I32(1)],
        Kind::Int64 | Kind::Sint64 => vec![Value::I64(1)],
        Kind::Uint32 => vec![Value::U32(1)],
        Kind::Uint64 => vec![Value::U64(1)],
        Kind::Bytes => vec![Value::Bytes(vec![1].into())],
        Kind::Message(message) if message.full_name().starts_with("google.protobuf.") => {
            list(vec![moment(message.full_name())])
        }
        Kind::Message(message) => list(vec![Value::Message(DynamicMessage::new(message))]),
        other => panic!("a field of kind {other:?}"),
    }
}

/// Fills every field with what leaves the fewest faults.
fn fill(number: u32, root: &mut DynamicMessage, path: &Path, message: &MessageDescriptor, nth: &mut usize) {
    for field in message.fields().filter(|field| !is_payload(field)) {
        let at: Path = path.iter().cloned().chain([field.clone()]).collect();
        *nth += 1;
        let mut best = (usize::MAX, None);
        for candidate in candidates(&field, *nth).into_iter().map(Some).chain([None]) {
            let mut tried = root.clone();
            set(&mut tried, &at, candidate.clone());
            if let (Some(_), Kind::Message(inner)) = (&candidate, field.kind())
                && !inner.full_name().starts_with("google.")
            {
                fill(number, &mut tried, &at, &inner, nth);
            }
            let found = faults(number, &tried);
            if found < best.0 {
                best = (found, Some(tried));
            }
        }
        *root = best.1.unwrap();
    }
}

/// The replacement of a correction is an event of its own.
fn is_payload(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(message) if message.full_name() == "rapport.v1.Payload")
}

fn payload_of(number: u32) -> (DynamicMessage, Path) {
    let descriptor = json::descriptors().get_message_by_name("rapport.v1.Payload").unwrap();
    let field = descriptor.get_field(number).unwrap();
    let mut root = DynamicMessage::new(descriptor);
    let Kind::Message(message) = field.kind() else { panic!("a payload is a message") };
    root.set_field(&field, Value::Message(DynamicMessage::new(message.clone())));
    let path = vec![field];
    fill(number, &mut root, &path, &message, &mut 0);
    (root, path)
}

/// As `rapport tail` prints it and `rapport append` reads it.
fn printed_and_read(event: &v1::Event, stored: &NewEvent) -> v1::Event {
    let printed = v1::Event {
        tags: stored.tags.clone(),
        id: stored.id.to_string(),
        r#type: stored.event_type.clone(),
        ..event.clone()
    };
    json::event_from_json(&json::to_json("rapport.v1.Event", &printed).unwrap().to_string()).unwrap()
}

fn assert_appended_again(number: u32, event_offered: &v1::Event) -> NewEvent {
    let name = event_type::name_of_field(number).unwrap_or("custom");
    let stored = event(event_offered.clone(), "").unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
    let again = event(printed_and_read(event_offered, &stored), "")
        .unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
    assert_eq!(again, stored, "{name}");
    stored
}

fn all() -> impl Iterator<Item = u32> {
    event_type::all().map(|(number, _)| number).chain([event_type::CUSTOM])
}

#[test]
fn an_event_of_every_type_with_the_longest_ids_is_accepted_with_the_tags_that_it_is_stored_with() {
    let (mut with_tags, mut longest, mut most) = (0, 0, 0);
    for number in all() {
        let (payload, _) = payload_of(number);
        let plain = typed(number, &payload);
        let stored = assert_appended_again(number, &plain);
        with_tags += usize::from(!stored.tags.is_empty());
        longest = longest.max(stored.tags.iter().map(String::len).max().unwrap_or(0));
        most = most.max(stored.tags.len());

        // And as many of its own as there is room for, each as long as it may be.
        let own = |nth| format!("contact:{}", text(nth, TAG_BYTES_MAX - "contact:".len()));
        let tags = (0..TAGS_MAX - stored.tags.len()).map(own).collect();
        let full = assert_appended_again(number, &v1::Event { tags, ..plain.clone() });
        assert_eq!(full.tags.len(), TAGS_MAX);

        let tags = (0..=TAGS_MAX - stored.tags.len()).map(own).collect();
        let invalid = event(v1::Event { tags, ..plain }, "").unwrap_err();
        assert_eq!((invalid.violations.len(), invalid.violations[0].field.as_str()), (1, "tags"));
        assert!(invalid.to_string().contains("at most 1000") && invalid.to_string().contains("found 1001"));
    }
    assert!(with_tags > 40, "{with_tags}");
    assert_eq!((longest, most > IDS_AS_TAGS_MAX), (TAG_BYTES_MAX, true));
}

#[test]
fn an_id_that_could_not_be_a_tag_is_refused_with_its_field_wherever_it_would_make_one() {
    let mut refused = 0;
    for number in all() {
        let (payload, path) = payload_of(number);
        let Kind::Message(message) = path[0].kind() else { panic!("a payload is a message") };
        for field in message.fields().filter(|field| field.kind() == Kind::String) {
            for wrong in
                [text(1, NAME_BYTES_MAX + 1), text(1, 10_000), "a\nb".to_owned(), "deal:a\u{7}".to_owned()]
            {
                let mut changed = payload.clone();
                let value = Value::String(wrong);
                let value = if field.is_list() { Value::List(vec![value]) } else { value };
                set(&mut changed, &[path[0].clone(), field.clone()], Some(value));
                let changed = typed(number, &changed);
                match event(changed.clone(), "") {
                    Ok(_) => drop(assert_appended_again(number, &changed)),
                    Err(invalid) => {
                        refused += 1;
                        let at = format!(".{}", field.name());
                        assert!(
                            invalid.violations.iter().any(|fault| fault.field.contains(&at)),
                            "{invalid}"
                        );
                    }
                }
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn more_invoices_than_make_tags_are_refused_with_their_field_and_limit() {
    let payment = |count: usize| {
        let amount = Some(v1::Money { minor_units: 1, currency: "EUR".into() });
        let invoice_ids = (0..count).map(id).collect();
        let payment = v1::PaymentReceived { amount, invoice_ids, ..Default::default() };
        let payload = v1::Payload { kind: Some(v1::payload::Kind::PaymentReceived(payment)) };
        event(v1::Event { payload: payload.encode_to_vec().into(), ..Default::default() }, "")
    };
    assert_eq!(payment(40).unwrap().tags.len(), 40);
    assert_eq!(payment(IDS_AS_TAGS_MAX).unwrap().tags.len(), IDS_AS_TAGS_MAX);
    let invalid = payment(IDS_AS_TAGS_MAX + 1).unwrap_err();
    assert_eq!(invalid.violations[0].field, "payload.payment_received.invoice_ids");
    assert_eq!(
        invalid.violations[0].description,
        "expected at most 900, found 901; record the payment in parts"
    );
}
