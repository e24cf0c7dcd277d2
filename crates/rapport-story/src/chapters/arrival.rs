//! A customer becomes known.

use rapport_proto::v1::{
    Aim, ConsentGranted, ConsentObjectionRecorded, ConsentPreferenceSet, LeadConverted, LeadOpened,
    LeadQualified, OwnerAssigned, PartyKind, PartyRoleAssigned, consent_granted, lead_opened, lead_qualified,
    party_fact_recorded::Category, party_lifecycle_changed::State, party_role_assigned, payload::Kind,
};

use crate::{
    chapters::{
        double,
        party::{self, deal_id, fact, identifier, identifiers, lifecycle, party},
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
    let region = customer.region(&mut story.rng).to_owned();
    fact(story, &customer.id, Category::SegmentAttribute, "region", region, at + MINUTE / 2);
    if !customer.is_organisation() {
        identifiers(story, &customer.id, &customer.name, at + MINUTE);
        what_they_like(story, customer, at + 3 * MINUTE);
        return;
    }
    let number = format!("4{:010}", customer.number);
    identifier(story, &customer.id, "registration_number", number, at + MINUTE);
    let sector = ["hospitality", "manufacturing", "retail", "housing", "logistics"];
    let sector =
        if customer.number == 0 { "hospitality" } else { tongue::pick(&mut story.rng, &sector) }.to_owned();
    fact(story, &customer.id, Category::SegmentAttribute, "sector", sector, at + 2 * MINUTE);
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

/// What some persons say of themselves.
fn what_they_like(story: &mut Telling, customer: &Customer, at: i64) {
    if story.chance(0.2) {
        let time = tongue::pick(&mut story.rng, &["evenings", "mornings", "weekends"]).to_owned();
        fact(story, &customer.id, Category::Preference, "contact_time", time, at);
    }
    if story.chance(0.08) {
        let children = story.rng.u32(1..4).to_string();
        fact(story, &customer.id, Category::Personal, "children", children, at + MINUTE);
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
        if story.chance(0.2) {
            let preference = ConsentPreferenceSet {
                topics: vec!["offers".to_owned(), "service".to_owned()],
                frequency_cap: Some(story.rng.u32(0..3)),
                quiet_hours: "19:00-08:00".to_owned(),
                preferred_channel: "email".to_owned(),
            };
            let set = Happening::of(party, at + MINUTE, Kind::ConsentPreferenceSet(preference));
            story.tell(set.via("web"));
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
    let owner = story.company.person_at(customer.seat, at);
    let assigned = OwnerAssigned {
        object: format!("party:{}", customer.id),
        role: ACCOUNT_MANAGER.to_owned(),
        to: owner.id,
        reason: "branch".to_owned(),
        ..OwnerAssigned::default()
    };
    story.tell(Happening::of(&customer.id, at, Kind::OwnerAssigned(assigned)));
}

/// How often leads are accepted, by where they come from.
const ORIGINS: [(&str, f64); 5] =
    [("web", 0.74), ("web", 0.74), ("referral", 0.92), ("fair", 0.6), ("phone", 0.82)];
/// The pages at which leads come in.
const LANDINGS: [&str; 3] = ["/heat-pumps", "/solar", "/offers"];
/// Why leads are rejected.
const REJECTIONS: [&str; 4] = ["no budget", "no budget", "too far away", "only information"];

/// A lead, judged after some days, and perhaps a deal.
fn lead(story: &mut Telling, customer: &Customer, at: i64) {
    let owner = story.company.person_at(customer.seat, at);
    let (origin, campaign, accepted) = origin(story);
    let on_the_web = matches!(origin, "web" | "email");
    let opened = LeadOpened {
        source_channel: origin.to_owned(),
        campaign_id: campaign,
        interest: tongue::pick(&mut story.rng, &["heating", "air", "power"]).to_owned(),
        landing: if on_the_web { tongue::pick(&mut story.rng, &LANDINGS) } else { "" }.to_owned(),
        personal: Some(lead_opened::Personal {
            title: tongue::pick(&mut story.rng, customer.tongue.wishes).to_owned(),
        }),
    };
    let mut opening = Happening::of(&customer.id, at, Kind::LeadOpened(opened)).via(origin);
    if !on_the_web {
        opening = opening.by(owner.clone()).recorded_at(at);
    }
    let opened = story.tell(opening);
    lifecycle(story, customer, (State::Suspect, State::Prospect), "lead", at + MINUTE);

    let judged = story.later(at, 0..9);
    let accepted = story.chance(accepted);
    let qualified = LeadQualified {
        result: if accepted { lead_qualified::Result::Accepted } else { lead_qualified::Result::Rejected }
            .into(),
        score: Some(f64::from(story.rng.u32(20..100))),
        criteria: "fit@1".to_owned(),
        reason: if accepted { "" } else { tongue::pick(&mut story.rng, &REJECTIONS) }.to_owned(),
    };
    let mut verdict = Happening::of(&customer.id, judged, Kind::LeadQualified(qualified)).because_of(&opened);
    // The criteria alone judge what is clear.
    if !story.chance(0.35) {
        verdict = verdict.by(owner.clone());
    }
    story.tell(verdict);
    if !accepted {
        return;
    }
    party::need(story, customer, &party::need_id(customer, 1), judged + 5 * MINUTE);
    let converted = LeadConverted { deal_id: deal_id(customer, 1), order_id: String::new() };
    let at = story.later(judged, 0..6).max(judged + 10 * MINUTE);
    story.tell(Happening::of(&customer.id, at, Kind::LeadConverted(converted)).by(owner));
    story.begin(Chapter::Deal(customer.number), at);
}

/// Where a lead comes from, by which campaign, and how often such leads are accepted.
fn origin(story: &mut Telling) -> (&'static str, String, f64) {
    let present = story.company.campaigns.last().filter(|campaign| campaign.aim == Aim::Acquire).cloned();
    match present {
        Some(campaign) if story.chance(0.4) => (campaign.channel, campaign.id, 0.7),
        Some(_) | None => {
            let (origin, accepted) = story.rng.choice(ORIGINS).unwrap_or_default();
            (origin, String::new(), accepted)
        }
    }
}
