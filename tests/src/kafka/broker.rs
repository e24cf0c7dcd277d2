//! A real Kafka broker as a child process: one node in KRaft mode, broker and controller in one.
//!
//! Its jars come from `make setup-kafka`. Restarted, it has the same port and the same data.

use std::{
    env, fmt, fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
};
use rustix::process::{Pid, Signal, kill_process};

use crate::{guard::Guard, ledger::run_ok, port::Port};

const START_SECONDS_MAX: u64 = 90;
const ADMIN_TIMEOUT: Duration = Duration::from_secs(30);
const ASK_TIMEOUT: Duration = Duration::from_millis(500);

/// Sixteen bytes in Base64, as Kafka wants an identity.
const CLUSTER: &str = "rapport-tests-clusterA";

/// A broker on a free port of the loopback interface; killed, and its data removed, when dropped or when the test's
/// process ends.
pub struct Broker {
    child: Child,
    folder: PathBuf,
    bootstrap: String,
    // Removes the folder, once the process has ended.
    _guard: Guard,
    _ports: Vec<Port>,
}

impl fmt::Debug for Broker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Broker").field("bootstrap", &self.bootstrap).finish_non_exhaustive()
    }
}

impl Broker {
    /// Starts a broker and waits until it answers. Topics are not made by being named.
    ///
    /// # Errors
    /// There are no jars, or it does not start; the error holds the end of its log.
    pub fn start() -> Result<Self> {
        Self::start_in(new_folder()?, Vec::new(), "", &[])
    }

    /// `settings` come after the usual ones, `format` are further arguments of the storage tool.
    pub(super) fn start_in(
        folder: PathBuf,
        mut ports: Vec<Port>,
        settings: &str,
        format: &[&str],
    ) -> Result<Self> {
        let process = folder.join("pid").into_os_string();
        let guard =
            Guard::new(&folder, ["sh".into(), "-c".into(), r#"kill -9 "$(cat "$0")""#.into(), process])?;
        let (clients, controller) = (Port::claim()?, Port::claim()?);
        let bootstrap = clients.address();
        let settings = [include_str!("../../kafka/server.properties"), settings].concat();
        let settings = settings
            .replace("CLIENTS", &bootstrap)
            .replace("CONTROLLER_ADDRESS", &controller.address())
            .replace("FOLDER", &folder.to_string_lossy());
        let file = folder.join("server.properties");
        fs::write(&file, settings)?;
        ports.extend([clients, controller]);
        let mut tool = java(&["-Xmx128m"])?;
        tool.args(["kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER, "--config"]);
        run_ok(tool.arg(&file).args(format))?;
        let child = spawn(&folder)?;
        let mut broker = Self { child, folder, bootstrap, _guard: guard, _ports: ports };
        broker.wait_until_ready()?;
        Ok(broker)
    }

    /// Where clients without TLS and password find it, `127.0.0.1:PORT`.
    #[must_use]
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Settings of an rdkafka client of this broker.
    #[must_use]
    pub fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        // A client finds a restarted broker at once.
        config.set("reconnect.backoff.ms", "50").set("reconnect.backoff.max.ms", "200");
        config
    }

    /// Makes a topic, with settings of the topic such as `("cleanup.policy", "compact")`.
    ///
    /// # Errors
    /// There is such a topic already, or the broker does not answer.
    pub fn create_topic(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) -> Result<()> {
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        topic.config.extend_from_slice(settings);
        self.administer(async |admin, options| {
            for made in admin.create_topics([&topic], options).await? {
                made.map_err(|(topic, code)| anyhow!("creating the topic `{topic}`: {code}"))?;
            }
            Ok(())
        })
    }

    /// Deletes a topic.
    ///
    /// # Errors
    /// There is no such topic, or the broker does not answer.
    pub fn delete_topic(&self, name: &str) -> Result<()> {
        self.administer(async |admin, options| {
            for deleted in admin.delete_topics(&[name], options).await? {
                deleted.map_err(|(topic, code)| anyhow!("deleting the topic `{topic}`: {code}"))?;
            }
            Ok(())
        })
    }

    /// Gives a topic these settings, and for all others the broker's.
    ///
    /// # Errors
    /// There is no such topic, or the broker does not answer.
    pub fn alter_topic(&self, name: &str, settings: &[(&str, &str)]) -> Result<()> {
        let mut topic = AlterConfig::new(ResourceSpecifier::Topic(name));
        topic.entries.extend(settings.iter().copied());
        self.administer(async |admin, options| {
            for altered in admin.alter_configs([&topic], options).await? {
                altered.map_err(|(_, code)| anyhow!("altering the topic `{name}`: {code}"))?;
            }
            Ok(())
        })
    }

    fn administer(
        &self,
        work: impl AsyncFnOnce(&AdminClient<DefaultClientContext>, &AdminOptions) -> Result<()> + Send,
    ) -> Result<()> {
        let admin: AdminClient<_> = self.client_config().create()?;
        let options =
            AdminOptions::new().operation_timeout(Some(ADMIN_TIMEOUT)).request_timeout(Some(ADMIN_TIMEOUT));
        // A thread of its own: the caller's may belong to a runtime already.
        thread::scope(|scope| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            let worker = scope.spawn(move || runtime.block_on(work(&admin, &options)));
            worker.join().map_err(|_| anyhow!("the thread of the administration has panicked"))?
        })
    }

    /// Ends it as a power cut of its process would; [`Self::restart`] brings it back.
    ///
    /// # Errors
    /// The system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.reap()
    }

    /// SIGTERM, and waits until it has ended.
    ///
    /// # Errors
    /// The system refuses.
    pub fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            self.signal(Signal::TERM)?;
        }
        self.reap()
    }

    /// Starts it on the same ports and data, after [`Self::kill`] or [`Self::stop`], and waits until it answers.
    ///
    /// # Errors
    /// It is running, or does not start; the error holds the end of its log.
    pub fn restart(&mut self) -> Result<()> {
        ensure!(self.child.try_wait()?.is_some(), "the broker is running; kill or stop it first");
        self.child = spawn(&self.folder)?;
        self.wait_until_ready()
    }

    /// Holds it still: connections stay open, and nothing answers.
    ///
    /// # Errors
    /// It is not running.
    pub fn pause(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on after [`Self::pause`].
    ///
    /// # Errors
    /// It is not running.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(Pid::from_child(&self.child), signal).context("a signal to the broker")
    }

    fn reap(&mut self) -> Result<()> {
        self.child.wait()?;
        // What the system gives this number to next is not the guard's to end.
        fs::remove_file(self.folder.join("pid")).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error.into()),
        })
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        let client: BaseConsumer = self.client_config().create()?;
        while !client.fetch_metadata(None, ASK_TIMEOUT).is_ok_and(|answer| !answer.brokers().is_empty()) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the broker ended with {status}: {}", self.end_of_log());
            }
            ensure!(
                Instant::now() < deadline,
                "the broker did not answer in {START_SECONDS_MAX} seconds: {}",
                self.end_of_log()
            );
        }
        Ok(())
    }

    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // A process that is gone already is what is wanted.
        let _ = self.kill();
    }
}

/// One broker for all tests of this process that do it no harm; each takes topics with names of its own.
///
/// # Errors
/// It did not start.
pub fn shared_broker() -> Result<&'static Broker> {
    static SHARED: OnceLock<Result<Broker, String>> = OnceLock::new();
    let started = SHARED.get_or_init(|| Broker::start().map_err(|error| format!("{error:#}")));
    started.as_ref().map_err(|error| anyhow!("{error}"))
}

pub(super) fn new_folder() -> Result<PathBuf> {
    Ok(tempfile::Builder::new().prefix("kafka-").tempdir()?.keep())
}

fn spawn(folder: &Path) -> Result<Child> {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
    let archive = format!("-XX:SharedArchiveFile={}", jars()?.join("broker.jsa").display());
    // What is killed does not remove what it put there.
    let temporary = format!("-Djava.io.tmpdir={}", folder.display());
    let broker = java(&["-Xms128m", "-Xmx512m", &archive, &temporary])?;
    // The process writes down its own number, so that its guard knows it from the first moment.
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"echo $$ >"$0"; exec "$@""#]).arg(folder.join("pid"));
    shell.arg(broker.get_program()).args(broker.get_args());
    shell.arg("kafka.Kafka").arg(folder.join("server.properties")).current_dir(folder).process_group(0);
    shell.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().context("starting the broker")
}

/// A Java with Kafka and the CloudEvents SDK on its class path.
pub(crate) fn java(options: &[&str]) -> Result<Command> {
    let folder = jars()?;
    let mut java = Command::new("java");
    // Quick to start rather than quick in the long run.
    java.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"]).args(options);
    java.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn").arg("-cp").arg(folder.join("*"));
    java.env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    Ok(java)
}

/// The folder that `RAPPORT_TEST_KAFKA` names, or where `make setup-kafka` puts it.
fn jars() -> Result<PathBuf> {
    let named = env::var_os("RAPPORT_TEST_KAFKA").map(PathBuf::from);
    let usual = || {
        let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
        cache.map(|cache| cache.join("rapport/kafka"))
    };
    let folder = named.or_else(usual).filter(|folder| folder.join("stamp").exists());
    folder.context("there is no Kafka for this test; `make setup-kafka` gets it, `make test` too")
}
