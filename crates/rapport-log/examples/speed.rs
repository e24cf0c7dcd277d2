//! Measures the log without gRPC; each line beside what the disk can do.
//!
//! ```text
//! cargo run --release -p rapport-log --example speed -- [EVENTS] [DIRECTORY]
//! ```
//! Events have 300 bytes of payload, a stream and a customer for every 50 events, two tags and a type.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a measurement"
)]

use std::{env, error::Error, fs::File, io::Write, path::Path, time::Instant};

use rapport_log::{Appender, LogOptions, ReadRequest, Reader, open};
use rapport_model::{
    AppendRequest, Direction, EventId, ExpectedRevision, NewEvent, Position, Query, QueryItem, StreamAppend,
    Timestamp,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let events: u64 = env::args().nth(1).map_or(Ok(1_000_000), |events| events.parse())?;
    let parent = env::args().nth(2).unwrap_or_else(|| ".".to_owned());
    let work = tempfile::tempdir_in(&parent)?;
    let mut out = std::io::stdout().lock();
    for batch in [1, 10, 100, 250, 1_000] {
        let events = (batch * 2_000).min(events);
        writeln!(out, "{}", appends(&work.path().join(format!("batch-{batch}")), events, batch)?)?;
    }
    let dir = work.path().join("large");
    writeln!(out, "{}", appends(&dir, events, 250)?)?;
    let began = Instant::now();
    let (log, reader) = open(&dir, LogOptions::default())?;
    writeln!(out, "open {events} events: {:.2} s", began.elapsed().as_secs_f64())?;
    let index = reader.counters().index_bytes;
    writeln!(
        out,
        "index: {:.1} bytes an event; resident: {} MB",
        index as f64 / events as f64,
        resident_mb()?
    )?;
    reads(&mut out, &reader, events)?;
    drop(log);
    Ok(())
}

fn appends(dir: &Path, events: u64, batch: u64) -> Outcome<String> {
    let (mut log, reader) = open(dir, LogOptions::default())?;
    // The making of the requests is not measured.
    let (mut spent, mut next) = (0.0, 0);
    while next < events {
        let requests: Vec<_> = (0..(events - next).div_ceil(batch).min(64))
            .map(|nth| request(next + nth * batch, batch))
            .collect();
        next += batch * requests.len() as u64;
        let began = Instant::now();
        for request in requests {
            commit(&mut log, request)?;
        }
        spent += began.elapsed().as_secs_f64();
    }
    let counters = reader.counters();
    let file = raw(&dir.join("raw"), counters.bytes, counters.blocks)?;
    let rate = counters.events as f64 / spent;
    let flushing = counters.flush_micros as f64 / 1e6 / spent;
    Ok(format!(
        "append {batch} a commit: {rate:.0} events/s, {:.0} µs a commit, {:.0} bytes an event, {:.0} % of it in sled; \
         the same bytes with one fdatasync a block take {:.0} % of the time",
        spent / counters.commits as f64 * 1e6,
        counters.bytes as f64 / counters.events as f64,
        flushing * 100.0,
        file / spent * 100.0,
    ))
}

fn commit(log: &mut Appender, request: AppendRequest) -> Outcome<()> {
    log.commit(&[request], Timestamp::from_micros(1_767_225_600_000_000)).remove(0)?;
    Ok(())
}

/// Seconds that a plain file takes for as many bytes in as many blocks.
fn raw(path: &Path, bytes: u64, blocks: u64) -> Outcome<f64> {
    let block = vec![0x5a; usize::try_from(bytes / blocks)?];
    let mut file = File::create(path)?;
    let began = Instant::now();
    for _ in 0..blocks {
        file.write_all(&block)?;
        file.sync_data()?;
    }
    let spent = began.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(spent)
}

fn request(first: u64, count: u64) -> AppendRequest {
    let mut appends: Vec<StreamAppend> = Vec::new();
    for nth in first..first + count {
        let customer = mix(nth) % 20_000;
        let stream = format!("customer-{customer}");
        let event = event(nth, customer);
        match appends.last_mut().filter(|append| append.stream == stream) {
            Some(append) => append.events.push(event),
            None => appends.push(StreamAppend {
                stream,
                expected_revision: ExpectedRevision::Any,
                events: vec![event],
            }),
        }
    }
    AppendRequest { appends, ..AppendRequest::default() }
}

fn event(nth: u64, customer: u64) -> NewEvent {
    let mut payload = vec![0x92, 0x03, 0xa9, 0x02, 0x0a, 0xa6, 0x02];
    payload.extend((0..294_u64).map(|byte| (mix(nth) >> (byte % 57)) as u8));
    NewEvent {
        id: EventId::from_u128(u128::from(mix(nth)) << 64 | u128::from(nth)),
        event_type: ["deal.opened", "deal.stage_changed", "touch.call_logged"][(nth % 3) as usize].to_owned(),
        customer: format!("customer-{customer}"),
        tags: vec![format!("agent:{}", nth % 40), format!("deal:{}", mix(nth) % 200_000)],
        occurred_at: Some(Timestamp::from_micros(1_767_000_000_000_000)),
        actor: None,
        channel: "phone".to_owned(),
        source: "crm".to_owned(),
        correlation_id: String::new(),
        causation_id: String::new(),
        payload: payload.into(),
    }
}

fn mix(number: u64) -> u64 {
    let bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 3
}

fn reads(out: &mut impl Write, reader: &Reader, events: u64) -> Outcome<()> {
    for direction in [Direction::Forwards, Direction::Backwards] {
        let began = Instant::now();
        let mut bytes = 0;
        for recorded in reader.read(ReadRequest { direction, ..ReadRequest::default() }) {
            bytes += recorded?.bytes.len();
        }
        let rate = events as f64 / began.elapsed().as_secs_f64();
        writeln!(
            out,
            "read everything {direction:?}: {rate:.0} events/s, {bytes} bytes; resident: {} MB",
            resident_mb()?
        )?;
    }
    let by_position =
        micros(|nth| reader.by_position(Position(mix(nth) % events + 1)).is_ok_and(|found| found.is_some()));
    writeln!(out, "by position: p50 {:.1} µs, p99 {:.1} µs", by_position.0, by_position.1)?;
    let by_id = micros(|nth| {
        let nth = mix(nth) % events;
        reader
            .by_id(EventId::from_u128(u128::from(mix(nth)) << 64 | u128::from(nth)))
            .is_ok_and(|found| found.is_some())
    });
    writeln!(out, "by id: p50 {:.1} µs, p99 {:.1} µs", by_id.0, by_id.1)?;
    let history = micros(|nth| {
        let item = QueryItem { customer: format!("customer-{}", mix(nth) % 20_000), ..QueryItem::default() };
        let query = Query { items: vec![item] };
        let request =
            ReadRequest { query, direction: Direction::Backwards, limit: Some(50), ..ReadRequest::default() };
        reader.read(request).filter(Result::is_ok).count() > 0
    });
    writeln!(out, "50 events of a customer: p50 {:.0} µs, p99 {:.0} µs", history.0, history.1)?;
    Ok(())
}

/// Median and 99th percentile of 2,000 runs.
fn micros(mut run: impl FnMut(u64) -> bool) -> (f64, f64) {
    let mut times = Vec::with_capacity(2_000);
    for nth in 0..2_000 {
        let began = Instant::now();
        let found = run(nth);
        times.push(began.elapsed().as_secs_f64() * 1e6);
        assert!(found, "a measurement of what is not there is none");
    }
    times.sort_unstable_by(f64::total_cmp);
    (times[1_000], times[1_980])
}

fn resident_mb() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? / 1024)
}
