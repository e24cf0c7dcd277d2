//! Made-up companies whose staff come, leave, are away and hand over, and what they are asked.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    acting::contact_roles,
    company::{CUSTOMERS, Company, companies, customer, hours, money},
    proto,
};

/// Who works there.
pub(crate) const PEOPLE: [&str; 3] = ["ilze", "jonas", "anna"];

fn tags() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (1..CUSTOMERS).prop_map(|number| format!("party:{}", customer(number))),
        3 => (1..6_u8).prop_map(|id| format!("deal:{id}")),
        2 => (1..5_u8).prop_map(|id| format!("ticket:{id}")),
        2 => (1..5_u8).prop_map(|id| format!("agreement:{id}")),
        1 => prop::sample::select(vec!["project:roof".to_owned(), "mill".to_owned()]),
    ]
}

prop_compose! {
    /// Somebody joins, leaves, is away or is back.
    pub(crate) fn statuses()(
        staff in prop::sample::select(PEOPLE.to_vec()),
        status in 1..=4_i32,
        substitute in prop::sample::select(vec!["", "ilze", "jonas", "anna"]),
        (from, lasts) in (prop::option::weighted(0.4, 0..24 * 700_i64), prop::option::weighted(0.4, -500..24 * 300_i64)),
    ) -> Kind {
        let from = from.unwrap_or(24 * 300);
        Kind::StaffStatusChanged(v1::StaffStatusChanged {
            staff_id: staff.to_owned(),
            status,
            substitute: substitute.to_owned(),
            from: proto(hours(from)),
            to: lasts.and_then(|lasts| proto(hours(from + lasts))),
        })
    }
}

prop_compose! {
    fn owners()(
        object in tags(),
        role in prop::sample::select(vec!["", "kam"]),
        to in prop::sample::select(PEOPLE.to_vec()),
    ) -> Kind {
        Kind::OwnerAssigned(v1::OwnerAssigned { object, role: role.to_owned(), to: to.to_owned(), ..Default::default() })
    }
}

prop_compose! {
    fn handovers()(id in 1..4_u8, step in 1..=3_i32, item in prop::option::weighted(0.8, tags())) -> Kind {
        Kind::HandoverProgressed(v1::HandoverProgressed {
            handover_id: id.to_string(),
            step,
            item: item.unwrap_or_default(),
            ..Default::default()
        })
    }
}

prop_compose! {
    /// Deals are opened, move, get other terms, are won or lost.
    pub(crate) fn deals()(
        id in 1..6_u8,
        what in 0..5_u8,
        amount in prop::option::weighted(0.7, (1..900_i64, prop::sample::select(vec!["EUR", "USD"]))),
    ) -> Kind {
        let (deal_id, amount) = (id.to_string(), amount.and_then(|(amount, currency)| money(amount, currency)));
        match what {
            0 => Kind::DealOpened(v1::DealOpened { deal_id, amount, ..Default::default() }),
            1 => Kind::DealStageChanged(v1::DealStageChanged { deal_id, to: "offer".to_owned(), ..Default::default() }),
            2 => Kind::DealTermsChanged(v1::DealTermsChanged { deal_id, amount, ..Default::default() }),
            3 => Kind::DealWon(v1::DealWon { deal_id, amount, ..Default::default() }),
            _ => Kind::DealLost(v1::DealLost { deal_id, ..Default::default() }),
        }
    }
}

prop_compose! {
    /// Tickets are opened, move, are answered, resolved and opened again.
    pub(crate) fn tickets()(id in 1..5_u8, what in 0..5_u8) -> Kind {
        let ticket_id = id.to_string();
        match what {
            0 => Kind::TicketOpened(v1::TicketOpened { ticket_id, ..Default::default() }),
            1 => Kind::TicketStageChanged(v1::TicketStageChanged { ticket_id, to: "work".to_owned(), ..Default::default() }),
            2 => Kind::TicketResponded(v1::TicketResponded { ticket_id, ..Default::default() }),
            3 => Kind::TicketResolved(v1::TicketResolved { ticket_id, ..Default::default() }),
            _ => Kind::TicketReopened(v1::TicketReopened { ticket_id, ..Default::default() }),
        }
    }
}

prop_compose! {
    fn agreements()(
        id in 1..5_u8,
        status in prop::sample::select(vec![1, 1, 1, 2, 3, 4]),
        due in prop::sample::select(vec!["", "2025-05-01", "2026-02-01"]),
        supersedes in prop::option::weighted(0.15, 1..5_u8),
    ) -> Kind {
        Kind::AgreementRecorded(v1::AgreementRecorded {
            agreement_id: id.to_string(),
            due: due.to_owned(),
            status,
            supersedes: supersedes.map(|id| id.to_string()).unwrap_or_default(),
            ..Default::default()
        })
    }
}

prop_compose! {
    fn touches()(what in 0..3_u8, outcome in 1..=3_i32) -> Kind {
        match what {
            0 => Kind::TouchCallLogged(v1::TouchCallLogged { direction: 1, outcome, ..Default::default() }),
            1 => Kind::TouchMessageExchanged(v1::TouchMessageExchanged {
                direction: outcome.min(2),
                medium: 1,
                ..Default::default()
            }),
            _ => Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status: outcome, ..Default::default() }),
        }
    }
}

/// Companies whose staff come and go.
pub(crate) fn changing() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![
        4 => statuses(),
        8 => owners(),
        4 => handovers(),
        5 => deals(),
        4 => tickets(),
        4 => agreements(),
        7 => touches(),
        1 => contact_roles(CUSTOMERS),
    ];
    prop_oneof![
        3 => companies(kinds, 90).boxed(),
        1 => companies(prop_oneof![1 => statuses(), 6 => owners_of_few(), 6 => touches()], 90).prop_map(of_few).boxed(),
    ]
}

fn owners_of_few() -> impl Strategy<Value = Kind> {
    (1..3_u64, prop::sample::select(PEOPLE.to_vec())).prop_map(|(number, to)| {
        let object = format!("party:{}", customer(number));
        Kind::OwnerAssigned(v1::OwnerAssigned { object, to: to.to_owned(), ..Default::default() })
    })
}

/// Everything with two customers, so that successors meet them.
fn of_few(mut company: Company) -> Company {
    for told in &mut company.told {
        told.customer = 1 + told.customer % 2;
    }
    company
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        staff in prop::sample::select(vec!["", "ilze", "jonas", "anna", "nobody"]),
    ) -> v1::HandoverRequest {
        v1::HandoverRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            staff: staff.to_owned(),
            ..v1::HandoverRequest::default()
        }
    }
}
