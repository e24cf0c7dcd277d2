//! Made-up companies whose deals meet with resistance, and what they are asked.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    acting::contact_roles,
    company::{CUSTOMERS, Company, attributes, companies, hours, money},
    proto,
};

fn deal(ids: u64) -> impl Strategy<Value = String> {
    (1..ids).prop_map(|id| format!("d{id}"))
}

fn factor() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["price", "price", "habit", "delay", "age"]).prop_map(str::to_owned)
}

fn competitor() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["Rival", "Other", "", ""]).prop_map(str::to_owned)
}

fn steps(ids: u64) -> impl Strategy<Value = Kind> {
    prop_oneof![
        4 => deal(ids).prop_map(|deal_id| {
            Kind::DealOpened(v1::DealOpened { deal_id, stage: "new".to_owned(), ..Default::default() })
        }),
        1 => deal(ids).prop_map(|deal_id| {
            Kind::DealStageChanged(v1::DealStageChanged { deal_id, to: "offer".to_owned(), ..Default::default() })
        }),
        4 => deal(ids).prop_map(|deal_id| Kind::DealWon(v1::DealWon { deal_id, ..Default::default() })),
        3 => (deal(ids), prop::collection::vec(factor(), 0..3), competitor()).prop_map(
            |(deal_id, factors, competitor)| {
                Kind::DealLost(v1::DealLost { deal_id, factors, competitor, ..Default::default() })
            }
        ),
    ]
}

prop_compose! {
    fn objections()(
        (factor, barrier, competitor) in (factor(), 0..6_i32, competitor()),
        gap in prop::option::weighted(0.6, (-500..2_000_i64, prop::sample::select(vec!["EUR", "USD"]))),
        strength in prop::option::weighted(0.6, prop::sample::select(vec![0.0, 0.25, 0.5, 1.0])),
    ) -> Kind {
        let price_gap = gap.and_then(|(gap, currency)| money(gap, currency));
        Kind::ObjectionObserved(v1::ObjectionObserved { factor, barrier, competitor, price_gap, strength })
    }
}

prop_compose! {
    fn contacts()(
        what in 0..3_u8,
        said in 1..=3_i32,
        approach in prop::sample::select(vec!["demonstration", "reference", ""]),
    ) -> Kind {
        let approach = approach.to_owned();
        match what {
            0 => Kind::TouchCallLogged(v1::TouchCallLogged { outcome: said, approach, ..Default::default() }),
            1 => Kind::TouchMessageExchanged(v1::TouchMessageExchanged {
                direction: 1 + said % 2,
                approach,
                ..Default::default()
            }),
            _ => Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status: said, approach, ..Default::default() }),
        }
    }
}

/// Companies whose deals meet with resistance: some with few deals each told a lot, some with many that are opened early.
pub(crate) fn resisted() -> impl Strategy<Value = Company> {
    let kinds = |ids| {
        prop_oneof![
            10 => steps(ids),
            6 => objections(),
            5 => contacts(),
            3 => attributes(),
            1 => contact_roles(CUSTOMERS),
        ]
    };
    let many =
        companies(prop_oneof![9 => steps(60), 3 => objections(), 5 => contacts()], 240).prop_map(early);
    let all = prop_oneof![3 => companies(kinds(16), 120).boxed(), 1 => many.boxed()];
    (all, prop::collection::vec(prop::option::weighted(0.85, 1..16_u64), 240)).prop_map(tagged)
}

fn early(mut company: Company) -> Company {
    for told in &mut company.told {
        if matches!(told.kind, Kind::DealOpened(_) | Kind::DealStageChanged(_)) {
            (told.hours, told.recorded_day, told.corrected) = (told.hours % 500, 0, None);
        }
    }
    company
}

/// Gives objections the deals that they are about.
fn tagged((mut company, deals): (Company, Vec<Option<u64>>)) -> Company {
    for (told, deal) in company.told.iter_mut().zip(deals) {
        if matches!(told.kind, Kind::ObjectionObserved(_)) {
            told.tags = deal.map(|deal| format!("deal:d{deal}")).into_iter().collect();
        }
    }
    company
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.4, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        by in prop::sample::select(vec!["", "region", "region", "segment", "size"]),
    ) -> v1::ResistanceRequest {
        v1::ResistanceRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by: by.to_owned(),
            ..v1::ResistanceRequest::default()
        }
    }
}
