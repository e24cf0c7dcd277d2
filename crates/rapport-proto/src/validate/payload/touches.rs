//! Calls, messages, meetings, visits, notes, files, promises.

use super::Check;
use crate::{
    v1::{self, party_fact_recorded::Sensitivity},
    validate::checker::Checker,
};

impl Check for v1::TouchCallLogged {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::Direction>("TouchCallLogged", "direction", self.direction);
        c.choice::<v1::touch_call_logged::Outcome>("TouchCallLogged", "outcome", self.outcome);
        c.duration("duration", self.duration.as_ref());
        c.duration("waited", self.waited.as_ref());
    }
}

impl Check for v1::TouchMessageExchanged {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::Direction>("TouchMessageExchanged", "direction", self.direction);
        c.choice_required::<v1::touch_message_exchanged::Medium>(
            "TouchMessageExchanged",
            "medium",
            self.medium,
        );
        c.name("campaign_id", &self.campaign_id);
    }
}

impl Check for v1::TouchMeetingHeld {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::touch_meeting_held::Status>("TouchMeetingHeld", "status", self.status);
        c.duration("duration", self.duration.as_ref());
    }
}

impl Check for v1::TouchVisitRecorded {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::touch_visit_recorded::Place>("TouchVisitRecorded", "place", self.place);
    }
}

impl Check for v1::NoteRecorded {
    fn check(&self, c: &mut Checker) {
        c.choice::<v1::note_recorded::Scope>("NoteRecorded", "scope", self.scope);
        c.choice::<Sensitivity>("NoteRecorded", "sensitivity", self.sensitivity);
        c.basis_of_special(self.sensitivity(), &self.legal_basis);
    }
}

impl Check for v1::ArtifactAttached {
    fn check(&self, c: &mut Checker) {
        c.sha256_required("sha256", &self.sha256);
    }
}

impl Check for v1::AgreementRecorded {
    fn check(&self, c: &mut Checker) {
        c.name_required("agreement_id", &self.agreement_id);
        c.date("due", &self.due);
        c.choice_required::<v1::agreement_recorded::Status>("AgreementRecorded", "status", self.status);
        c.name("supersedes", &self.supersedes);
        c.another("supersedes", &self.supersedes, "agreement", ("agreement_id", &self.agreement_id));
    }
}
