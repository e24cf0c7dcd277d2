//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{
    self, ClassesMeasure,
    classes_request::{By, Every},
};

use super::{
    abc,
    periods::{Periods, twelve_months_before},
    rfm, xyz,
};
use crate::answers::{
    AnswerError, AsOf,
    window::{Window, just_after, moment_of},
};

/// A [`v1::ClassesRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassesParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) by_product: bool,
    pub(super) measures: Measures,
    pub(super) window: Window,
    pub(super) periods: Periods,
    pub(super) currency: Option<String>,
    pub(super) only: Option<Only>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

/// The classes that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measures {
    pub(super) abc: bool,
    pub(super) xyz: bool,
    pub(super) rfm: bool,
}

/// Only rows of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Only {
    pub(super) measure: ClassesMeasure,
    pub(super) class: &'static str,
}

/// The classes of each measure.
pub(super) const CLASSES: [(ClassesMeasure, &[&str]); 3] = [
    (ClassesMeasure::Abc, &abc::CLASSES),
    (ClassesMeasure::Xyz, &xyz::CLASSES),
    (ClassesMeasure::Rfm, &rfm::SEGMENTS),
];

impl ClassesParams {
    /// What a request asks as of a moment; days, weeks and months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub fn from_request(
        request: &v1::ClassesRequest,
        as_of: AsOf,
        zone: TimeZone,
    ) -> Result<Self, AnswerError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = By::try_from(request.by).map_err(|_| unknown("by", request.by))?;
        let every = Every::try_from(request.every).map_err(|_| unknown("every", request.every))?;
        let measures = Measures::of(&request.measures)?;
        let window = window_of(request, as_of, &zone)?;
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        Ok(Self {
            as_of,
            by_product: by == By::Product,
            measures,
            window,
            periods: Periods::whole(window, every, zone.clone()),
            zone,
            currency: given(&request.currency),
            only: given(&request.only_class).map(|class| Only::of(&class, measures, by)).transpose()?,
            page_size: match request.page_size {
                0 => usize::MAX,
                size => size as usize,
            },
        })
    }

    /// Whether products are wanted; otherwise customers are.
    #[must_use]
    pub const fn by_product(&self) -> bool {
        self.by_product
    }

    /// Lines that occurred then count: from the first moment, inclusive, to the second, exclusive.
    #[must_use]
    pub const fn window(&self) -> (rapport_model::Timestamp, rapport_model::Timestamp) {
        (self.window.from, self.window.to)
    }

    /// The periods that purchases have to be counted by; `None` when that is not needed.
    #[must_use]
    pub fn periods(&self) -> Option<&Periods> {
        (self.measures.xyz && self.periods.count >= xyz::PERIODS_MIN).then_some(&self.periods)
    }
}

impl Measures {
    fn of(wanted: &[i32]) -> Result<Self, AnswerError> {
        let mut set = Self { abc: false, xyz: false, rfm: false };
        for value in wanted {
            let unknown = |_| AnswerError::UnknownValue { field: "measures", value: *value };
            match ClassesMeasure::try_from(*value).map_err(unknown)? {
                ClassesMeasure::Unspecified => return Ok(Self::ALL),
                ClassesMeasure::Abc => set.abc = true,
                ClassesMeasure::Xyz => set.xyz = true,
                ClassesMeasure::Rfm => set.rfm = true,
                ClassesMeasure::Purchases => {}
            }
        }
        Ok(if wanted.is_empty() { Self::ALL } else { set })
    }

    const ALL: Self = Self { abc: true, xyz: true, rfm: true };

    pub(super) fn has(self, measure: ClassesMeasure) -> bool {
        match measure {
            ClassesMeasure::Abc => self.abc,
            ClassesMeasure::Xyz => self.xyz,
            ClassesMeasure::Rfm => self.rfm,
            ClassesMeasure::Purchases | ClassesMeasure::Unspecified => true,
        }
    }
}

impl Only {
    fn of(name: &str, measures: Measures, by: By) -> Result<Self, AnswerError> {
        let has_classes =
            |measure| measures.has(measure) && (measure != ClassesMeasure::Rfm || by != By::Product);
        let wanted = || CLASSES.into_iter().filter(|(measure, _)| has_classes(*measure));
        let all =
            || wanted().flat_map(|(measure, classes)| classes.iter().map(move |class| (measure, *class)));
        let known = all().find(|(_, class)| *class == name);
        known.map(|(measure, class)| Self { measure, class }).ok_or_else(|| {
            let known: Vec<_> = all().map(|(_, class)| format!("`{class}`")).collect();
            let known = if known.is_empty() { "no class".to_owned() } else { known.join(", ") };
            AnswerError::UnknownClass { class: name.to_owned(), known }
        })
    }
}

/// What is left out reaches to T, and twelve months back from the end. Nothing reaches beyond T.
fn window_of(request: &v1::ClassesRequest, as_of: AsOf, zone: &TimeZone) -> Result<Window, AnswerError> {
    let moment = |given: &Option<prost_types::Timestamp>, field| {
        given.as_ref().map(|moment| moment_of(moment, field)).transpose()
    };
    let from = moment(&request.period_from, "period_from")?;
    let to = moment(&request.period_to, "period_to")?;
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        return Err(AnswerError::EmptyPeriod { from: "period_from", until: "period_to" });
    }
    let end = just_after(as_of.occurred_until);
    let to = to.map_or(end, |to| to.min(end));
    let from = from.unwrap_or_else(|| twelve_months_before(to, zone));
    Ok(Window { from: from.min(to), to })
}
