//! Random companies for the pyramid: some customers with everything that can go wrong, and many with plain purchases, so that
//! every level has somebody on it.

use proptest::prelude::*;
use rapport_proto::{
    json,
    v1::{self, payload::Kind},
};
use rapport_views::{
    answers::{AnswerError, Answered},
    model::Pyramid,
};
use serde_json::Value;

use super::{
    company::{
        Company, Told, attributes, companies, costs, customer, hours, invoices, lifecycles, money, offers,
        order_changes, orders, registrations, touches,
    },
    proto,
};

/// Customers of plain purchases are numbered up to here; 1 to 8 are those of [`companies`].
const PLAIN: u64 = 60;
/// Behind them are parties who buy nothing.
const KNOWN: u64 = 75;

/// A company, and what is asked.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub company: Company,
    pub request: v1::PyramidRequest,
}

impl World {
    pub(crate) fn ask(
        &self,
        figure: Option<&str>,
        skip: usize,
    ) -> Result<Answered<v1::PyramidResponse>, AnswerError> {
        self.company.ask::<Pyramid>(&self.request, figure, skip)
    }

    pub(crate) fn answer(&self) -> v1::PyramidResponse {
        self.ask(None, 0).unwrap().response
    }

    pub(crate) fn json(&self) -> Value {
        json::to_json("rapport.v1.PyramidResponse", &self.answer()).unwrap()
    }
}

prop_compose! {
    /// Roles of all kinds; whom a contact acts for may be anybody.
    fn roles()(
        role in prop::sample::select(vec![1, 1, 2, 3, 4, 5, 5]),
        related in 1..KNOWN,
        (from, to) in (prop::option::weighted(0.3, 0..24 * 600_i64), prop::option::weighted(0.3, 24 * 100..24 * 900_i64)),
    ) -> Kind {
        Kind::PartyRoleAssigned(v1::PartyRoleAssigned {
            role,
            related_party: customer(related),
            from: from.and_then(|from| proto(hours(from))),
            to: to.and_then(|to| proto(hours(to))),
        })
    }
}

prop_compose! {
    /// Responses, most of them to a question of NPS.
    fn responses()(instrument in prop::sample::select(vec![1, 1, 1, 2]), value in 0..=10_u8) -> Kind {
        Kind::SurveyAnswered(v1::SurveyAnswered { instrument, value: Some(value.into()), ..Default::default() })
    }
}

prop_compose! {
    /// Campaigns for markets, of which some say how large these are.
    fn campaigns()(
        campaign in 0..4_u8,
        market in prop::sample::select(vec!["homes", "offices", "homes/old", ""]),
        size in prop::option::weighted(0.6, 1..200_u64),
    ) -> Kind {
        Kind::CampaignDefined(v1::CampaignDefined {
            campaign_id: campaign.to_string(),
            market: market.to_owned(),
            market_size: size.filter(|_| !market.is_empty()),
            ..Default::default()
        })
    }
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        6 => orders(),
        3 => order_changes(),
        2 => invoices(),
        2 => costs(),
        1 => offers(),
        2 => touches(),
        1 => registrations(),
        1 => lifecycles(),
        1 => attributes(),
        2 => roles(),
        2 => responses(),
        1 => campaigns(),
    ]
}

/// What customers have of whom nothing else is told.
fn plain_kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![2 => costs(), 3 => responses(), 2 => roles(), 2 => touches(), 1 => registrations()]
}

prop_compose! {
    /// An order each, of few different amounts; some are cancelled later.
    fn plain()(orders in prop::collection::vec(
        (9..PLAIN, -24 * 200..24 * 700_i64, 1..30_i64, prop::bool::weighted(0.1), prop::option::weighted(0.1, 1..24 * 400_i64)),
        0..190,
    )) -> Vec<Told> {
        let mut told = Vec::new();
        for ((party, at, amount, dollars, cancelled), id) in orders.into_iter().zip(100..) {
            let order_id = id.to_string();
            if let Some(later) = cancelled {
                let cancel = v1::OrderChanged { order_id: order_id.clone(), op: 1, ..Default::default() };
                told.push(Told::at(at + later, party, Kind::OrderChanged(cancel)));
            }
            let total = money(amount * 50, if dollars { "USD" } else { "EUR" });
            let placed = v1::OrderPlaced { order_id, total, ..Default::default() };
            told.push(Told::at(at, party, Kind::OrderPlaced(placed)));
        }
        told
    }
}

prop_compose! {
    fn known()(events in prop::collection::vec((9..KNOWN, 0..24 * 700_i64, plain_kinds()), 0..90)) -> Vec<Told> {
        events.into_iter().map(|(party, at, kind)| Told::at(at, party, kind)).collect()
    }
}

prop_compose! {
    fn requests()(
        measures in prop::sample::select(vec![vec![], vec![], vec![0], vec![1], vec![2], vec![3], vec![4], vec![5], vec![1, 2], vec![3, 4], vec![1, 5]]),
        period in (prop::option::weighted(0.4, 0..600_i64), prop::option::weighted(0.2, 601..720_i64)),
        (purchases_from, currency) in (prop::sample::select(vec![0, 0, 0, 1, 2]), prop::sample::select(vec!["", "", "", "EUR", "USD"])),
        compared_with in prop::option::weighted(0.4, 0..200_i64),
        within in prop::sample::select(vec![None, None, Some(0.0), Some(0.1), Some(0.5), Some(1.0)]),
        level in prop::sample::select(vec![0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]),
    ) -> v1::PyramidRequest {
        v1::PyramidRequest {
            measures,
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            purchases_from,
            currency: currency.to_owned(),
            compared_with: compared_with.and_then(|day| proto(hours(day * 24))),
            within,
            level,
            ..v1::PyramidRequest::default()
        }
    }
}

prop_compose! {
    pub(crate) fn worlds()(
        mut company in companies(kinds(), 90),
        plain in plain(),
        known in known(),
        request in requests(),
    ) -> World {
        // Behind the others: their positions are known to corrections and un-merges.
        company.told.extend(plain);
        company.told.extend(known);
        World { company, request }
    }
}
