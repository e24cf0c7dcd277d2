//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, value_request::Model};

use crate::{
    answers::{
        AnswerError, AsOf, AskError,
        window::{Window, just_after, moment_of},
    },
    calendar::day_number,
    model::page_size,
    model::{currency, purchases::Source},
};

const HORIZON_DAYS: u32 = 365;
const HORIZON_DAYS_MAX: u32 = 3_650;
const DISCOUNT: f64 = 0.1;
const DISCOUNT_MAX: f64 = 1.0;

/// A [`v1::ValueRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ValueParams {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    /// All that had happened until T.
    pub(super) always: Window,
    /// When customers first bought.
    acquired: Window,
    pub(super) currency: Option<String>,
    pub(super) is_pareto: bool,
    pub(super) horizon_days: u32,
    /// Against what was charged until then.
    pub(super) compared_with: Option<Timestamp>,
    pub(super) discount: f64,
    pub(super) retention: Option<f64>,
    /// What is left of what is charged; measured where it is not given.
    pub(super) margin: Option<f64>,
    /// The name of the party whose rows are wanted.
    pub(super) customer: Option<String>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl ValueParams {
    /// What a request asks as of a moment; days are those of `zone`.
    pub(super) fn from_request(
        request: &v1::ValueRequest,
        source: Source,
        as_of: AsOf,
        zone: TimeZone,
    ) -> Result<Self, AskError> {
        check(request)?;
        let compared = compared(request, as_of, &zone)?;
        let given = if request.horizon_days == 0 { HORIZON_DAYS } else { request.horizon_days };
        let customer = request.customer.strip_prefix("party:").unwrap_or(&request.customer);
        Ok(Self {
            source,
            as_of,
            zone,
            always: Window::of_request(None, None, as_of.occurred_until)?,
            acquired: acquired(request)?,
            currency: currency::asked(&request.currency, "currency")?,
            is_pareto: model(request)? == Model::ParetoNbd,
            horizon_days: compared.map_or(given, |(_, days)| days),
            compared_with: compared.map(|(moment, _)| moment),
            discount: request.discount.unwrap_or(DISCOUNT),
            retention: request.retention,
            margin: request.margin,
            customer: (!customer.is_empty()).then(|| customer.to_owned()),
            page_size: page_size(request.page_size),
        })
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }

    /// The same question as of the later moment, and the time since T.
    pub(super) fn since(&self) -> Option<(AsOf, Window)> {
        let occurred_until = self.compared_with?;
        let (from, to) = (just_after(self.as_of.occurred_until), just_after(occurred_until));
        Some((AsOf { occurred_until, ..self.as_of }, Window { from, to }))
    }

    /// Whether a customer counts who first bought then.
    pub(super) fn is_acquired(&self, first: Timestamp) -> bool {
        self.acquired.contains(first)
    }
}

/// Refuses what is out of its bounds.
pub(super) fn check(request: &v1::ValueRequest) -> Result<(), AskError> {
    let refused = |field, expected| Err(AskError::Field { field, expected });
    if request.horizon_days > HORIZON_DAYS_MAX {
        let found = request.horizon_days;
        return refused(
            "horizon_days",
            format!("expected at most `{HORIZON_DAYS_MAX}` days, found `{found}`"),
        );
    }
    if request.horizon_days > 0 && request.compared_with.is_some() {
        let expected =
            "expected no horizon beside `compared_with`, which says how many days; leave one of the two out";
        return refused("horizon_days", expected.to_owned());
    }
    let outside = |value: Option<f64>, max: f64| value.filter(|it| !(0.0..=max).contains(it));
    if let Some(found) = outside(request.discount, DISCOUNT_MAX) {
        let expected = format!("expected a share from 0 to {DISCOUNT_MAX}, such as 0.1, found `{found}`");
        return refused("discount", expected);
    }
    if let Some(found) = outside(request.retention, 1.0) {
        return refused("retention", format!("expected a share from 0 to 1, such as 0.8, found `{found}`"));
    }
    if let Some(found) = outside(request.margin, 1.0) {
        return refused("margin", format!("expected a share from 0 to 1, such as 0.3, found `{found}`"));
    }
    model(request)?;
    acquired(request)?;
    Ok(())
}

/// The later moment, and the days until then.
fn compared(
    request: &v1::ValueRequest,
    as_of: AsOf,
    zone: &TimeZone,
) -> Result<Option<(Timestamp, u32)>, AskError> {
    let Some(moment) = &request.compared_with else { return Ok(None) };
    let moment = moment_of(moment, "compared_with")?;
    let refused =
        |expected: &str| Err(AskError::Field { field: "compared_with", expected: expected.to_owned() });
    if moment > as_of.recorded_until {
        return refused(
            "expected a time until now, or until what is known at; what comes later is not known",
        );
    }
    let days = day_number(moment, zone) - day_number(as_of.occurred_until, zone);
    match u32::try_from(days) {
        Ok(0) | Err(_) => refused("expected a day after that as of which is asked; ask as of an earlier one"),
        Ok(days) if days > HORIZON_DAYS_MAX => refused(&format!(
            "expected a day at most `{HORIZON_DAYS_MAX}` days after that of `occurred_until`, found `{days}` days"
        )),
        Ok(days) => Ok(Some((moment, days))),
    }
}

fn model(request: &v1::ValueRequest) -> Result<Model, AnswerError> {
    let unknown = |_| AnswerError::UnknownValue { field: "model", value: request.model };
    Model::try_from(request.model).map_err(unknown)
}

fn acquired(request: &v1::ValueRequest) -> Result<Window, AnswerError> {
    let (from, to) = (request.acquired_from.as_ref(), request.acquired_to.as_ref());
    let from = from.map(|moment| moment_of(moment, "acquired_from")).transpose()?;
    let to = to.map(|moment| moment_of(moment, "acquired_to")).transpose()?;
    let window = Window { from: from.unwrap_or(Timestamp::MIN), to: to.unwrap_or(Timestamp::MAX) };
    if window.to <= window.from {
        return Err(AnswerError::EmptyPeriod { from: "acquired_from", until: "acquired_to" });
    }
    Ok(window)
}
