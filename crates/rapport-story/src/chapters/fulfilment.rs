//! After a deal is won: order, delivery, invoice, payment, and what the customer says of it.

use rapport_proto::v1::{
    ContractChanged, CostAllocated, DeliveryCompleted, DeliveryPromised, IncentiveAccrued, InvoiceIssued,
    OrderChanged, OrderPlaced, ProjectMilestoneRecorded, contract_changed, cost_allocated, invoice_issued,
    order_changed, party_lifecycle_changed::State, payload::Kind, project_milestone_recorded,
};

use crate::{
    chapters::{
        bill::Bill,
        gallery, party, process,
        standards::{BONUS, BONUS_PERCENT},
        survey,
    },
    happening::{Happening, Told},
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY, HOUR, MINUTE},
        customer::Customer,
        product::{Basket, share},
        tongue,
    },
};

/// Why deliveries slip.
const SLIPS: [&str; 4] = ["material", "material", "staff", "customer"];
/// What goods cost to buy, in percent of what is charged for them.
const COST_PERCENT: i64 = 58;

/// Everything that follows the win of `deal`.
pub(crate) fn play(
    story: &mut Telling,
    customer: &Customer,
    deal: &str,
    basket: &Basket,
    won: &Told,
    at: i64,
) {
    let order = deal.replacen('D', "O", 1);
    let placed =
        OrderPlaced { order_id: order.clone(), deal_id: deal.to_owned(), lines: basket.lines(), total: None };
    let ordered = at + 20 * MINUTE;
    let owner = story.company.person_at(customer.seat, at);
    let placed = Happening::of(&customer.id, ordered, Kind::OrderPlaced(placed)).by(owner).via("contract");
    story.tell(placed.because_of(won).part_of(deal).recorded_at(ordered + MINUTE));
    first_purchase(story, customer, won, basket, at);

    let (delivery, delivered, late) = deliver(story, customer, &order, deal, ordered);
    process::installation(story, customer, &order, ordered, delivered);
    if customer.is_organisation() {
        milestones(story, customer, deal, ordered, delivered);
        if customer.deals == 1 {
            process::sale_goes_on(story, customer, deal, at, delivered);
        }
    }
    let paid = charge(story, customer, &order, deal, basket, delivered);
    allocate_costs(story, customer, basket, delivered);
    if let Some(customer) = story.customer_mut(customer.number) {
        customer.mood = if late { customer.mood * 0.8 } else { (customer.mood + 0.05).min(1.0) };
    }
    survey::after_delivery(story, customer, &order, basket.main_product(), delivered + 2 * DAY);
    survey::attributes(story, customer, &order, late, delivered + 3 * DAY);
    gallery::perhaps(story, customer, &delivery, delivered);
    if story.chance(0.04) {
        goods_come_back(story, customer, &order, deal, basket, delivered + 9 * DAY);
    }
    what_comes_next(story, customer, delivered, paid);
}

fn first_purchase(story: &mut Telling, customer: &Customer, won: &Told, basket: &Basket, at: i64) {
    let owner = story.company.person_at(customer.seat, at);
    let accrued = IncentiveAccrued {
        scheme: BONUS.to_owned(),
        version: 1,
        metric: "won_value".to_owned(),
        value: Some(won_value(basket)),
        amount: Some(share(&basket.net(), BONUS_PERCENT)),
        evidence_event_ids: vec![won.id.clone()],
        staff_id: owner.id,
    };
    story.tell(
        Happening::of("", won.recorded_at.max(at) + MINUTE, Kind::IncentiveAccrued(accrued)).because_of(won),
    );
    if customer.active {
        return;
    }
    party::lifecycle(story, customer, (State::Prospect, State::Active), "first order", at + 30 * MINUTE);
    if customer.rhythm > 0 {
        let supplied = story.later(at, customer.rhythm / 2..customer.rhythm * 3 / 2);
        story.begin(Chapter::Purchase(customer.number), supplied);
    }
    if let Some(customer) = story.customer_mut(customer.number) {
        customer.active = true;
    }
}

/// What was won, in whole units of its currency.
fn won_value(basket: &Basket) -> f64 {
    f64::from(i32::try_from(basket.net().minor_units / 100).unwrap_or(i32::MAX))
}

/// The event of the delivery, when it was, and whether later than promised.
fn deliver(story: &mut Telling, customer: &Customer, order: &str, deal: &str, at: i64) -> (Told, i64, bool) {
    let promised = story.later(at, 10..30);
    let mut promise = DeliveryPromised {
        order_id: order.to_owned(),
        requested_date: calendar::date(at + 14 * DAY),
        committed_date: calendar::date(promised),
        is_reschedule: false,
        reason: String::new(),
    };
    story.tell(Happening::of(&customer.id, at + HOUR, Kind::DeliveryPromised(promise.clone())).part_of(deal));
    let late = story.chance(0.18);
    let delivered = if late { story.later(promised, 3..15) } else { promised };
    if late {
        promise.is_reschedule = true;
        promise.committed_date = calendar::date(delivered);
        promise.reason = tongue::pick(&mut story.rng, &SLIPS).to_owned();
        let told = Happening::of(&customer.id, promised - DAY, Kind::DeliveryPromised(promise));
        story.tell(told.part_of(deal));
    }
    let completed = DeliveryCompleted {
        order_id: order.to_owned(),
        date: calendar::date(delivered),
        quantities: Vec::new(),
        installed: true,
        condition: "good".to_owned(),
    };
    let by = story.company.person_at(customer.seat, delivered);
    let completed = Happening::of(&customer.id, delivered, Kind::DeliveryCompleted(completed)).by(by);
    (story.tell(completed.part_of(deal).recorded_at(delivered + MINUTE)), delivered, late)
}

/// The project of an organisation: what was planned, when it was done, and why it slipped.
fn milestones(story: &mut Telling, customer: &Customer, deal: &str, ordered: i64, delivered: i64) {
    use project_milestone_recorded::Cause;
    let project = deal.replacen('D', "P", 1);
    let span = delivered - ordered;
    let plan = [
        ("design", span / 4),
        ("material", span / 2),
        ("installation", span),
        ("acceptance", span + 7 * DAY),
    ];
    for (milestone, after) in plan {
        let planned = ordered + after;
        let mut told = ProjectMilestoneRecorded {
            project: project.clone(),
            milestone: milestone.to_owned(),
            planned: calendar::date(planned),
            ..ProjectMilestoneRecorded::default()
        };
        let first = Happening::of(&customer.id, ordered + HOUR, Kind::ProjectMilestoneRecorded(told.clone()));
        story.tell(first.part_of(deal));
        let slips = story.chance(0.22);
        let reached = if slips { story.later(planned, 1..12) } else { planned };
        told.actual = calendar::date(reached);
        if slips {
            let causes = [Cause::Material, Cause::Material, Cause::Staff, Cause::Customer, Cause::Other];
            told.cause = story.rng.choice(causes).unwrap_or_default().into();
        }
        let reached = reached.max(ordered + 2 * HOUR);
        story.tell(Happening::of(&customer.id, reached, Kind::ProjectMilestoneRecorded(told)).part_of(deal));
    }
}

/// When it was paid, if it was.
fn charge(
    story: &mut Telling,
    customer: &Customer,
    order: &str,
    deal: &str,
    basket: &Basket,
    delivered: i64,
) -> Option<i64> {
    let id = order.replacen('O', "INV", 1);
    let bill = Bill { customer: &customer.id, id, order, correlation: deal, basket };
    bill.issue(story, delivered + HOUR);
    if story.chance(0.04) {
        return None;
    }
    let paid = story.later(delivered, 3..35);
    bill.pay(story, "transfer", paid);
    Some(paid)
}

fn allocate_costs(story: &mut Telling, customer: &Customer, basket: &Basket, delivered: i64) {
    use cost_allocated::Kind::{Cogs, Delivery};
    let mut costs: Vec<_> = basket.costs(COST_PERCENT).into_iter().map(|cost| (Cogs, cost)).collect();
    costs.push((Delivery, ("", share(&basket.net(), 6))));
    for (kind, (product, amount)) in costs {
        let cost = CostAllocated {
            kind: kind.into(),
            amount: Some(amount),
            basis: "order".to_owned(),
            product: product.to_owned(),
        };
        story.tell(Happening::of(&customer.id, delivered + 2 * HOUR, Kind::CostAllocated(cost)));
    }
}

fn goods_come_back(
    story: &mut Telling,
    customer: &Customer,
    order: &str,
    deal: &str,
    basket: &Basket,
    at: i64,
) {
    let returned = OrderChanged {
        order_id: order.to_owned(),
        op: order_changed::Op::Return.into(),
        lines: Vec::new(),
        reason: "damaged".to_owned(),
    };
    story.tell(Happening::of(&customer.id, at, Kind::OrderChanged(returned)).part_of(deal));
    let credit = InvoiceIssued {
        invoice_id: order.replacen('O', "CN", 1),
        kind: invoice_issued::Kind::CreditNote.into(),
        total: Some(share(&basket.net(), -20)),
        order_id: order.to_owned(),
        ..InvoiceIssued::default()
    };
    story.tell(Happening::of(&customer.id, at + HOUR, Kind::InvoiceIssued(credit)).part_of(deal));
}

/// After its year a contract is renewed, or not.
fn contract_ends(story: &mut Telling, customer: &Customer, contract: ContractChanged, at: i64) {
    let renewed = story.chance(0.7);
    let causes = ["price", "moved", "no_use"];
    let changed = ContractChanged {
        op: if renewed { contract_changed::Op::Renewed } else { contract_changed::Op::Ended }.into(),
        start: if renewed { calendar::date(at) } else { contract.start.clone() },
        end: calendar::date(if renewed { at + 365 * DAY } else { at }),
        cause: if renewed { "term" } else { tongue::pick(&mut story.rng, &causes) }.to_owned(),
        ..contract
    };
    story.tell(Happening::of(&customer.id, at - DAY, Kind::ContractChanged(changed)));
}

fn what_comes_next(story: &mut Telling, customer: &Customer, delivered: i64, paid: Option<i64>) {
    if story.chance(0.4) {
        let plan = Basket::of(customer.currency, &[("service-plan", 1)]);
        let contract = ContractChanged {
            contract_id: format!("K-{}-{}", 1000 + customer.number, customer.deals),
            op: contract_changed::Op::Signed.into(),
            start: calendar::date(delivered),
            end: calendar::date(delivered + 365 * DAY),
            value: Some(plan.net()),
            products: plan.products(),
            cause: "sale".to_owned(),
        };
        story.tell(Happening::of(
            &customer.id,
            delivered + 2 * HOUR,
            Kind::ContractChanged(contract.clone()),
        ));
        contract_ends(story, customer, contract, delivered + 365 * DAY);
    }
    if story.chance(0.5) {
        let at = story.later(delivered, 2..160);
        story.begin(Chapter::Ticket(customer.number), at);
    }
    if let Some(paid) = paid {
        let again = story.later(paid, 90..420);
        if story.chance(0.45) {
            story.begin(Chapter::Deal(customer.number), again);
        }
    }
}
