//! The preset `online-shop` over the real file, against an independent computation.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeMap, HashSet};

use rapport_proto::v1::{invoice_issued, payload::Kind};
use serde_json::json;
use support::{data, independent, minor, run_twice};

#[test]
fn invoices_totals_and_customers_equal_those_of_the_raw_file() {
    let Some(folder) = data("online_retail") else { return };
    let run = run_twice("online-shop", std::slice::from_ref(&folder));
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
