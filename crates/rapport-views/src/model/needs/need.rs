//! What a need is at T.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::params::NeedsParams;
use crate::{
    model::figures::Counted,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, NeedRow, NeedStep, ObjectId, Symbol},
    table::{Dictionary, Filter},
};

/// One need with all that was said of it until T.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Need {
    id: ObjectId,
    /// Of the first event that names one, merges resolved.
    pub(super) customer: ObjectId,
    /// As the last identification says that says one.
    pub(super) code: Symbol,
    /// As the first identification says that says one.
    pub(super) source: Symbol,
    /// Who identified it first.
    pub(super) staff: Symbol,
    /// As the last identification says that says it.
    importance: Option<f64>,
    urgency: Option<f64>,
    /// First; `None` where it was closed alone.
    pub(super) identified: Option<Timestamp>,
    /// What the last event says.
    pub(super) state: NeedStep,
    /// When it was closed after it was identified last; `None` while it is open.
    pub(super) closed: Option<Timestamp>,
    /// Whether it was identified after it had been closed.
    pub(super) is_reopened: bool,
    /// By which it was satisfied, as the last event says.
    pub(super) product: Symbol,
    /// In their order.
    pub(super) events: Vec<Event>,
}

/// Something that was said of a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) at: Timestamp,
    pub(super) position: Position,
    pub(super) step: NeedStep,
}

/// Every need until T, by its first event.
pub(super) fn needs(
    rows: &dyn Rows,
    identity: &Identity,
    params: &NeedsParams,
) -> Result<Vec<Need>, ReadError> {
    let mut found: HashMap<ObjectId, Vec<NeedRow>> = HashMap::new();
    rows.in_any_order::<NeedRow>(&Filter::all(), params.as_of, |row| {
        found.entry(row.need).or_default().push(row);
    })?;
    let mut all: Vec<Need> = found.into_iter().map(|(id, rows)| Need::of(id, rows, identity)).collect();
    // Numbers of needs differ between stores, positions do not.
    all.sort_unstable_by_key(|need| need.events.first().map(|event| event.position));
    Ok(all)
}

impl Need {
    fn of(id: ObjectId, mut rows: Vec<NeedRow>, identity: &Identity) -> Self {
        rows.sort_unstable_by_key(|row| (row.occurred_at, row.position));
        let identified = || rows.iter().filter(|row| row.step == NeedStep::Identified);
        let mut customers = rows.iter().map(|row| identity.canonical(row.customer));
        let said = |symbol: &Symbol| *symbol != Symbol::default();
        let last = rows.iter().rposition(|row| row.step == NeedStep::Identified);
        let closings = rows.get(last.map_or(0, |last| last + 1)..).unwrap_or_default();
        let first_closing = rows.iter().position(|row| row.step != NeedStep::Identified);
        let end = rows.last();
        Self {
            id,
            customer: customers.find(|one| *one != ObjectId::NOBODY).unwrap_or_default(),
            code: identified().map(|row| row.code).rfind(said).unwrap_or_default(),
            source: identified().map(|row| row.source).find(said).unwrap_or_default(),
            staff: identified().next().map(|row| row.staff).unwrap_or_default(),
            importance: identified().filter_map(|row| row.importance).next_back(),
            urgency: identified().filter_map(|row| row.urgency).next_back(),
            identified: identified().next().map(|row| row.occurred_at),
            state: end.map_or(NeedStep::Identified, |row| row.step),
            closed: closings.first().map(|row| row.occurred_at),
            is_reopened: first_closing.zip(last).is_some_and(|(closed, again)| closed < again),
            product: end.map(|row| row.product).unwrap_or_default(),
            events: rows
                .iter()
                .map(|row| Event { at: row.occurred_at, position: row.position, step: row.step })
                .collect(),
        }
    }

    /// As figures count it.
    pub(super) const fn thing(&self) -> Counted {
        Counted::named(Dictionary::Need, self.id)
    }

    pub(super) fn is(&self, state: NeedStep) -> bool {
        self.state == state
    }

    /// Importance × urgency, 0 to 1; what is not said is one half.
    pub(super) fn weight(&self) -> f64 {
        self.importance.unwrap_or(0.5) * self.urgency.unwrap_or(0.5)
    }

    /// Whether both are said.
    pub(super) const fn is_weighed(&self) -> bool {
        self.importance.is_some() && self.urgency.is_some()
    }
}
