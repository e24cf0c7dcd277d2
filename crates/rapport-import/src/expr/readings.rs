//! How the columns of a file are written: what is decided, and what is watched to decide it.

use std::{cell::RefCell, sync::Arc};

use rapport_model::Decimal;

use super::words::Words;
use crate::value::{
    evidence::Evidence,
    moment::{DateFormat, DateRule},
    number::{NumberStyle, shortest},
    reading::Reading,
};

/// What is decided for a file, and what is watched to decide it.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    pub decided: Vec<Decided>,
    pub watched: Option<RefCell<Watched>>,
    pub words: RefCell<Words>,
}

/// The rule of a column in place of one of the mapping.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    pub column: String,
    pub formats: Vec<DateFormat>,
    pub rule: Arc<DateRule>,
}

/// What the values of each column say, for each way in which the mapping reads it.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    pub dates: Vec<(String, DateRule, Vec<DateFormat>, Evidence)>,
    pub numbers: Vec<(String, NumberStyle, Evidence)>,
}

impl Readings {
    pub(crate) fn watching() -> Self {
        Self { watched: Some(RefCell::default()), ..Self::default() }
    }

    pub(super) fn rule<'a>(&'a self, column: &str, rule: &'a DateRule) -> &'a DateRule {
        let decided = self.decided.iter().find(|one| one.column == column && one.formats == rule.formats);
        decided.map_or(rule, |one| &one.rule)
    }
}

impl Watched {
    pub(super) fn date(&mut self, column: &str, rule: &DateRule, text: &str, line: u64) {
        let known =
            self.dates.iter().position(|(name, known, ..)| name == column && known.formats == rule.formats);
        let place = known.unwrap_or_else(|| {
            let candidates = rule.candidates();
            let evidence = Evidence::new(candidates.len());
            self.dates.push((column.to_owned(), rule.clone(), candidates, evidence));
            self.dates.len() - 1
        });
        if let Some((_, _, candidates, evidence)) = self.dates.get_mut(place) {
            let readings: Vec<Option<Reading>> = candidates.iter().map(|format| format.read(text)).collect();
            evidence.note(line, &readings);
        }
    }

    pub(super) fn number(&mut self, column: &str, style: NumberStyle, text: &str, line: u64) {
        let Some(exchanged) = style.exchanged() else { return };
        let known = self.numbers.iter().position(|(name, known, _)| name == column && *known == style);
        let place = known.unwrap_or_else(|| {
            self.numbers.push((column.to_owned(), style, Evidence::new(2)));
            self.numbers.len() - 1
        });
        if let Some((_, _, evidence)) = self.numbers.get_mut(place) {
            let value = |style: NumberStyle| style.parse(text).map(shortest);
            let same = |number: Decimal| (number.units, number.scale);
            evidence.note(line, &[value(style).map(same), value(exchanged).map(same)]);
        }
    }
}
