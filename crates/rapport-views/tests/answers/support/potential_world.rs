//! Random companies for potential: a few customers with everything that can go wrong, and others with plain purchases, so
//! that products have owners enough; segments that are published, changed and taken back, or none.

use proptest::prelude::*;
use rapport_proto::{
    json,
    v1::{self, payload::Kind},
};
use rapport_views::{
    answers::{AnswerError, Answered, AskError},
    model::{Asked, Model as _, Potential},
};
use serde_json::Value;

use super::{
    company::{
        Company, Told, attributes, companies, contracts, customer, definition, hours, invoices, money,
        order_changes, orders, zone,
    },
    proto,
};

/// Customers of plain purchases are numbered up to here; 1 to 8 are those of [`companies`].
const PLAIN: u64 = 24;
/// The last is never sold.
const PRODUCTS: [&str; 5] = ["pen", "ink", "book", "lamp", "globe"];

/// A company, and what is asked.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub company: Company,
    pub request: v1::PotentialRequest,
}

impl World {
    pub(crate) fn ask(
        &self,
        figure: Option<&str>,
        skip: usize,
    ) -> Result<Answered<v1::PotentialResponse>, AnswerError> {
        self.company.ask::<Potential>(&self.request, figure, skip)
    }

    pub(crate) fn answer(&self) -> v1::PotentialResponse {
        self.ask(None, 0).unwrap().response
    }

    pub(crate) fn json(&self) -> Value {
        json::to_json("rapport.v1.PotentialResponse", &self.answer()).unwrap()
    }

    /// Without the filters, where the company has no such segment or customer.
    pub(crate) fn answerable(self) -> Self {
        let zone = zone();
        let company = &self.company;
        let asked = Asked {
            as_of: company.as_of,
            zone: &zone,
            figure: None,
            skip: 0,
            events: company,
            beside: &[],
            kept: None,
        };
        let refused = Potential::answer(&self.request, &company.store(Potential::VIEW), &asked).err();
        if let Some(AskError::Field { field: "segment" | "customer", .. }) = refused {
            let request = v1::PotentialRequest {
                segment: String::new(),
                customer: String::new(),
                ..self.request.clone()
            };
            return Self { request, ..self };
        }
        self
    }
}

prop_compose! {
    fn conditions()(
        regions in prop::sample::subsequence(vec!["Riga", "Vilnius", "nowhere"], 1..3),
        segments in prop::sample::subsequence(vec!["retail", "Riga"], 1..2),
        which in 0..6_u8,
    ) -> Vec<Value> {
        let region = serde_json::json!({"key": "region", "values": regions});
        let segment = serde_json::json!({"key": "segment", "values": segments});
        match which {
            0 | 1 => Vec::new(),
            2..=4 => vec![region],
            _ => vec![segment, region],
        }
    }
}

prop_compose! {
    /// A version of a segment; it may be in effect earlier or later than its event.
    fn definitions()(
        code in prop::sample::select(vec!["a", "b", "north/south"]),
        version in 1..4_u32,
        products in prop::sample::subsequence(PRODUCTS.to_vec(), 1..=5).prop_shuffle(),
        conditions in conditions(),
        (name, effective) in (prop::bool::ANY, prop::option::weighted(0.3, 0..24 * 700_i64)),
    ) -> Kind {
        let mut body = serde_json::json!({"products": products});
        if !conditions.is_empty() {
            body["conditions"] = Value::Array(conditions);
        }
        if name {
            body["name"] = Value::String(format!("Segment {code}"));
        }
        match definition("potential", code, version, &body.to_string()) {
            Kind::DefinitionPublished(published) => Kind::DefinitionPublished(v1::DefinitionPublished {
                effective_from: effective.and_then(|effective| proto(hours(effective))),
                ..published
            }),
            other => other,
        }
    }
}

prop_compose! {
    /// Orders of a line each, of few products, and an attribute of some of these customers.
    fn plain()(
        orders in prop::collection::vec((9..PLAIN, -24 * 100..24 * 700_i64, 0..4_usize, 1..40_i64, prop::bool::weighted(0.1)), 0..120),
        regions in prop::collection::vec((9..PLAIN, 0..24 * 300_i64, prop::sample::select(vec!["Riga", "Riga", "Vilnius"])), 0..14),
    ) -> Vec<Told> {
        let mut told = Vec::new();
        for ((party, at, product, amount, dollars), id) in orders.into_iter().zip(100..) {
            let line = v1::Line {
                product: PRODUCTS[product].to_owned(),
                quantity: "1".to_owned(),
                net: money(amount * 25, if dollars { "USD" } else { "EUR" }),
                ..v1::Line::default()
            };
            let placed = v1::OrderPlaced { order_id: id.to_string(), lines: vec![line], ..Default::default() };
            told.push(Told::at(at, party, Kind::OrderPlaced(placed)));
        }
        for (party, at, region) in regions {
            let fact = v1::PartyFactRecorded {
                category: 1,
                key: "region".to_owned(),
                personal: Some(v1::party_fact_recorded::Personal { value: region.to_owned() }),
                ..Default::default()
            };
            told.push(Told::at(at, party, Kind::PartyFactRecorded(fact)));
        }
        told
    }
}

prop_compose! {
    fn requests()(
        (from, length) in (prop::option::weighted(0.3, 24 * 100..24 * 500_i64), prop::option::weighted(0.2, 24 * 20..24 * 500_i64)),
        currency in prop::sample::select(vec!["", "", "", "EUR", "USD"]),
        purchases_from in prop::sample::select(vec![0, 0, 0, 1, 2]),
        segment in prop::sample::select(vec!["", "", "", "", "a", "all", "north/south"]),
        product in prop::sample::select(vec!["", "", "", "", "ink", "globe"]),
        party in prop::sample::select(vec![0, 0, 0, 0, 0, 1, 4, 12]),
    ) -> v1::PotentialRequest {
        v1::PotentialRequest {
            period_from: from.and_then(|from| proto(hours(from))),
            period_to: length.and_then(|length| proto(hours(from.unwrap_or(300) + length))),
            purchases_from,
            currency: currency.to_owned(),
            segment: segment.to_owned(),
            product: product.to_owned(),
            customer: customer(party),
            ..v1::PotentialRequest::default()
        }
    }
}

fn kinds(published: bool) -> impl Strategy<Value = Kind> {
    let published = if published { 6 } else { 0 };
    prop_oneof![
        20 => orders(),
        4 => order_changes(),
        4 => contracts(),
        2 => invoices(),
        10 => attributes(),
        published => definitions(),
    ]
}

pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let companies = prop_oneof![3 => companies(kinds(true), 140), 1 => companies(kinds(false), 120)];
    (companies, plain(), requests()).prop_map(|(mut company, plain, request)| {
        // Behind the others: their positions are known to corrections and un-merges.
        company.told.extend(plain);
        World { company, request }.answerable()
    })
}
