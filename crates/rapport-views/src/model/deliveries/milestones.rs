//! Milestones of projects: planned, reached, and by how much later than planned first.

use std::{cmp::Reverse, collections::BTreeMap};

use hashbrown::HashMap;
use jiff::civil::Date;
use rapport_model::Position;
use rapport_proto::v1;

use super::{
    delivery::Place,
    measures::share,
    params::DeliveriesParams,
    slip::{days, slip},
};
use crate::{
    model::figures::{Counted, Figures},
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, MilestoneRow, ObjectId, SlipCause, Symbol, Symbols},
    table::Filter,
};

/// One milestone of one project at T.
#[derive(Debug)]
pub(super) struct Milestone {
    pub(super) customer: ObjectId,
    /// Planned first.
    planned: Option<Date>,
    /// Reached, as said last.
    actual: Option<Date>,
    /// As said last.
    cause: SlipCause,
    /// Its events in the order of the log; never empty.
    events: Vec<Position>,
}

/// Every milestone until T.
pub(super) fn milestones(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    params: &DeliveriesParams,
) -> Result<Vec<Milestone>, ReadError> {
    let mut found: HashMap<(ObjectId, Symbol), Vec<(Place, MilestoneRow)>> = HashMap::new();
    rows.in_any_order::<MilestoneRow>(&Filter::all(), params.as_of, |row| {
        let place = (row.occurred_at, row.position);
        found.entry((row.project, row.milestone)).or_default().push((place, row));
    })?;
    let fold = |mut rows: Vec<(Place, MilestoneRow)>| {
        rows.sort_unstable_by_key(|(place, _)| *place);
        let date = |symbol: Symbol| symbols.text(symbol).parse::<Date>().ok();
        let customers = rows.iter().map(|(_, row)| identity.canonical(row.customer));
        let mut events: Vec<Position> = rows.iter().map(|((_, position), _)| *position).collect();
        events.sort_unstable();
        // What is to be reached after T is not reached.
        let reached = |row: &MilestoneRow| date(row.actual).filter(|day| *day <= params.today);
        let mut causes = rows.iter().rev().map(|(_, row)| row.cause);
        Milestone {
            customer: customers.into_iter().find(|one| *one != ObjectId::NOBODY).unwrap_or_default(),
            planned: rows.iter().find_map(|(_, row)| date(row.planned)),
            actual: rows.iter().rev().find_map(|(_, row)| reached(row)),
            cause: causes.find(|cause| *cause != SlipCause::Unsaid).unwrap_or(SlipCause::Unsaid),
            events,
        }
    };
    let mut all: Vec<Milestone> = found.into_values().map(fold).collect();
    all.sort_unstable_by(|one, other| one.events.cmp(&other.events));
    Ok(all)
}

impl Milestone {
    /// As figures count it: by its first event, because no dictionary numbers milestones.
    fn thing(&self) -> Counted {
        Counted::event(self.events.first().copied().unwrap_or_default())
    }

    /// Days from the first plan until it was reached.
    fn slip(&self) -> Option<i32> {
        Some(days(self.planned?, self.actual?))
    }

    fn is_late(&self) -> bool {
        self.slip().is_some_and(|days| days > 0)
    }
}

/// Of the milestones that count.
pub(super) fn measures(
    all: &[&Milestone],
    params: &DeliveriesParams,
    figures: &mut Figures,
) -> v1::MilestoneMeasures {
    let events =
        all.iter().flat_map(|one| one.events.iter().map(|event| (one.thing(), one.customer, *event)));
    figures.beside(events);
    let is_in = |day: Option<Date>| day.is_some_and(|day| params.has(day));
    let planned: Vec<_> = all.iter().filter(|one| is_in(one.planned)).copied().collect();
    let mut count = |what, counts: &dyn Fn(&Milestone) -> bool| {
        let counted = planned.iter().filter(|one| counts(one)).map(|one| one.thing());
        figures.count(&["milestones", what], counted)
    };
    let is_overdue =
        |one: &Milestone| one.actual.is_none() && one.planned.is_some_and(|day| day < params.today);
    let (every, reached) = (count("planned", &|_| true), count("reached", &|one| one.actual.is_some()));
    let n = reached.as_ref().map_or(0, |figure| figure.count);
    let (late, overdue) = (count("late", &Milestone::is_late), count("overdue", &is_overdue));
    let unplanned = all.iter().filter(|one| one.planned.is_none() && is_in(one.actual));
    let unplanned: Vec<_> = unplanned.map(|one| one.thing()).collect();
    v1::MilestoneMeasures {
        planned: every,
        reached,
        late: share(late, n),
        slip: slip(planned.iter().filter_map(|one| one.slip()).collect()),
        overdue,
        causes: causes(&planned, figures),
        without_plan: figures.count(&["milestones", "without_plan"], unplanned.into_iter()),
    }
}

/// Of the late ones, the most frequent first.
fn causes(planned: &[&Milestone], figures: &mut Figures) -> Vec<v1::MilestoneCause> {
    let mut by: BTreeMap<&str, Vec<&Milestone>> = BTreeMap::new();
    for one in planned.iter().filter(|one| one.is_late()) {
        by.entry(one.cause.word()).or_default().push(one);
    }
    let cause = |(cause, own): (&str, Vec<&Milestone>)| v1::MilestoneCause {
        cause: cause.to_owned(),
        milestones: figures.count(&["causes", cause], own.iter().map(|one| one.thing())),
        slip: slip(own.iter().filter_map(|one| one.slip()).collect()),
    };
    let mut causes: Vec<_> = by.into_iter().map(cause).collect();
    causes.sort_by_key(|one| Reverse(one.slip.as_ref().map_or(0, |slip| slip.n)));
    causes
}
