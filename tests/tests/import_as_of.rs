//! What an imported ledger answers as of random moments on both clocks, against a fold of the raw rows that shares no
//! code with Rapport. The set is imported as it would have been exported month after month, on a simulated clock, so
//! that what was known at K is what the exports until K say.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod exports;

use std::{collections::BTreeMap, fs};

use exports::{Row, SALES, rows, sales, write};
use rapport_tests::{
    Random, data_set,
    inbox::{Inbox, number},
};
use serde_json::Value;

const QUESTIONS: usize = 16;

fn random_day(random: &mut Random, from: &str, days: u64) -> String {
    let from: jiff::civil::Date = from.parse().unwrap();
    (from + jiff::Span::new().days(random.below(days) as i64)).to_string()
}

/// Deals by stage, won and lost deals, and what the won ones brought, as of the end of day `at`, from one export.
fn fold(export: &[Row], first_import: &str, at: &str) -> (BTreeMap<String, u64>, u64, u64, u64) {
    let mut stages = BTreeMap::new();
    let (mut won, mut lost, mut brought) = (0, 0, 0);
    for row in export {
        let closed = !row["close_date"].is_empty() && row["close_date"].as_str() <= at;
        if closed && row["deal_stage"] == "Won" {
            won += 1;
            brought += row["close_value"].parse::<u64>().unwrap() * 100;
        } else if closed {
            lost += 1;
        } else if row["engage_date"].is_empty() {
            // Not dated: known, and taken to be so, from the moment of its first import on.
            if first_import <= at {
                *stages.entry(row["deal_stage"].clone()).or_default() += 1;
            }
        } else if row["engage_date"].as_str() <= at {
            *stages.entry("Engaging".to_owned()).or_default() += 1;
        }
    }
    (stages, won, lost, brought)
}

#[test]
fn the_pipeline_as_of_random_moments_on_both_clocks_is_the_fold_of_the_exports_known_then() {
    let Some(folder) = data_set("crm_sales_opportunities") else { return };
    let raw = rows(&folder.join("sales_pipeline.csv"));
    let inbox = Inbox::on_a_simulated_clock();
    let mut exports = Vec::new();
    for (number, day) in SALES.iter().enumerate() {
        let export = sales(&raw, day);
        let name = format!("sales_pipeline_{number}.csv");
        write(&inbox.path(&name), &export);
        inbox.import_on(day, &["sales-pipeline", &name]);
        exports.push(export);
    }
    let mut random = Random::seeded("import_as_of");
    for _ in 0..QUESTIONS {
        let at = random_day(&mut random, "2016-10-01", 480);
        let known = random.below(SALES.len() as u64) as usize;
        let (stages, won, lost, brought) = fold(&exports[known], SALES[0], &at);
        let funnel = inbox.ask(&["funnel", "--as-of", &at, "--known-at", SALES[known]]);
        let what = format!("as of {at}, known at {}", SALES[known]);
        let pipeline = &funnel["pipelines"][0];
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for row in pipeline["snapshot"].as_array().unwrap_or(&Vec::new()) {
            *found.entry(row["stage"].as_str().unwrap().to_owned()).or_default() +=
                number(&row["deals"]["count"]);
        }
        found.retain(|_, deals| *deals > 0);
        assert_eq!(found, stages, "{what}");
        let none = Vec::new();
        let outcomes = pipeline["outcomes"].as_array().unwrap_or(&none);
        let of = |currency: &str| outcomes.iter().find(|row| row["currency"] == currency);
        let all = of("*").map_or((0, 0), |row| (number(&row["won"]["count"]), number(&row["lost"]["count"])));
        assert_eq!(all, (won, lost), "{what}");
        assert_eq!(of("USD").map_or(0, |row| number(&row["wonMinorUnits"])), brought, "{what}");
        if won + lost > 0 {
            let rate = of("*").unwrap()["winRate"].as_f64().unwrap();
            assert!((rate - won as f64 / (won + lost) as f64).abs() < 1e-12, "{what}: {rate}");
        }
    }
}

/// A customer's timeline as (day, payload), oldest first.
fn timeline(inbox: &Inbox, customer: &str, at: &str) -> Vec<(String, Value)> {
    let answer = inbox.ask(&["timeline", customer, "--as-of", at, "--page-size", "1000", "--oldest-first"]);
    let entries = answer["entries"].as_array().cloned().unwrap_or_default();
    let moment = |entry: &Value| entry["occurredAt"].as_str().unwrap()[..16].replace('T', " ");
    entries.iter().map(|entry| (moment(entry), entry["payload"].clone())).collect()
}

#[test]
fn the_online_shops_customers_have_their_invoices_up_to_any_day() {
    let Some(folder) = data_set("online_retail") else { return };
    let path = folder.join("online_retail_by_day_concat.csv.gz");
    let file = flate2::read::MultiGzDecoder::new(fs::File::open(path).unwrap());
    let mut reader = csv::Reader::from_reader(file);
    let mut raw: Vec<Row> = reader.deserialize().take(8_000).map(|row| row.unwrap()).collect();
    // The last invoice may be cut in two.
    let last = raw[raw.len() - 1]["InvoiceNo"].clone();
    raw.retain(|row| row["InvoiceNo"] != last);
    let inbox = Inbox::on_a_simulated_clock();
    write(&inbox.path("online_retail.csv"), &raw);
    inbox.import_on("2012-01-01", &["online-shop", "online_retail.csv"]);

    let mut invoices: BTreeMap<&str, Vec<(&str, &str, i64)>> = BTreeMap::new();
    for row in &raw {
        let customer = row["CustomerID"].split('.').next().unwrap();
        if customer.is_empty() {
            continue;
        }
        let cents = (row["UnitPrice"].parse::<f64>().unwrap() * 1000.0).round() as i64;
        let net = cents * row["Quantity"].parse::<i64>().unwrap();
        // Half to even, from tenths of cents.
        let (whole, rest) = (net.div_euclid(10), net.rem_euclid(10));
        let net = whole + i64::from(rest > 5 || (rest == 5 && whole % 2 != 0));
        let own = invoices.entry(customer).or_default();
        match own.iter_mut().find(|invoice| invoice.1 == row["InvoiceNo"]) {
            Some(invoice) => invoice.2 += net,
            None => own.push((&row["InvoiceDate"], &row["InvoiceNo"], net)),
        }
    }
    let customers: Vec<&&str> = invoices.keys().collect();
    let mut random = Random::seeded("online_shop_as_of");
    for _ in 0..QUESTIONS {
        let customer = *customers[random.below(customers.len() as u64) as usize];
        let at = random_day(&mut random, "2010-12-01", 10);
        let mut expected: Vec<(String, String, i64)> = invoices[customer]
            .iter()
            .filter(|(when, ..)| when[..10] <= *at)
            .map(|(when, number, net)| (when[..16].to_owned(), (*number).to_owned(), *net))
            .collect();
        expected.sort_by(|left, right| left.0.cmp(&right.0));
        let found: Vec<(String, String, i64)> = timeline(&inbox, customer, &at)
            .iter()
            .map(|(when, payload)| {
                let invoice = &payload["invoiceIssued"];
                let total = invoice["total"]["minorUnits"].as_str().map_or(0, |text| text.parse().unwrap());
                (when.clone(), invoice["invoiceId"].as_str().unwrap().to_owned(), total)
            })
            .collect();
        assert_eq!(found, expected, "customer {customer} as of {at}");
    }
}

#[test]
fn the_banks_customers_have_their_complaints_up_to_any_day() {
    let Some(folder) = data_set("bpic2016_complaints") else { return };
    let inbox = Inbox::on_a_simulated_clock();
    let path = folder.join("BPI2016_Complaints.csv");
    inbox.import_on("2017-01-01", &["bank-complaints", path.to_str().unwrap()]);
    let text: String = fs::read(&path).unwrap().iter().map(|byte| char::from(*byte)).collect();
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let raw: Vec<Row> = reader.deserialize().map(|row| row.unwrap()).collect();
    let mut random = Random::seeded("complaints_as_of");
    for _ in 0..QUESTIONS {
        let customer = &raw[random.below(raw.len() as u64) as usize]["CustomerID"];
        let at = random_day(&mut random, "2015-07-01", 300);
        let mut expected: Vec<(String, String)> = raw
            .iter()
            .filter(|row| row["CustomerID"] == *customer && row["ContactDate"][..10] <= *at)
            .map(|row| (row["ContactDate"][..10].to_owned(), row["ComplaintTheme_EN"].trim().to_owned()))
            .collect();
        expected.sort_by(|left, right| left.0.cmp(&right.0));
        let found: Vec<(String, String)> = timeline(&inbox, customer, &at)
            .iter()
            .filter(|(_, payload)| payload.get("ticketOpened").is_some())
            .map(|(when, payload)| {
                (
                    when[..10].to_owned(),
                    payload["ticketOpened"]["topic"].as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        assert_eq!(found, expected, "customer {customer} as of {at}");
    }
}
