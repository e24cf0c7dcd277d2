//! Files of real data sets as exports of earlier days would have been: what had not happened by then is not in them.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use rapport_tests::Ledger;

pub(crate) type Row = BTreeMap<String, String>;

/// The days of the exports of the sales pipeline: the last one holds everything.
pub(crate) const SALES: [&str; 4] = ["2017-03-31", "2017-07-15", "2017-10-31", "2017-12-31"];

/// The rows of a CSV file.
pub(crate) fn rows(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

/// Writes rows as a CSV file.
pub(crate) fn write(path: &Path, rows: &[Row]) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    writer.write_record(rows[0].keys()).unwrap();
    rows.iter().for_each(|row| writer.write_record(row.values()).unwrap());
    writer.flush().unwrap();
}

/// Imports files at noon of a day, on the simulated clock of the ledger.
pub(crate) fn import(ledger: &Ledger, preset: &str, files: &[PathBuf], day: &str, rejected: &Path) {
    let mut command = ledger.command(["import", preset]).unwrap();
    command.args(files).args(["--simulated-now", &format!("{day}T12:00:00Z"), "--reject-file"]);
    let output = command.arg(rejected).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn is_known(moment: &str, day: &str) -> bool {
    !moment.is_empty() && moment.get(..10).is_some_and(|date| date <= day)
}

/// The sales pipeline: deals engaged by then, those closed later still open.
pub(crate) fn sales(raw: &[Row], day: &str) -> Vec<Row> {
    raw.iter()
        .filter(|row| row["engage_date"].is_empty() || is_known(&row["engage_date"], day))
        .map(|row| {
            let mut row = row.clone();
            if !row["engage_date"].is_empty() && !is_known(&row["close_date"], day) {
                for (column, value) in [("deal_stage", "Engaging"), ("close_date", ""), ("close_value", "")] {
                    row.insert(column.to_owned(), value.to_owned());
                }
            }
            row
        })
        .collect()
}

/// The files of the marketplace in a folder: orders placed by then, with what had become of them.
pub(crate) fn olist(folder: &Path, day: &str, into: &Path) -> Vec<PathBuf> {
    fs::create_dir_all(into).unwrap();
    let of = |name: &str| format!("olist_{name}_dataset.csv");
    let read = |name: &str| rows(&folder.join(of(name)));
    let mut orders = read("orders");
    orders.retain(|order| is_known(&order["order_purchase_timestamp"], day));
    for order in &mut orders {
        let later: Vec<String> = order
            .iter()
            .filter(|(column, moment)| column.contains("_delivered_") && !is_known(moment, day))
            .map(|(column, _)| column.clone())
            .collect();
        later.into_iter().for_each(|column| drop(order.insert(column, String::new())));
    }
    let column = |rows: &[Row], column: &str| -> BTreeSet<String> {
        rows.iter().map(|row| row[column].clone()).collect()
    };
    let (order_ids, customer_ids) = (column(&orders, "order_id"), column(&orders, "customer_id"));
    let mut files = vec![("orders", orders)];
    for name in ["order_items", "order_payments", "order_reviews"] {
        let mut kept = read(name);
        kept.retain(|row| {
            let answered = row.get("review_answer_timestamp");
            order_ids.contains(&row["order_id"]) && answered.is_none_or(|moment| is_known(moment, day))
        });
        files.push((name, kept));
    }
    let mut customers = read("customers");
    customers.retain(|row| customer_ids.contains(&row["customer_id"]));
    files.extend([("customers", customers), ("products", read("products"))]);
    let path = |name: &str| into.join(of(name));
    files.iter().for_each(|(name, rows)| write(&path(name), rows));
    files.iter().map(|(name, _)| path(name)).collect()
}
