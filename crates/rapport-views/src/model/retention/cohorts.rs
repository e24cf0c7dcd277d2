//! Customers by the period of their first purchase, and which of them bought in the periods since.

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{bought::Bought, params::RetentionParams};
use crate::{
    answers::{AskError, window::Window},
    calendar::{Periods, day_text},
    model::figures::{Counted, Figures},
};

/// Periods after a cohort's own that are followed: three years of months.
const SINCE_MAX: usize = 36;
/// More have no room in an answer.
const COHORTS_MAX: usize = 500;

/// The cohorts whose period touches the window.
#[derive(Debug)]
pub(super) struct Cohorts {
    /// The beginnings of the periods, and the end of the last.
    borders: Vec<Timestamp>,
    /// Of each period, who first bought in it, then who of them bought so many periods later.
    members: Vec<Vec<Vec<Counted>>>,
}

impl Cohorts {
    pub(super) fn of(bought: &Bought, params: &RetentionParams) -> Result<Self, AskError> {
        let mut cohorts = Self { borders: borders(bought, params), members: Vec::new() };
        let periods = cohorts.borders.len().saturating_sub(1);
        cohorts.members.resize_with(periods, Vec::new);
        for purchases in bought.of_each() {
            let within = purchases.iter().take_while(|one| one.at < params.window.to);
            let mut own = None;
            let mut last = None;
            for purchase in within {
                let Some(period) = cohorts.period_of(purchase.at) else { break };
                let first = *own.get_or_insert(period);
                let since = period - first;
                if last == Some(period) || since > SINCE_MAX {
                    continue;
                }
                last = Some(period);
                if let Some(members) = cohorts.members.get_mut(first) {
                    members.resize_with(members.len().max(since + 1), Vec::new);
                    if let Some(of) = members.get_mut(since) {
                        of.push(Counted::party(purchase.customer));
                    }
                }
            }
        }
        let found = cohorts.members.iter().filter(|members| !members.is_empty()).count();
        if found > COHORTS_MAX {
            let expected = format!(
                "expected periods so long that there are at most `{COHORTS_MAX}` cohorts, found `{found}`; choose \
                 longer ones, or a later `period_from`"
            );
            return Err(AskError::Field { field: "every", expected });
        }
        Ok(cohorts)
    }

    /// The place of the period that a moment is in; `None` outside of them.
    fn period_of(&self, moment: Timestamp) -> Option<usize> {
        let begun = self.borders.partition_point(|border| *border <= moment);
        (begun < self.borders.len()).then(|| begun.checked_sub(1)).flatten()
    }

    /// The message. Of each cohort the periods that are over.
    pub(super) fn answer(&self, params: &RetentionParams, figures: &mut Figures) -> Vec<v1::RetentionCohort> {
        let over = self.borders.iter().skip(1).take_while(|end| **end <= params.window.to).count();
        let none = Vec::new();
        let mut answer = Vec::new();
        for (place, (begins, members)) in self.borders.iter().zip(&self.members).enumerate() {
            let Some(all) = members.first() else { continue };
            let day = day_text(*begins, &params.zone);
            let followed = over.saturating_sub(place).min(SINCE_MAX + 1);
            let cell = |(since, bought): (usize, &Vec<Counted>)| {
                let number = since.to_string();
                v1::retention_cohort::Cell {
                    since: u32::try_from(since).unwrap_or(u32::MAX),
                    bought: figures.count(&["cohorts", &day, &number], bought.iter().copied()),
                    share: bought.len() as f64 / all.len() as f64,
                }
            };
            let later = members.iter().chain(std::iter::repeat(&none));
            let cells = later.take(followed).enumerate().map(cell).collect();
            answer.push(v1::RetentionCohort {
                begins: Some(time::to_proto(*begins)),
                customers: figures.count(&["cohorts", &day, "customers"], all.iter().copied()),
                cells,
            });
        }
        answer
    }

    /// When purchases make a customer count in a figure: in the cohort's own period and in a later one.
    pub(super) fn windows(&self, day: &str, since: usize, params: &RetentionParams) -> Vec<Window> {
        let place = self.borders.iter().position(|begins| day_text(*begins, &params.zone) == day);
        let period = |place: usize| {
            let (from, to) = (self.borders.get(place)?, self.borders.get(place + 1)?);
            Some(Window { from: *from, to: (*to).min(params.window.to) })
        };
        let places = place.map(|place| [place, place + since]).into_iter().flatten();
        places.filter_map(period).collect()
    }
}

/// The beginnings of the periods around the window and the end of the last, from the first purchase of all on.
fn borders(bought: &Bought, params: &RetentionParams) -> Vec<Timestamp> {
    let first = bought.of_each().filter_map(|purchases| purchases.first()).map(|one| one.at).min();
    let Some(first) = first.filter(|first| *first < params.window.to) else { return Vec::new() };
    let window = Window { from: params.window.from.max(first), ..params.window };
    let periods = Periods::around(window, params.every, params.zone.clone());
    let mut borders = periods.starts();
    borders.push(periods.window.to);
    borders
}
