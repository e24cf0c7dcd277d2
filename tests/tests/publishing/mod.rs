//! What the tests of publishing share: events to append, the publisher's process, a consumer of committed records.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod copies;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use prost::Message as _;
use rapport_proto::v1::{
    AppendRequest, AppendResponse, DealWon, Event, Payload, StreamAppend, ledger_client::LedgerClient,
    payload::Kind,
};
use rapport_tests::{Broker, Ledger, command, get};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    message::{Headers, OwnedMessage},
};
use serde_json::Value;

/// Everything waited for in these tests comes sooner.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(90);

/// Waits for a condition that is asked again and again; asking takes a moment.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
    }
}

/// A deal that is won, of one of `customers`.
pub(crate) fn event(number: u64, customers: u64) -> StreamAppend {
    let (customer, deal_id) = (number % customers, number.to_string());
    let payload = Payload { kind: Some(Kind::DealWon(DealWon { deal_id, ..DealWon::default() })) };
    let event = Event {
        customer: format!("kliente-ņ-{customer}"),
        payload: payload.encode_to_vec().into(),
        ..Event::default()
    };
    StreamAppend { stream: format!("deal-{number}"), events: vec![event], ..StreamAppend::default() }
}

/// Appends, and gives the answer.
pub(crate) fn append(url: &str, appends: Vec<StreamAppend>) -> Result<AppendResponse, tonic::Status> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut client = LedgerClient::connect(url.to_owned()).await.unwrap();
        let request = AppendRequest { appends, ..AppendRequest::default() };
        Ok(client.append(request).await?.into_inner())
    })
}

/// Appends so many deals of ten customers, the first with this number.
pub(crate) fn append_deals(ledger: &Ledger, first: u64, count: u64) {
    append(&ledger.url, (first..first + count).map(|number| event(number, 10)).collect()).unwrap();
}

/// What `rapport status` says of the ledger.
pub(crate) fn head(ledger: &Ledger) -> Value {
    let status: Value = serde_json::from_str(&ledger.run(["status", "--output", "json"]).unwrap()).unwrap();
    status["head"].clone()
}

/// What it says of the publisher.
pub(crate) fn publisher(ledger: &Ledger) -> Value {
    head(ledger)["publisher"].clone()
}

/// Waits until everything is published.
pub(crate) fn wait_until_published(ledger: &Ledger) {
    wait_until("everything is published", || {
        let head = head(ledger);
        head["publisher"]["state"] == "STATE_PUBLISHING" && head["publisher"]["position"] == head["position"]
    });
}

/// Waits for a state of the publisher, and gives what it says is wrong.
pub(crate) fn trouble(ledger: &Ledger, state: &str) -> String {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let publisher = publisher(ledger);
        if publisher["state"] == state {
            return publisher["trouble"].as_str().unwrap_or_default().to_owned();
        }
        assert!(Instant::now() < deadline, "waited in vain for {state}: {publisher}");
    }
}

/// A page of a process.
pub(crate) fn page(address: &str, path: &str) -> String {
    get(address, path, None).map(|(_, body)| body).unwrap_or_default()
}

/// The flags by which a server or a publisher finds a broker.
pub(crate) fn kafka(broker: &Broker, topic: &str) -> Vec<String> {
    ["--kafka", broker.bootstrap(), "--kafka-topic", topic, "--kafka-partitions", "4"]
        .map(str::to_owned)
        .into()
}

/// `rapport publish` as a child process; killed when dropped.
pub(crate) struct Publish {
    pub child: Child,
    /// Where its pages are, `http://127.0.0.1:PORT`.
    pub http: String,
    _stdout: BufReader<ChildStdout>,
}

impl Publish {
    pub(crate) fn start(server: &str, flags: &[String]) -> Self {
        let mut publish = command(["publish", "--http", "127.0.0.1:0", "--server", server]).unwrap();
        publish.args(flags).env("RAPPORT_LOG", "warn");
        let mut child = publish.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        stdout.read_line(&mut ready).unwrap();
        let address = ready.split_whitespace().find_map(|word| word.strip_prefix("http="));
        let http = format!("http://{}", address.unwrap_or_else(|| panic!("no address in `{ready}`")));
        Self { child, http, _stdout: stdout }
    }

    pub(crate) fn is_publishing(&self) -> bool {
        page(&self.http, "/readyz") == "ok\n"
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its exit code and what it said, once it has ended by itself.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        wait_until("it ends", || {
            thread::yield_now();
            self.child.try_wait().unwrap().is_some()
        });
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        std::io::Read::read_to_string(&mut stderr, &mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }

    /// SIGTERM, and the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Publish {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `rapport publish --verify` says, and its exit code.
pub(crate) fn verify(server: &str, flags: &[String]) -> (Option<i32>, Value) {
    let mut verify = command(["publish", "--verify", "--output", "json", "--server", server]).unwrap();
    let output = verify.args(flags).output().unwrap();
    let said = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&output.stderr).into_owned()));
    (output.status.code(), said)
}

/// That the topic is the log up to this position, once readers of committed records see it: the broker answers a commit
/// before it marks the partitions.
pub(crate) fn assert_sound(server: &str, flags: &[String], position: u64) {
    let (mut code, mut said) = (None, Value::Null);
    wait_until("readers see the last checkpoint", || {
        (code, said) = verify(server, flags);
        said["position"].as_u64().is_none_or(|seen| seen >= position)
    });
    assert_eq!(
        (code, &said["sound"], &said["position"]),
        (Some(0), &true.into(), &position.into()),
        "{said}"
    );
}

/// A consumer of committed records, at the beginning of every partition.
pub(crate) fn reader(mut config: ClientConfig, topic: &str) -> BaseConsumer {
    config.set("group.id", "reader").set("isolation.level", "read_committed");
    config.set("enable.partition.eof", "true").set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create().unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), TIMEOUT).unwrap();
    let mut all = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        all.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
    }
    consumer.assign(&all).unwrap();
    consumer
}

/// Every committed record of a topic, each partition in order.
pub(crate) fn committed(config: ClientConfig, topic: &str) -> Vec<OwnedMessage> {
    let consumer = reader(config, topic);
    let partitions = consumer.assignment().unwrap().count();
    let (mut records, mut ended) = (Vec::new(), BTreeMap::new());
    let deadline = Instant::now() + TIMEOUT;
    while ended.len() < partitions {
        assert!(Instant::now() < deadline, "`{topic}` does not end");
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(record)) => records.push(record.detach()),
            Some(Err(KafkaError::PartitionEOF(partition))) => drop(ended.insert(partition, ())),
            Some(Err(_)) | None => {}
        }
    }
    records.sort_by_key(|record| (record.partition(), record.offset()));
    records
}

/// The text of a header.
pub(crate) fn header(record: &impl Message, name: &str) -> Option<String> {
    let value = record.headers()?.iter().find(|header| header.key == name)?.value?;
    Some(String::from_utf8(value.to_vec()).unwrap())
}

/// The position that a record says it has.
pub(crate) fn position(record: &impl Message) -> u64 {
    header(record, "rapport_position").unwrap().parse().unwrap()
}
