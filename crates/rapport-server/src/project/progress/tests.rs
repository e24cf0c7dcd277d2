use std::io;

use super::*;

const VIEWS: [View; 1] = [View::Funnel];

/// One that is at `position` of `head`.
fn at(position: u64, head: u64) -> Progress {
    let progress = Progress::new();
    progress.head(Some(Position(head)));
    let position = Position(position);
    progress.view(ViewState {
        view: View::Funnel,
        position,
        set_aside: 0,
        last_set_aside: Position::START,
        waiting: 0,
        rebuilding: false,
        damaged: false,
    });
    progress
}

fn ago(seconds: u64) -> Instant {
    Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()
}

#[test]
fn a_few_events_behind_is_ready_for_a_while_and_not_for_ever() {
    let progress = at(5, 6);
    let mut report = progress.report();
    assert_eq!(report.not_ready(&VIEWS), None);
    report.heads = Heads::default();
    report.heads.see_at(ago(61), Position(6), Position(5));
    assert!(report.not_ready(&VIEWS).unwrap().contains("has been behind for 61 s, by 1 events"));
    report.views.get_mut(&View::Funnel).unwrap().position = Position(6);
    assert_eq!(report.not_ready(&VIEWS), None);
    assert!(at(5, 2_000).report().not_ready(&VIEWS).unwrap().contains("1995 events behind"));
}

#[test]
fn what_fails_at_every_try_is_not_ready_however_little_is_behind() {
    let progress = at(5, 6);
    let full = io::Error::other("the disk is full");
    progress.failed(Failure::passing(&full));
    let mut report = progress.report();
    assert_eq!(report.not_ready(&VIEWS), None, "it may pass");
    report.trouble.as_mut().unwrap().since = Duration::from_secs(11);
    assert!(report.not_ready(&VIEWS).unwrap().ends_with("for 11 s: the disk is full"));
    progress.works();
    progress.view_failed(View::Funnel, Failure::passing(&full));
    report = progress.report();
    assert_eq!(report.not_ready(&VIEWS), None, "it may pass");
    report.view_troubles.get_mut(&View::Funnel).unwrap().since = Duration::from_secs(12);
    let why = report.not_ready(&VIEWS).unwrap();
    assert!(why.contains("view `funnel` does not advance, for 12 s: the disk is full"), "{why}");
    assert_eq!(report.not_ready(&[]), None);
}

#[test]
fn what_does_not_pass_by_itself_is_not_ready_at_once() {
    let progress = at(6, 6);
    let refused = io::Error::other("no right");
    progress.view_failed(View::Funnel, Failure { lasts: true, ..Failure::passing(&refused) });
    let why = progress.report().not_ready(&VIEWS).unwrap();
    assert!(why.ends_with("view `funnel` does not advance, for 0 s: no right"), "{why}");
    progress.view_works(View::Funnel);
    progress.failed(Failure { lasts: true, ..Failure::passing(&refused) });
    assert!(progress.report().not_ready(&VIEWS).unwrap().ends_with("for 0 s: no right"));
}

#[test]
fn a_view_that_its_source_never_reached_is_not_ready_at_once_and_its_lag_is_not_nothing() {
    let progress = at(80, 50);
    let mut report = progress.report();
    let why = report.not_ready(&VIEWS).unwrap();
    assert!(why.contains("`funnel` is at position `80` and the source ends at `50`"), "{why}");
    assert_eq!((report.ahead_by(View::Funnel), progress.ahead()), (30, None), "it is read again first");
    report.ahead_since = Some(ago(7));
    assert_eq!(report.lag(View::Funnel).as_secs(), 7);
    let failing = report.trouble(View::Funnel).unwrap();
    assert_eq!((failing.since.as_secs(), failing.lasts), (7, true));
    progress.lock().ahead_since = Some(ago(11));
    assert_eq!(progress.ahead().unwrap().to_string(), why);

    // Once it had as much, another projector may be ahead for a moment, and no longer.
    progress.head(Some(Position(80)));
    progress.reached(View::Funnel, Position(81));
    report = progress.report();
    assert_eq!((report.not_ready(&VIEWS), report.ahead_by(View::Funnel)), (None, 0));
    report.ahead_since = Some(ago(11));
    assert!(report.not_ready(&VIEWS).is_some() && report.ahead_by(View::Funnel) == 1);
    progress.source_opened();
    assert!(progress.report().not_ready(&VIEWS).is_some());
}

#[test]
fn a_store_that_was_silent_until_it_was_given_up_is_not_ready_while_it_is_tried_again() {
    let progress = at(6, 6);
    progress.heard_of_source(Instant::now());
    progress.lock().heard = [Instant::now(), ago(16)];
    assert!(progress.report().not_ready(&VIEWS).is_some());
    progress.view_failed(View::Funnel, Failure::passing(&io::Error::other("connection closed")));
    progress.heard_of_source(Instant::now());
    let why = progress.report().not_ready(&VIEWS).unwrap();
    assert!(why.ends_with("for 16 s: connection closed"), "{why}");
    assert_eq!(progress.report().store_trouble(View::Funnel).unwrap(), "connection closed");
    progress.view_works(View::Funnel);
    assert_eq!(progress.report().not_ready(&VIEWS), None);
}

#[test]
fn silence_is_told_with_whose_and_how_long_and_is_a_lag() {
    let progress = at(6, 6);
    let mut report = progress.report();
    assert_eq!((report.not_ready(&VIEWS), report.lag(View::Funnel)), (None, Duration::ZERO));
    report.heard = [ago(31), ago(0)];
    assert_eq!(report.not_ready(&VIEWS).unwrap(), "nothing was heard of the source for 31 s");
    assert_eq!(report.lag(View::Funnel).as_secs(), 31);
    report.heard = [ago(0), ago(12)];
    assert_eq!(report.not_ready(&VIEWS), None, "it is not asked anything");
    assert_eq!(report.store_trouble(View::Funnel), None);
    report.waits_for = WaitsFor::Store;
    assert!(report.store_trouble(View::Funnel).unwrap().ends_with("for 12 s"));
    assert!(report.not_ready(&VIEWS).unwrap().starts_with("the views' store has not"));
}
