//! The definition of a process.

use rapport_proto::{
    definition::{Body as _, kind, read},
    v1::{DefinitionUse, ProcessDefinition, UnreadableDefinition},
};

use crate::{
    answers::{AsOf, definition::holding},
    read::{ReadError, Rows},
};

/// What holds at T; empty where nothing is published and there is no default.
#[derive(Debug, Default)]
pub(super) struct Definition {
    /// In their order.
    pub(super) steps: Vec<DefinedStep>,
    /// Whose working hours count in minutes.
    pub(super) calendar: String,
    pub(super) used: Option<DefinitionUse>,
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
    pub(super) fn of(rows: &dyn Rows, as_of: AsOf, code: &str) -> Result<Self, ReadError> {
        let published = rows.definitions(as_of, ProcessDefinition::KIND)?;
        let says = |body: &str| read::<ProcessDefinition>(body).map(|(says, _)| says);
        let mut found = holding(&published, ProcessDefinition::KIND, as_of.occurred_until, says);
        found.unreadable.retain(|one| one.code == code);
        let held = found.holding.into_iter().find(|held| held.code == code);
        let used = held.as_ref().map(|held| DefinitionUse {
            kind: ProcessDefinition::KIND.to_owned(),
            code: code.to_owned(),
            version: held.version,
        });
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
        Ok(Self { steps: steps.collect(), calendar: says.calendar, used, unreadable: found.unreadable })
    }
}

/// What holds where nothing is published.
fn unpublished(code: &str) -> Option<ProcessDefinition> {
    let (_, body) = kind(ProcessDefinition::KIND)?.unpublished.iter().find(|(of, _)| *of == code)?;
    read::<ProcessDefinition>(body).ok().map(|(says, _)| says)
}
