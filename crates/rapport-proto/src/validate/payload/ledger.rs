//! Payloads of the organisation's own, staff, standards, corrections.

use std::collections::HashSet;

use rapport_model::EventId;

use super::Check;
use crate::{
    definition, v1,
    validate::{checker::Checker, tags},
};

fn event_id(field: &str, id: &str, c: &mut Checker) {
    c.require(field, id.parse::<EventId>().is_ok(), || "expected the id of an event, a UUID".into());
}

impl Check for v1::Custom {
    fn check(&self, c: &mut Checker) {
        c.name_required("content_type", &self.content_type);
    }
}

impl Check for v1::StaffStatusChanged {
    fn check(&self, c: &mut Checker) {
        c.name_required("staff_id", &self.staff_id);
        c.another("substitute", &self.substitute, "person", ("staff_id", &self.staff_id));
        c.choice_required::<v1::staff_status_changed::Status>("StaffStatusChanged", "status", self.status);
        c.interval(("from", self.from.as_ref()), ("to", self.to.as_ref()));
    }
}

impl Check for v1::OwnerAssigned {
    fn check(&self, c: &mut Checker) {
        tags::check("object", &self.object, c);
        c.name_required("to", &self.to);
    }
}

impl Check for v1::HandoverProgressed {
    fn check(&self, c: &mut Checker) {
        c.name_required("handover_id", &self.handover_id);
        c.choice_required::<v1::handover_progressed::Step>("HandoverProgressed", "step", self.step);
    }
}

impl Check for v1::IncentiveAccrued {
    fn check(&self, c: &mut Checker) {
        c.name_required("scheme", &self.scheme);
        c.name_required("staff_id", &self.staff_id);
        c.finite("value", self.value);
        c.money("amount", self.amount.as_ref());
        for (index, id) in self.evidence_event_ids.iter().enumerate() {
            c.at_index("evidence_event_ids", index, |c| event_id("", id, c));
        }
    }
}

impl Check for v1::DefinitionPublished {
    fn check(&self, c: &mut Checker) {
        c.name_required("kind", &self.kind);
        c.code_required("code", &self.code);
        c.require("version", self.version > 0, || "expected 1 or more".into());
        c.moment("effective_from", self.effective_from.as_ref());
        let kind = definition::kind(&self.kind).filter(|_| !self.code.is_empty());
        if let Some(kind) = kind {
            let known = kind.codes.join("` or `");
            c.require("code", kind.has_code(&self.code), || format!("expected `{known}`"));
        }
        // What the views will read, and nothing else.
        for fault in definition::refused(&self.kind, &self.body) {
            c.require(&fault.path, false, || fault.description);
        }
    }
}

impl Check for v1::ProcessStarted {
    fn check(&self, c: &mut Checker) {
        c.name_required("process", &self.process);
        tags::check("object", &self.object, c);
    }
}

impl Check for v1::ProcessStepRecorded {
    fn check(&self, c: &mut Checker) {
        c.name_required("process", &self.process);
        tags::check("object", &self.object, c);
        c.name_required("step", &self.step);
        c.choice_required::<v1::process_step_recorded::Status>("ProcessStepRecorded", "status", self.status);
        c.date("due", &self.due);
    }
}

impl Check for v1::EventCorrected {
    fn check(&self, c: &mut Checker) {
        event_id("target_event_id", &self.target_event_id, c);
        c.moment("occurred_at", self.occurred_at.as_ref());
        let replacement = self.replacement.as_ref().map(|payload| payload.kind.as_ref());
        c.require("replacement", replacement.is_some() || self.occurred_at.is_some(), || {
            "expected a replacement or another `occurred_at`".into()
        });
        if let Some(kind) = replacement {
            c.require("replacement", kind.is_some(), || "expected one payload, such as `deal_opened`".into());
            c.at("replacement", |c| kind.into_iter().for_each(|kind| super::check(kind, c)));
        }
    }
}

impl Check for v1::EventRetracted {
    fn check(&self, c: &mut Checker) {
        event_id("target_event_id", &self.target_event_id, c);
    }
}

impl Check for v1::PartyMerged {
    fn check(&self, c: &mut Checker) {
        c.name_required("survivor", &self.survivor);
        c.name_required("absorbed", &self.absorbed);
        c.another("absorbed", &self.absorbed, "party", ("survivor", &self.survivor));
    }
}

impl Check for v1::PartyUnmerged {
    fn check(&self, c: &mut Checker) {
        event_id("merge_event_id", &self.merge_event_id, c);
        let survivors: HashSet<_> = self.survivor_identifiers.iter().collect();
        for (index, _) in
            self.absorbed_identifiers.iter().enumerate().filter(|(_, id)| survivors.contains(id))
        {
            c.require(&format!("absorbed_identifiers[{index}]"), false, || {
                "expected a party of one side, found one that `survivor_identifiers` has as well".into()
            });
        }
    }
}

impl Check for v1::SubjectErasureDecided {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::subject_erasure_decided::Outcome>(
            "SubjectErasureDecided",
            "outcome",
            self.outcome,
        );
        c.date("hold_until", &self.hold_until);
    }
}

impl Check for v1::RecordDisclosed {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::record_disclosed::Recipient>("RecordDisclosed", "to", self.to);
        c.moment("as_of", self.as_of.as_ref());
        c.sha256("result_hash", &self.result_hash);
    }
}

impl Check for v1::ImportBatchClosed {
    fn check(&self, c: &mut Checker) {
        c.sha256_required("file_sha256", &self.file_sha256);
        c.name("mapping", &self.mapping);
        let sum = self.rows_accepted.saturating_add(self.rows_duplicate).saturating_add(self.rows_rejected);
        c.require("rows", self.rows == sum, || {
            format!("expected rows_accepted + rows_duplicate + rows_rejected = {sum}, found {}", self.rows)
        });
    }
}
