//! What some calls are: counts with the names of their figures, shares with their intervals, and lengths.

use rapport_proto::{time, v1};

use super::call::Call;
use crate::{
    model::{
        figures::Figures,
        occurred::{count, events, share},
    },
    rows::{CallOutcome, ObjectId},
    stats::{median_i64, round_half_even},
};

/// Counts of calls.
const COUNTS: [&str; 10] = [
    "calls",
    "said",
    "reached",
    "no_answer",
    "hung_up",
    "timed",
    "waited",
    "with_ticket",
    "resolved",
    "without_customer",
];

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(parts, ["total", what] | ["rows", _, what] if COUNTS.contains(what))
}

/// Of these calls. `name` begins the names of the figures.
pub(super) fn measures(all: &[&Call], name: &[&str], figures: &mut Figures) -> v1::CallMeasures {
    let mut counted = |what, is_in: &dyn Fn(&Call) -> bool| {
        let those: Vec<_> = all.iter().filter(|one| is_in(one)).collect();
        let occurred = those.iter().map(|one| (one.row.customer, one.row.position));
        events(figures, &[name, &[what]].concat(), occurred)
    };
    let said = counted("said", &|one| one.row.outcome != CallOutcome::Unsaid);
    let mut of_said = |what, outcome: CallOutcome| {
        share(counted(what, &|one| one.row.outcome == outcome), count(said.as_ref()))
    };
    let (reached, no_answer, hung_up) = (
        of_said("reached", CallOutcome::Reached),
        of_said("no_answer", CallOutcome::NoAnswer),
        of_said("hung_up", CallOutcome::HungUp),
    );
    let with_ticket = counted("with_ticket", &|one| one.solved.is_some());
    let resolved = counted("resolved", &|one| one.solved == Some(true));
    let talks = Lengths::of(all.iter().filter_map(|one| talked(one)));
    let waits = Lengths::of(all.iter().filter_map(|one| waited(one)));
    v1::CallMeasures {
        calls: counted("calls", &|_| true),
        reached,
        no_answer,
        hung_up,
        timed: counted("timed", &|one| talked(one).is_some()),
        talk_time: Some(length(talks.together)),
        mean: talks.mean,
        median: talks.median,
        waited: counted("waited", &|one| waited(one).is_some()),
        mean_wait: waits.mean,
        median_wait: waits.median,
        resolved: share(resolved, count(with_ticket.as_ref())),
        with_ticket,
        without_customer: counted("without_customer", &|one| one.row.customer == ObjectId::NOBODY),
        said,
    }
}

/// Lengths of some calls.
struct Lengths {
    /// In microseconds.
    together: i128,
    mean: Option<prost_types::Duration>,
    median: Option<prost_types::Duration>,
}

impl Lengths {
    fn of(micros: impl Iterator<Item = i64>) -> Self {
        let mut all: Vec<i64> = micros.collect();
        let together: i128 = all.iter().map(|length| i128::from(*length)).sum();
        let mean = (!all.is_empty()).then(|| length(round_half_even(together, all.len() as i128)));
        Self { together, mean, median: median_i64(&mut all).map(time::duration_to_proto) }
    }
}

fn length(micros: i128) -> prost_types::Duration {
    time::duration_to_proto(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// How long a call rang until somebody answered it. A call that nobody answered has no such time.
fn waited(one: &Call) -> Option<i64> {
    let is_answered = matches!(one.row.outcome, CallOutcome::Reached | CallOutcome::Unsaid);
    one.row.waited_micros.filter(|_| is_answered)
}

/// How long both sides talked, where it is said. Of a call of which it is not said how it went, its length is taken as that.
fn talked(one: &Call) -> Option<i64> {
    let is_talk = matches!(one.row.outcome, CallOutcome::Reached | CallOutcome::Unsaid);
    one.row.duration_micros.filter(|_| is_talk)
}
