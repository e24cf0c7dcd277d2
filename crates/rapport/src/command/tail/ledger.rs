//! `rapport tail` of a ledger: the last events, those from a place on, and what comes.

use std::{
    error::Error as _,
    io::Write,
    time::{Duration, Instant},
};

use anyhow::Context;
use prost::Message;
use rapport_proto::v1::{
    Query, ReadAllRequest, ReadDirection, ReadResponse, RecordedEvent, SubscribeRequest, query::Item,
    read_all_request, subscribe_request, subscribe_response,
};
use tokio::time::sleep;
use tonic::{Status, Streaming};

use super::{args::TailArgs, printer::Printer};
use crate::{
    command::{event_types, view_time::Asking},
    failure::Refused,
    moment,
    shared_args::Shared,
    show::Zone,
};

/// How many events are printed by default.
const LINES: u64 = 10;
/// The time between two tries.
const RETRY: Duration = Duration::from_secs(1);

/// Prints events of the ledger that the flags name.
///
/// # Errors
/// The server's, or stdout does not take them.
pub(super) async fn run(shared: &Shared, args: TailArgs) -> anyhow::Result<()> {
    args.properties.refuse()?;
    let asking = Asking::connect(shared).await?;
    asking.client.check_that_it_has_events(&asking.head)?;
    event_types::check(&asking, &args.types).await?;
    let mut printer = Printer::new(shared.output, asking.zone.clone())?;
    let begin = from(&args, &asking.zone)?;
    check_beginning(&args, begin.as_ref(), asking.head.position)?;
    match (begin, args.follow) {
        (Some(from), false) => printer.read(&asking, &args, from).await?,
        (Some(from), true) => {
            let from = match from {
                read_all_request::From::FromPosition(first) => {
                    subscribe_request::From::AfterPosition(first.saturating_sub(1))
                }
                read_all_request::From::FromRecordedAt(moment) => {
                    subscribe_request::From::FromRecordedAt(moment)
                }
            };
            printer.follow(&asking, &args, from).await?;
        }
        (None, follow) => {
            let head = asking.head.position;
            printer.last(&asking, &args, head).await?;
            if follow {
                printer.follow(&asking, &args, subscribe_request::From::AfterPosition(head)).await?;
            }
        }
    }
    printer.page.finish()
}

fn query(args: &TailArgs) -> Option<Query> {
    let item = Item {
        types: args.types.clone(),
        tags: args.tags.clone(),
        customer: args.customer.clone().unwrap_or_default(),
        stream_prefix: args.stream_prefix.clone().unwrap_or_default(),
    };
    (item != Item::default()).then(|| Query { items: vec![item] })
}

fn from(args: &TailArgs, zone: &Zone) -> anyhow::Result<Option<read_all_request::From>> {
    if let Some(after) = args.after {
        anyhow::ensure!(args.from.is_none(), "--after is for a topic or alone; give --from or --after");
        return Ok(Some(read_all_request::From::FromPosition(after.saturating_add(1))));
    }
    let Some(text) = args.from.as_deref() else { return Ok(None) };
    if let Ok(position) = text.parse() {
        return Ok(Some(read_all_request::From::FromPosition(position)));
    }
    let moment = moment::since(Some(text), "--from", zone.time_zone()).map_err(|_| {
        anyhow::anyhow!(
            "--from: `{text}` is neither a position nor a time; expected a number such as `42`, RFC 3339 such as \
             `2026-03-31T17:00:00+03:00`, a date such as `2026-03-31`, or a topic such as `kafka://HOST:PORT`"
        )
    })?;
    Ok(moment.map(read_all_request::From::FromRecordedAt))
}

/// A position beyond the end is of another ledger, or of this one before it was set back.
fn check_beginning(args: &TailArgs, from: Option<&read_all_request::From>, head: u64) -> anyhow::Result<()> {
    let Some(read_all_request::From::FromPosition(first)) = from else { return Ok(()) };
    let (flag, found, last) = match args.after {
        Some(after) => ("--after", after, head),
        None => ("--from", *first, head.saturating_add(1)),
    };
    anyhow::ensure!(
        found <= last,
        "{flag}: expected at most `{last}`, because the ledger ends at position `{head}`, found `{found}`; is it the right \
         ledger, or was it set back?"
    );
    Ok(())
}

impl Printer {
    async fn read(
        &mut self,
        asking: &Asking,
        args: &TailArgs,
        from: read_all_request::From,
    ) -> anyhow::Result<()> {
        let request = ReadAllRequest {
            query: query(args),
            direction: ReadDirection::Forwards.into(),
            from: Some(from),
            limit: args.lines.unwrap_or(0),
        };
        self.print_all(asking.client.ledger().read_all(request).await.map_err(Refused::from)?.into_inner())
            .await
    }

    async fn print_all(&mut self, mut chunks: Streaming<ReadResponse>) -> anyhow::Result<()> {
        while let Some(chunk) = chunks.message().await.map_err(Refused::from)? {
            self.print(&chunk)?;
        }
        Ok(())
    }

    /// Prints the last events up to `head`, in order. Reading backwards finds where they begin, without keeping them in
    /// memory.
    async fn last(&mut self, asking: &Asking, args: &TailArgs, head: u64) -> anyhow::Result<()> {
        let limit = args.lines.unwrap_or(LINES);
        if limit == 0 || head == 0 {
            return Ok(());
        }
        let backwards = ReadAllRequest {
            query: query(args),
            direction: ReadDirection::Backwards.into(),
            from: Some(read_all_request::From::FromPosition(head)),
            limit,
        };
        let mut ledger = asking.client.ledger();
        let mut chunks = ledger.read_all(backwards.clone()).await.map_err(Refused::from)?.into_inner();
        let (mut first, mut found) = (None, 0);
        while let Some(chunk) = chunks.message().await.map_err(Refused::from)? {
            found += chunk.events.len() as u64;
            first = chunk.events.last().cloned().or(first);
        }
        let Some(first) = first else { return Ok(()) };
        let first =
            RecordedEvent::decode(first).context("the server sent bytes that are not an event")?.position;
        let forwards = ReadAllRequest {
            direction: ReadDirection::Forwards.into(),
            from: Some(read_all_request::From::FromPosition(first)),
            limit: found,
            ..backwards
        };
        self.print_all(ledger.read_all(forwards).await.map_err(Refused::from)?.into_inner()).await
    }

    async fn follow(
        &mut self,
        asking: &Asking,
        args: &TailArgs,
        from: subscribe_request::From,
    ) -> anyhow::Result<()> {
        // Without a beginning, --lines limits only the events before `head`.
        self.left = args.lines.filter(|_| args.from.is_some() || args.after.is_some());
        let mut from = from;
        let mut gone: Option<Instant> = None;
        loop {
            let Some(lost) = self.subscribe(asking, args, from, &mut gone).await? else { return Ok(()) };
            let is_first = gone.is_none();
            let since = *gone.get_or_insert_with(Instant::now);
            // A first subscription that fails is an error at once.
            if !self.is_subscribed || since.elapsed() >= Duration::from_secs(args.retry_s) {
                return Err(Refused::from(lost).into());
            }
            if is_first {
                let why = lost.message();
                eprintln!("rapport: the connection to the server was lost ({why}); connecting again");
            }
            sleep(RETRY).await;
            from = self.last.map_or(from, subscribe_request::From::AfterPosition);
        }
    }

    /// Prints until enough is printed. Returns the status when the connection is lost.
    async fn subscribe(
        &mut self,
        asking: &Asking,
        args: &TailArgs,
        from: subscribe_request::From,
        gone: &mut Option<Instant>,
    ) -> anyhow::Result<Option<Status>> {
        let request =
            SubscribeRequest { query: query(args), from: Some(from), ..SubscribeRequest::default() };
        let mut messages = match asking.client.ledger().subscribe(request).await {
            Ok(messages) => messages.into_inner(),
            Err(status) if status.source().is_some() => return Ok(Some(status)),
            Err(status) => return Err(Refused::from(status).into()),
        };
        (self.is_subscribed, *gone) = (true, None);
        self.page.flush()?;
        loop {
            let message = match messages.message().await {
                Ok(Some(message)) => message,
                Ok(None) => break,
                // The status has a source: it comes from the connection, not from the server.
                Err(status) if status.source().is_some() => return Ok(Some(status)),
                Err(status) => return Err(Refused::from(status).into()),
            };
            if let Some(subscribe_response::Message::Events(chunk)) = message.message {
                self.print(&chunk)?;
                self.page.flush()?;
            }
            if self.left == Some(0) {
                return Ok(None);
            }
        }
        anyhow::bail!("the server ended the subscription; it stops or was restarted, run the command again")
    }
}
