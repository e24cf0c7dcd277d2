//! Campaigns.

use rapport_proto::{
    event_type,
    v1::{self, campaign_member_selected, campaign_response_recorded, payload::Kind},
};

use super::{Believed, Projection};
use crate::{
    rows::{Aim, CampaignGroup, CampaignRow, MemberRow, Reaction, ReactionRow, SpendRow},
    table::Out,
};

/// Campaigns, what they cost, whom they chose and who reacted.
pub const CAMPAIGNS: Projection = Projection {
    reads: &[
        event_type::CAMPAIGN_DEFINED,
        event_type::CAMPAIGN_SPEND_RECORDED,
        event_type::CAMPAIGN_RESPONSE_RECORDED,
        event_type::CAMPAIGN_MEMBER_SELECTED,
    ],
    rows,
};

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (position, occurred_at, by) = (believed.position(), believed.occurred_at, &believed.event);
    match believed.kind {
        Kind::CampaignDefined(defined) => {
            let amount = |amount: &Option<v1::Money>| amount.as_ref().map(|amount| amount.minor_units);
            let (budget, expected) = (&defined.budget, &defined.expected_revenue);
            let row = CampaignRow {
                position,
                occurred_at,
                campaign: out.symbol(&defined.campaign_id),
                market: out.symbol(&defined.market),
                audience_rule: out.symbol(&defined.audience_rule),
                aim: aim(defined.aim()),
                personalised: defined.personalised,
                control_share: defined.control_share,
                market_size: defined.market_size.and_then(|size| i64::try_from(size).ok()),
                budget_minor_units: amount(budget),
                budget_currency: out.symbol(code(budget)),
                expected_minor_units: amount(expected),
                expected_currency: out.symbol(code(expected)),
            };
            out.put(&row);
        }
        Kind::CampaignSpendRecorded(spent) => {
            let Some(amount) = &spent.amount else { return };
            let row = SpendRow {
                position,
                occurred_at,
                campaign: out.symbol(&spent.campaign_id),
                spend_minor_units: amount.minor_units,
                currency: out.symbol(&amount.currency),
                channel: out.symbol(&spent.channel),
                period: out.symbol(&spent.period),
                aim: aim(spent.aim()),
            };
            out.put(&row);
        }
        Kind::CampaignResponseRecorded(responded) => {
            let reaction = match responded.kind() {
                campaign_response_recorded::Kind::Delivered => Reaction::Delivered,
                campaign_response_recorded::Kind::Opened => Reaction::Opened,
                campaign_response_recorded::Kind::Clicked => Reaction::Clicked,
                campaign_response_recorded::Kind::Replied => Reaction::Replied,
                campaign_response_recorded::Kind::Visited => Reaction::Visited,
                campaign_response_recorded::Kind::Unspecified => return,
            };
            let row = ReactionRow {
                position,
                occurred_at,
                customer: out.party(by.customer),
                campaign: out.symbol(&responded.campaign_id),
                reaction,
                channel: out.symbol(by.channel),
            };
            out.put(&row);
        }
        Kind::CampaignMemberSelected(selected) => {
            let group = match selected.group() {
                campaign_member_selected::Group::Target => CampaignGroup::Target,
                campaign_member_selected::Group::Control => CampaignGroup::Control,
                campaign_member_selected::Group::Unspecified => return,
            };
            let (customer, campaign) = (out.party(by.customer), out.symbol(&selected.campaign_id));
            out.put(&MemberRow { position, occurred_at, customer, campaign, group });
        }
        _ => {}
    }
}

/// The currency of an amount; empty without one.
fn code(amount: &Option<v1::Money>) -> &str {
    amount.as_ref().map_or("", |amount| &amount.currency)
}

const fn aim(wire: v1::Aim) -> Aim {
    match wire {
        v1::Aim::Unspecified => Aim::Unsaid,
        v1::Aim::Acquire => Aim::Acquire,
        v1::Aim::Develop => Aim::Develop,
        v1::Aim::Retain => Aim::Retain,
    }
}
