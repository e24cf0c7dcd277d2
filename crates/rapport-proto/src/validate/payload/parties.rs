//! Parties, contact points, leads, consent.

use rapport_model::country_exists;

use super::Check;
use crate::{
    v1::{
        self, party_fact_recorded::Category, party_fact_recorded::Sensitivity, party_lifecycle_changed::State,
    },
    validate::checker::Checker,
};

impl Check for v1::PartyRegistered {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::PartyKind>("PartyRegistered", "kind", self.kind);
        c.require("country", self.country.is_empty() || country_exists(&self.country), || {
            "expected an ISO 3166-1 alpha-2 code such as `LV`, upper case".into()
        });
        let plain = self.language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        c.require("language", plain && self.language.len() <= 35, || {
            "expected a BCP 47 tag such as `lv` or `ru-LV`".into()
        });
    }
}

impl Check for v1::PartyIdentifierChanged {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::party_identifier_changed::Op>("PartyIdentifierChanged", "op", self.op);
        c.name_required("scheme", &self.scheme);
    }
}

impl Check for v1::PartyFactRecorded {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<Category>("PartyFactRecorded", "category", self.category);
        c.name_required("key", &self.key);
        c.interval(("valid_from", self.valid_from.as_ref()), ("valid_to", self.valid_to.as_ref()));
        c.share("confidence", self.confidence);
        c.choice::<Sensitivity>("PartyFactRecorded", "sensitivity", self.sensitivity);
        c.basis_of_special(self.sensitivity(), &self.legal_basis);
    }
}

impl Check for v1::PartyRoleAssigned {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::party_role_assigned::Role>("PartyRoleAssigned", "role", self.role);
        let is_contact = self.role() == v1::party_role_assigned::Role::ContactOf;
        c.require("related_party", !is_contact || !self.related_party.is_empty(), || {
            "expected the party that the contact acts for".into()
        });
        c.name("related_party", &self.related_party);
        c.interval(("from", self.from.as_ref()), ("to", self.to.as_ref()));
    }
}

impl Check for v1::PartyLifecycleChanged {
    fn check(&self, c: &mut Checker) {
        c.choice::<State>("PartyLifecycleChanged", "from", self.from);
        c.choice_required::<State>("PartyLifecycleChanged", "to", self.to);
    }
}

impl Check for v1::ContactPointCaptured {
    fn check(&self, c: &mut Checker) {
        c.name_required("medium", &self.medium);
    }
}

impl Check for v1::ContactPointVerified {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::contact_point_verified::Result>(
            "ContactPointVerified",
            "result",
            self.result,
        );
    }
}

impl Check for v1::LeadOpened {
    fn check(&self, c: &mut Checker) {
        c.name("campaign_id", &self.campaign_id);
    }
}

impl Check for v1::LeadQualified {
    fn check(&self, c: &mut Checker) {
        c.choice_required::<v1::lead_qualified::Result>("LeadQualified", "result", self.result);
        c.finite("score", self.score);
    }
}

impl Check for v1::LeadConverted {
    fn check(&self, c: &mut Checker) {
        c.name("deal_id", &self.deal_id);
        c.name("order_id", &self.order_id);
    }
}

impl Check for v1::ConsentGranted {
    fn check(&self, c: &mut Checker) {
        c.name_required("purpose", &self.purpose);
        c.sha256("text_hash", &self.text_hash);
        c.moment("expires_at", self.expires_at.as_ref());
    }
}

impl Check for v1::ConsentWithdrawn {
    fn check(&self, c: &mut Checker) {
        c.name_required("purpose", &self.purpose);
    }
}

impl Check for v1::ConsentObjectionRecorded {
    fn check(&self, c: &mut Checker) {
        c.name_required("scope", &self.scope);
    }
}

impl Check for v1::ConsentPreferenceSet {
    fn check(&self, c: &mut Checker) {
        c.name("preferred_channel", &self.preferred_channel);
    }
}
