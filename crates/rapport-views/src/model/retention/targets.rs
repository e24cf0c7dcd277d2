//! What is aimed at: the published targets of the metrics that retention measures, and the periods that they are compared
//! in.
//!
//! A target is for one period of the calendar. Its body says nothing of other lengths, and half of a year's aim is not that
//! of its first half, so no target is converted.

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::{
    definition::{
        read,
        targets::{Aim, Metric, TARGETS, aims},
    },
    time,
    v1::{self, DefinitionUse, TargetsDefinition, UnreadableDefinition},
};

use super::params::RetentionParams;
use crate::{
    answers::{definition::holding, window::Window},
    calendar::{LAST, named},
    read::{ReadError, Rows},
};

/// The targets that hold at T, and where they come from.
#[derive(Debug, Default)]
pub(super) struct Targets {
    aims: Vec<Aim>,
    version: u32,
    /// Codes of all that hold.
    codes: Vec<String>,
    pub(super) used: Vec<DefinitionUse>,
    pub(super) unreadable: Vec<UnreadableDefinition>,
}

/// A period in which is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    /// `2026`, `2026-Q1` or `2026-03`; empty where it is the request's own.
    pub(super) name: String,
    /// What had passed of it by T.
    pub(super) window: Window,
    /// Whether the period ends after T.
    pub(super) is_running: bool,
}

impl Targets {
    /// Those of the code that is asked for.
    pub(super) fn of(rows: &dyn Rows, params: &RetentionParams) -> Result<Self, ReadError> {
        let published = rows.definitions(params.as_of, TARGETS)?;
        let says = |body: &str| read::<TargetsDefinition>(body).map(|(says, _)| aims(says));
        let mut found = holding(&published, TARGETS, params.as_of.occurred_until, says);
        found.unreadable.retain(|one| one.code == params.targets);
        let mut targets = Self {
            codes: found.holding.iter().map(|held| held.code.clone()).collect(),
            unreadable: found.unreadable,
            ..Self::default()
        };
        if let Some(held) = found.holding.into_iter().find(|held| held.code == params.targets) {
            (targets.aims, targets.version) = (held.says, held.version);
            targets.used.push(DefinitionUse {
                kind: TARGETS.to_owned(),
                code: held.code,
                version: held.version,
            });
        }
        Ok(targets)
    }

    /// What is aimed at of a metric in a period.
    pub(super) fn aim(&self, metric: Metric, period: &str) -> Option<f64> {
        self.aims.iter().find(|aim| aim.metric == metric && aim.period == period).map(|aim| aim.value)
    }

    /// The periods that have a target and are the window that is asked for, or else those that T lies in, the longest
    /// first; the window itself where there are none.
    pub(super) fn periods(&self, params: &RetentionParams) -> Vec<Period> {
        let mut found: Vec<(Timestamp, Period)> = Vec::new();
        for name in self.names() {
            let Some(whole) = named(name, &params.zone) else { continue };
            let window = Window { to: whole.to.min(params.always.to), ..whole };
            let is_asked = if params.is_window_given {
                window == params.window
            } else {
                whole.contains(params.as_of.occurred_until)
            };
            if is_asked && window.from < window.to {
                let is_running = window.to < whole.to;
                found.push((whole.to, Period { name: name.to_owned(), window, is_running }));
            }
        }
        // All of them begin at one moment or hold one: the longest ends last.
        found.sort_by_key(|(end, period)| (std::cmp::Reverse(*end), period.window.from));
        if found.is_empty() {
            return vec![Period { name: String::new(), window: params.window, is_running: false }];
        }
        found.into_iter().map(|(_, period)| period).collect()
    }

    /// The periods of all targets.
    fn names(&self) -> BTreeSet<&str> {
        self.aims.iter().map(|aim| aim.period.as_str()).collect()
    }

    /// With these rows.
    pub(super) fn answer(
        &self,
        params: &RetentionParams,
        rows: Vec<v1::retention_gaps::Row>,
    ) -> v1::RetentionGaps {
        let shown: BTreeSet<&str> = rows.iter().map(|row| row.period.as_str()).collect();
        let other = self.names().difference(&shown).map(|name| (*name).to_owned()).collect();
        v1::RetentionGaps {
            targets: params.targets.clone(),
            version: self.version,
            codes: self.codes.clone(),
            rows,
            other_periods: other,
        }
    }
}

impl Period {
    /// Its ends, as answers have them.
    pub(super) fn ends(&self) -> [Option<prost_types::Timestamp>; 2] {
        [self.window.from, self.window.to].map(|moment| Some(time::to_proto(moment.min(LAST))))
    }
}
