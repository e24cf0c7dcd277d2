//! How many deals go on from stage to stage, and the observed probability of winning.
//!
//! *Reached* looks at the furthest stage a deal ever was in, and takes a won deal to have reached every stage. *Strict*
//! looks at the very stage and the very next one.

use rapport_proto::{v1, v1::FunnelMeasure};

use super::{
    paths::{Paths, hit_of_steps},
    scope::Scope,
    stages::{OrderedStage, StageIndex},
    visits::{Deal, WON},
    weight::Weight,
};
use crate::{
    answers::tally::{Figures, Tally},
    rows::ClosedDealsRow,
    stats::share,
};

#[derive(Debug, Default)]
pub(super) struct Conversion {
    paths: Paths<OnPath>,
}

/// The deals that went one way.
#[derive(Debug, Default)]
struct OnPath {
    begun_in_period: Tally,
    closed: u64,
    won: u64,
}

/// The steps of a path, by their place in the order of the stages.
struct Ranked<'a> {
    path: &'a [StageIndex],
    ranks: &'a [usize],
    rank_of_won: usize,
}

impl Conversion {
    pub(super) fn take(&mut self, deal: &Deal<'_>, scope: &Scope) {
        if deal.steps.is_empty() {
            return;
        }
        let counts = scope.measures.has(FunnelMeasure::Conversion) && scope.period.contains(deal.begun_at);
        let keep = scope.keeps(FunnelMeasure::Conversion);
        self.paths.update(deal.steps.iter().map(|step| step.stage), |on_path| {
            if counts {
                on_path.begun_in_period.add(keep, || hit_of_steps(deal, deal.steps));
            }
            on_path.closed += u64::from(deal.closing.is_some());
            on_path.won += u64::from(deal.closing.is_some_and(|closing| closing.won));
        });
    }

    /// Takes closed deals by the stages that they reached, in any order: for the probabilities alone.
    pub(super) fn take_closed(&mut self, reached: &[StageIndex], row: &ClosedDealsRow) {
        self.paths.update(reached.iter().copied(), |on_path| {
            on_path.closed += row.deals;
            on_path.won += if row.won { row.deals } else { 0 };
        });
    }

    /// The probability of each stage.
    pub(super) fn weights(&self, order: &[OrderedStage]) -> Vec<Option<Weight>> {
        let ranks = ranks_of(order);
        // How many closed deals, and won ones among them, got exactly so far; then so far or further.
        let mut so_far = vec![(0_u64, 0_u64); order.len()];
        for (path, on_path) in self.paths.iter() {
            let furthest = Ranked::of(path, &ranks).furthest().min(order.len().saturating_sub(1));
            if let Some((won, closed)) = so_far.get_mut(furthest) {
                *won += on_path.won;
                *closed += on_path.closed;
            }
        }
        let mut weights = Vec::with_capacity(order.len());
        let (mut won, mut closed) = (0, 0);
        for (stage, (won_here, closed_here)) in order.iter().zip(so_far).rev() {
            won += won_here;
            closed += closed_here;
            weights.push(stage.weight(won, closed));
        }
        weights.reverse();
        weights
    }

    pub(super) fn finish(
        &self,
        pipeline: &str,
        order: &[OrderedStage],
        figures: &mut Figures,
    ) -> Vec<v1::StageConversion> {
        let ranks = ranks_of(order);
        let rows = order.iter().enumerate().map(|(rank, stage)| {
            let mut counts = [const { Tally { count: 0, hits: Vec::new() } }; 4];
            for (path, on_path) in self.paths.iter() {
                let ranked = Ranked::of(path, &ranks);
                for (count, evidence) in counts.iter_mut().zip(ranked.evidence(rank)) {
                    if let Some(evidence) = evidence {
                        count.absorb_evidence(&on_path.begun_in_period, &evidence);
                    }
                }
            }
            let [reached, reached_next, entered, entered_next] = counts;
            let (rate, strict_rate) =
                (share(reached_next.count, reached.count), share(entered_next.count, entered.count));
            let mut figure = |what, tally| figures.write(&[pipeline, "conversion", &stage.code, what], tally);
            v1::StageConversion {
                stage: stage.code.clone(),
                reached: figure("reached", reached),
                reached_next: figure("reached_next", reached_next),
                rate,
                entered: figure("entered", entered),
                entered_next: figure("entered_next", entered_next),
                strict_rate,
            }
        });
        rows.collect()
    }
}

/// The place of each stage in the order, by the stage's number.
pub(super) fn ranks_of(order: &[OrderedStage]) -> Vec<usize> {
    let mut ranks = vec![0; order.len()];
    for (rank, stage) in order.iter().enumerate() {
        if let Some(place) = ranks.get_mut(stage.index as usize) {
            *place = rank;
        }
    }
    ranks
}

impl<'a> Ranked<'a> {
    fn of(path: &'a [StageIndex], ranks: &'a [usize]) -> Self {
        Self { path, ranks, rank_of_won: ranks.len() }
    }

    fn rank(&self, step: StageIndex) -> usize {
        if step == WON { self.rank_of_won } else { self.ranks.get(step as usize).copied().unwrap_or(0) }
    }

    fn furthest(&self) -> usize {
        self.path.iter().map(|step| self.rank(*step)).max().unwrap_or(0)
    }

    /// Which steps make this path count as having reached a stage, the next one, having entered a stage and then the
    /// next one.
    fn evidence(&self, rank: usize) -> [Option<Vec<usize>>; 4] {
        let first = |wanted: &dyn Fn(usize) -> bool, from: usize| {
            let mut steps = self.path.iter().enumerate().skip(from);
            steps.find(|(_, step)| wanted(self.rank(**step))).map(|(at, _)| at)
        };
        let entered = first(&|step| step == rank, 0);
        let entered_next =
            entered.and_then(|here| Some(vec![here, first(&|step| step == rank + 1, here + 1)?]));
        [
            first(&|step| step >= rank, 0).map(|at| vec![at]),
            first(&|step| step > rank, 0).map(|at| vec![at]),
            entered.map(|at| vec![at]),
            entered_next,
        ]
    }
}
