//! A deal's spans as visits to stages.
//!
//! A visit begins when a deal enters a stage and ends when it leaves it; changed terms, and a move to the deal's own
//! stage, end no visit. A deal that is won or lost from another stage than its own visits that stage at that instant.
//! So does a deal whose outcome changes without a reopening. A deal that is won before any event names a stage is won
//! all the same: its path has this step as soon as an event names a stage.

use rapport_model::{Position, Timestamp};

use super::stages::{StageIndex, Stages};
use crate::{
    answers::{FigureHit, ObjectKind},
    rows::{DealCause, DealHistory, DealSpan, DealStatus, ObjectId, Symbol, Symbols},
    table::Dictionary,
};

/// What stands in a path for a deal that is won.
pub(super) const WON: StageIndex = StageIndex::MAX;

/// One stay in one stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    pub(super) stage: StageIndex,
    pub(super) entered_at: Timestamp,
    pub(super) entered_by: Position,
    pub(super) exit: Option<Exit>,
}

/// How a stay ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exit {
    pub(super) at: Timestamp,
    pub(super) by: Position,
    pub(super) to: ExitTo,
}

/// Where a deal went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExitTo {
    Stage(StageIndex),
    Won,
    Lost,
}

/// One step of a deal's path: into a stage, or [`WON`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) stage: StageIndex,
    pub(super) at: Timestamp,
    pub(super) by: Position,
}

/// The outcome that a deal has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closing {
    pub(super) won: bool,
    /// The event that closed it; a repeated one closes nothing.
    pub(super) at: Timestamp,
    pub(super) by: Position,
    pub(super) reason: Symbol,
}

/// Room for one deal's visits, used again for the next.
#[derive(Debug, Default)]
pub(super) struct Visits {
    visits: Vec<Visit>,
    steps: Vec<Step>,
    status: Option<DealStatus>,
}

/// A deal read for counting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deal<'a> {
    pub(super) history: &'a DealHistory,
    pub(super) customer: ObjectId,
    pub(super) visits: &'a [Visit],
    /// In order of time, then of position.
    pub(super) steps: &'a [Step],
    /// When it was opened; its first event's moment when no `deal.opened` is known.
    pub(super) begun_at: Timestamp,
    /// When `deal.opened` happened.
    pub(super) opened_at: Option<Timestamp>,
    /// The span it is in.
    pub(super) last: &'a DealSpan,
    /// Absent while it goes on.
    pub(super) closing: Option<Closing>,
}

impl Deal<'_> {
    /// This deal as counted for these events.
    pub(super) fn hit(&self, positions: &[Position]) -> FigureHit {
        FigureHit {
            object: self.history.deal,
            kind: ObjectKind::Named(Dictionary::Deal),
            customer: self.customer,
            positions: positions.iter().map(|position| position.0).collect(),
        }
    }
}

impl Visits {
    /// Reads a deal; `None` when it has no span.
    pub(super) fn read<'a>(
        &'a mut self,
        history: &'a DealHistory,
        customer: ObjectId,
        stages: &mut Stages,
        symbols: &Symbols,
    ) -> Option<Deal<'a>> {
        self.visits.clear();
        self.steps.clear();
        self.status = None;
        for span in &history.spans {
            self.take(span, stages, symbols);
        }
        if self.visits.is_empty() {
            self.steps.clear();
        }
        let (first, last) = (history.spans.first()?, history.spans.last()?);
        let opened = history.spans.iter().find(|span| span.cause == DealCause::Opened);
        Some(Deal {
            history,
            customer,
            visits: &self.visits,
            steps: &self.steps,
            begun_at: opened.unwrap_or(first).valid_from,
            opened_at: opened.map(|span| span.valid_from),
            last,
            closing: closing_of(&history.spans),
        })
    }

    fn take(&mut self, span: &DealSpan, stages: &mut Stages, symbols: &Symbols) {
        let closed_as = match span.status {
            DealStatus::Open => None,
            DealStatus::Won => Some(ExitTo::Won),
            DealStatus::Lost => Some(ExitTo::Lost),
        };
        let repeated = self.status == Some(span.status) && closed_as.is_some();
        self.status = Some(span.status);
        if repeated {
            return;
        }
        if span.stage != Symbol::default() {
            self.enter(stages.index_of(span.stage, symbols), span, stages);
        }
        if let Some(to) = closed_as {
            self.close(span, to);
        }
    }

    /// Into a stage, unless the deal is in it.
    fn enter(&mut self, stage: StageIndex, span: &DealSpan, stages: &mut Stages) {
        let (at, by) = (span.valid_from, span.position);
        // Also of one that goes on: at one instant the event that began it may have a later position.
        stages.reached(stage, at, by);
        if let Some(current) = self.visits.last_mut().filter(|visit| visit.exit.is_none()) {
            if current.stage == stage {
                return;
            }
            current.exit = Some(Exit { at, by, to: ExitTo::Stage(stage) });
        }
        self.visits.push(Visit { stage, entered_at: at, entered_by: by, exit: None });
        self.steps.push(Step { stage, at, by });
    }

    /// Out of the stage it is in, if it is in one.
    fn close(&mut self, span: &DealSpan, to: ExitTo) {
        let (at, by) = (span.valid_from, span.position);
        if let Some(current) = self.visits.last_mut().filter(|visit| visit.exit.is_none()) {
            current.exit = Some(Exit { at, by, to });
        }
        if to == ExitTo::Won {
            self.steps.push(Step { stage: WON, at, by });
        }
    }
}

/// The outcome that the last spans agree on.
fn closing_of(spans: &[DealSpan]) -> Option<Closing> {
    let status = spans.last()?.status;
    let won = match status {
        DealStatus::Open => return None,
        DealStatus::Won => true,
        DealStatus::Lost => false,
    };
    let run = || spans.iter().rev().take_while(move |span| span.status == status);
    let first = run().last()?;
    let reason = run().map(|span| span.reason).find(|reason| *reason != Symbol::default());
    Some(Closing { won, at: first.valid_from, by: first.position, reason: reason.unwrap_or_default() })
}
