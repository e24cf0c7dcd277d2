//! Deals as objects: their facts and states as rows of tables.

use rapport_model::Timestamp;

use super::{
    Believed, Projection,
    bitemporal::{Fact, Row as Span},
    deal::{DealFact, READS, deal_fact},
    object::{CellsOfRows, Object},
    stage_set::{StageSet, StageSets, TrackedState, tracked_rows},
};
use crate::{
    rows::{DealFactRow, DealStateRow, ObjectId},
    table::{Cell, Dictionary, NotARow, Out, Place, Row as _},
};

/// Deals.
pub const DEALS: Object = Object {
    of: Dictionary::Deal,
    projection: Projection { reads: READS, rows: put_fact },
    facts: DealFactRow::TABLE,
    states: DealStateRow::TABLE,
    fold,
};

fn put_fact(believed: &Believed<'_>, out: &mut Out<'_>) {
    let customer = out.party(believed.event.customer);
    let Some((deal, fact)) = deal_fact(believed, customer, out.symbols()) else { return };
    // Named one by one, so that a new field is in the row too.
    let DealFact { cause, customer, pipeline, stage, amount, reason, undated } = fact;
    let row = DealFactRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        deal: out.name(Dictionary::Deal, deal),
        cause,
        customer,
        pipeline,
        stage,
        amount_minor_units: amount.map(|(minor_units, _)| minor_units),
        currency: amount.map(|(_, currency)| currency),
        reason,
        undated,
    };
    out.put(&row);
}

impl DealFactRow {
    /// The fact, believed for some time.
    #[must_use]
    pub fn fact(&self, (known_from, known_to): (Timestamp, Timestamp)) -> Fact<DealFact> {
        let fact = DealFact {
            cause: self.cause,
            customer: self.customer,
            pipeline: self.pipeline,
            stage: self.stage,
            amount: self.amount_minor_units.zip(self.currency),
            reason: self.reason,
            undated: self.undated,
        };
        Fact {
            position: self.position,
            occurred_at: self.occurred_at,
            known_from,
            known_to,
            ahead: false,
            fact,
        }
    }
}

fn fold(facts: &[Vec<Cell>]) -> Result<CellsOfRows, NotARow> {
    let mut deal = ObjectId::default();
    let facts = facts.iter().map(|cells| {
        let (place, own) = Place::split(cells);
        let row = DealFactRow::of(&place.beginning(), own)?;
        deal = row.deal;
        Ok(row.fact((place.known_from, place.known_to)))
    });
    let facts = facts.collect::<Result<Vec<_>, _>>()?;
    let mut sets = StageSets::default();
    let spans = tracked_rows(&facts, &mut sets);
    let mut pipelines = spans.iter().map(|span| span.state.deal.pipeline);
    let first = pipelines.next();
    let moved = pipelines.any(|next| Some(next) != first);
    let row = |span: &Span<TrackedState>| {
        let place = Place {
            position: span.position,
            known_from: span.known_from,
            known_to: span.known_to,
            begins: span.valid_from,
        };
        let mut cells = place.numbers().map(Cell::Int).to_vec();
        state(deal, span, &sets, moved).cells(&mut cells);
        cells
    };
    Ok(spans.iter().map(row).collect())
}

fn state(deal: ObjectId, span: &Span<TrackedState>, sets: &StageSets, moved: bool) -> DealStateRow {
    let TrackedState { deal: state, in_stage, reached } = &span.state;
    DealStateRow {
        position: span.position,
        valid_from: span.valid_from,
        deal,
        valid_to: span.valid_to,
        status: state.status,
        pipeline: state.pipeline,
        stage: state.stage,
        in_stage: *in_stage,
        reached: sets.stages(*reached).into(),
        ever_won: *reached == StageSet::EVERY,
        currency: state.currency,
        amount_minor_units: state.amount_minor_units,
        cause: state.cause,
        customer: state.customer,
        reason: state.reason,
        moved,
    }
}
