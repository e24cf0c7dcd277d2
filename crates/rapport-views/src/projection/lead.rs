//! The steps before a deal.

use rapport_proto::v1::{lead_qualified, payload::Kind};

use super::Believed;
use crate::rows::LeadStep;

/// The step that an event is, if it is one.
#[must_use]
pub fn lead_step(kind: &Kind) -> Option<LeadStep> {
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

/// The tag that says which lead an event is about: `lead:ID`, else `deal:ID`, which a conversion names in its content as
/// well. Empty without one.
#[must_use]
pub fn lead_tag(believed: &Believed<'_>) -> String {
    let tagged = |kind: &str| believed.event.tags().find(|tag| tag.starts_with(kind)).map(str::to_owned);
    let converted_to = match believed.kind {
        Kind::LeadConverted(converted) if !converted.deal_id.is_empty() => {
            Some(format!("deal:{}", converted.deal_id))
        }
        _ => None,
    };
    tagged("lead:").or_else(|| tagged("deal:")).or(converted_to).unwrap_or_default()
}
