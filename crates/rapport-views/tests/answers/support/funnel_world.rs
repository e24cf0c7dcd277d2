//! Random deals, and questions about them.

use std::collections::HashMap;

use proptest::prelude::*;
use rapport_model::{Position, Timestamp};
use rapport_proto::{json, v1};
use rapport_views::{
    answers::{
        AnswerError, AsOf, FigureHit,
        funnel::{FunnelBuilder, FunnelParams},
    },
    rows::{
        CompetitorRow, DealHistory, DefinitionRow, Identity, LeadRow, LeadStep, ObjectId, Symbol, Symbols,
    },
};
use serde_json::Value;

use super::{Event, HOUR, Placed, history, proto};

pub(crate) const STAGES: [&str; 5] = ["s0", "a/b", "50%", "s3", "zed"];
pub(crate) const CURRENCIES: [&str; 3] = ["", "EUR", "USD"];
const NAMES: [&str; 3] = ["", "Acme/Co", "price"];
const PIPELINES: [&str; 2] = ["default", "p/2"];
const TAGS: [&str; 4] = ["", "", "lead:a", "deal:b"];

/// Everything an answer is made of.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub symbols: Symbols,
    pub deals: Vec<DealHistory>,
    pub leads: Vec<LeadRow>,
    pub definitions: Vec<DefinitionRow>,
    pub identity: Identity,
    pub request: v1::FunnelRequest,
    pub as_of: AsOf,
}

impl World {
    pub(crate) fn answer(
        &self,
        figure: Option<&str>,
    ) -> Result<(v1::FunnelResponse, Vec<FigureHit>), AnswerError> {
        let params = FunnelParams::from_request(&self.request, self.as_of)?;
        let mut builder =
            FunnelBuilder::new(params, &self.symbols, &self.identity, &self.definitions, figure)?;
        self.deals.iter().for_each(|deal| builder.deal(deal));
        self.leads.iter().for_each(|lead| builder.lead(lead));
        builder.finish().map(|answer| (answer.response, answer.objects))
    }

    pub(crate) fn json(&self) -> Value {
        json::to_json("rapport.v1.FunnelResponse", &self.answer(None).unwrap().0).unwrap()
    }
}

/// An event as it is drawn: kind, stage, hours after the one before, amount, currency, reason.
type Draw = (u8, usize, i64, Option<i64>, usize, usize);

/// Some of which a few add up to more than 64 bits, on either side of zero.
fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -50..400_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => Just(0)]
}

/// A deal as it is drawn: pipeline, customer, events, competitors.
type DrawnDeal = (usize, u64, Vec<Draw>, Vec<usize>);

prop_compose! {
    fn drawn_deals()(
        deals in prop::collection::vec(
            (
                0..2_usize,
                0..5_u64,
                prop::collection::vec(
                    (0..9_u8, 0..STAGES.len(), 0..4_i64, prop::option::of(amounts()), 0..3_usize, 0..3_usize),
                    1..8,
                ),
                prop::collection::vec(0..3_usize, 0..3),
            ),
            0..25,
        ),
    ) -> Vec<DrawnDeal> { deals }
}

prop_compose! {
    /// A world at a moment in its middle, and a question with or without a period, a cohort and definitions.
    pub fn worlds()(
        deals in drawn_deals(),
        leads in prop::collection::vec((0..6_u64, 0..5_u8, 0..30_i64, 0..TAGS.len()), 0..20),
        // A step that no event of the ledger is: 5 is none.
        unused in 0..12_u8,
        merges in prop::collection::vec((3..6_u64, 1..3_u64), 0..3),
        defined in prop::option::of((1..=STAGES.len(), prop::collection::vec(prop::option::of(0..=100_u32), STAGES.len()))),
        until in 0..26_i64,
        period in (prop::option::of(0..12_i64), prop::option::of(12..30_i64)),
        cohort in prop::option::of((0..10_i64, 1..10_i64, 0..12_i64)),
        pipeline in prop::option::weighted(0.2, Just(())),
    ) -> World {
        let mut symbols = Symbols::new();
        // Stages are known in another order than that of their numbers.
        for text in STAGES.iter().rev().chain(&CURRENCIES).chain(&NAMES).chain(&PIPELINES) {
            symbols.intern(text);
        }
        let as_of = AsOf { occurred_until: hours(until), recorded_until: Timestamp::from_micros(77 * HOUR) };
        let many = deals.len() as u64;
        let deals: Vec<_> = deals.iter().zip(0..).filter_map(|(deal, id)| place(deal, id, many, &symbols, as_of.occurred_until)).collect();
        let leads = leads.iter().zip(10_000..).filter(|((_, step, ..), _)| *step != unused).map(|(lead, position)| lead_row(*lead, position)).filter(|lead| lead.occurred_at <= as_of.occurred_until).collect();
        let definitions: Vec<_> = defined.into_iter().map(|(count, probabilities)| definition(count, &probabilities)).collect();
        let canonical: HashMap<_, _> = merges.into_iter().map(|(from, to)| (ObjectId(from), ObjectId(to))).collect();
        let moment = |hour: Option<i64>| hour.and_then(|hour| proto(hours(hour)));
        let request = v1::FunnelRequest {
            pipeline: pipeline.map(|()| "default".to_owned()).filter(|_| !defined_nothing(&deals, &definitions, &symbols)).unwrap_or_default(),
            period_from: moment(period.0),
            period_to: moment(period.1),
            cohort: cohort.map(|(from, length, window)| v1::funnel_request::Cohort {
                from: moment(Some(from)),
                to: moment(Some(from + length)),
                window: Some(rapport_proto::time::duration_to_proto(window * HOUR)),
            }),
            ..v1::FunnelRequest::default()
        };
        World { symbols, deals, leads, definitions, identity: Identity::new(canonical, HashMap::new()), request, as_of }
    }
}

/// Whether there is no pipeline `default` to ask for.
fn defined_nothing(deals: &[DealHistory], definitions: &[DefinitionRow], symbols: &Symbols) -> bool {
    definitions.is_empty() && deals.iter().all(|deal| symbols.text(deal.pipeline) != "default")
}

pub(crate) fn hours(hours: i64) -> Timestamp {
    Timestamp::from_micros(hours * HOUR)
}

/// What of a deal had happened by then. Positions of different deals interleave.
fn place(drawn: &DrawnDeal, id: u64, many: u64, symbols: &Symbols, until: Timestamp) -> Option<DealHistory> {
    let (pipeline, customer, draws, competitors) = drawn;
    let symbol = |text: &str| symbols.get(text).unwrap();
    let mut hour = i64::try_from(id % 7).unwrap();
    let mut events = Vec::new();
    for (at, (kind, stage, wait, amount, currency, reason)) in draws.iter().enumerate() {
        hour += wait;
        let stage = symbol(STAGES[*stage]);
        let event = match kind {
            0 => Event::Opened(stage),
            1..=4 => Event::Moved(stage),
            5 => Event::Terms,
            6 => Event::Won(None),
            7 => Event::Lost(None, symbol(NAMES[*reason])),
            _ => Event::Won(Some(stage)),
        };
        let amount =
            amount.map(|amount| (if *currency == 0 { 0 } else { amount }, symbol(CURRENCIES[*currency])));
        events.push(Placed { at: hours(hour), position: 1 + id + many * at as u64, event, amount });
    }
    events.retain(|event| event.at <= until);
    let last = events.last()?;
    let competitors = competitors.iter().map(|name| CompetitorRow {
        deal: ObjectId(id),
        competitor: symbol(NAMES[*name]),
        position: Position(last.position),
        occurred_at: last.at,
    });
    let competitors = competitors.collect();
    Some(DealHistory { competitors, ..history(id, *customer, symbol(PIPELINES[*pipeline]), &events) })
}

fn lead_row((customer, step, hour, tag): (u64, u8, i64, usize), position: u64) -> LeadRow {
    let step = match step {
        0 => LeadStep::Captured,
        1 => LeadStep::Opened,
        2 => LeadStep::Accepted,
        3 => LeadStep::Rejected,
        _ => LeadStep::Converted,
    };
    LeadRow {
        customer: ObjectId(customer),
        lead: TAGS[tag].to_owned(),
        position: Position(position),
        occurred_at: hours(hour),
        step,
    }
}

/// Of the first pipeline: so many stages, the last first, with probabilities in hundredths.
fn definition(count: usize, probabilities: &[Option<u32>]) -> DefinitionRow {
    let stages: Vec<_> = STAGES.iter().rev().take(count).zip(probabilities).map(stage_json).collect();
    DefinitionRow {
        kind: "pipeline".to_owned(),
        code: PIPELINES[0].to_owned(),
        version: 3,
        effective_from: Timestamp::MIN,
        occurred_at: Timestamp::MIN,
        position: Position(9_999),
        body: serde_json::json!({ "stages": stages }).to_string(),
    }
}

fn stage_json((code, hundredths): (&&str, &Option<u32>)) -> Value {
    match hundredths {
        Some(hundredths) => {
            serde_json::json!({ "code": code, "name": "named", "probability": f64::from(*hundredths) / 100.0 })
        }
        None => serde_json::json!({ "code": code }),
    }
}

/// The stages of the definition of a pipeline with their hundredths, as drawn.
pub(crate) fn defined_stages(world: &World, pipeline: &str) -> Vec<(String, Option<i128>)> {
    let Some(row) = world.definitions.iter().find(|row| row.code == pipeline) else { return Vec::new() };
    let body: Value = serde_json::from_str(&row.body).unwrap();
    let hundredths =
        |stage: &Value| stage.get("probability").and_then(Value::as_f64).map(|p| (p * 100.0).round() as i128);
    let stages = body["stages"].as_array().unwrap().iter();
    stages.map(|stage| (stage["code"].as_str().unwrap().to_owned(), hundredths(stage))).collect()
}

/// The text of a symbol.
pub(crate) fn text(world: &World, symbol: Symbol) -> String {
    world.symbols.text(symbol).to_owned()
}
