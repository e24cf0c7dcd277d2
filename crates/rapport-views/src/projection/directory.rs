//! By what customers are found: names, addresses, numbers, and for whom they act.

use rapport_model::Timestamp;
use rapport_proto::{
    event_type,
    v1::{PartyKind, party_identifier_changed::Op, party_role_assigned::Role, payload::Kind},
};

use super::{Believed, Projection, clocks::moment};
use crate::{
    directory::{said, search, words},
    rows::{ActsForRow, KnownAsRow, KnownBy, KnownWordRow, PartyIs},
    table::Out,
};

/// What customers are known by.
pub const KNOWN: Projection = Projection {
    reads: &[
        event_type::PARTY_REGISTERED,
        event_type::PARTY_IDENTIFIER_CHANGED,
        event_type::PARTY_ROLE_ASSIGNED,
        event_type::CONTACT_POINT_CAPTURED,
    ],
    rows,
};

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (position, occurred_at) = (believed.position(), believed.occurred_at);
    // Contact points and identifiers may name no customer: nobody is found by them.
    if believed.event.customer.is_empty() {
        return;
    }
    let customer = out.party(believed.event.customer);
    let known = |what, linked, kind, text: &str| {
        let said = said(text);
        let search = search(what, &said);
        KnownAsRow { position, occurred_at, customer, what, linked, kind, said, search }
    };
    match believed.kind {
        Kind::PartyRegistered(registered) => {
            let name = registered.personal.as_ref().map_or("", |personal| personal.name.as_str());
            let known = known(KnownBy::Name, true, party_is(registered.kind()), name);
            for (place, word) in (0..).zip(words(&known.said)) {
                out.put(&KnownWordRow { position, occurred_at, place, customer, word });
            }
            out.put(&known);
        }
        Kind::PartyIdentifierChanged(changed) => {
            let value = changed.personal.as_ref().map_or("", |personal| personal.value.as_str());
            let linked = match changed.op() {
                Op::Link | Op::Unspecified => true,
                Op::Unlink => false,
            };
            out.put(&known(of_scheme(&changed.scheme), linked, PartyIs::Unsaid, value));
        }
        Kind::ContactPointCaptured(captured) => {
            let value = captured.personal.as_ref().map_or("", |personal| personal.value.as_str());
            out.put(&known(of_medium(&captured.medium), true, PartyIs::Unsaid, value));
        }
        Kind::PartyRoleAssigned(assigned) if assigned.role() == Role::ContactOf => {
            let row = ActsForRow {
                position,
                occurred_at,
                customer,
                organisation: out.party(&assigned.related_party),
                begins: moment(assigned.from.as_ref()).unwrap_or(occurred_at),
                ends: moment(assigned.to.as_ref()).unwrap_or(Timestamp::MAX),
            };
            out.put(&row);
        }
        _ => {}
    }
}

const fn party_is(kind: PartyKind) -> PartyIs {
    match kind {
        PartyKind::Person => PartyIs::Person,
        PartyKind::Organisation => PartyIs::Organisation,
        PartyKind::Unspecified => PartyIs::Unsaid,
    }
}

fn of_scheme(scheme: &str) -> KnownBy {
    match scheme {
        "email" => KnownBy::Email,
        "phone" => KnownBy::Phone,
        "registration_number" => KnownBy::Registration,
        _ => KnownBy::External,
    }
}

fn of_medium(medium: &str) -> KnownBy {
    match medium {
        "email" => KnownBy::Email,
        "phone" | "sms" | "mobile" | "whatsapp" => KnownBy::Phone,
        _ => KnownBy::Address,
    }
}
