//! A follower whose source and views are of this file.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rapport_kafka::PublishError;
use rapport_model::Timestamp;
use rapport_store::{EncodedEvent, ViewState};

use super::*;
use crate::stopping::{Stop, stop};

const EVENTS: u64 = 3;
const OTHERS: [View; 2] = [View::Timeline, View::Satisfaction];

/// Views in memory, of which one fails.
struct Views {
    at: Arc<Mutex<BTreeMap<View, u64>>>,
    fails: fn(),
    progress: Progress,
}

impl Target for Views {
    type Part = View;

    fn parts(&self) -> Vec<View> {
        View::ALL.to_vec()
    }

    fn view(&self, view: View) -> Option<View> {
        Some(view)
    }

    fn belong_to(&self, _: View, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn checkpoints(&self, view: View) -> Result<Vec<Checkpoint>, StoreError> {
        let at = *self.at.lock().unwrap().entry(view).or_default();
        let checkpoint = Checkpoint {
            partition: 0,
            epoch: "one".to_owned(),
            next_offset: at.cast_signed(),
            position: Position(at),
            recorded_at: Timestamp::default(),
        };
        Ok(if at == 0 { Vec::new() } else { vec![checkpoint] })
    }

    fn apply(&self, view: View, batches: &[PartitionBatch]) -> Result<Applied, StoreError> {
        if view == View::Funnel && !batches.is_empty() {
            (self.fails)();
        }
        let events = batches.iter().flat_map(|batch| &batch.events);
        if let Some(last) = events.last() {
            self.at.lock().unwrap().insert(view, last.position().0);
        }
        Ok(Applied::Done)
    }

    fn complete(&self, view: View, position: Position) -> Result<(), StoreError> {
        self.progress.reached(view, position);
        Ok(())
    }

    fn look(&self, view: View) -> Result<(), ReadError> {
        let position = Position(*self.at.lock().unwrap().entry(view).or_default());
        let (set_aside, last_set_aside, waiting, rebuilding) = (0, Position::START, 0, false);
        self.progress.view(ViewState { view, position, set_aside, last_set_aside, waiting, rebuilding });
        Ok(())
    }
}

/// One partition with a few events, each of which is sent once it is asked for. It stops the follower when a view has
/// failed and the others have everything.
struct Source {
    begun: Instant,
    at: Option<i64>,
    progress: Progress,
    stop: Arc<Stop>,
}

impl PartitionSource for Source {
    fn poll(&mut self, _: Duration) -> Result<Arrived, SourceError> {
        let report = self.progress.report();
        if report.trouble(View::Funnel).is_some()
            && OTHERS.iter().all(|view| report.position(*view) == Position(EVENTS))
        {
            self.stop.set();
        }
        assert!(self.begun.elapsed() < Duration::from_secs(60), "{report:?}");
        let Some(at) = self.at else {
            return Ok(Arrived { assigned: vec![0], ..Arrived::default() });
        };
        if at == EVENTS.cast_signed() {
            return Ok(Arrived::default());
        }
        self.at = Some(at + 1);
        let event = EncodedEvent::new(Position(at.cast_unsigned() + 1), Bytes::new()).at_offset(at);
        let stretch = Stretch { partition: 0, events: vec![event], next_offset: at + 1 };
        Ok(Arrived { stretches: vec![stretch], ..Arrived::default() })
    }

    fn place(&mut self, _: i32, offset: i64) -> Result<(), SourceError> {
        self.at = Some(offset);
        Ok(())
    }

    fn ledger_id(&self) -> &'static str {
        "ledger"
    }

    fn epoch(&self) -> &'static str {
        "one"
    }

    fn head(&self) -> Option<Position> {
        Some(Position(EVENTS))
    }

    fn heard(&self) -> Instant {
        Instant::now()
    }

    fn knows(&mut self, _: &Checkpoint) -> Result<(), SourceError> {
        Ok(())
    }

    fn complete(&mut self, offsets: &BTreeMap<i32, i64>) -> Option<Position> {
        offsets.get(&0).map(|offset| Position(offset.cast_unsigned()))
    }

    fn applied(&mut self, _: &BTreeMap<i32, i64>) {}
}

/// How the views are in the end, when the funnel fails so.
fn followed(fails: fn()) -> Progress {
    let progress = Progress::new();
    let (stop, stopping) = stop();
    let stop = Arc::new(stop);
    let views = Views { at: Arc::default(), fails, progress: progress.clone() };
    let (begun, telling) = (Instant::now(), progress.clone());
    Follower::new(views, progress.clone(), stopping).run(move || {
        Ok(Box::new(Source { begun, at: None, progress: telling.clone(), stop: Arc::clone(&stop) }))
    });
    progress
}

#[test]
fn a_view_that_panics_keeps_no_other_back_and_is_named_and_not_ready() {
    let report = followed(|| panic!("an index too many")).report();
    assert_eq!(OTHERS.map(|view| report.trouble(view)), [None, None]);
    let failing = report.trouble(View::Funnel).unwrap();
    assert_eq!(failing.why, "the program failed; report this with the log");
    let why = report.not_ready(&View::ALL).unwrap();
    assert!(why.contains("view `funnel` does not advance") && why.contains("the program failed"), "{why}");
    assert_eq!(report.not_ready(&OTHERS), None);
}

#[test]
fn what_lasts_is_told_from_what_passes() {
    let of_source = |status: Status| FollowError::Source(status.into());
    assert!(
        of_source(Status::permission_denied("no")).lasts()
            && of_source(Status::unauthenticated("no")).lasts()
    );
    assert!(!of_source(Status::unavailable("away")).lasts());
    assert!(FollowError::Other(SetBack("drop the views".to_owned()).into()).lasts());
    assert!(!FollowError::Other("no answer".into()).lasts());
    assert!(FollowError::from(StoreError::Newer { view: View::Funnel, found: 9, supported: 1 }).lasts());
    assert!(!FollowError::from(StoreError::Rebuilding { view: View::Funnel }).lasts());
}

#[test]
fn a_source_that_stops_is_no_failure_of_the_views() {
    // The source may hear of the stop before the follower does.
    let told_first: fn() -> SourceError = || PublishError::Stopped.into();
    let away: fn() -> SourceError = || "away".into();
    for failures in [vec![told_first, told_first], vec![away]] {
        let progress = Progress::new();
        let (stop, stopping) = stop();
        let views = Views { at: Arc::default(), fails: || {}, progress: progress.clone() };
        let mut failures = failures.into_iter();
        Follower::new(views, progress.clone(), stopping).run(move || {
            let error = failures.next().unwrap()();
            if failures.len() == 0 {
                stop.set();
            }
            Err(error)
        });
        assert_eq!(progress.report().trouble(View::Funnel), None);
    }
}
