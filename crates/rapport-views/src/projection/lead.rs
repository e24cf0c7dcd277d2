//! The steps before a deal.

use rapport_proto::v1::{lead_qualified, payload::Kind};

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
