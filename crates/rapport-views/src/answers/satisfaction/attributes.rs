//! Importance against performance (Martilla and James, Importance-Performance Analysis, Journal of Marketing 41, 1977).

use std::collections::BTreeMap;

use rapport_proto::v1;

use super::{response::Response, series::Series};
use crate::{
    answers::tally::{Figures, Tally},
    stats::mean::plain_mean,
};

struct Attribute<'a> {
    question: &'a str,
    responses: Tally,
    importance: f64,
    performance: f64,
}

/// A point a question, by the question's code; each beside the means over the questions.
pub(super) fn points(series: &[Series<'_>], keep: bool, figures: &mut Figures) -> Vec<v1::AttributePoint> {
    let mut by_question: BTreeMap<&str, Vec<&Response>> = BTreeMap::new();
    for each in series {
        let with_importance = each.counted.iter().filter(|response| response.row.importance.is_some());
        for response in with_importance {
            by_question.entry(each.question).or_default().push(response);
        }
    }
    let attributes: Vec<_> = by_question
        .into_iter()
        .filter_map(|(question, responses)| Attribute::of(question, responses, keep))
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
        answers: figures.write(&["attributes", attribute.question, "answers"], attribute.responses),
    };
    attributes.into_iter().map(to_proto).collect()
}

/// Responses that count and give no importance.
pub(super) fn left_out(series: &[Series<'_>]) -> u64 {
    let counted = series.iter().flat_map(|each| &each.counted);
    counted.filter(|response| response.row.importance.is_none()).count() as u64
}

impl<'a> Attribute<'a> {
    fn of(question: &'a str, mut responses: Vec<&Response>, keep: bool) -> Option<Self> {
        responses.sort_unstable_by_key(|response| response.row.position);
        let mut tally = Tally::default();
        for response in &responses {
            tally.add(keep, || response.hit());
        }
        let importance: Vec<_> = responses.iter().filter_map(|response| response.row.importance).collect();
        let performance: Vec<_> = responses.iter().map(|response| response.performance()).collect();
        Some(Self {
            question,
            responses: tally,
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
