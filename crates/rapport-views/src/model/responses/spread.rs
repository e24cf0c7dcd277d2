//! How much responses differ between groups.

use std::collections::BTreeMap;

use rapport_proto::v1;

use super::{
    counter::Counter,
    grouping::{Grouping, Key},
    subject::Subject,
};
use crate::{
    answers::satisfaction::response::Response,
    rows::{ObjectId, Symbol},
    stats::anova::one_way,
};

/// By each of the groupings of a request.
pub(super) fn spreads(
    counted: &[&Response],
    subject: &Subject,
    grouping: &Grouping<'_>,
    counter: &mut Counter,
) -> Vec<v1::ScoreSpread> {
    (0..grouping.by.len()).map(|place| spread(place, counted, subject, grouping, counter)).collect()
}

fn spread(
    place: usize,
    counted: &[&Response],
    subject: &Subject,
    grouping: &Grouping<'_>,
    counter: &mut Counter,
) -> v1::ScoreSpread {
    let mut groups: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut taken: Vec<&Response> = Vec::new();
    for response in counted {
        // A response in several groups would be compared with itself.
        let keys = grouping.keys(place, response);
        let [key] = keys.as_slice() else { continue };
        if !is_said(*key) {
            continue;
        }
        groups.entry(grouping.text(*key)).or_default().push(response.value_on(subject.scale));
        taken.push(response);
    }
    let values: Vec<&[f64]> = groups.values().map(Vec::as_slice).collect();
    let variance = one_way(&values);
    let mut means: Vec<(f64, &String)> = groups
        .iter()
        .filter_map(|(name, values)| Some((crate::stats::mean::plain_mean(values)?, name)))
        .collect();
    means.sort_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(other.1)));
    let ends = means.first().zip(means.last()).filter(|_| means.len() > 1);
    let by = grouping.by.get(place).map(super::by::By::text).unwrap_or_default();
    let name = ["spread", subject.instrument.word(), subject.question.as_str(), &by, "answers"];
    v1::ScoreSpread {
        instrument: subject.instrument.word().to_owned(),
        question: subject.question.clone(),
        groups: groups.len() as u64,
        left_out: (counted.len() - taken.len()) as u64,
        answers: counter.count(&name, taken.iter().copied()),
        eta_squared: variance.map(|variance| variance.eta_squared),
        epsilon_squared: variance.map(|variance| variance.epsilon_squared),
        f: variance.and_then(|variance| variance.f),
        p: variance.and_then(|variance| variance.p),
        lowest: ends.map(|((_, name), _)| (*name).clone()).unwrap_or_default(),
        lowest_mean: ends.map(|((mean, _), _)| *mean),
        highest: ends.map(|(_, (_, name))| (*name).clone()).unwrap_or_default(),
        highest_mean: ends.map(|(_, (mean, _))| *mean),
        by,
    }
}

/// Whether a response says its group.
fn is_said(key: Key) -> bool {
    match key {
        Key::None => false,
        Key::Text(text) => text != Symbol::default(),
        Key::Survey(survey) => survey != ObjectId::NOBODY,
        Key::Month(..) | Key::Quarter(..) => true,
    }
}
