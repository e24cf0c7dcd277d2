//! The flags and the frame that every question to a view shares.

use std::io::Write;

use clap::Args;
use prost_types::Duration;
use rapport_proto::v1::{HeadResponse, ViewMeta, ViewTime};

use crate::{
    client::{self, Client},
    moment,
    shared_args::Shared,
    show::{Page, Zone, cut},
};

/// How long a command waits for the view that it asks, unless it is told.
const VIEW_WAIT_S: u32 = 60;

/// Reading one's own writes.
#[derive(Debug, Args)]
pub(crate) struct FreshArgs {
    /// Wait until the view has reached this position [default: the ledger's last event]; 0 answers at once with what
    /// the view has
    #[arg(long, value_name = "POSITION")]
    pub at_least_position: Option<u64>,
    /// Wait for that at most so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = VIEW_WAIT_S, value_parser = clap::value_parser!(u32).range(0..=600))]
    pub wait_s: u32,
}

/// A connection, and what is needed to ask and to show.
pub(crate) struct Asking {
    /// The connection.
    pub client: Client,
    /// The ledger's zone.
    pub zone: Zone,
    /// The end of the ledger.
    pub head: HeadResponse,
}

impl Asking {
    /// Connects and asks the ledger for its zone.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub(crate) async fn connect(shared: &Shared) -> anyhow::Result<Self> {
        let client = Client::connect(&shared.server).await?;
        let head = client.head().await?;
        let zone = Zone::new(client::zone(&head)?);
        Ok(Self { client, zone, head })
    }

    /// As of when to answer.
    ///
    /// # Errors
    /// A flag is not a time.
    pub(crate) fn time(&self, shared: &Shared, fresh: &FreshArgs) -> anyhow::Result<Option<ViewTime>> {
        let zone = self.zone.time_zone();
        Ok(Some(ViewTime {
            occurred_until: moment::until(shared.as_of.as_deref(), "--as-of", zone)?,
            recorded_until: moment::until(shared.known_at.as_deref(), "--known-at", zone)?,
            // A user who has just imported a file wants to see it.
            at_least_position: fresh.at_least_position.unwrap_or(self.head.position),
            wait: Some(Duration { seconds: fresh.wait_s.into(), nanos: 0 }),
        }))
    }
}

/// One line that says as of when the answer is, and by which definitions.
///
/// # Errors
/// Stdout does not take it.
pub(crate) fn print_meta(
    page: &mut Page,
    what: &str,
    meta: Option<&ViewMeta>,
    zone: &Zone,
) -> anyhow::Result<()> {
    let Some(meta) = meta else { return Ok(()) };
    let as_of = meta.as_of.unwrap_or_default();
    let mut line = format!("{what} as of {}", zone.minute(as_of.occurred_until.as_ref()));
    let known = zone.minute(as_of.recorded_until.as_ref());
    if !known.is_empty() {
        line.push_str(&format!(", as known at {known}"));
    }
    for definition in &meta.definitions {
        line.push_str(&format!(", {} `{}` v{}", definition.kind, definition.code, definition.version));
    }
    writeln!(page, "{}", cut(&line))?;
    for unread in &meta.definitions_unreadable {
        let used = meta.definitions.iter().find(|used| used.kind == unread.kind && used.code == unread.code);
        let holds = used.map_or_else(|| "none holds".to_owned(), |used| format!("v{} holds", used.version));
        writeln!(
            page,
            "cannot read {} `{}` v{} of position {}, so {holds}: {}; publish it anew",
            unread.kind, unread.code, unread.version, unread.position, unread.fault
        )?;
    }
    Ok(())
}
