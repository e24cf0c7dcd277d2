//! A customer becomes known.

use rapport_proto::v1::{
    ConsentGranted, ConsentObjectionRecorded, LeadConverted, LeadOpened, LeadQualified, NeedIdentified,
    OwnerAssigned, PartyKind, PartyRoleAssigned, consent_granted, lead_opened, lead_qualified,
    party_fact_recorded, party_lifecycle_changed::State, party_role_assigned, payload::Kind,
};

use crate::{
    chapters::{
        double,
        party::{deal_id, fact, identifier, identifiers, lifecycle, party},
        staff::ACCOUNT_MANAGER,
    },
    happening::Happening,
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY, MINUTE},
        customer::{Contact, Customer},
        tongue,
    },
};

/// This part of all customers is there when the story begins, and arrives in its first weeks.
const THERE_ALREADY: f64 = 0.25;
/// How long their registration takes.
const FIRST_WEEKS: i64 = 20 * DAY;
/// SHA-256 of the text that people consent to.
const CONSENT_TEXT: &str = "5f3c9b1d7a2e4c60b8d1f0a9e6c7b3524d8e1f60a7b9c2d3e4f5061728394a5b";

/// Registers customer `number`, lets the next one come, and begins what follows.
pub(crate) fn play(story: &mut Telling, number: u32) {
    let at = story.now;
    expect_the_next(story, number);
    let customer = if number == 0 {
        Customer::showcase(&mut story.rng, number, &story.company)
    } else {
        Customer::invent(&mut story.rng, number, &story.company)
    };
    story.customers.push(customer.clone());

    register(story, &customer, at);
    let spoken_to =
        if let Some(first) = customer.contacts.first() { first.id.clone() } else { customer.id.clone() };
    consent(story, &customer, &spoken_to, at + 9 * MINUTE);
    assign_owner(story, &customer, at + 10 * MINUTE);
    if number == 0 {
        let at = story.now + 30 * DAY;
        story.begin(Chapter::Showcase, at);
    } else {
        lead(story, &customer, at + 12 * MINUTE);
        double::perhaps(story, &customer);
    }
    let at = story.later(at, 20..90);
    story.begin(Chapter::Touch(number), at);
}

/// A quarter comes in the first weeks, the others evenly until the end.
fn expect_the_next(story: &mut Telling, number: u32) {
    let (next, all) = (number + 1, story.plan.customers);
    if next >= all {
        return;
    }
    let start = story.milestones.start.as_micros();
    let span = story.milestones.end.as_micros() - start - FIRST_WEEKS;
    let early = f64::from(all) * THERE_ALREADY;
    let place = f64::from(next);
    #[expect(clippy::cast_possible_truncation, reason = "a part of two years in microseconds")]
    let after = if place < early {
        (FIRST_WEEKS as f64 * place / early) as i64
    } else {
        FIRST_WEEKS + (span as f64 * (place - early) / (f64::from(all) - early)) as i64
    };
    let at = calendar::working_moment(&mut story.rng, start + after);
    story.begin(Chapter::Arrival(next), at);
}

fn register(story: &mut Telling, customer: &Customer, at: i64) {
    let kind = if customer.is_organisation() { PartyKind::Organisation } else { PartyKind::Person };
    party(story, &customer.id, &customer.name, kind, customer.tongue.code, customer.country(), at);
    if !customer.is_organisation() {
        identifiers(story, &customer.id, &customer.name, at + MINUTE);
        return;
    }
    let number = format!("4{:010}", customer.number);
    identifier(story, &customer.id, "registration_number", number, at + MINUTE);
    let sector = ["hospitality", "manufacturing", "retail", "housing", "logistics"];
    let sector =
        if customer.number == 0 { "hospitality" } else { tongue::pick(&mut story.rng, &sector) }.to_owned();
    fact(
        story,
        &customer.id,
        party_fact_recorded::Category::SegmentAttribute,
        "sector",
        sector,
        at + 2 * MINUTE,
    );
    for (place, contact) in (0..).zip(&customer.contacts) {
        let at = at + (3 + place) * MINUTE;
        party(
            story,
            &contact.id,
            &contact.name,
            PartyKind::Person,
            contact.tongue.code,
            customer.country(),
            at,
        );
        identifiers(story, &contact.id, &contact.name, at + MINUTE / 2);
        contact_of(story, contact, &customer.id, at + MINUTE / 3);
    }
}

fn contact_of(story: &mut Telling, contact: &Contact, organisation: &str, at: i64) {
    let role = PartyRoleAssigned {
        role: party_role_assigned::Role::ContactOf.into(),
        related_party: organisation.to_owned(),
        ..PartyRoleAssigned::default()
    };
    story.tell(Happening::of(&contact.id, at, Kind::PartyRoleAssigned(role)).recorded_at(at));
}

fn consent(story: &mut Telling, customer: &Customer, party: &str, at: i64) {
    let draw = story.rng.f64();
    if draw < 0.62 {
        let granted = ConsentGranted {
            purpose: "marketing".to_owned(),
            channel: "email".to_owned(),
            text_version: "2".to_owned(),
            text_hash: CONSENT_TEXT.to_owned(),
            method: "web_form".to_owned(),
            personal: Some(consent_granted::Personal { evidence: format!("form of {}", calendar::date(at)) }),
            ..ConsentGranted::default()
        };
        story.tell(Happening::of(party, at, Kind::ConsentGranted(granted)).via("web"));
        if let Some(customer) = story.customer_mut(customer.number) {
            customer.may_advertise = true;
        }
    } else if draw > 0.97 {
        let objection = ConsentObjectionRecorded {
            scope: "direct_marketing".to_owned(),
            article_21: true,
            ..ConsentObjectionRecorded::default()
        };
        story.tell(Happening::of(party, at, Kind::ConsentObjectionRecorded(objection)).via("phone"));
    }
}

fn assign_owner(story: &mut Telling, customer: &Customer, at: i64) {
    let owner = story.company.person(customer.seat);
    let assigned = OwnerAssigned {
        object: format!("party:{}", customer.id),
        role: ACCOUNT_MANAGER.to_owned(),
        to: owner.id,
        reason: "branch".to_owned(),
        ..OwnerAssigned::default()
    };
    story.tell(Happening::of(&customer.id, at, Kind::OwnerAssigned(assigned)));
}

/// A lead, judged after some days, and perhaps a deal.
fn lead(story: &mut Telling, customer: &Customer, at: i64) {
    let owner = story.company.person(customer.seat);
    let campaign = if story.chance(0.3) { story.company.campaigns.last().cloned() } else { None };
    let opened = LeadOpened {
        source_channel: if campaign.is_some() { "campaign" } else { "web" }.to_owned(),
        campaign_id: campaign.unwrap_or_default(),
        interest: "heating".to_owned(),
        landing: String::new(),
        personal: Some(lead_opened::Personal {
            title: tongue::pick(&mut story.rng, customer.tongue.wishes).to_owned(),
        }),
    };
    let opened = story.tell(Happening::of(&customer.id, at, Kind::LeadOpened(opened)).via("web"));
    lifecycle(story, customer, (State::Suspect, State::Prospect), "lead", at + MINUTE);

    let judged = story.later(at, 0..9);
    let accepted = story.chance(0.78);
    let qualified = LeadQualified {
        result: if accepted { lead_qualified::Result::Accepted } else { lead_qualified::Result::Rejected }
            .into(),
        score: Some(f64::from(story.rng.u32(20..100))),
        criteria: "fit@1".to_owned(),
        reason: if accepted { "" } else { "no budget" }.to_owned(),
    };
    story.tell(
        Happening::of(&customer.id, judged, Kind::LeadQualified(qualified))
            .by(owner.clone())
            .because_of(&opened),
    );
    if !accepted {
        return;
    }
    let need = NeedIdentified {
        need_id: format!("N-{}", customer.number + 1000),
        code: "warm_home".to_owned(),
        source: "call".to_owned(),
        importance: Some(0.8),
        urgency: Some(0.5),
    };
    story
        .tell(Happening::of(&customer.id, judged + 5 * MINUTE, Kind::NeedIdentified(need)).by(owner.clone()));
    let converted = LeadConverted { deal_id: deal_id(customer, 1), order_id: String::new() };
    let at = story.later(judged, 0..6);
    story.tell(Happening::of(&customer.id, at, Kind::LeadConverted(converted)).by(owner));
    story.begin(Chapter::Deal(customer.number), at);
}
