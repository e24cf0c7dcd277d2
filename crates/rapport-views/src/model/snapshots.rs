//! The rows that an answer is made of: those of the model's own view, and of the views beside it.

use jiff::tz::TimeZone;

use super::{Asked, Model};
use crate::{
    read::{AsOf, EventSource, ReadError, Rows},
    view::View,
};

/// One snapshot of each view that a model asks.
///
/// Views advance each by itself, so that their snapshots may be of different positions. An answer is then as known at
/// the earliest of them: what a later one has beyond that is left out, like what is recorded after K.
pub struct Snapshots {
    own: Box<dyn Rows>,
    beside: Vec<(View, Box<dyn Rows>)>,
}

impl Snapshots {
    /// Those of a model, each as `open` gives it.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn of<M: Model>(open: impl Fn(View) -> Result<Box<dyn Rows>, ReadError>) -> Result<Self, ReadError> {
        let beside = M::BESIDE.iter().map(|view| Ok((*view, open(*view)?)));
        Ok(Self { beside: beside.collect::<Result<_, ReadError>>()?, own: open(M::VIEW)? })
    }

    /// The rows of the model's own view.
    #[must_use]
    pub fn rows(&self) -> &dyn Rows {
        &*self.own
    }

    /// The question to them; `events` are asked where the store of the model's own view has none. Nothing in the answer is
    /// older than they are.
    #[must_use]
    pub fn asked<'a>(&'a self, as_of: AsOf, zone: &'a TimeZone, events: &'a dyn EventSource) -> Asked<'a> {
        let events = self.own.own_events().unwrap_or(events);
        Asked {
            as_of: self.known_to_all(as_of),
            zone,
            figure: None,
            skip: 0,
            events,
            beside: &self.beside,
            kept: None,
        }
    }

    /// K, lowered to what all of them have.
    fn known_to_all(&self, as_of: AsOf) -> AsOf {
        let Some(earliest) = self.all().min_by_key(|rows| rows.position()) else { return as_of };
        if self.all().all(|rows| rows.position() == earliest.position()) {
            return as_of;
        }
        AsOf { recorded_until: as_of.recorded_until.min(earliest.recorded_max()), ..as_of }
    }

    fn all(&self) -> impl Iterator<Item = &dyn Rows> {
        self.beside.iter().map(|(_, rows)| &**rows).chain([&*self.own])
    }
}
