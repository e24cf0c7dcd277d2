//! Months of exports of a source's things, with the changes that people make to them, against the ledger's answers.
//!
//! A kind of things says how one begins, how a month changes it and how an export writes it; and, twice, how things
//! stand: by the things themselves, and by the ledger's answers. Both must be equal after every month, then and as it
//! was known then. Now and then a thing is missing from the next exports, deleted in the source: for the ledger it stays
//! as it was.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    fs,
    path::Path,
};

use jiff::{Span, Timestamp, civil::Date};

use serde_json::Value;

use crate::{
    Random,
    inbox::{Inbox, counts, number},
};

/// When the exports are made and imported.
pub const MONTHS: [&str; 4] = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"];

/// One of the things that a source keeps: a deal, a ticket, an order.
pub trait Kept: Clone {
    /// A new one, in the month that ends with this day.
    fn new(random: &mut Random, no: usize, month: Date) -> Self;

    /// The changes that people make to it until the day of the export.
    fn change(&mut self, random: &mut Random, month: Date);
}

/// Four months of exports. `write` writes the export of these things into a folder; `fold` says how the things stand and
/// `ask` how they stand for the ledger, as of a day and as it was known on a day.
pub fn months<T: Kept, S: PartialEq + Debug>(
    test: &str,
    preset: &str,
    things_of_a_month: usize,
    write: impl Fn(&Path, &[T]),
    fold: impl Fn(&[T]) -> S,
    ask: impl Fn(&Inbox, &str, &str) -> S,
) {
    let inbox = Inbox::on_a_simulated_clock();
    let mut random = Random::seeded(test);
    let (mut things, mut deleted): (Vec<T>, BTreeSet<usize>) = Default::default();
    let mut known = Vec::new();
    for month in MONTHS {
        for (no, thing) in things.iter_mut().enumerate() {
            if random.one_in(30) {
                deleted.insert(no);
            } else if !deleted.contains(&no) {
                thing.change(&mut random, day(month));
            }
        }
        for _ in 0..things_of_a_month {
            things.push(T::new(&mut random, things.len(), day(month)));
        }
        let kept = things.iter().enumerate().filter(|(no, _)| !deleted.contains(no));
        let kept: Vec<T> = kept.map(|(_, thing)| thing.clone()).collect();
        fs::create_dir(inbox.path(month)).unwrap();
        write(&inbox.path(month), &kept);
        let summary = inbox.import_on(month, &[preset, month]);
        assert_eq!(counts(&summary, ["rejected"]), [0], "{test}: {month}: {:?}", rejects(&inbox, preset));
        let again = inbox.import_on(month, &[preset, month]);
        assert_eq!(counts(&again, ["eventsAdded", "rejected"]), [0, 0], "{test}: {month} again");
        known.push((month, fold(&things)));
        for (then, standing) in &known {
            assert_eq!(ask(&inbox, then, then), *standing, "{test}: {then}, asked in {month}");
        }
    }
}

fn rejects(inbox: &Inbox, preset: &str) -> Option<String> {
    inbox.read(&format!("{preset}-rejects.csv"))
}

/// A day such as `2026-01-31`.
pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A day that is at most so many days before another.
pub fn before(random: &mut Random, last: Date, days: u64) -> Date {
    last - Span::new().days(random.below(days) as i64)
}

/// One of these.
pub fn one_of<T: Copy>(random: &mut Random, all: &[T]) -> T {
    let place = usize::try_from(random.below(all.len() as u64)).unwrap();
    all[place]
}

/// An event as it is believed.
#[derive(Debug, Clone)]
pub struct Believed {
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Where it is in the ledger.
    pub position: u64,
    /// What it says, with the corrections of it.
    pub payload: Value,
}

/// The events that had happened by the end of a day as the ledger knew them at the end of another, in the order of time
/// and then of recording. What was corrected is as it was corrected, what was retracted is not there.
pub fn believed(inbox: &Inbox, as_of: &str, known_at: &str) -> Vec<Believed> {
    let mut by_id: BTreeMap<String, Believed> = BTreeMap::new();
    for event in inbox.events() {
        let text = |key: &str| event[key].as_str().unwrap().to_owned();
        if text("recordedAt")[..10] > *known_at {
            continue;
        }
        let (corrected, retracted) =
            (&event["payload"]["eventCorrected"], &event["payload"]["eventRetracted"]);
        if let Some(target) = corrected["targetEventId"].as_str() {
            let target = by_id.get_mut(target).unwrap();
            if corrected["replacement"].is_object() {
                target.payload = corrected["replacement"].clone();
            }
            if let Some(at) = corrected["occurredAt"].as_str() {
                target.occurred_at = at.parse().unwrap();
            }
        } else if let Some(target) = retracted["targetEventId"].as_str() {
            by_id.remove(target);
        } else {
            let event = Believed {
                occurred_at: text("occurredAt").parse().unwrap(),
                position: number(&event["position"]),
                payload: event["payload"].clone(),
            };
            by_id.insert(text("id"), event);
        }
    }
    let mut events: Vec<Believed> =
        by_id.into_values().filter(|event| event.occurred_at.to_string()[..10] <= *as_of).collect();
    events.sort_by_key(|event| (event.occurred_at, event.position));
    events
}
