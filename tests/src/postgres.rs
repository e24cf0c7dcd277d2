//! A real PostgreSQL as a child process of an unprivileged user.
//!
//! It takes passwords (SCRAM) and listens on 127.0.0.1 alone. Its order of text is that of a language, as in most
//! people's databases, and not that of bytes: a query that needs the order of bytes says `COLLATE "C"`.

use std::{
    env, fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use ::postgres::{Client, NoTls};
use anyhow::{Context, Result, anyhow, ensure};
use rustix::{
    io::Errno,
    process::{Pid, Signal, geteuid, kill_process},
};

use crate::{
    guard::Guard,
    ledger::run_ok,
    port::{Port, arbitrary},
};

const USER: &str = "rapport";
const KILL_MAX: Duration = Duration::from_secs(20);
/// A lock is held at most so long for a statement that should wait for it.
const HELD_MAX: Duration = Duration::from_secs(60);
/// How many statements of a database wait for a lock, and how many connections to it were ever made.
const WAITING: &str = "
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'), sessions
FROM pg_stat_database WHERE datname = current_database()";

/// What a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fsync {
    /// The disk, as in life.
    On,
    /// Nothing: as safe against all but a power cut of the machine, and back from a crash in 0.4 seconds instead of 3.
    Off,
}

/// A PostgreSQL server on a free port; stopped, and its data removed, when dropped or when the test's process ends.
pub struct Database {
    programs: Programs,
    password: String,
    port: Port,
    _guard: Guard,
}

impl Database {
    /// Starts a server with one empty database and waits until it answers.
    ///
    /// # Errors
    /// There is no PostgreSQL, or it does not start.
    pub fn start() -> Result<Self> {
        Self::start_with(Fsync::On)
    }

    /// The same, saying what a commit waits for.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(fsync: Fsync) -> Result<Self> {
        let programs = Programs::find()?;
        let stop = programs.control(&["stop", "--mode=immediate"]);
        let guard = Guard::new(&programs.folder, [stop.get_program()].into_iter().chain(stop.get_args()))?;
        let (port, password) = (Port::claim()?, format!("{:016x}", arbitrary()));
        let password_file = programs.folder.join("password");
        fs::write(&password_file, &password)?;
        let mut initdb = programs.command("initdb");
        initdb.args(["--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--username", USER]);
        initdb.args(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]);
        run_ok(initdb.arg("--pwfile").arg(&password_file).arg("--pgdata").arg(programs.data()))?;
        let settings = programs.data().join("postgresql.auto.conf");
        let fsync = match fsync {
            Fsync::On => "on",
            Fsync::Off => "off",
        };
        let number = port.number;
        fs::write(
            settings,
            format!(
                "listen_addresses = '127.0.0.1'\nport = {number}\nunix_socket_directories = ''\nfsync = {fsync}\n"
            ),
        )?;
        let mut database = Self { programs, password, port, _guard: guard };
        database.restart()?;
        database.create(USER)?;
        Ok(database)
    }

    /// `postgres://USER:PASSWORD@127.0.0.1:PORT/rapport`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(USER)
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@{}/{database}", self.password, self.port.address())
    }

    /// Makes a fresh database on this server and gives its URL.
    ///
    /// # Errors
    /// There is one of this name already.
    pub fn create(&self, name: &str) -> Result<String> {
        let mut createdb = self.programs.command("createdb");
        createdb.args(["--host=127.0.0.1", "--username", USER, "--port", &self.port.number.to_string()]);
        run_ok(createdb.args(["--maintenance-db=postgres", name]).env("PGPASSWORD", &self.password))?;
        Ok(self.url_of(name))
    }

    /// Ends it without a word to anybody, as a power cut would; [`Self::restart`] recovers what was committed.
    ///
    /// # Errors
    /// It is not running.
    pub fn crash(&mut self) -> Result<()> {
        run_ok(&mut self.programs.control(&["stop", "--mode=immediate"])).map(drop)
    }

    /// `kill -9` for every process of it, so that none has a last word; [`Self::restart`] recovers what was committed.
    ///
    /// # Errors
    /// It is not running.
    pub fn kill(&mut self) -> Result<()> {
        let file = self.programs.data().join("postmaster.pid");
        let text = fs::read_to_string(&file).context("the server is not running")?;
        let first: i32 = text.lines().next().context("a process id")?.parse()?;
        let first = Pid::from_raw(first).context("a process id")?;
        // Held still it starts no more of them.
        kill_process(first, Signal::STOP)?;
        let mut all = children(first)?;
        all.push(first);
        for process in &all {
            match kill_process(*process, Signal::KILL) {
                Ok(()) | Err(Errno::SRCH) => {}
                Err(error) => return Err(error).context("killing a process of PostgreSQL"),
            }
        }
        let deadline = Instant::now() + KILL_MAX;
        while all.iter().any(|process| is_alive(*process)) {
            ensure!(Instant::now() < deadline, "a killed process of PostgreSQL lives on");
            thread::yield_now();
        }
        // What the system gives its number to next is no server of ours.
        Ok(fs::remove_file(file)?)
    }

    /// Ends it in order, and every connection.
    ///
    /// # Errors
    /// It is not running.
    pub fn stop(&mut self) -> Result<()> {
        run_ok(&mut self.programs.control(&["stop", "--mode=fast"])).map(drop)
    }

    /// Starts it again on the same port and data, after [`Self::kill`], [`Self::crash`] or [`Self::stop`], and waits
    /// until it answers.
    ///
    /// # Errors
    /// It is running, or does not start; the error holds its log.
    pub fn restart(&mut self) -> Result<()> {
        let log = self.programs.folder.join("log");
        let started = run_ok(self.programs.control(&["start"]).arg("--log").arg(&log));
        started.map(drop).with_context(|| fs::read_to_string(log).unwrap_or_default())
    }
}

/// One server for all tests of this process that do it no harm; each makes a database of its own.
///
/// # Errors
/// It did not start.
pub fn shared_database() -> Result<&'static Database> {
    static SHARED: OnceLock<Result<Database, String>> = OnceLock::new();
    let started =
        SHARED.get_or_init(|| Database::start_with(Fsync::Off).map_err(|error| format!("{error:#}")));
    started.as_ref().map_err(|error| anyhow!("{error}"))
}

/// Holds a table locked while `meanwhile` runs, and until one statement has waited for the lock and `connections` were
/// made to its database meanwhile. A client that asks about a slow statement on new connections has asked as often.
///
/// # Errors
/// The table cannot be locked, or it does not come to that.
pub fn hold_locked(url: &str, table: &str, connections: i64, meanwhile: impl FnOnce()) -> Result<()> {
    let (mut holder, mut observer) = (Client::connect(url, NoTls)?, Client::connect(url, NoTls)?);
    holder.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))?;
    meanwhile();
    let begun = Instant::now();
    let mut before = None;
    loop {
        let found = observer.query_one(WAITING, &[])?;
        let (waiting, made): (i64, i64) = (found.try_get(0)?, found.try_get(1)?);
        ensure!(waiting <= 1, "a statement that waited was given up: {waiting} wait now");
        if waiting == 1 && made >= *before.get_or_insert(made) + connections {
            return Ok(holder.batch_execute("COMMIT")?);
        }
        ensure!(begun.elapsed() < HELD_MAX, "{waiting} statements wait, {made} connections since {before:?}");
        thread::yield_now();
    }
}

/// The state and the parent of a process.
fn stat(process: &str) -> Option<(String, i32)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before may hold anything, in parentheses.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

fn children(parent: Pid) -> Result<Vec<Pid>> {
    let names = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_child = |name: &String| stat(name).is_some_and(|(_, of)| of == parent.as_raw_nonzero().get());
    Ok(names.filter(is_child).filter_map(|name| Pid::from_raw(name.parse().ok()?)).collect())
}

/// One that has ended may wait for somebody to take note.
fn is_alive(process: Pid) -> bool {
    stat(&process.as_raw_nonzero().to_string()).is_some_and(|(state, _)| state != "Z" && state != "X")
}

/// PostgreSQL's programs, as the user that runs them, with a folder that is that user's.
struct Programs {
    folder: PathBuf,
    binaries: PathBuf,
    user: Option<(u32, u32)>,
}

impl Programs {
    fn find() -> Result<Self> {
        let binaries =
            binaries().context("there is no PostgreSQL for this test; `make setup-postgres` gets it")?;
        // It refuses to run as root.
        let user = if geteuid().is_root() { Some(unprivileged()?) } else { None };
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir()?.keep();
        if let Some((user, group)) = user {
            chown(&folder, Some(user), Some(group))?;
        }
        Ok(Self { folder, binaries, user })
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = match self.user {
            None => Command::new(program),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", &user.to_string(), "--regid", &group.to_string(), "--clear-groups"]);
                command.arg(program);
                command
            }
        };
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command.current_dir(&self.folder);
        command
    }

    fn control(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("pg_ctl");
        command.args(["--silent", "--wait", "--timeout=60", "--pgdata"]).arg(self.data()).args(arguments);
        command
    }
}

/// The folder of the newest version's programs: of Debian's, or of whatever is on the path.
fn binaries() -> Option<PathBuf> {
    let has_server = |folder: &PathBuf| folder.join("initdb").exists();
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions
        .filter_map(|entry| Some((version(&entry.path())?, entry.path().join("bin"))))
        .filter(|(_, folder)| has_server(folder))
        .max();
    let on_path = || env::split_paths(&env::var_os("PATH")?).find(has_server);
    debian.map(|(_, folder)| folder).or_else(on_path)
}

/// User and group of `postgres`, or of `nobody` where that one does not exist.
fn unprivileged() -> Result<(u32, u32)> {
    let id = |option: &str, user: &str| -> Result<u32> {
        Ok(run_ok(Command::new("id").args([option, user]))?.trim().parse()?)
    };
    let ids = |user| anyhow::Ok((id("-u", user)?, id("-g", user)?));
    ids("postgres").or_else(|_| ids("nobody"))
}
