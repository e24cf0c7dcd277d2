//! What is recorded of a party: who it is, how to reach it, what is known about it.

use rapport_proto::v1::{
    ContactPointCaptured, ContactPointVerified, NeedIdentified, PartyFactRecorded, PartyIdentifierChanged,
    PartyKind, PartyLifecycleChanged, PartyRegistered, contact_point_captured, contact_point_verified,
    party_fact_recorded, party_identifier_changed, party_lifecycle_changed::State, party_registered,
    payload::Kind,
};

use crate::{
    happening::Happening,
    telling::Telling,
    world::{calendar::HOUR, customer::Customer, tongue},
};

/// `party.registered`, at once: everything else of the party comes later.
pub(crate) fn party(
    story: &mut Telling,
    id: &str,
    name: &str,
    kind: PartyKind,
    language: &str,
    country: &str,
    at: i64,
) {
    let registered = PartyRegistered {
        kind: kind.into(),
        country: country.to_owned(),
        language: language.to_owned(),
        personal: Some(party_registered::Personal { name: name.to_owned() }),
    };
    story.tell(Happening::of(id, at, Kind::PartyRegistered(registered)).recorded_at(at));
}

/// An address and a number, found to work or not.
pub(crate) fn identifiers(story: &mut Telling, party: &str, name: &str, at: i64) {
    let address = format!("{}.{}@example.org", party.to_lowercase(), name.chars().count());
    identifier(story, party, "email", address.clone(), at);
    let number = format!("+3712{:07}", story.rng.u32(0..10_000_000));
    identifier(story, party, "phone", number, at + 1_000_000);
    let found = ["website", "fair", "referral", "phone_in"];
    let captured = ContactPointCaptured {
        medium: "email".to_owned(),
        where_found: tongue::pick(&mut story.rng, &found).to_owned(),
        personal: Some(contact_point_captured::Personal { value: address }),
    };
    story.tell(Happening::of(party, at + 2_000_000, Kind::ContactPointCaptured(captured)));
    let result = if story.chance(0.93) {
        contact_point_verified::Result::Ok
    } else {
        contact_point_verified::Result::Unreachable
    };
    let verified = ContactPointVerified { result: result.into() };
    story.tell(Happening::of(party, at + HOUR, Kind::ContactPointVerified(verified)));
}

/// One way to tell the party from others.
pub(crate) fn identifier(story: &mut Telling, party: &str, scheme: &str, value: String, at: i64) {
    let changed = PartyIdentifierChanged {
        op: party_identifier_changed::Op::Link.into(),
        scheme: scheme.to_owned(),
        verified: scheme != "phone",
        personal: Some(party_identifier_changed::Personal { value, evidence: String::new() }),
    };
    story.tell(Happening::of(party, at, Kind::PartyIdentifierChanged(changed)));
}

/// Something known about a party.
pub(crate) fn fact(
    story: &mut Telling,
    party: &str,
    category: party_fact_recorded::Category,
    key: &str,
    value: String,
    at: i64,
) {
    use party_fact_recorded::{Category, Sensitivity};
    let sensitivity = match category {
        Category::Personal | Category::Preference => Sensitivity::Personal,
        Category::SegmentAttribute | Category::ChangeSignal | Category::Unspecified => Sensitivity::Normal,
    };
    let fact = PartyFactRecorded {
        category: category.into(),
        sensitivity: sensitivity.into(),
        key: key.to_owned(),
        confidence: Some(0.9),
        personal: Some(party_fact_recorded::Personal { value }),
        ..PartyFactRecorded::default()
    };
    story.tell(Happening::of(party, at, Kind::PartyFactRecorded(fact)));
}

/// The id of a customer's n-th deal, from 1.
pub(crate) fn deal_id(customer: &Customer, deal: u32) -> String {
    format!("D-{}-{deal}", 1000 + customer.number)
}

/// The id of what a customer needed before its n-th deal, from 1.
pub(crate) fn need_id(customer: &Customer, deal: u32) -> String {
    match deal {
        0 | 1 => format!("N-{}", 1000 + customer.number),
        later => format!("N-{}-{later}", 1000 + customer.number),
    }
}

/// What customers need.
const NEEDS: [&str; 5] = ["warm_home", "fresh_air", "own_power", "lower_bills", "quiet"];

/// A seller records what the customer needs.
pub(crate) fn need(story: &mut Telling, customer: &Customer, need_id: &str, at: i64) {
    let tenths = |story: &mut Telling| Some(f64::from(story.rng.u32(3..11)) / 10.0);
    let identified = NeedIdentified {
        need_id: need_id.to_owned(),
        code: tongue::pick(&mut story.rng, &NEEDS).to_owned(),
        source: tongue::pick(&mut story.rng, &["call", "meeting", "web_form"]).to_owned(),
        importance: tenths(story),
        urgency: tenths(story),
    };
    let owner = story.company.person_at(customer.seat, at);
    story.tell(Happening::of(&customer.id, at, Kind::NeedIdentified(identified)).by(owner));
}

/// A customer comes nearer or goes away.
pub(crate) fn lifecycle(
    story: &mut Telling,
    customer: &Customer,
    (from, to): (State, State),
    reason: &str,
    at: i64,
) {
    let changed = PartyLifecycleChanged {
        from: from.into(),
        to: to.into(),
        reason: reason.to_owned(),
        rule: "lifecycle@1".to_owned(),
    };
    story.tell(Happening::of(&customer.id, at, Kind::PartyLifecycleChanged(changed)));
}
