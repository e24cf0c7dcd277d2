//! The rig itself: the broker, the database and the Java consumer of the other tests do what those rely on.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{
    env,
    io::{self, BufRead, BufReader},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use postgres::{Client, NoTls};
use rapport_tests::{
    Broker, Database, Fsync, Mechanism, partitions_in_java, read_topic_in_java, shared_broker,
    shared_database,
};
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    message::{Header, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer},
    types::RDKafkaErrorCode,
};
use serde_json::json;

const TIMEOUT: Duration = Duration::from_secs(30);

fn transactional(mut config: ClientConfig, id: &str) -> BaseProducer {
    let producer: BaseProducer = config.set("transactional.id", id).create().unwrap();
    producer.init_transactions(TIMEOUT).unwrap();
    producer
}

/// Sends an event in the binary mode of the CloudEvents Kafka binding.
fn send(producer: &BaseProducer, topic: &str, key: &str, id: &str) {
    send_as(producer, topic, key, id, "application/json", r#"{"dealId":"ā7"}"#.as_bytes());
}

fn send_as(producer: &BaseProducer, topic: &str, key: &str, id: &str, content_type: &str, payload: &[u8]) {
    let headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", id),
        ("ce_source", "/ledger"),
        ("ce_type", "deal.won"),
        ("ce_time", "2026-03-01T10:00:00.000001Z"),
        ("ce_subject", "deal-7"),
        ("ce_partitionkey", key),
        ("content-type", content_type),
        ("rapport_position", "42"),
    ];
    let headers = headers.iter().fold(OwnedHeaders::new(), |headers, &(key, value)| {
        headers.insert(Header { key, value: Some(value) })
    });
    producer.send(BaseRecord::to(topic).key(key).payload(payload).headers(headers)).unwrap();
}

/// The ids that a topic holds, as the Java consumer sees them, by partition and offset.
fn ids(broker: &Broker, topic: &str) -> Vec<String> {
    let lines = read_topic_in_java(broker.bootstrap(), topic, None).unwrap();
    lines.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn java_sees_a_committed_event_and_no_aborted_one() {
    let broker = shared_broker().unwrap();
    broker.create_topic("committed", 3, &[("cleanup.policy", "delete")]).unwrap();
    let producer = transactional(broker.client_config(), "committed");
    producer.begin_transaction().unwrap();
    send(&producer, "committed", "customer-1", "aborted");
    producer.flush(TIMEOUT).unwrap();
    producer.abort_transaction(TIMEOUT).unwrap();
    producer.begin_transaction().unwrap();
    send(&producer, "committed", "customer-1", "kept");
    send_as(&producer, "committed", "customer-1", "binary", "application/protobuf", &[0, 255]);
    producer.send(BaseRecord::to("committed").key("poison").partition(0).payload("no event")).unwrap();
    producer.commit_transaction(TIMEOUT).unwrap();

    let lines = read_topic_in_java(broker.bootstrap(), "committed", None).unwrap();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let (readable, unreadable): (Vec<_>, _) = lines.iter().partition(|line| line.get("error").is_none());
    assert_eq!(unreadable[0]["partition"], 0);
    let event = readable[0];
    let expected = json!({
        "partition": event["partition"],
        "offset": event["offset"],
        "key": "customer-1",
        "specversion": "1.0",
        "id": "kept",
        "source": "/ledger",
        "type": "deal.won",
        "time": "2026-03-01T10:00:00.000001Z",
        "subject": "deal-7",
        "datacontenttype": "application/json",
        "dataschema": null,
        "extensions": {"partitionkey": "customer-1"},
        "headers": {"rapport_position": "42"},
        "data": r#"{"dealId":"ā7"}"#,
    });
    assert_eq!(*event, expected);
    assert_eq!(readable[1]["id"], "binary");
    assert_eq!(readable[1]["data"], "AP8=", "in Base64");
    broker.delete_topic("committed").unwrap();
}

#[test]
fn java_partitions_keys_as_murmur2_random_does() {
    let broker = shared_broker().unwrap();
    broker.create_topic("keys", 7, &[]).unwrap();
    let mut config = broker.client_config();
    let producer = transactional(config.set("partitioner", "murmur2_random").clone(), "keys");
    let keys: Vec<_> = (0..100).map(|number| format!("kliente-ņ-{number}")).collect();
    producer.begin_transaction().unwrap();
    keys.iter().for_each(|key| send(&producer, "keys", key, key));
    producer.commit_transaction(TIMEOUT).unwrap();

    let lines = read_topic_in_java(broker.bootstrap(), "keys", None).unwrap();
    let mut found: Vec<_> = lines
        .iter()
        .map(|line| (line["key"].as_str().unwrap(), line["partition"].as_i64().unwrap()))
        .collect();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let partitions = partitions_in_java(7, &keys).unwrap().into_iter().map(i64::from);
    let mut expected: Vec<_> = keys.iter().copied().zip(partitions).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_killed_a_stopped_and_a_held_broker_come_back_with_what_they_had() {
    let mut broker = Broker::start().unwrap();
    let bootstrap = broker.bootstrap().to_owned();
    broker.create_topic("kept", 1, &[]).unwrap();
    let producer = transactional(broker.client_config(), "kept");
    for (round, id) in ["before", "after a kill", "after a stop", "after a pause"].into_iter().enumerate() {
        match round {
            0 => {}
            1 => broker.kill().unwrap(),
            2 => broker.stop().unwrap(),
            _ => broker.pause().unwrap(),
        }
        producer.begin_transaction().unwrap();
        send(&producer, "kept", "customer-1", id);
        match round {
            0 => {}
            1 | 2 => broker.restart().unwrap(),
            _ => {
                assert!(producer.commit_transaction(Duration::from_millis(300)).is_err(), "nobody answers");
                broker.resume().unwrap();
            }
        }
        producer.commit_transaction(TIMEOUT).unwrap();
        assert_eq!(broker.bootstrap(), bootstrap);
    }
    assert!(broker.restart().is_err(), "it is running");
    assert_eq!(ids(&broker, "kept"), ["before", "after a kill", "after a stop", "after a pause"]);
}

/// Why a client that asks for metadata gets no answer; `None` when it gets one.
fn refusal(config: &ClientConfig) -> Option<RDKafkaErrorCode> {
    let client: BaseConsumer = config.clone().set("group.id", "asks").create().unwrap();
    let deadline = Instant::now() + TIMEOUT;
    while client.fetch_metadata(None, Duration::from_secs(1)).is_err() {
        assert!(Instant::now() < deadline, "neither an answer nor a refusal");
        if let Some(Err(KafkaError::MessageConsumption(code))) = client.poll(Duration::from_millis(100))
            && [RDKafkaErrorCode::Authentication, RDKafkaErrorCode::SSL].contains(&code)
        {
            return Some(code);
        }
    }
    None
}

#[test]
fn a_secured_broker_takes_passwords_over_tls_and_nothing_else() {
    let secured = Broker::start_secured().unwrap();
    secured.broker.create_topic("secured", 1, &[]).unwrap();
    for mechanism in [Mechanism::Plain, Mechanism::Scram] {
        let producer = transactional(secured.client_config(mechanism), mechanism.name());
        producer.begin_transaction().unwrap();
        send(&producer, "secured", "customer-1", mechanism.name());
        producer.commit_transaction(TIMEOUT).unwrap();

        let mut config = secured.client_config(mechanism);
        assert_eq!(refusal(&config), None);
        config.set("sasl.password", "wrong");
        assert_eq!(refusal(&config), Some(RDKafkaErrorCode::Authentication), "{mechanism:?}");
        config.set("sasl.password", secured.password()).remove("ssl.ca.location");
        assert_eq!(refusal(&config), Some(RDKafkaErrorCode::SSL), "an authority that nobody knows");
    }
    let properties = secured.java_properties(Mechanism::Scram).unwrap();
    let lines = read_topic_in_java(secured.bootstrap(), "secured", Some(&properties)).unwrap();
    let ids: Vec<_> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["PLAIN", "SCRAM-SHA-512"]);
}

#[test]
fn a_crashed_database_comes_back_with_what_was_committed() {
    let mut database = Database::start().unwrap();
    let url = database.url();
    let mut client = Client::connect(&url, NoTls).unwrap();
    client
        .batch_execute("CREATE TABLE deal (id text PRIMARY KEY); INSERT INTO deal VALUES ('kept')")
        .unwrap();
    for end in [Database::crash, Database::kill] {
        client.batch_execute("BEGIN; INSERT INTO deal VALUES ('open')").unwrap();
        end(&mut database).unwrap();
        assert!(client.batch_execute("COMMIT").is_err(), "the connection is gone");
        assert!(Client::connect(&url, NoTls).is_err());
        database.restart().unwrap();
        assert_eq!(database.url(), url);
        client = Client::connect(&url, NoTls).unwrap();
    }
    assert!(database.kill().is_ok() && database.kill().is_err(), "it is not running");
    database.restart().unwrap();
    let mut client = Client::connect(&url, NoTls).unwrap();
    let deals = client.query("SELECT id FROM deal", &[]).unwrap();
    let deals: Vec<&str> = deals.iter().map(|row| row.get(0)).collect();
    assert_eq!(deals, ["kept"]);
    database.stop().unwrap();
    database.restart().unwrap();
    assert!(Client::connect(&url.replace(':', ":x"), NoTls).is_err(), "a wrong password");
}

#[test]
fn a_shared_database_orders_as_a_language_does() {
    let url = shared_database().unwrap().create("orders").unwrap();
    let mut client = Client::connect(&url, NoTls).unwrap();
    let ordered = |client: &mut Client, collation: &str| -> Vec<String> {
        let words = format!("SELECT w FROM unnest(ARRAY['b', 'A', 'a', 'B']) w ORDER BY w {collation}");
        client.query(&words, &[]).unwrap().iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(ordered(&mut client, ""), ["a", "A", "b", "B"]);
    assert_eq!(ordered(&mut client, r#"COLLATE "C""#), ["A", "B", "a", "b"]);
    assert!(shared_database().unwrap().create("orders").is_err(), "a database of another test");
    let waits: String = client.query_one("SHOW fsync", &[]).unwrap().get(0);
    assert_eq!(waits, "off");
    let honest = Database::start_with(Fsync::On).unwrap();
    let waits: String =
        Client::connect(&honest.url(), NoTls).unwrap().query_one("SHOW fsync", &[]).unwrap().get(0);
    assert_eq!(waits, "on");
}

/// Set in the process that [`a_server_ends_with_the_test_that_was_killed`] starts of itself.
const TO_BE_KILLED: &str = "RAPPORT_TEST_TO_BE_KILLED";

#[test]
fn a_server_ends_with_the_test_that_was_killed() {
    if env::var_os(TO_BE_KILLED).is_some() {
        let database = Database::start_with(Fsync::Off).unwrap();
        println!("{}", database.url());
        io::stdin().lines().for_each(drop);
        return;
    }
    let mut test = Command::new(env::current_exe().unwrap());
    test.args(["--exact", "a_server_ends_with_the_test_that_was_killed", "--nocapture"]);
    test.env(TO_BE_KILLED, "yes").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut test = test.spawn().unwrap();
    let mut lines = BufReader::new(test.stdout.take().unwrap()).lines();
    let said = lines.find_map(|line| Some(line.unwrap().split_once("@")?.1.to_owned())).unwrap();
    let address = said.split('/').next().unwrap();
    TcpStream::connect(address).unwrap();
    test.kill().unwrap();
    test.wait().unwrap();
    let deadline = Instant::now() + TIMEOUT;
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "PostgreSQL has outlived its test");
    }
}
