//! When both sides last met, and whether that is longer ago than usual.
//!
//! The gaps are those between days with a contact, and the usual one is their median. So a long call in two parts makes no
//! gap of 0 days.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::{time, v1::CustomerContact};

use super::{
    counter::{Counter, Events},
    with::With,
};
use crate::{
    calendar::day_number,
    model::{
        met::{Silence, strength},
        retention::Occasion,
    },
    projection::Believed,
    timeline::touch::is_two_way,
};

/// Contacts in order.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    at: Vec<Timestamp>,
    events: Vec<Events>,
    /// With whom the last one was.
    with: String,
}

impl Contacts {
    /// Takes an event. Events come in the order of (occurred_at, position).
    pub(super) fn take(&mut self, believed: &Believed<'_>, with: &With) {
        if is_two_way(believed.kind) {
            self.at.push(believed.occurred_at);
            self.events.push(Events::one(believed.position(), with));
            self.with.clone_from(&with.name);
        }
    }

    /// What they say at a moment.
    pub(super) fn wire(
        &self,
        until: Timestamp,
        zone: &TimeZone,
        counter: &mut Counter<'_>,
    ) -> CustomerContact {
        let contacts = counter.count(&["contacts"], self.events.iter());
        let met: Vec<Occasion> =
            self.at.iter().map(|at| Occasion { at: *at, day: day_number(*at, zone) }).collect();
        let Some(silence) = Silence::of(&met, day_number(until, zone), &mut Vec::new()) else {
            return CustomerContact { contacts, ..CustomerContact::default() };
        };
        CustomerContact {
            contacts,
            last: Some(time::to_proto(silence.last)),
            silence_days: Some(silence.days.into()),
            gaps: silence.gaps.into(),
            usual_gap_days: silence.usual_days(),
            is_longer_than_usual: silence.is_longer_than_usual(),
            party: self.with.clone(),
            strength: Some(strength(self.at.iter().copied(), until)),
        }
    }
}
