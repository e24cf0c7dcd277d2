//! `rapport bench`: measures what this machine does, one row a line, with its limit beside it.
//!
//! A load is a number of clients, of events a request, of bytes an event and of customers. Each row is measured several
//! times; a figure is the median, with the lowest and the highest beside it. Limits are measured in the same run, in turn
//! with what they limit: a server that decodes the same requests and answers at once ([`noop`]), writing the same bytes to
//! a file with one fdatasync each ([`disk`]), and the same rows and records written by hand (`rapport_bench`).

mod append;
mod args;
mod catch_up;
mod database;
mod deals;
mod disk;
mod fill;
mod footprint;
mod history;
mod into_postgres;
mod load;
mod log;
mod models;
mod noop;
mod people;
mod publish;
mod row;
mod scan;
mod setting;
mod steady;
mod timed_source;
mod timeline;
mod topics;
mod visible;

pub(crate) use args::BenchArgs;

use args::Work;
use setting::Bench;

use crate::{client::server_args::ServerArgs, show::Output};

/// Measures and prints. `given` is the server to measure; without it the bench starts servers of its own.
///
/// # Errors
/// A server does not start or refuses something.
pub(crate) async fn run(output: Output, given: Option<ServerArgs>, args: BenchArgs) -> anyhow::Result<()> {
    anyhow::ensure!(output != Output::Csv, "--output csv: a row has runs within; use table or json");
    anyhow::ensure!(
        args.seconds > 0.0 && args.seconds <= 3_600.0,
        "--seconds: expected more than 0, at most 3600"
    );
    args.refuse_idle(given.is_some())?;
    let bench = Bench { given, output, args };
    measure(&bench, bench.args.work).await
}

async fn measure(bench: &Bench, work: Work) -> anyhow::Result<()> {
    match work {
        Work::Append => append::run(bench).await,
        Work::Log => log::run(bench).await,
        Work::Scan => scan::run(bench).await,
        Work::History => history::run(bench).await,
        Work::Project => match &bench.args.views {
            Some(views) => into_postgres::run(bench, views).await,
            None => catch_up::run(bench).await,
        },
        Work::Funnel => deals::run(bench).await,
        Work::Timeline => timeline::run(bench).await,
        Work::Models => models::run(bench).await,
        Work::People => people::run(bench).await,
        Work::Visible => visible::run(bench).await,
        Work::Publish => publish::run(bench).await,
        Work::Open => footprint::run(bench).await,
        Work::All => {
            for work in [
                Work::Append,
                Work::Log,
                Work::Scan,
                Work::History,
                Work::Project,
                Work::Timeline,
                Work::Visible,
                Work::Funnel,
                Work::Models,
                Work::People,
                Work::Open,
            ] {
                Box::pin(measure(bench, work)).await?;
            }
            Ok(())
        }
        Work::Noop => noop::serve().await,
    }
}
