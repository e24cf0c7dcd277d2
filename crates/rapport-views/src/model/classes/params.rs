//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{
    self, ClassesMeasure,
    classes_request::{By, Every, Value},
};

use super::{abc, rfm, xyz};
use crate::{
    answers::{AnswerError, AsOf, window::Window},
    calendar::{self, Periods},
    model::page_size,
    model::{currency, purchases::Source},
};

/// A [`v1::ClassesRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ClassesParams {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) by_product: bool,
    /// Whether the value of a customer is its margin.
    pub(super) of_margin: bool,
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
    pub(super) fn from_request(
        request: &v1::ClassesRequest,
        source: Source,
        as_of: AsOf,
        zone: TimeZone,
    ) -> Result<Self, AnswerError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = By::try_from(request.by).map_err(|_| unknown("by", request.by))?;
        let every = match Every::try_from(request.every).map_err(|_| unknown("every", request.every))? {
            Every::Week => calendar::Every::Week,
            Every::Unspecified | Every::Month => calendar::Every::Month,
            Every::Quarter => calendar::Every::Quarter,
        };
        let value = Value::try_from(request.value).map_err(|_| unknown("value", request.value))?;
        let measures = Measures::of(&request.measures)?;
        let window = window_of(request, as_of, &zone)?;
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        Ok(Self {
            source,
            as_of,
            by_product: by == By::Product,
            of_margin: value == Value::Margin,
            measures,
            window,
            periods: Periods::whole(window, every, zone.clone()),
            zone,
            currency: currency::asked(&request.currency, "currency")?,
            only: given(&request.only_class).map(|class| Only::of(&class, measures, by)).transpose()?,
            page_size: page_size(request.page_size),
        })
    }

    /// The periods that purchases have to be counted by; `None` when that is not needed.
    pub(super) fn periods(&self) -> Option<&Periods> {
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
    let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
    let window = Window::of_request(from, to, as_of.occurred_until)?;
    Ok(if from.is_some() { window } else { window.last_months(12, zone) })
}
