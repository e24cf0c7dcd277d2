//! Surveys: who was asked, and how they responded.

use rapport_proto::{
    event_type,
    v1::{self, payload::Kind, scale},
};

use super::{Believed, Projection, lines::nth};
use crate::{
    rows::{Instrument, ResponseRow, ResponseTagRow, ScoreRow, SentRow},
    table::{Dictionary, Out},
};

/// Responses and questions sent.
pub const RESPONSES: Projection =
    Projection { reads: &[event_type::SURVEY_SENT, event_type::SURVEY_ANSWERED], rows };

/// What customers responded, without what only satisfaction reads.
pub const SCORES: Projection = Projection { reads: &[event_type::SURVEY_ANSWERED], rows: scores };

fn scores(believed: &Believed<'_>, out: &mut Out<'_>) {
    let Kind::SurveyAnswered(answered) = believed.kind else { return };
    let row = ScoreRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(believed.event.customer),
        instrument: instrument(answered.instrument()),
        question: out.symbol(&answered.question),
        wave: out.symbol(&answered.wave),
        value: answered.value(),
    };
    out.put(&row);
}

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    match believed.kind {
        Kind::SurveyAnswered(answered) => {
            let row = response(believed, answered, out);
            out.put(&row);
            put_tags(believed, out);
        }
        Kind::SurveySent(sent) => {
            let row = SentRow {
                position: believed.position(),
                occurred_at: believed.occurred_at,
                customer: out.party(believed.event.customer),
                survey: out.name(Dictionary::Survey, &sent.survey_id),
                instrument: instrument(sent.instrument()),
                wave: out.symbol(&sent.wave),
            };
            out.put(&row);
        }
        _ => {}
    }
}

/// What the response is about besides: by these tags it can be grouped.
fn put_tags(believed: &Believed<'_>, out: &mut Out<'_>) {
    let tags = believed.event.tags().filter_map(|tag| tag.split_once(':'));
    for (line, (key, value)) in tags.filter(|(key, _)| !["survey", "party"].contains(key)).enumerate() {
        let row = ResponseTagRow {
            position: believed.position(),
            occurred_at: believed.occurred_at,
            line: nth(line),
            key: out.symbol(key),
            value: out.symbol(value),
        };
        out.put(&row);
    }
}

fn response(believed: &Believed<'_>, answered: &v1::SurveyAnswered, out: &mut Out<'_>) -> ResponseRow {
    let (default_min, default_max) = default_scale(answered.instrument());
    let scale = answered.scale.as_ref();
    ResponseRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(believed.event.customer),
        survey: out.name(Dictionary::Survey, &answered.survey_id),
        instrument: instrument(answered.instrument()),
        question: out.symbol(&answered.question),
        wave: out.symbol(&answered.wave),
        // A response that was accepted before the value had to be given left a 0 out.
        value: answered.value(),
        scale_min: scale.map_or(default_min, |scale| scale.min),
        scale_max: scale.map_or(default_max, |scale| scale.max),
        high_is_better: scale.is_none_or(|scale| scale.better() != scale::Better::Low),
        product: out.symbol(&answered.product),
        tier: out.symbol(&answered.tier),
        channel: out.symbol(believed.event.channel),
        staff: out.symbol(believed.event.actor_id),
        branch: out.symbol(believed.event.actor_branch),
        expectation: answered.expectation.and_then(|value| i8::try_from(value.signum()).ok()),
        importance: answered.importance,
    }
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
