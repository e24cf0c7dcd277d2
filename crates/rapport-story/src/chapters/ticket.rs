//! A request or a complaint, from its opening to its end.

use rapport_proto::v1::{
    Actor, CostAllocated, Money, TicketOpened, TicketReopened, TicketResolved, TicketResponded,
    TicketStageChanged, cost_allocated,
    payload::Kind,
    ticket_opened::{self, Kind as Sort},
    ticket_resolved::Cause,
};

use crate::{
    chapters::{survey, touch},
    happening::Happening,
    telling::Telling,
    world::{
        calendar::{DAY, HOUR, MINUTE},
        customer::{Contact, Customer},
        tongue,
    },
};

/// What a complaint costs in contentment.
const ANNOYANCE: f64 = 0.75;
/// What tickets are about: product and theme.
const SUBJECTS: [(&str, &str); 6] = [
    ("heat-pump-8", "installation"),
    ("heat-pump-8", "noise"),
    ("heat-pump-16", "leak"),
    ("ventilation", "noise"),
    ("solar-roof", "output"),
    ("battery-10", "display"),
];
/// How they end.
const RESOLUTIONS: [&str; 4] = ["repaired", "explained", "replaced", "settings_changed"];

/// A ticket on its way.
struct Ticket<'a> {
    story: &'a mut Telling,
    id: String,
    party: String,
    agent: Actor,
}

/// A ticket of customer `number`, whole.
pub(crate) fn play(story: &mut Telling, number: u32) {
    let Some(customer) = story.customer_mut(number) else { return };
    customer.tickets += 1;
    let id = format!("T-{}-{}", 1000 + number, customer.tickets);
    let customer = customer.clone();
    let at = story.now;
    let speaker = customer.speaker(&mut story.rng);
    let kind = match story.rng.u32(0..20) {
        0..=8 => Sort::Complaint,
        9..=11 => Sort::Defect,
        12 | 13 => Sort::Advice,
        _ => Sort::Request,
    };
    let agent = service_agent(story, customer.seat, at);
    let mut ticket = Ticket { story, id, party: speaker.id.clone(), agent };
    ticket.open(&customer, &speaker, kind, at);
    let resolved = ticket.work(kind, at);

    let id = ticket.id;
    if kind == Sort::Complaint
        && let Some(customer) = story.customer_mut(number)
    {
        customer.mood *= ANNOYANCE;
    }
    let cost = CostAllocated {
        kind: cost_allocated::Kind::Service.into(),
        amount: Some(Money {
            minor_units: story.rng.i64(2_500..16_000),
            currency: customer.currency.to_owned(),
        }),
        basis: "ticket".to_owned(),
        product: String::new(),
    };
    story.tell(Happening::of(&customer.id, resolved + 2 * HOUR, Kind::CostAllocated(cost)).part_of(&id));
    survey::after_service(story, &customer, &speaker, &id, resolved + HOUR);
}

impl Ticket<'_> {
    fn open(&mut self, customer: &Customer, speaker: &Contact, kind: Sort, at: i64) {
        let (subject, text) = speaker.tongue.complaint(&mut self.story.rng);
        let (product, topic) = self.story.rng.choice(SUBJECTS).unwrap_or_default();
        let priority = match kind {
            Sort::Complaint => "high",
            Sort::Defect => "urgent",
            Sort::Request | Sort::Advice | Sort::Unspecified => "normal",
        };
        let channel = match self.story.rng.u32(0..10) {
            0..=4 => "email",
            5..=7 => "phone",
            _ => "web",
        };
        let opened = TicketOpened {
            ticket_id: self.id.clone(),
            kind: kind.into(),
            priority: priority.to_owned(),
            product: product.to_owned(),
            tier: customer.tier.to_owned(),
            topic: topic.to_owned(),
            personal: Some(ticket_opened::Personal { subject: subject.to_owned(), text: text.to_owned() }),
        };
        let opened = Happening::of(&speaker.id, at, Kind::TicketOpened(opened)).via(channel);
        self.story.tell(opened.part_of(&self.id));
    }

    /// From the first response to the solution that holds; when that is.
    fn work(&mut self, kind: Sort, at: i64) -> i64 {
        // Most are answered within hours, some the next days.
        let responded = if self.story.chance(0.7) {
            at + self.story.rng.i64(5..240) * MINUTE
        } else {
            self.story.later(at, 1..4)
        };
        self.step(
            Kind::TicketResponded(TicketResponded { ticket_id: self.id.clone(), first: true }),
            responded,
        );
        if matches!(kind, Sort::Advice | Sort::Request) && self.story.chance(0.35) {
            self.resolve(kind, true, responded + 5 * MINUTE);
            return responded + 5 * MINUTE;
        }
        self.enter("new", "working", responded + MINUTE);
        if self.story.chance(0.4) {
            let (agent, party, id) = (self.agent.clone(), self.party.clone(), self.id.clone());
            touch::service_call(self.story, &agent, &party, &id, responded + 30 * MINUTE);
        }
        let mut last = responded + HOUR;
        if self.story.chance(0.25) {
            self.enter("working", "waiting", last);
            last = self.story.later(last, 1..6);
            self.enter("waiting", "working", last);
        }
        // Some are passed on: to those who know the machine, and a few of them back.
        for share in [0.3, 0.25] {
            if !self.story.chance(share) {
                break;
            }
            let department = if self.agent.department == "Service" { "Technics" } else { "Service" };
            self.agent.department = department.to_owned();
            last = self.story.later(last, 0..3);
            self.enter("working", if department == "Technics" { "technics" } else { "working" }, last);
        }
        let resolved = self.story.later(last, 0..8);
        self.resolve(kind, false, resolved);
        if !self.story.chance(0.1) {
            return resolved;
        }
        let again = resolved + DAY;
        let reopened = TicketReopened { ticket_id: self.id.clone(), reason: "it happened again".to_owned() };
        self.step(Kind::TicketReopened(reopened), again);
        let resolved = self.story.later(again, 1..9);
        self.resolve(kind, false, resolved);
        resolved
    }

    fn enter(&mut self, from: &str, to: &str, at: i64) {
        let moved =
            TicketStageChanged { ticket_id: self.id.clone(), from: from.to_owned(), to: to.to_owned() };
        self.step(Kind::TicketStageChanged(moved), at);
    }

    fn resolve(&mut self, kind: Sort, first_contact: bool, at: i64) {
        let cause = match (kind, self.story.rng.u32(0..20)) {
            (Sort::Request | Sort::Advice | Sort::Unspecified, _) => Cause::Unspecified,
            (Sort::Defect, _) | (Sort::Complaint, 0..=7) => Cause::Product,
            (Sort::Complaint, 8..=12) => Cause::Human,
            (Sort::Complaint, 13..=16) => Cause::Procedure,
            (Sort::Complaint, _) => Cause::Organisation,
        };
        let resolution = match kind {
            Sort::Advice => "explained",
            Sort::Defect => "replaced",
            Sort::Request | Sort::Complaint | Sort::Unspecified => {
                tongue::pick(&mut self.story.rng, &RESOLUTIONS)
            }
        };
        let solution = TicketResolved {
            ticket_id: self.id.clone(),
            resolution: resolution.to_owned(),
            cause: cause.into(),
            first_contact,
        };
        self.step(Kind::TicketResolved(solution), at);
    }

    fn step(&mut self, kind: Kind, at: i64) {
        let happening = Happening::of(&self.party, at, kind).by(self.agent.clone());
        self.story.tell(happening.part_of(&self.id));
    }
}

/// Service is done by the branch of the customer.
fn service_agent(story: &Telling, seat: usize, at: i64) -> Actor {
    Actor {
        role: "service".to_owned(),
        department: "Service".to_owned(),
        ..story.company.person_at(seat, at)
    }
}
