//! The presets `helpdesk-italy` and `bank-complaints` over the real files, against independent computations.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashSet};

use crate::support::{data, histories, independent, run_twice};
use rapport_proto::v1::{payload::Kind, ticket_opened};
use serde_json::json;

#[test]
fn cases_activities_variants_and_histories_equal_those_of_the_raw_log() {
    let Some(folder) = data("helpdesk_italy") else { return };
    let run = run_twice("helpdesk-italy", std::slice::from_ref(&folder));
    assert_eq!(run.rows(), (21_348, 21_348, 0, 0));
    let mut stages: BTreeMap<String, u64> = BTreeMap::new();
    let mut traces: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut opened, mut resolved, mut moves) = (0, 0, 0);
    for event in run.decoded() {
        match event.kind {
            Kind::TicketOpened(_) => opened += 1,
            Kind::TicketResolved(_) => resolved += 1,
            Kind::TicketStageChanged(change) => {
                let trace = traces.entry(change.ticket_id).or_default();
                assert_eq!(trace.last().cloned().unwrap_or_default(), change.from);
                trace.push(change.to.clone());
                *stages.entry(change.to).or_default() += 1;
                moves += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    let variants: HashSet<&Vec<String>> = traces.values().collect();
    assert_eq!((opened, moves, variants.len()), (4_580, 21_348, 226), "the published figures");
    let Some(expected) = independent("helpdesk.py", &folder) else { return };
    assert_eq!(json!({ "stages": stages, "resolved": resolved, "histories": histories(&run) }), expected);
}

#[test]
fn complaints_are_read_with_their_accents() {
    let Some(folder) = data("bpic2016_complaints") else { return };
    let run = run_twice("bank-complaints", std::slice::from_ref(&folder));
    assert_eq!(run.rows(), (289, 289, 0, 0));
    let mut themes: BTreeMap<String, u64> = BTreeMap::new();
    let mut texts: Vec<String> = Vec::new();
    for event in run.decoded() {
        if let Kind::TicketOpened(ticket) = event.kind {
            assert_eq!(ticket.kind(), ticket_opened::Kind::Complaint);
            *themes.entry(ticket.topic).or_default() += 1;
            texts.push(ticket.personal.unwrap_or_default().text);
        }
    }
    texts.sort();
    assert_eq!(histories(&run).len(), 226);
    let Some(expected) = independent("complaints.py", &folder) else { return };
    assert_eq!(json!({ "themes": themes, "texts": texts, "histories": histories(&run) }), expected);
}
