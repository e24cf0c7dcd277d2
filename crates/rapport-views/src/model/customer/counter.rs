//! The figures of a customer: each counts things, and lists each thing by its first event with all others.

use rapport_model::Position;
use rapport_proto::v1::Figure;

use super::with::With;
use crate::{
    answers::{AnswerError, AskError, FigureHit, ObjectKind},
    model::figures::Figures,
    projection::Believed,
    rows::ObjectId,
};

/// The events of one thing, as they come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Events {
    positions: Vec<u64>,
    /// With whom the thing is; none: with the customer.
    with: Option<ObjectId>,
}

impl Events {
    /// The event that is a thing by itself.
    pub(super) fn one(position: Position, with: &With) -> Self {
        Self { positions: vec![position.0], with: Some(with.number) }
    }

    /// Takes an event of a thing, which is with whom its first event was: says so in `party`.
    pub(super) fn take_with(&mut self, believed: &Believed<'_>, with: &With, party: &mut String) {
        if self.with.is_none() {
            self.with = Some(with.number);
            party.clone_from(&with.name);
        }
        self.take(believed);
    }

    pub(super) fn take(&mut self, believed: &Believed<'_>) {
        self.add(believed.position());
    }

    /// One event more; an event that makes several rows is there once.
    pub(super) fn add(&mut self, position: Position) {
        if !self.positions.contains(&position.0) {
            self.positions.push(position.0);
        }
    }
}

impl From<Position> for Events {
    fn from(position: Position) -> Self {
        Self { positions: vec![position.0], with: None }
    }
}

/// Names figures, and keeps what the one that is asked for counts.
pub(super) struct Counter<'a> {
    wanted: Option<&'a str>,
    customer: ObjectId,
    found: Option<Vec<FigureHit>>,
}

impl<'a> Counter<'a> {
    /// For one question about a customer.
    pub(super) fn new(wanted: Option<&'a str>, customer: ObjectId) -> Result<Self, AnswerError> {
        Figures::new(wanted, is_figure)?;
        Ok(Self { wanted, customer, found: None })
    }

    /// A figure that counts these.
    pub(super) fn count<'e>(
        &mut self,
        parts: &[&str],
        things: impl Iterator<Item = &'e Events> + Clone,
    ) -> Option<Figure> {
        let figure = Figures::named(parts, things.clone().count() as u64);
        if figure.count > 0 && self.wanted == Some(figure.figure.as_str()) {
            self.found = Some(things.map(|events| self.hit(events)).collect());
        }
        Some(figure)
    }

    fn hit(&self, events: &Events) -> FigureHit {
        let mut positions = events.positions.clone();
        positions.sort_unstable();
        let object = ObjectId(positions.first().copied().unwrap_or_default());
        let customer = events.with.unwrap_or(self.customer);
        FigureHit { object, kind: ObjectKind::Event, customer, positions }
    }

    /// What the figure that is asked for counts, in the order of the events.
    pub(super) fn hits(self) -> Result<Vec<FigureHit>, AskError> {
        let Some(figure) = self.wanted else { return Ok(Vec::new()) };
        let Some(mut hits) = self.found else {
            return Err(AnswerError::NoSuchFigure { figure: figure.to_owned() }.into());
        };
        hits.sort_unstable_by(|a, b| a.positions.cmp(&b.positions));
        Ok(hits)
    }
}

/// Whether the parts are the name of a figure.
fn is_figure(parts: &[&str]) -> bool {
    matches!(
        parts,
        ["deals"
            | "tickets"
            | "agreements"
            | "agreements_overdue"
            | "documents"
            | "contracts"
            | "needs"
            | "responses"
            | "consents"
            | "contacts"]
            | ["purchases", "in_year" | "ever", _]
    )
}
