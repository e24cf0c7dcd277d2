//! Who a customer is: what it was registered as, its roles, how far the relation is, segment attributes, consent.

use rapport_model::Timestamp;
use rapport_proto::{
    event_type,
    v1::{
        PartyFactRecorded, PartyKind,
        party_fact_recorded::{Category, Sensitivity},
        party_lifecycle_changed::State,
        party_role_assigned::Role,
        payload::Kind,
    },
};

use super::{Believed, Projection, clocks::moment};
use crate::{
    rows::{
        AttributeRow, ConsentDecision, ConsentRow, Lifecycle, LifecycleRow, OwnerRow, PartyIs, PartyRole,
        PreferenceRow, RegisteredRow, RoleRow, SignalRow, Symbol,
    },
    table::Out,
};

/// Registrations, roles, lifecycle, attributes and signs of change.
pub const STANDINGS: Projection = Projection {
    reads: &[
        event_type::PARTY_REGISTERED,
        event_type::PARTY_ROLE_ASSIGNED,
        event_type::PARTY_LIFECYCLE_CHANGED,
        event_type::PARTY_FACT_RECORDED,
    ],
    rows,
};

/// Consent given, withdrawn, objected to, and how customers want to be addressed.
pub const CONSENTS: Projection = Projection {
    reads: &[
        event_type::CONSENT_GRANTED,
        event_type::CONSENT_WITHDRAWN,
        event_type::CONSENT_OBJECTION_RECORDED,
        event_type::CONSENT_PREFERENCE_SET,
    ],
    rows: consents,
};

/// Who is responsible.
pub const OWNERS: Projection = Projection { reads: &[event_type::OWNER_ASSIGNED], rows: owners };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (position, occurred_at) = (believed.position(), believed.occurred_at);
    let customer = out.party(believed.event.customer);
    match believed.kind {
        Kind::PartyRegistered(registered) => {
            let kind = match registered.kind() {
                PartyKind::Person => PartyIs::Person,
                PartyKind::Organisation => PartyIs::Organisation,
                PartyKind::Unspecified => PartyIs::Unsaid,
            };
            let (country, language) = (out.symbol(&registered.country), out.symbol(&registered.language));
            out.put(&RegisteredRow { position, occurred_at, customer, kind, country, language });
        }
        Kind::PartyRoleAssigned(assigned) => {
            let role = match assigned.role() {
                Role::Customer => PartyRole::Customer,
                Role::Supplier => PartyRole::Supplier,
                Role::Partner => PartyRole::Partner,
                Role::Employee => PartyRole::Employee,
                Role::ContactOf => PartyRole::ContactOf,
                Role::Unspecified => return,
            };
            let row = RoleRow {
                position,
                occurred_at,
                customer,
                role,
                related: out.party(&assigned.related_party),
                begins: moment(assigned.from.as_ref()).unwrap_or(occurred_at),
                ends: moment(assigned.to.as_ref()).unwrap_or(Timestamp::MAX),
            };
            out.put(&row);
        }
        Kind::PartyLifecycleChanged(changed) => {
            let state = match changed.to() {
                State::Suspect => Lifecycle::Suspect,
                State::Prospect => Lifecycle::Prospect,
                State::Active => Lifecycle::Active,
                State::Inactive => Lifecycle::Inactive,
                State::Lost => Lifecycle::Lost,
                State::Unspecified => return,
            };
            out.put(&LifecycleRow { position, occurred_at, customer, state });
        }
        Kind::PartyFactRecorded(fact) if is_class(fact) => {
            let value = fact.personal.as_ref().map_or("", |personal| &personal.value);
            let row = AttributeRow {
                position,
                occurred_at,
                customer,
                key: out.symbol(&fact.key),
                value: out.symbol(value),
                begins: moment(fact.valid_from.as_ref()).unwrap_or(occurred_at),
                ends: moment(fact.valid_to.as_ref()).unwrap_or(Timestamp::MAX),
            };
            out.put(&row);
        }
        Kind::PartyFactRecorded(fact) if is_signal(fact) => {
            let key = out.symbol(&fact.key);
            out.put(&SignalRow { position, occurred_at, customer, key });
        }
        _ => {}
    }
}

/// Whether a fact is a sign of change whose key may be told.
fn is_signal(fact: &PartyFactRecorded) -> bool {
    fact.category() == Category::ChangeSignal && fact.sensitivity() != Sensitivity::Special
}

/// Whether a fact is a class of the customer and not something about a person.
fn is_class(fact: &PartyFactRecorded) -> bool {
    fact.category() == Category::SegmentAttribute
        && matches!(fact.sensitivity(), Sensitivity::Unspecified | Sensitivity::Normal)
}

fn owners(believed: &Believed<'_>, out: &mut Out<'_>) {
    let Kind::OwnerAssigned(assigned) = believed.kind else { return };
    let (kind, id) = assigned.object.split_once(':').unwrap_or((assigned.object.as_str(), ""));
    let customer = if kind == "party" { out.party(id) } else { out.party(believed.event.customer) };
    let row = OwnerRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer,
        kind: out.symbol(kind),
        object: assigned.object.clone(),
        role: out.symbol(&assigned.role),
        staff: out.symbol(&assigned.to),
    };
    out.put(&row);
}

fn consents(believed: &Believed<'_>, out: &mut Out<'_>) {
    let by = &believed.event;
    let mut row = ConsentRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(by.customer),
        decision: ConsentDecision::Granted,
        purpose: Symbol::default(),
        channel: Symbol::default(),
        expires: Timestamp::MAX,
        topics: Box::default(),
        text_version: Symbol::default(),
        text_hash: Symbol::default(),
        method: Symbol::default(),
        staff: out.symbol(by.actor_id),
    };
    match believed.kind {
        Kind::ConsentGranted(granted) => {
            [row.purpose, row.channel, row.text_version, row.text_hash, row.method] = [
                &granted.purpose,
                &granted.channel,
                &granted.text_version,
                &granted.text_hash,
                &granted.method,
            ]
            .map(|text| out.symbol(text));
            row.topics = granted.topics.iter().map(|topic| out.symbol(topic)).collect();
            row.expires = moment(granted.expires_at.as_ref()).unwrap_or(Timestamp::MAX);
        }
        Kind::ConsentWithdrawn(withdrawn) => {
            row.decision = ConsentDecision::Withdrawn;
            [row.purpose, row.channel, row.method] =
                [&withdrawn.purpose, &withdrawn.channel, &withdrawn.method].map(|text| out.symbol(text));
        }
        Kind::ConsentObjectionRecorded(objected) => {
            row.decision = ConsentDecision::Objected;
            row.purpose = out.symbol(&objected.scope);
        }
        Kind::ConsentPreferenceSet(set) => {
            let row = PreferenceRow {
                position: row.position,
                occurred_at: row.occurred_at,
                customer: row.customer,
                topics: set.topics.iter().map(|topic| out.symbol(topic)).collect(),
                frequency_cap: set.frequency_cap.map(i64::from),
                quiet_hours: out.symbol(&set.quiet_hours),
                preferred_channel: out.symbol(&set.preferred_channel),
            };
            out.put(&row);
            return;
        }
        _ => return,
    }
    out.put(&row);
}
