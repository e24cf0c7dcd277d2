//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{
    self,
    paths_request::{Of, Outcome},
};

use crate::answers::{AnswerError, AsOf, AskError, window::Window};
use crate::model::page_size;

/// A [`v1::PathsRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PathsParams {
    /// Never left open.
    pub(super) of: Of,
    /// None for all, of a process for the one with most cases.
    pub(super) code: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) as_of: AsOf,
    pub(super) window: Window,
    pub(super) zone: TimeZone,
    pub(super) between: Option<(String, String)>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl PathsParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::PathsRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let of = match Of::try_from(request.of).map_err(|_| unknown("of", request.of))? {
            Of::Unspecified => Of::Tickets,
            of => of,
        };
        let outcome = Outcome::try_from(request.outcome).map_err(|_| unknown("outcome", request.outcome))?;
        if matches!(outcome, Outcome::Won | Outcome::Lost) && of != Of::Deals {
            let expected = "expected an outcome that others than deals have: open or closed".to_owned();
            return Err(AskError::Field { field: "outcome", expected });
        }
        if of == Of::Tickets && !request.code.is_empty() {
            let expected = format!("expected nothing: tickets have no code, found `{}`", request.code);
            return Err(AskError::Field { field: "code", expected });
        }
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            of,
            code: Some(request.code.clone()).filter(|code| !code.is_empty()),
            outcome,
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            zone: zone.clone(),
            between: between(request)?,
            page_size: page_size(request.page_size),
        })
    }
}

fn between(request: &v1::PathsRequest) -> Result<Option<(String, String)>, AskError> {
    let lacking = |field, other| {
        let expected = format!("expected a step: `{other}` is given, and a time is from one step to another");
        Err(AskError::Field { field, expected })
    };
    match (request.from_step.as_str(), request.to_step.as_str()) {
        ("", "") => Ok(None),
        ("", _) => lacking("from_step", "to_step"),
        (_, "") => lacking("to_step", "from_step"),
        (from, to) => Ok(Some((from.to_owned(), to.to_owned()))),
    }
}
