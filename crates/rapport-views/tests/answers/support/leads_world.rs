//! Made-up companies with leads, and what they are asked.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    company::{Company, companies, hours},
    proto,
};

const TAGS: [&str; 8] = ["", "", "", "lead:a", "lead:b", "lead:c", "lead:d", "deal:2"];

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

prop_compose! {
    fn captures()(where_found in one_of(&["web", "fair", ""])) -> Kind {
        let medium = "email".to_owned();
        Kind::ContactPointCaptured(v1::ContactPointCaptured { medium, where_found, ..Default::default() })
    }
}

prop_compose! {
    fn openings()(
        source_channel in one_of(&["web", "referral", ""]),
        campaign_id in one_of(&["spring", "", ""]),
        landing in one_of(&["home", "a/b", ""]),
        interest in one_of(&["lamp", "pen", ""]),
    ) -> Kind {
        Kind::LeadOpened(v1::LeadOpened { source_channel, campaign_id, landing, interest, ..Default::default() })
    }
}

prop_compose! {
    fn verdicts()(
        result in 1..=2_i32,
        score in prop::option::weighted(0.7, prop::sample::select(vec![-1.5, 0.0, 10.0, 20.0, 35.5, 50.0, 80.0])),
        reason in one_of(&["no budget", "no need", ""]),
    ) -> Kind {
        Kind::LeadQualified(v1::LeadQualified { result, score, reason, ..Default::default() })
    }
}

prop_compose! {
    fn conversions()(deal_id in one_of(&["1", "2", "3", ""]), order_id in one_of(&["o1", "o2", "", ""])) -> Kind {
        Kind::LeadConverted(v1::LeadConverted { deal_id, order_id })
    }
}

prop_compose! {
    fn deals()(deal_id in one_of(&["1", "2"]), what in 0..4_u8) -> Kind {
        match what {
            0 => Kind::DealOpened(v1::DealOpened { deal_id, ..Default::default() }),
            1 => Kind::DealStageChanged(v1::DealStageChanged { deal_id, to: "offer".to_owned(), ..Default::default() }),
            2 => Kind::DealWon(v1::DealWon { deal_id, ..Default::default() }),
            _ => Kind::DealLost(v1::DealLost { deal_id, ..Default::default() }),
        }
    }
}

prop_compose! {
    fn owners()(object in one_of(&["lead:a", "lead:b", "lead:x", "party:c99", "deal:2"]), to in one_of(&["anna", "karlis"])) -> Kind {
        Kind::OwnerAssigned(v1::OwnerAssigned { object, to, ..Default::default() })
    }
}

/// Whether an event is a step before a deal.
const fn is_step(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::ContactPointCaptured(_) | Kind::LeadOpened(_) | Kind::LeadQualified(_) | Kind::LeadConverted(_)
    )
}

/// Companies with leads, of which a third name no customer and some have tags.
pub(crate) fn with_leads() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![
        4 => captures(),
        8 => openings(),
        8 => verdicts(),
        4 => conversions(),
        4 => deals(),
        2 => owners(),
    ];
    (companies(kinds, 100), prop::collection::vec((0..TAGS.len(), prop::bool::weighted(0.35)), 100)).prop_map(
        |(mut company, drawn)| {
            for (told, (tag, is_nobodys)) in
                company.told.iter_mut().zip(drawn).filter(|(told, _)| is_step(&told.kind))
            {
                told.tags = Some(TAGS[tag].to_owned()).filter(|tag| !tag.is_empty()).into_iter().collect();
                if is_nobodys {
                    told.customer = 0;
                }
            }
            company
        },
    )
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.4, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        (by, list) in (0..8_i32, 0..4_i32),
        window_days in prop::sample::select(vec![0, 30, 200]),
    ) -> v1::LeadsRequest {
        v1::LeadsRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by,
            list,
            window_days,
            ..v1::LeadsRequest::default()
        }
    }
}
