//! A PostgreSQL server of a test's own, in a directory of its own.

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use postgres::{Client, NoTls};
use rapport_proto::v1::RecordedEvent;
use rapport_store::{
    Applied, EncodedEvent, PartitionBatch, View,
    postgres::{PostgresOptions, PostgresStore},
};
use tempfile::TempDir;

use super::{Log, encoded};

const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; stopped and deleted when it is dropped.
pub(crate) struct Server {
    dir: TempDir,
    child: Option<Child>,
    port: u16,
}

impl Server {
    /// Starts one. `None` without PostgreSQL on this machine, which is a failure where `CI` is set.
    pub(crate) fn start() -> Option<Self> {
        if !Path::new(PROGRAMS).join("postgres").exists() {
            assert!(env::var_os("CI").is_none(), "no PostgreSQL in `{PROGRAMS}`; install `postgresql-15`");
            println!("not tested: install `postgresql-15`");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        if is_root() {
            chown(dir.path(), Some(id_of("-u")), Some(id_of("-g"))).unwrap();
        }
        let mut server = Self { dir, child: None, port: 5432 };
        let data = server.data();
        let made = command("initdb")
            .args(["--no-sync", "-A", "trust", "-U", "postgres", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb failed");
        server.run();
        Some(server)
    }

    fn data(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    /// Starts it again after [`Server::stop`].
    pub(crate) fn run(&mut self) {
        self.run_with(&[]);
    }

    /// The same with settings.
    pub(crate) fn run_with(&mut self, settings: &[String]) {
        let log = fs::File::create(self.dir.path().join("log")).unwrap();
        let child = command("postgres")
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .arg("-k")
            .arg(self.dir.path())
            .arg("-D")
            .arg(self.data())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
        let begun = Instant::now();
        while Client::connect(&self.url(), NoTls).is_err() {
            assert!(begun.elapsed() < PATIENCE, "PostgreSQL did not start");
            std::thread::yield_now();
        }
    }

    /// Stops it at once; its files stay.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let quit = Command::new("kill").arg("-QUIT").arg(child.id().to_string()).status();
            assert!(quit.unwrap().success());
            child.wait().unwrap();
        }
    }

    /// Serves TLS with this certificate at a port of 127.0.0.1, which it gives.
    pub(crate) fn run_with_tls(&mut self, certificate: &str, key: &str) -> u16 {
        for (name, pem) in [("server.crt", certificate), ("server.key", key)] {
            let path = self.data().join(name);
            fs::write(&path, pem).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            if is_root() {
                chown(&path, Some(id_of("-u")), Some(id_of("-g"))).unwrap();
            }
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        self.stop();
        self.port = port;
        self.run_with(&["ssl=on".into(), "listen_addresses=127.0.0.1".into(), format!("port={port}")]);
        port
    }

    /// How to connect.
    pub(crate) fn url(&self) -> String {
        let place = self.dir.path().display();
        format!("host={place} port={} user=postgres dbname=postgres sslmode=disable", self.port)
    }

    /// A connection beside the store's.
    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.url(), NoTls).unwrap()
    }

    /// A store with schemas of this prefix.
    pub(crate) fn store(&self, prefix: &str) -> PostgresStore {
        PostgresStore::open(&self.options(prefix)).unwrap()
    }

    /// Where it is.
    pub(crate) fn options(&self, prefix: &str) -> PostgresOptions {
        PostgresOptions { schema_prefix: prefix.to_owned(), ..PostgresOptions::new(self.url()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One of PostgreSQL's programs, which do not run as root.
fn command(program: &str) -> Command {
    let path = Path::new(PROGRAMS).join(program);
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(path);
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

fn id_of(which: &str) -> u32 {
    let id = Command::new("id").args([which, "postgres"]).output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim().parse().unwrap()
}

/// The events of a log by partitions, as a topic has them: offsets have gaps.
pub(crate) fn partitions(log: &Log, count: usize) -> Vec<Vec<EncodedEvent>> {
    let mut partitions = vec![Vec::new(); count.max(1)];
    for event in &log.events {
        let partition = &mut partitions[partition_of(event, count)];
        let offset = i64::try_from(partition.len()).unwrap() * 2;
        partition.extend(encoded(std::slice::from_ref(event)).into_iter().map(|one| one.at_offset(offset)));
    }
    partitions
}

fn partition_of(event: &RecordedEvent, count: usize) -> usize {
    event.customer.bytes().map(usize::from).sum::<usize>() % count.max(1)
}

/// Hands partitions over, a batch of one after a batch of another.
pub(crate) struct Delivery<'a> {
    pub epoch: &'a str,
    partitions: &'a [Vec<EncodedEvent>],
    next: Vec<usize>,
}

impl<'a> Delivery<'a> {
    /// From the beginning.
    pub(crate) fn new(epoch: &'a str, partitions: &'a [Vec<EncodedEvent>]) -> Self {
        Self { epoch, partitions, next: vec![0; partitions.len()] }
    }

    /// The next batch of so many events of a partition; `None` at its end.
    pub(crate) fn batch(&mut self, partition: usize, size: usize) -> Option<PartitionBatch> {
        let from = self.next[partition];
        let events = &self.partitions[partition];
        let to = (from + size.max(1)).min(events.len());
        if from == to {
            return None;
        }
        self.next[partition] = to;
        Some(PartitionBatch {
            partition: i32::try_from(partition).unwrap(),
            epoch: self.epoch.to_owned(),
            from_offset: i64::try_from(from).unwrap() * 2,
            next_offset: i64::try_from(to).unwrap() * 2,
            events: events[from..to].to_vec(),
        })
    }

    /// Everything that is left, a partition and a size after the other, going round.
    pub(crate) fn all(&mut self, draws: &[(usize, usize)]) -> Vec<PartitionBatch> {
        let mut batches = Vec::new();
        let count = self.partitions.len();
        let lengths: Vec<usize> = self.partitions.iter().map(Vec::len).collect();
        let mut draws = draws.iter().cycle();
        let mut turn = 0;
        while self.next != lengths {
            let (partition, size) = draws.next().unwrap();
            turn += 1;
            // Whoever is never drawn has a turn at times.
            let partition = if turn % 7 == 0 { turn / 7 } else { *partition } % count;
            batches.extend(self.batch(partition, *size));
        }
        batches
    }
}

/// Applies batches to every view, so many in a transaction, and says that everything is complete.
pub(crate) fn apply(store: &PostgresStore, batches: &[PartitionBatch], at_once: usize, log: &Log) {
    for view in View::ALL {
        for batches in batches.chunks(at_once) {
            assert_eq!(store.apply(view, batches).unwrap(), Applied::Done);
        }
        store.complete(view, rapport_model::Position(log.events.len() as u64)).unwrap();
    }
}

/// Every row of a view's tables as text, but for checkpoints and for the lists of what was ever met.
pub(crate) fn rows(client: &mut Client, schema: &str) -> Vec<String> {
    const LISTS: &[&str] = &[
        "ledger",
        "checkpoint",
        "symbol",
        "deal",
        "currency",
        "known_id",
        "meta",
        "set_aside",
        "refinery_schema_history",
    ];
    let tables =
        client.query("SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1", &[&schema]).unwrap();
    let mut lines = Vec::new();
    for table in tables.iter().map(|row| row.get::<_, String>(0)) {
        if LISTS.contains(&table.as_str()) {
            continue;
        }
        let found = client.query(&format!("SELECT t::text FROM \"{schema}\".\"{table}\" t"), &[]).unwrap();
        lines.extend(found.iter().map(|row| format!("{table} {}", row.get::<_, String>(0))));
    }
    lines.sort();
    lines
}

/// Drops the schemas of a prefix.
pub(crate) fn drop_schemas(client: &mut Client, prefix: &str) {
    for view in View::ALL {
        client.batch_execute(&format!("DROP SCHEMA IF EXISTS {prefix}_{} CASCADE", view.name())).unwrap();
    }
}
