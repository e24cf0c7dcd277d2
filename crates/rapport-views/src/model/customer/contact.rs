//! When both sides last met, and whether that is longer ago than usual.
//!
//! The gaps are those between days with a contact, and the usual one is their median. So a long call in two parts makes no
//! gap of 0 days.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::{time, v1::CustomerContact};

use super::counter::{Counter, Events};
use crate::{
    calendar::day_number,
    model::retention::{Occasion, Rhythm},
    projection::Believed,
    timeline::touch::is_two_way,
};

/// Fewer gaps say nothing about what is usual.
const GAPS_MIN: u32 = 3;

/// Contacts in order.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    at: Vec<Timestamp>,
    events: Vec<Events>,
}

impl Contacts {
    /// Takes an event. Events come in the order of (occurred_at, position).
    pub(super) fn take(&mut self, believed: &Believed<'_>) {
        if is_two_way(believed.kind) {
            self.at.push(believed.occurred_at);
            self.events.push(believed.position().into());
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
        let Some(rhythm) = Rhythm::of(&met, day_number(until, zone), &mut Vec::new()) else {
            return CustomerContact { contacts, ..CustomerContact::default() };
        };
        let gaps = rhythm.days.saturating_sub(1);
        let doubled = rhythm.gap_doubled.filter(|_| gaps >= GAPS_MIN);
        CustomerContact {
            contacts,
            last: Some(time::to_proto(rhythm.last)),
            silence_days: Some(rhythm.recency_days.into()),
            gaps: gaps.into(),
            usual_gap_days: doubled.map(|doubled| f64::from(doubled) / 2.0),
            is_longer_than_usual: doubled.map(|doubled| rhythm.recency_days > doubled),
        }
    }
}
