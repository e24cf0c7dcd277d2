//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, value_request::Model};

use crate::{
    answers::{
        AnswerError, AsOf, AskError,
        window::{Window, moment_of},
    },
    model::purchases::Source,
};

const HORIZON_DAYS: u32 = 365;
const HORIZON_DAYS_MAX: u32 = 3_650;
const DISCOUNT: f64 = 0.1;
const DISCOUNT_MAX: f64 = 10.0;

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
    pub(super) discount: f64,
    pub(super) retention: Option<f64>,
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
        let customer = request.customer.strip_prefix("party:").unwrap_or(&request.customer);
        Ok(Self {
            source,
            as_of,
            zone,
            always: Window::of_request(None, None, as_of.occurred_until)?,
            acquired: acquired(request)?,
            currency: (!request.currency.is_empty()).then(|| request.currency.clone()),
            is_pareto: model(request)? == Model::ParetoNbd,
            horizon_days: if request.horizon_days == 0 { HORIZON_DAYS } else { request.horizon_days },
            discount: request.discount.unwrap_or(DISCOUNT),
            retention: request.retention,
            customer: (!customer.is_empty()).then(|| customer.to_owned()),
            page_size: match request.page_size {
                0 => usize::MAX,
                size => size as usize,
            },
        })
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
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
    let outside = |value: Option<f64>, max: f64| value.filter(|it| !(0.0..=max).contains(it));
    if let Some(found) = outside(request.discount, DISCOUNT_MAX) {
        let expected = format!("expected a share from 0 to {DISCOUNT_MAX}, such as 0.1, found `{found}`");
        return refused("discount", expected);
    }
    if let Some(found) = outside(request.retention, 1.0) {
        return refused("retention", format!("expected a share from 0 to 1, such as 0.8, found `{found}`"));
    }
    model(request)?;
    acquired(request)?;
    Ok(())
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
