//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1;

use super::purpose::MARKETING;
use crate::answers::{AsOf, AskError, window::Window};
use crate::model::page_size;

/// A [`v1::ConsentRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ConsentParams {
    pub(super) as_of: AsOf,
    /// T, within the calendar.
    pub(super) until: Timestamp,
    pub(super) zone: TimeZone,
    /// Never empty.
    pub(super) purpose: String,
    /// Empty for every one.
    pub(super) channel: String,
    /// Empty for any.
    pub(super) topic: String,
    pub(super) window: Window,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl ConsentParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::ConsentRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        let purpose = code(&request.purpose, "purpose")?;
        Ok(Self {
            as_of,
            until: as_of.bounded().occurred_until,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            zone: zone.clone(),
            purpose: if purpose.is_empty() { MARKETING.to_owned() } else { purpose },
            channel: code(&request.channel, "channel")?,
            topic: code(&request.topic, "topic")?,
            page_size: page_size(request.page_size),
        })
    }

    pub(super) fn wants(&self, channel: &str) -> bool {
        self.channel.is_empty() || self.channel == channel
    }
}

/// A code of a request: a blank at an end is a mistake that would match nothing.
fn code(text: &str, field: &'static str) -> Result<String, AskError> {
    if text.trim() == text {
        return Ok(text.to_owned());
    }
    let expected = format!("expected a code without blanks at its ends, found `{text}`");
    Err(AskError::Field { field, expected })
}
