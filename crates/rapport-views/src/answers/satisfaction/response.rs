//! A response as it counts: its respondent and its scale.

use std::collections::HashMap;

use rapport_model::{Position, Timestamp};

use crate::{
    answers::{FigureHit, ObjectKind, window::Window},
    rows::{Instrument, ObjectId, ResponseRow, Symbol},
};

/// A scale and its good end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    min: f64,
    max: f64,
    high_is_better: bool,
}

impl Scale {
    pub(crate) fn of(row: &ResponseRow) -> Self {
        Self { min: row.scale_min, max: row.scale_max, high_is_better: row.high_is_better }
    }

    /// Of a question without responses.
    pub(crate) fn usual() -> Self {
        Self { min: 0.0, max: 1.0, high_is_better: true }
    }

    /// Whether responses on it are counted: those of the standard instruments only on their own.
    pub(crate) fn suits(self, instrument: Instrument) -> bool {
        let ends = self.ends();
        match instrument {
            Instrument::Nps => ends == (0.0, 10.0),
            Instrument::Csat => ends == (1.0, 5.0),
            Instrument::Ces => ends == (1.0, 7.0),
            Instrument::Custom => self.min < self.max,
        }
    }

    /// With the high end as the good one.
    pub(crate) fn upright(self) -> Self {
        Self { high_is_better: true, ..self }
    }

    /// The lowest and the highest value.
    pub(crate) fn ends(self) -> (f64, f64) {
        (self.min, self.max)
    }

    pub(crate) fn better(self) -> &'static str {
        if self.high_is_better { "high" } else { "low" }
    }

    /// Where a value stands from the worst, 0, to the best, 1.
    fn goodness(self, value: f64) -> f64 {
        let from_min = (value - self.min) / (self.max - self.min);
        if self.high_is_better { from_min } else { 1.0 - from_min }
    }
}

/// A response that counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Response {
    pub(crate) row: ResponseRow,
    /// Merges resolved.
    pub(crate) customer: ObjectId,
}

impl Response {
    /// The value on another scale. On its own one it stays exactly what it was, and on its mirror image it is mirrored.
    pub(crate) fn value_on(&self, scale: Scale) -> f64 {
        let own = Scale::of(&self.row);
        if own == scale {
            return self.row.value;
        }
        if (own.min, own.max) == (scale.min, scale.max) {
            return own.min + own.max - self.row.value;
        }
        let goodness = own.goodness(self.row.value);
        let from_min = if scale.high_is_better { goodness } else { 1.0 - goodness };
        scale.min + from_min * (scale.max - scale.min)
    }

    /// From the worst, 0, to the best, 1.
    pub(crate) fn performance(&self) -> f64 {
        Scale::of(&self.row).goodness(self.row.value)
    }

    /// Whose response it is, and in which wave: of the same ones the latest counts.
    pub(crate) fn turn(&self) -> Turn {
        (Respondent::of(self.customer, self.row.position), self.row.wave)
    }

    pub(crate) fn hit(&self) -> FigureHit {
        Respondent::of(self.customer, self.row.position).hit(&[self.row.position])
    }

    /// The place in time, the earlier recorded of one instant first.
    pub(crate) fn moment(&self) -> (Timestamp, Position) {
        (self.row.occurred_at, self.row.position)
    }
}

/// A respondent: a customer, or an unknown person behind an event without a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Respondent {
    /// A customer, merges resolved.
    Customer(ObjectId),
    /// Unknown: another one in each event.
    Unknown(Position),
}

/// A respondent in a wave.
pub(crate) type Turn = (Respondent, Symbol);

impl Respondent {
    /// Of the event at a position, with its customer.
    pub(crate) fn of(customer: ObjectId, position: Position) -> Self {
        if customer == ObjectId::NOBODY { Self::Unknown(position) } else { Self::Customer(customer) }
    }

    pub(crate) fn is_known(self) -> bool {
        matches!(self, Self::Customer(_))
    }

    /// As counted for these events.
    pub(crate) fn hit(self, positions: &[Position]) -> FigureHit {
        let (object, kind, customer) = match self {
            Self::Customer(customer) => (customer, ObjectKind::Party, customer),
            Self::Unknown(event) => (ObjectId(event.0), ObjectKind::Event, ObjectId::NOBODY),
        };
        let positions = positions.iter().map(|position| position.0).collect();
        FigureHit { object, kind, customer, positions }
    }
}

/// Of each customer and wave the latest, and all that name no customer, by position. `in_time` is one question's
/// responses ordered by [`Response::moment`].
pub(crate) fn latest_of_each(in_time: &[Response]) -> Vec<Response> {
    let mut latest: HashMap<Turn, Response> = HashMap::new();
    latest.extend(in_time.iter().map(|response| (response.turn(), *response)));
    let mut responses: Vec<_> = latest.into_values().collect();
    responses.sort_unstable_by_key(|response| response.row.position);
    responses
}

/// Those within a window, of responses ordered by [`Response::moment`].
pub(crate) fn within(in_time: &[Response], window: Window) -> &[Response] {
    let from = in_time.partition_point(|response| response.row.occurred_at < window.from);
    let to = in_time.partition_point(|response| response.row.occurred_at < window.to);
    in_time.get(from..to).unwrap_or_default()
}
