//! Campaigns, what they cost, and newsletters.

use rapport_proto::v1::{
    Aim, CampaignDefined, CampaignMemberSelected, CampaignResponseRecorded, CampaignSpendRecorded, Direction,
    Money, TouchMessageExchanged, campaign_member_selected, campaign_response_recorded, payload::Kind,
    touch_message_exchanged,
};

use crate::{
    happening::Happening,
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY, HOUR, MINUTE},
        company::{Campaign, management},
        customer::Customer,
        product, tongue,
    },
};

/// What the campaigns are for, half-year by half-year, and the channel that they use.
const AIMS: [(Aim, &str, &str); 4] = [
    (Aim::Acquire, "homes", "web"),
    (Aim::Retain, "homes", "email"),
    (Aim::Acquire, "trade", "email"),
    (Aim::Develop, "homes", "email"),
];
/// How many are left out of a campaign to those who bought before.
const CONTROL_SHARE: f64 = 0.1;

/// The campaign of a half-year is defined, and those whom it addresses are chosen.
pub(crate) fn campaign(story: &mut Telling, half_year: u32) {
    let at = story.now;
    let id = format!("M-{}", half_year + 1);
    let (aim, market, channel) = AIMS.get(half_year as usize % AIMS.len()).copied().unwrap_or_default();
    let budget = product::share(&month_budget(story), 400);
    let defined = CampaignDefined {
        campaign_id: id.clone(),
        market: market.to_owned(),
        audience_rule: "owners@1".to_owned(),
        aim: aim.into(),
        personalised: aim != Aim::Acquire,
        control_share: (aim != Aim::Acquire).then_some(CONTROL_SHARE),
        market_size: Some(u64::from(story.plan.customers) * if market == "homes" { 9 } else { 2 }),
        budget: Some(budget.clone()),
        expected_revenue: Some(product::share(&budget, 500)),
    };
    story.tell(Happening::of("", at, Kind::CampaignDefined(defined)).by(management()).recorded_at(at));
    story.company.campaigns.push(Campaign { id: id.clone(), aim, channel });
    story.begin(Chapter::Spending(0), at + 20 * DAY);
    let chosen: Vec<u32> = story
        .customers
        .iter()
        .filter(|customer| aim != Aim::Acquire && customer.active && customer.may_advertise)
        .map(|customer| customer.number)
        .collect();
    for customer in &mut story.customers {
        customer.in_control = false;
    }
    for number in chosen {
        select(story, &id, number, at + HOUR);
    }
}

/// A customer is to be addressed, or left out for comparison.
fn select(story: &mut Telling, campaign: &str, number: u32, at: i64) {
    use campaign_member_selected::Group;
    let in_control = story.chance(CONTROL_SHARE);
    let Some(customer) = story.customer_mut(number) else { return };
    customer.in_control = in_control;
    let customer = customer.clone();
    let selected = CampaignMemberSelected {
        campaign_id: campaign.to_owned(),
        group: if in_control { Group::Control } else { Group::Target }.into(),
    };
    story.tell(Happening::of(&customer.id, at, Kind::CampaignMemberSelected(selected)).recorded_at(at));
    if !in_control {
        let sent = story.later(at, 1..40);
        newsletter(story, &customer, sent);
    }
}

/// What a month of a campaign may cost, in euro: a company ten times as large spends ten times as much.
fn month_budget(story: &Telling) -> Money {
    Money { minor_units: 100_000 + i64::from(story.plan.customers) * 1_500, currency: "EUR".to_owned() }
}

/// A month's spending on the present campaign; six months in all.
pub(crate) fn spending(story: &mut Telling, month: u32) {
    let at = story.now;
    let Some(campaign) = story.company.campaigns.last().cloned() else { return };
    let most = month_budget(story).minor_units;
    let spend = CampaignSpendRecorded {
        campaign_id: campaign.id,
        amount: Some(Money { minor_units: story.rng.i64(most / 3..most), currency: "EUR".to_owned() }),
        channel: campaign.channel.to_owned(),
        period: calendar::month(at),
        aim: campaign.aim.into(),
    };
    story.tell(Happening::of("", at, Kind::CampaignSpendRecorded(spend)).by(management()));
    if month < 5 {
        story.begin(Chapter::Spending(month + 1), at + 30 * DAY);
    }
}

/// A newsletter to one customer, and the reactions to it. A customer in the control group of the campaign gets none.
pub(crate) fn newsletter(story: &mut Telling, customer: &Customer, at: i64) {
    let Some(campaign) = story.company.campaigns.last().cloned() else { return };
    if customer.in_control {
        return;
    }
    let party = customer.contacts.first().map_or(&customer.id, |contact| &contact.id);
    let tongue = customer.contacts.first().map_or(customer.tongue, |contact| contact.tongue);
    let materials = if story.chance(0.3) { vec!["brochure".to_owned()] } else { Vec::new() };
    let sent = TouchMessageExchanged {
        direction: Direction::Outbound.into(),
        medium: touch_message_exchanged::Medium::Email.into(),
        template: "newsletter".to_owned(),
        materials,
        campaign_id: campaign.id.clone(),
        purpose: "marketing".to_owned(),
        personal: Some(touch_message_exchanged::Personal {
            subject: tongue::pick(&mut story.rng, tongue.wishes).to_owned(),
            body_ref: String::new(),
        }),
        ..TouchMessageExchanged::default()
    };
    let touch = story.tell(Happening::of(party, at, Kind::TouchMessageExchanged(sent)).via("email"));
    use campaign_response_recorded::Kind::{Clicked, Delivered, Opened};
    for (kind, share, after) in [(Delivered, 0.98, MINUTE), (Opened, 0.4, 5 * HOUR), (Clicked, 0.3, 6 * HOUR)]
    {
        if !story.chance(share) {
            return;
        }
        let response = CampaignResponseRecorded {
            campaign_id: campaign.id.clone(),
            kind: kind.into(),
            touch_id: touch.id.clone(),
        };
        story.tell(
            Happening::of(party, at + after, Kind::CampaignResponseRecorded(response))
                .via("email")
                .because_of(&touch),
        );
    }
    if customer.active && story.chance(0.5) {
        let bought = story.later(at + 6 * HOUR, 0..15);
        story.begin(Chapter::Tempted(customer.number), bought);
    }
}
