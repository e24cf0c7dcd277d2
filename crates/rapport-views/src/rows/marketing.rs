//! The rows of campaigns: what they are for, what they cost, whom they chose and who reacted.

use super::{ObjectId, Symbol};
use crate::{table, table::Layout, words};

words! {
    /// What spending is for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Aim {
        /// The event does not say it.
        Unsaid = "",
        /// To win customers.
        Acquire = "acquire",
        /// To sell more to them.
        Develop = "develop",
        /// To keep them.
        Retain = "retain",
    }
}

words! {
    /// For which side of a comparison a customer was chosen.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum CampaignGroup {
        /// To be addressed.
        Target = "target",
        /// Left out.
        Control = "control",
    }
}

words! {
    /// What became of a campaign's message.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Reaction {
        /// It arrived.
        Delivered = "delivered",
        /// It was opened.
        Opened = "opened",
        /// A link was followed.
        Clicked = "clicked",
        /// The customer replied.
        Replied = "replied",
        /// The customer came.
        Visited = "visited",
    }
}

table! {
    /// A campaign was defined.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct CampaignRow in "campaign": Layout::OfLog, key [], indexes [];
    {
        /// The campaign, by id.
        pub campaign: Symbol,
        /// The market addressed.
        pub market: Symbol,
        /// The people addressed, as a rule's code@version.
        pub audience_rule: Symbol,
        /// acquire, develop or retain; empty when the event does not say it.
        pub aim: Aim,
        /// Whether messages are written for the person.
        pub personalised: bool,
        /// The share of people left out for comparison, 0 to 1; null when it is not known.
        pub control_share: Option<f64>,
        /// Possible customers of the market; null when they are not known.
        pub market_size: Option<i64>,
        /// What it is to cost, in minor units; null when it is not said.
        pub budget_minor_units: Option<i64>,
        /// Of the budget, ISO 4217; empty without one.
        pub budget_currency: Symbol,
        /// What it is to bring, in minor units; null when it is not said.
        pub expected_minor_units: Option<i64>,
        /// Of what it is to bring, ISO 4217; empty without it.
        pub expected_currency: Symbol,
    }
}

table! {
    /// A campaign cost money.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct SpendRow in "campaign_spend": Layout::OfLog, key [], indexes [];
    {
        /// The campaign, by id.
        pub campaign: Symbol,
        /// In minor units.
        pub spend_minor_units: i64,
        /// ISO 4217.
        pub currency: Symbol,
        /// The channel it was spent on.
        pub channel: Symbol,
        /// The period it belongs to, as 2026-03 or 2026-Q1.
        pub period: Symbol,
        /// acquire, develop or retain; empty when the event does not say it.
        pub aim: Aim,
    }
}

table! {
    /// A customer was chosen for a campaign.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct MemberRow in "campaign_member": Layout::OfLog, key [], indexes [], for people "campaign_members";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The campaign, by id.
        pub campaign: Symbol,
        /// target or control.
        pub group as "side": CampaignGroup,
    }
}

table! {
    /// A message of a campaign arrived, or a customer reacted to it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ReactionRow in "reaction": Layout::OfLog, key [], indexes [], for people "reactions";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The campaign, by id.
        pub campaign: Symbol,
        /// delivered, opened, clicked, replied or visited.
        pub reaction: Reaction,
        /// How it came: email, web, …
        pub channel: Symbol,
    }
}
