//! Random companies in which things go through steps, and what is asked of them.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    acting::contact_roles,
    company::{BEFORE, CUSTOMERS, Company, Told, companies, definition, hours},
    deliveries_world::responses,
    paths_adherence::CLAIM,
    proto,
};

const FEW: [&str; 4] = ["1", "2", "3", "4"];
/// So many that a quarter of those that end are some.
const MANY: [&str; 8] = ["1", "2", "3", "4", "5", "6", "7", "8"];
const ORDERS: [&str; 8] =
    ["order:1", "order:2", "order:3", "order:4", "order:5", "order:6", "order:7", "order:8"];

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

prop_compose! {
    fn ticket(whats: &'static [i32], ids: &'static [&'static str])(
        what in prop::sample::select(whats), id in word(ids), to in word(&["new", "wait", ""]),
    ) -> Kind {
        match what {
            0 | 1 => Kind::TicketOpened(v1::TicketOpened { ticket_id: id, ..Default::default() }),
            2 => Kind::TicketResponded(v1::TicketResponded { ticket_id: id, first: true }),
            3 => Kind::TicketResolved(v1::TicketResolved { ticket_id: id, ..Default::default() }),
            4 => Kind::TicketReopened(v1::TicketReopened { ticket_id: id, ..Default::default() }),
            _ => Kind::TicketStageChanged(v1::TicketStageChanged { ticket_id: id, to, ..Default::default() }),
        }
    }
}

prop_compose! {
    fn deal(whats: &'static [i32], ids: &'static [&'static str])(
        what in prop::sample::select(whats),
        deal_id in word(ids),
        stage in word(&["lead", "offer"]),
        pipeline in word(&["", "north"]),
    ) -> Kind {
        match what {
            0 | 1 => Kind::DealOpened(v1::DealOpened { deal_id, stage, pipeline, ..Default::default() }),
            2 | 3 => Kind::DealStageChanged(v1::DealStageChanged { deal_id, to: stage, ..Default::default() }),
            4 => Kind::DealWon(v1::DealWon { deal_id, ..Default::default() }),
            _ => Kind::DealLost(v1::DealLost { deal_id, ..Default::default() }),
        }
    }
}

prop_compose! {
    fn document()(document_id in word(&["1", "2", "3"]), to in 1..6, kind in word(&["offer", "", "letter"])) -> Kind {
        Kind::DocumentStateChanged(v1::DocumentStateChanged { document_id, to, kind, ..Default::default() })
    }
}

prop_compose! {
    fn step(processes: &'static [&'static str], objects: &'static [&'static str], statuses: &'static [i32])(
        starts in prop::bool::weighted(0.2),
        process in word(processes),
        object in word(objects),
        step in word(&["inform", "sell", "serve"]),
        (status, cause) in (prop::sample::select(statuses), word(&["late", "", "ill"])),
        due in word(&["", "", "2025-03-01", "2026-03-01"]),
    ) -> Kind {
        if starts {
            return Kind::ProcessStarted(v1::ProcessStarted { process, version: 1, object });
        }
        Kind::ProcessStepRecorded(v1::ProcessStepRecorded { process, object, step, status, due, cause })
    }
}

/// Companies in which things go through steps; some publish how a claim goes.
pub(crate) fn stepping() -> impl Strategy<Value = Company> {
    let tickets = || ticket(&[0, 0, 2, 3, 4, 5, 5, 5], &["1", "2", "3"]);
    let unstaged =
        tickets().prop_filter("without stages", |kind| !matches!(kind, Kind::TicketStageChanged(_)));
    let deals = || deal(&[0, 0, 2, 2, 4, 5], &FEW);
    let steps =
        || step(&["claim", "claim", "sale", "other"], &["order:1", "order:2", "ticket:1"], &[1, 2, 3]);
    let kinds = prop_oneof![
        companies(prop_oneof![tickets(), deals(), document(), steps()].boxed(), 60),
        companies(prop_oneof![unstaged, deals()].boxed(), 30),
        companies(steps().boxed(), 30),
        // Where many end.
        companies(ticket(&[0, 2, 3, 3], &MANY).boxed(), 90),
        companies(deal(&[0, 2, 4, 4], &MANY).boxed(), 90),
        companies(prop_oneof![4 => claims(), 3 => responses(1..2)].boxed(), 90),
    ];
    (kinds, any::<bool>()).prop_map(|(mut company, publishes)| {
        if publishes {
            let published = definition("process", "claim", 1, CLAIM);
            company.told.push(Told::at(BEFORE, 0, published));
        }
        company
    })
}

/// Steps that are mostly done, so that some processes are followed wholly.
fn claims() -> impl Strategy<Value = Kind> {
    step(&["claim"], &ORDERS, &[1, 1, 1, 1, 1, 2, 3])
}

/// Companies in which claims go as they should, or not, and customers say something of it.
pub(crate) fn claimed() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![4 => claims(), 3 => responses(1..3), 1 => contact_roles(CUSTOMERS)];
    companies(kinds.boxed(), 120).prop_map(|company| {
        let mut company = within_months(company);
        company.told.push(Told::at(BEFORE, 0, definition("process", "claim", 1, CLAIM)));
        company
    })
}

/// Everything within three months, so that customers say something while a case goes on.
fn within_months(mut company: Company) -> Company {
    for told in &mut company.told {
        told.hours /= 8;
    }
    company
}

prop_compose! {
    pub(crate) fn requests()(
        of in 0..5_i32,
        (outcome, code) in (0..5_i32, 0..4_usize),
        period in (prop::option::weighted(0.5, 0..300_i64), prop::option::weighted(0.2, 301..720_i64)),
        between in prop::bool::weighted(0.5),
    ) -> v1::PathsRequest {
        let is_deals = of == 2;
        let code = match of {
            2 => ["", "default", "north", ""][code],
            3 => ["", "offer", "letter", ""][code],
            4 => ["", "claim", "sale", ""][code],
            _ => "",
        };
        let ends = match of {
            2 => ["lead", "offer"],
            3 => ["draft", "sent"],
            4 => ["inform", "serve"],
            1 => ["new", "wait"],
            _ => ["opened", "resolved"],
        };
        let [from_step, to_step] = if between { ends.map(str::to_owned) } else { Default::default() };
        v1::PathsRequest {
            of,
            outcome: if outcome > 2 && !is_deals { 0 } else { outcome },
            code: code.to_owned(),
            from_step,
            to_step,
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            ..v1::PathsRequest::default()
        }
    }
}
