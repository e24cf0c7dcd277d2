//! Surveys: who was asked, and what they answered.

use rapport_proto::{
    event_type,
    v1::{self, payload::Kind, scale},
};

use super::Believed;
use crate::rows::{AnswerRow, Instrument, ObjectId, SentRow, Symbols};

/// The types of which [`answer`] and [`sent`] make rows.
pub const READS: &[u32] = &[event_type::SURVEY_SENT, event_type::SURVEY_ANSWERED];

/// The answer that an event is and the id of its survey, if it is one.
pub fn answer<'a>(
    believed: &Believed<'a>,
    customer: ObjectId,
    symbols: &mut Symbols,
) -> Option<(&'a str, AnswerRow)> {
    let Kind::SurveyAnswered(answered) = believed.kind else { return None };
    let (default_min, default_max) = default_scale(answered.instrument());
    let scale = answered.scale.as_ref();
    let row = AnswerRow {
        customer,
        position: believed.position(),
        occurred_at: believed.occurred_at,
        instrument: instrument(answered.instrument()),
        question: symbols.intern(&answered.question),
        wave: symbols.intern(&answered.wave),
        // An answer that was accepted before the value had to be given left a 0 out.
        value: answered.value(),
        scale_min: scale.map_or(default_min, |scale| scale.min),
        scale_max: scale.map_or(default_max, |scale| scale.max),
        high_is_better: scale.is_none_or(|scale| scale.better() != scale::Better::Low),
        product: symbols.intern(&answered.product),
        tier: symbols.intern(&answered.tier),
        channel: symbols.intern(believed.event.channel),
        staff: symbols.intern(believed.event.actor_id),
        branch: symbols.intern(believed.event.actor_branch),
        expectation: answered.expectation.and_then(|value| i8::try_from(value.signum()).ok()),
        importance: answered.importance,
    };
    Some((&answered.survey_id, row))
}

/// The asking that an event is and the id of its survey, if it is one.
pub fn sent<'a>(
    believed: &Believed<'a>,
    customer: ObjectId,
    symbols: &mut Symbols,
) -> Option<(&'a str, SentRow)> {
    let Kind::SurveySent(sent) = believed.kind else { return None };
    let row = SentRow {
        customer,
        position: believed.position(),
        occurred_at: believed.occurred_at,
        instrument: instrument(sent.instrument()),
        wave: symbols.intern(&sent.wave),
    };
    Some((&sent.survey_id, row))
}

fn instrument(wire: v1::Instrument) -> Instrument {
    match wire {
        v1::Instrument::Nps => Instrument::Nps,
        v1::Instrument::Csat => Instrument::Csat,
        v1::Instrument::Ces => Instrument::Ces,
        v1::Instrument::Custom | v1::Instrument::Unspecified => Instrument::Custom,
    }
}

/// The instrument's own scale, for an event that was recorded without one.
fn default_scale(wire: v1::Instrument) -> (f64, f64) {
    match wire {
        v1::Instrument::Nps => (0.0, 10.0),
        v1::Instrument::Csat => (1.0, 5.0),
        v1::Instrument::Ces => (1.0, 7.0),
        v1::Instrument::Custom | v1::Instrument::Unspecified => (0.0, 1.0),
    }
}
