//! A request or a complaint, from its opening to its end.

use rapport_proto::v1::{
    Actor, TicketOpened, TicketReopened, TicketResolved, TicketResponded, TicketStageChanged, payload::Kind,
    ticket_opened, ticket_resolved,
};

use crate::{
    chapters::survey,
    happening::Happening,
    telling::Telling,
    world::calendar::{DAY, HOUR, MINUTE},
};

/// What a complaint costs in contentment.
const ANNOYANCE: f64 = 0.75;

/// A ticket of customer `number`, whole.
pub(crate) fn play(story: &mut Telling, number: u32) {
    let Some(customer) = story.customer_mut(number) else { return };
    customer.tickets += 1;
    let ticket = format!("T-{}-{}", 1000 + number, customer.tickets);
    let customer = customer.clone();
    let at = story.now;
    let speaker = customer.speaker(&mut story.rng);
    let complaint = story.chance(0.55);
    let (subject, text) = speaker.tongue.complaint(&mut story.rng);
    let opened = TicketOpened {
        ticket_id: ticket.clone(),
        kind: if complaint { ticket_opened::Kind::Complaint } else { ticket_opened::Kind::Request }.into(),
        priority: if complaint { "high" } else { "normal" }.to_owned(),
        product: "heat-pump-8".to_owned(),
        tier: customer.tier.to_owned(),
        topic: "installation".to_owned(),
        personal: Some(ticket_opened::Personal { subject: subject.to_owned(), text: text.to_owned() }),
    };
    story.tell(Happening::of(&speaker.id, at, Kind::TicketOpened(opened)).via("email").part_of(&ticket));

    let agent = service_agent(story, customer.seat);
    let responded = story.later(at, 0..3);
    let step = |kind, at| Happening::of(&speaker.id, at, kind).by(agent.clone()).part_of(&ticket);
    let answer = TicketResponded { ticket_id: ticket.clone(), first: true };
    story.tell(step(Kind::TicketResponded(answer), responded));
    let moved =
        TicketStageChanged { ticket_id: ticket.clone(), from: "new".to_owned(), to: "working".to_owned() };
    story.tell(step(Kind::TicketStageChanged(moved), responded + MINUTE));

    let mut resolved = story.later(responded, 0..9);
    let solution = TicketResolved {
        ticket_id: ticket.clone(),
        resolution: "repaired".to_owned(),
        cause: if complaint { ticket_resolved::Cause::Product } else { ticket_resolved::Cause::Unspecified }
            .into(),
        first_contact: false,
    };
    story.tell(step(Kind::TicketResolved(solution.clone()), resolved));
    if story.chance(0.1) {
        let reopened = TicketReopened { ticket_id: ticket.clone(), reason: "it happened again".to_owned() };
        let again = resolved + DAY;
        story.tell(step(Kind::TicketReopened(reopened), again));
        resolved = story.later(again, 1..9);
        story.tell(step(Kind::TicketResolved(solution), resolved));
    }
    if complaint && let Some(customer) = story.customer_mut(number) {
        customer.mood *= ANNOYANCE;
    }
    survey::after_service(story, &customer, &speaker, &ticket, resolved + HOUR);
}

/// Service is done by the branch of the customer.
fn service_agent(story: &Telling, seat: usize) -> Actor {
    Actor { role: "service".to_owned(), department: "Service".to_owned(), ..story.company.person(seat) }
}
