//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1::{
    self,
    tickets_request::{By, Pushed},
};

use crate::{
    answers::{AnswerError, AsOf, AskError, window::Window},
    model::page_size,
    rows::TicketKind,
};

/// A [`v1::TicketsRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TicketsParams {
    pub(super) as_of: AsOf,
    /// T, as far as the wire reaches.
    pub(super) until: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    /// Never left open.
    pub(super) by: By,
    pub(super) only: Only,
    pub(super) is_pushed_by_staff: bool,
    /// Changes of hands that a ticket that is pushed has more of.
    pub(super) pushed_above: u32,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

/// What tickets have to be; an empty word stands for none.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Only {
    /// Inside, `None` for those whose opening is not known.
    pub(super) kind: Option<Option<TicketKind>>,
    pub(super) priority: Option<String>,
    pub(super) product: Option<String>,
    pub(super) tier: Option<String>,
    pub(super) topic: Option<String>,
    pub(super) department: Option<String>,
    pub(super) staff: Option<String>,
}

impl Only {
    /// Whether tickets are left out by their product alone, or for not being defects.
    pub(super) fn is_of_products(&self) -> bool {
        let beside = [&self.priority, &self.tier, &self.topic, &self.department, &self.staff];
        beside.iter().all(|word| word.is_none())
            && self.kind.is_none_or(|kind| kind == Some(TicketKind::Defect))
    }
}

impl TicketsParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::TicketsRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = match By::try_from(request.by).map_err(|_| unknown("by", request.by))? {
            By::Unspecified => By::None,
            by => by,
        };
        let pushed = Pushed::try_from(request.pushed).map_err(|_| unknown("pushed", request.pushed))?;
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            until: as_of.bounded().occurred_until,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            zone: zone.clone(),
            by,
            only: Only {
                kind: request.kind.as_deref().map(kind).transpose()?,
                priority: request.priority.clone(),
                product: request.product.clone(),
                tier: request.tier.clone(),
                topic: request.topic.clone(),
                department: request.department.clone(),
                staff: request.staff.clone(),
            },
            is_pushed_by_staff: pushed == Pushed::Staff,
            pushed_above: request.pushed_above.unwrap_or(1),
            page_size: page_size(request.page_size),
        })
    }
}

fn kind(word: &str) -> Result<Option<TicketKind>, AskError> {
    if word.is_empty() {
        return Ok(None);
    }
    let found = TicketKind::ALL.iter().copied().find(|kind| kind.word() == word);
    found.map(Some).ok_or_else(|| {
        let words = TicketKind::WORDS.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let expected = format!("expected one of {words}, or nothing for unknown openings, found `{word}`");
        AskError::Field { field: "kind", expected }
    })
}
