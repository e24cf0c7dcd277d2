//! Made-up companies with campaigns, and what they are asked.

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    acting::contact_roles,
    company::{
        BEFORE, CUSTOMERS, Company, Told, companies, costs, definition, hours, invoices, money,
        order_changes, orders, touches,
    },
    proto,
};

const CAMPAIGNS: [&str; 3] = ["spring", "autumn", "fair/1"];

fn campaign() -> impl Strategy<Value = String> {
    prop::sample::select(CAMPAIGNS.to_vec()).prop_map(str::to_owned)
}

/// Often in one currency, and in one in which little else is.
fn planned() -> impl Strategy<Value = Option<v1::Money>> {
    let currency = prop::sample::select(vec!["EUR", "EUR", "EUR", "USD", "CHF"]);
    prop::option::weighted(0.7, (prop_oneof![1 => Just(0), 6 => 1..3_000_i64], currency)).prop_map(
        |planned| {
            let (amount, currency) = planned?;
            money(amount, currency)
        },
    )
}

prop_compose! {
    fn definitions()(
        campaign_id in campaign(),
        (aim, personalised) in (0..4_i32, any::<bool>()),
        (budget, expected_revenue) in (planned(), planned()),
    ) -> Kind {
        Kind::CampaignDefined(v1::CampaignDefined {
            campaign_id,
            aim,
            personalised,
            budget,
            expected_revenue,
            ..Default::default()
        })
    }
}

prop_compose! {
    fn spending()(
        campaign_id in campaign(),
        amount in -100..2_000_i64,
        currency in prop::sample::select(vec!["EUR", "EUR", "USD", "CHF"]),
        channel in prop::sample::select(vec!["web", "post", ""]),
        period in prop::sample::select(vec!["2025-03", "2025-Q3", "2026-Q1", "2026", "soon", ""]),
        aim in 0..4_i32,
    ) -> Kind {
        Kind::CampaignSpendRecorded(v1::CampaignSpendRecorded {
            campaign_id,
            amount: money(amount, currency),
            channel: channel.to_owned(),
            period: period.to_owned(),
            aim,
        })
    }
}

prop_compose! {
    fn reactions()(campaign_id in campaign(), kind in 1..6_i32) -> Kind {
        Kind::CampaignResponseRecorded(v1::CampaignResponseRecorded { campaign_id, kind, ..Default::default() })
    }
}

prop_compose! {
    fn members()(campaign_id in campaign(), group in 1..3_i32) -> Kind {
        Kind::CampaignMemberSelected(v1::CampaignMemberSelected { campaign_id, group })
    }
}

prop_compose! {
    fn messages()(
        campaign_id in prop_oneof![3 => campaign(), 1 => Just(String::new())],
        direction in 1..3_i32,
        materials in 0..4_usize,
    ) -> Kind {
        Kind::TouchMessageExchanged(v1::TouchMessageExchanged {
            campaign_id,
            direction,
            materials: vec!["folder".to_owned(); materials],
            ..Default::default()
        })
    }
}

prop_compose! {
    fn leads()(
        campaign_id in prop_oneof![1 => campaign(), 1 => Just(String::new())],
        source in prop::sample::select(vec!["web", "referral", ""]),
    ) -> Kind {
        let source_channel = source.to_owned();
        Kind::LeadOpened(v1::LeadOpened { campaign_id, source_channel, ..Default::default() })
    }
}

/// What the definition of some companies says.
pub(crate) const BODY: &str = r#"{"model":"time_decay","half_life_days":14,"lookback_days":200}"#;

/// Companies with campaigns, some with a definition of attribution.
pub(crate) fn campaigning() -> impl Strategy<Value = Company> {
    let around = || {
        prop_oneof![
            5 => touches(),
            3 => messages(),
            2 => leads(),
            4 => reactions(),
            3 => members(),
            2 => spending(),
            2 => definitions(),
            2 => costs(),
            1 => contact_roles(CUSTOMERS),
        ]
    };
    let of_orders = prop_oneof![3 => around(), 1 => orders(), 1 => order_changes()];
    let of_invoices = prop_oneof![3 => around(), 1 => invoices()];
    let all = prop_oneof![3 => companies(of_orders, 120).boxed(), 1 => companies(of_invoices, 90).boxed()];
    (all, any::<bool>()).prop_map(|(mut company, is_defined)| {
        if is_defined {
            company.told.push(Told::at(BEFORE, 0, definition("attribution", "default", 3, BODY)));
        }
        company
    })
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.5, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        (by, conversions, model) in (0..3_i32, 0..3_i32, 0..7_i32),
        lookback_days in prop::option::weighted(0.4, 1..400_u32),
        half_life_days in prop::option::weighted(0.3, 0.5..40.0),
        currency in prop::sample::select(vec!["", "", "", "EUR"]),
        measures in prop::sample::select(vec![vec![], vec![0], vec![], vec![1], vec![2], vec![3], vec![4], vec![1, 4]]),
    ) -> v1::ChannelsRequest {
        v1::ChannelsRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            currency: currency.to_owned(),
            by,
            conversions,
            model,
            lookback_days,
            half_life_days,
            measures,
            ..v1::ChannelsRequest::default()
        }
    }
}
