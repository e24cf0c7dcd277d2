//! The deals that entered and left each stage in the period.
//!
//! **Invariant:** at_start + entered = advanced + moved_back + won + lost + still_there, for every stage and period. It
//! holds because every visit that overlaps the period is counted once on each side.

use std::collections::HashMap;

use rapport_model::Position;
use rapport_proto::{v1, v1::FunnelMeasure};

use super::{
    conversion::ranks_of,
    scope::Scope,
    stages::{OrderedStage, StageIndex},
    visits::{Deal, ExitTo, Visit},
};
use crate::answers::tally::{Figures, Tally};

#[derive(Debug, Default)]
pub(super) struct Balance {
    stages: Vec<StageCell>,
    /// Deals that left one stage for another.
    moves: HashMap<(StageIndex, StageIndex), Tally>,
}

#[derive(Debug, Default)]
struct StageCell {
    at_start: Tally,
    entered: Tally,
    won: Tally,
    lost: Tally,
    still_there: Tally,
}

impl Balance {
    pub(super) fn take(&mut self, deal: &Deal<'_>, scope: &Scope) {
        let period = scope.period;
        let left_before = |visit: &Visit| visit.exit.is_some_and(|exit| exit.at < period.from);
        for visit in deal.visits {
            if visit.entered_at < period.to && !left_before(visit) {
                self.take_visit(deal, visit, scope);
            }
        }
    }

    /// A visit that begins before the period's end and does not end before its beginning.
    fn take_visit(&mut self, deal: &Deal<'_>, visit: &Visit, scope: &Scope) {
        let keep = scope.keeps(FunnelMeasure::Balance);
        let hit = |position: Position| move || deal.hit(&[position]);
        let stage = visit.stage as usize;
        if self.stages.len() <= stage {
            self.stages.resize_with(stage + 1, StageCell::default);
        }
        let Some(cell) = self.stages.get_mut(stage) else { return };
        let came = if visit.entered_at < scope.period.from { &mut cell.at_start } else { &mut cell.entered };
        came.add(keep, hit(visit.entered_by));
        match visit.exit.filter(|exit| exit.at < scope.period.to) {
            None => cell.still_there.add(keep, hit(visit.entered_by)),
            Some(exit) => {
                let went = match exit.to {
                    ExitTo::Won => &mut cell.won,
                    ExitTo::Lost => &mut cell.lost,
                    ExitTo::Stage(next) => self.moves.entry((visit.stage, next)).or_default(),
                };
                went.add(keep, hit(exit.by));
            }
        }
    }

    pub(super) fn finish(
        mut self,
        pipeline: &str,
        order: &[OrderedStage],
        figures: &mut Figures,
    ) -> Vec<v1::StageBalance> {
        let ranks = ranks_of(order);
        let rank_of = |stage: StageIndex| ranks.get(stage as usize).copied().unwrap_or(0);
        let mut exits = vec![(Tally::default(), Tally::default()); order.len()];
        for ((from, to), tally) in &self.moves {
            if let Some((advanced, moved_back)) = exits.get_mut(rank_of(*from)) {
                if rank_of(*to) > rank_of(*from) { advanced } else { moved_back }.absorb(tally);
            }
        }
        let rows = order.iter().zip(exits).map(|(stage, (advanced, moved_back))| {
            let cell = self.stages.get_mut(stage.index as usize).map(std::mem::take).unwrap_or_default();
            let mut figure = |what, tally| figures.write(&[pipeline, "balance", &stage.code, what], tally);
            v1::StageBalance {
                stage: stage.code.clone(),
                at_start: figure("at_start", cell.at_start),
                entered: figure("entered", cell.entered),
                advanced: figure("advanced", advanced),
                moved_back: figure("moved_back", moved_back),
                won: figure("won", cell.won),
                lost: figure("lost", cell.lost),
                still_there: figure("still_there", cell.still_there),
            }
        });
        rows.collect()
    }
}
