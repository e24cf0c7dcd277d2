//! Lines of identity, contact, lead, consent and disclosure.

use rapport_proto::v1::{
    ConsentGranted, ConsentObjectionRecorded, ConsentPreferenceSet, ConsentWithdrawn, ContactPointCaptured,
    ContactPointVerified, LeadConverted, LeadOpened, LeadQualified, PartyFactRecorded,
    PartyIdentifierChanged, PartyKind, PartyLifecycleChanged, PartyMerged, PartyRegistered,
    PartyRoleAssigned, PartyUnmerged, RecordDisclosed, SubjectErasureDecided, contact_point_verified,
    lead_qualified, party_identifier_changed::Op, record_disclosed::Recipient, subject_erasure_decided,
};

use super::line::line;
use crate::timeline::profile::{category_name, lifecycle_name, role_name};

pub(super) fn registered(e: &PartyRegistered) -> String {
    let head = match e.kind() {
        PartyKind::Person => "person registered",
        PartyKind::Organisation => "organisation registered",
        PartyKind::Unspecified => "party registered",
    };
    let name = e.personal.as_ref().map_or("", |personal| &personal.name);
    line(head).detail(name).detail(&e.country).done()
}

pub(super) fn identifier_changed(e: &PartyIdentifierChanged) -> String {
    let op = match e.op() {
        Op::Link => "linked",
        Op::Unlink => "unlinked",
        Op::Unspecified => "changed",
    };
    let value = e.personal.as_ref().map_or("", |personal| &personal.value);
    line(&e.scheme).word(op).detail(value).detail(if e.verified { "verified" } else { "" }).done()
}

pub(super) fn fact_recorded(e: &PartyFactRecorded) -> String {
    let value = e.personal.as_ref().map_or("", |personal| &personal.value);
    line(&category_name(e.category()).replace('_', " ")).word(&e.key).detail(value).done()
}

pub(super) fn role_assigned(e: &PartyRoleAssigned) -> String {
    let role = role_name(e.role()).unwrap_or("").replace('_', " ");
    line("role").word(&role).word(&e.related_party).done()
}

pub(super) fn lifecycle_changed(e: &PartyLifecycleChanged) -> String {
    let from = lifecycle_name(e.from()).unwrap_or("");
    let to = lifecycle_name(e.to()).unwrap_or("");
    line("relation").labelled("from", from).labelled("to", to).detail(&e.reason).done()
}

pub(super) fn contact_captured(e: &ContactPointCaptured) -> String {
    let value = e.personal.as_ref().map_or("", |personal| &personal.value);
    line("contact point captured").word(&e.medium).detail(value).detail(&e.where_found).done()
}

pub(super) fn contact_verified(e: &ContactPointVerified) -> String {
    let result = match e.result() {
        contact_point_verified::Result::Ok => "works",
        contact_point_verified::Result::Invalid => "does not exist",
        contact_point_verified::Result::Unreachable => "unreachable",
        contact_point_verified::Result::Refused => "refused",
        contact_point_verified::Result::Unspecified => "verified",
    };
    line("contact point").word(result).done()
}

pub(super) fn lead_opened(e: &LeadOpened) -> String {
    let title = e.personal.as_ref().map_or("", |personal| &personal.title);
    line("lead opened").labelled("from", &e.source_channel).detail(title).detail(&e.interest).done()
}

pub(super) fn lead_qualified(e: &LeadQualified) -> String {
    let result = match e.result() {
        lead_qualified::Result::Accepted => "accepted",
        lead_qualified::Result::Rejected => "rejected",
        lead_qualified::Result::Unspecified => "judged",
    };
    line("lead").word(result).detail(&e.reason).number("score", e.score).done()
}

pub(super) fn lead_converted(e: &LeadConverted) -> String {
    line("lead converted").labelled("to deal", &e.deal_id).labelled("to order", &e.order_id).done()
}

pub(super) fn consent_granted(e: &ConsentGranted) -> String {
    line("consent granted")
        .labelled("for", &e.purpose)
        .labelled("by", &e.channel)
        .list(&e.topics)
        .detail(&e.method)
        .done()
}

pub(super) fn consent_withdrawn(e: &ConsentWithdrawn) -> String {
    line("consent withdrawn").labelled("for", &e.purpose).labelled("by", &e.channel).detail(&e.method).done()
}

pub(super) fn objection_recorded(e: &ConsentObjectionRecorded) -> String {
    let article = if e.article_21 { "by GDPR article 21" } else { "" };
    line("objection").labelled("to", &e.scope).detail(article).done()
}

pub(super) fn preference_set(e: &ConsentPreferenceSet) -> String {
    let cap = match e.frequency_cap {
        None => String::new(),
        Some(0) => "no messages".to_owned(),
        Some(cap) => format!("at most {cap} a month"),
    };
    line("preferences set")
        .detail(&e.preferred_channel)
        .detail(&cap)
        .detail(&e.quiet_hours)
        .list(&e.topics)
        .done()
}

pub(super) fn merged(e: &PartyMerged) -> String {
    line("party").word(&e.absorbed).labelled("merged into", &e.survivor).detail(&e.evidence).done()
}

pub(super) fn unmerged(e: &PartyUnmerged) -> String {
    let sides = [e.survivor_identifiers.join(", "), e.absorbed_identifiers.join(", ")];
    line("merge taken back").detail(sides.join(" | ").trim_matches([' ', '|'])).done()
}

/// Says no more than Rapport does: it records the decision, and personal data stays as it was.
pub(super) fn erasure_decided(e: &SubjectErasureDecided) -> String {
    const NOTHING_ERASED: &str = "recorded only, nothing is erased by it";
    let (outcome, done) = match e.outcome() {
        subject_erasure_decided::Outcome::Shredded => ("granted", NOTHING_ERASED),
        subject_erasure_decided::Outcome::Refused => ("refused", ""),
        subject_erasure_decided::Outcome::Partial => ("granted in part", NOTHING_ERASED),
        subject_erasure_decided::Outcome::Unspecified => ("decided", NOTHING_ERASED),
    };
    line("erasure")
        .word(outcome)
        .detail(done)
        .detail(&e.legal_basis)
        .labelled_detail("hold until", &e.hold_until)
        .done()
}

pub(super) fn disclosed(e: &RecordDisclosed) -> String {
    let to = match e.to() {
        Recipient::Auditor => "to an auditor",
        Recipient::Subject => "to the person",
        Recipient::Authority => "to an authority",
        Recipient::Unspecified => "",
    };
    line("record disclosed").word(to).detail(&e.query).done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_to_erase_does_not_claim_that_anything_was_erased() {
        for outcome in [
            subject_erasure_decided::Outcome::Shredded,
            subject_erasure_decided::Outcome::Partial,
            subject_erasure_decided::Outcome::Unspecified,
        ] {
            let decided =
                SubjectErasureDecided { outcome: outcome.into(), ..SubjectErasureDecided::default() };
            let said = erasure_decided(&decided);
            assert!(said.ends_with(": recorded only, nothing is erased by it"), "{said}");
        }
        let outcome = subject_erasure_decided::Outcome::Refused.into();
        let refused = SubjectErasureDecided { outcome, legal_basis: "tax law".into(), ..Default::default() };
        assert_eq!(erasure_decided(&refused), "erasure refused: tax law");
    }
}
