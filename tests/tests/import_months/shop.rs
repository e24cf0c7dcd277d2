//! Months of exports of orders, invoices and purchases, of each preset's kind, against a fold of them: totals, payments,
//! deliveries, orders that were given up and reviews are after each month as its export says, then and as it was known
//! then.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use jiff::{Span, civil::Date};
use rapport_tests::{
    Random,
    inbox::{Inbox, number},
    months::{Kept, before, believed, months},
};
use serde_json::Value;

fn minor_units(money: &Value) -> i64 {
    money["minorUnits"].as_str().map_or(0, |text| text.parse().unwrap())
}

fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// An order as the marketplace has it.
#[derive(Debug, Clone)]
struct Order {
    no: usize,
    placed: Date,
    approved: Option<String>,
    shipped: Option<String>,
    delivered: Option<String>,
    is_given_up: bool,
    prices: Vec<i64>,
    payments: Vec<i64>,
    score: Option<(u64, String)>,
}

impl Kept for Order {
    fn new(random: &mut Random, no: usize, month: Date) -> Self {
        let placed = before(random, month, 25);
        let (approved, shipped, delivered, score) = Default::default();
        let prices = (0..=random.below(3)).map(|_| 100 + random.below(9_900) as i64).collect();
        Self { no, placed, approved, shipped, delivered, is_given_up: false, prices, payments: vec![], score }
    }

    fn change(&mut self, random: &mut Random, month: Date) {
        for hour in 8..8 + random.below(5) {
            let now = format!("{month} {hour:02}:{:02}:00", random.below(60));
            match random.below(10) {
                // An order that was given up does not go on.
                0..=5 if self.is_given_up => {}
                0..=4 if self.approved.is_none() => {
                    self.approved = Some(now);
                    self.payments.push(self.prices.iter().sum());
                }
                0..=4 if self.shipped.is_none() => self.shipped = Some(now),
                0..=4 if self.delivered.is_none() => self.delivered = Some(now),
                0..=2 => self.delivered = Some(now),
                3 | 4 => self.score = Some((1 + random.below(5), now)),
                5 => self.is_given_up = self.delivered.is_none(),
                6 => self.prices[0] = 100 + random.below(9_900) as i64,
                7 => self.prices.push(100 + random.below(9_900) as i64),
                // The score alone is another: it was entered wrongly.
                8 => drop(self.score.as_mut().map(|score| score.0 = 1 + random.below(5))),
                _ => drop(self.payments.first_mut().map(|payment| *payment += 1)),
            }
        }
    }
}

fn olist(folder: &Path, orders: &[Order]) {
    let text = |moment: &Option<String>| moment.clone().unwrap_or_default();
    let mut files = [
        ("orders", "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n".to_owned()),
        ("customers", "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n".to_owned()),
        ("order_items", "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n".to_owned()),
        ("order_payments", "order_id,payment_sequential,payment_type,payment_installments,payment_value\n".to_owned()),
        ("order_reviews", "review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp\n".to_owned()),
    ];
    for order in orders {
        let Order { no, placed, approved, shipped, delivered, .. } = order;
        let status = match (order.is_given_up, delivered, shipped) {
            (true, ..) => "canceled",
            (false, Some(_), _) => "delivered",
            (false, None, Some(_)) => "shipped",
            (false, None, None) => "processing",
        };
        let [all, customers, items, payments, reviews] = files.each_mut().map(|(_, text)| text);
        let (approved, shipped, delivered) = (text(approved), text(shipped), text(delivered));
        writeln!(
            all,
            "O{no},C{no},{status},{placed} 07:30:00,{approved},{shipped},{delivered},{placed} 00:00:00"
        )
        .unwrap();
        writeln!(customers, "C{no},U{no},01001,sao paulo,SP").unwrap();
        for (place, price) in order.prices.iter().enumerate() {
            let price = decimal(*price);
            writeln!(items, "O{no},{place},P{place},S,{placed} 00:00:00,{price},1.00").unwrap();
        }
        for (place, paid) in order.payments.iter().enumerate() {
            writeln!(payments, "O{no},{place},credit_card,1,{}", decimal(*paid)).unwrap();
        }
        if let Some((score, at)) = &order.score {
            writeln!(reviews, "R{no},O{no},{score},,,{placed} 00:00:00,{at}").unwrap();
        }
    }
    for (name, text) in files {
        fs::write(folder.join(format!("olist_{name}_dataset.csv")), text).unwrap();
    }
}

/// The total, payments and status of each order; the number of answers, and of good ones.
type Market = (BTreeMap<String, (i64, i64, &'static str)>, u64, u64);

fn fold_orders(orders: &[Order]) -> Market {
    let standing = |order: &Order| {
        let total = order.prices.iter().map(|price| price + 100).sum();
        let became = match (order.is_given_up, &order.delivered) {
            (true, _) => "given up",
            (false, Some(_)) => "delivered",
            (false, None) => "placed",
        };
        (format!("O{}", order.no), (total, order.payments.iter().sum(), became))
    };
    let scores: Vec<u64> =
        orders.iter().filter_map(|order| order.score.as_ref().map(|(score, _)| *score)).collect();
    let good = scores.iter().filter(|score| **score >= 4).count();
    (orders.iter().map(standing).collect(), scores.len() as u64, good as u64)
}

fn ask_orders(inbox: &Inbox, as_of: &str, known_at: &str) -> Market {
    let mut orders: BTreeMap<String, (i64, i64, &'static str)> = BTreeMap::new();
    for event in believed(inbox, as_of, known_at) {
        let (kind, said) = event.payload.as_object().unwrap().iter().next().unwrap();
        let Some(id) = said["orderId"].as_str() else { continue };
        let order = orders.entry(id.to_owned()).or_default();
        match kind.as_str() {
            "orderPlaced" => (order.0, order.2) = (minor_units(&said["total"]), "placed"),
            "paymentReceived" => order.1 += minor_units(&said["amount"]),
            "deliveryCompleted" => order.2 = "delivered",
            "orderChanged" => order.2 = "given up",
            _ => {}
        }
    }
    let asked = ["satisfaction", "--instrument", "csat", "--as-of", as_of, "--known-at", known_at];
    let score = &inbox.ask(&asked)["scores"][0];
    (orders, number(&score["answers"]["count"]), number(&score["positive"]["count"]))
}

#[test]
fn olist_orders_and_their_reviews_stand_after_each_month_as_its_export_says() {
    months("olist_months", "olist", 15, olist, fold_orders, ask_orders);
}

/// An invoice as the shop has it: lines of quantity and price, in cents.
#[derive(Debug, Clone)]
struct Invoice {
    no: usize,
    day: Date,
    is_credit_note: bool,
    lines: Vec<(i64, i64)>,
}

impl Kept for Invoice {
    fn new(random: &mut Random, no: usize, month: Date) -> Self {
        let lines = (0..=random.below(4)).map(|_| (1 + random.below(9) as i64, random.below(999) as i64));
        let (lines, day) = (lines.collect(), before(random, month, 25));
        Self { no, day, is_credit_note: random.one_in(5), lines }
    }

    fn change(&mut self, random: &mut Random, month: Date) {
        match random.below(10) {
            0 => self.lines[0].0 = 1 + random.below(9) as i64,
            1 => self.lines.push((1, random.below(999) as i64)),
            2 if self.lines.len() > 1 => drop(self.lines.pop()),
            // Booked on the wrong day.
            3 if self.day < month => self.day += Span::new().days(1),
            _ => {}
        }
    }
}

/// Writes the lines of invoices with days that are written like this.
fn online_shop(folder: &Path, invoices: &[Invoice], day: &str) {
    let mut text =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n".to_owned();
    for invoice in invoices {
        let (mark, sign) = if invoice.is_credit_note { ("C", -1) } else { ("", 1) };
        for (place, (quantity, price)) in invoice.lines.iter().enumerate() {
            let (no, quantity, price) = (invoice.no, sign * quantity, decimal(*price));
            let at = invoice.day.strftime(day);
            writeln!(text, "{mark}5{no:05},P{place},thing,{quantity},{at},{price},{no}.0,France").unwrap();
        }
    }
    fs::write(folder.join("online_retail.csv"), text).unwrap();
}

/// Day, total and number of lines of each invoice.
type Invoices = BTreeMap<String, (String, i64, usize)>;

fn fold_invoices(invoices: &[Invoice]) -> Invoices {
    let standing = |invoice: &Invoice| {
        let (mark, sign) = if invoice.is_credit_note { ("C", -1) } else { ("", 1) };
        let total: i64 = invoice.lines.iter().map(|(quantity, price)| quantity * price).sum();
        (format!("{mark}5{:05}", invoice.no), (invoice.day.to_string(), sign * total, invoice.lines.len()))
    };
    invoices.iter().map(standing).collect()
}

fn ask_invoices(inbox: &Inbox, as_of: &str, known_at: &str) -> Invoices {
    let standing = |event: rapport_tests::months::Believed| {
        let invoice = &event.payload["invoiceIssued"];
        let id = invoice["invoiceId"].as_str()?.to_owned();
        let day = event.occurred_at.to_string()[..10].to_owned();
        Some((id, (day, minor_units(&invoice["total"]), invoice["lines"].as_array()?.len())))
    };
    believed(inbox, as_of, known_at).into_iter().filter_map(standing).collect()
}

#[test]
fn the_online_shops_invoices_stand_after_each_month_as_its_export_says_however_its_days_are_written() {
    for (test, day) in [
        ("online_shop_iso", "%Y-%m-%d 08:26:00"),
        ("online_shop_month_first", "%-m/%-d/%Y 8:26"),
        ("online_shop_day_first", "%d/%m/%Y 08:26"),
        ("online_shop_short_years", "%-m/%-d/%y 8:26"),
        ("online_shop_short_years_day_first", "%d/%m/%y 8:26"),
    ] {
        let write = |folder: &Path, invoices: &[Invoice]| online_shop(folder, invoices, day);
        months(test, "online-shop", 15, write, fold_invoices, ask_invoices);
    }
}

/// A purchase: who, when, how many discs, how much in cents. Nothing tells it from another like it.
#[derive(Debug, Clone)]
struct Purchase {
    customer: u64,
    day: Date,
    discs: u64,
    cents: i64,
}

impl Kept for Purchase {
    fn new(random: &mut Random, _: usize, month: Date) -> Self {
        let day = before(random, month, 5);
        let discs = 1 + random.below(2);
        Self { customer: 1 + random.below(3), day, discs, cents: 1_177 * discs as i64 }
    }

    fn change(&mut self, _: &mut Random, _: Date) {}
}

fn cdnow(folder: &Path, purchases: &[Purchase]) {
    let mut text = String::new();
    for Purchase { customer, day, discs, cents } in purchases {
        let day = day.strftime("%Y%m%d");
        writeln!(text, "{customer:05} {customer:04} {day} {discs:2} {:>7}", decimal(*cents)).unwrap();
    }
    fs::write(folder.join("CDNOW_sample.txt"), text).unwrap();
}

#[test]
fn every_purchase_of_the_discs_shop_is_there_once_after_each_month() {
    type Bought = BTreeMap<(String, String), (u64, i64)>;
    let fold = |purchases: &[Purchase]| {
        let mut bought = Bought::new();
        for Purchase { customer, day, cents, .. } in purchases {
            let sum = bought.entry((format!("{customer:05}"), day.to_string())).or_default();
            *sum = (sum.0 + 1, sum.1 + cents);
        }
        bought
    };
    let ask = |inbox: &Inbox, as_of: &str, known_at: &str| {
        let mut bought = Bought::new();
        for event in believed(inbox, as_of, known_at) {
            let order = &event.payload["orderPlaced"];
            let customer = order["orderId"].as_str().unwrap()[..5].to_owned();
            let sum = bought.entry((customer, event.occurred_at.to_string()[..10].to_owned())).or_default();
            *sum = (sum.0 + 1, sum.1 + minor_units(&order["total"]));
        }
        bought
    };
    months("cdnow_months", "cdnow", 30, cdnow, fold, ask);
}
