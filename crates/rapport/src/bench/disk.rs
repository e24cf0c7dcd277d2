//! Writing bytes to a file and waiting until they are on the disk: what durability itself costs.

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;

use super::row::{Run, Times};

/// Blocks of so many bytes, one fdatasync each; `events` is how many events such a block stands for.
///
/// # Errors
/// The disk's.
pub(super) fn write_and_sync(
    folder: &Path,
    bytes: usize,
    events: u64,
    time: Duration,
) -> anyhow::Result<Run> {
    let path = folder.join("bench-fdatasync");
    let mut file = File::create(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
    let block: Vec<u8> = (0..bytes).map(|place| u8::try_from(place * 31 % 251).unwrap_or(0)).collect();
    let begun = Instant::now();
    let (mut blocks, mut times) = (0, Times::new()?);
    while begun.elapsed() < time {
        let started = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.add(started.elapsed());
        blocks += 1;
    }
    let run = Run::new(blocks * events, begun.elapsed(), &times);
    drop(file);
    std::fs::remove_file(&path)?;
    Ok(run)
}
