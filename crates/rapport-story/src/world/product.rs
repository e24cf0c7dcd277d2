//! What the company sells.

use fastrand::Rng;
use rapport_proto::v1::{Line, Money};

/// A product of the price list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product {
    /// Its code.
    pub code: &'static str,
    /// Its category.
    pub category: &'static str,
    /// Its list price in euro cents.
    pub price: i64,
}

/// What is sold by deals.
const PRODUCTS: [Product; 6] = [
    Product { code: "heat-pump-8", category: "heating", price: 780_000 },
    Product { code: "heat-pump-16", category: "heating", price: 1_240_000 },
    Product { code: "ventilation", category: "air", price: 430_000 },
    Product { code: "solar-roof", category: "power", price: 910_000 },
    Product { code: "battery-10", category: "power", price: 560_000 },
    Product { code: "service-plan", category: "service", price: 48_000 },
];

/// What is used up and bought again, without a deal.
const SUPPLIES: [Product; 3] = [
    Product { code: "filter-set", category: "supplies", price: 6_900 },
    Product { code: "heating-fluid", category: "supplies", price: 11_500 },
    Product { code: "remote-control", category: "supplies", price: 18_900 },
];

/// Everything that lies in the warehouse.
pub(crate) fn in_stock() -> impl Iterator<Item = Product> {
    PRODUCTS.into_iter().chain(SUPPLIES).filter(|product| product.category != "service")
}

/// What a zloty amount is made of: the price list is in euro.
const ZLOTY_A_EURO_PERCENT: i64 = 430;

/// What somebody wants to buy: products with quantities, in one currency.
#[derive(Debug, Clone)]
pub(crate) struct Basket {
    /// ISO 4217.
    pub currency: &'static str,
    /// Product and quantity.
    pub content: Vec<(Product, i64)>,
    /// What is taken off the list price, in percent.
    pub discount_percent: i64,
}

impl Basket {
    /// One or two products; `scale` is how many of each at most.
    pub(crate) fn fill(rng: &mut Rng, currency: &'static str, scale: i64) -> Self {
        let kinds = rng.usize(1..=2);
        let content = rng
            .choose_multiple(PRODUCTS, kinds)
            .into_iter()
            .map(|product| (product, rng.i64(1..=scale)))
            .collect();
        Self { currency, content, discount_percent: 0 }
    }

    /// What is used up: mostly filters, sometimes something beside them.
    pub(crate) fn supplies(rng: &mut Rng, currency: &'static str, scale: i64) -> Self {
        let kinds = if rng.f64() < 0.7 { 1 } else { 2 };
        let content = SUPPLIES.into_iter().take(if rng.f64() < 0.15 { 3 } else { kinds });
        let content = content.map(|product| (product, rng.i64(1..=scale))).collect();
        Self { currency, content, discount_percent: 0 }
    }

    /// So many of each product of the price list, by code.
    pub(crate) fn of(currency: &'static str, content: &[(&str, i64)]) -> Self {
        let quantity = |product: Product| {
            let (_, quantity) = content.iter().find(|(code, _)| *code == product.code)?;
            Some((product, *quantity))
        };
        Self { currency, content: PRODUCTS.into_iter().filter_map(quantity).collect(), discount_percent: 0 }
    }

    /// The codes of the products.
    pub(crate) fn products(&self) -> Vec<String> {
        self.content.iter().map(|(product, _)| product.code.to_owned()).collect()
    }

    /// The first product's code.
    pub(crate) fn main_product(&self) -> &'static str {
        self.content.first().map_or("", |(product, _)| product.code)
    }

    /// The lines of an offer, an order or an invoice.
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.content
            .iter()
            .map(|(product, quantity)| Line {
                product: product.code.to_owned(),
                category: product.category.to_owned(),
                quantity: quantity.to_string(),
                list: Some(self.money(product.price * quantity)),
                net: Some(self.money(self.discounted(product.price * quantity))),
            })
            .collect()
    }

    /// What the customer pays before tax.
    pub(crate) fn net(&self) -> Money {
        let cents: i64 =
            self.content.iter().map(|(product, quantity)| self.discounted(product.price * quantity)).sum();
        self.money(cents)
    }

    /// Each product's code and what it costs to buy or to make, in percent of what is charged for it.
    pub(crate) fn costs(&self, percent: i64) -> Vec<(&'static str, Money)> {
        let cost = |product: &Product, quantity: i64| {
            share(&self.money(self.discounted(product.price * quantity)), percent)
        };
        self.content.iter().map(|(product, quantity)| (product.code, cost(product, *quantity))).collect()
    }

    /// An amount of euro cents in the basket's currency.
    pub(crate) fn money(&self, cents: i64) -> Money {
        let minor_units = if self.currency == "PLN" { cents * ZLOTY_A_EURO_PERCENT / 100 } else { cents };
        Money { minor_units, currency: self.currency.to_owned() }
    }

    fn discounted(&self, cents: i64) -> i64 {
        cents * (100 - self.discount_percent) / 100
    }
}

/// A part of an amount, in percent.
pub(crate) fn share(amount: &Money, percent: i64) -> Money {
    Money { minor_units: amount.minor_units * percent / 100, currency: amount.currency.clone() }
}
