//! Work begun at a steady rate, whether what was begun before is done or not.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use anyhow::Context;
use tokio::{task::JoinSet, time::MissedTickBehavior};

use super::args::BenchArgs;

/// Begins a piece of work so many times a second for so many seconds, each with its number, from 1, and the moment at
/// which it was due; gives what they all came to.
///
/// # Errors
/// Of the first piece that failed.
pub(super) async fn steady<T, W>(
    args: &BenchArgs,
    mut begin: impl FnMut(u64, Instant) -> W,
) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    W: Future<Output = anyhow::Result<T>> + Send + 'static,
{
    let mut interval = tokio::time::interval(Duration::from_secs_f64(1.0 / args.rate as f64));
    // A late tick is made up for: the rate is kept, and waiting counts as waiting.
    interval.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (begun, end) = (Instant::now(), Duration::from_secs_f64(args.seconds));
    let (mut work, mut number) = (JoinSet::new(), 0);
    while begun.elapsed() < end {
        let due = interval.tick().await.into_std();
        number += 1;
        work.spawn(begin(number, due));
    }
    let mut done = Vec::new();
    while let Some(ended) = work.join_next().await {
        done.push(ended.context("a client broke off")??);
    }
    Ok(done)
}
