//! Satisfaction against an independent computation over random surveys, and the rules that hold for every survey.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashSet;

use crate::support::{figures, satisfaction_oracle, surveys::surveys, without_names};
use proptest::prelude::*;
use rapport_proto::{json, v1};
use serde_json::Value;

/// Equal but for the last digits of floating-point numbers.
fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-6 * b.abs().max(1.0)
        }
        (Value::Object(a), Value::Object(b)) => {
            let keys: HashSet<_> = a.keys().chain(b.keys()).collect();
            // A number that is 0 on one side may be left out there and be next to 0 on the other.
            let zero = Value::from(0.0);
            keys.into_iter().all(|key| match (a.get(key), b.get(key)) {
                (Some(a), Some(b)) => close(a, b),
                (Some(one), None) | (None, Some(one)) => key == "performance" && close(one, &zero),
                (None, None) => true,
            })
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b)),
        (a, b) => a == b,
    }
}

proptest! {
    #[test]
    fn satisfaction_is_what_asking_every_answer_about_every_other_gives(survey in surveys()) {
        let (mut answer, expected) = (survey.answer(), satisfaction_oracle::answer(&survey));
        let attributes = std::mem::take(&mut answer.attributes);
        let unclassified = attributes.iter().map(|point| v1::AttributePoint { quadrant: String::new(), ..point.clone() });
        answer.attributes = unclassified.collect();
        let name = "rapport.v1.SatisfactionResponse";
        let answer = without_names(json::to_json(name, &answer).unwrap());
        let expected = without_names(json::to_json(name, &expected).unwrap());
        let parts = ["meta", "scores", "trend", "rolling", "attributes", "companies"];
        let left_out =
            ["answersOffScale", "answersWithoutWave", "answersWithoutCompany", "answersWithoutImportance"];
        for part in parts.into_iter().chain(left_out) {
            let (got, wanted) = (&answer[part], &expected[part]);
            prop_assert!(close(got, wanted), "{}:\n{:#}\nexpected\n{:#}", part, got, wanted);
        }
    }

    #[test]
    fn the_order_of_the_answers_does_not_matter(survey in surveys(), seed in any::<u64>()) {
        let mut shuffled = survey.clone();
        let order = |position: u64| (position ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        shuffled.answers.sort_by_key(|row| order(row.position.0));
        shuffled.sents.sort_by_key(|row| order(row.position.0));
        prop_assert_eq!(survey.json(), shuffled.json());
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts(survey in surveys()) {
        let mut names = HashSet::new();
        for (figure, count) in figures(&survey.json()) {
            prop_assert!(names.insert(figure.clone()), "two figures are called {}", figure);
            let objects = survey.ask(Some(&figure)).unwrap().objects;
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            for hit in objects {
                prop_assert!(!hit.positions.is_empty() && hit.positions.is_sorted(), "{}: {:?}", figure, hit);
            }
        }
    }
}

#[test]
fn the_random_surveys_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut kinds = HashSet::new();
    let mut significant = false;
    for _ in 0..200 {
        let survey = surveys().new_tree(&mut runner).unwrap().current();
        for (figure, _) in figures(&survey.json()) {
            let mut parts = figure.split('/');
            let view = parts.next().unwrap_or_default();
            kinds.insert(format!("{view} {}", parts.next_back().unwrap_or_default()));
        }
        significant |= survey.answer().trend.iter().any(|row| row.significant);
    }
    let of_score = ["answers", "positive", "neutral", "negative", "sent"];
    let views =
        ["scores", "trend", "rolling"].iter().flat_map(|view| of_score.map(|what| format!("{view} {what}")));
    for wanted in views.chain(["attributes answers".to_owned(), "companies contacts".to_owned()]) {
        assert!(kinds.contains(&wanted), "no survey has a figure of the kind `{wanted}`: {kinds:?}");
    }
    assert!(significant, "no wave differs from the one before");
}
