//! The customer who is shown: a hotel company whose people speak five languages, a large deal, and the mistake of
//! one digit that stood in the ledger for months.

use rapport_proto::v1::{
    DealOpened, DealStageChanged, DealWon, Money, deal_opened, payload::Kind,
};

use super::{
    Chapter, PIPELINE, SHOWCASE_DEAL, Story,
    calendar::{self, DAY, HOUR},
    company,
    customer::Customer,
    happening::{self, Happening},
    touch,
};

/// What the deal is worth, in cents.
const WORTH: i64 = 14_800_000;
/// How long before the win the deal was opened.
const CYCLE: i64 = 75 * DAY;
/// Between two rounds of talks with everybody.
const ROUND: i64 = 120 * DAY;

/// The whole history.
pub fn play(story: &mut Story) {
    let Some(customer) = story.customer(0) else { return };
    let (start, end) = (story.now, story.milestones.end.as_micros());
    let mut round = start;
    while round < end {
        talks(story, &customer, round);
        round += ROUND;
    }
    for days in [90, 420] {
        story.begin(Chapter::Ticket(0), start + days * DAY);
        story.begin(Chapter::Deal(0), start + (days + 20) * DAY);
    }
    large_deal(story, &customer);
}

/// Everybody is spoken to, each in their language.
fn talks(story: &mut Story, customer: &Customer, from: i64) {
    for (place, contact) in (0..).zip(&customer.contacts) {
        let at = story.later(from + place * 9 * DAY, 0..3);
        touch::note_on(story, customer, &contact.id, contact.tongue, at, None);
    }
    touch::meeting(story, customer, from + 50 * DAY + 8 * HOUR, None);
}

/// Won, recorded with a digit too many, corrected months later.
fn large_deal(story: &mut Story, customer: &Customer) {
    let won_at = story.milestones.mistake.as_micros();
    let owner = story.company.person(customer.seat);
    let told = |kind, at: i64| {
        Happening::of(&customer.id, at, kind).by(owner.clone()).part_of(SHOWCASE_DEAL).recorded_at(at)
    };
    let opened = DealOpened {
        deal_id: SHOWCASE_DEAL.to_owned(),
        pipeline: PIPELINE.to_owned(),
        stage: "enquiry".to_owned(),
        amount: Some(euro(WORTH)),
        products: vec!["heat-pump-16".to_owned(), "solar-roof".to_owned()],
        expected_close: calendar::date(won_at),
        need_ids: Vec::new(),
        personal: Some(deal_opened::Personal { title: "Trīs viesnīcu siltumapgāde".to_owned() }),
    };
    story.tell(told(Kind::DealOpened(opened), won_at - CYCLE));
    let stages = company::stages_at(story, won_at - CYCLE);
    let step = CYCLE / 8;
    for (place, pair) in (1..).zip(stages.windows(2)) {
        let [from, to] = pair else { continue };
        let moved = DealStageChanged {
            deal_id: SHOWCASE_DEAL.to_owned(),
            from: (*from).to_owned(),
            to: (*to).to_owned(),
        };
        story.tell(told(Kind::DealStageChanged(moved), won_at - CYCLE + place * step));
    }
    let won = |cents| {
        Kind::DealWon(DealWon {
            deal_id: SHOWCASE_DEAL.to_owned(),
            amount: Some(euro(cents)),
            products: vec!["heat-pump-16".to_owned(), "solar-roof".to_owned()],
            reason: "references".to_owned(),
            competitors: vec!["NordTherm".to_owned()],
        })
    };
    let mistake = story.tell(told(won(WORTH * 10), won_at));
    let at = story.milestones.correction.as_micros();
    story.amend(&mistake, at, happening::correction(&mistake, won(WORTH), "a digit too many"), company::management());
}

fn euro(cents: i64) -> Money {
    Money { minor_units: cents, currency: "EUR".to_owned() }
}
