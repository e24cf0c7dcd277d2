//! What the tests of the presets share: running a preset over its data, and the independent computation beside it.

mod files;
mod packed;

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
    process::Command,
};

use prost::Message as _;
use rapport_import::{FileEnd, Import, Mapping, Met, Options, Place, Reject, Step, StreamEvent, Tally};
use rapport_proto::v1::{self, payload::Kind};

pub(crate) use files::{Folder, NOTES, complaint, import, mapping, refused, stop, stop_of};
pub(crate) use packed::{packed, text_row, workbook, zip};

/// The folder of a data set; `None`, with a message, where it is not there.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(name);
    if !path.exists() {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

/// Everything that an import handed out.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub definitions: Vec<StreamEvent>,
    pub events: Vec<StreamEvent>,
    pub rejects: Vec<Reject>,
    pub ends: Vec<(FileEnd, Tally)>,
    pub not_read: Vec<(String, String)>,
}

/// An event with its payload decoded.
pub(crate) struct Event<'a> {
    pub stream: &'a str,
    pub event: &'a v1::Event,
    pub kind: Kind,
}

/// Runs a mapping over paths, with a ledger that accepts every new id.
pub(crate) fn run(mapping: &Mapping, paths: &[PathBuf]) -> Run {
    run_on(mapping, paths, &mut BTreeMap::new())
}

/// The same with a ledger that may hold events already.
pub(crate) fn run_on(mapping: &Mapping, paths: &[PathBuf], ledger: &mut BTreeMap<String, v1::Event>) -> Run {
    let mut import = Import::new(mapping, paths, Options::default()).unwrap();
    let mut run = Run {
        not_read: import.not_read().map(|(path, why)| (path.display().to_string(), why.to_owned())).collect(),
        ..Run::default()
    };
    let mut tally = Tally::default();
    for step in import.by_ref() {
        match step.unwrap() {
            Step::Definition(definition) => run.definitions.push(definition),
            Step::Reject(reject) => {
                tally.rejected(&reject);
                run.rejects.push(reject);
            }
            Step::Row(row) => {
                let taken = |event: &StreamEvent| {
                    ledger.get(&event.event.id).is_some_and(|known| *known != event.event)
                };
                if row.events.iter().any(taken) {
                    let reject = row.refused("event id taken by other content");
                    tally.rejected(&reject);
                    run.rejects.push(reject);
                    continue;
                }
                let mut places = Vec::new();
                for event in &row.events {
                    let known = ledger.insert(event.event.id.clone(), event.event.clone()).is_some();
                    // Everything that is known is in a closed batch.
                    places.push(if known { Place::Known(0) } else { Place::New(1) });
                }
                tally.appended(&row, places, &mut Met::default());
                run.events.extend(row.events);
            }
            Step::FileEnd(end) => {
                assert_eq!(tally.counts().rows(), end.rows, "{}", end.file.display());
                run.ends.push((end, std::mem::take(&mut tally)));
            }
        }
    }
    assert_eq!(import.bytes_read(), import.bytes_total());
    run
}

impl Run {
    /// The events with their payloads.
    pub(crate) fn decoded(&self) -> impl Iterator<Item = Event<'_>> {
        self.events.iter().map(|event| Event {
            stream: &event.stream,
            event: &event.event,
            kind: v1::Payload::decode(event.event.payload.clone()).unwrap().kind.unwrap(),
        })
    }

    /// Rows, accepted, duplicates, rejected, of all files.
    pub(crate) fn rows(&self) -> (u64, u64, u64, u64) {
        self.ends.iter().map(|(_, tally)| tally.counts()).fold(
            (0, 0, 0, 0),
            |(rows, accepted, duplicate, rejected), counts| {
                (
                    rows + counts.rows(),
                    accepted + counts.accepted,
                    duplicate + counts.duplicate,
                    rejected + counts.rejected,
                )
            },
        )
    }

    /// How many events of each type.
    pub(crate) fn types(&self) -> BTreeMap<&'static str, u64> {
        let mut types = BTreeMap::new();
        for event in &self.events {
            let field = rapport_proto::event_type::payload_field(&event.event.payload).unwrap();
            *types.entry(rapport_proto::event_type::name_of_field(field).unwrap()).or_default() += 1;
        }
        types
    }
}

/// Imports a preset's data twice: ids are distinct, the second import accepts nothing, and every file adds up.
pub(crate) fn run_twice(preset: &str, paths: &[PathBuf]) -> Run {
    run_twice_with_repeats(preset, paths, 0)
}

/// The same for files in which so many events are told again by rows that have the id of an earlier one.
pub(crate) fn run_twice_with_repeats(preset: &str, paths: &[PathBuf], repeats: usize) -> Run {
    let mapping = Mapping::preset(preset).unwrap();
    let mut ledger = BTreeMap::new();
    let first = run_on(&mapping, paths, &mut ledger);
    let ids: HashSet<&str> = first.events.iter().map(|event| event.event.id.as_str()).collect();
    assert_eq!(ids.len() + repeats, first.events.len(), "ids are distinct");
    let second = run_on(&mapping, paths, &mut ledger);
    assert_eq!(second.events, first.events);
    assert_eq!(second.definitions, first.definitions);
    assert_eq!(second.rejects, first.rejects);
    for (end, tally) in &first.ends {
        assert!(end.batch_closed(&tally.counts()).is_some(), "{}", end.table);
    }
    for (end, tally) in &second.ends {
        let counts = tally.counts();
        let had_events = counts.duplicate > 0;
        assert!(
            counts.events_added == 0 && (!had_events || counts.accepted == 0),
            "{}: {counts:?}",
            end.table
        );
        assert!(!had_events || end.batch_closed(&counts).is_none());
    }
    first
}

/// What the Python script of that name computes from the raw files; `None`, with a message, without Python.
pub(crate) fn independent(script: &str, folder: &Path) -> Option<serde_json::Value> {
    independent_of(script, &[folder.to_str().unwrap()])
}

/// The same for a script with several arguments.
pub(crate) fn independent_of(script: &str, arguments: &[&str]) -> Option<serde_json::Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/independent").join(script);
    let Ok(output) = Command::new("python3").arg("-B").arg(path).args(arguments).output() else {
        eprintln!("skipped: there is no python3");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Minor units of an amount.
pub(crate) fn minor(money: Option<&v1::Money>) -> i64 {
    money.map_or(0, |money| money.minor_units)
}

/// A customer's history as text: time and type, in order.
pub(crate) fn histories(run: &Run) -> BTreeMap<String, Vec<String>> {
    let mut histories: BTreeMap<String, Vec<(i64, usize, String)>> = BTreeMap::new();
    for (place, event) in run.decoded().enumerate() {
        let at = event.event.occurred_at.map_or(i64::MAX, |at| at.seconds);
        let field = rapport_proto::event_type::payload_field(&event.event.payload).unwrap();
        let name = rapport_proto::event_type::name_of_field(field).unwrap();
        let at_text = if at == i64::MAX { "-".to_owned() } else { at.to_string() };
        histories.entry(event.event.customer.clone()).or_default().push((
            at,
            place,
            format!("{at_text} {name}"),
        ));
    }
    histories
        .into_iter()
        .map(|(customer, mut entries)| {
            entries.sort();
            (customer, entries.into_iter().map(|(_, _, text)| text).collect())
        })
        .collect()
}
