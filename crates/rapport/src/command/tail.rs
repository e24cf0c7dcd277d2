//! `rapport tail`: prints the events of a ledger or of a topic.

mod args;
mod ledger;
mod printer;
mod topic;

pub(crate) use args::TailArgs;

use crate::shared_args::Shared;

/// Prints events.
///
/// # Errors
/// The server's, or stdout does not take them.
pub(crate) async fn run(shared: &Shared, args: TailArgs) -> anyhow::Result<()> {
    if topic::is_topic(args.from.as_deref()) {
        topic::run(shared.output, args)
    } else {
        ledger::run(shared, args).await
    }
}
