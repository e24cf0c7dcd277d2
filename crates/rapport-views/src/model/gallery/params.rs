//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1;

use crate::answers::{AnswerError, AsOf, window::Window};
use crate::model::page_size;

/// A [`v1::GalleryRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GalleryParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) outcome: Option<String>,
    /// Empty: every media type.
    pub(super) media_type: String,
    pub(super) period: Window,
    /// Whether the period has a beginning.
    pub(super) has_beginning: bool,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl GalleryParams {
    /// What a request asks as of a moment; days are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::GalleryRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        Ok(Self {
            as_of,
            zone: zone.clone(),
            outcome: request.outcome.clone(),
            media_type: request.media_type.clone(),
            period: Window::of_request(from, to, as_of.occurred_until)?,
            has_beginning: from.is_some(),
            page_size: page_size(request.page_size),
        })
    }

    /// Whether a file has the result and the media type that are asked for.
    pub(super) fn wants(&self, outcome: &str, media_type: &str) -> bool {
        let wanted = self.media_type.as_str();
        let is_of_type = wanted.is_empty()
            || wanted == media_type
            || (wanted.ends_with('/') && media_type.starts_with(wanted));
        is_of_type && self.outcome.as_ref().is_none_or(|wanted| wanted == outcome)
    }
}
