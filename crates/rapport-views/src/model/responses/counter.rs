//! Names figures, and keeps what the one that is asked for counts.

use std::collections::BTreeMap;

use rapport_proto::v1;

use crate::{
    answers::{
        AnswerError, FigureHit, figure,
        satisfaction::response::{Respondent, Response},
    },
    rows::ObjectId,
};

/// What a figure of some responses counts.
const WHATS: [&str; 8] = [
    "answers",
    "customers",
    "answers_without_customer",
    "negative",
    "positive",
    "with_expectation",
    "expectation_met",
    "expectation_exceeded",
];

/// The figures of one answer.
#[derive(Debug)]
pub(super) struct Counter {
    wanted: Option<String>,
    found: Vec<FigureHit>,
}

impl Counter {
    /// For one question.
    ///
    /// # Errors
    /// The text is not the name of a figure.
    pub(super) fn new(wanted: Option<&str>) -> Result<Self, AnswerError> {
        if let Some(wanted) = wanted {
            let parts = figure::parse(wanted)?;
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            if !is_figure(&parts) {
                return Err(AnswerError::MalformedFigure { figure: wanted.to_owned() });
            }
        }
        Ok(Self { wanted: wanted.map(str::to_owned), found: Vec::new() })
    }

    /// Whether a figure is asked for: it may be of a row that is not on the page.
    pub(super) const fn is_asked(&self) -> bool {
        self.wanted.is_some()
    }

    /// A figure that counts these responses.
    pub(super) fn count<'r>(
        &mut self,
        parts: &[&str],
        responses: impl Iterator<Item = &'r Response>,
    ) -> Option<v1::Figure> {
        if self.wanted.is_none() {
            return Some(named(parts, responses.count()));
        }
        let responses: Vec<&Response> = responses.collect();
        let figure = named(parts, responses.len());
        if self.wants(&figure) {
            self.found = responses.into_iter().map(Response::hit).collect();
        }
        Some(figure)
    }

    /// A figure that counts the customers who gave these responses, each with all of them.
    pub(super) fn customers<'r>(
        &mut self,
        parts: &[&str],
        responses: impl Iterator<Item = &'r Response>,
    ) -> Option<v1::Figure> {
        let mut of: BTreeMap<ObjectId, Vec<rapport_model::Position>> = BTreeMap::new();
        for response in responses.filter(|response| response.customer != ObjectId::NOBODY) {
            of.entry(response.customer).or_default().push(response.row.position);
        }
        let figure = named(parts, of.len());
        if self.wants(&figure) {
            let hits = of.into_iter().map(|(customer, all)| Respondent::Customer(customer).hit(&all));
            self.found = hits.collect();
        }
        Some(figure)
    }

    fn wants(&self, figure: &v1::Figure) -> bool {
        figure.count > 0 && self.wanted.as_ref() == Some(&figure.figure)
    }

    /// What the figure counts, ordered by positions: numbers of objects differ from store to store.
    ///
    /// # Errors
    /// The answer does not have the figure that is asked for.
    pub(super) fn finish(mut self) -> Result<Vec<FigureHit>, AnswerError> {
        if let Some(figure) = self.wanted.filter(|_| self.found.is_empty()) {
            return Err(AnswerError::NoSuchFigure { figure });
        }
        self.found.iter_mut().for_each(|hit| hit.positions.sort_unstable());
        self.found.sort_unstable_by(|a, b| (&a.positions, a.object).cmp(&(&b.positions, b.object)));
        Ok(self.found)
    }
}

fn named(parts: &[&str], count: usize) -> v1::Figure {
    let figure = if count == 0 { String::new() } else { figure::encode(parts) };
    v1::Figure { count: count as u64, figure }
}

fn is_figure(parts: &[&str]) -> bool {
    let is_what = |what: &str| WHATS.contains(&what);
    match parts {
        ["total", _, _, "in_several_groups"] | ["spread", _, _, _, "answers"] => true,
        ["total", _, _, rest @ ..] => matches!(rest, ["at", _]) || matches!(rest, [what] if is_what(what)),
        ["row", _, _, rest @ ..] => match rest {
            [_, "at", _] | [_, _, "at", _] => true,
            [_, what] | [_, _, what] => is_what(what),
            _ => false,
        },
        ["rolling", _, _, rest @ ..] => rest.last() == Some(&"answers") && (2..=4).contains(&rest.len()),
        _ => false,
    }
}
