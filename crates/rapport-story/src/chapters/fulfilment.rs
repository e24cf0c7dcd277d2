//! After a deal is won: order, delivery, invoice, payment, and what the customer says of it.

use rapport_proto::v1::{
    ContractChanged, CostAllocated, DeliveryCompleted, DeliveryPromised, IncentiveAccrued, InvoiceIssued,
    Money, NeedClosed, OrderChanged, OrderPlaced, PaymentReceived, contract_changed, cost_allocated,
    invoice_issued, need_closed, order_changed, party_lifecycle_changed::State, payload::Kind,
};

use crate::{
    chapters::{party, survey},
    happening::{Happening, Told},
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY, HOUR, MINUTE},
        customer::Customer,
        product::{Basket, share},
    },
};

/// Value added tax, in percent.
const TAX_PERCENT: i64 = 21;

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
    story.tell(Happening::of(&customer.id, ordered, Kind::OrderPlaced(placed)).because_of(won).part_of(deal));
    first_purchase(story, customer, won, basket, at);

    let (delivered, late) = deliver(story, customer, &order, deal, ordered);
    let paid = charge(story, customer, &order, deal, basket, delivered);
    allocate_costs(story, customer, basket, delivered);
    if let Some(customer) = story.customer_mut(customer.number) {
        customer.mood = if late { customer.mood * 0.8 } else { (customer.mood + 0.05).min(1.0) };
    }
    survey::after_delivery(story, customer, &order, basket.main_product(), delivered + 2 * DAY);
    if story.chance(0.04) {
        goods_come_back(story, customer, &order, deal, basket, delivered + 9 * DAY);
    }
    what_comes_next(story, customer, delivered, paid);
}

fn first_purchase(story: &mut Telling, customer: &Customer, won: &Told, basket: &Basket, at: i64) {
    let owner = story.company.person(customer.seat);
    let accrued = IncentiveAccrued {
        scheme: "sales-bonus".to_owned(),
        version: 1,
        metric: "won_value".to_owned(),
        value: Some(1.0),
        amount: Some(share(&basket.net(), 1)),
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
    let closed = NeedClosed {
        need_id: format!("N-{}", customer.number + 1000),
        outcome: need_closed::Outcome::Satisfied.into(),
        by_product: basket.main_product().to_owned(),
    };
    story.tell(Happening::of(&customer.id, at + HOUR, Kind::NeedClosed(closed)));
    if let Some(customer) = story.customer_mut(customer.number) {
        customer.active = true;
    }
}

/// When it was delivered, and whether later than promised.
fn deliver(story: &mut Telling, customer: &Customer, order: &str, deal: &str, at: i64) -> (i64, bool) {
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
        promise.reason = "material".to_owned();
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
    story.tell(Happening::of(&customer.id, delivered, Kind::DeliveryCompleted(completed)).part_of(deal));
    (delivered, late)
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
    let net = basket.net();
    let tax = share(&net, TAX_PERCENT);
    let total = Money { minor_units: net.minor_units + tax.minor_units, currency: net.currency };
    let invoice = order.replacen('O', "INV", 1);
    let issued = InvoiceIssued {
        invoice_id: invoice.clone(),
        kind: invoice_issued::Kind::Invoice.into(),
        lines: basket.lines(),
        total: Some(total.clone()),
        tax: Some(tax),
        due: calendar::date(delivered + 14 * DAY),
        order_id: order.to_owned(),
    };
    story.tell(Happening::of(&customer.id, delivered + HOUR, Kind::InvoiceIssued(issued)).part_of(deal));
    if story.chance(0.04) {
        return None;
    }
    let paid = story.later(delivered, 3..35);
    let received = PaymentReceived {
        amount: Some(total),
        method: "transfer".to_owned(),
        invoice_ids: vec![invoice],
        order_id: order.to_owned(),
    };
    story.tell(Happening::of(&customer.id, paid, Kind::PaymentReceived(received)).via("bank").part_of(deal));
    Some(paid)
}

fn allocate_costs(story: &mut Telling, customer: &Customer, basket: &Basket, delivered: i64) {
    use cost_allocated::Kind::{Cogs, Delivery};
    for (place, (kind, percent)) in (1..).zip([(Cogs, 58), (Delivery, 6)]) {
        let cost = CostAllocated {
            kind: kind.into(),
            amount: Some(share(&basket.net(), percent)),
            basis: "order".to_owned(),
            product: String::new(),
        };
        story.tell(Happening::of(&customer.id, delivered + place * DAY, Kind::CostAllocated(cost)));
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

fn what_comes_next(story: &mut Telling, customer: &Customer, delivered: i64, paid: Option<i64>) {
    if story.chance(0.4) {
        let contract = ContractChanged {
            contract_id: format!("K-{}-{}", 1000 + customer.number, customer.deals),
            op: contract_changed::Op::Signed.into(),
            start: calendar::date(delivered),
            end: calendar::date(delivered + 365 * DAY),
            value: None,
            products: vec!["service-plan".to_owned()],
            cause: "sale".to_owned(),
        };
        story.tell(Happening::of(&customer.id, delivered + 2 * HOUR, Kind::ContractChanged(contract)));
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
