//! The publisher with a real broker: what consumers see, topics that are not as they must be, a broker that is away, a
//! second publisher, TLS and passwords.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
    process::Command,
};

use prost::Message as _;
use publishing::{
    Publish, append, append_deals, assert_sound, committed, event, head, header, kafka, page, position,
    trouble, wait_until, wait_until_published,
};
use rapport_proto::v1::{Custom, Event, Payload, RecordedEvent, StreamAppend, payload::Kind};
use rapport_tests::{
    Broker, Ledger, Mechanism, command, partitions_in_java, read_topic_in_java, shared_broker,
};
use rdkafka::{
    Message,
    admin::{AdminClient, AdminOptions, NewPartitions},
    client::DefaultClientContext,
};
use serde_json::Value;

fn one(stream: &str, r#type: &str, customer: &str, payload: &[u8]) -> StreamAppend {
    let event = Event {
        r#type: r#type.to_owned(),
        customer: customer.to_owned(),
        payload: payload.to_vec().into(),
        ..Event::default()
    };
    StreamAppend { stream: stream.to_owned(), events: vec![event], ..StreamAppend::default() }
}

/// Deals, an event of the organisation's own without a customer, and one of a type from the future.
fn some_of_each(ledger: &Ledger) -> u64 {
    append_deals(ledger, 1, 200);
    let custom = custom(b"hi");
    append(&ledger.url, vec![one("company", "acme.boiler_inspected", "", &custom)]).unwrap();
    // Field 999 of the payload.
    let future = [0xba, 0x3e, 0x02, 0x08, 0x01];
    append(&ledger.url, vec![one("deal-1", "future.thing", "kliente-ņ-1", &future)]).unwrap();
    append_deals(ledger, 201, 50);
    252
}

/// A payload of the organisation's own.
fn custom(data: &[u8]) -> Vec<u8> {
    let custom =
        Custom { content_type: "text/plain".to_owned(), data: data.to_vec().into(), ..Custom::default() };
    Payload { kind: Some(Kind::Custom(custom)) }.encode_to_vec()
}

fn events(ledger: &Ledger) -> Vec<Value> {
    rapport_tests::json_lines(&ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap()).unwrap()
}

fn moment(text: &Value) -> jiff::Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

/// What Java and librdkafka see of a topic is the log.
fn consumers_see_the_log(topic: &str, value: &str) {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = [kafka(broker, topic), vec!["--kafka-value".to_owned(), value.to_owned()]].concat();
    let ledger = Ledger::start_with(folder.path(), &flags).unwrap();
    let count = some_of_each(&ledger);
    wait_until_published(&ledger);
    assert_sound(&ledger.url, &flags, count);

    let log: HashMap<_, _> =
        events(&ledger).into_iter().map(|event| (event["position"].clone(), event)).collect();
    let ledger_id = head(&ledger)["ledgerId"].as_str().unwrap().to_owned();
    let in_java = read_topic_in_java(broker.bootstrap(), topic, None).unwrap();
    assert_eq!(in_java.len(), log.len());
    let mut last_of_a_key = BTreeMap::new();
    let keys: Vec<_> = in_java.iter().map(|line| line["key"].as_str().unwrap()).collect();
    let partitions = partitions_in_java(4, &keys).unwrap();
    for (line, partition) in in_java.iter().zip(partitions) {
        let event = &log[&line["headers"]["rapport_position"]];
        let text = |name: &str| event[name].as_str().unwrap_or_default();
        let key = if text("customer").is_empty() { text("stream") } else { text("customer") };
        assert_eq!((line["key"].as_str().unwrap(), line["subject"].as_str().unwrap()), (key, key));
        assert_eq!(line["partition"], partition, "{key}");
        assert_eq!(
            (&line["id"], &line["type"], &line["specversion"]),
            (&event["id"], &event["type"], &"1.0".into())
        );
        assert_eq!(line["source"], format!("urn:uuid:{ledger_id}"));
        assert_eq!(moment(&line["time"]), moment(&event["occurredAt"]));
        let headers = &line["headers"];
        assert_eq!(headers["rapport_stream"], event["stream"]);
        assert_eq!(headers["rapport_revision"], event["revision"].as_str().unwrap_or("0"));
        assert_eq!(moment(&headers["rapport_recorded_at"]), moment(&event["recordedAt"]));
        let is_json = value == "json" && event["type"] != "future.thing";
        let content_type = if is_json { "application/json" } else { "application/protobuf" };
        assert_eq!(line["datacontenttype"], content_type, "{}", event["type"]);
        if is_json {
            assert_eq!(serde_json::from_str::<Value>(line["data"].as_str().unwrap()).unwrap(), *event);
        }
        let at: u64 = headers["rapport_position"].as_str().unwrap().parse().unwrap();
        assert!(last_of_a_key.insert(key.to_owned(), at).is_none_or(|before| before < at), "{key}");
    }

    let records = committed(broker.client_config(), topic);
    assert_eq!(records.len(), log.len());
    for record in &records {
        let event = &log[&position(record).to_string().into()];
        assert_eq!(header(record, "ce_id").as_deref(), event["id"].as_str());
        if header(record, "content-type").unwrap() == "application/protobuf" {
            let decoded = RecordedEvent::decode(record.payload().unwrap()).unwrap();
            assert_eq!((Some(&*decoded.id), decoded.position), (event["id"].as_str(), position(record)));
        }
    }
}

#[test]
fn consumers_see_the_log_in_protobuf() {
    consumers_see_the_log("in-protobuf", "protobuf");
}

#[test]
fn consumers_see_the_log_in_json() {
    consumers_see_the_log("in-json", "json");
}

/// A ledger whose publisher is refused, with what it says; it takes appends all the same, unless it was set back.
fn refused(data: &Path, broker: &Broker, topic: &str) -> String {
    let ledger = Ledger::start_with(data, kafka(broker, topic)).unwrap();
    let said = trouble(&ledger, "STATE_REFUSED");
    let appended = append(&ledger.url, vec![event(100_000, 10)]).map_err(|refusal| refusal.to_string());
    let is_set_back = said.contains("set back");
    assert!(
        appended.as_ref().is_ok_and(|_| !is_set_back)
            || appended.as_ref().is_err_and(|refusal| is_set_back && refusal.contains("appends are refused")),
        "{appended:?}"
    );
    assert!(page(&ledger.http, "/metrics").contains("rapport_publisher_state{state=\"refused\"} 1"));
    let shown = ledger.run(["status"]).unwrap();
    assert!(shown.contains(&said) && shown.contains(": refused, "), "{shown}");
    said
}

#[test]
fn topics_that_are_not_as_they_must_be_are_refused() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut flags = kafka(broker, "copied").to_vec();
    flags.extend(["--kafka-replication", "3"].map(str::to_owned));
    let ledger = Ledger::start_with(&folder.path().join("copied"), flags).unwrap();
    let said = trouble(&ledger, "STATE_REFUSED");
    assert!(
        said.contains("`copied` cannot be made with 3 copies") && said.contains("--kafka-replication"),
        "{said}"
    );
    drop(ledger);
    broker.create_topic("compacted", 4, &[("cleanup.policy", "compact")]).unwrap();
    let said = refused(&folder.path().join("a"), broker, "compacted");
    assert!(said.contains("`compacted` is compacted") && said.contains("`cleanup.policy`"), "{said}");

    broker.create_topic("two", 4, &[]).unwrap();
    broker.create_topic("two.checkpoints", 2, &[("cleanup.policy", "compact")]).unwrap();
    let said = refused(&folder.path().join("b"), broker, "two");
    assert!(said.contains("`two.checkpoints` has 2 partitions, it must have 1"), "{said}");

    broker.create_topic("kept-short", 4, &[]).unwrap();
    broker.create_topic("kept-short.checkpoints", 1, &[("cleanup.policy", "delete")]).unwrap();
    let said = refused(&folder.path().join("c"), broker, "kept-short");
    assert!(said.contains("`kept-short.checkpoints` is not compacted"), "{said}");
}

#[test]
fn a_topic_of_another_ledger_is_refused_and_so_is_a_ledger_that_was_set_back() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let publish = |count: u64| {
        let ledger = Ledger::start_with(&data, kafka(broker, "owned")).unwrap();
        append_deals(&ledger, count, count);
        wait_until_published(&ledger);
        assert_eq!(ledger.terminate().unwrap(), Some(0));
    };
    publish(10);
    assert!(Command::new("cp").arg("-r").args([&data, &backup]).status().unwrap().success());
    publish(1_000);
    let said = refused(&folder.path().join("other"), broker, "owned");
    assert!(
        said.contains("`owned` holds the events of the ledger ") && said.contains("--kafka-topic"),
        "{said}"
    );
    let said = refused(&backup, broker, "owned");
    assert!(said.contains("up to position `1010`, the ledger ends at `10`: it was set back"), "{said}");
    // It has grown past the topic meanwhile.
    let grown = Ledger::start(&backup).unwrap();
    append_deals(&grown, 5_000, 2_000);
    assert_eq!(grown.terminate().unwrap(), Some(0));
    let said = refused(&backup, broker, "owned");
    assert!(said.contains("another event at position `1010`") && said.contains("set back"), "{said}");
}

#[test]
fn added_partitions_are_refused_and_move_no_key_before_that() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::start_with(folder.path(), kafka(broker, "grown")).unwrap();
    append_deals(&ledger, 1, 100);
    wait_until_published(&ledger);
    let admin: AdminClient<DefaultClientContext> = broker.client_config().create().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let more = [NewPartitions::new("grown", 6)];
    runtime.block_on(admin.create_partitions(&more, &AdminOptions::new())).unwrap();
    append_deals(&ledger, 101, 100);
    let said = trouble(&ledger, "STATE_REFUSED");
    assert!(said.contains("`grown` had 4 partitions and has 6"), "{said}");
    ledger.kill().unwrap();
    ledger.restart().unwrap();
    trouble(&ledger, "STATE_REFUSED");
    append_deals(&ledger, 201, 10);
    let mut partitions = BTreeMap::new();
    for record in committed(broker.client_config(), "grown") {
        let before = partitions.insert(record.key().unwrap().to_vec(), record.partition());
        assert!(before.is_none_or(|before| before == record.partition()), "a key in two partitions");
    }
}

#[test]
fn kafka_may_be_away_and_appends_go_on() {
    let mut broker = Broker::start().unwrap();
    broker.kill().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = kafka(&broker, "away");
    let ledger = Ledger::start_with(folder.path(), &flags).unwrap();
    let is_behind = |by: u64| {
        let metrics = page(&ledger.http, "/metrics");
        metrics.contains(&format!("rapport_publisher_lag_events {by}\n"))
            && !metrics.contains("rapport_publisher_lag_seconds 0.0\n")
    };
    let mut first = 1;
    for round in ["away at the start", "held", "killed"] {
        match round {
            "held" => broker.pause().unwrap(),
            "killed" => broker.kill().unwrap(),
            _ => {}
        }
        append_deals(&ledger, first, 50);
        first += 50;
        let said = trouble(&ledger, "STATE_WAITING");
        assert!(said.contains("kafka"), "{round}: {said}");
        assert!(is_behind(50), "{round}");
        assert!(ledger.run(["status"]).unwrap().contains("waiting for kafka, 50 behind, for "), "{round}");
        if round == "held" {
            broker.resume().unwrap()
        } else {
            broker.restart().unwrap()
        }
        wait_until_published(&ledger);
        assert!(is_behind(0) || page(&ledger.http, "/metrics").contains("lag_events 0\n"), "{round}");
    }
    assert_sound(&ledger.url, &flags, 150);
    // A stop does not wait for a broker that does not answer.
    broker.pause().unwrap();
    append_deals(&ledger, first, 50);
    trouble(&ledger, "STATE_WAITING");
    let since = std::time::Instant::now();
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    assert!(since.elapsed().as_secs() < 20, "{:?}", since.elapsed());
}

#[test]
fn a_second_publisher_takes_over_and_the_first_one_ends() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = kafka(broker, "fenced");
    let ledger = Ledger::start_with(&folder.path().join("plain"), [] as [&str; 0]).unwrap();
    append_deals(&ledger, 1, 1_000);
    let first = Publish::start(&ledger.url, &flags);
    wait_until("the first one publishes", || first.is_publishing());
    let second = Publish::start(&ledger.url, &flags);
    wait_until("the second one publishes", || second.is_publishing());
    append_deals(&ledger, 2_000, 1_000);
    let (code, said) = first.ended();
    assert_eq!(code, Some(2));
    assert!(said.contains("another publisher of `fenced` took over"), "{said}");
    wait_until("everything is published", || {
        page(&second.http, "/metrics").contains("rapport_publisher_position 2000\n")
    });
    assert_sound(&ledger.url, &flags, 2_000);
    assert!(page(&second.http, "/metrics").contains("rapport_publisher_lag_events 0\n"));
    assert_eq!(second.terminate(), Some(0));

    // A server goes on without its publisher.
    let ledger = Ledger::start_with(&folder.path().join("both"), kafka(broker, "fenced-too")).unwrap();
    append_deals(&ledger, 1, 10);
    wait_until_published(&ledger);
    let other = Publish::start(&ledger.url, &kafka(broker, "fenced-too"));
    wait_until("the other one publishes", || other.is_publishing());
    append_deals(&ledger, 11, 10);
    let said = trouble(&ledger, "STATE_FENCED");
    assert!(said.contains("another publisher"), "{said}");
    append_deals(&ledger, 21, 10);
    wait_until("everything is published", || {
        page(&other.http, "/metrics").contains("rapport_publisher_position 30\n")
    });
    assert_sound(&ledger.url, &kafka(broker, "fenced-too"), 30);
}

#[test]
fn a_publisher_waits_for_its_ledger() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::start(folder.path()).unwrap();
    append_deals(&ledger, 1, 10);
    let publish = Publish::start(&ledger.url, &kafka(broker, "ledger-away"));
    wait_until("it publishes", || publish.is_publishing());
    ledger.kill().unwrap();
    wait_until("it waits", || page(&publish.http, "/readyz").starts_with("waiting: the log cannot be read"));
    assert_eq!(publish.terminate(), Some(0));
    // Started before its ledger.
    let publish = Publish::start(&ledger.url, &kafka(broker, "ledger-away"));
    wait_until("it waits", || page(&publish.http, "/readyz").starts_with("waiting: cannot reach the server"));
    assert_eq!(page(&publish.http, "/healthz"), "ok\n");
    assert_eq!(publish.terminate(), Some(0));
}

#[test]
fn tls_and_passwords_work_and_a_wrong_one_is_told_without_it() {
    let secured = Broker::start_secured().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (mechanism, password) in [
        (Mechanism::Scram, secured.password()),
        (Mechanism::Plain, secured.password()),
        (Mechanism::Scram, "wr0ng-and-s3cret"),
        (Mechanism::Plain, "wr0ng-and-s3cret"),
    ] {
        let file = folder.path().join("kafka.properties");
        let lines = [
            ("security.protocol", "SASL_SSL"),
            ("ssl.ca.location", secured.authority().to_str().unwrap()),
            ("sasl.mechanism", mechanism.name()),
            ("sasl.username", mechanism.user()),
            ("sasl.password", password),
        ];
        let lines: Vec<_> = lines.iter().map(|(name, value)| format!("{name}={value}")).collect();
        fs::write(&file, lines.join("\n")).unwrap();
        let is_right = password == secured.password();
        let topic = format!("secured-{}-{is_right}", mechanism.user());
        let flags = ["--kafka", secured.bootstrap(), "--kafka-topic", &topic, "--kafka-properties"];
        let mut flags: Vec<_> = flags.map(str::to_owned).into();
        flags.push(file.to_str().unwrap().to_owned());
        let ledger = Ledger::start_with(&folder.path().join(&topic), &flags).unwrap();
        append_deals(&ledger, 1, 10);
        if is_right {
            wait_until_published(&ledger);
            assert_sound(&ledger.url, &flags, 10);
        } else {
            let said = trouble(&ledger, "STATE_REFUSED");
            assert!(said.to_lowercase().contains("authentication"), "{mechanism:?}: {said}");
            assert!(!said.contains(password), "{said}");
            let (code, said) = publishing::verify(&ledger.url, &flags);
            assert_eq!(code, Some(2), "{said}");
            assert!(!said.to_string().contains(password), "{said}");
        }
    }
}

#[test]
fn an_event_that_the_topic_does_not_take_stops_what_follows_and_not_what_precedes() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    broker.create_topic("small", 4, &[("max.message.bytes", "20000"), ("retention.ms", "-1")]).unwrap();
    let flags = kafka(broker, "small");
    let ledger = Ledger::start(folder.path()).unwrap();
    // Many that fit one by one, more than the topic takes at once.
    append_deals(&ledger, 1, 2_000);
    let mut random = rapport_tests::Random::seeded("publisher");
    // Random text, so that no compression makes it small.
    let text: String = (0..2_000).map(|_| random.uuid()).collect();
    append(&ledger.url, vec![one("large", "acme.large", "kliente", &custom(text.as_bytes()))]).unwrap();
    append_deals(&ledger, 3_000, 10);
    let publish = Publish::start(&ledger.url, &flags);
    wait_until("it is refused", || page(&publish.http, "/readyz").starts_with("refused: "));
    let said = page(&publish.http, "/readyz");
    assert!(said.contains("the event at position `2001` is larger than `small` takes"), "{said}");
    assert!(said.contains("`max.message.bytes`"), "{said}");
    assert_sound(&ledger.url, &flags, 2_000);
}

#[test]
fn events_are_seen_together_with_their_checkpoint_or_not_at_all() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = kafka(broker, "together");
    let ledger = Ledger::start_with(folder.path(), &flags).unwrap();
    append_deals(&ledger, 1, 100);
    wait_until_published(&ledger);
    // From now on the broker takes events and no checkpoints: only the markers of transactions are so small.
    let refuse = [("cleanup.policy", "compact"), ("max.message.bytes", "150")];
    broker.alter_topic("together.checkpoints", &refuse).unwrap();
    append_deals(&ledger, 101, 100);
    trouble(&ledger, "STATE_REFUSED");
    assert_eq!(committed(broker.client_config(), "together").len(), 100);
    broker.alter_topic("together.checkpoints", &[("cleanup.policy", "compact")]).unwrap();
    wait_until_published(&ledger);
    assert_sound(&ledger.url, &flags, 200);
    assert_eq!(committed(broker.client_config(), "together").len(), 200);
}

#[test]
fn a_setting_of_the_publisher_without_a_broker_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = ["serve", "--data", data.to_str().unwrap(), "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    let publish = ["publish", "--server", "http://127.0.0.1:1"];
    for (start, flag, named) in [
        (&data[..], ["--kafka-topic", "t"], "kafka.topic"),
        (&data, ["--verify-every", "6h"], "kafka.verify_every"),
        (&data, ["--kafka-property", "security.protocol=SSL"], "kafka.properties"),
        (&publish, ["--kafka-value", "json"], "kafka.value"),
    ] {
        let output = command([start, &flag].concat()).unwrap().output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{flag:?}: {said}");
        assert!(said.contains(&format!("`{named}`")) && said.contains("--kafka HOST:PORT"), "{said}");
    }
}
