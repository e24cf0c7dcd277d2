//! A projection makes rows of the types that it says it reads, and of no other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::{
    event_ref::EventRef,
    event_type,
    json::{descriptors, from_json},
    v1::{self, payload::Kind},
};
use rapport_views::{
    projection::{Believed, Projection},
    rows::{ObjectId, Symbols},
    table::{Cell, Dictionary, Numbers, Out, Table},
    timeline::touch,
    view::View,
};
use serde_json::{Map, Value, json};

/// The content of a type with texts in its texts and the given value in its words: what some rows depend on.
fn content(number: u32, word: usize) -> Option<Kind> {
    let payload = descriptors().get_message_by_name("rapport.v1.Payload").unwrap();
    let field = payload.get_field(number).unwrap();
    let kind = field.kind();
    let values = kind.as_message().unwrap().fields().filter(|field| !field.is_list()).filter_map(|field| {
        let value = match field.kind() {
            prost_reflect::Kind::Enum(names) => json!(names.values().nth(word)?.name()),
            prost_reflect::Kind::String => json!("x"),
            prost_reflect::Kind::Message(money) if money.name() == "Money" => json!({"currency": "EUR"}),
            _ => return None,
        };
        Some((field.json_name().to_owned(), value))
    });
    let values: Map<String, Value> = values.collect();
    let lists = kind
        .as_message()
        .unwrap()
        .fields()
        .filter(|field| field.is_list() && matches!(field.kind(), prost_reflect::Kind::String));
    let lists = lists.map(|field| (field.json_name().to_owned(), json!(["x"])));
    let content: Map<String, Value> = values.into_iter().chain(lists).collect();
    let text = json!({ field.json_name(): content }).to_string();
    from_json::<v1::Payload>("rapport.v1.Payload", &text).unwrap().kind
}

/// The types of which a projection makes something, whatever words they have.
fn made(makes: impl Fn(&Believed<'_>) -> bool) -> BTreeSet<u32> {
    let tags = vec!["deal:1".to_owned()];
    let id = "018f4b1e-0000-7000-8000-000000000001".to_owned();
    let event = v1::RecordedEvent { id, tags, customer: "c".into(), ..v1::RecordedEvent::default() };
    let event = EventRef::from(&event);
    let makes = |number: u32| {
        (1..10)
            .filter_map(|word| content(number, word))
            .any(|kind| makes(&Believed { event: &event, occurred_at: Timestamp::MIN, kind: &kind }))
    };
    event_type::all().map(|(number, _)| number).filter(|number| makes(*number)).collect()
}

/// Gives every name the same number: only whether there are rows matters.
struct Numbered(Symbols);

impl Numbers for Numbered {
    fn name(&mut self, _: Dictionary, _: &str) -> ObjectId {
        ObjectId(1)
    }

    fn symbols(&mut self) -> &mut Symbols {
        &mut self.0
    }
}

fn makes_rows(projection: &Projection, believed: &Believed<'_>) -> bool {
    let mut rows = 0;
    let mut put = |_: &'static Table, _: &[Cell]| rows += 1;
    (projection.rows)(believed, &mut Out::new(&mut Numbered(Symbols::new()), &mut put, &mut Vec::new()));
    rows > 0
}

#[test]
fn a_projection_makes_rows_of_the_types_that_it_reads_and_of_no_other() {
    let read = |types: &[u32]| types.iter().copied().collect::<BTreeSet<_>>();
    let objects = View::ALL.into_iter().flat_map(View::objects).map(|object| &object.projection);
    let projections = View::ALL.into_iter().flat_map(|view| view.projections().iter().copied());
    for projection in projections.chain(objects) {
        assert_eq!(
            made(|believed| makes_rows(projection, believed)),
            read(projection.reads),
            "{projection:?}"
        );
    }
    assert_eq!(made(|believed| touch::is_two_way(believed.kind)), read(touch::READS));
}

#[test]
fn a_view_reads_what_its_projections_read_and_makes_rows_of_its_own_tables_alone() {
    for view in View::ALL {
        for projection in view.projections() {
            assert!(projection.reads.iter().all(|number| view.reads(*number)), "{view:?}");
            let tables: Vec<&Table> = view.tables().collect();
            made(|believed| {
                let mut put = |table: &'static Table, _: &[Cell]| {
                    assert!(tables.iter().any(|own| std::ptr::eq(*own, table)), "{} in {view:?}", table.name);
                };
                (projection.rows)(
                    believed,
                    &mut Out::new(&mut Numbered(Symbols::new()), &mut put, &mut Vec::new()),
                );
                false
            });
        }
    }
}
