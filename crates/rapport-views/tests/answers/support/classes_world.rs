//! Orders as events with corrections, cancellations and merges; what a store makes of them; and questions.

use std::collections::HashMap;

use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{
    json,
    v1::{self, order_changed, payload::Kind},
};
use rapport_views::{
    answers::{AnswerError, Answered, AsOf, ObjectKind},
    model::Classes,
    rows::ObjectId,
    table::Dictionary,
};
use serde_json::Value;

use super::{
    DAY,
    company::{self, BEFORE, Company, customer, definition, number},
    proto,
};
pub(crate) use company::{hours, zone};

pub(crate) const CURRENCIES: [&str; 2] = ["USD", "EUR"];
pub(crate) const PRODUCTS: [&str; 4] = ["pen", "", "ink", "book"];
/// Bodies of definitions, and what they say: cuts in hundredths of a percent, or borders.
pub(crate) const ABC: [(&str, [u32; 2]); 2] =
    [(r#"{"a": 50, "b": 90.5}"#, [5_000, 9_050]), (r#"{"b": 81}"#, [8_000, 8_100])];
pub(crate) const XYZ: [(&str, [u32; 2]); 2] =
    [(r#"{"x": 60, "y": 120}"#, [6_000, 12_000]), ("{}", [1_000, 2_500])];
pub(crate) const RFM: [(&str, [[i64; 4]; 2]); 1] = [(
    r#"{"recency_days": [20, 60, 120, 240], "monetary": [{"currency": "EUR", "minor_units": [0, 300, 600, 1200]}]}"#,
    [[20, 60, 120, 240], [0, 300, 600, 1_200]],
)];

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub product: usize,
    pub quantity: i64,
    pub net: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Placed,
    Cancelled,
    Returned,
    Amended,
}

/// What an event says, or a correction of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Content {
    /// Since 2025-01-01T00:00Z.
    pub hours: i64,
    pub lines: Vec<Line>,
    pub total: Option<i64>,
    pub currency: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub what: What,
    pub order: u64,
    /// 0 for none.
    pub customer: u64,
    pub recorded_day: i64,
    pub content: Content,
    /// What is believed from a later day on; `None` when it is retracted.
    pub corrected: Option<(i64, Option<Content>)>,
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub told: Vec<Told>,
    /// Who is read as whom.
    pub merges: HashMap<u64, u64>,
    /// Which of [`ABC`], [`XYZ`] and [`RFM`] holds.
    pub definitions: [Option<usize>; 3],
    pub request: v1::ClassesRequest,
    pub as_of: AsOf,
    /// The order in which rows come.
    pub seed: u64,
}

/// The id of a customer.
pub(crate) fn party(id: ObjectId) -> String {
    customer(id.0)
}

impl Content {
    fn kind(&self, what: What, order: u64) -> Kind {
        let money = |minor_units| v1::Money { minor_units, currency: CURRENCIES[self.currency].into() };
        let line = |line: &Line| v1::Line {
            product: PRODUCTS[line.product].into(),
            quantity: line.quantity.to_string(),
            net: line.net.map(money),
            ..v1::Line::default()
        };
        let (order_id, lines) = (order.to_string(), self.lines.iter().map(line).collect());
        let op = match what {
            What::Placed => {
                let total = self.total.map(money);
                return Kind::OrderPlaced(v1::OrderPlaced { order_id, lines, total, ..Default::default() });
            }
            What::Cancelled => order_changed::Op::Cancel,
            What::Returned => order_changed::Op::Return,
            What::Amended => order_changed::Op::Amend,
        };
        Kind::OrderChanged(v1::OrderChanged { order_id, op: op.into(), lines, ..Default::default() })
    }
}

impl World {
    /// The events, and behind them merges and definitions, which were known from the beginning.
    pub(crate) fn company(&self) -> Company {
        let told = |told: &Told| company::Told {
            recorded_day: told.recorded_day,
            corrected: told.corrected.as_ref().map(|(day, content)| {
                let otherwise = content.as_ref();
                (*day, otherwise.map(|content| (content.hours, content.kind(told.what, told.order))))
            }),
            ..company::Told::at(told.content.hours, told.customer, told.content.kind(told.what, told.order))
        };
        let mut all: Vec<_> = self.told.iter().map(told).collect();
        let before = |kind| company::Told { recorded_day: BEFORE, ..company::Told::at(BEFORE, 0, kind) };
        all.extend(self.merges.iter().map(|(absorbed, survivor)| {
            let (survivor, absorbed) = (customer(*survivor), customer(*absorbed));
            before(Kind::PartyMerged(v1::PartyMerged { survivor, absorbed, ..Default::default() }))
        }));
        let code = if self.request.by == 2 { "product" } else { "customer" };
        let [abc, xyz, rfm] = self.definitions;
        // What is not read: another code, and another kind.
        all.push(before(definition("abc", "default", 3, "{\"a\": 1}")));
        all.push(before(definition("pipeline", code, 3, "{}")));
        all.extend(abc.map(|nth| before(definition("abc", code, 3, ABC[nth].0))));
        all.extend(xyz.map(|nth| before(definition("xyz", code, 3, XYZ[nth].0))));
        all.extend(rfm.map(|nth| before(definition("rfm", code, 3, RFM[nth].0))));
        Company { told: all, as_of: self.as_of, seed: self.seed }
    }

    /// The answer. Parties have the numbers of their ids, and so have orders.
    pub(crate) fn ask(
        &self,
        figure: Option<&str>,
        skip: usize,
    ) -> Result<Answered<v1::ClassesResponse>, AnswerError> {
        let (mut answered, store) = self.company().ask_store::<Classes>(&self.request, figure, skip)?;
        for hit in &mut answered.objects {
            hit.customer = ObjectId(number(&store.name_of(Dictionary::Party, hit.customer)));
            hit.object = match hit.kind {
                ObjectKind::Party => hit.customer,
                ObjectKind::Named(Dictionary::Order) => {
                    ObjectId(store.name_of(Dictionary::Order, hit.object).parse().unwrap())
                }
                _ => hit.object,
            };
        }
        Ok(answered)
    }

    pub(crate) fn answer(&self) -> v1::ClassesResponse {
        self.ask(None, 0).unwrap().response
    }

    pub(crate) fn json(&self) -> Value {
        json::to_json("rapport.v1.ClassesResponse", &self.answer()).unwrap()
    }
}

prop_compose! {
    fn content()(
        hours in 0..24 * 700_i64,
        lines in prop::collection::vec((0..4_usize, -1..4_i64, prop::option::weighted(0.8, 0..12_i64)), 0..4),
        total in prop::option::of(0..20_i64),
        currency in prop::sample::select(vec![0_usize, 1, 1]),
    ) -> Content {
        // Few different amounts, so that some are equal.
        let line = |(product, quantity, net): (usize, i64, Option<i64>)| {
            let sign = if quantity < 0 { -1 } else { 1 };
            Line { product, quantity, net: net.map(|net| sign * net * 100) }
        };
        Content { hours, lines: lines.into_iter().map(line).collect(), total: total.map(|t| t * 50), currency }
    }
}

prop_compose! {
    fn told()(
        what in prop::sample::select(vec![
            What::Placed, What::Placed, What::Placed, What::Placed, What::Cancelled, What::Returned, What::Amended,
        ]),
        (order, recorded_day) in (0..36_u64, 0..400_i64),
        content in content(),
        corrected in prop::option::weighted(0.3, (1..300_i64, prop::option::weighted(0.7, content()))),
        nobody in prop::bool::weighted(0.05),
    ) -> Told {
        Told {
            what,
            order,
            // An order is of one customer.
            customer: if nobody { 0 } else { order % 9 },
            recorded_day,
            corrected: corrected.map(|(later, content)| (recorded_day + later, content)),
            content,
        }
    }
}

prop_compose! {
    pub fn worlds()(
        told in prop::collection::vec(told(), 0..70),
        merges in prop::collection::hash_map(5..9_u64, 1..5_u64, 0..3),
        (occurred, recorded) in (24 * 200..24 * 720_i64, 100..700_i64),
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        (by, every, seed) in (0..=2_i32, 0..=3_i32, any::<u64>()),
        measures in prop::sample::select(vec![vec![], vec![0], vec![1], vec![2, 4], vec![3], vec![4], vec![1, 2, 3]]),
        definitions in (prop::option::of(0..2_usize), prop::option::of(0..2_usize), prop::option::of(0..1_usize)),
        currency in prop::sample::select(vec!["", "", "", "EUR"]),
    ) -> World {
        World {
            told,
            merges,
            definitions: [definitions.0, definitions.1, definitions.2],
            request: v1::ClassesRequest {
                by,
                every,
                measures,
                period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
                period_to: period.1.and_then(|day| proto(hours(day * 24))),
                currency: currency.to_owned(),
                ..v1::ClassesRequest::default()
            },
            as_of: AsOf { occurred_until: hours(occurred), recorded_until: Timestamp::from_micros(hours(0).as_micros() + recorded * DAY) },
            seed,
        }
    }
}
