//! Made-up companies whose customers need something, and what they are asked.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    acting::contact_roles,
    company::{CUSTOMERS, Company, companies, customer, hours, invoices, order_changes, orders},
    proto,
};

fn part() -> impl Strategy<Value = Option<f64>> {
    prop::option::weighted(0.7, prop::sample::select(vec![0.0, 0.25, 0.5, 1.0]))
}

prop_compose! {
    fn identified()(
        id in 1..16_u64,
        code in prop::sample::select(vec!["fast", "cheap", "safe", ""]),
        source in prop::sample::select(vec!["call", "survey", ""]),
        (importance, urgency) in (part(), part()),
    ) -> Kind {
        let (need_id, code, source) = (format!("n{id}"), code.to_owned(), source.to_owned());
        Kind::NeedIdentified(v1::NeedIdentified { need_id, code, source, importance, urgency })
    }
}

prop_compose! {
    fn closed()(
        id in 1..20_u64,
        outcome in prop::sample::select(vec![1, 1, 2, 2, 3]),
        product in prop::sample::select(vec!["pen", "lamp", ""]),
    ) -> Kind {
        let by_product = product.to_owned();
        Kind::NeedClosed(v1::NeedClosed { need_id: format!("n{id}"), outcome, by_product })
    }
}

prop_compose! {
    fn responses()(instrument in 1..5_i32, value in 1..=5_u8) -> Kind {
        let value = Some(value.into());
        Kind::SurveyAnswered(v1::SurveyAnswered { instrument, value, ..Default::default() })
    }
}

prop_compose! {
    fn owners()(
        of in 1..CUSTOMERS,
        is_of_deal in prop::bool::weighted(0.2),
        role in prop::sample::select(vec!["account_manager", "service"]),
        to in prop::sample::select(vec!["ilze", "jonas"]),
    ) -> Kind {
        let object = if is_of_deal { "deal:7".to_owned() } else { format!("party:{}", customer(of)) };
        let (role, to) = (role.to_owned(), to.to_owned());
        Kind::OwnerAssigned(v1::OwnerAssigned { object, role, to, ..Default::default() })
    }
}

prop_compose! {
    /// Deals with offers of which some name needs, of so many ids.
    fn deals(ids: u64)(
        id in 1..ids,
        what in 0..10_u8,
        needs in prop::option::weighted(0.25, prop::collection::vec(1..16_u64, 1..3)),
        is_of_deal in prop::bool::weighted(0.9),
    ) -> Kind {
        let deal_id = format!("d{id}");
        let need_ids = needs.iter().flatten().map(|need| format!("n{need}")).collect();
        match what {
            0 | 1 => Kind::DealOpened(v1::DealOpened { deal_id, stage: "new".to_owned(), need_ids, ..Default::default() }),
            2 => Kind::DealStageChanged(v1::DealStageChanged { deal_id, to: "talks".to_owned(), ..Default::default() }),
            3 | 4 => Kind::DealWon(v1::DealWon { deal_id, ..Default::default() }),
            5 | 6 => Kind::DealLost(v1::DealLost { deal_id, ..Default::default() }),
            _ => Kind::OfferIssued(v1::OfferIssued {
                offer_id: id.to_string(),
                deal_id: if is_of_deal { deal_id } else { String::new() },
                need_ids,
                ..Default::default()
            }),
        }
    }
}

/// Companies whose customers need something: most have a little of everything, some many deals.
pub(crate) fn needing() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![
        9 => identified(),
        7 => closed(),
        5 => orders(),
        1 => order_changes(),
        2 => invoices(),
        2 => responses(),
        2 => owners(),
        6 => deals(8),
        1 => contact_roles(CUSTOMERS),
    ];
    let many = companies(deals(80), 700).prop_map(early);
    prop_oneof![3 => companies(kinds, 120).boxed(), 1 => many.boxed()]
}

/// With all that is offered known from the beginning.
fn early(mut company: Company) -> Company {
    for told in &mut company.told {
        if matches!(told.kind, Kind::DealOpened(_) | Kind::DealStageChanged(_) | Kind::OfferIssued(_)) {
            (told.hours, told.recorded_day, told.corrected) = (told.hours % 500, 0, None);
        }
    }
    company
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.4, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        by in 0..8_i32,
        purchases_from in prop::sample::select(vec![0, 0, 1, 2]),
    ) -> v1::NeedsRequest {
        v1::NeedsRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by,
            purchases_from,
            ..v1::NeedsRequest::default()
        }
    }
}
