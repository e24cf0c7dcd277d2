//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1;

use crate::{
    answers::{AsOf, AskError, window::Window},
    model::page_size,
    model::protected::protected,
};

/// A [`v1::ResistanceRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ResistanceParams {
    pub(super) as_of: AsOf,
    pub(super) window: Window,
    /// The attribute; empty where deals are not compared.
    pub(super) by: String,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl ResistanceParams {
    /// What a request asks as of a moment; the period is by the calendar of `zone`.
    ///
    /// # Errors
    /// A field is wrong, or deals are to be compared by a protected trait.
    pub(super) fn from_request(
        request: &v1::ResistanceRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        if let Some(of) = protected(&request.by) {
            let expected = format!(
                "expected an attribute that is not a protected trait, found `{}` ({of}): no score may rest on one (GDPR articles 9 \
                 and 22); take another attribute, or rename one that means something else",
                request.by
            );
            return Err(AskError::Field { field: "by", expected });
        }
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            by: request.by.clone(),
            page_size: page_size(request.page_size),
        })
    }
}
