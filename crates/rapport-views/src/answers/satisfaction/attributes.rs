//! Importance against performance (Martilla and James, Importance-Performance Analysis, Journal of Marketing 41, 1977).

use std::collections::BTreeMap;

use rapport_proto::v1;

use super::{answer::Answer, series::Series};
use crate::{
    answers::tally::{Figures, Tally},
    stats::mean::plain_mean,
};

struct Attribute<'a> {
    question: &'a str,
    answers: Tally,
    importance: f64,
    performance: f64,
}

/// A point a question, by the question's code; each beside the means over the questions.
pub(super) fn points(series: &[Series<'_>], keep: bool, figures: &mut Figures) -> Vec<v1::AttributePoint> {
    let mut by_question: BTreeMap<&str, Vec<&Answer>> = BTreeMap::new();
    for each in series {
        let with_importance = each.counted.iter().filter(|answer| answer.row.importance.is_some());
        for answer in with_importance {
            by_question.entry(each.question).or_default().push(answer);
        }
    }
    let attributes: Vec<_> = by_question
        .into_iter()
        .filter_map(|(question, answers)| Attribute::of(question, answers, keep))
        .collect();
    let mean_of = |value: &dyn Fn(&Attribute<'_>) -> f64| {
        plain_mean(&attributes.iter().map(value).collect::<Vec<_>>()).unwrap_or_default()
    };
    let (importance, performance) = (mean_of(&|point| point.importance), mean_of(&|point| point.performance));
    let to_proto = |attribute: Attribute<'_>| v1::AttributePoint {
        question: attribute.question.to_owned(),
        importance: attribute.importance,
        performance: attribute.performance,
        quadrant: quadrant(attribute.importance >= importance, attribute.performance >= performance)
            .to_owned(),
        answers: figures.write(&["attributes", attribute.question, "answers"], attribute.answers),
    };
    attributes.into_iter().map(to_proto).collect()
}

/// Answers that count and give no importance.
pub(super) fn left_out(series: &[Series<'_>]) -> u64 {
    let counted = series.iter().flat_map(|each| &each.counted);
    counted.filter(|answer| answer.row.importance.is_none()).count() as u64
}

impl<'a> Attribute<'a> {
    fn of(question: &'a str, mut answers: Vec<&Answer>, keep: bool) -> Option<Self> {
        answers.sort_unstable_by_key(|answer| answer.row.position);
        let mut tally = Tally::default();
        for answer in &answers {
            tally.add(keep, || answer.hit());
        }
        let importance: Vec<_> = answers.iter().filter_map(|answer| answer.row.importance).collect();
        let performance: Vec<_> = answers.iter().map(|answer| answer.performance()).collect();
        Some(Self {
            question,
            answers: tally,
            importance: plain_mean(&importance)?,
            performance: plain_mean(&performance)?,
        })
    }
}

fn quadrant(matters: bool, strong: bool) -> &'static str {
    match (matters, strong) {
        (true, false) => "improve",
        (true, true) => "keep",
        (false, false) => "low priority",
        (false, true) => "possible overkill",
    }
}
