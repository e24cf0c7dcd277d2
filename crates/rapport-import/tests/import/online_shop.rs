//! The preset `online-shop` over the real file, against an independent computation.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    io::{BufRead as _, BufReader, Write as _},
};

use crate::support::{data, independent, minor, run, run_twice};
use rapport_import::Mapping;
use rapport_proto::v1::{invoice_issued, payload::Kind};
use serde_json::json;

#[test]
fn invoices_totals_and_customers_equal_those_of_the_raw_file() {
    let Some(folder) = data("online_retail") else { return };
    // Once: half a million rows take their time here; a part of them is imported twice below.
    let run = run(&Mapping::preset("online-shop").unwrap(), std::slice::from_ref(&folder));
    assert_eq!(run.rejects, []);
    assert_eq!(run.rows(), (541_909, 541_909, 0, 0));
    assert_eq!(run.events.len(), 25_900);
    let customers: HashSet<_> =
        run.events.iter().map(|event| &event.event.customer).filter(|name| !name.is_empty()).collect();
    assert_eq!(customers.len(), 4_372);

    let mut lines = 0;
    let mut total = 0;
    let mut credit_notes = 0;
    let mut by_customer: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for event in run.decoded() {
        let Kind::InvoiceIssued(invoice) = event.kind else { panic!("every event is an invoice") };
        lines += invoice.lines.len();
        let sum: i64 = invoice.lines.iter().map(|line| minor(line.net.as_ref())).sum();
        assert_eq!(sum, minor(invoice.total.as_ref()), "{}", invoice.invoice_id);
        total += sum;
        credit_notes += i64::from(invoice.kind() == invoice_issued::Kind::CreditNote);
        let entry = by_customer.entry(event.event.customer.clone()).or_default();
        *entry = (entry.0 + 1, entry.1 + sum);
    }
    let Some(expected) = independent("online_shop.py", &folder) else { return };
    let found =
        json!({ "lines": lines, "total": total, "credit_notes": credit_notes, "by_customer": by_customer });
    assert_eq!(found, expected);
}

#[test]
fn a_packed_part_of_it_imported_twice_adds_nothing_the_second_time() {
    let Some(folder) = data("online_retail") else { return };
    let packed = fs::File::open(folder.join("online_retail_by_day_concat.csv.gz")).unwrap();
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(packed)).lines().take(20_001);
    let part: Vec<String> = lines.map(Result::unwrap).collect();
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("online_retail.csv.gz");
    let mut file =
        flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
    file.write_all(part.join("\n").as_bytes()).unwrap();
    file.finish().unwrap();
    assert_eq!(run_twice("online-shop", &[path]).rows(), (20_000, 20_000, 0, 0));
}
