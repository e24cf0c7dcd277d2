//! Random companies in which things go through steps, and what is asked of them.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    company::{BEFORE, Company, Told, companies, definition, hours},
    paths_adherence::CLAIM,
    proto,
};

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

prop_compose! {
    fn ticket()(what in 0..8, id in word(&["1", "2", "3"]), to in word(&["new", "wait", ""])) -> Kind {
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
    fn deal()(
        what in 0..6,
        deal_id in word(&["1", "2", "3", "4"]),
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
    fn step()(
        starts in prop::bool::weighted(0.2),
        process in word(&["claim", "claim", "sale", "other"]),
        object in word(&["order:1", "order:2", "ticket:1"]),
        step in word(&["inform", "sell", "serve"]),
        (status, cause) in (1..4, word(&["late", "", "ill"])),
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
    let unstaged =
        ticket().prop_filter("without stages", |kind| !matches!(kind, Kind::TicketStageChanged(_)));
    let kinds = prop_oneof![
        companies(prop_oneof![ticket(), deal(), document(), step()].boxed(), 60),
        companies(prop_oneof![unstaged, deal()].boxed(), 30),
        companies(step().boxed(), 30),
    ];
    (kinds, any::<bool>()).prop_map(|(mut company, publishes)| {
        if publishes {
            let published = definition("process", "claim", 1, CLAIM);
            company.told.push(Told::at(BEFORE, 0, published));
        }
        company
    })
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
