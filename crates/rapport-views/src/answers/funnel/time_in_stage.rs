//! How long deals stay in a stage, until T: over all visits, and the latest.

use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1, v1::FunnelMeasure};

use super::{
    scope::Scope,
    stages::{OrderedStage, StageIndex},
    visits::{Deal, Visit},
};
use crate::{
    answers::tally::{Figures, Tally},
    stats::kaplan_meier::{Stay, median},
};

#[derive(Debug, Default)]
pub(super) struct TimeInStage {
    stages: Vec<StageCell>,
    /// (stage, place among the visits) of one deal.
    scratch: Vec<(StageIndex, usize)>,
}

#[derive(Debug, Default)]
struct StageCell {
    deals: Tally,
    censored: Tally,
    /// Of deals that came once: the time of all visits is that of the latest. Kept once, since most are so.
    single: Vec<Stay>,
    cumulative: Vec<Stay>,
    latest: Vec<Stay>,
}

impl TimeInStage {
    pub(super) fn take(&mut self, deal: &Deal<'_>, scope: &Scope) {
        self.scratch.clear();
        self.scratch.extend(deal.visits.iter().enumerate().map(|(at, visit)| (visit.stage, at)));
        self.scratch.sort_unstable();
        for of_stage in self.scratch.chunk_by(|a, b| a.0 == b.0) {
            let visits = of_stage.iter().filter_map(|(_, at)| deal.visits.get(*at));
            let Some(stage) = of_stage.first().map(|(stage, _)| *stage as usize) else { continue };
            if self.stages.len() <= stage {
                self.stages.resize_with(stage + 1, StageCell::default);
            }
            if let Some(cell) = self.stages.get_mut(stage) {
                cell.take(deal, visits, scope);
            }
        }
    }

    pub(super) fn finish(
        mut self,
        pipeline: &str,
        order: &[OrderedStage],
        figures: &mut Figures,
    ) -> Vec<v1::StageTime> {
        let rows = order.iter().map(|stage| {
            let cell = self.stages.get_mut(stage.index as usize).map(std::mem::take).unwrap_or_default();
            let StageCell { deals, censored, mut single, mut cumulative, mut latest } = cell;
            for stays in [&mut single, &mut cumulative, &mut latest] {
                stays.sort_unstable();
            }
            let mut figure =
                |what, tally| figures.write(&[pipeline, "time_in_stage", &stage.code, what], tally);
            v1::StageTime {
                stage: stage.code.clone(),
                deals: figure("deals", deals),
                censored: figure("censored", censored),
                median_cumulative: median(&single, &cumulative).map(time::duration_to_proto),
                median_latest: median(&single, &latest).map(time::duration_to_proto),
            }
        });
        rows.collect()
    }
}

impl StageCell {
    /// The visits of one deal, in order; at least one.
    fn take<'v>(&mut self, deal: &Deal<'_>, visits: impl Iterator<Item = &'v Visit> + Clone, scope: &Scope) {
        let until = scope.occurred_until;
        let Some(latest) = visits.clone().last() else { return };
        let total = visits.clone().map(|visit| length(visit, until)).fold(0, i64::saturating_add);
        let stays_there = latest.exit.is_none();
        let stay = |micros| if stays_there { Stay::censored(micros) } else { Stay::ended(micros) };
        if visits.clone().nth(1).is_none() {
            self.single.push(stay(total));
        } else {
            self.cumulative.push(stay(total));
            self.latest.push(stay(length(latest, until)));
        }
        let keep = scope.keeps(FunnelMeasure::TimeInStage);
        self.deals.add(keep, || {
            let entries: Vec<Position> = visits.map(|visit| visit.entered_by).collect();
            deal.hit(&entries)
        });
        if stays_there {
            self.censored.add(keep, || deal.hit(&[latest.entered_by]));
        }
    }
}

fn length(visit: &Visit, until: Timestamp) -> i64 {
    let end = visit.exit.map_or(until, |exit| exit.at);
    end.as_micros().saturating_sub(visit.entered_at.as_micros())
}
