//! Made-up companies that deliver, and what they are asked.

use proptest::prelude::*;
use rapport_proto::v1::{self, party_role_assigned::Role, payload::Kind};

use super::{
    company::{CUSTOMERS, Company, companies, customer, hours, order_changes, orders},
    deliveries_oracle::steps,
    proto,
};

fn date(day: i16) -> String {
    jiff::civil::date(2025, 1, 1).checked_add(jiff::Span::new().days(i64::from(day))).unwrap().to_string()
}

prop_compose! {
    fn promises()(
        id in 1..25_u64,
        (requested, committed) in (prop::option::weighted(0.4, 0..600_i16), 0..600_i16),
        reason in prop::sample::select(vec!["stock", "weather", ""]),
    ) -> Kind {
        Kind::DeliveryPromised(v1::DeliveryPromised {
            order_id: id.to_string(),
            requested_date: requested.map(date).unwrap_or_default(),
            committed_date: date(committed),
            reason: reason.to_owned(),
            ..Default::default()
        })
    }
}

prop_compose! {
    fn arrivals()(
        id in 1..25_u64,
        day in prop::option::weighted(0.6, 0..700_i16),
        goods in prop::collection::vec((0..4_usize, prop::sample::select(vec!["1", "2", "0.5"])), 0..4),
        condition in prop::sample::select(vec!["", "good", "damaged"]),
    ) -> Kind {
        let goods = goods.into_iter().map(|(product, quantity)| v1::delivery_completed::Delivered {
            product: ["pen", "ink", "book", "lamp"][product].to_owned(),
            quantity: quantity.to_owned(),
        });
        Kind::DeliveryCompleted(v1::DeliveryCompleted {
            order_id: id.to_string(),
            date: day.map(date).unwrap_or_default(),
            quantities: goods.collect(),
            condition: condition.to_owned(),
            ..Default::default()
        })
    }
}

prop_compose! {
    fn recorded()(
        project in prop::sample::select(vec!["roof", "mill"]),
        milestone in prop::sample::select(vec!["design", "build", "hand over"]),
        (planned, actual) in (prop::option::weighted(0.7, 0..700_i16), prop::option::weighted(0.6, 0..700_i16)),
        cause in 0..5_i32,
    ) -> Kind {
        Kind::ProjectMilestoneRecorded(v1::ProjectMilestoneRecorded {
            project: project.to_owned(),
            milestone: milestone.to_owned(),
            planned: planned.map(date).unwrap_or_default(),
            actual: actual.map(date).unwrap_or_default(),
            cause,
        })
    }
}

pub(crate) fn responses(instruments: std::ops::Range<i32>) -> impl Strategy<Value = Kind> {
    (instruments, 1..=5_u8).prop_map(|(instrument, value)| {
        Kind::SurveyAnswered(v1::SurveyAnswered {
            instrument,
            value: Some(value.into()),
            ..Default::default()
        })
    })
}

prop_compose! {
    fn roles()(
        role in prop::sample::select(vec![Role::Customer, Role::Supplier, Role::Supplier, Role::ContactOf]),
        related in 1..CUSTOMERS,
        to in prop::option::weighted(0.2, 24 * 100..24 * 900_i64),
    ) -> Kind {
        Kind::PartyRoleAssigned(v1::PartyRoleAssigned {
            role: role.into(),
            related_party: if role == Role::ContactOf { customer(related) } else { String::new() },
            to: to.and_then(|to| proto(hours(to))),
            ..Default::default()
        })
    }
}

/// Companies that deliver.
pub(crate) fn delivering() -> impl Strategy<Value = Company> {
    let kinds = |instruments| {
        prop_oneof![
            8 => promises(),
            8 => arrivals(),
            5 => orders(),
            2 => order_changes(),
            4 => recorded(),
            6 => responses(instruments),
            2 => roles(),
        ]
    };
    let whole = prop_oneof![4 => promises(), 3 => arrivals(), 5 => responses(1..3)];
    let nps = prop_oneof![4 => promises(), 3 => arrivals(), 5 => responses(1..2)];
    prop_oneof![
        4 => companies(kinds(1..4), 120).boxed(),
        1 => companies(whole, 200).prop_map(within_months).boxed(),
        1 => companies(nps, 200).prop_map(within_months).boxed(),
    ]
}

/// Everything within three months, so that customers say something soon after what arrives.
fn within_months(mut company: Company) -> Company {
    for told in &mut company.told {
        told.hours /= 8;
        if let Kind::DeliveryCompleted(completed) = &mut told.kind {
            completed.quantities.clear();
            completed.date.clear();
        }
        if let Kind::DeliveryPromised(promised) = &mut told.kind {
            let day = steps(jiff::civil::date(2025, 1, 1), promised.committed_date.parse().unwrap());
            promised.committed_date = date((day / 8) as i16);
        }
    }
    company
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        (by, list) in (0..5_i32, 0..3_i32),
        suppliers in prop::bool::weighted(0.2),
    ) -> v1::DeliveriesRequest {
        v1::DeliveriesRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by,
            list,
            suppliers,
            ..v1::DeliveriesRequest::default()
        }
    }
}
