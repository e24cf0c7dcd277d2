//! Orders as events with corrections, cancellations and merges; what a store makes of them; and questions.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use rapport_model::{Position, Timestamp};
use rapport_proto::{
    event_ref::EventRef,
    json,
    v1::{self, order_changed, payload::Kind},
};
use rapport_views::{
    answers::{AnswerError, Answered, AsOf},
    model::classes::{ClassesBuilder, ClassesParams, Object, Purchases},
    projection::{
        Believed,
        belief::{Adjustment, Belief, Effect, believed_at},
        purchase::PURCHASES,
    },
    rows::{DefinitionRow, Identity, ObjectId, PurchaseLine, PurchaseOp, Symbols},
    table::{Beginning, Cell, Dictionary, Numbers, Out, Row as _, Table},
};
use serde_json::Value;

use super::{DAY, HOUR, proto};

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

/// 2025-01-01T00:00Z.
const BEGIN: i64 = 1_735_689_600_000_000;

pub(crate) fn hours(hours: i64) -> Timestamp {
    Timestamp::from_micros(BEGIN + hours * HOUR)
}

pub(crate) fn zone() -> TimeZone {
    TimeZone::get("Europe/Riga").unwrap()
}

/// Numbers and names are ordered differently.
pub(crate) fn party(id: ObjectId) -> String {
    format!("c{}", 100 - id.0)
}

/// Numbers that are names.
struct Numbered<'a>(&'a mut Symbols);

impl Numbers for Numbered<'_> {
    fn name(&mut self, of: Dictionary, name: &str) -> ObjectId {
        let first = if of == Dictionary::Order { 1_000 } else { 0 };
        ObjectId(if name.is_empty() { 0 } else { first + name.parse::<u64>().unwrap() })
    }

    fn symbols(&mut self) -> &mut Symbols {
        self.0
    }
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
    /// The rows that a store has at (T, K), in any order.
    fn lines(&self, symbols: &mut Symbols) -> Vec<PurchaseLine> {
        let mut lines = Vec::new();
        for (told, nth) in self.told.iter().zip(1_u64..) {
            if hours(told.recorded_day * 24) > self.as_of.recorded_until {
                continue;
            }
            let position = Position(nth);
            let recorded = Belief {
                occurred_at: hours(told.content.hours),
                kind: Some(told.content.kind(told.what, told.order)),
                retracted: false,
            };
            let adjustment = told.corrected.as_ref().map(|(day, content)| Adjustment {
                position: Position(1_000 + nth),
                target: position,
                recorded_at: hours(day * 24),
                effect: content.as_ref().map_or(Effect::Retract, |content| Effect::Correct {
                    replacement: Some(Box::new(content.kind(told.what, told.order))),
                    occurred_at: Some(hours(content.hours)),
                }),
            });
            let adjustments: Vec<_> = adjustment.into_iter().collect();
            let (belief, _) = believed_at(position, &recorded, &adjustments, self.as_of.recorded_until);
            if belief.retracted || belief.occurred_at > self.as_of.occurred_until {
                continue;
            }
            let customer = if told.customer == 0 { String::new() } else { told.customer.to_string() };
            let event = v1::RecordedEvent { position: nth, customer, ..v1::RecordedEvent::default() };
            let event = EventRef::from(&event);
            let kind = belief.kind.unwrap();
            let believed = Believed { event: &event, occurred_at: belief.occurred_at, kind: &kind };
            let beginning = Beginning { position: believed.position(), at: believed.occurred_at };
            let mut put =
                |_: &'static Table, cells: &[Cell]| lines.push(PurchaseLine::of(&beginning, cells).unwrap());
            (PURCHASES.rows)(&believed, &mut Out::new(&mut Numbered(symbols), &mut put, &mut Vec::new()));
        }
        self.shuffle(&mut lines, |line| line.position.0 * 16 + u64::from(line.line));
        lines
    }

    fn shuffle<T>(&self, rows: &mut [T], number: impl Fn(&T) -> u64) {
        rows.sort_by_key(|row| (number(row) ^ self.seed).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }

    pub(crate) fn definition_rows(&self) -> Vec<DefinitionRow> {
        let code = if self.request.by == 2 { "product" } else { "customer" };
        let row = |kind: &str, code: &str, body: &str| DefinitionRow {
            kind: kind.to_owned(),
            code: code.to_owned(),
            version: 3,
            effective_from: Timestamp::MIN,
            occurred_at: Timestamp::MIN,
            position: Position(1),
            body: body.to_owned(),
        };
        let [abc, xyz, rfm] = self.definitions;
        // What is not read: another code, and another kind.
        let mut rows = vec![row("abc", "default", "{\"a\": 1}"), row("pipeline", code, "{}")];
        rows.extend(abc.map(|nth| row("abc", code, ABC[nth].0)));
        rows.extend(xyz.map(|nth| row("xyz", code, XYZ[nth].0)));
        rows.extend(rfm.map(|nth| row("rfm", code, RFM[nth].0)));
        rows
    }

    /// Answers as a server does with a store: groups first, then what is small.
    pub(crate) fn ask(
        &self,
        figure: Option<&str>,
        skip: usize,
    ) -> Result<Answered<v1::ClassesResponse>, AnswerError> {
        let mut symbols = Symbols::new();
        for text in PRODUCTS.iter().chain(&["EUR", "USD"]) {
            symbols.intern(text);
        }
        let lines = self.lines(&mut symbols);
        let merges = self.merges.iter().map(|(from, to)| (ObjectId(*from), ObjectId(*to)));
        let identity = Identity::new(merges.collect(), HashMap::new());
        let params = ClassesParams::from_request(&self.request, self.as_of, zone())?;
        let mut builder =
            ClassesBuilder::new(params.clone(), &symbols, &identity, &self.definition_rows(), figure)?;
        let (from, to) = params.window();
        let object = |line: &PurchaseLine| {
            if params.by_product() { Object::Product(line.product) } else { Object::Party(line.customer) }
        };
        let inside = |line: &&PurchaseLine| line.occurred_at >= from && line.occurred_at < to;
        let in_window: Vec<_> = lines.iter().filter(inside).collect();
        let cancelled = lines.iter().filter(|line| line.op == PurchaseOp::Cancelled);
        let cancelled: HashSet<_> = cancelled.map(|line| line.order).collect();
        in_window
            .iter()
            .filter(|line| cancelled.contains(&line.order))
            .for_each(|line| builder.cancelled(line));
        for row in self.grouped(&in_window, object, |_| None) {
            builder.purchases(&row);
        }
        if let Some(periods) = params.periods() {
            for row in self.grouped(&in_window, object, |line| Some(periods.start_of(line.occurred_at))) {
                builder.purchases(&row);
            }
        }
        let unsettled = builder.unsettled();
        in_window
            .iter()
            .filter(|line| unsettled.contains(&object(line)))
            .for_each(|line| builder.again(line));
        let mut classified = builder.classify(skip, |id| Ok::<_, AnswerError>(party(id)))?;
        if figure.is_some() {
            lines.iter().for_each(|line| classified.evidence(line));
        }
        classified.finish()
    }

    /// `GROUP BY`, of purchases and of value apart.
    fn grouped(
        &self,
        lines: &[&PurchaseLine],
        object: impl Fn(&PurchaseLine) -> Object,
        period: impl Fn(&PurchaseLine) -> Option<Timestamp>,
    ) -> Vec<Purchases> {
        let mut placed: HashMap<_, (HashSet<ObjectId>, Option<Timestamp>)> = HashMap::new();
        let mut value: HashMap<_, i128> = HashMap::new();
        for line in lines.iter().filter(|line| line.op != PurchaseOp::Cancelled) {
            let key = (object(line), line.currency, period(line));
            if line.op == PurchaseOp::Placed {
                let (orders, last) = placed.entry(key).or_default();
                orders.insert(line.order);
                *last = (*last).max(Some(line.occurred_at));
            }
            *value.entry(key).or_default() += i128::from(line.net_minor_units);
        }
        let none = |(object, currency, period)| Purchases {
            object,
            currency,
            period,
            orders: 0,
            net_minor_units: 0,
            last: None,
        };
        let placed = placed.into_iter();
        let placed =
            placed.map(|(key, (orders, last))| Purchases { orders: orders.len() as u64, last, ..none(key) });
        let value =
            value.into_iter().map(|(key, net_minor_units)| Purchases { net_minor_units, ..none(key) });
        let mut rows: Vec<_> = placed.chain(value).collect();
        self.shuffle(&mut rows, |row| row.orders + row.net_minor_units as u64);
        rows
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
            as_of: AsOf { occurred_until: hours(occurred), recorded_until: Timestamp::from_micros(BEGIN + recorded * DAY) },
            seed,
        }
    }
}
