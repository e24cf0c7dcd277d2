//! What happened in the days before and after each milestone of the company.

use std::cmp::Reverse;

use rapport_model::{Position, Timestamp};
use rapport_proto::{
    time,
    v1::{self, note_recorded::Scope, payload::Kind},
};

use super::{
    around::{Around, Whose},
    params::ActivityParams,
};
use crate::{
    answers::window::just_after,
    calendar::{LAST, Window},
    model::figures::{Counted, Figures},
    projection::Believed,
    read::{EventSource, ReadError, Rows, TypedRows as _},
    rows::{EntryRow, ObjectId},
    table::{CUSTOMER, Field as _, Filter, Row as _},
    timeline::ask::entry::Entries,
};

/// The type of notes, as entries name it.
const NOTE: &str = "note.recorded";
/// The kind of the notes that are milestones.
const MILESTONE: &str = "milestone";
/// Milestones of an answer at most: each has three moments, and a store groups by a thousand.
const MILESTONES_MAX: usize = 100;

/// One of them, and the days around it that are compared.
#[derive(Debug, Clone)]
struct Milestone {
    position: Position,
    at: Timestamp,
    labels: String,
    actor: String,
    before: Window,
    after: Window,
}

impl Milestone {
    /// `None` of any other note.
    fn of(believed: &Believed<'_>, days: u32) -> Option<Self> {
        let Kind::NoteRecorded(note) = believed.kind else { return None };
        if note.scope() != Scope::Company || note.kind != MILESTONE {
            return None;
        }
        let (at, span) = (believed.occurred_at, i64::from(days) * 86_400_000_000);
        let moved = |micros: i64| Timestamp::from_micros(at.as_micros().saturating_add(micros));
        Some(Self {
            position: believed.position(),
            at,
            labels: note.tags.join(", "),
            actor: believed.event.actor_id.to_owned(),
            before: Window { from: moved(-span), to: at },
            after: Window { from: at, to: moved(span) },
        })
    }
}

/// Those of the period, the latest first, and how many more there are. `entries` has them and what happened around them, but
/// for complaints, which `facts` knows.
pub(super) fn milestones(
    request: &v1::ActivityRequest,
    (facts, entries): (&dyn Rows, &dyn Rows),
    (params, source): (&ActivityParams, &dyn EventSource),
    figures: &mut Figures,
) -> Result<(Vec<v1::ActivityMilestone>, u64), ReadError> {
    let mut all = read(entries, source, params)?;
    all.sort_unstable_by_key(|one| Reverse((one.at, one.position)));
    let left_out = all.len().saturating_sub(MILESTONES_MAX) as u64;
    all.truncate(MILESTONES_MAX);
    // Most periods have none: then the entries, of which there are many, are not read.
    if all.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let starts = all.iter().flat_map(|one| [one.before.from, one.after.from]).collect();
    let begins = known_since(starts, entries, params)?;
    let ends = just_after(params.as_of.bounded().occurred_until);
    let is_whole = |window: Window| begins <= window.from && window.to <= ends;
    let sides = |one: &Milestone| [one.before, one.after].map(|window| is_whole(window).then_some(window));
    let windows: Vec<Window> = all.iter().flat_map(sides).flatten().collect();
    let whose = Whose { actors: &request.actors, customers: &request.customers };
    let around = Around::read((facts, entries), whose, &windows, params)?;
    find(&all, sides, &around, (facts, entries), (params, figures))?;
    let message = |one: &Milestone| {
        let [before, after] = sides(one);
        let position = one.position.0.to_string();
        v1::ActivityMilestone {
            position: one.position.0,
            occurred_at: Some(time::to_proto(one.at.min(LAST))),
            labels: one.labels.clone(),
            actor: one.actor.clone(),
            before_is_whole: before.is_some(),
            after_is_whole: after.is_some(),
            around: around.messages(&position, [before, after], params.window_days),
        }
    };
    Ok((all.iter().map(message).collect(), left_out))
}

/// Of the notes that name no customer, which are few, each is looked up: rows do not say what a note is about.
fn read(
    entries: &dyn Rows,
    source: &dyn EventSource,
    params: &ActivityParams,
) -> Result<Vec<Milestone>, ReadError> {
    let Some(note) = entries.symbols()?.get(NOTE) else { return Ok(Vec::new()) };
    let filter = Filter::all()
        .occurred(params.window.from, params.window.to)
        .and(CUSTOMER, vec![ObjectId::NOBODY.cell()])
        .and("type", vec![note.cell()])
        .and("retracted", vec![false.cell()]);
    let mut places = Vec::new();
    entries
        .in_any_order(&filter, params.as_of, |row: EntryRow| places.push((row.occurred_at, row.position)))?;
    let positions = places.iter().map(|(_, position)| *position).collect();
    let events = Entries::of(entries, source, positions, params.as_of.recorded_until)?;
    let mut all = Vec::new();
    for place in places {
        events.with_believed(place, |believed| all.extend(Milestone::of(&believed, params.window_days)))?;
    }
    Ok(all)
}

/// The first of these moments by which an event of the ledger had occurred: nothing is known of before. The end of time where
/// there is none.
fn known_since(
    mut moments: Vec<Timestamp>,
    entries: &dyn Rows,
    params: &ActivityParams,
) -> Result<Timestamp, ReadError> {
    moments.sort_unstable();
    // Most ledgers are older than all of them: then one look is enough, and its first row.
    let (mut unknown, mut known) = (0, moments.len());
    let mut next = 0;
    while let Some(moment) = moments.get(next).filter(|_| unknown < known) {
        let until = Filter::all().occurred(Timestamp::MIN, just_after(*moment));
        let filter = until.and("retracted", vec![false.cell()]);
        if entries.has_any(EntryRow::TABLE, &filter, params.as_of)? {
            known = next;
        } else {
            unknown = next + 1;
        }
        next = unknown.midpoint(known);
    }
    Ok(moments.get(known).copied().unwrap_or(Timestamp::MAX))
}

/// Finds the events of the figure that is asked for, if it is one of a milestone.
fn find(
    all: &[Milestone],
    sides: impl Fn(&Milestone) -> [Option<Window>; 2],
    around: &Around<'_>,
    both: (&dyn Rows, &dyn Rows),
    (params, figures): (&ActivityParams, &mut Figures),
) -> Result<(), ReadError> {
    let parts: Vec<String> = figures.parts().into_iter().map(str::to_owned).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let ["milestones", position, side, group] = parts.as_slice() else { return Ok(()) };
    let milestone = all.iter().find(|one| one.position.0.to_string() == *position);
    let window = milestone.and_then(|one| {
        let [before, after] = sides(one);
        if *side == "before" { before } else { after }
    });
    let Some(window) = window else { return Ok(()) };
    let events = around.events(both, group, window, params)?;
    figures.found(events.iter().map(|(_, position)| Counted::event(*position)).collect());
    figures.beside(
        events.into_iter().map(|(customer, position)| (Counted::event(position), customer, position)),
    );
    Ok(())
}

/// The names that figures of milestones have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(
        parts,
        ["milestones", position, "before" | "after", group]
            if position.parse::<u64>().is_ok() && Around::is_group(group)
    )
}
