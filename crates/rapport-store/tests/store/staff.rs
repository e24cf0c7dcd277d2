//! What incentives rest on, in a store that knows what was believed before.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test that fails says so by panicking"
)]

use jiff::tz::TimeZone;
use rapport_proto::v1::{
    IncentiveAccrued, StaffPayout, StaffRequest, StaffResponse, payload::Kind, staff_request::List,
};
use rapport_store::{ReadModels, View};
use rapport_views::model::{Model as _, Snapshots, Staff};

use crate::support::{
    Log, actor, as_of, at,
    kinds::{eur, ordered, retraction},
};

/// A payout that names three events: two orders of Ilze, and one that the ledger does not have. From 20 on it is known that the second
/// order did not happen.
fn log() -> Log {
    let mut log = Log::default();
    let mut order = |id: &str, second: i64| {
        let event = log.add("c", second, second, ordered(id, "pen", eur(5)));
        log.last().actor = actor("ilze");
        event
    };
    let (kept, taken_back) = (order("O1", 1), order("O2", 2));
    let unheard = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    let incentive = IncentiveAccrued {
        staff_id: "ilze".to_owned(),
        scheme: "new".to_owned(),
        version: 1,
        amount: eur(7),
        evidence_event_ids: vec![kept, taken_back.clone(), unheard],
        ..Default::default()
    };
    log.add("", 10, 10, Kind::IncentiveAccrued(incentive));
    log.add("", 20, 20, retraction(&taken_back));
    log
}

fn payouts(models: &dyn ReadModels, log: &Log, known: i64) -> (StaffResponse, Vec<StaffPayout>) {
    let request = StaffRequest { list: List::Payouts.into(), ..Default::default() };
    let snapshots = Snapshots::of::<Staff>(|view: View| models.rows(view)).unwrap();
    let zone = TimeZone::UTC;
    let asked = snapshots.asked(as_of(at(50), at(known)), &zone, log);
    let response = Staff::answer(&request, snapshots.rows(), &asked).unwrap().response;
    let payouts = response.rows.iter().filter_map(|row| row.payout.clone()).collect();
    (response, payouts)
}

#[test]
fn evidence_that_is_retracted_shows_as_such_from_then_on() {
    let (log, dir) = (log(), tempfile::tempdir().unwrap());
    let store = log.project(dir.path());
    let states = |known| {
        let (response, payouts) = payouts(&store, &log, known);
        let states: Vec<String> = payouts[0].evidence.iter().map(|one| one.state.clone()).collect();
        (states, response.payouts.unwrap().in_doubt.unwrap().count)
    };
    let words = |states: [&str; 3]| states.map(str::to_owned).to_vec();
    assert_eq!(states(15), (words(["known", "known", "missing"]), 1));
    assert_eq!(states(25), (words(["known", "retracted", "missing"]), 1));
}
