//! The customer who is shown: a hotel company whose people speak five languages, a large deal, and the mistake of
//! one digit that stood in the ledger for months.

use rapport_proto::v1::{DealOpened, DealStageChanged, DealWon, Money, deal_opened, payload::Kind};

use crate::{
    chapters::{
        fulfilment,
        pipeline::{PIPELINE, stages_at},
        touch,
    },
    happening::{self, Happening},
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY},
        company::management,
        customer::Customer,
        product::{self, Basket},
    },
};

/// The party id of the customer whose history is the richest, in all five languages.
pub const SHOWCASE: &str = "C-1000";
/// The deal that was won with a digit too many.
pub const SHOWCASE_DEAL: &str = "D-1000-big";
/// What is sold: 148,000.00 EUR.
const CONTENT: [(&str, i64); 2] = [("heat-pump-16", 9), ("solar-roof", 4)];
/// How long before the win the deal was opened.
const CYCLE: i64 = 75 * DAY;
/// Between two rounds of talks with everybody.
const ROUND: i64 = 120 * DAY;

/// The whole history.
pub(crate) fn play(story: &mut Telling) {
    let Some(customer) = story.customer(0) else { return };
    let (start, end) = (story.now, story.milestones.end.as_micros());
    let mut round = start;
    while round < end {
        talks(story, &customer, round);
        round += ROUND;
    }
    for at in [start + 90 * DAY, start + 420 * DAY, end - 30 * DAY] {
        let at = story.later(at, 0..5);
        story.begin(Chapter::Ticket(0), at);
    }
    for at in [start + 110 * DAY, end - 60 * DAY] {
        let at = story.later(at, 0..5);
        story.begin(Chapter::Deal(0), at);
    }
    large_deal(story, &customer);
}

/// Everybody is spoken to, each in their language.
fn talks(story: &mut Telling, customer: &Customer, from: i64) {
    for (place, contact) in (0..).zip(&customer.contacts) {
        let at = story.later(from + place * 9 * DAY, 0..3);
        touch::note_on(story, customer, &contact.id, contact.tongue, at, None);
    }
    let at = story.later(from + 50 * DAY, 0..5);
    touch::meeting(story, customer, at, None);
    let at = story.later(from + 70 * DAY, 0..5);
    touch::executive_visit(story, customer, at);
}

/// Won, recorded with a digit too many, corrected months later.
fn large_deal(story: &mut Telling, customer: &Customer) {
    let basket = Basket::of("EUR", &CONTENT);
    let won_at = story.milestones.mistake.as_micros();
    opening(story, customer, &basket, won_at - CYCLE);
    let won = |amount: Money| {
        Kind::DealWon(DealWon {
            deal_id: SHOWCASE_DEAL.to_owned(),
            amount: Some(amount),
            products: basket.products(),
            reason: "references".to_owned(),
            competitors: vec!["NordTherm".to_owned()],
        })
    };
    let mistake = step(story, customer, won(product::share(&basket.net(), 1_000)), won_at);
    let mistake = story.tell(mistake);
    fulfilment::play(story, customer, SHOWCASE_DEAL, &basket, &mistake, won_at);
    let at = story.milestones.correction.as_micros();
    let correction = happening::correction(&mistake, won(basket.net()), "a digit too many");
    story.amend(&mistake, at, correction, management());
}

/// The opening, and a step to every stage.
fn opening(story: &mut Telling, customer: &Customer, basket: &Basket, at: i64) {
    let opened = DealOpened {
        deal_id: SHOWCASE_DEAL.to_owned(),
        pipeline: PIPELINE.to_owned(),
        stage: "enquiry".to_owned(),
        amount: Some(basket.net()),
        products: basket.products(),
        expected_close: calendar::date(at + CYCLE),
        need_ids: Vec::new(),
        personal: Some(deal_opened::Personal { title: "Trīs viesnīcu siltumapgāde".to_owned() }),
    };
    let opened = step(story, customer, Kind::DealOpened(opened), at);
    story.tell(opened);
    let stages = stages_at(story, at);
    for (place, pair) in (1..).zip(stages.windows(2)) {
        let [from, to] = pair else { continue };
        let moved = DealStageChanged {
            deal_id: SHOWCASE_DEAL.to_owned(),
            from: (*from).to_owned(),
            to: (*to).to_owned(),
        };
        let when = story.later(at + place * CYCLE / 8, 0..3);
        let moved = step(story, customer, Kind::DealStageChanged(moved), when);
        story.tell(moved);
    }
}

/// Recorded at once: nothing of this deal is late but the correction.
fn step(story: &Telling, customer: &Customer, kind: Kind, at: i64) -> Happening {
    let owner = story.company.person_at(customer.seat, at);
    Happening::of(&customer.id, at, kind).by(owner).part_of(SHOWCASE_DEAL).recorded_at(at)
}
