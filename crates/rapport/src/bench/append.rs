//! Appends over gRPC, beside a server that does nothing and beside the bare disk.

use std::{path::PathBuf, time::Duration};

use super::{
    disk,
    load::{self, Demand, Shape},
    row::{Row, Run, median, time},
    setting::Bench,
};
use crate::{client::Ledger, client::server_args::ServerArgs, own_server::OwnServer};

/// Clients × events of the table.
const UNARY: [(usize, usize); 7] = [(1, 1), (16, 1), (64, 1), (256, 1), (16, 10), (16, 100), (64, 100)];
/// Events a request of a stream.
const STREAMING_BATCH: usize = 100;
/// What demands are measured with, beside the plain row of the same shape.
const DEMANDING: (usize, usize) = (16, 10);

/// How requests reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A call each.
    Unary(Demand),
    /// One stream.
    Streaming,
}

/// One row to measure, and where.
struct Contest<'a> {
    bench: &'a Bench,
    subject: &'a ServerArgs,
    noop: &'a ServerArgs,
    folder: PathBuf,
}

/// Measures the rows of the table, or the one that the flags describe.
///
/// # Errors
/// A server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let noop = OwnServer::subcommand(&["bench", "noop"]).await?;
    let noop_server = ServerArgs::own(noop.url());
    for (way, clients, batch) in rows(bench) {
        // Each row begins with an empty ledger, unless a server was given.
        let subject = bench.subject().await?;
        let folder = subject.own.as_ref().map_or_else(std::env::temp_dir, |own| own.data().to_owned());
        let contest = Contest { bench, subject: &subject.server, noop: &noop_server, folder };
        let row = contest.row(way, clients, batch).await?;
        bench.print(&row)?;
        subject.stop().await?;
    }
    noop.stop().await
}

fn rows(bench: &Bench) -> Vec<(Way, usize, usize)> {
    let args = &bench.args;
    let whole =
        |value: Option<u64>, default: usize| value.map_or(default, |v| usize::try_from(v).unwrap_or(default));
    let demand = match (args.expected_revision, args.condition) {
        (true, _) => Demand::Revision,
        (false, true) => Demand::Condition,
        (false, false) => Demand::Plain,
    };
    if args.streaming {
        return vec![(Way::Streaming, 1, whole(args.batch, STREAMING_BATCH))];
    }
    if args.clients.is_some() || args.batch.is_some() || demand != Demand::Plain {
        return vec![(Way::Unary(demand), whole(args.clients, 16), whole(args.batch, 1))];
    }
    let plain = UNARY.map(|(clients, batch)| (Way::Unary(Demand::Plain), clients, batch));
    let demanding =
        [Demand::Revision, Demand::Condition].map(|demand| (Way::Unary(demand), DEMANDING.0, DEMANDING.1));
    plain.into_iter().chain(demanding).chain([(Way::Streaming, 1, STREAMING_BATCH)]).collect()
}

impl Contest<'_> {
    async fn row(&self, way: Way, clients: usize, batch: usize) -> anyhow::Result<Row> {
        let args = &self.bench.args;
        let shape = Shape {
            clients,
            batch,
            size: args.size,
            customers: self.bench.customers(),
            time: Duration::from_secs_f64(args.seconds),
        };
        let ours = load::connect(self.subject, clients).await?;
        let theirs = load::connect(self.noop, clients).await?;
        let (mut runs, mut nothing, mut synced) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..args.runs {
            runs.push(self.once(&ours, way, shape).await?);
            let plain = if way == Way::Streaming { way } else { Way::Unary(Demand::Plain) };
            nothing.push(self.once(&theirs, plain, shape).await?);
            synced.push(self.sync(shape).await?);
        }
        let bare = median(&nothing, |run| run.p50_us).0 + median(&synced, |run| run.p50_us).0;
        Ok(Row {
            work: "append",
            what: name(way),
            shape: (clients, batch, args.size),
            unit: "events",
            runs,
            limits: vec![("no-op", nothing), ("fdatasync", synced)],
            notes: if clients == 1 && way != Way::Streaming {
                vec![("round-trip+fdatasync", time(bare))]
            } else {
                Vec::new()
            },
        })
    }

    async fn once(&self, connections: &[Ledger], way: Way, shape: Shape) -> anyhow::Result<Run> {
        let in_flight = usize::try_from(self.bench.args.in_flight)?;
        match (way, connections.first()) {
            (Way::Streaming, Some(connection)) => load::streaming(connection, shape, in_flight).await,
            (Way::Unary(demand), _) => load::unary(connections, shape, demand).await,
            (Way::Streaming, None) => Ok(Run::default()),
        }
    }

    /// The bytes of one request of every client, on the disk at once: the best that a group commit can do.
    async fn sync(&self, shape: Shape) -> anyhow::Result<Run> {
        let (folder, events) = (self.folder.clone(), shape.clients * shape.batch);
        let time = shape.time.min(Duration::from_secs(1));
        tokio::task::spawn_blocking(move || {
            disk::write_and_sync(&folder, events * shape.size, events as u64, time)
        })
        .await?
    }
}

fn name(way: Way) -> String {
    match way {
        Way::Unary(Demand::Plain) => "unary",
        Way::Unary(Demand::Revision) => "unary, exact revision",
        Way::Unary(Demand::Condition) => "unary, tag condition",
        Way::Streaming => "streaming",
    }
    .to_owned()
}
