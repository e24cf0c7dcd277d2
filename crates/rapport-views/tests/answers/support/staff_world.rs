//! Made-up companies whose staff sell, serve and are paid for it, and what they are asked.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    acting::contact_roles,
    company::{CUSTOMERS, Company, companies, definition, event_id, hours, money, order_changes, orders},
    handover_world::{deals, statuses, tickets},
    proto,
};

/// Words for what contacts are for, and what each means.
pub(crate) const PURPOSES: [(&str, &str); 7] = [
    ("sales", "selling"),
    ("Cross-sell", "selling"),
    ("demo", "selling"),
    ("complaint", "service"),
    ("support", "service"),
    ("survey", "other"),
    ("", "other"),
];

prop_compose! {
    fn touches()(
        what in 0..4_u8,
        outcome in 1..=3_i32,
        purpose in prop::sample::select(PURPOSES.to_vec()),
        minutes in prop::option::weighted(0.7, 0..90_i64),
    ) -> Kind {
        let (purpose, duration) = (purpose.0.to_owned(), minutes.map(|minutes| prost_types::Duration { seconds: 60 * minutes, nanos: 0 }));
        match what {
            0 => Kind::TouchCallLogged(v1::TouchCallLogged { direction: 1, outcome, duration, purpose, ..Default::default() }),
            1 => Kind::TouchMessageExchanged(v1::TouchMessageExchanged {
                direction: outcome.min(2),
                medium: 1,
                purpose,
                ..Default::default()
            }),
            2 => Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status: outcome, duration, purpose, ..Default::default() }),
            _ => Kind::TouchVisitRecorded(v1::TouchVisitRecorded { place: outcome + 1, ..Default::default() }),
        }
    }
}

prop_compose! {
    fn incentives()(
        staff in prop::sample::select(vec!["ilze", "jonas", "anna"]),
        (scheme, version) in (prop::sample::select(vec!["new", "kept/2"]), 0..3_u32),
        value in prop::option::of(0..50_u8),
        amount in prop::option::weighted(0.8, (1..900_i64, prop::sample::select(vec!["EUR", "USD"]))),
        evidence in prop::collection::vec(prop_oneof![6 => (1..60_u64).prop_map(event_id), 1 => Just("no id".to_owned())], 0..3),
    ) -> Kind {
        Kind::IncentiveAccrued(v1::IncentiveAccrued {
            scheme: scheme.to_owned(),
            version,
            metric: "revenue".to_owned(),
            value: value.map(f64::from),
            amount: amount.and_then(|(amount, currency)| money(amount, currency)),
            evidence_event_ids: evidence,
            staff_id: staff.to_owned(),
        })
    }
}

fn schemes() -> impl Strategy<Value = Kind> {
    (prop::sample::select(vec!["new", "kept/2"]), 1..3_u32).prop_map(|(code, version)| {
        definition("incentive", code, version, r#"{"metric":"revenue","rate":0.02}"#)
    })
}

/// Companies whose staff work.
pub(crate) fn working() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![
        3 => statuses(),
        8 => deals(),
        5 => tickets(),
        12 => touches(),
        5 => orders(),
        1 => order_changes(),
        6 => incentives(),
        1 => schemes(),
        1 => contact_roles(CUSTOMERS),
    ];
    companies(kinds, 90)
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.5, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        (by, list) in (0..4_i32, 0..3_i32),
    ) -> v1::StaffRequest {
        v1::StaffRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by,
            list,
            ..v1::StaffRequest::default()
        }
    }
}
