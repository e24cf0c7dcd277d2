//! The sales funnel over many deals, now and as of any two moments.

use std::time::Instant;

use fastrand::Rng;
use prost::Message;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{
        AppendRequest, DealOpened, DealStageChanged, DealWon, DefinitionPublished, Event, FunnelMeasure,
        FunnelRequest, Money, Payload, ReadAllRequest, RecordedEvent, StreamAppend, ViewTime, payload::Kind,
    },
};
use uuid::Uuid;

use super::{
    fill,
    row::{Row, Run, Times},
    setting::{Bench, Subject},
};
use crate::{demo::wait_for_views, failure::Refused};

/// Moves of a deal; the last one is a win for every third deal.
const MOVES: u64 = 5;
/// Events of a deal.
const EVENTS: u64 = MOVES + 1;
/// Deals a request.
const DEALS_A_REQUEST: u64 = 80;
/// The deals are spread over two years before this moment, in microseconds: 2026-01-01.
const END: i64 = 1_767_225_600_000_000;
const TWO_YEARS: i64 = 730 * 86_400_000_000;
/// Between two moves of a deal.
const STEP: i64 = 9 * 86_400_000_000;

/// Fills a ledger with deals and asks for the funnel.
///
/// # Errors
/// The server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let args = &bench.args;
    let subject = bench.subject().await?;
    let deals = args.deals;
    if args.definition {
        let append = StreamAppend {
            stream: "pipelines".to_owned(),
            expected_revision: None,
            events: vec![definition()],
        };
        let request = AppendRequest { appends: vec![append], ..AppendRequest::default() };
        fill::append(&subject, std::iter::once(request), 1).await?;
    }
    let requests = (0..deals.div_ceil(DEALS_A_REQUEST)).map(move |number| {
        let first = number * DEALS_A_REQUEST;
        let events = |deal| StreamAppend {
            stream: format!("deal-{deal}"),
            expected_revision: None,
            events: moves(deal),
        };
        let appends = (first..deals.min(first + DEALS_A_REQUEST)).map(events).collect();
        AppendRequest { appends, ..AppendRequest::default() }
    });
    fill::append(&subject, requests, deals * EVENTS).await?;
    wait_for_views(&subject.client, subject.head().await?).await?;
    let recorded = recorded_interval(&subject).await?;

    let snapshot = vec![FunnelMeasure::Snapshot.into()];
    let now = |_: &mut Rng| None;
    let any = move |rng: &mut Rng| {
        let moment = |micros| Some(time::to_proto(Timestamp::from_micros(micros)));
        Some(ViewTime {
            occurred_until: moment(rng.i64(END - TWO_YEARS..END)),
            recorded_until: moment(rng.i64(recorded.0..=recorded.1)),
            ..ViewTime::default()
        })
    };
    for (what, measures, all_now) in [
        ("snapshot, now", snapshot.clone(), true),
        ("snapshot, any (T, K)", snapshot, false),
        ("all measures, now", Vec::new(), true),
        ("all measures, any (T, K)", Vec::new(), false),
    ] {
        let runs = if all_now {
            ask(bench, &subject, &measures, now).await?
        } else {
            ask(bench, &subject, &measures, any).await?
        };
        bench.print(&Row {
            work: "funnel",
            what: what.to_owned(),
            unit: "answers",
            runs,
            notes: vec![
                ("deals", deals.to_string()),
                ("moves", (deals * MOVES).to_string()),
                ("definition", if args.definition { "published" } else { "none" }.to_owned()),
            ],
            ..Row::default()
        })?;
    }
    subject.stop().await
}

/// A fiftieth of the questions that single rows get: all measures look at every deal.
async fn ask(
    bench: &Bench,
    subject: &Subject,
    measures: &[i32],
    as_of: impl Fn(&mut Rng) -> Option<ViewTime>,
) -> anyhow::Result<Vec<Run>> {
    let mut rng = Rng::with_seed(1);
    let mut views = subject.client.views();
    let questions = (bench.args.questions / 50).max(1);
    let mut runs = Vec::new();
    for _ in 0..bench.args.runs {
        let mut times = Times::new()?;
        let begun = Instant::now();
        for _ in 0..questions {
            let request = FunnelRequest {
                time: as_of(&mut rng),
                measures: measures.to_vec(),
                ..FunnelRequest::default()
            };
            let asked = Instant::now();
            views.funnel(request).await.map_err(Refused::from)?;
            times.add(asked.elapsed());
        }
        runs.push(Run::new(questions, begun.elapsed(), &times));
    }
    Ok(runs)
}

/// When the first and the last event were recorded.
async fn recorded_interval(subject: &Subject) -> anyhow::Result<(i64, i64)> {
    let head = subject.client.head().await?;
    let request = ReadAllRequest { limit: 1, ..ReadAllRequest::default() };
    let mut answers = subject.client.ledger().read_all(request).await.map_err(Refused::from)?.into_inner();
    let answer = answers.message().await.map_err(Refused::from)?.unwrap_or_default();
    let first = answer.events.into_iter().next().map(RecordedEvent::decode).transpose()?.unwrap_or_default();
    let micros = |moment: Option<prost_types::Timestamp>| {
        moment.as_ref().and_then(time::from_proto).map_or(0, Timestamp::as_micros)
    };
    let (first, last) = (micros(first.recorded_at), micros(head.recorded_at));
    Ok((first, last.max(first)))
}

/// The pipeline's stages, each with its probability, in effect before every deal.
fn definition() -> Event {
    let stages: Vec<String> = (0..=MOVES)
        .map(|stage| format!(r#"{{"code": "stage-{stage}", "probability": 0.{}}}"#, stage + 1))
        .collect();
    let published = DefinitionPublished {
        kind: "pipeline".to_owned(),
        code: "default".to_owned(),
        version: 1,
        effective_from: Some(time::to_proto(Timestamp::from_micros(END - 2 * TWO_YEARS))),
        body: format!(r#"{{"stages": [{}]}}"#, stages.join(", ")),
        ..DefinitionPublished::default()
    };
    Event {
        id: Uuid::new_v4().hyphenated().to_string(),
        occurred_at: Some(time::to_proto(Timestamp::from_micros(END - 2 * TWO_YEARS))),
        payload: Payload { kind: Some(Kind::DefinitionPublished(published)) }.encode_to_vec().into(),
        ..Event::default()
    }
}

/// One deal, opened and moved five times.
fn moves(deal: u64) -> Vec<Event> {
    let deal_id = deal.to_string();
    let amount = Money {
        minor_units: i64::try_from(deal % 9_973).unwrap_or(0) * 100 + 100,
        currency: "EUR".to_owned(),
    };
    let place = deal.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 1;
    let opened_at = END - TWO_YEARS + i64::try_from(place).unwrap_or(0) % TWO_YEARS;
    let mut kinds = vec![Kind::DealOpened(DealOpened {
        deal_id: deal_id.clone(),
        stage: "stage-0".to_owned(),
        amount: Some(amount.clone()),
        ..DealOpened::default()
    })];
    for step in 1..=MOVES {
        let won = step == MOVES && deal.is_multiple_of(3);
        kinds.push(if won {
            Kind::DealWon(DealWon {
                deal_id: deal_id.clone(),
                amount: Some(amount.clone()),
                ..DealWon::default()
            })
        } else {
            Kind::DealStageChanged(DealStageChanged {
                deal_id: deal_id.clone(),
                from: format!("stage-{}", step - 1),
                to: format!("stage-{step}"),
            })
        });
    }
    (0..)
        .zip(kinds)
        .map(|(step, kind)| Event {
            id: Uuid::new_v4().hyphenated().to_string(),
            customer: (deal % 100_000).to_string(),
            occurred_at: Some(time::to_proto(Timestamp::from_micros(opened_at + step * STEP))),
            payload: Payload { kind: Some(kind) }.encode_to_vec().into(),
            ..Event::default()
        })
        .collect()
}
