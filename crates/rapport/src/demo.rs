//! `rapport demo`: a made-up company in a running ledger, and a tour of it.
//!
//! `rapport_story` makes the events, [`feed`] appends them over gRPC to a server of its own whose
//! clock is the story's, [`tour`] asks it what a user would ask, with the commands that a user would type.

mod feed;
mod tour;

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    time::Instant,
};

use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use rapport_story::{Milestones, Plan, Story};

use crate::{
    client::Client,
    client::server_args::ServerArgs,
    own_server::OwnServer,
    show::{Page, count},
};
pub(crate) use feed::wait_for_views;
use tour::RunLine;

/// The flags of `rapport demo`.
#[derive(Debug, Args)]
#[command(after_help = "\
The server is a process of its own, on free ports, in a temporary directory that goes away with it. The same seed, \
number of customers and last day make the same ledger.

Examples:
  rapport demo                             2,000 customers, then serves until Ctrl-C
  rapport demo --customers 100000 --data ./demo-ledger
  rapport demo --seed 42 --until 2026-01-01 > tour.txt")]
pub(crate) struct DemoArgs {
    /// How many customers the company gets in two years
    #[arg(long, default_value_t = 2_000, value_name = "CUSTOMERS", value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    customers: u32,
    /// Decides everything that is left to chance [default: another one every time, printed]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// The two years end as this day begins [default: today]
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Where the ledger is kept; it must not hold one yet [default: a temporary directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Whether the server stays when the tour is over
    #[arg(long, value_enum, default_value_t = KeepServing::Auto, value_name = "WHEN")]
    keep_serving: KeepServing,
}

/// Whether the server stays when the tour is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeepServing {
    /// Until Ctrl-C on a terminal, not at all elsewhere
    Auto,
    /// Until Ctrl-C
    Always,
    /// Not at all
    Never,
}

/// Tells the story to a server and shows it. The tour runs its commands by `run_line`.
///
/// # Errors
/// The server does not start or refuses something, or the directory holds a ledger already.
pub(crate) async fn run(args: DemoArgs, run_line: RunLine) -> anyhow::Result<()> {
    if let Some(data) = args.data.as_deref().filter(|data| data.join("log").exists()) {
        anyhow::bail!(
            "--data: `{}` holds a ledger already; name an empty directory, or serve it with `rapport serve --data {0}`",
            data.display()
        );
    }
    let mut server = OwnServer::serve(args.data.as_deref(), &["--simulated-clock"]).await?;
    let url = server.url().to_owned();
    let shown = tokio::select! {
        shown = show(&args, run_line, &url) => shown,
        _ = tokio::signal::ctrl_c() => Ok(()),
        ended = server.ended() => Err(anyhow::anyhow!("the server ended with {}", ended?)),
    };
    // On Ctrl-C the terminal has told the server too; it may have ended by now.
    server.stop().await.or_else(|error| if shown.is_ok() { Err(error) } else { Ok(()) })?;
    shown
}

async fn show(args: &DemoArgs, run_line: RunLine, url: &str) -> anyhow::Result<()> {
    let plan = Plan {
        seed: args.seed.unwrap_or_else(|| fastrand::u64(0..1_000_000)),
        customers: args.customers,
        until: args.until.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()),
    };
    let milestones = plan.milestones().context("--until: that day is too near to an end of the calendar")?;
    let story = Story::new(plan).context("--until: that day is too near to an end of the calendar")?;
    let client = Client::connect(&ServerArgs::own(url)).await?;
    introduce(&plan)?;
    let begun = Instant::now();
    let fed = feed::append(&client, story, &milestones).await?;
    feed::wait_for_views(&client, fed.last_position).await?;
    let mut page = Page::stdout();
    writeln!(
        page,
        "{} events in {} requests appended over gRPC and projected in {:.1} s.",
        count(fed.events),
        count(fed.requests),
        begun.elapsed().as_secs_f64()
    )?;
    page.finish()?;
    tour::guide(&client, run_line, url, (&plan, &milestones)).await?;

    let stay = match args.keep_serving {
        KeepServing::Auto => std::io::stdout().is_terminal(),
        KeepServing::Always => true,
        KeepServing::Never => false,
    };
    if stay {
        let mut page = Page::stdout();
        writeln!(page, "\nServing at {} until Ctrl-C.", url)?;
        page.finish()?;
        std::future::pending::<()>().await;
    }
    Ok(())
}

/// Tells a whole story to a ledger on a simulated clock: how many events, and the position of the last.
///
/// # Errors
/// The server's.
pub(crate) async fn append_story(
    client: &Client,
    story: Story,
    milestones: &Milestones,
) -> anyhow::Result<(u64, u64)> {
    let fed = feed::append(client, story, milestones).await?;
    Ok((fed.events, fed.last_position))
}

fn introduce(plan: &Plan) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    writeln!(
        page,
        "Two years of Dzintara Klimats, heating and ventilation: {} customers in Latvia, Lithuania and Poland.\n\
         Seed {}, until {}. The same again: rapport demo --customers {} --seed {} --until {}",
        count(plan.customers.into()),
        plan.seed,
        plan.until,
        plan.customers,
        plan.seed,
        plan.until
    )?;
    page.finish()
}
