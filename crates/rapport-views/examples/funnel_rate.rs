//! Prints how fast the funnel takes deals: `cargo run --release -p rapport-views --example funnel_rate [DEALS]`.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::time::{Duration, Instant};

use rapport_model::{Position, Timestamp};
use rapport_proto::{v1, v1::FunnelMeasure};
use rapport_views::{
    answers::{
        AnswerError, AsOf,
        funnel::{FunnelBuilder, FunnelParams},
    },
    rows::{DealCause, DealHistory, DealSpan, DealStatus, Identity, ObjectId, Symbol, Symbols},
};

const SPANS: u64 = 6;
const DEALS_A_CHUNK: usize = 20_000;
const HOUR: i64 = 3_600_000_000;
const STAGES: [&str; 7] = ["new", "qualified", "needs", "offer", "talk", "contract", "signed"];

fn main() -> Result<(), AnswerError> {
    let deals = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let only = |measure: FunnelMeasure| vec![i32::from(measure)];
    for (name, measures) in [
        ("all measures", Vec::new()),
        ("snapshot", only(FunnelMeasure::Snapshot)),
        ("conversion", only(FunnelMeasure::Conversion)),
        ("balance", only(FunnelMeasure::Balance)),
        ("time in stage", only(FunnelMeasure::TimeInStage)),
        ("outcomes", only(FunnelMeasure::Outcomes)),
    ] {
        let (taking, finishing) = measure(deals, measures)?;
        let rate = (deals * SPANS) as f64 / (taking + finishing).as_secs_f64() / 1e6;
        println!("{name:14} {rate:6.1} M spans/s   taking {taking:>9.3?}   finishing {finishing:>9.3?}");
    }
    Ok(())
}

/// The time for taking the deals, without that for making them, and for finishing.
fn measure(deals: u64, measures: Vec<i32>) -> Result<(Duration, Duration), AnswerError> {
    let mut symbols = Symbols::new();
    for text in STAGES.into_iter().chain(["EUR", "default", "price"]) {
        symbols.intern(text);
    }
    let identity = Identity::default();
    let until = Timestamp::from_micros(1_500 * HOUR);
    let request = v1::FunnelRequest { measures, ..v1::FunnelRequest::default() };
    let params = FunnelParams::from_request(&request, AsOf { occurred_until: until, recorded_until: until })?;
    let mut builder = FunnelBuilder::new(params, &symbols, &identity, &[], None)?;
    let mut taking = Duration::ZERO;
    let mut random = 0x9E37_79B9_7F4A_7C15;
    let mut ids = 0..deals;
    while !ids.is_empty() {
        let chunk: Vec<_> =
            ids.by_ref().take(DEALS_A_CHUNK).map(|id| deal(id, &symbols, &mut random)).collect();
        let start = Instant::now();
        chunk.iter().for_each(|deal| builder.deal(deal));
        taking += start.elapsed();
    }
    let start = Instant::now();
    let answer = builder.finish()?;
    let finishing = start.elapsed();
    assert_eq!(answer.response.pipelines.len(), 1);
    Ok((taking, finishing))
}

/// A deal of six spans that goes on, skips and comes back, and ends or not.
fn deal(id: u64, symbols: &Symbols, random: &mut u64) -> DealHistory {
    let symbol = |text: &str| symbols.get(text).unwrap_or_default();
    let mut draw = |below: u64| {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*random >> 33) % below
    };
    let mut at = i64::try_from(draw(1_000)).unwrap_or(0) * HOUR;
    let mut stage = 0_usize;
    let mut spans: Vec<DealSpan> = Vec::new();
    for seq in 0..SPANS {
        let ends = seq == SPANS - 1;
        let (cause, status) = match (seq, ends.then(|| draw(3))) {
            (0, _) => (DealCause::Opened, DealStatus::Open),
            (_, Some(0)) => (DealCause::Won, DealStatus::Won),
            (_, Some(1)) => (DealCause::Lost, DealStatus::Lost),
            (_, _) => (DealCause::Moved, DealStatus::Open),
        };
        if cause == DealCause::Moved {
            stage = if draw(10) == 0 { stage.saturating_sub(1) } else { (stage + 1).min(STAGES.len() - 1) };
        }
        if let Some(last) = spans.last_mut() {
            last.valid_to = Timestamp::from_micros(at);
        }
        spans.push(DealSpan {
            seq: u32::try_from(seq).unwrap_or(0),
            position: Position(id * SPANS + seq + 1),
            cause,
            stage: STAGES.get(stage).map_or(Symbol(0), |code| symbol(code)),
            status,
            amount_minor_units: i64::try_from(draw(1_000_000)).unwrap_or(0),
            currency: symbol("EUR"),
            reason: if status == DealStatus::Lost { symbol("price") } else { Symbol(0) },
            valid_from: Timestamp::from_micros(at),
            valid_to: Timestamp::MAX,
        });
        at += i64::try_from(draw(100_000_000)).unwrap_or(0) * 3_600;
    }
    let (deal, customer) = (ObjectId(id), ObjectId(id / 5));
    DealHistory { deal, customer, pipeline: symbol("default"), spans, competitors: Vec::new() }
}
