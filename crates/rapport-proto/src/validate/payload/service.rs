//! Tickets, surveys, needs, objections.

use super::Check;
use crate::{
    v1::{self, Instrument},
    validate::checker::Checker,
};

impl Check for v1::TicketOpened {
    fn check(&self, c: &mut Checker) {
        c.name_required("ticket_id", &self.ticket_id);
        c.choice::<v1::ticket_opened::Kind>("TicketOpened", "kind", self.kind);
    }
}

impl Check for v1::TicketStageChanged {
    fn check(&self, c: &mut Checker) {
        c.name_required("ticket_id", &self.ticket_id);
        c.code("from", &self.from);
        c.code_required("to", &self.to);
    }
}

impl Check for v1::TicketResponded {
    fn check(&self, c: &mut Checker) {
        c.name_required("ticket_id", &self.ticket_id);
    }
}

impl Check for v1::TicketResolved {
    fn check(&self, c: &mut Checker) {
        c.name_required("ticket_id", &self.ticket_id);
        c.choice::<v1::ticket_resolved::Cause>("TicketResolved", "cause", self.cause);
    }
}

impl Check for v1::TicketReopened {
    fn check(&self, c: &mut Checker) {
        c.name_required("ticket_id", &self.ticket_id);
    }
}

impl Check for v1::SurveySent {
    fn check(&self, c: &mut Checker) {
        c.name_required("survey_id", &self.survey_id);
        c.choice_required::<Instrument>("SurveySent", "instrument", self.instrument);
    }
}

impl Check for v1::SurveyAnswered {
    fn check(&self, c: &mut Checker) {
        c.name_required("survey_id", &self.survey_id);
        c.choice_required::<Instrument>("SurveyAnswered", "instrument", self.instrument);
        c.require("scale", self.scale.is_some(), || "expected the scale of the question".into());
        c.require("value", self.value.is_some(), || {
            "expected a value, found none; 0 has to be written as well".into()
        });
        if let Some(scale) = &self.scale {
            check_scale(scale, self.value, self.instrument(), c);
        }
        c.require("expectation", self.expectation.is_none_or(|value| (-1..=1).contains(&value)), || {
            "expected -1 (worse), 0 (as expected) or 1 (better)".into()
        });
        c.share("importance", self.importance);
    }
}

fn check_scale(scale: &v1::Scale, value: Option<f64>, instrument: Instrument, c: &mut Checker) {
    let v1::Scale { min, max, .. } = *scale;
    c.require("scale", min.is_finite() && max.is_finite() && min < max, || {
        "expected finite numbers with min < max".into()
    });
    c.choice::<v1::scale::Better>("Scale", "better", scale.better);
    c.require("value", value.is_none_or(|value| (min..=max).contains(&value)), || {
        format!("expected {min} to {max}, the scale")
    });
    let standard = match instrument {
        Instrument::Nps => Some((0.0, 10.0)),
        Instrument::Csat => Some((1.0, 5.0)),
        Instrument::Ces => Some((1.0, 7.0)),
        Instrument::Custom | Instrument::Unspecified => None,
    };
    c.require("scale", standard.is_none_or(|standard| standard == (min, max)), || {
        let (min, max) = standard.unwrap_or_default();
        format!("expected {min} to {max}, the instrument's; use `INSTRUMENT_CUSTOM` for another scale")
    });
    let counted = matches!(instrument, Instrument::Nps | Instrument::Csat);
    let whole = value.is_none_or(|value| value.fract() == 0.0);
    c.require("value", !counted || whole, || "expected a whole number".into());
}

impl Check for v1::NeedIdentified {
    fn check(&self, c: &mut Checker) {
        c.name_required("need_id", &self.need_id);
        c.share("importance", self.importance);
        c.share("urgency", self.urgency);
    }
}

impl Check for v1::NeedClosed {
    fn check(&self, c: &mut Checker) {
        c.name_required("need_id", &self.need_id);
        c.choice_required::<v1::need_closed::Outcome>("NeedClosed", "outcome", self.outcome);
    }
}

impl Check for v1::ObjectionObserved {
    fn check(&self, c: &mut Checker) {
        c.name_required("factor", &self.factor);
        c.choice::<v1::objection_observed::Barrier>("ObjectionObserved", "barrier", self.barrier);
        c.money("price_gap", self.price_gap.as_ref());
        c.share("strength", self.strength);
    }
}
