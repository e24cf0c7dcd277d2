//! Random companies, and a customer of each.

use jiff::ToSpan;
use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::World;
use crate::support::{
    acting::contact_roles,
    company::{self, BEFORE, Told, companies, customer, hours, money, number},
    proto,
};

fn days() -> impl Strategy<Value = String> {
    prop::option::weighted(0.8, 0..720_i16).prop_map(|day| {
        let day = day.map(|day| jiff::civil::date(2025, 1, 1).checked_add(i64::from(day).days()).unwrap());
        day.map(|day| day.to_string()).unwrap_or_default()
    })
}

/// Ids of things, and of customers there are few, so that they meet.
fn ids() -> impl Strategy<Value = String> {
    (1..4_u8).prop_map(|id| id.to_string())
}

fn deals() -> impl Strategy<Value = Kind> {
    let amount = prop::option::of((1..900_i64, prop::sample::select(vec!["EUR", "USD"])));
    let stage = prop::sample::select(vec!["lead", "offer", "talks"]);
    (0..7_u8, ids(), stage, amount, days()).prop_map(|(what, deal_id, stage, amount, expected_close)| {
        let amount = amount.and_then(|(minor_units, currency)| money(minor_units, currency));
        let stage = stage.to_owned();
        match what {
            0 | 1 => Kind::DealOpened(v1::DealOpened {
                deal_id,
                pipeline: if stage == "talks" { "north".to_owned() } else { String::new() },
                stage,
                amount,
                expected_close,
                ..Default::default()
            }),
            2 | 3 => {
                Kind::DealStageChanged(v1::DealStageChanged { deal_id, to: stage, ..Default::default() })
            }
            4 => Kind::DealTermsChanged(v1::DealTermsChanged {
                deal_id,
                amount,
                expected_close,
                ..Default::default()
            }),
            5 => Kind::DealWon(v1::DealWon { deal_id, amount, ..Default::default() }),
            _ => Kind::DealLost(v1::DealLost { deal_id, at_stage: stage, ..Default::default() }),
        }
    })
}

fn tickets() -> impl Strategy<Value = Kind> {
    (0..6_u8, ids(), 0..5_i32).prop_map(|(what, ticket_id, kind)| match what {
        0 | 1 => Kind::TicketOpened(v1::TicketOpened {
            ticket_id,
            kind,
            priority: if kind == 2 { "high".to_owned() } else { String::new() },
            ..Default::default()
        }),
        2 => Kind::TicketStageChanged(v1::TicketStageChanged {
            ticket_id,
            to: "waits".into(),
            ..Default::default()
        }),
        3 => Kind::TicketResponded(v1::TicketResponded { ticket_id, first: true }),
        4 => Kind::TicketResolved(v1::TicketResolved { ticket_id, ..Default::default() }),
        _ => Kind::TicketReopened(v1::TicketReopened { ticket_id, ..Default::default() }),
    })
}

fn things() -> impl Strategy<Value = Kind> {
    let what = prop::sample::select(vec!["", "call back"]);
    (0..6_u8, ids(), 1..6_i32, days(), what, ids()).prop_map(|(kind, id, state, due, what, other)| match kind
    {
        0 | 1 => Kind::AgreementRecorded(v1::AgreementRecorded {
            agreement_id: id,
            due,
            status: if state > 3 { 1 } else { state },
            supersedes: if state == 4 { other } else { String::new() },
            personal: Some(v1::agreement_recorded::Personal { what: what.to_owned() }),
        }),
        2 => Kind::DocumentStateChanged(v1::DocumentStateChanged {
            document_id: id,
            kind: what.to_owned(),
            to: state,
            ..Default::default()
        }),
        3 => Kind::NeedIdentified(v1::NeedIdentified {
            need_id: id,
            code: what.to_owned(),
            importance: (state > 2).then_some(0.25),
            urgency: (state > 3).then_some(0.5),
            ..Default::default()
        }),
        4 => Kind::NeedClosed(v1::NeedClosed { need_id: id, outcome: 1, ..Default::default() }),
        _ => Kind::SurveyAnswered(v1::SurveyAnswered {
            survey_id: id,
            instrument: state.min(4),
            value: Some(state.into()),
            scale: Some(v1::Scale { min: 0.0, max: 10.0, better: 1 }),
            wave: what.to_owned(),
            ..Default::default()
        }),
    })
}

fn consents() -> impl Strategy<Value = Kind> {
    let purpose = prop::sample::select(vec!["news", "poll"]);
    let channel = prop::sample::select(vec!["", "email", "sms"]);
    let ends = prop::option::weighted(0.3, 0..24 * 700_i64);
    (0..5_u8, purpose, channel, ends).prop_map(|(what, purpose, channel, ends)| {
        let (purpose, channel) = (purpose.to_owned(), channel.to_owned());
        match what {
            0..=2 => Kind::ConsentGranted(v1::ConsentGranted {
                purpose,
                channel,
                expires_at: ends.and_then(|ends| proto(hours(ends))),
                ..Default::default()
            }),
            3 => Kind::ConsentWithdrawn(v1::ConsentWithdrawn { purpose, channel, ..Default::default() }),
            _ => Kind::ConsentObjectionRecorded(v1::ConsentObjectionRecorded {
                scope: purpose,
                ..Default::default()
            }),
        }
    })
}

fn owners() -> impl Strategy<Value = Kind> {
    let role = prop::sample::select(vec!["", "account_manager"]);
    (1..9_u64, role, prop::sample::select(vec!["ilze", "jonas"])).prop_map(|(of, role, to)| {
        let object = format!("party:{}", customer(of));
        Kind::OwnerAssigned(v1::OwnerAssigned {
            object,
            role: role.into(),
            to: to.into(),
            ..Default::default()
        })
    })
}

prop_compose! {
    pub(crate) fn worlds()(
        company in companies(prop_oneof![
            4 => deals(),
            3 => tickets(),
            4 => things(),
            5 => consents(),
            1 => owners(),
            3 => company::touches(),
            2 => company::orders(),
            1 => company::order_changes(),
            1 => company::invoices(),
            2 => company::contracts(),
            1 => company::registrations(),
            1 => company::lifecycles(),
            2 => contact_roles(company::CUSTOMERS),
        ], 140),
        asked in 1..9_u64,
        spread in 2..5_u64,
        purchases_from in prop::sample::select(vec![0, 0, 1, 2]),
        without_contacts in prop::bool::weighted(0.2),
    ) -> World {
        let mut company = company;
        // Few customers, so that each has much.
        let few = |of: u64| if of == 0 { 0 } else { of % spread + 1 };
        for told in &mut company.told {
            told.customer = few(told.customer);
            let corrected = told.corrected.iter_mut().filter_map(|(_, otherwise)| otherwise.as_mut());
            for kind in corrected.map(|(_, kind)| kind).chain([&mut told.kind]) {
                if let Kind::PartyRoleAssigned(role) = kind {
                    role.related_party = customer(few(number(&role.related_party)));
                }
            }
            if let Kind::PartyMerged(merged) = &mut told.kind {
                for side in [&mut merged.survivor, &mut merged.absorbed] {
                    *side = customer(few(number(side)));
                }
            }
        }
        // Everybody is known.
        for known in 1..company::CUSTOMERS {
            let kind = Kind::PartyRegistered(v1::PartyRegistered { kind: 1, ..Default::default() });
            company.told.push(Told { recorded_day: BEFORE, ..Told::at(BEFORE, known, kind) });
        }
        let customer = customer(asked % spread + 1);
        let request =
            v1::CustomerRequest { customer, purchases_from, without_contacts, ..Default::default() };
        World { company, request }
    }
}
