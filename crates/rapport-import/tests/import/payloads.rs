//! Every type of the vocabulary with every field can be mapped, and types of the organisation's own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support::{Folder, import, mapping, refused, run};
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _};
use rapport_proto::v1;
use toml::Value;

/// What a text field must hold to pass validation, by its name.
fn text(name: &str) -> &'static str {
    match name {
        "country" => "LV",
        "language" => "lv",
        "quantity" => "2",
        "object" | "linked_to" => "deal:1",
        "body" => "{{}}",
        "sha256" | "file_sha256" | "result_hash" | "text_hash" => {
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        }
        _ if name.contains("event_id") => "01890a5d-ac96-774b-bcce-b302099a8057",
        _ if name.ends_with("date")
            || ["due", "expected_close", "valid_to", "start", "end", "hold_until", "planned", "actual"]
                .contains(&name) =>
        {
            "2026-01-02"
        }
        // What these fields name is another thing than the event is about.
        "absorbed" | "absorbed_identifiers" | "related_party" | "substitute" | "supersedes" => "another",
        _ => "{t}",
    }
}

fn value(field: &FieldDescriptor) -> Value {
    let one = match field.kind() {
        // The vocabulary's own instruments have scales of their own.
        Kind::Enum(_) if field.name() == "instrument" => Value::from("custom"),
        Kind::Message(message) => match message.full_name() {
            "rapport.v1.Money" => table([("text", "12.5"), ("currency", "EUR")]),
            "google.protobuf.Timestamp" => {
                // An interval ends after it begins.
                let late = ["to", "valid_to", "end"].contains(&field.name());
                Value::from(if late { "2027-01-02" } else { "2026-01-02" })
            }
            "google.protobuf.Duration" => Value::from("90"),
            "rapport.v1.Payload" => {
                let note = toml::toml! { note_recorded = { personal = { text = "{t}" } } };
                Value::Table(note)
            }
            _ => Value::Table(fields(&message)),
        },
        Kind::Enum(values) => Value::from(values.values().nth(1).unwrap().name()),
        Kind::Bool => Value::from("yes"),
        Kind::String => Value::from(text(field.name())),
        _ => match field.name() {
            "max" => Value::from(5),
            "rows" => Value::from(9),
            "expectation" => Value::from(1),
            "probability" | "confidence" | "control_share" | "importance" | "urgency" | "strength" => {
                Value::from("0.5")
            }
            _ => Value::from(3),
        },
    };
    if field.is_list() { Value::Array(vec![one]) } else { one }
}

fn table<const N: usize>(pairs: [(&str, &str); N]) -> Value {
    Value::Table(pairs.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect())
}

fn fields(message: &MessageDescriptor) -> toml::Table {
    message.fields().map(|field| (field.name().to_owned(), value(&field))).collect()
}

/// The paths of a message's fields that hold nothing.
fn empty(message: &DynamicMessage, path: &str, found: &mut Vec<String>) {
    for field in message.descriptor().fields() {
        let path = format!("{path}.{}", field.name());
        if !message.has_field(&field) {
            found.push(path);
            continue;
        }
        let value = message.get_field(&field);
        let first = value.as_list().and_then(|items| items.first()).unwrap_or(&value);
        if let Some(inner) = first.as_message()
            && inner.descriptor().full_name().starts_with("rapport.")
            && inner.descriptor().full_name() != "rapport.v1.Payload"
        {
            empty(inner, &path, found);
        }
    }
}

#[test]
fn a_key_that_belongs_into_an_inner_message_is_named_with_its_path() {
    for (key, wanted) in [("value", "personal.value"), ("valeu", "category"), ("kay", "key")] {
        let error = refused(&format!(
            "[[table]]\nname = \"t\"\nfiles = [\"t.csv\"]\ncustomer = \"{{a}}\"\n[[table.emit]]\n\
             type = \"party.fact_recorded\"\npayload = {{ category = \"preference\", key = \"k\", {key} = \"{{a}}\" }}\n"
        ));
        assert!(
            error.contains(&format!("unknown key `{key}`")) && error.contains(&format!("`{wanted}`")),
            "{error}"
        );
        assert_eq!(error.contains("did you mean"), key != "valeu", "{error}");
    }
}

#[test]
fn every_field_of_every_type_can_be_mapped() {
    let payload = rapport_proto::json::descriptors().get_message_by_name("rapport.v1.Payload").unwrap();
    let folder = Folder::of(&[("rows.csv", "t\nx\n")]);
    let mut wrong = Vec::new();
    for (number, name) in rapport_proto::event_type::all() {
        let Kind::Message(message) = payload.get_field(number).unwrap().kind() else { panic!("{name}") };
        let mut emit = toml::Table::new();
        emit.insert("type".into(), name.into());
        // A role is somebody's.
        emit.insert("customer".into(), "{t}".into());
        emit.insert("payload".into(), fields(&message).into());
        let mut rows = toml::Table::new();
        rows.insert("name".into(), "rows".into());
        rows.insert("files".into(), "rows.csv".into());
        rows.insert("emit".into(), Value::Array(vec![emit.into()]));
        let mut text = toml::Table::new();
        text.insert("table".into(), Value::Array(vec![rows.into()]));
        let run = run(&mapping(&text.to_string()), &[folder.path()]);
        match run.events.first() {
            None => wrong.push(format!("{name}: {}", run.rejects[0].reason)),
            Some(event) => {
                let whole = DynamicMessage::decode(payload.clone(), event.event.payload.clone()).unwrap();
                let inner = whole.get_field_by_number(number).unwrap().into_owned();
                empty(inner.as_message().unwrap(), name, &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_type_of_ones_own_is_json_with_what_is_personal_apart() {
    let mapping = r#"
numbers = "1.234,56"
delimiter = ";"
[[table]]
name = "inspections"
files = ["inspections.csv"]
id = "{no}"
customer = "{who}"
occurred_at = { text = "{day}", dates = "%d.%m.%Y" }
[[table.emit]]
type = "acme.boiler_inspected"
[table.emit.custom]
pressure = { text = "{bar}", as = "number" }
passed = { text = "{ok}", as = "boolean" }
version = 2
faults = ["{fault1}", "{fault2}"]
rooms = { split = "{room}", by = "/" }
place = { city = "{city}", room = "{room}" }
personal = { inspector = "{name}" }
"#;
    let rows = "no;who;day;bar;ok;fault1;fault2;city;room;name\n1;7;31.01.2026;1.002,50;yes;leak;;;A / B;Anna\n2;7;01.02.2026;low;no;;;;;\n3;7;01.02.2026;;;;;;;\n";
    let run = import(mapping, &[("inspections.csv", rows)]);
    assert_eq!(run.reject_places(), [(3, "bar")]);
    let found: Vec<(String, serde_json::Value, Option<serde_json::Value>)> = run
        .events
        .iter()
        .map(|event| match v1::Payload::decode(event.event.payload.clone()).unwrap().kind.unwrap() {
            v1::payload::Kind::Custom(custom) => {
                assert_eq!(custom.content_type, "application/json");
                let personal =
                    custom.personal.map(|personal| serde_json::from_slice(&personal.data).unwrap());
                (event.event.r#type.clone(), serde_json::from_slice(&custom.data).unwrap(), personal)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let own = || "acme.boiler_inspected".to_owned();
    let full = serde_json::json!({"pressure": 1002.5, "passed": true, "version": 2, "faults": ["leak"],
        "rooms": ["A", "B"], "place": {"room": "A / B"}});
    let personal = serde_json::json!({"inspector": "Anna"});
    assert_eq!(found, [(own(), full, Some(personal)), (own(), serde_json::json!({"version": 2}), None)]);
}

#[test]
fn a_slip_in_a_type_is_no_type_of_ones_own() {
    let error = |emit: &str| {
        refused(&format!("[[table]]\nname = \"t\"\nfiles = [\"t.csv\"]\n[[table.emit]]\n{emit}"))
    };
    let slip = error("type = \"deal.opend\"\npayload = { deal_id = \"1\" }");
    assert!(slip.contains("expected `deal.opened`; for a type of your own write `custom"), "{slip}");
    let known = error("type = \"deal.opened\"\ncustom = { deal_id = \"1\" }");
    assert!(known.contains("`deal.opened` is of the standard vocabulary"), "{known}");
}

#[test]
fn where_and_id_may_read_joined_files() {
    let mapping = r#"
[[table]]
name = "orders"
files = ["orders.csv"]
id = "{person.key}-{no}"
customer = "{who}"
where = { "person.test" = { not = "yes" } }
[[table.join]]
name = "person"
files = ["people.csv"]
on = "{who}"
key = "{id}"
[[table.emit]]
type = "order.placed"
payload = { order_id = "{no}" }
"#;
    let run = import(
        mapping,
        &[("orders.csv", "no,who\n1,a\n2,b\n3,c\n"), ("people.csv", "id,key,test\na,A,\nb,B,yes\n")],
    );
    let customers: Vec<&str> = run.events.iter().map(|event| event.event.customer.as_str()).collect();
    assert_eq!(customers, ["a", "c"]);
    assert_eq!(run.rows(), (3, 3, 0, 0));
}
