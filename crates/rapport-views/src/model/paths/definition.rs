//! The definition of a process.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::{
    definition::{Body as _, kind, read},
    v1::{CalendarDefinition, DefinitionUse, ProcessDefinition, UnreadableDefinition},
};

use crate::{
    answers::{AsOf, definition::holding},
    read::{ReadError, Rows},
    working_time::WorkingTime,
};

/// The calendar in the place of one that is not published.
const DEFAULT: &str = "default";
/// Microseconds of a minute.
pub(super) const MINUTE: i64 = 60_000_000;

/// The definition that holds at T. It has no steps where none is published and the process has no default.
#[derive(Debug, Default)]
pub(super) struct Definition {
    /// In their order.
    pub(super) steps: Vec<DefinedStep>,
    /// In which hours minutes count; every minute does without it.
    pub(super) working: Option<WorkingTime>,
    /// Those that it rests on: its own, and that of its calendar.
    pub(super) used: Vec<DefinitionUse>,
    pub(super) unreadable: Vec<UnreadableDefinition>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DefinedStep {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) due: Due,
}

/// When a step is due after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It is not said.
    Never,
    /// By the end of the day that is so many days later.
    Days(u32),
    /// So many minutes later.
    Minutes(u32),
}

impl Definition {
    /// That of a process.
    pub(super) fn of(
        rows: &dyn Rows,
        code: &str,
        begins: Timestamp,
        (as_of, zone): (AsOf, &TimeZone),
    ) -> Result<Self, ReadError> {
        let published = rows.definitions(as_of, ProcessDefinition::KIND)?;
        let says = |body: &str| read::<ProcessDefinition>(body).map(|(says, _)| says);
        let mut found = holding(&published, ProcessDefinition::KIND, as_of.occurred_until, says);
        found.unreadable.retain(|one| one.code == code);
        let held = found.holding.into_iter().find(|held| held.code == code);
        let used = held.as_ref().map(|held| used(ProcessDefinition::KIND, code, held.version));
        let mut definition =
            Self { unreadable: found.unreadable, used: used.into_iter().collect(), ..Self::default() };
        let says = held.map(|held| held.says).or_else(|| unpublished(code)).unwrap_or_default();
        let steps = says.steps.into_iter().map(|step| DefinedStep {
            name: if step.name.is_empty() { step.code.clone() } else { step.name },
            code: step.code,
            required: step.required.unwrap_or(true),
            due: match (step.due_within_days, step.due_within_minutes) {
                (Some(days), _) => Due::Days(days),
                (None, Some(minutes)) => Due::Minutes(minutes),
                (None, None) => Due::Never,
            },
        });
        definition.steps = steps.collect();
        if !says.calendar.is_empty() {
            definition.read_calendar(rows, &says.calendar, begins, (as_of, zone))?;
        }
        Ok(definition)
    }

    /// Reads the hours of a calendar: of `default` where it is not published, and the usual ones where that is not either.
    fn read_calendar(
        &mut self,
        rows: &dyn Rows,
        code: &str,
        begins: Timestamp,
        (as_of, zone): (AsOf, &TimeZone),
    ) -> Result<(), ReadError> {
        let published = rows.definitions(as_of, CalendarDefinition::KIND)?;
        let says = |body: &str| read::<CalendarDefinition>(body).map(|(says, _)| says);
        let found = holding(&published, CalendarDefinition::KIND, as_of.occurred_until, says);
        let of_code = |code: &str| found.holding.iter().find(|held| held.code == code);
        let held = of_code(code).or_else(|| of_code(DEFAULT));
        self.used.extend(held.map(|held| used(CalendarDefinition::KIND, &held.code, held.version)));
        let unreadable = found.unreadable.iter().filter(|one| [code, DEFAULT].contains(&one.code.as_str()));
        self.unreadable.extend(unreadable.cloned());
        let minutes = self.steps.iter().map(|step| match step.due {
            Due::Minutes(minutes) => minutes,
            Due::Days(_) | Due::Never => 0,
        });
        let longest = i64::from(minutes.max().unwrap_or(0)) * MINUTE;
        let span = (begins, as_of.bounded().occurred_until);
        let says = held.map(|held| held.says.clone()).unwrap_or_default();
        self.working = Some(WorkingTime::new(&says, zone, span, longest));
        Ok(())
    }
}

fn used(kind: &str, code: &str, version: u32) -> DefinitionUse {
    DefinitionUse { kind: kind.to_owned(), code: code.to_owned(), version }
}

/// What holds where nothing is published.
fn unpublished(code: &str) -> Option<ProcessDefinition> {
    let (_, body) = kind(ProcessDefinition::KIND)?.unpublished.iter().find(|(of, _)| *of == code)?;
    read::<ProcessDefinition>(body).ok().map(|(says, _)| says)
}
