//! The preset `olist` over the real files, against an independent computation.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use crate::support::{data, histories, independent, minor, run_twice};
use rapport_proto::v1::payload::Kind;
use serde_json::json;

#[test]
fn orders_payments_reviews_and_histories_equal_those_of_the_raw_files() {
    let Some(folder) = data("olist_sample_a") else { return };
    let run = run_twice("olist", std::slice::from_ref(&folder));
    assert_eq!(run.rejects, []);
    assert_eq!(run.rows(), (16_147, 16_147, 0, 0));
    let mut scores: BTreeMap<String, u64> = BTreeMap::new();
    let mut categories: BTreeMap<String, i64> = BTreeMap::new();
    let mut methods: BTreeMap<String, i64> = BTreeMap::new();
    let (mut total, mut comments, mut late) = (0, 0, 0);
    let mut promised = BTreeMap::new();
    for event in run.decoded() {
        match event.kind {
            Kind::OrderPlaced(order) => {
                total += minor(order.total.as_ref());
                for line in order.lines {
                    *categories.entry(line.category).or_default() += minor(line.net.as_ref());
                }
            }
            Kind::PaymentReceived(payment) => {
                *methods.entry(payment.method).or_default() += minor(payment.amount.as_ref());
            }
            Kind::SurveyAnswered(answer) => {
                *scores.entry(answer.value().to_string()).or_default() += 1;
                comments += answer.personal.map_or(0, |personal| personal.comment.chars().count());
            }
            Kind::DeliveryPromised(promise) => {
                promised.insert(promise.order_id, promise.committed_date);
            }
            Kind::DeliveryCompleted(delivery) => {
                late += u64::from(delivery.date > promised[&delivery.order_id])
            }
            _ => {}
        }
    }
    let Some(expected) = independent("olist.py", &folder) else { return };
    let found = json!({
        "scores": scores, "categories": categories, "methods": methods, "total": total, "comments": comments, "late": late,
        "histories": histories(&run),
    });
    assert_eq!(found, expected);
}
