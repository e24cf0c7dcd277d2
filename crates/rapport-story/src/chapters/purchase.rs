//! Supplies: filters and the like, bought again and again without a deal, in the shop, on the web or by telephone.

use rapport_proto::v1::{CostAllocated, OrderPlaced, cost_allocated, payload::Kind};

use crate::{
    chapters::bill::Bill,
    happening::Happening,
    telling::{Chapter, Telling},
    world::{
        calendar::{HOUR, MINUTE},
        customer::Customer,
        product::Basket,
    },
};

/// The share of purchases that are a customer's last one.
const STOPS: f64 = 0.07;
/// What supplies cost to buy, in percent of what is charged for them.
const COST_PERCENT: i64 = 45;

/// One purchase, and the next one after some time.
pub(crate) fn play(story: &mut Telling, number: u32) {
    let Some(customer) = story.customer(number) else { return };
    once(story, number);
    if customer.rhythm > 0 && !story.chance(STOPS) {
        let days = gap(story, customer.rhythm);
        let next = story.later(story.now, days..days + 2);
        story.begin(Chapter::Purchase(number), next);
    }
}

/// Days until the next purchase: as chance has it around the mean, neither at once nor hardly ever again.
fn gap(story: &mut Telling, mean: i64) -> i64 {
    let drawn = -(1.0 - story.rng.f64()).ln() * f64::from(u32::try_from(mean).unwrap_or(0));
    #[expect(clippy::cast_possible_truncation, reason = "days, at most four times the mean")]
    let days = drawn as i64;
    days.clamp(2, 4 * mean)
}

/// One purchase.
pub(crate) fn once(story: &mut Telling, number: u32) {
    let at = story.now;
    let Some(customer) = story.customer_mut(number) else { return };
    customer.purchases += 1;
    let order = format!("S-{}-{}", 1000 + number, customer.purchases);
    let customer = customer.clone();
    let basket = Basket::supplies(&mut story.rng, customer.currency, customer.appetite());
    let channel = match story.rng.u32(0..10) {
        0..=5 => "web",
        6..=8 => "phone",
        _ => "shop",
    };
    let placed =
        OrderPlaced { order_id: order.clone(), deal_id: String::new(), lines: basket.lines(), total: None };
    let mut placed = Happening::of(&customer.id, at, Kind::OrderPlaced(placed)).via(channel).part_of(&order);
    if channel == "phone" {
        placed = placed.by(story.company.person_at(customer.seat, at));
    }
    story.tell(placed);
    charge(story, &customer, &order, &basket, channel, at);
    for (product, amount) in basket.costs(COST_PERCENT) {
        let cost = CostAllocated {
            kind: cost_allocated::Kind::Cogs.into(),
            amount: Some(amount),
            basis: "order".to_owned(),
            product: product.to_owned(),
        };
        story.tell(Happening::of(&customer.id, at + HOUR, Kind::CostAllocated(cost)));
    }
}

/// Whoever buys on the web or in the shop pays at once.
fn charge(story: &mut Telling, customer: &Customer, order: &str, basket: &Basket, channel: &str, at: i64) {
    let bill =
        Bill { customer: &customer.id, id: ["INV-", order].concat(), order, correlation: order, basket };
    bill.issue(story, at + MINUTE);
    let (method, paid) = match channel {
        "phone" if story.chance(0.05) => return,
        "phone" => ("transfer", story.later(at + HOUR, 2..25)),
        _ => ("card", at + 2 * MINUTE),
    };
    bill.pay(story, method, paid);
}
