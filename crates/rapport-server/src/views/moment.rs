//! As of when a view answers, and whether it is fresh enough.

use std::time::Duration;

use rapport_model::{ErrorClass, Position, Timestamp};
use rapport_proto::{time, v1};
use rapport_store::View;
use rapport_views::{answers::AsOf, model::Model};
use tokio::time::{Instant, timeout_at};

use crate::{door::refusal::Refusal, views::questions::Questions};

/// How long a question waits for a view when it does not say.
const WAIT: Duration = Duration::from_secs(5);
/// How long at most.
const WAIT_MAX: Duration = Duration::from_secs(600);

/// Waits until the views of a model have reached the position asked for, then says as of when to answer: what is left
/// out is now, and everything.
pub(super) async fn resolve<M: Model>(
    questions: &Questions,
    asked: Option<&v1::ViewTime>,
) -> Result<AsOf, Refusal> {
    let views = || M::BESIDE.iter().copied().chain([M::VIEW]);
    for view in views() {
        questions.has(view)?;
        questions.metrics.asked(view.name());
    }
    let asked = asked.copied().unwrap_or_default();
    let moment = |moment: Option<prost_types::Timestamp>, field: &str| match moment {
        None => Ok(None),
        Some(moment) => time::from_proto(&moment)
            .map(Some)
            .ok_or_else(|| Refusal::field(field, "expected a time in the years 1 to 9999")),
    };
    let occurred_until: Option<Timestamp> = moment(asked.occurred_until, "time.occurred_until")?;
    let recorded_until = moment(asked.recorded_until, "time.recorded_until")?;
    // One deadline for all of them.
    let deadline = Instant::now() + wait(asked.wait.as_ref())?;
    for view in views() {
        // Half a view answers nothing: what was in the log when the server started must be in it.
        let wanted = questions.origin.began(view).max(Position(asked.at_least_position));
        reached(questions, view, wanted, deadline).await?;
    }
    // After the wait: what was waited for has happened by now.
    let now = questions.origin.now();
    Ok(AsOf { occurred_until: occurred_until.unwrap_or(now), recorded_until: recorded_until.unwrap_or(now) })
}

/// Whether a question is about now on both clocks.
pub(super) fn is_now(asked: Option<&v1::ViewTime>) -> bool {
    asked.is_none_or(|time| time.occurred_until.is_none() && time.recorded_until.is_none())
}

fn wait(asked: Option<&prost_types::Duration>) -> Result<Duration, Refusal> {
    let Some(asked) = asked else { return Ok(WAIT) };
    let micros = time::duration_from_proto(asked).and_then(|micros| u64::try_from(micros).ok());
    let micros = micros
        .ok_or_else(|| Refusal::field("time.wait", "expected a length of time that is not negative"))?;
    Ok(Duration::from_micros(micros).min(WAIT_MAX))
}

async fn reached(
    questions: &Questions,
    view: View,
    wanted: Position,
    deadline: Instant,
) -> Result<(), Refusal> {
    let mut applied = questions.applied.clone();
    let there = async {
        while questions.origin.position(view) < wanted {
            questions.wanted.notify_one();
            if applied.changed().await.is_err() {
                return Err(Refusal::stopping());
            }
        }
        Ok(())
    };
    let stopped = questions.stopping.clone().wait();
    tokio::select! {
        // A view that is there answers, even of a server that stops.
        biased;
        there = timeout_at(deadline, there) => there.unwrap_or_else(|_| Err(behind(questions, view, wanted))),
        () = stopped => Err(Refusal::stopping()),
    }
}

fn behind(questions: &Questions, view: View, wanted: Position) -> Refusal {
    let (name, reached, end) = (view.name(), questions.origin.position(view), questions.origin.head());
    let trouble = questions.origin.trouble(view).map(|failing| format!(": {}", failing.why));
    let trouble = trouble.unwrap_or_else(|| {
        let damaged = questions.origin.seen(view).is_some_and(|seen| seen.state.damaged);
        if damaged { ": its file was damaged, and it is built again".to_owned() } else { String::new() }
    });
    if !questions.origin.is_reached() {
        let message = format!(
            "view `{name}` is at position `{reached}`, and this projector has not reached the source of its events \
             yet{trouble}; start what `rapport project --from` names, or correct the address, and ask again"
        );
        return Refusal::new(ErrorClass::TimedOut, "VIEW_BEHIND", message);
    }
    let remedy = if wanted > end {
        format!(
            "the ledger's last position is `{end}`, as far as is known here: is it the right ledger, or was it set back?"
        )
    } else {
        "ask again, or with a longer `time.wait`".to_owned()
    };
    let message =
        format!("view `{name}` has reached position `{reached}` and not yet `{wanted}`{trouble}; {remedy}");
    Refusal::new(ErrorClass::TimedOut, "VIEW_BEHIND", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_with_a_moment_on_either_clock_is_not_about_now() {
        let (unsaid, said) = (None, Some(prost_types::Timestamp::default()));
        for (occurred_until, recorded_until) in [(unsaid, said), (said, unsaid), (said, said)] {
            let time = v1::ViewTime { occurred_until, recorded_until, ..v1::ViewTime::default() };
            assert!(!is_now(Some(&time)));
        }
        let waits = v1::ViewTime { at_least_position: 7, ..v1::ViewTime::default() };
        assert!(is_now(None) && is_now(Some(&waits)));
    }
}
