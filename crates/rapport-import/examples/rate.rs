//! How fast a mapping goes through its files, without a ledger: `cargo run --release -p rapport-import --example rate
//! -- PRESET PATH…`. Prints rows and events a second on one core, validation included.
#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use std::{error::Error, path::PathBuf, time::Instant};

use rapport_import::{Import, Mapping, Options, Step};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let preset = arguments.next().ok_or("expected a preset and paths")?;
    let paths: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let mapping = Mapping::preset(&preset)?;
    let started = Instant::now();
    let (mut rows, mut rejected, mut events) = (0, 0, 0);
    for step in Import::new(&mapping, &paths, Options::default())? {
        match step? {
            Step::Row(row) => {
                rows += row.rows;
                events += row.events.len();
            }
            Step::Reject(reject) => rejected += reject.rows,
            Step::Definition(_) | Step::FileEnd(_) => {}
        }
    }
    let millis = started.elapsed().as_millis().max(1);
    println!(
        "{preset}: {rows} rows, {rejected} rejected, {events} events in {millis} ms: {} rows/s, {} events/s",
        u128::from(rows) * 1_000 / millis,
        events as u128 * 1_000 / millis,
    );
    Ok(())
}
