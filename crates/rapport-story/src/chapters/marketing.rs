//! Campaigns, what they cost, and newsletters.

use rapport_proto::v1::{
    Aim, CampaignDefined, CampaignResponseRecorded, CampaignSpendRecorded, Direction, Money,
    TouchMessageExchanged, campaign_response_recorded, payload::Kind, touch_message_exchanged,
};

use crate::{
    happening::Happening,
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY, HOUR, MINUTE},
        company::management,
        customer::Customer,
        tongue,
    },
};

/// The campaign of a half-year is defined.
pub(crate) fn campaign(story: &mut Telling, half_year: u32) {
    let at = story.now;
    let campaign = format!("M-{}", half_year + 1);
    let defined = CampaignDefined {
        campaign_id: campaign.clone(),
        market: "homes".to_owned(),
        audience_rule: "owners@1".to_owned(),
        aim: if half_year.is_multiple_of(2) { Aim::Acquire } else { Aim::Retain }.into(),
        personalised: false,
        control_share: Some(0.1),
        market_size: Some(12_000 + 400 * u64::from(half_year)),
        budget: Some(euros(45_000)),
        expected_revenue: Some(euros(180_000)),
    };
    story.tell(Happening::of("", at, Kind::CampaignDefined(defined)).by(management()).recorded_at(at));
    story.company.campaigns.push(campaign);
    story.begin(Chapter::Spending(0), at + 20 * DAY);
}

fn euros(euros: i64) -> Money {
    Money { minor_units: 100 * euros, currency: "EUR".to_owned() }
}

/// A month's spending on the present campaign; six months in all.
pub(crate) fn spending(story: &mut Telling, month: u32) {
    let at = story.now;
    let Some(campaign) = story.company.campaigns.last().cloned() else { return };
    let spend = CampaignSpendRecorded {
        campaign_id: campaign,
        amount: Some(Money { minor_units: story.rng.i64(300_000..1_200_000), currency: "EUR".to_owned() }),
        channel: "online".to_owned(),
        period: calendar::month(at),
        aim: Aim::Acquire.into(),
    };
    story.tell(Happening::of("", at, Kind::CampaignSpendRecorded(spend)).by(management()));
    if month < 5 {
        story.begin(Chapter::Spending(month + 1), at + 30 * DAY);
    }
}

/// A newsletter to somebody who allowed it, and what they did with it.
pub(crate) fn newsletter(story: &mut Telling, customer: &Customer, at: i64) {
    let Some(campaign) = story.company.campaigns.last().cloned() else { return };
    let party = customer.contacts.first().map_or(&customer.id, |contact| &contact.id);
    let tongue = customer.contacts.first().map_or(customer.tongue, |contact| contact.tongue);
    let sent = TouchMessageExchanged {
        direction: Direction::Outbound.into(),
        medium: touch_message_exchanged::Medium::Email.into(),
        template: "newsletter".to_owned(),
        campaign_id: campaign.clone(),
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
            campaign_id: campaign.clone(),
            kind: kind.into(),
            touch_id: touch.id.clone(),
        };
        story.tell(
            Happening::of(party, at + after, Kind::CampaignResponseRecorded(response)).because_of(&touch),
        );
    }
}
