//! Payloads of what is done for customers: tickets, processes, documents, deliveries, needs, messages and calls.

use rapport_proto::v1::{payload::Kind, *};

/// One of these for each number; `a` and `b` vary its fields, `day` is a date or empty.
pub(crate) fn done(what: u8, a: u8, b: u8, day: &str) -> Kind {
    let (id, code) = ((b % 3).to_string(), ["", "pen", "ink"][usize::from(a % 3)].to_owned());
    let word = |words: [&str; 2]| words[usize::from(b / 3 % 2)].to_owned();
    match what {
        0 => ticket(a, b, &id, code),
        1 => step(a, b, &id, day),
        2 => Kind::DocumentStateChanged(DocumentStateChanged {
            document_id: id,
            kind: word(["offer", ""]),
            from: i32::from(a % 6),
            to: 1 + i32::from(a / 6 % 5),
            ..Default::default()
        }),
        3 => delivery(a, b, &id, code, day),
        4 if a.is_multiple_of(2) => Kind::NeedIdentified(NeedIdentified {
            need_id: id,
            code,
            source: word(["visit", ""]),
            importance: (!b.is_multiple_of(3)).then(|| f64::from(b % 5) / 4.0),
            urgency: b.is_multiple_of(2).then(|| f64::from(a % 5) / 4.0),
        }),
        4 => Kind::NeedClosed(NeedClosed { need_id: id, outcome: 1 + i32::from(b % 3), by_product: code }),
        5 => addressed(a, b),
        _ => preference(a, b, code),
    }
}

fn ticket(a: u8, b: u8, id: &str, product: String) -> Kind {
    let ticket_id = id.to_owned();
    let stage = |number: u8| ["new", "waiting", ""][usize::from(number % 3)].to_owned();
    match a / 3 % 5 {
        0 => Kind::TicketOpened(TicketOpened {
            ticket_id,
            kind: i32::from(b % 5),
            priority: ["high", ""][usize::from(b % 2)].to_owned(),
            product,
            tier: ["gold", ""][usize::from(b / 2 % 2)].to_owned(),
            topic: ["bill", ""][usize::from(b / 4 % 2)].to_owned(),
            ..Default::default()
        }),
        1 => Kind::TicketStageChanged(TicketStageChanged { ticket_id, from: stage(b), to: stage(a) }),
        2 => Kind::TicketResponded(TicketResponded { ticket_id, first: b.is_multiple_of(2) }),
        3 => Kind::TicketResolved(TicketResolved {
            ticket_id,
            cause: i32::from(b % 5),
            first_contact: a.is_multiple_of(2),
            ..Default::default()
        }),
        _ => Kind::TicketReopened(TicketReopened { ticket_id, ..Default::default() }),
    }
}

fn step(a: u8, b: u8, id: &str, day: &str) -> Kind {
    let process = ["sale", "claim"][usize::from(b % 2)].to_owned();
    let object = format!("order:{id}");
    if a.is_multiple_of(4) {
        return Kind::ProcessStarted(ProcessStarted { process, version: 1, object });
    }
    Kind::ProcessStepRecorded(ProcessStepRecorded {
        process,
        object,
        step: ["inform", "sell", "serve"][usize::from(a % 3)].to_owned(),
        status: 1 + i32::from(b % 3),
        due: day.to_owned(),
        cause: ["late", ""][usize::from(b / 3 % 2)].to_owned(),
    })
}

fn delivery(a: u8, b: u8, id: &str, product: String, day: &str) -> Kind {
    let order_id = format!("O{id}");
    match a / 3 % 3 {
        0 => Kind::DeliveryPromised(DeliveryPromised {
            order_id,
            requested_date: [day, ""][usize::from(b % 2)].to_owned(),
            committed_date: if day.is_empty() { "2020-09-14".to_owned() } else { day.to_owned() },
            is_reschedule: b.is_multiple_of(3),
            reason: ["stock", ""][usize::from(b / 2 % 2)].to_owned(),
        }),
        1 => {
            let quantity = (1 + b % 4).to_string();
            let goods = delivery_completed::Delivered { product, quantity };
            Kind::DeliveryCompleted(DeliveryCompleted {
                order_id,
                date: day.to_owned(),
                quantities: vec![goods; usize::from(b % 3)],
                installed: b.is_multiple_of(2),
                condition: ["good", "damaged", ""][usize::from(b / 3 % 3)].to_owned(),
            })
        }
        _ => Kind::ProjectMilestoneRecorded(ProjectMilestoneRecorded {
            project: format!("P{id}"),
            milestone: ["design", "build"][usize::from(b % 2)].to_owned(),
            planned: day.to_owned(),
            actual: [day, ""][usize::from(b / 2 % 2)].to_owned(),
            cause: i32::from(b % 5),
        }),
    }
}

fn addressed(a: u8, b: u8) -> Kind {
    let purpose = ["marketing", "service", ""][usize::from(b % 3)].to_owned();
    match a / 3 % 3 {
        0 | 1 => Kind::TouchMessageExchanged(TouchMessageExchanged {
            direction: 1 + i32::from(!b.is_multiple_of(4)),
            medium: 1 + i32::from(b / 3 % 4),
            materials: vec!["leaflet".to_owned(); usize::from(a % 3)],
            campaign_id: ["spring", ""][usize::from(b / 2 % 2)].to_owned(),
            consent_ref: ["01890a5d-ac96-774b-bcce-b302099a8057", ""][usize::from(a % 2)].to_owned(),
            purpose,
            ..Default::default()
        }),
        _ => Kind::TouchCallLogged(TouchCallLogged {
            direction: i32::from(b % 3),
            outcome: i32::from(b / 3 % 4),
            duration: (!a.is_multiple_of(3))
                .then(|| prost_types::Duration { seconds: b.into(), nanos: 5_000 }),
            purpose,
            ..Default::default()
        }),
    }
}

fn preference(a: u8, b: u8, topic: String) -> Kind {
    Kind::ConsentPreferenceSet(ConsentPreferenceSet {
        topics: if topic.is_empty() { Vec::new() } else { vec![topic] },
        frequency_cap: (!b.is_multiple_of(3)).then(|| u32::from(b % 3)),
        quiet_hours: ["21:00-08:00", ""][usize::from(a / 3 % 2)].to_owned(),
        preferred_channel: ["email", ""][usize::from(b / 2 % 2)].to_owned(),
    })
}
