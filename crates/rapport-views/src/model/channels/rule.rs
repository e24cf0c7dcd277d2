//! How credit is divided: as the definition that holds says, or as the request asks.

use rapport_proto::{
    definition::{Body as _, read},
    v1::{AttributionDefinition, AttributionModel, ChannelsRequest, DefinitionUse, UnreadableDefinition},
};

use crate::{
    answers::{AnswerError, AsOf, AskError, definition::holding},
    read::Rows,
};

/// The definition that is used unless a request names another.
const DEFAULT: &str = "default";
const DAYS_MAX: u32 = 36_500;

/// The rule that is used, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// Never left open.
    pub(super) model: AttributionModel,
    /// Positive.
    pub(super) half_life_days: f64,
    /// At least 1.
    pub(super) lookback_days: u32,
    pub(super) used: Vec<DefinitionUse>,
    pub(super) unreadable: Vec<UnreadableDefinition>,
}

impl Rule {
    /// The definition that the request names, as it holds at T. Fields of the request replace what the definition says.
    ///
    /// # Errors
    /// A field is wrong, or no definition has the code.
    pub(super) fn of(request: &ChannelsRequest, rows: &dyn Rows, as_of: AsOf) -> Result<Self, AskError> {
        let asked = AttributionModel::try_from(request.model)
            .map_err(|_| AnswerError::UnknownValue { field: "model", value: request.model })?;
        check(request)?;
        let kind = AttributionDefinition::KIND;
        let code = if request.definition.is_empty() { DEFAULT } else { request.definition.as_str() };
        let published = rows.definitions(as_of, kind)?;
        let found = holding(&published, kind, as_of.occurred_until, |body| {
            read::<AttributionDefinition>(body).map(|(says, _)| says)
        });
        let known: Vec<String> = found.holding.iter().map(|one| format!("`{}`", one.code)).collect();
        let held = found.holding.into_iter().find(|one| one.code == code);
        if held.is_none() && code != DEFAULT {
            let known = if known.is_empty() { format!("`{DEFAULT}`") } else { known.join(", ") };
            let expected = format!(
                "expected the code of an `attribution` that holds ({known}), found `{code}`; \
                 `rapport definitions` lists them"
            );
            return Err(AskError::Field { field: "definition", expected });
        }
        let used = held.as_ref().map(|held| DefinitionUse {
            kind: kind.to_owned(),
            code: held.code.clone(),
            version: held.version,
        });
        let says = held.map(|held| held.says).unwrap_or_default();
        let model = [asked, says.model()].into_iter().find(|one| *one != AttributionModel::Unspecified);
        Ok(Self {
            model: model.unwrap_or(AttributionModel::Last),
            half_life_days: request.half_life_days.or(says.half_life_days).unwrap_or(7.0),
            lookback_days: request.lookback_days.or(says.lookback_days).unwrap_or(90),
            used: used.into_iter().collect(),
            unreadable: found.unreadable.into_iter().filter(|one| one.code == code).collect(),
        })
    }
}

fn check(request: &ChannelsRequest) -> Result<(), AskError> {
    let wrong = |field, expected| Err(AskError::Field { field, expected });
    if let Some(days) = request.lookback_days.filter(|days| !(1..=DAYS_MAX).contains(days)) {
        let expected = format!("expected a number of days from 1 to 36,500, such as `90`, found `{days}`");
        return wrong("lookback_days", expected);
    }
    let is_length = |days: &f64| *days > 0.0 && *days <= f64::from(DAYS_MAX);
    if let Some(days) = request.half_life_days.filter(|days| !is_length(days)) {
        let expected =
            format!("expected a number of days above 0 and at most 36,500, such as `7`, found `{days}`");
        return wrong("half_life_days", expected);
    }
    Ok(())
}
