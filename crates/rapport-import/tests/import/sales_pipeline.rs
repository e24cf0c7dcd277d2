//! The preset `sales-pipeline` over the real files, against an independent computation.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use crate::support::{data, histories, independent, minor, run_twice};
use rapport_proto::v1::payload::Kind;
use serde_json::json;

#[test]
fn deals_stages_revenue_and_histories_equal_those_of_the_raw_files() {
    let Some(folder) = data("crm_sales_opportunities") else { return };
    let run = run_twice("sales-pipeline", std::slice::from_ref(&folder));
    assert_eq!(run.rejects, []);
    assert_eq!(run.rows(), (8_885, 8_885, 0, 0));

    let mut stages: BTreeMap<String, u64> = BTreeMap::new();
    let mut won: BTreeMap<String, i64> = BTreeMap::new();
    let mut products: BTreeMap<String, u64> = BTreeMap::new();
    let (mut won_total, mut wins, mut losses) = (0, 0, 0);
    for event in run.decoded() {
        let agent = event
            .event
            .actor
            .as_ref()
            .map(|actor| format!("{}/{}", actor.id, actor.branch))
            .unwrap_or_default();
        match event.kind {
            Kind::DealOpened(deal) => {
                *stages.entry(deal.stage).or_default() += 1;
                *products.entry(deal.products.concat()).or_default() += 1;
            }
            Kind::DealWon(deal) => {
                wins += 1;
                won_total += minor(deal.amount.as_ref());
                *won.entry(agent).or_default() += minor(deal.amount.as_ref());
            }
            Kind::DealLost(_) => losses += 1,
            _ => {}
        }
    }
    assert_eq!(won_total, 1_000_553_400, "the published total, in cents");
    let Some(expected) = independent("sales_pipeline.py", &folder) else { return };
    let found = json!({
        "stages": stages, "products": products, "won_by_agent": won, "wins": wins, "losses": losses, "histories": histories(&run),
    });
    assert_eq!(found, expected);
}

#[test]
fn every_deal_knows_its_series_and_the_file_that_is_no_table_is_named() {
    let Some(folder) = data("crm_sales_opportunities") else { return };
    let run = run_twice("sales-pipeline", &[folder]);
    let mut deals = run.decoded().filter(|event| matches!(event.kind, Kind::DealOpened(_)));
    assert!(
        deals.all(|event| event.event.tags.iter().any(|tag| tag.starts_with("series:"))),
        "GTXPro is GTX Pro"
    );
    assert!(run.not_read.iter().any(|(path, _)| path.ends_with("data_dictionary.csv")));
}
