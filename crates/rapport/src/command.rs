//! The commands: each file has one command's flags and what it does.

pub mod append;
pub mod classes;
pub mod completions;
mod event_lines;
mod event_types;
pub mod figure;
pub mod funnel;
pub mod import;
mod json_check;
mod json_object;
mod kafka_args;
mod model;
pub mod project;
mod protection_args;
pub mod publish;
pub mod replay;
pub mod satisfaction;
pub mod serve;
pub mod status;
pub mod tail;
pub mod timeline;
pub mod token;
pub mod verify;
pub mod view_time;
mod whole;

use crate::{
    bench,
    cli::{Cli, Command},
    demo,
};

/// Does what was asked for.
///
/// # Errors
/// What went wrong, for [`crate::failure::exit`].
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let shared = &cli.shared;
    match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Project(args) => project::run(shared, args).await,
        Command::Append(args) => append::run(shared, args).await,
        Command::Tail(args) => tail::run(shared, args).await,
        Command::Import(args) => import::run(shared, args).await,
        Command::Timeline(args) => timeline::run(shared, args).await,
        Command::Funnel(args) => funnel::run(shared, args).await,
        Command::Satisfaction(args) => satisfaction::run(shared, args).await,
        Command::Classes(args) => classes::run(shared, args).await,
        Command::Publish(args) => publish::run(shared, args).await,
        Command::Replay(args) => replay::run(shared, args).await,
        Command::Status => status::run(shared).await,
        Command::Verify(args) => verify::run(shared, args).await,
        Command::Token(args) => token::run(args),
        Command::Demo(args) => demo::run(args).await,
        Command::Bench(args) => bench::run(shared, args).await,
        Command::Completions(args) => completions::run(&args),
    }
}
