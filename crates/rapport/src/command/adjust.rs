//! Commands that adjust what is believed: they show what will change, ask, and append one event.
//!
//! Nothing recorded is changed: a correction, a retraction, a merge and an un-merge are events of their own, and each can
//! be taken back by another.

pub(crate) mod correct;
pub(crate) mod merge;
pub(crate) mod retract;
mod target;
pub(crate) mod unmerge;

use std::io::Write as _;

use clap::Args;
use prost::Message as _;
use rapport_proto::v1::{
    Actor, AppendCondition, AppendRequest, Event, Payload, Query, StreamAppend, payload::Kind, query,
};

use super::append;
use crate::{
    client::Client,
    failure::Refused,
    shared_args::Shared,
    show::{Output, confirmed, print},
};

/// The flags of all of them.
#[derive(Debug, Args)]
pub(crate) struct AdjustArgs {
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
    /// Who does it, by id: the actor of the event
    #[arg(long, value_name = "ID", env = "RAPPORT_ACTOR")]
    actor: Option<String>,
    /// The recorded clock, for a ledger on a simulated clock [default: now]
    #[arg(long, value_name = "TIME")]
    simulated_now: Option<String>,
}

/// The event to be appended, and what must not have happened since it was prepared.
struct Adjustment {
    stream: String,
    customer: String,
    kind: Kind,
    /// No event of this query may be behind the position.
    unless: (query::Item, u64),
}

impl AdjustArgs {
    /// Asks, and appends.
    async fn append(
        &self,
        shared: &Shared,
        client: &Client,
        question: &str,
        adjustment: Adjustment,
    ) -> anyhow::Result<()> {
        // What will change is shown to people alone.
        anyhow::ensure!(
            self.yes || shared.output == Output::Table,
            "nothing was appended: --output json and csv do not ask; add --yes"
        );
        if !confirmed(question, self.yes)? {
            anyhow::bail!("nothing was appended");
        }
        let head = client.ledger_head_if_allowed().await?;
        let now = self.simulated_now.as_deref();
        let simulated_now = head.map(|head| append::simulated_now(&head, now)).transpose()?.flatten();
        let event = Event {
            customer: adjustment.customer,
            source: "rapport".to_owned(),
            actor: self.actor.clone().map(|id| Actor { id, ..Actor::default() }),
            payload: Payload { kind: Some(adjustment.kind) }.encode_to_vec().into(),
            ..Event::default()
        };
        let (item, after) = adjustment.unless;
        let append =
            StreamAppend { stream: adjustment.stream, events: vec![event], ..StreamAppend::default() };
        let request = AppendRequest {
            appends: vec![append],
            condition: Some(AppendCondition {
                fail_if_events_match: Some(Query { items: vec![item] }),
                after,
            }),
            simulated_now,
        };
        let answer = client.ledger().append(request).await.map_err(Refused::from)?.into_inner();
        print(
            shared.output,
            "rapport.v1.AppendResponse",
            &answer,
            |page| Ok(writeln!(page, "\nappended at position {}", answer.first_position)?),
            |page| Ok(writeln!(page, "position\n{}", answer.first_position)?),
        )
    }
}
