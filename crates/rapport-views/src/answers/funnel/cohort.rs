//! One cohort, step by step: deals that entered the first stage in a period, each followed for a window.

use rapport_model::Timestamp;
use rapport_proto::{v1, v1::FunnelMeasure};

use super::{
    params::Cohort,
    paths::{Paths, hit_of_steps},
    scope::Scope,
    stages::{OrderedStage, StageIndex},
    visits::{Deal, Step, WON},
};
use crate::{
    answers::tally::{Figures, Tally},
    stats::share,
};

/// The paths from an entry in the period to the end of the window, by the stage they begin with.
#[derive(Debug, Default)]
pub(super) struct CohortPaths {
    paths: Paths<Tally>,
}

impl CohortPaths {
    /// Takes a deal from its first entry in the period on. Without a definition any stage may turn out to be the first
    /// one, so that a deal is kept once for each stage it entered in the period.
    pub(super) fn take(&mut self, deal: &Deal<'_>, first: Option<StageIndex>, scope: &Scope) {
        let Some(cohort) = scope.cohort else { return };
        let may_begin = |step: &Step| {
            step.stage != WON
                && first.is_none_or(|first| first == step.stage)
                && cohort.entry.contains(step.at)
        };
        for (at, step) in deal.steps.iter().enumerate().filter(|(_, step)| may_begin(step)) {
            let before = deal.steps.iter().take(at);
            if before.filter(|earlier| may_begin(earlier)).any(|earlier| earlier.stage == step.stage) {
                continue;
            }
            let end = cohort.followed_until(step.at);
            let followed = deal.steps.get(at..).unwrap_or_default();
            let within = followed.partition_point(|step| step.at <= end);
            let followed = followed.get(..within).unwrap_or_default();
            let keep = scope.keeps(FunnelMeasure::Cohort);
            let path = followed.iter().map(|step| step.stage);
            self.paths.update(path, |tally| tally.add(keep, || hit_of_steps(deal, followed)));
        }
    }

    pub(super) fn finish(
        &self,
        pipeline: &str,
        order: &[OrderedStage],
        cohort: Cohort,
        scope: &Scope,
        figures: &mut Figures,
    ) -> v1::CohortFunnel {
        let steps: Vec<_> = order.iter().map(|stage| stage.index).chain([WON]).collect();
        let mut completed = vec![Tally::default(); steps.len()];
        for (path, tally) in self.paths.iter() {
            if path.first() != steps.first() {
                continue;
            }
            let done = completed_in_order(path, &steps);
            for (count, completed) in completed.iter_mut().enumerate().take(done.len()) {
                completed.absorb_evidence(tally, done.get(..=count).unwrap_or_default());
            }
        }
        let size = completed.first().filter(|_| !order.is_empty()).cloned().unwrap_or_default();
        let deals_in_cohort = size.count;
        let names = order.iter().map(|stage| ("stage", stage.code.as_str())).chain([("outcome", "won")]);
        let steps = names.zip(completed).map(|((kind, code), tally)| v1::cohort_funnel::Step {
            stage: code.to_owned(),
            rate: share(tally.count, deals_in_cohort),
            deals: figures.write(&[pipeline, "cohort", kind, code], tally),
        });
        let steps = steps.collect();
        v1::CohortFunnel {
            size: figures.write(&[pipeline, "cohort", "size", "all"], size),
            steps,
            immature: scope.occurred_until < last_followed(cohort),
        }
    }
}

/// Where in the path each of the steps was completed, as far as they were completed in order. Taking each as early as
/// it comes gets furthest.
fn completed_in_order(path: &[StageIndex], steps: &[StageIndex]) -> Vec<usize> {
    let mut done = Vec::new();
    for (at, entered) in path.iter().enumerate() {
        if steps.get(done.len()) == Some(entered) {
            done.push(at);
        }
    }
    done
}

/// The end of the window of a deal that entered at the very end of the period.
fn last_followed(cohort: Cohort) -> Timestamp {
    cohort.followed_until(cohort.entry.to)
}
