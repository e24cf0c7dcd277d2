//! Events in windows of time, by groups that say how business goes.

use std::collections::BTreeMap;

use rapport_model::{Position, Timestamp};
use rapport_proto::v1;

use super::{params::ActivityParams, which::narrowed};
use crate::{
    calendar::Window,
    model::{figures::Figures, occurred::Occurred},
    read::{ReadError, Rows, TypedRows as _},
    rows::{EntryRow, ObjectId, Symbol, TicketKind, TicketRow, TicketStep},
    stats::as_f64,
    table::{Cell, Dictionary, Field as _, Filter, GroupKey, Measure, Row as _},
};

/// What events have in common: the groups are Rapport's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// Both sides took part, whatever the type.
    TwoWay,
    /// Of one type.
    Type(&'static str),
    /// Tickets that are complaints: entries do not say it.
    Complaints,
}

/// By the names that they have in figures.
const GROUPS: [(&str, Group); 9] = [
    ("contacts", Group::TwoWay),
    ("leads", Group::Type("lead.opened")),
    ("deals", Group::Type("deal.opened")),
    ("won", Group::Type("deal.won")),
    ("lost", Group::Type("deal.lost")),
    ("orders", Group::Type("order.placed")),
    ("tickets", Group::Type("ticket.opened")),
    ("complaints", Group::Complaints),
    ("responses", Group::Type("survey.answered")),
];

/// How many of each group.
type Counts = [u64; GROUPS.len()];

/// By whom and about whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) actors: &'a [String],
    pub(super) customers: &'a [String],
}

/// What happened between any two neighbouring ends of some windows.
#[derive(Debug)]
pub(super) struct Around<'a> {
    whose: Whose<'a>,
    since: BTreeMap<Timestamp, Counts>,
}

impl<'a> Around<'a> {
    /// Adds up what happened in windows. `facts` knows what a ticket is, `entries` has every event.
    pub(super) fn read(
        (facts, entries): (&dyn Rows, &dyn Rows),
        whose: Whose<'a>,
        windows: &[Window],
        params: &ActivityParams,
    ) -> Result<Self, ReadError> {
        let mut starts: Vec<Timestamp> = windows.iter().flat_map(|window| [window.from, window.to]).collect();
        starts.sort_unstable();
        starts.dedup();
        let mut around = Self { whose, since: BTreeMap::new() };
        let (Some(from), Some(to)) = (starts.first().copied(), starts.last().copied()) else {
            return Ok(around);
        };
        let window = Window { from, to };
        if let Some(filter) = around.entries(entries, window, params)? {
            let symbols = entries.symbols()?;
            let by = [GroupKey::Since(&starts), GroupKey::Column("type"), GroupKey::Column("two_way")];
            entries.group(
                EntryRow::TABLE,
                &filter,
                params.as_of,
                &by,
                &[Measure::Rows],
                &mut |keys, n| {
                    let ([since, of_type, two_way], [n]) = (keys, n) else { return Ok(()) };
                    let of_type = symbols.text(Symbol::of(of_type).unwrap_or_default());
                    let is_two_way = bool::of(two_way) == Some(true);
                    around.add(since, *n, |group| match group {
                        Group::TwoWay => is_two_way,
                        Group::Type(name) => name == of_type,
                        Group::Complaints => false,
                    });
                    Ok(())
                },
            )?;
        }
        if let Some(filter) = around.complaints(facts, window, params)? {
            let by = [GroupKey::Since(&starts)];
            facts.group(TicketRow::TABLE, &filter, params.as_of, &by, &[Measure::Rows], &mut |keys, n| {
                let ([since], [n]) = (keys, n) else { return Ok(()) };
                around.add(since, *n, |group| group == Group::Complaints);
                Ok(())
            })?;
        }
        Ok(around)
    }

    fn add(&mut self, since: &Cell, n: i128, is_in: impl Fn(Group) -> bool) {
        let counts = self.since.entry(Timestamp::of(since).unwrap_or(Timestamp::MIN)).or_default();
        for (count, (_, group)) in counts.iter_mut().zip(GROUPS) {
            if is_in(group) {
                *count += u64::try_from(n).unwrap_or(0);
            }
        }
    }

    /// Entries of a window that are believed to have happened; `None` where there can be none.
    fn entries(
        &self,
        entries: &dyn Rows,
        window: Window,
        params: &ActivityParams,
    ) -> Result<Option<Filter>, ReadError> {
        let filter = Filter::all().occurred(window.from, window.to).and("retracted", vec![false.cell()]);
        self.of_people(entries, "actor", filter, params)
    }

    /// Openings of complaints.
    fn complaints(
        &self,
        facts: &dyn Rows,
        window: Window,
        params: &ActivityParams,
    ) -> Result<Option<Filter>, ReadError> {
        let filter = Filter::all()
            .occurred(window.from, window.to)
            .and("step", vec![TicketStep::Opened.cell()])
            .and("kind", vec![TicketKind::Complaint.cell()]);
        self.of_people(facts, "staff", filter, params)
    }

    fn of_people(
        &self,
        rows: &dyn Rows,
        actor: &'static str,
        filter: Filter,
        params: &ActivityParams,
    ) -> Result<Option<Filter>, ReadError> {
        let (symbols, identity) = (rows.symbols()?, rows.identity(params.as_of)?);
        let texts: [(&'static str, &[String]); 1] = [(actor, self.whose.actors)];
        narrowed(filter, rows, (&symbols, &identity), &texts, self.whose.customers)
    }

    fn within(&self, window: Window) -> Counts {
        let mut sum = Counts::default();
        for counts in self.since.range(window.from..window.to).map(|(_, counts)| counts) {
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        sum
    }

    /// One a group; none where neither side is whole.
    pub(super) fn messages(
        &self,
        milestone: &str,
        sides: [Option<Window>; 2],
        days: u32,
    ) -> Vec<v1::ActivityAround> {
        let [before, after] = sides.map(|side| side.map(|window| self.within(window)));
        if before.is_none() && after.is_none() {
            return Vec::new();
        }
        let row = |(place, (key, _)): (usize, (&str, Group))| {
            let [before, after] =
                [&before, &after].map(|counts| counts.as_ref().and_then(|counts| counts.get(place)).copied());
            let figure = |side, count: Option<u64>| {
                count.map(|count| Figures::named(&["milestones", milestone, side, key], count))
            };
            let a_day = |count: Option<u64>| count.map(|count| as_f64(count.into()) / f64::from(days));
            v1::ActivityAround {
                group: key.to_owned(),
                before: figure("before", before),
                before_a_day: a_day(before),
                after: figure("after", after),
                after_a_day: a_day(after),
            }
        };
        GROUPS.into_iter().enumerate().map(row).collect()
    }

    /// The events of a group in a window, each with its customer, merges resolved, as entries number it.
    pub(super) fn events(
        &self,
        (facts, entries): (&dyn Rows, &dyn Rows),
        group: &str,
        window: Window,
        params: &ActivityParams,
    ) -> Result<Vec<Occurred>, ReadError> {
        let Some((_, group)) = GROUPS.into_iter().find(|(key, _)| *key == group) else {
            return Ok(Vec::new());
        };
        let Some(filter) = self.entries(entries, window, params)? else { return Ok(Vec::new()) };
        let (symbols, identity) = (entries.symbols()?, entries.identity(params.as_of)?);
        let filter = match group {
            Group::Complaints => return self.complaints_of((facts, entries), window, params),
            Group::TwoWay => filter.and("two_way", vec![true.cell()]),
            Group::Type(name) => match symbols.get(name) {
                Some(of_type) => filter.and("type", vec![of_type.cell()]),
                None => return Ok(Vec::new()),
            },
        };
        let mut all = Vec::new();
        entries.in_any_order(&filter, params.as_of, |row: EntryRow| {
            all.push((identity.canonical(row.customer), row.position));
        })?;
        Ok(all)
    }

    fn complaints_of(
        &self,
        (facts, entries): (&dyn Rows, &dyn Rows),
        window: Window,
        params: &ActivityParams,
    ) -> Result<Vec<Occurred>, ReadError> {
        let Some(filter) = self.complaints(facts, window, params)? else { return Ok(Vec::new()) };
        let identity = facts.identity(params.as_of)?;
        let mut found: Vec<(ObjectId, Position)> = Vec::new();
        facts.in_any_order(&filter, params.as_of, |row: TicketRow| {
            found.push((identity.canonical(row.customer), row.position));
        })?;
        // Numbers mean something within one view alone.
        let renumbered = |(customer, position)| {
            let customer = entries.number(Dictionary::Party, &facts.party_name(customer)?)?;
            Ok((customer.unwrap_or(ObjectId::NOBODY), position))
        };
        found.into_iter().map(renumbered).collect()
    }

    /// Whether figures have a group of this name.
    pub(super) fn is_group(name: &str) -> bool {
        GROUPS.iter().any(|(key, _)| *key == name)
    }
}
