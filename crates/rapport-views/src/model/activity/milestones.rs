//! What happened in the days before and after each milestone of the company.

use std::cmp::Reverse;

use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1};

use super::{
    around::{Around, Whose},
    params::ActivityParams,
};
use crate::{
    answers::window::just_after,
    calendar::{LAST, Window},
    model::figures::{Counted, Figures},
    read::{ReadError, Rows, TypedRows as _},
    rows::{CompanyNoteRow, EntryRow, Symbol, Symbols},
    table::{Field as _, Filter, GroupKey, Measure, Row as _},
};

/// The kind of the notes that are milestones.
const MILESTONE: &str = "milestone";
/// Milestones of an answer at most: each has three moments, and a store groups by a thousand.
const MILESTONES_MAX: usize = 100;

/// One of them, and the days around it that are compared.
#[derive(Debug, Clone, Copy)]
struct Milestone {
    position: Position,
    at: Timestamp,
    labels: Symbol,
    staff: Symbol,
    before: Window,
    after: Window,
}

impl Milestone {
    fn of(row: &CompanyNoteRow, days: u32) -> Self {
        let (at, span) = (row.occurred_at, i64::from(days) * 86_400_000_000);
        let moved = |micros: i64| Timestamp::from_micros(at.as_micros().saturating_add(micros));
        Self {
            position: row.position,
            at,
            labels: row.labels,
            staff: row.staff,
            before: Window { from: moved(-span), to: at },
            after: Window { from: at, to: moved(span) },
        }
    }
}

/// Those of the period, the latest first, and how many more there are. `facts` has them, `entries` what happened around them.
pub(super) fn milestones(
    request: &v1::ActivityRequest,
    (facts, entries): (&dyn Rows, &dyn Rows),
    params: &ActivityParams,
    figures: &mut Figures,
) -> Result<(Vec<v1::ActivityMilestone>, u64), ReadError> {
    let symbols = facts.symbols()?;
    let mut all = read(facts, &symbols, params)?;
    all.sort_unstable_by_key(|one| Reverse((one.at, one.position)));
    let left_out = all.len().saturating_sub(MILESTONES_MAX) as u64;
    all.truncate(MILESTONES_MAX);
    // Most periods have none: then the entries, of which there are many, are not read.
    if all.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let begins = first(entries, params)?.unwrap_or(Timestamp::MAX);
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
            labels: symbols.text(one.labels).to_owned(),
            actor: symbols.text(one.staff).to_owned(),
            before_is_whole: before.is_some(),
            after_is_whole: after.is_some(),
            around: around.messages(&position, [before, after], params.window_days),
        }
    };
    Ok((all.iter().map(message).collect(), left_out))
}

fn read(facts: &dyn Rows, symbols: &Symbols, params: &ActivityParams) -> Result<Vec<Milestone>, ReadError> {
    let mut all = Vec::new();
    let Some(kind) = symbols.get(MILESTONE) else { return Ok(all) };
    let filter = Filter::all().occurred(params.window.from, params.window.to).and("kind", vec![kind.cell()]);
    facts.in_any_order(&filter, params.as_of, |row: CompanyNoteRow| {
        all.push(Milestone::of(&row, params.window_days));
    })?;
    Ok(all)
}

/// When the first event of the ledger occurred: nothing is known of before.
fn first(entries: &dyn Rows, params: &ActivityParams) -> Result<Option<Timestamp>, ReadError> {
    let (filter, mut first) = (Filter::all().and("retracted", vec![false.cell()]), None);
    let by = [GroupKey::Column("retracted")];
    entries.group(EntryRow::TABLE, &filter, params.as_of, &by, &[Measure::First], &mut |_, measured| {
        first = measured.first().and_then(|micros| i64::try_from(*micros).ok()).map(Timestamp::from_micros);
        Ok(())
    })?;
    Ok(first)
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
