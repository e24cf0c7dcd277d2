//! Handovers to successors: when they began, what was acknowledged, whether they are done.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1};

use super::{
    items::Acknowledged,
    owners::{Assigned, Owners, Place, resolved},
    params::HandoverParams,
};
use crate::{
    calendar::{LAST, day_number},
    model::figures::{Counted, Figures},
    read::{ReadError, Rows, TypedRows as _},
    rows::{HandoverRow, HandoverStep, Identity, ObjectId, Symbol, Symbols},
    stats::kaplan_meier::{self, Stay},
    table::{Dictionary, Filter},
};

/// Handovers of an answer at most.
const HANDOVERS_MAX: usize = 500;

/// One handover at T.
#[derive(Debug)]
struct Process {
    handover: ObjectId,
    name: String,
    customer: ObjectId,
    started: Timestamp,
    completed: Option<Timestamp>,
    /// Of each item, named or not, where it was acknowledged first.
    items: Vec<Position>,
    /// Of each object that went over and was not acknowledged, where it was assigned, and its customer.
    open: Vec<(Position, ObjectId)>,
    from: Option<Symbol>,
    to: Option<Symbol>,
    /// Its events.
    places: Vec<Place>,
}

/// All steps until T, in order.
#[derive(Debug)]
pub(super) struct Steps {
    rows: Vec<HandoverRow>,
    /// The tags of items as others have them.
    tags: HashMap<ObjectId, String>,
}

impl Steps {
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        params: &HandoverParams,
    ) -> Result<Self, ReadError> {
        let mut all: Vec<HandoverRow> = Vec::new();
        rows.in_any_order(&Filter::all(), params.as_of, |row: HandoverRow| all.push(row))?;
        all.sort_unstable_by_key(|row| (row.occurred_at, row.position));
        let mut tags: HashMap<ObjectId, String> = HashMap::new();
        for row in all.iter().filter(|row| row.item != ObjectId::NOBODY) {
            if !tags.contains_key(&row.item) {
                let tag = rows.name(Dictionary::Object, row.item)?;
                tags.insert(row.item, resolved(&tag, rows, identity)?);
            }
        }
        Ok(Self { rows: all, tags })
    }

    /// What was acknowledged, by tag.
    pub(super) fn acknowledged(&self) -> Acknowledged {
        let mut acknowledged = Acknowledged::new();
        for row in self.rows.iter().filter(|row| row.step == HandoverStep::Acknowledged) {
            if let Some(tag) = self.tags.get(&row.item) {
                let place = (row.occurred_at, row.position);
                acknowledged.entry(tag.clone()).or_default().push((place, row.staff));
            }
        }
        acknowledged
    }

    /// The handovers that are open or have an event in the period, how many more there are, and how long they take.
    pub(super) fn handovers(
        &self,
        rows: &dyn Rows,
        (symbols, identity): (&Symbols, &Identity),
        owners: &Owners,
        params: &HandoverParams,
        figures: &mut Figures,
    ) -> Result<(Vec<v1::HandoverProcess>, u64, v1::HandoverTimes), ReadError> {
        let mut of: BTreeMap<ObjectId, Vec<&HandoverRow>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.handover != ObjectId::NOBODY) {
            of.entry(row.handover).or_default().push(row);
        }
        let (mut all, acknowledged) = (Vec::new(), self.acknowledged());
        for (handover, steps) in of {
            let is_over = completed(&steps).is_some();
            if is_over && !steps.iter().any(|row| params.window.contains(row.occurred_at)) {
                continue;
            }
            let name = rows.name(Dictionary::Object, handover)?;
            all.extend(self.process(handover, name, &steps, (owners, identity, &acknowledged)));
        }
        all.sort_by(|one, other| {
            let key = |one: &Process| (one.completed.is_some(), std::cmp::Reverse(one.started));
            key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
        });
        let times = times(&all, params, figures);
        let mut shown: Vec<v1::HandoverProcess> =
            all.iter().map(|one| one.wire(symbols, params, figures)).collect();
        let left_out = shown.len().saturating_sub(HANDOVERS_MAX) as u64;
        shown.truncate(HANDOVERS_MAX);
        Ok((shown, left_out, times))
    }

    /// Its steps are in order.
    fn process(
        &self,
        handover: ObjectId,
        name: String,
        steps: &[&HandoverRow],
        (owners, identity, acknowledged): (&Owners, &Identity, &Acknowledged),
    ) -> Option<Process> {
        let first = steps.first()?;
        let started = first.occurred_at;
        let completed = completed(steps);
        let customers = steps.iter().map(|row| identity.canonical(row.customer));
        let customer = customers.into_iter().find(|customer| *customer != ObjectId::NOBODY);
        let (mut seen, mut items) = (BTreeSet::new(), Vec::new());
        let (mut from, mut to) = (BTreeSet::new(), BTreeSet::new());
        for row in steps.iter().filter(|row| row.step == HandoverStep::Acknowledged) {
            let tag = self.tags.get(&row.item);
            if tag.is_none_or(|tag| seen.insert(tag)) {
                items.push(row.position);
            }
            let place = (row.occurred_at, row.position);
            from.insert(tag.and_then(|tag| owners.before(tag, place, row.staff)));
            to.insert(row.staff);
        }
        let one = |all: BTreeSet<Option<Symbol>>| {
            (all.len() == 1).then(|| all.first().copied()).flatten().flatten()
        };
        let (from, to) = (one(from), one(to.into_iter().map(Some).collect()));
        let is_open = |(tag, assigned): &(&str, &Assigned)| {
            let last = acknowledged.get(*tag).and_then(|all| all.last());
            last.is_none_or(|(place, _)| *place < assigned.place)
        };
        let passed = from
            .zip(to)
            .into_iter()
            .flat_map(|both| owners.passed(both, (first.occurred_at, first.position)).filter(is_open));
        let open = passed.map(|(_, assigned)| (assigned.place.1, assigned.customer)).collect();
        Some(Process {
            handover,
            name,
            customer: customer.unwrap_or(ObjectId::NOBODY),
            started,
            completed,
            items,
            open,
            from,
            to,
            places: steps.iter().map(|row| (row.occurred_at, row.position)).collect(),
        })
    }
}

impl Process {
    fn thing(&self) -> Counted {
        Counted::named(Dictionary::Object, self.handover)
    }

    fn wire(&self, symbols: &Symbols, params: &HandoverParams, figures: &mut Figures) -> v1::HandoverProcess {
        let moment = |moment: Timestamp| time::to_proto(moment.min(LAST));
        let items = self.items.iter().map(|position| Counted::event(*position));
        let parts = ["handovers", self.name.as_str(), "items"];
        if figures.parts() == parts {
            let events = self.items.iter().map(|one| (Counted::event(*one), self.customer, *one));
            figures.beside(events.collect::<Vec<_>>());
        }
        let open = self.open.iter().map(|(position, _)| Counted::event(*position));
        let parts_of_open = ["handovers", self.name.as_str(), "open"];
        if figures.parts() == parts_of_open {
            let events = self.open.iter().map(|(one, customer)| (Counted::event(*one), *customer, *one));
            figures.beside(events.collect::<Vec<_>>());
        }
        let day = |moment| day_number(moment, &params.zone);
        let days = day(self.completed.unwrap_or(params.until)) - day(self.started);
        v1::HandoverProcess {
            handover: self.name.clone(),
            from: self.from.map_or("", |staff| symbols.text(staff)).to_owned(),
            to: self.to.map_or("", |staff| symbols.text(staff)).to_owned(),
            started: Some(moment(self.started)),
            completed: self.completed.map(moment),
            items: figures.count(&parts, items),
            days: u32::try_from(days).unwrap_or(0),
            open: figures.count(&parts_of_open, open),
        }
    }
}

/// When it was completed last, unless it began again since. Its steps are in order.
fn completed(steps: &[&HandoverRow]) -> Option<Timestamp> {
    let last = steps.iter().rev().find(|row| row.step != HandoverStep::Acknowledged);
    last.filter(|row| row.step == HandoverStep::Completed).map(|row| row.occurred_at)
}

fn times(all: &[Process], params: &HandoverParams, figures: &mut Figures) -> v1::HandoverTimes {
    let lasted = |from: Timestamp, to: Timestamp| to.as_micros().saturating_sub(from.as_micros());
    let mut stays: Vec<Stay> = all
        .iter()
        .map(|one| match one.completed {
            Some(completed) => Stay::ended(lasted(one.started, completed)),
            None => Stay::censored(lasted(one.started, params.until)),
        })
        .collect();
    stays.sort_unstable();
    if figures.parts().first() == Some(&"times") {
        let events = all
            .iter()
            .flat_map(|one| one.places.iter().map(|(_, position)| (one.thing(), one.customer, *position)));
        figures.beside(events.collect::<Vec<_>>());
    }
    let mut count = |what, is_completed: bool| {
        let counted = all.iter().filter(|one| one.completed.is_some() == is_completed);
        figures.count(&["times", what], counted.map(Process::thing))
    };
    v1::HandoverTimes {
        completed: count("completed", true),
        open: count("open", false),
        median: kaplan_meier::median(&stays, &[]).map(time::duration_to_proto),
    }
}
