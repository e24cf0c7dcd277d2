//! What is asked, read once.

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use rapport_model::Timestamp;
use rapport_proto::v1::{self, TodayKind};

use crate::{
    answers::{AnswerError, AsOf, AskError},
    calendar,
    model::page_size,
};

/// Days ahead, unless it is told.
const DAYS: u32 = 7;
/// At most so many.
const DAYS_MAX: u32 = 366;

/// A [`v1::TodayRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TodayParams {
    pub(super) as_of: AsOf,
    /// T, within the calendar.
    pub(super) until: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) today: Date,
    /// The last day that is looked at.
    pub(super) last: Date,
    /// Empty for everybody.
    pub(super) actor: String,
    kinds: Vec<TodayKind>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl TodayParams {
    /// What a request asks as of a moment; days are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::TodayRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        if request.days > DAYS_MAX {
            let expected = format!("expected at most `{DAYS_MAX}` days, found `{}`", request.days);
            return Err(AskError::Field { field: "days", expected });
        }
        let kind = |value: &i32| match TodayKind::try_from(*value) {
            Ok(TodayKind::Unspecified) | Err(_) => {
                Err(AnswerError::UnknownValue { field: "kinds", value: *value })
            }
            Ok(kind) => Ok(kind),
        };
        let until = as_of.bounded().occurred_until;
        let today = calendar::day(until, zone);
        let days = if request.days == 0 { DAYS } else { request.days };
        Ok(Self {
            as_of,
            until,
            zone: zone.clone(),
            today,
            last: today.checked_add(i64::from(days).days()).unwrap_or(Date::MAX),
            actor: request.actor.clone(),
            kinds: request.kinds.iter().map(kind).collect::<Result<_, _>>()?,
            page_size: page_size(request.page_size),
        })
    }

    /// Whether things of a kind are asked for.
    pub(super) fn wants(&self, kind: TodayKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// The moment at which the last day ends, exclusive.
    pub(super) fn end(&self) -> Timestamp {
        calendar::ends_of_day(&self.last.to_string(), &self.zone).map_or(Timestamp::MAX, |(_, end)| end)
    }

    /// Days from today until a day.
    pub(super) fn days_until(&self, day: Date) -> i32 {
        self.today.until(day).map_or(0, |span| span.get_days())
    }
}
