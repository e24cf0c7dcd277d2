//! What every measurement has: its flags, the server that it measures, and how it ends.

use rapport_proto::v1::HeadRequest;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    args::BenchArgs,
    row::{Row, print},
};
use crate::{
    client::Client, client::server_args::ServerArgs, failure::Refused, own_server::OwnServer, show::Output,
};

/// What every measurement needs.
pub(super) struct Bench {
    pub args: BenchArgs,
    pub output: Output,
    /// The server to measure; none when one is to be started.
    pub given: Option<ServerArgs>,
}

/// A server to measure, and the connection to it.
pub(super) struct Subject {
    pub client: Client,
    pub own: Option<OwnServer>,
    pub server: ServerArgs,
}

/// Runs a measurement that leaves something outside this process until it ends; a signal ends it early.
pub(super) async fn unless_interrupted(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        done = work => done,
        _ = terminate.recv() => Err(anyhow::anyhow!("ended by SIGTERM")),
        _ = interrupt.recv() => Err(anyhow::anyhow!("interrupted")),
    }
}

/// Both errors, when measuring and clearing failed: the second says what is left somewhere.
pub(super) fn ended(measured: anyhow::Result<()>, cleared: anyhow::Result<()>) -> anyhow::Result<()> {
    match (measured, cleared) {
        (Err(error), Err(left)) => Err(error.context(format!("{left:#}; before that"))),
        (measured, cleared) => measured.and(cleared),
    }
}

impl Bench {
    /// The given server, or one of its own on an empty ledger.
    pub(super) async fn subject(&self) -> anyhow::Result<Subject> {
        let own = if self.given.is_some() { None } else { Some(OwnServer::serve(None, &[]).await?) };
        let own_url = own.as_ref().map(OwnServer::url).unwrap_or_default();
        let server = self.given.clone().unwrap_or_else(|| ServerArgs::own(own_url));
        Ok(Subject { client: Client::connect(&server).await?, own, server })
    }

    pub(super) fn print(&self, row: &Row) -> anyhow::Result<()> {
        print(row, self.output)
    }

    pub(super) fn customers(&self) -> u64 {
        self.args.customers.unwrap_or(10_000)
    }
}

impl Subject {
    /// The last position.
    pub(super) async fn head(&self) -> anyhow::Result<u64> {
        Ok(self.client.ledger().head(HeadRequest {}).await.map_err(Refused::from)?.into_inner().position)
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        match self.own {
            Some(own) => own.stop().await,
            None => Ok(()),
        }
    }
}
