//! Exports of other systems through the real binary, and what the ledger then answers, against an independent reading
//! of the raw files.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod exports;

use std::{collections::BTreeMap, path::Path};

use exports::rows;
use rapport_tests::{
    data_set,
    inbox::{Inbox, counts, number},
};

/// Imports a data set twice: the second time nothing is accepted, and both times the rows add up.
fn imported(preset: &str, path: &Path) -> Inbox {
    let inbox = Inbox::new();
    let import = || {
        let summary = inbox.import(&[preset, path.to_str().unwrap()]);
        let all = counts(&summary, ["rows", "accepted", "duplicate", "rejected", "eventsAdded"]);
        assert_eq!(all[1] + all[2] + all[3], all[0], "{summary}");
        all
    };
    let [rows, accepted, _, rejected, _] = import();
    assert!(accepted > 0);
    let [rows_again, _, _, rejected_again, added_again] = import();
    assert_eq!((rows_again, rejected_again, added_again), (rows, rejected, 0));
    inbox
}

#[test]
fn the_sales_pipeline_is_what_its_file_says() {
    let Some(folder) = data_set("crm_sales_opportunities") else { return };
    let imported = imported("sales-pipeline", &folder);
    let raw = rows(&folder.join("sales_pipeline.csv"));
    let in_stage = |stage: &str| raw.iter().filter(|row| row["deal_stage"] == stage).count() as u64;
    let won_total: u64 = raw.iter().filter_map(|row| row["close_value"].parse::<u64>().ok()).sum();
    assert_eq!((raw.len(), won_total), (8_800, 10_005_534), "the published figures");

    let funnel = imported.ask(&["funnel"]);
    let pipeline = &funnel["pipelines"][0];
    let snapshot = pipeline["snapshot"].as_array().unwrap();
    for stage in ["Prospecting", "Engaging"] {
        let found: u64 = snapshot
            .iter()
            .filter(|row| row["stage"] == stage)
            .map(|row| number(&row["deals"]["count"]))
            .sum();
        assert_eq!(found, in_stage(stage), "{stage}");
    }
    let outcomes = pipeline["outcomes"].as_array().unwrap();
    let usd = outcomes.iter().find(|row| row["currency"] == "USD").unwrap();
    let all = outcomes.iter().find(|row| row["currency"] == "*").unwrap();
    assert_eq!(number(&usd["wonMinorUnits"]), won_total * 100);
    assert_eq!(number(&all["won"]["count"]), in_stage("Won"));
    assert_eq!(number(&all["lost"]["count"]), in_stage("Lost"));
    let rate = in_stage("Won") as f64 / (in_stage("Won") + in_stage("Lost")) as f64;
    assert!((all["winRate"].as_f64().unwrap() - rate).abs() < 1e-12);

    let mut days: Vec<_> = raw.iter().filter(|row| row["deal_stage"] == "Won").map(days_between).collect();
    days.sort_unstable();
    let middle = (days[(days.len() - 1) / 2] + days[days.len() / 2]) * 43_200;
    assert_eq!(all["salesCycle"].as_str().unwrap(), format!("{middle}s"));
}

fn days_between(row: &BTreeMap<String, String>) -> i64 {
    let day = |text: &str| -> jiff::civil::Date { text.parse().unwrap() };
    let span = day(&row["close_date"]) - day(&row["engage_date"]);
    i64::from(span.get_days())
}

#[test]
fn a_year_ago_the_sales_pipeline_had_the_deals_engaged_and_not_closed_by_then() {
    let Some(folder) = data_set("crm_sales_opportunities") else { return };
    let imported = imported("sales-pipeline", &folder);
    let raw = rows(&folder.join("sales_pipeline.csv"));
    for day in ["2016-12-31", "2017-06-30", "2017-10-15"] {
        // ISO dates sort as text; a date alone is the end of that day.
        let engaged = |row: &&BTreeMap<String, String>| {
            !row["engage_date"].is_empty() && row["engage_date"].as_str() <= day
        };
        let closed = |row: &BTreeMap<String, String>| {
            !row["close_date"].is_empty() && row["close_date"].as_str() <= day
        };
        let open = raw.iter().filter(engaged).filter(|row| !closed(row)).count() as u64;
        let funnel = imported.ask(&["funnel", "--as-of", day]);
        let snapshot = funnel["pipelines"][0]["snapshot"].as_array().unwrap();
        let found: u64 = snapshot.iter().map(|row| number(&row["deals"]["count"])).sum();
        assert_eq!(found, open, "{day}");
    }
}

#[test]
fn every_cdnow_purchase_is_in_its_customers_timeline() {
    let Some(folder) = data_set("cdnow_sample") else { return };
    let file = folder.join("CDNOW_sample.txt");
    let imported = imported("cdnow", &file);
    let text = std::fs::read_to_string(file).unwrap();
    let mut purchases: BTreeMap<&str, Vec<(&str, i64)>> = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<_> = line.split_whitespace().collect();
        let cents = fields[4].replace('.', "").parse().unwrap();
        purchases.entry(fields[0]).or_default().push((fields[2], cents));
    }
    assert_eq!(purchases.values().map(Vec::len).sum::<usize>(), 6_919, "the published figure");
    assert_eq!(purchases.len(), 2_357, "the published figure");
    let status = imported.ask(&["status"]);
    assert!(number(&status["head"]["position"]) >= 6_919, "{status}");
    for (customer, expected) in purchases.iter().step_by(97) {
        let timeline = imported.ask(&["timeline", customer, "--page-size", "1000", "--oldest-first"]);
        let entries = timeline["entries"].as_array().unwrap();
        let found: Vec<_> = entries
            .iter()
            .map(|entry| {
                let total = &entry["payload"]["orderPlaced"]["total"];
                let day = entry["occurredAt"].as_str().unwrap()[..10].replace('-', "");
                (day, total["minorUnits"].as_str().map_or(0, |cents| cents.parse::<i64>().unwrap()))
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(day, cents)| ((*day).to_owned(), *cents)).collect();
        assert_eq!(found, expected, "customer {customer}");
    }
}

#[test]
fn olist_reviews_give_their_share_of_fours_and_fives() {
    let Some(folder) = data_set("olist_sample_a") else { return };
    let imported = imported("olist", &folder);
    let raw = rows(&folder.join("olist_order_reviews_dataset.csv"));
    let orders: BTreeMap<_, _> = rows(&folder.join("olist_orders_dataset.csv"))
        .into_iter()
        .map(|row| (row["order_id"].clone(), row["customer_id"].clone()))
        .collect();
    let customers: BTreeMap<_, _> = rows(&folder.join("olist_customers_dataset.csv"))
        .into_iter()
        .map(|row| (row["customer_id"].clone(), row["customer_unique_id"].clone()))
        .collect();
    // One answer a customer and question: the latest.
    let mut latest: BTreeMap<&str, (&str, usize, u32)> = BTreeMap::new();
    for (line, row) in raw.iter().enumerate() {
        let customer = customers[&orders[&row["order_id"]]].as_str();
        let answer = (row["review_answer_timestamp"].as_str(), line, row["review_score"].parse().unwrap());
        let kept = latest.entry(customer).or_insert(answer);
        *kept = (*kept).max(answer);
    }
    let top = latest.values().filter(|answer| answer.2 >= 4).count() as f64;
    let n = latest.len() as f64;
    let satisfaction = imported.ask(&["satisfaction", "--instrument", "csat"]);
    let score = &satisfaction["scores"][0];
    assert_eq!(number(&score["answers"]["count"]), latest.len() as u64, "{score}");
    assert!((score["score"].as_f64().unwrap() - 100.0 * top / n).abs() < 1e-9, "{score}");
    // Wilson's interval, written out.
    let (p, z) = (top / n, 1.959_963_984_540_054_f64);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    assert!((score["low"].as_f64().unwrap() - 100.0 * (centre - half)).abs() < 0.05, "{score}");
    assert!((score["high"].as_f64().unwrap() - 100.0 * (centre + half)).abs() < 0.05, "{score}");
}

/// Days since 1970 of a day that is written `2018-03-31 …`, counted from March on.
fn days(text: &str) -> i64 {
    let part = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let (month, day) = (part(5, 7), part(8, 10));
    let (year, month) = if month > 2 { (part(0, 4), month - 3) } else { (part(0, 4) - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The square of the standard error of the mean.
fn squared_error(values: &[f64]) -> f64 {
    let (n, mean) = (values.len() as f64, mean(values));
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0) / n
}

#[test]
fn olist_deliveries_slip_and_late_orders_are_judged_as_the_raw_files_say() {
    let Some(folder) = data_set("olist_sample_a") else { return };
    let imported = imported("olist", &folder);
    let customers: BTreeMap<_, _> = rows(&folder.join("olist_customers_dataset.csv"))
        .into_iter()
        .map(|row| (row["customer_id"].clone(), row["customer_unique_id"].clone()))
        .collect();
    let orders = rows(&folder.join("olist_orders_dataset.csv"));
    let of: BTreeMap<_, _> =
        orders.iter().map(|row| (&row["order_id"], customers[&row["customer_id"]].as_str())).collect();
    // Who said when, and what; within one second in the order of the file.
    let mut reviews: BTreeMap<&str, Vec<(String, f64)>> = BTreeMap::new();
    for row in rows(&folder.join("olist_order_reviews_dataset.csv")) {
        let said = (row["review_answer_timestamp"].clone(), row["review_score"].parse().unwrap());
        reviews.entry(of[&row["order_id"]]).or_default().push(said);
    }
    reviews.values_mut().for_each(|said| said.sort_by_key(|(at, _)| at.clone()));
    for (from, until) in [("2017-04-01", "2018-03-31"), ("2017-09-01", "2018-08-31")] {
        let (mut slips, mut late, mut punctual, mut overdue) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for order in orders.iter().filter(|row| &row["order_purchase_timestamp"][..10] <= until) {
            let promised = days(&order["order_estimated_delivery_date"]);
            let arrived = order["order_delivered_customer_date"].get(..10).filter(|day| *day <= until);
            let Some(arrived) = arrived else {
                // What is given up is known to be so from the import on, years later.
                overdue += u64::from(promised < days(until));
                continue;
            };
            if arrived < from {
                continue;
            }
            let slip = days(arrived) - promised;
            slips.push(slip);
            let is_after = |at: &str| at <= until && (0..=60).contains(&(days(at) - days(arrived)));
            let mut said = reviews.get(of[&order["order_id"]]).into_iter().flatten();
            if let Some((_, value)) = said.rfind(|(at, _)| is_after(&at[..10])) {
                if slip > 0 { &mut late } else { &mut punctual }.push(*value);
            }
        }
        slips.sort_unstable();
        let n = slips.len();
        let answer = imported.ask(&["deliveries", "--as-of", until]);
        let (total, said) = (&answer["total"], &answer["satisfaction"]);
        let count = |figure: &serde_json::Value| number(&figure["count"]);
        assert_eq!(count(&total["orders"]), n as u64);
        let of_late = slips.iter().filter(|slip| **slip > 0).count();
        assert_eq!(count(&total["late"]["orders"]), of_late as u64);
        assert_eq!(total["late"]["share"].as_f64(), Some(of_late as f64 / n as f64));
        assert_eq!(count(&total["early"]), slips.iter().filter(|slip| **slip < 0).count() as u64);
        assert_eq!(count(&total["overdue"]), overdue);
        let median = (slips[(n - 1) / 2] + slips[n / 2]) as f64 / 2.0;
        let all: Vec<f64> = slips.iter().map(|slip| *slip as f64).collect();
        assert_eq!(total["slip"]["medianDays"].as_f64(), Some(median));
        assert_eq!(total["slip"]["p90Days"].as_i64(), Some(slips[(9 * n).div_ceil(10) - 1]));
        assert!((total["slip"]["meanDays"].as_f64().unwrap() - mean(&all)).abs() < 1e-9);
        assert_eq!(answer["rows"].as_array().unwrap().len(), of_late);
        assert_eq!(
            (count(&said["late"]), count(&said["punctual"])),
            (late.len() as u64, punctual.len() as u64)
        );
        let difference = mean(&late) - mean(&punctual);
        assert!((said["difference"].as_f64().unwrap() - difference).abs() < 1e-9, "{said}");
        // With some sixty degrees of freedom Student's quantile is within 1.98 and 2.01.
        let error = (squared_error(&late) + squared_error(&punctual)).sqrt();
        let quantile = (said["high"].as_f64().unwrap() - difference) / error;
        assert!((1.98..2.01).contains(&quantile), "{quantile}");
        assert!(late.len() > 50 && difference < -0.5, "late orders are judged worse: {said}");
    }
}

/// Seconds since 1970 of a moment that is written `15 Apr, 2021 00:03:00`.
fn zoho_seconds(text: &str) -> i64 {
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = 1 + names.iter().position(|name| *name == &text[3..6]).unwrap();
    let day = days(&format!("{}-{month:02}-{}", &text[8..12], &text[..2]));
    let part = |from: usize| text[from..from + 2].parse::<i64>().unwrap();
    (day * 24 + part(13)) * 3_600 + part(16) * 60 + part(19)
}

/// A lead of the export: when it was opened and converted, and when its deal was won.
struct ZohoLead {
    origin: String,
    seller: String,
    opened: i64,
    converted: Option<i64>,
    won: Option<i64>,
}

fn zoho_leads(folder: &Path) -> Vec<ZohoLead> {
    let potentials: BTreeMap<String, BTreeMap<String, String>> =
        rows(&folder.join("Potentials.csv")).into_iter().map(|row| (row["LEADID"].clone(), row)).collect();
    let lead = |row: BTreeMap<String, String>| {
        let opened = zoho_seconds(&row["Created Time"]);
        let deal = potentials.get(&row["LEADID"]).filter(|_| row["CONVERTED"] == "Yes");
        let deal_at = |deal: &BTreeMap<String, String>| zoho_seconds(&deal["Created Time"]);
        let won = deal.filter(|deal| deal["Stage"] == "Closed Won");
        ZohoLead {
            opened,
            converted: deal.map(|deal| deal_at(deal).max(opened)),
            won: won.map(|deal| zoho_seconds(&deal["Closing Date"]).max(deal_at(deal))),
            origin: row["Lead Source"].clone(),
            seller: row["Lead Owner"].clone(),
        }
    };
    rows(&folder.join("Leads.csv")).into_iter().map(lead).collect()
}

#[test]
fn zoho_leads_are_converted_and_won_by_origin_seller_and_month_as_the_raw_files_say() {
    let Some(folder) = data_set("zoho_crm_demo") else { return };
    let imported = imported("zoho", &folder);
    let leads = zoho_leads(&folder);
    assert_eq!(leads.len(), 3_900, "the rows of the file");
    let count = |figure: &serde_json::Value| number(&figure["count"]);
    for (from, until, month) in
        [("2019-07-01", "2020-06-30", "2020-01"), ("2018-11-01", "2019-10-31", "2019-03")]
    {
        let now = (days(until) + 1) * 86_400;
        let of_period =
            || leads.iter().filter(|lead| days(from) * 86_400 <= lead.opened && lead.opened < now);
        let is_known = |at: Option<i64>| at.is_some_and(|at| at < now);
        let sizes = |all: &[&ZohoLead]| {
            let converted = all.iter().filter(|lead| is_known(lead.converted)).count() as u64;
            (all.len() as u64, converted, all.iter().filter(|lead| is_known(lead.won)).count() as u64)
        };
        let told = |of: &serde_json::Value| {
            (count(&of["leads"]), count(&of["converted"]["leads"]), count(&of["won"]["leads"]))
        };
        let answer = imported.ask(&["leads", "--as-of", until, "--by", "origin", "--window", "30"]);
        let all: Vec<&ZohoLead> = of_period().collect();
        assert_eq!(told(&answer["total"]), sizes(&all), "{until}");
        for (by, key) in
            [("origin", (|lead| &lead.origin) as fn(&ZohoLead) -> &String), ("staff", |lead| &lead.seller)]
        {
            let answer = imported.ask(&["leads", "--as-of", until, "--by", by]);
            let groups = answer["groups"].as_array().unwrap();
            assert!(groups.len() > 9, "{by}");
            for group in groups {
                let own: Vec<&ZohoLead> =
                    of_period().filter(|lead| key(lead) == group["key"].as_str().unwrap()).collect();
                assert_eq!(told(&group["of"]), sizes(&own), "{until} {}", group["key"]);
            }
        }
        let mut lengths: Vec<i64> = all
            .iter()
            .filter(|lead| is_known(lead.converted))
            .map(|lead| lead.converted.unwrap() - lead.opened)
            .collect();
        lengths.sort_unstable();
        let middle = (lengths[(lengths.len() - 1) / 2] + lengths[lengths.len() / 2]) as f64 / 2.0;
        let median = answer["total"]["medianToConversion"].as_str().unwrap().trim_end_matches('s');
        assert_eq!(median.parse::<f64>().ok(), Some(middle));
        let cohort = answer["cohorts"].as_array().unwrap().iter().find(|one| one["month"] == month).unwrap();
        let begin = days(&format!("{month}-01")) * 86_400;
        let of_month = all.iter().filter(|lead| begin <= lead.opened && lead.opened < begin + 31 * 86_400);
        let soon = of_month
            .clone()
            .filter(|lead| is_known(lead.converted) && lead.converted.unwrap() - lead.opened <= 30 * 86_400);
        let expected = (of_month.count() as u64, soon.count() as u64);
        assert_eq!((count(&cohort["leads"]), count(&cohort["converted"]["leads"])), expected);
    }
}

#[test]
fn olist_reviews_score_month_by_month_as_the_raw_file_says() {
    let Some(folder) = data_set("olist_sample_a") else { return };
    let imported = imported("olist", &folder);
    let customers: BTreeMap<_, _> = rows(&folder.join("olist_customers_dataset.csv"))
        .into_iter()
        .map(|row| (row["customer_id"].clone(), row["customer_unique_id"].clone()))
        .collect();
    let of: BTreeMap<_, _> = rows(&folder.join("olist_orders_dataset.csv"))
        .into_iter()
        .map(|row| (row["order_id"].clone(), customers[&row["customer_id"]].clone()))
        .collect();
    // Of each review its moment, its value and who wrote it; within one second in the order of the file.
    let mut reviews: Vec<(String, usize, f64, &str)> = Vec::new();
    let raw = rows(&folder.join("olist_order_reviews_dataset.csv"));
    for (place, row) in raw.iter().enumerate() {
        let at = row["review_answer_timestamp"].clone();
        reviews.push((at, place, row["review_score"].parse().unwrap(), of[&row["order_id"]].as_str()));
    }
    reviews.sort_by_key(|(at, place, _, _)| (at.clone(), *place));
    let count = |figure: &serde_json::Value| number(&figure["count"]);
    for is_latest in [false, true] {
        let is_last = |one: &(String, usize, f64, &str)| {
            let later = reviews.iter().rfind(|other| other.3 == one.3);
            later.is_some_and(|later| later.1 == one.1)
        };
        let counted: Vec<_> = reviews.iter().filter(|one| !is_latest || is_last(one)).collect();
        let which = if is_latest { "latest" } else { "all" };
        let answer = imported.ask(&["scores", "--responses", which, "--by", "month"]);
        let values = |of: &[&&(String, usize, f64, &str)]| of.iter().map(|one| one.2).collect::<Vec<_>>();
        let check = |of: &serde_json::Value, own: &[f64]| {
            assert_eq!(count(&of["answers"]), own.len() as u64);
            assert!((of["mean"].as_f64().unwrap() - mean(own)).abs() < 1e-9);
            let negative = own.iter().filter(|value| **value <= 2.0).count();
            assert_eq!(count(&of["negative"]["answers"]), negative as u64);
            for (point, value) in of["distribution"].as_array().unwrap().iter().zip(1..) {
                let n = own.iter().filter(|own| **own == f64::from(value)).count();
                assert_eq!(count(&point["answers"]), n as u64, "{value}");
            }
        };
        let all: Vec<_> = counted.iter().collect();
        check(&answer["totals"][0]["of"], &values(&all));
        let months: std::collections::BTreeSet<&str> = counted.iter().map(|one| &one.0[..7]).collect();
        let rows = answer["rows"].as_array().unwrap();
        assert_eq!(rows.len(), months.len());
        for (row, month) in rows.iter().zip(months) {
            assert_eq!(row["groups"][0], month);
            let own: Vec<_> = counted.iter().filter(|one| one.0.starts_with(month)).collect();
            check(&row["of"], &values(&own));
        }
    }
}
