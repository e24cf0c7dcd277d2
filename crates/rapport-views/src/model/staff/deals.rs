//! Deals that were won and lost in the period: which these are and what they are worth is what the funnel says.

use hashbrown::HashMap;
use rapport_model::Position;

use super::params::StaffParams;
use crate::{
    read::{ReadError, Rows, TypedRows as _},
    rows::{DealCause, DealSpan, DealStatus, DealStepRow, Identity, ObjectId, Symbol},
    table::{Field as _, Filter},
};

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Closed {
    /// Who recorded the outcome; 0 where it is not said.
    pub(super) staff: Symbol,
    /// In the numbers of `facts`.
    pub(super) deal: ObjectId,
    /// Merges resolved.
    pub(super) party: ObjectId,
    /// The event that closed it.
    pub(super) position: Position,
    pub(super) is_won: bool,
    /// Minor units, and ISO 4217.
    pub(super) amount: Option<(i128, String)>,
}

/// The deals of which the outcome that holds at T is of the period.
pub(super) fn closed(
    (rows, funnel): (&dyn Rows, &dyn Rows),
    identity: &Identity,
    params: &StaffParams,
) -> Result<Vec<Closed>, ReadError> {
    let outcomes = Filter::all().and("cause", vec![DealCause::Won.cell(), DealCause::Lost.cell()]);
    let mut steps: HashMap<Position, DealStepRow> = HashMap::new();
    rows.in_any_order(&outcomes, params.as_of, |row: DealStepRow| {
        steps.insert(row.position, row);
    })?;
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let (texts, mut all) = (funnel.symbols()?, Vec::new());
    funnel.deal_histories(params.as_of, None, &mut |deal| {
        let (Some(last), Some(closing)) = (deal.spans.last(), closing(&deal.spans)) else { return };
        let step = steps.get(&closing.position).filter(|_| params.window.contains(closing.valid_from));
        let Some(step) = step else { return };
        let is_priced = last.currency != Symbol::default();
        all.push(Closed {
            staff: step.staff,
            deal: step.deal,
            party: identity.canonical(step.customer),
            position: step.position,
            is_won: last.status == DealStatus::Won,
            amount: is_priced
                .then(|| (i128::from(last.amount_minor_units), texts.text(last.currency).to_owned())),
        });
    })?;
    all.sort_unstable_by_key(|one| one.position);
    Ok(all)
}

/// The first of the last spans that agree on an outcome.
fn closing(spans: &[DealSpan]) -> Option<&DealSpan> {
    let status = spans.last().map(|span| span.status).filter(|status| *status != DealStatus::Open)?;
    spans.iter().rev().take_while(|span| span.status == status).last()
}
