//! Promises, documents, needs, responses and owners of one customer: the latest event about each decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{
        AgreementRecorded, CustomerAgreement, CustomerAnswer, CustomerDocument, CustomerNeed, CustomerOwner,
        DocumentStateChanged, Instrument, NeedIdentified, OwnerAssigned, SurveyAnswered,
        agreement_recorded::Status, document_state_changed::State, payload::Kind,
    },
};

use super::{counter::Events, numbered::id, with::With};
use crate::{calendar::ends_of_day, projection::Believed};

/// A thing of which the latest event decides.
#[derive(Debug, Default)]
pub(super) struct Thing<W> {
    pub(super) events: Events,
    pub(super) wire: W,
    is_open: bool,
}

/// What the latest events say.
#[derive(Debug, Default)]
pub(super) struct Things {
    agreements: BTreeMap<String, Thing<CustomerAgreement>>,
    /// Promises that others replace.
    replaced: BTreeSet<String>,
    documents: BTreeMap<String, Thing<CustomerDocument>>,
    needs: BTreeMap<String, Thing<CustomerNeed>>,
    /// By instrument, question and who responded, whatever survey asked it.
    responses: BTreeMap<(i32, String, String), Thing<CustomerAnswer>>,
    /// By role.
    owners: BTreeMap<String, CustomerOwner>,
}

impl Things {
    /// Takes an event. Events come in the order of (occurred_at, position). `is_own` says whether a tag names the
    /// customer.
    pub(super) fn take(&mut self, believed: &Believed<'_>, with: &With, is_own: impl Fn(&str) -> bool) {
        match believed.kind {
            Kind::AgreementRecorded(one) => self.take_agreement(believed, with, one),
            Kind::NeedIdentified(one) => self.take_need(believed, with, one),
            Kind::NeedClosed(one) => {
                let need = self.needs.entry(id(&one.need_id)).or_default();
                need.events.take_with(believed, with, &mut need.wire.party);
                need.is_open = false;
            }
            Kind::SurveyAnswered(one) => self.take_response(believed, with, one),
            // All else of those who act for a customer is theirs alone.
            _ if !with.is_customer => {}
            Kind::DocumentStateChanged(one) => self.take_document(believed, one),
            Kind::OwnerAssigned(one) if is_own(&one.object) => self.take_owner(believed, one),
            _ => {}
        }
    }

    fn take_agreement(&mut self, believed: &Believed<'_>, with: &With, one: &AgreementRecorded) {
        let agreement = self.agreements.entry(id(&one.agreement_id)).or_default();
        agreement.events.take_with(believed, with, &mut agreement.wire.party);
        agreement.is_open = one.status() == Status::Made;
        let wire = &mut agreement.wire;
        wire.position = believed.position().0;
        replace(&mut wire.due, &one.due);
        replace(&mut wire.what, one.personal.as_ref().map_or("", |personal| &personal.what));
        wire.made = wire.made.or_else(|| Some(time::to_proto(believed.occurred_at)));
        if !one.supersedes.is_empty() {
            self.replaced.insert(id(&one.supersedes));
        }
    }

    fn take_document(&mut self, believed: &Believed<'_>, one: &DocumentStateChanged) {
        let document = self.documents.entry(id(&one.document_id)).or_default();
        document.events.take(believed);
        let state = match one.to() {
            State::Draft => Some("draft"),
            State::Review => Some("review"),
            State::Sent => Some("sent"),
            State::Unspecified | State::Signed | State::Archived => None,
        };
        document.is_open = state.is_some();
        let wire = &mut document.wire;
        replace(&mut wire.kind, &one.kind);
        state.unwrap_or_default().clone_into(&mut wire.state);
        wire.since = Some(time::to_proto(believed.occurred_at));
        wire.position = believed.position().0;
    }

    fn take_need(&mut self, believed: &Believed<'_>, with: &With, one: &NeedIdentified) {
        let need = self.needs.entry(id(&one.need_id)).or_default();
        need.events.take_with(believed, with, &mut need.wire.party);
        need.is_open = true;
        let wire = &mut need.wire;
        replace(&mut wire.code, &one.code);
        wire.importance = one.importance.or(wire.importance);
        wire.urgency = one.urgency.or(wire.urgency);
        wire.since = wire.since.or_else(|| Some(time::to_proto(believed.occurred_at)));
        wire.position = believed.position().0;
    }

    fn take_response(&mut self, believed: &Believed<'_>, with: &With, one: &SurveyAnswered) {
        let key = (one.instrument, id(&one.question), with.name.clone());
        let response = self.responses.entry(key).or_default();
        response.events.take_with(believed, with, &mut response.wire.party);
        response.wire = CustomerAnswer {
            instrument: instrument_name(one.instrument()).to_owned(),
            survey_id: one.survey_id.clone(),
            question: one.question.clone(),
            value: one.value.unwrap_or_default(),
            scale_min: one.scale.map_or(0.0, |scale| scale.min),
            scale_max: one.scale.map_or(0.0, |scale| scale.max),
            wave: one.wave.clone(),
            at: Some(time::to_proto(believed.occurred_at)),
            position: believed.position().0,
            party: with.name.clone(),
        };
    }

    fn take_owner(&mut self, believed: &Believed<'_>, one: &OwnerAssigned) {
        let owner = CustomerOwner {
            role: one.role.clone(),
            staff: one.to.clone(),
            since: Some(time::to_proto(believed.occurred_at)),
            position: believed.position().0,
        };
        self.owners.insert(one.role.clone(), owner);
    }

    /// Who is responsible, by role.
    pub(super) fn owners(&self) -> Vec<CustomerOwner> {
        self.owners.values().cloned().collect()
    }

    /// The promises that are open at the end of a day, by id.
    pub(super) fn agreements(&mut self, until: Timestamp, zone: &TimeZone) -> Vec<Thing<CustomerAgreement>> {
        let replaced = std::mem::take(&mut self.replaced);
        let all = std::mem::take(&mut self.agreements).into_iter();
        let open = all.filter(|(id, one)| one.is_open && !replaced.contains(id)).map(|(id, mut one)| {
            one.wire.agreement = format!("agreement:{id}");
            one.wire.is_overdue = is_over(&one.wire.due, until, zone);
            one
        });
        open.collect()
    }

    /// The documents under way, by id.
    pub(super) fn documents(&mut self) -> Vec<Thing<CustomerDocument>> {
        named(&mut self.documents, |wire, id| wire.document = format!("document:{id}"))
    }

    /// The open needs, by id.
    pub(super) fn needs(&mut self) -> Vec<Thing<CustomerNeed>> {
        named(&mut self.needs, |wire, id| wire.need = format!("need:{id}"))
    }

    /// The latest response to each question of each who responded.
    pub(super) fn responses(&mut self) -> Vec<Thing<CustomerAnswer>> {
        std::mem::take(&mut self.responses).into_values().collect()
    }
}

/// Whether a day was over at that moment; one that is not said is not.
pub(super) fn is_over(day: &str, until: Timestamp, zone: &TimeZone) -> bool {
    ends_of_day(day, zone).is_some_and(|(_, end)| end <= until)
}

fn named<W>(all: &mut BTreeMap<String, Thing<W>>, name: impl Fn(&mut W, &str)) -> Vec<Thing<W>> {
    let open = std::mem::take(all).into_iter().filter(|(_, one)| one.is_open);
    let named = open.map(|(id, mut one)| {
        name(&mut one.wire, &id);
        one
    });
    named.collect()
}

fn replace(old: &mut String, new: &str) {
    if !new.is_empty() {
        new.clone_into(old);
    }
}

const fn instrument_name(instrument: Instrument) -> &'static str {
    match instrument {
        Instrument::Unspecified => "",
        Instrument::Nps => "nps",
        Instrument::Csat => "csat",
        Instrument::Ces => "ces",
        Instrument::Custom => "custom",
    }
}
