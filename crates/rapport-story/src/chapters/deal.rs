//! A deal from its opening to its end.

use rapport_proto::v1::{
    Actor, ConcessionGranted, DealLost, DealOpened, DealStageChanged, DealTermsChanged, DealWon,
    DocumentStateChanged, Money, NeedClosed, ObjectionObserved, OfferIssued, OfferResponded, OwnerAssigned,
    concession_granted, deal_opened, document_state_changed::State, need_closed, objection_observed::Barrier,
    offer_issued, offer_responded, payload::Kind,
};

use crate::{
    chapters::{
        fulfilment, party,
        pipeline::{PIPELINE, stages_at},
        process, touch,
    },
    happening::{Happening, Told},
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY, HOUR, MINUTE},
        company::{ON_PAPER, management},
        customer::Customer,
        product::{self, Basket},
        tongue,
    },
};

/// For so long before the middle of the story one branch kept its deals on paper.
const PAPER_PERIOD: i64 = 42 * DAY;
/// From so long after the middle on they were recorded.
const PAPER_RECORDED_AFTER: i64 = 12 * DAY;
/// Others who sell the same.
const COMPETITORS: [&str; 4] = ["NordTherm", "Warmia", "EcoHaus", "Kaltis"];
/// Why deals are lost, and what stood in the way.
const REASONS: [(&str, &str); 6] = [
    ("price", "price"),
    ("no_decision", "habit"),
    ("competitor", "price"),
    ("financing", "financing"),
    ("timing", "disruption"),
    ("noise", "noise"),
];
/// What customers object to in talks, and which barrier it is.
const OBJECTIONS: [(&str, Barrier); 5] = [
    ("price", Barrier::Value),
    ("price", Barrier::Value),
    ("noise", Barrier::Risk),
    ("disruption", Barrier::Usage),
    ("looks", Barrier::Image),
];
/// How many offers say which need they meet; these are lost more rarely.
const FITTING_SHARE: f64 = 0.55;
/// What fitting an offer to a need takes off the chance to lose at a step.
const FIT: f64 = 0.035;

/// A deal on its way.
struct Deal<'a> {
    story: &'a mut Telling,
    customer: Customer,
    id: String,
    basket: Basket,
    stages: Vec<&'static str>,
    stage: usize,
    /// The moment that the deal has reached.
    at: i64,
    offers: u32,
    opened: Option<Told>,
    competitor: &'static str,
    /// The need of the customer that the deal is to satisfy, where one is recorded.
    need: Option<String>,
    /// Whether the offer is made for that need.
    is_fitting: bool,
    /// Whether there is a contract to sign.
    has_contract: bool,
}

/// A new deal of customer `number`, whole.
pub(crate) fn play(story: &mut Telling, number: u32) {
    let Some(customer) = story.customer_mut(number) else { return };
    customer.deals += 1;
    let customer = customer.clone();
    let at = story.now;
    let mut deal = Deal {
        id: party::deal_id(&customer, customer.deals),
        basket: Basket::fill(&mut story.rng, customer.currency, customer.appetite()),
        stages: stages_at(story, at),
        stage: 0,
        at,
        offers: 0,
        opened: None,
        competitor: if story.chance(0.4) { tongue::pick(&mut story.rng, &COMPETITORS) } else { "" },
        need: need_of(story, &customer, at),
        is_fitting: story.chance(FITTING_SHARE),
        has_contract: false,
        customer,
        story,
    };
    deal.open();
    while deal.goes_on() {}
    let open = Some((deal.id, deal.at));
    if let Some(customer) = story.customer_mut(number) {
        customer.open_deal = open;
    }
}

/// The first deal is about what the lead needed; before a later one some are asked.
fn need_of(story: &mut Telling, customer: &Customer, at: i64) -> Option<String> {
    if customer.deals == 1 && customer.number > 0 {
        return Some(party::need_id(customer, 1));
    }
    if !story.chance(0.6) {
        return None;
    }
    let need = party::need_id(customer, customer.deals);
    party::need(story, customer, &need, at - HOUR);
    Some(need)
}

/// A fair brings one in forty of all customers to the branch, a few at least, all within two weeks.
pub(crate) fn fair(story: &mut Telling) {
    let at = story.now;
    let wanted = 4 + story.customers.len() / 40;
    let visitors: Vec<u32> = story
        .customers
        .iter()
        .filter(|customer| customer.branch == ON_PAPER)
        .map(|customer| customer.number)
        .take(wanted)
        .collect();
    for number in visitors {
        let opened = story.later(at, 0..14);
        story.begin(Chapter::Deal(number), opened);
    }
}

impl Deal<'_> {
    fn open(&mut self) {
        let opened = DealOpened {
            deal_id: self.id.clone(),
            pipeline: PIPELINE.to_owned(),
            stage: self.stage_code(self.stage),
            amount: Some(self.basket.net()),
            products: self.basket.products(),
            expected_close: calendar::date(self.at + 60 * DAY),
            need_ids: self.named_need(),
            personal: Some(deal_opened::Personal {
                title: tongue::pick(&mut self.story.rng, self.customer.tongue.wishes).to_owned(),
            }),
        };
        self.assign();
        if self.customer.is_organisation() && self.customer.deals == 1 {
            process::sale_begins(self.story, &self.customer, &self.id, self.at);
        }
        // Some amounts are mistyped, and somebody notices.
        if self.story.chance(0.015) {
            let mut wrong = opened.clone();
            wrong.amount = opened.amount.as_ref().map(|amount| product::share(amount, 1_000));
            let told = self.tell(Kind::DealOpened(wrong));
            let owner = self.owner();
            self.story.correct(&told, 4..60, Kind::DealOpened(opened), owner, "a digit too many");
            self.opened = Some(told);
        } else {
            self.opened = Some(self.tell(Kind::DealOpened(opened)));
        }
    }

    /// The next step; false when it was the last one.
    fn goes_on(&mut self) -> bool {
        self.at = self.story.later(self.at, 2..24);
        if self.at >= self.story.milestones.end.as_micros() {
            return false;
        }
        let draw = self.story.rng.f64();
        let lost_until = if self.is_fitting && self.offers > 0 { 0.78 - FIT } else { 0.78 };
        if draw < 0.64 {
            if self.stage + 1 == self.stages.len() {
                self.win();
                return false;
            }
            self.enter(self.stage + 1);
        } else if draw < 0.69 && self.stage > 0 {
            self.enter(self.stage - 1);
        } else if draw < lost_until {
            self.lose();
            return false;
        } else {
            touch::conversation(self.story, &self.customer, self.at, "sales", Some(&self.id));
        }
        true
    }

    fn enter(&mut self, stage: usize) {
        let moved = DealStageChanged {
            deal_id: self.id.clone(),
            from: self.stage_code(self.stage),
            to: self.stage_code(stage),
        };
        self.stage = stage;
        self.tell(Kind::DealStageChanged(moved));
        match self.stages.get(stage).copied().unwrap_or_default() {
            "site-visit" => touch::meeting(self.story, &self.customer, self.at + HOUR, Some(&self.id)),
            "offer" => self.offer(),
            "negotiation" => self.negotiate(),
            "contract" => self.document(),
            _ => touch::note(self.story, &self.customer, self.at + HOUR, Some(&self.id)),
        }
    }

    fn offer(&mut self) {
        self.offers += 1;
        let issued = OfferIssued {
            offer_id: self.offer_id(),
            version: self.offers,
            deal_id: self.id.clone(),
            lines: self.basket.lines(),
            valid_to: calendar::date(self.at + 30 * DAY),
            need_ids: self.named_need(),
            personal: Some(offer_issued::Personal { title: self.customer.name.clone() }),
            ..OfferIssued::default()
        };
        let at = self.at + 2 * HOUR;
        self.story.tell(
            Happening::of(&self.customer.id, at, Kind::OfferIssued(issued))
                .by(self.owner())
                .via("email")
                .part_of(&self.id),
        );
        touch::message(self.story, &self.customer, at + MINUTE, "offer");
    }

    fn negotiate(&mut self) {
        self.respond(offer_responded::Response::Countered, self.at + HOUR, "price");
        if self.story.chance(0.4) {
            let (factor, barrier) = self.story.rng.choice(OBJECTIONS).unwrap_or_default();
            let compares = factor == "price" && !self.competitor.is_empty();
            let percent = self.story.rng.i64(2..13);
            let observed = ObjectionObserved {
                factor: factor.to_owned(),
                barrier: barrier.into(),
                competitor: self.competitor.to_owned(),
                price_gap: compares.then(|| product::share(&self.basket.net(), percent)),
                strength: Some(f64::from(self.story.rng.u32(2..10)) / 10.0),
            };
            self.aside(Kind::ObjectionObserved(observed), 2 * HOUR);
        }
        if self.story.chance(0.5) {
            self.basket.discount_percent = self.story.rng.i64(2..10);
            let concession = ConcessionGranted {
                kind: concession_granted::Kind::Discount.into(),
                // What is charged is less by it already: a value would count it twice.
                value: None,
                approver: management().id,
                why: "to meet another offer".to_owned(),
                deal_id: self.id.clone(),
            };
            self.aside(Kind::ConcessionGranted(concession), 3 * HOUR);
            if self.story.chance(0.4) {
                self.give_a_service();
            }
            let terms = DealTermsChanged {
                deal_id: self.id.clone(),
                amount: Some(self.basket.net()),
                expected_close: calendar::date(self.at + 30 * DAY),
                probability: None,
                products: Vec::new(),
            };
            self.aside(Kind::DealTermsChanged(terms), 3 * HOUR + MINUTE);
        }
    }

    /// Something beside the price, which costs the company what it is worth.
    fn give_a_service(&mut self) {
        let percent = self.story.rng.i64(1..4);
        let concession = ConcessionGranted {
            kind: concession_granted::Kind::Service.into(),
            value: Some(product::share(&self.basket.net(), percent)),
            approver: self.owner().id,
            why: "a year of service".to_owned(),
            deal_id: self.id.clone(),
        };
        self.aside(Kind::ConcessionGranted(concession), 3 * HOUR);
    }

    fn document(&mut self) {
        self.has_contract = true;
        let review = self.story.rng.i64(1..30) * HOUR;
        let sent = review + self.story.rng.i64(1..14) * HOUR;
        self.document_becomes(State::Unspecified, State::Draft, HOUR);
        self.document_becomes(State::Draft, State::Review, review + HOUR);
        // Some are written once more.
        if self.story.chance(0.15) {
            self.document_becomes(State::Review, State::Draft, review + HOUR + 20 * MINUTE);
            self.document_becomes(State::Draft, State::Review, review + HOUR + 50 * MINUTE);
        }
        self.document_becomes(State::Review, State::Sent, sent + HOUR);
    }

    fn document_becomes(&mut self, from: State, to: State, after: i64) {
        let changed = DocumentStateChanged {
            document_id: format!("DOC-{}", self.id),
            kind: "contract".to_owned(),
            from: from.into(),
            to: to.into(),
            sha256: String::new(),
        };
        self.aside(Kind::DocumentStateChanged(changed), after);
    }

    /// Records the seller who looks after the customer as the owner of the deal.
    fn assign(&mut self) {
        let assigned = OwnerAssigned {
            object: ["deal:", &self.id].concat(),
            role: "sales".to_owned(),
            to: self.owner().id,
            reason: "customer".to_owned(),
            ..OwnerAssigned::default()
        };
        let at = self.at + MINUTE;
        self.story
            .tell(Happening::of(&self.customer.id, at, Kind::OwnerAssigned(assigned)).part_of(&self.id));
    }

    fn win(&mut self) {
        if self.offers > 0 {
            self.respond(offer_responded::Response::Accepted, self.at - MINUTE, "");
        }
        let amount: Money = self.basket.net();
        let won = DealWon {
            deal_id: self.id.clone(),
            amount: Some(amount),
            products: self.basket.products(),
            reason: "quality".to_owned(),
            competitors: if self.competitor.is_empty() {
                Vec::new()
            } else {
                vec![self.competitor.to_owned()]
            },
        };
        if self.has_contract {
            self.document_becomes(State::Sent, State::Signed, -20 * MINUTE);
        }
        let told = self.tell(Kind::DealWon(won));
        if let Some(need) = self.need.clone() {
            self.close_need(need, need_closed::Outcome::Satisfied, HOUR);
        }
        fulfilment::play(self.story, &self.customer, &self.id, &self.basket, &told, self.at);
    }

    fn lose(&mut self) {
        let (reason, factor) = self.story.rng.choice(REASONS).unwrap_or_default();
        let lost = DealLost {
            deal_id: self.id.clone(),
            reason: reason.to_owned(),
            factors: vec![factor.to_owned()],
            competitor: if reason == "competitor" {
                COMPETITORS.first().copied()
            } else {
                Some(self.competitor)
            }
            .unwrap_or_default()
            .to_owned(),
            at_stage: self.stage_code(self.stage),
        };
        let told = self.tell(Kind::DealLost(lost));
        // Some are given up too early: the customer calls again.
        if self.story.chance(0.03) {
            let owner = self.owner();
            self.story.retract(&told, 3..20, owner, "the customer called again");
        } else if let Some(need) = self.need.clone()
            && self.story.chance(0.4)
        {
            self.close_need(need, need_closed::Outcome::Unmet, DAY);
        }
        let again = self.story.later(self.at, 120..500);
        if self.story.chance(0.25) {
            self.story.begin(Chapter::Deal(self.customer.number), again);
        }
    }

    fn respond(&mut self, response: offer_responded::Response, at: i64, reason: &str) {
        let responded = OfferResponded {
            offer_id: self.offer_id(),
            response: response.into(),
            reason: reason.to_owned(),
        };
        self.story.tell(
            Happening::of(&self.customer.id, at, Kind::OfferResponded(responded))
                .via("email")
                .part_of(&self.id),
        );
    }

    fn close_need(&mut self, need_id: String, outcome: need_closed::Outcome, after: i64) {
        let by_product = match outcome {
            need_closed::Outcome::Satisfied => self.basket.main_product(),
            need_closed::Outcome::Unmet
            | need_closed::Outcome::Obsolete
            | need_closed::Outcome::Unspecified => "",
        };
        let closed = NeedClosed { need_id, outcome: outcome.into(), by_product: by_product.to_owned() };
        let at = self.at + after;
        self.story.tell(Happening::of(&self.customer.id, at, Kind::NeedClosed(closed)).by(self.owner()));
    }

    /// What the deal and its offers say that they are for.
    fn named_need(&self) -> Vec<String> {
        self.need.iter().filter(|_| self.is_fitting).cloned().collect()
    }

    /// Who has the deal now.
    fn owner(&self) -> Actor {
        self.story.company.person_at(self.customer.seat, self.at)
    }

    fn offer_id(&self) -> String {
        format!("OF-{}", self.id)
    }

    fn stage_code(&self, stage: usize) -> String {
        self.stages.get(stage).copied().unwrap_or_default().to_owned()
    }

    /// Something beside the moves of the deal.
    fn aside(&mut self, kind: Kind, after: i64) {
        let happening = Happening::of(&self.customer.id, self.at + after, kind);
        let owner = self.owner();
        self.story.tell(happening.by(owner).about("deal", &self.id).part_of(&self.id));
    }

    /// A move of the deal, recorded when the branch records.
    fn tell(&mut self, kind: Kind) -> Told {
        let mut happening =
            Happening::of(&self.customer.id, self.at, kind).by(self.owner()).part_of(&self.id);
        if let Some(opened) = &self.opened {
            happening = happening.because_of(opened);
        }
        let middle = self.story.milestones.year_ago.as_micros();
        if self.customer.branch == ON_PAPER && (middle - PAPER_PERIOD..middle).contains(&self.at) {
            let place = self.at - (middle - PAPER_PERIOD);
            happening = happening.recorded_at(middle + PAPER_RECORDED_AFTER + place / 4);
        }
        self.story.tell(happening)
    }
}
