//! The funnel computed again: deal by deal, stage by stage, without any sharing of work and without the builder's
//! notions of visits and paths. What a deal did is a trail of places; every measure reads the trails from the start.

mod closed;

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{time, v1};
use rapport_views::rows::{DealCause, DealHistory, DealStatus};

use super::{
    exact::{nearest, product_limit_median, written},
    funnel_leads_oracle::leads_of,
    funnel_world::{World, defined_stages, text},
};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    In(String),
    Won,
    Lost,
}

struct Trail<'a> {
    deal: &'a DealHistory,
    places: Vec<(i64, u64, Place)>,
    /// Final status, when it was reached, and the reason given.
    closed: Option<(bool, i64, String)>,
    currency: String,
    amount: i128,
    begun: i64,
}

pub(crate) fn answer(world: &World) -> v1::FunnelResponse {
    let wanted = |code: &String| world.request.pipeline.is_empty() || *code == world.request.pipeline;
    let met = world.deals.iter().map(|deal| text(world, deal.pipeline));
    let codes: BTreeSet<_> =
        met.chain(world.definitions.iter().map(|row| row.code.clone())).filter(wanted).collect();
    let definitions = world.definitions.iter().map(|row| v1::DefinitionUse {
        kind: "pipeline".into(),
        code: row.code.clone(),
        version: row.version,
    });
    let as_of = v1::AsOf {
        occurred_until: Some(time::to_proto(world.as_of.occurred_until)),
        recorded_until: Some(time::to_proto(world.as_of.recorded_until)),
    };
    v1::FunnelResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(as_of),
            position: 0,
            definitions: definitions.filter(|used| codes.contains(&used.code)).collect(),
            definitions_unreadable: Vec::new(),
            missing_sources: Vec::new(),
        }),
        pipelines: codes.iter().map(|code| Pipeline::of(world, code).answer()).collect(),
        leads: Some(leads_of(world)),
        ..v1::FunnelResponse::default()
    }
}

/// The overview of each pipeline, of deals closed from `from` to just before `to`.
pub(crate) fn overviews(world: &World, from: i64, to: i64) -> Vec<Vec<v1::PipelineOverview>> {
    let codes = answer(world).pipelines.into_iter().map(|pipeline| pipeline.pipeline);
    codes.map(|code| Pipeline { from, to, ..Pipeline::of(world, &code) }.overview()).collect()
}

pub(crate) fn count(count: usize) -> Option<v1::Figure> {
    Some(v1::Figure { count: count as u64, figure: String::new() })
}

pub(crate) fn rate(part: usize, whole: usize) -> Option<f64> {
    if whole == 0 { None } else { Some(part as f64 / whole as f64) }
}

fn trail<'a>(world: &World, deal: &'a DealHistory) -> Trail<'a> {
    let mut places: Vec<(i64, u64, Place)> = Vec::new();
    let mut status = DealStatus::Open;
    let mut closed = None;
    for span in &deal.spans {
        let (at, position, stage) = (span.valid_from.as_micros(), span.position.0, text(world, span.stage));
        let again = status == span.status && status != DealStatus::Open;
        status = span.status;
        if again {
            continue;
        }
        let here = Place::In(stage.clone());
        if !stage.is_empty() && places.last().is_none_or(|last| last.2 != here) {
            places.push((at, position, here));
        }
        let inside = places.last().is_some_and(|last| matches!(last.2, Place::In(_)));
        closed = match span.status {
            DealStatus::Open => None,
            DealStatus::Won => Some((true, at, text(world, span.reason))),
            DealStatus::Lost => Some((false, at, text(world, span.reason))),
        };
        // A deal that was ever won has reached every stage, also if none was named by then.
        if let Some((won, ..)) = closed
            && (inside || won)
        {
            places.push((at, position, if won { Place::Won } else { Place::Lost }));
        }
    }
    if !places.iter().any(|(_, _, place)| matches!(place, Place::In(_))) {
        places.clear();
    }
    // Of repeated losses the latest reason given counts.
    if let Some((_, _, reason)) = &mut closed {
        let last = deal.spans.iter().rev().take_while(|span| span.status == status);
        *reason =
            last.map(|span| text(world, span.reason)).find(|reason| !reason.is_empty()).unwrap_or_default();
    }
    let last = deal.spans.last().unwrap();
    let opened = deal.spans.iter().find(|span| span.cause == DealCause::Opened);
    Trail {
        deal,
        places,
        closed,
        currency: text(world, last.currency),
        amount: last.amount_minor_units.into(),
        begun: opened.unwrap_or(&deal.spans[0]).valid_from.as_micros(),
    }
}

struct Pipeline<'a> {
    world: &'a World,
    code: String,
    trails: Vec<Trail<'a>>,
    stages: Vec<String>,
    defined: Vec<(String, Option<i128>)>,
    from: i64,
    to: i64,
    until: i64,
}

impl<'a> Pipeline<'a> {
    fn of(world: &'a World, code: &str) -> Self {
        let trails: Vec<_> = world
            .deals
            .iter()
            .filter(|deal| text(world, deal.pipeline) == code)
            .map(|deal| trail(world, deal))
            .collect();
        let defined = defined_stages(world, code);
        let mut first_met: BTreeMap<String, (i64, u64)> = BTreeMap::new();
        for (at, position, place) in trails.iter().flat_map(|trail| &trail.places) {
            if let Place::In(stage) = place {
                let met = first_met.entry(stage.clone()).or_insert((*at, *position));
                *met = (*met).min((*at, *position));
            }
        }
        let mut stages: Vec<_> = defined.iter().map(|(code, _)| code.clone()).collect();
        let mut others: Vec<_> = first_met.into_iter().filter(|(stage, _)| !stages.contains(stage)).collect();
        others.sort_by_key(|(_, met)| *met);
        stages.extend(others.into_iter().map(|(stage, _)| stage));
        let until = world.as_of.occurred_until.as_micros();
        let moment = |given: &Option<prost_types::Timestamp>| {
            given.as_ref().and_then(time::from_proto).map(Timestamp::as_micros)
        };
        let from = moment(&world.request.period_from).unwrap_or(i64::MIN);
        let to = moment(&world.request.period_to).unwrap_or(i64::MAX).min(until + 1);
        let from = from.min(to);
        Self { world, code: code.to_owned(), trails, stages, defined, from, to, until }
    }

    fn in_period(&self, at: i64) -> bool {
        at >= self.from && at < self.to
    }

    fn rank(&self, place: &Place) -> Option<usize> {
        match place {
            Place::In(stage) => self.stages.iter().position(|known| known == stage),
            Place::Won => Some(self.stages.len()),
            Place::Lost => None,
        }
    }

    fn reached(&self, trail: &Trail<'_>, rank: usize) -> bool {
        trail.places.iter().filter_map(|(_, _, place)| self.rank(place)).any(|reached| reached >= rank)
    }

    /// Won and closed, of the deals that ever reached a stage; or the definition's hundredths.
    fn probability(&self, rank: usize) -> Option<(i128, i128, bool)> {
        if let Some(Some(hundredths)) = self.defined.get(rank).map(|(_, hundredths)| *hundredths) {
            return Some((hundredths, 100, true));
        }
        let closed: Vec<_> =
            self.trails.iter().filter(|trail| trail.closed.is_some() && self.reached(trail, rank)).collect();
        let won = closed.iter().filter(|trail| trail.closed.as_ref().unwrap().0).count();
        (!closed.is_empty()).then_some((won as i128, closed.len() as i128, false))
    }

    fn answer(&self) -> v1::PipelineFunnel {
        let ranks = 0..self.stages.len();
        v1::PipelineFunnel {
            pipeline: self.code.clone(),
            definition_version: self
                .world
                .definitions
                .iter()
                .find(|row| row.code == self.code)
                .map_or(0, |row| row.version),
            stages: ranks.clone().map(|rank| self.stage(rank)).collect(),
            snapshot: ranks.clone().flat_map(|rank| self.snapshot(rank)).collect(),
            conversion: ranks.clone().map(|rank| self.conversion(rank)).collect(),
            cohort: self.cohort(),
            balance: ranks.clone().map(|rank| self.balance(rank)).collect(),
            time_in_stage: ranks.map(|rank| self.time(rank)).collect(),
            outcomes: self.outcomes(),
            competitors: self.competitors(),
            loss_reasons: self.loss_reasons(),
            open_without_stage: self
                .trails
                .iter()
                .filter(|trail| trail.closed.is_none() && trail.places.is_empty())
                .count() as u64,
            overview: Vec::new(),
        }
    }

    fn stage(&self, rank: usize) -> v1::Stage {
        let code = self.stages[rank].clone();
        let name = match self.defined.get(rank) {
            Some((_, Some(_))) => "named".to_owned(),
            Some((_, None)) | None => code.clone(),
        };
        let probability = self.probability(rank);
        let source = probability.map_or(0, |(_, _, defined)| if defined { 1 } else { 2 });
        v1::Stage {
            code,
            name,
            probability: probability.map(|(part, whole, _)| part as f64 / whole as f64),
            probability_source: source,
        }
    }

    fn snapshot(&self, rank: usize) -> Vec<v1::StageSnapshot> {
        let here = |trail: &&Trail<'_>| {
            trail
                .places
                .last()
                .is_some_and(|last| self.rank(&last.2) == Some(rank) && rank < self.stages.len())
        };
        let mut rows = Vec::new();
        for currency in super::funnel_world::CURRENCIES {
            let deals: Vec<_> =
                self.trails.iter().filter(here).filter(|trail| trail.currency == currency).collect();
            if deals.is_empty() {
                continue;
            }
            let amount: i128 = deals.iter().map(|trail| trail.amount).sum();
            let weighted = self.probability(rank);
            let weighted = weighted.map(|(part, whole, _)| written(nearest(amount * part, whole), currency));
            let (weighted_minor_units, weighted_minor_units_wide) = weighted.unwrap_or_default();
            let (amount_minor_units, amount_minor_units_wide) = written(amount, currency);
            rows.push(v1::StageSnapshot {
                stage: self.stages[rank].clone(),
                currency: currency.to_owned(),
                deals: count(deals.len()),
                amount_minor_units,
                weighted_minor_units,
                amount_minor_units_wide,
                weighted_minor_units_wide,
            });
        }
        rows
    }

    fn conversion(&self, rank: usize) -> v1::StageConversion {
        let deals: Vec<_> = self.trails.iter().filter(|trail| self.in_period(trail.begun)).collect();
        let reached = deals.iter().filter(|trail| self.reached(trail, rank)).count();
        let next = deals.iter().filter(|trail| self.reached(trail, rank + 1)).count();
        let ranks = |trail: &Trail<'_>| -> Vec<usize> {
            trail.places.iter().filter_map(|(_, _, place)| self.rank(place)).collect()
        };
        let entered = deals.iter().filter(|trail| ranks(trail).contains(&rank)).count();
        let strict = |trail: &&&Trail<'_>| {
            let ranks = ranks(trail);
            (0..ranks.len()).any(|a| (a + 1..ranks.len()).any(|b| ranks[a] == rank && ranks[b] == rank + 1))
        };
        let entered_next = deals.iter().filter(strict).count();
        v1::StageConversion {
            stage: self.stages[rank].clone(),
            reached: count(reached),
            reached_next: count(next),
            rate: rate(next, reached),
            entered: count(entered),
            entered_next: count(entered_next),
            strict_rate: rate(entered_next, entered),
        }
    }

    fn cohort(&self) -> Option<v1::CohortFunnel> {
        let asked = self.world.request.cohort.as_ref()?;
        let from = time::from_proto(asked.from.as_ref().unwrap()).unwrap().as_micros();
        let to = time::from_proto(asked.to.as_ref().unwrap()).unwrap().as_micros();
        let window = time::duration_from_proto(asked.window.as_ref().unwrap()).unwrap();
        let goals: Vec<_> =
            self.stages.iter().map(|stage| Place::In(stage.clone())).chain([Place::Won]).collect();
        let mut completed = vec![0; goals.len()];
        for trail in self.trails.iter().filter(|_| !self.stages.is_empty()) {
            let entry =
                trail.places.iter().position(|(at, _, place)| *place == goals[0] && *at >= from && *at < to);
            let Some(entry) = entry else { continue };
            let end = trail.places[entry].0 + window;
            for (step, completed) in completed.iter_mut().enumerate() {
                *completed += usize::from(completes(&trail.places, entry, &goals[1..=step], end));
            }
        }
        let size = if self.stages.is_empty() { 0 } else { completed[0] };
        let names = self.stages.iter().cloned().chain(["won".to_owned()]);
        let steps = names.zip(completed).map(|(stage, deals)| v1::cohort_funnel::Step {
            stage,
            deals: count(deals),
            rate: rate(deals, size),
        });
        Some(v1::CohortFunnel {
            size: count(size),
            steps: steps.collect(),
            immature: self.until < to + window,
        })
    }

    fn balance(&self, rank: usize) -> v1::StageBalance {
        let mut row = [0_usize; 7];
        let [at_start, entered, advanced, moved_back, won, lost, still] = &mut row;
        for trail in &self.trails {
            let place_at = |end: i64| trail.places.iter().take_while(|(at, _, _)| *at < end).last();
            let is_here = |place: &Place| matches!(place, Place::In(_)) && self.rank(place) == Some(rank);
            *at_start += usize::from(place_at(self.from).is_some_and(|(_, _, place)| is_here(place)));
            *still += usize::from(place_at(self.to).is_some_and(|(_, _, place)| is_here(place)));
            for (at, (moment, _, place)) in trail.places.iter().enumerate() {
                if !self.in_period(*moment) {
                    continue;
                }
                *entered += usize::from(is_here(place));
                if at == 0 || !is_here(&trail.places[at - 1].2) {
                    continue;
                }
                match place {
                    Place::Won => *won += 1,
                    Place::Lost => *lost += 1,
                    Place::In(_) if self.rank(place).unwrap() > rank => *advanced += 1,
                    Place::In(_) => *moved_back += 1,
                }
            }
        }
        let [at_start, entered, advanced, moved_back, won, lost, still_there] = row.map(count);
        let stage = self.stages[rank].clone();
        v1::StageBalance { stage, at_start, entered, advanced, moved_back, won, lost, still_there }
    }

    fn time(&self, rank: usize) -> v1::StageTime {
        let (mut cumulative, mut latest) = (Vec::new(), Vec::new());
        let mut still_there = 0;
        for trail in &self.trails {
            let mut stays = Vec::new();
            for (at, (moment, _, place)) in trail.places.iter().enumerate() {
                if matches!(place, Place::In(_)) && self.rank(place) == Some(rank) {
                    let left = trail.places.get(at + 1).map(|(left, _, _)| *left);
                    stays.push((left.unwrap_or(self.until) - moment, left.is_some()));
                }
            }
            let Some(last) = stays.last().copied() else { continue };
            still_there += usize::from(!last.1);
            cumulative.push((stays.iter().map(|stay| stay.0).sum(), last.1));
            latest.push(last);
        }
        v1::StageTime {
            stage: self.stages[rank].clone(),
            deals: count(latest.len()),
            censored: count(still_there),
            median_cumulative: product_limit_median(&cumulative).map(time::duration_to_proto),
            median_latest: product_limit_median(&latest).map(time::duration_to_proto),
        }
    }
}

/// Whether the goals can be met one after the other behind `from`, trying every way.
fn completes(places: &[(i64, u64, Place)], from: usize, goals: &[Place], end: i64) -> bool {
    let Some((goal, others)) = goals.split_first() else { return true };
    (from + 1..places.len())
        .any(|at| places[at].2 == *goal && places[at].0 <= end && completes(places, at, others, end))
}
