//! How fast views catch up and answer: `cargo run --release -p rapport-store --example rates -- EVENTS [URL]`, in
//! SQLite or in the PostgreSQL database of the URL (schemas `rates_…`, which are dropped first).
//!
//! Synthetic events of the kinds that a sales ledger has, 20 events a customer, a tenth of them late; 40 % are about
//! deals of six events each. Prints events a second by view, and the time of each kind of answer.

#![expect(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "it prints, and its numbers are small"
)]

use std::{
    env,
    error::Error,
    thread,
    time::{Duration, Instant},
};

use prost::Message;
use rapport_model::{EventId, Position, Timestamp};
use rapport_proto::{
    time,
    v1::{self, Payload, RecordedEvent, payload::Kind},
};
use rapport_store::{
    Applied, Chunk, EncodedEvent, EventSource, PartitionBatch, ReadModels, SourceError, Store, View,
    postgres::{PostgresOptions, PostgresStore},
    timeline,
};
use rapport_views::answers::AsOf;

const CHUNK: u64 = 100_000;

/// Any event of the history, computed from its position.
struct Synthetic {
    count: u64,
}

fn mixed(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Synthetic {
    fn at(&self, position: u64) -> RecordedEvent {
        let random = mixed(position);
        let recorded = 1_500_000_000_000_000 + position.cast_signed() * 1_000_000;
        let late = if random.is_multiple_of(10) { (random >> 8) % 1_000_000_000 } else { 0 };
        let customer = random % (self.count / 20).max(1);
        let (name, kind) = self.kind(position, random);
        RecordedEvent {
            id: EventId::from_u128(u128::from(position)).to_string(),
            r#type: name.to_owned(),
            customer: format!("customer-{customer}"),
            tags: vec![format!("agent:{}", random % 50)],
            occurred_at: Some(time::to_proto(Timestamp::from_micros(recorded - late.cast_signed()))),
            recorded_at: Some(time::to_proto(Timestamp::from_micros(recorded))),
            actor: Some(v1::Actor { id: format!("agent-{}", random % 50), ..Default::default() }),
            channel: ["phone", "web", "shop"]
                .map(str::to_owned)
                .into_iter()
                .nth((random % 3) as usize)
                .unwrap_or_default(),
            payload: Payload { kind: Some(kind) }.encode_to_vec().into(),
            position,
            ..Default::default()
        }
    }

    fn encoded(&self, position: u64) -> EncodedEvent {
        EncodedEvent::new(Position(position), self.at(position).encode_to_vec().into())
    }

    /// Of ten events four are about deals, four are touches, one is a note and one an answer.
    fn kind(&self, position: u64, random: u64) -> (&'static str, Kind) {
        let ordinal = position / 10 * 4 + position % 10;
        // Six events of one deal, some thousands of events apart.
        let (block, place) = (ordinal / 6000, ordinal % 6000);
        let deal_id = format!("deal-{}", block * 1000 + place % 1000);
        match (position % 10, place / 1000) {
            (0..=3, 0) => {
                let amount = Some(v1::Money {
                    minor_units: (random % 100_000).cast_signed(),
                    currency: "EUR".to_owned(),
                });
                let opened =
                    v1::DealOpened { deal_id, stage: "stage-0".to_owned(), amount, ..Default::default() };
                ("deal.opened", Kind::DealOpened(opened))
            }
            (0..=3, 5) if random.is_multiple_of(2) => {
                ("deal.won", Kind::DealWon(v1::DealWon { deal_id, ..Default::default() }))
            }
            (0..=3, step) => {
                let to = format!("stage-{step}");
                (
                    "deal.stage_changed",
                    Kind::DealStageChanged(v1::DealStageChanged { deal_id, to, ..Default::default() }),
                )
            }
            (4..=7, _) => {
                let personal = Some(v1::touch_call_logged::Personal {
                    summary: "spoke of the offer and of delivery".to_owned(),
                });
                let call = v1::TouchCallLogged { direction: 2, outcome: 1, personal, ..Default::default() };
                ("touch.call_logged", Kind::TouchCallLogged(call))
            }
            (8, _) => ("note.recorded", Kind::NoteRecorded(v1::NoteRecorded::default())),
            _ => {
                let scale = Some(v1::Scale { min: 0.0, max: 10.0, better: 1 });
                let value = (random % 11) as f64;
                let answer = v1::SurveyAnswered {
                    survey_id: "S".to_owned(),
                    instrument: 1,
                    scale,
                    value,
                    ..Default::default()
                };
                ("survey.answered", Kind::SurveyAnswered(answer))
            }
        }
    }
}

impl EventSource for Synthetic {
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(Some(self.at(position.0)))
    }

    fn event_by_id(&self, id: &str) -> Result<Option<RecordedEvent>, SourceError> {
        let position = u64::try_from(id.parse::<EventId>()?.as_u128())?;
        Ok(Some(self.at(position)))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let count: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let source = Synthetic { count };
    if let Some(url) = arguments.next() {
        return postgres(count, &source, &url);
    }
    let dir = tempfile::tempdir()?;
    let store = Store::open(dir.path())?;

    for view in View::ALL {
        let alone = Store::open(dir.path().join(view.name()))?;
        let rebuild = alone.rebuild(&[view])?;
        let mut spent =
            feed(count, &source, |chunk| Ok(rebuild.catch_up([chunk].into_iter(), &source).map(drop)?))?;
        let start = Instant::now();
        rebuild.finish()?;
        spent += start.elapsed();
        report(view.name(), count, spent);
    }
    let spent = feed(count, &source, |chunk| Ok(store.catch_up([chunk].into_iter(), &source).map(drop)?))?;
    report("all views", count, spent);
    let bytes: u64 = std::fs::read_dir(dir.path())?
        .flatten()
        .flat_map(|file| file.metadata())
        .map(|file| file.len())
        .sum();
    println!("{:<40} {:>12.1} MB", "files", bytes as f64 / 1e6);

    answers(&store, count, &source)?;
    let mut applied = Vec::new();
    for position in count + 1..=count + 1_000 {
        let event = source.encoded(position);
        let start = Instant::now();
        store.apply(&[event], &source)?;
        applied.push(start.elapsed());
    }
    percentiles("one event, applied and readable", &mut applied);
    Ok(())
}

/// Events in one transaction of PostgreSQL while catching up.
const BATCH: u64 = 20_000;

fn postgres(count: u64, source: &Synthetic, url: &str) -> Result<(), Box<dyn Error>> {
    let options = PostgresOptions { schema_prefix: "rates".to_owned(), ..PostgresOptions::new(url) };
    let mut client = url.parse::<postgres::Config>()?.connect(postgres::NoTls)?;
    for view in View::ALL {
        client.batch_execute(&format!("DROP SCHEMA IF EXISTS rates_{} CASCADE", view.name()))?;
    }
    let store = PostgresStore::open(&options)?;
    let batches: Vec<_> = (1..=count)
        .step_by(BATCH as usize)
        .map(|first| batch(source, first, count.min(first + BATCH - 1)))
        .collect();
    let begun = Instant::now();
    thread::scope(|scope| {
        let work: Vec<_> = View::ALL
            .map(|view| {
                let (store, batches) = (&store, &batches);
                scope.spawn(move || {
                    let start = Instant::now();
                    let applied = batches.iter().try_for_each(|batch| apply(store, view, batch));
                    (view, start.elapsed(), applied.map_err(|error| error.to_string()))
                })
            })
            .into();
        for thread in work {
            let (view, spent, applied) = thread.join().map_err(|_| "a thread panicked")?;
            applied?;
            report(view.name(), count, spent);
        }
        Ok::<_, Box<dyn Error>>(())
    })?;
    report("all views", count, begun.elapsed());
    client.batch_execute("VACUUM ANALYZE")?;
    for size in [1, 50] {
        let mut applied = Vec::new();
        for first in (0..200).map(|turn| count + size * 1_000 + turn * size) {
            let mut batch = batch(source, first, first + size - 1);
            batch.from_offset = store.checkpoints(View::Funnel)?.first().map_or(0, |held| held.next_offset);
            batch.next_offset = batch.from_offset + size.cast_signed();
            let start = Instant::now();
            for view in View::ALL {
                apply(&store, view, &batch)?;
            }
            applied.push(start.elapsed());
        }
        percentiles(&format!("{size} events, applied and readable"), &mut applied);
    }
    answers(&store, count, source)
}

fn batch(source: &Synthetic, first: u64, last: u64) -> PartitionBatch {
    PartitionBatch {
        partition: 0,
        epoch: "one".to_owned(),
        from_offset: first.cast_signed() - 1,
        next_offset: last.cast_signed(),
        events: (first..=last).map(|position| source.encoded(position)).collect(),
    }
}

fn apply(store: &PostgresStore, view: View, batch: &PartitionBatch) -> Result<(), Box<dyn Error>> {
    match store.apply(view, std::slice::from_ref(batch))? {
        Applied::Done => Ok(()),
        Applied::Stale { .. } => Err("somebody else writes the same schemas".into()),
    }
}

/// The time that applying takes; making the events is not counted.
fn feed(
    count: u64,
    source: &Synthetic,
    mut apply: impl FnMut(Chunk) -> Result<(), Box<dyn Error>>,
) -> Result<Duration, Box<dyn Error>> {
    let mut spent = Duration::ZERO;
    let mut position = 1;
    while position <= count {
        let last = count.min(position + CHUNK - 1);
        let events = (position..=last).map(|position| source.encoded(position)).collect();
        let start = Instant::now();
        apply(Ok(events))?;
        spent += start.elapsed();
        position += CHUNK;
    }
    Ok(spent)
}

fn answers(store: &dyn ReadModels, count: u64, source: &Synthetic) -> Result<(), Box<dyn Error>> {
    let past = Timestamp::from_micros(1_500_000_000_000_000 + (count / 2).cast_signed() * 1_000_000);
    let moments = [
        ("now", Timestamp::MAX, Timestamp::MAX),
        ("then, known now", past, Timestamp::MAX),
        ("then, known then", past, past),
    ];
    for (name, until, known) in moments {
        let funnel = store.funnel()?;
        let start = Instant::now();
        let sums = funnel.sums(until, known)?;
        let deals: u64 = sums.open.iter().map(|row| row.deals).sum();
        println!("{:<40} {:>12.2?}  {deals} open deals", format!("open deals {name}"), start.elapsed());
        let start = Instant::now();
        let mut spans = 0;
        let mut deals = 0;
        funnel.deal_histories(until, known, None, &mut |history| {
            deals += 1;
            spans += history.spans.len();
        })?;
        println!(
            "{:<40} {:>12.2?}  {deals} deals, {spans} spans",
            format!("deal histories {name}"),
            start.elapsed()
        );
    }
    let mut pages = Vec::new();
    for number in 0..1_000 {
        let customer = format!("customer-{}", mixed(number) % (count / 20).max(1));
        let request = v1::TimelineRequest { customer, ..Default::default() };
        let start = Instant::now();
        let all = AsOf { occurred_until: Timestamp::MAX, recorded_until: Timestamp::MAX };
        let rows = store.timeline()?;
        timeline(&*rows, rows.own_events().unwrap_or(source), &request, all)?;
        pages.push(start.elapsed());
    }
    percentiles("timeline page", &mut pages);
    Ok(())
}

fn report(what: &str, count: u64, spent: Duration) {
    println!("{what:<40} {:>12.0} events/s", count as f64 / spent.as_secs_f64());
}

fn percentiles(what: &str, all: &mut [Duration]) {
    all.sort_unstable();
    let at = |share: f64| all.get((all.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!("{what:<40} {:>12.2?} p50 {:>12.2?} p99", at(0.5), at(0.99));
}
