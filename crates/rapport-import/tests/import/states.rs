//! Imports tell states one after the other, in every order: the deal stands as the last import says. An import that is
//! killed between two events of a state and run again appends the same events as an import that is left alone.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support;
use std::{collections::BTreeMap, sync::OnceLock};

use crate::support::Folder;
use prost::Message as _;
use rapport_import::{Import, Mapping, Options, RowEvents, Settling, Step, Told};
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
    validate::Limits,
};

const MAPPING: &str = r#"
name = "states"
undated = "recording"
[[table]]
name = "deals"
files = ["deals.csv"]
id = "{No}"
customer = "{No}"
occurred_at = "{At}"
[[table.emit]]
name = "moved"
state = "stage"
type = "deal.stage_changed"
when = { Stage = "talk" }
payload = { deal_id = "{No}", to = "talk" }
[[table.emit]]
name = "won"
state = "stage"
type = "deal.won"
when = { Stage = "won" }
payload = { deal_id = "{No}" }
[[table.emit]]
name = "lost"
state = "stage"
type = "deal.lost"
when = { Stage = "lost" }
payload = { deal_id = "{No}" }
[[table.emit]]
name = "told_elsewhere"
state = "stage"
type = "event.retracted"
when = { Stage = "none" }
"#;

static MAPPING_READ: OnceLock<Mapping> = OnceLock::new();

/// What the ledger has, in order, and the moment of the next import.
#[derive(Clone, Default)]
struct Ledger {
    events: Vec<v1::RecordedEvent>,
    day: i64,
}

impl Ledger {
    fn now(&self) -> Timestamp {
        // Days from 2026-03-01 on.
        Timestamp::from_micros((1_772_323_200 + self.day * 86_400) * 1_000_000)
    }

    fn find(&self, ids: &[String]) -> Vec<v1::RecordedEvent> {
        self.events.iter().filter(|event| ids.contains(&event.id)).cloned().collect()
    }

    /// Imports a row and appends the first `takes` of its events; returns how many it has.
    fn import(&mut self, state: &str, takes: usize) -> usize {
        let (stage, at) = state.split_once(' ').unwrap_or((state, ""));
        let folder = Folder::of(&[("deals.csv", format!("No,Stage,At\nd,{stage},{at}\n"))]);
        let mapping = MAPPING_READ.get_or_init(|| support::mapping(MAPPING));
        let options = Options { now: Some(self.now()), is_repeated: true, ..Options::default() };
        let import = Import::new(mapping, &[folder.path()], options).unwrap();
        let rows: Vec<RowEvents> = import
            .filter_map(|step| match step.unwrap() {
                Step::Row(row) => Some(row),
                Step::Definition(_) | Step::Reject(_) | Step::FileEnd(_) => None,
            })
            .collect();
        let (mut settling, ids) = Settling::new(&rows);
        let mut ids = settling.first(&rows, self.find(&ids));
        while !ids.is_empty() {
            ids = settling.next(self.find(&ids));
        }
        let mut told = Told::after(self.events.len() as u64, Limits::default());
        let settled = settling.settle(rows, mapping, &mut told);
        assert!(settled[0].rejects.is_empty(), "{:?}", settled[0].rejects);
        let new: Vec<v1::Event> = settled[0].new_events().map(|event| event.event.clone()).collect();
        let now = time::to_proto(self.now());
        for event in new.iter().take(takes) {
            self.events.push(v1::RecordedEvent {
                id: event.id.clone(),
                position: self.events.len() as u64 + 1,
                r#type: event.r#type.clone(),
                customer: event.customer.clone(),
                occurred_at: event.occurred_at.or(Some(now)),
                recorded_at: Some(now),
                payload: event.payload.clone(),
                ..v1::RecordedEvent::default()
            });
        }
        new.len()
    }

    /// How the deal stands by what is believed, in the order of time and then of recording. A move without a date
    /// counts as made before a close that is told later and is dated before the move's recording.
    fn standing(&self) -> &'static str {
        let mut believed = BTreeMap::new();
        for event in &self.events {
            let is_undated = event.occurred_at == event.recorded_at;
            let at = time::from_proto(event.occurred_at.as_ref().unwrap()).unwrap();
            match v1::Payload::decode(event.payload.as_ref()).unwrap().kind.unwrap() {
                Kind::DealWon(_) => drop(believed.insert(&event.id, (at, event.position, "won", false))),
                Kind::DealLost(_) => drop(believed.insert(&event.id, (at, event.position, "lost", false))),
                Kind::EventRetracted(gone) => believed.retain(|id, _| **id != gone.target_event_id),
                Kind::EventCorrected(correction) => {
                    let told = believed.iter_mut().find(|(id, _)| ***id == correction.target_event_id);
                    let at = correction.occurred_at.as_ref().and_then(time::from_proto);
                    let told = told.unwrap().1;
                    told.0 = at.unwrap_or(told.0);
                }
                _ => drop(believed.insert(&event.id, (at, event.position, "talk", is_undated))),
            }
        }
        let is_outdated = |at: Timestamp, position: u64| {
            believed.values().any(|told| told.2 != "talk" && told.1 > position && told.0 < at)
        };
        let stand = believed.values().filter(|told| !told.3 || !is_outdated(told.0, told.1));
        stand.max_by_key(|told| (told.0, told.1)).map_or("none", |told| told.2)
    }

    fn said(&self) -> Vec<(String, Vec<u8>)> {
        self.events.iter().map(|event| (event.id.clone(), event.payload.to_vec())).collect()
    }
}

#[test]
fn a_state_stands_as_it_was_told_last_and_an_import_killed_between_its_events_goes_on_with_the_rest() {
    let states = [
        "won 2026-02-20",
        "lost 2026-02-10",
        "lost 2026-02-15",
        "won 2026-02-05",
        "talk",
        "talk 2026-02-18",
        "won 2026-03-03",
        "none",
    ];
    let (mut sequences, mut cuts) = (0, 0);
    for number in 0..states.len().pow(3) {
        let digits = [1, states.len(), states.len().pow(2)].map(|power| number / power % states.len());
        let mut ledger = Ledger::default();
        for (place, digit) in digits.into_iter().enumerate() {
            ledger.day += 1;
            let (before, state) = (ledger.clone(), states[digit]);
            let events = ledger.import(state, usize::MAX);
            // Nothing new, also where the day is still to come at the first import and has come by the last.
            let is_same = place > 0 && digits.iter().take(place).all(|before| *before == digit);
            assert!(events == 0 || !is_same, "{digits:?}: {place}");
            assert_eq!(Some(ledger.standing()), state.split(' ').next(), "{digits:?}: {place}");
            assert_eq!(ledger.clone().import(state, 0), 0, "{digits:?}: {place} again");
            for cut in 1..events {
                let mut killed = before.clone();
                killed.import(state, cut);
                killed.import(state, usize::MAX);
                assert_eq!(killed.said(), ledger.said(), "{digits:?}: {place} killed after {cut}");
                assert_eq!(killed.import(state, 0), 0, "{digits:?}: {place} killed and again");
                cuts += 1;
            }
        }
        sequences += 1;
    }
    assert!(sequences == 512 && cuts > 100, "{cuts}");
}
