//! The preset `cdnow` over the real sample, against an independent computation.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support;
use std::{collections::BTreeMap, fs};

use crate::support::{data, histories, independent, minor, run, run_twice};
use rapport_import::Mapping;
use rapport_proto::v1::payload::Kind;
use serde_json::json;

#[test]
fn purchases_and_histories_equal_those_of_the_raw_file_and_equal_rows_are_all_there() {
    let Some(folder) = data("cdnow_sample") else { return };
    let run = run_twice("cdnow", std::slice::from_ref(&folder));
    assert_eq!(run.rows(), (6_919, 6_919, 0, 0));
    assert_eq!(run.events.len(), 6_919);
    let mut total = 0;
    let mut units: BTreeMap<String, u64> = BTreeMap::new();
    for event in run.decoded() {
        let Kind::OrderPlaced(order) = event.kind else { panic!("a purchase is an order") };
        total += minor(order.total.as_ref());
        *units.entry(event.event.customer.clone()).or_default() +=
            order.lines[0].quantity.parse::<u64>().unwrap();
    }
    assert_eq!(units.len(), 2_357);
    let Some(expected) = independent("cdnow.py", &folder) else { return };
    assert_eq!(json!({ "total": total, "units": units, "histories": histories(&run) }), expected);
}

#[test]
fn a_later_export_with_more_rows_adds_only_those() {
    let Some(folder) = data("cdnow_sample") else { return };
    let text = fs::read_to_string(folder.join("CDNOW_sample.txt")).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (old, new) =
        (temporary.path().join("CDNOW_sample_old.txt"), temporary.path().join("CDNOW_sample_new.txt"));
    fs::write(&old, lines[..4_000].join("\n")).unwrap();
    fs::write(&new, &text).unwrap();
    let mapping = Mapping::preset("cdnow").unwrap();
    let mut ledger = BTreeMap::new();
    support::run_on(&mapping, &[old], &mut ledger);
    assert_eq!(ledger.len(), 4_000);
    let second = support::run_on(&mapping, &[new], &mut ledger);
    assert_eq!(second.rows(), (6_919, 2_919, 4_000, 0));
    assert_eq!(ledger.len(), 6_919);
}

#[test]
fn the_master_file_is_read_with_and_without_its_header_whatever_its_name() {
    let temporary = tempfile::tempdir().unwrap();
    let mapping = Mapping::preset("cdnow").unwrap();
    for (name, header) in
        [("CDNOW_master.txt", "customer_id date number_of_cds dollar_value\n"), ("purchases.dat", "")]
    {
        let path = temporary.path().join(name);
        fs::write(
            &path,
            format!(
                "{header} 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00\n"
            ),
        )
        .unwrap();
        let run = run(&mapping, &[path]);
        assert_eq!(run.rows(), (3, 3, 0, 0), "{name}");
        assert_eq!(run.ends[0].0.table.as_ref(), "master");
        assert_eq!(histories(&run)["00002"], ["853027200 order.placed", "853027200 order.placed"]);
    }
}
