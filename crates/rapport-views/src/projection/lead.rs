//! The steps before a deal.

use rapport_proto::{
    event_type,
    v1::{lead_qualified, payload::Kind},
};

use super::{Believed, Projection};
use crate::{
    rows::{LeadRow, LeadStep, LeadToldRow, ObjectId, Symbol, storable},
    table::{Dictionary, Out},
};

/// Steps before a deal.
pub const STEPS: Projection = Projection {
    reads: &[
        event_type::CONTACT_POINT_CAPTURED,
        event_type::LEAD_OPENED,
        event_type::LEAD_QUALIFIED,
        event_type::LEAD_CONVERTED,
    ],
    rows,
};

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let Some(step) = lead_step(believed.kind) else { return };
    let row = LeadRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(believed.event.customer),
        step,
        lead: storable(&lead_tag(believed)).into_owned(),
    };
    out.put(&row);
}

/// The same with all that is known of each.
pub const LEADS: Projection = Projection { reads: STEPS.reads, rows: told };

fn told(believed: &Believed<'_>, out: &mut Out<'_>) {
    let Some(step) = lead_step(believed.kind) else { return };
    let by = &believed.event;
    let lead = match lead_tag(believed).as_str() {
        "" => ObjectId::NOBODY,
        tag => out.name(Dictionary::Object, tag),
    };
    let mut row = LeadToldRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(by.customer),
        step,
        lead,
        origin: Symbol::default(),
        campaign: Symbol::default(),
        landing: Symbol::default(),
        interest: Symbol::default(),
        score: None,
        reason: Symbol::default(),
        deal: ObjectId::NOBODY,
        order: ObjectId::NOBODY,
        staff: out.symbol(by.actor_id),
        branch: out.symbol(by.actor_branch),
    };
    match believed.kind {
        Kind::ContactPointCaptured(captured) => row.origin = out.symbol(&captured.where_found),
        Kind::LeadOpened(opened) => {
            [row.origin, row.campaign, row.landing, row.interest] =
                [&opened.source_channel, &opened.campaign_id, &opened.landing, &opened.interest]
                    .map(|text| out.symbol(text));
        }
        Kind::LeadQualified(qualified) => {
            (row.score, row.reason) = (qualified.score, out.symbol(&qualified.reason));
        }
        Kind::LeadConverted(converted) => {
            row.deal = out.name(Dictionary::Deal, &converted.deal_id);
            row.order = out.name(Dictionary::Order, &converted.order_id);
        }
        _ => {}
    }
    out.put(&row);
}

/// The step that an event is, if it is one.
fn lead_step(kind: &Kind) -> Option<LeadStep> {
    match kind {
        Kind::ContactPointCaptured(_) => Some(LeadStep::Captured),
        Kind::LeadOpened(_) => Some(LeadStep::Opened),
        Kind::LeadQualified(qualified) => match qualified.result() {
            lead_qualified::Result::Accepted => Some(LeadStep::Accepted),
            lead_qualified::Result::Rejected => Some(LeadStep::Rejected),
            lead_qualified::Result::Unspecified => None,
        },
        Kind::LeadConverted(_) => Some(LeadStep::Converted),
        _ => None,
    }
}

/// The tag that says which lead an event is about: `lead:ID`, else `deal:ID`. Empty without one.
///
/// A conversion names its deal in its content, which weighs more than a tag `deal:ID`: after a correction the server's
/// tag still names the deal of before.
fn lead_tag(believed: &Believed<'_>) -> String {
    let tagged = |kind: &str| believed.event.tags().find(|tag| tag.starts_with(kind)).map(str::to_owned);
    let converted_to = match believed.kind {
        Kind::LeadConverted(converted) if !converted.deal_id.is_empty() => {
            Some(format!("deal:{}", converted.deal_id))
        }
        _ => None,
    };
    tagged("lead:").or(converted_to).or_else(|| tagged("deal:")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rapport_model::Timestamp;
    use rapport_proto::{event_ref::EventRef, v1};

    use super::*;

    fn tag_of(tags: &[&str], kind: &Kind) -> String {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let event = v1::RecordedEvent { tags, ..v1::RecordedEvent::default() };
        lead_tag(&Believed { event: &EventRef::from(&event), occurred_at: Timestamp::MIN, kind })
    }

    #[test]
    fn the_deal_that_a_conversion_names_weighs_more_than_the_tag_of_one_that_a_correction_replaced() {
        let converted = |deal: &str| {
            Kind::LeadConverted(v1::LeadConverted { deal_id: deal.into(), ..Default::default() })
        };
        assert_eq!(tag_of(&["deal:4"], &converted("5")), "deal:5");
        assert_eq!(tag_of(&["deal:4"], &converted("")), "deal:4");
        assert_eq!(tag_of(&["deal:4", "lead:9"], &converted("5")), "lead:9");
        assert_eq!(tag_of(&[], &converted("")), "");
        let opened = Kind::LeadOpened(v1::LeadOpened::default());
        assert_eq!(tag_of(&["deal:4", "party:7"], &opened), "deal:4");
    }
}
