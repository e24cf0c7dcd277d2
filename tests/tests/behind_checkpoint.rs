//! What a publisher makes of records that are committed behind the checkpoint: what is the log's is published and left
//! out; what cannot be is refused, and nothing is written then.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use publishing::{
    Publish, append_deals, assert_sound, committed,
    copies::{EVENTS, Published, changed},
    kafka, page, position, wait_until,
};
use rapport_tests::Ledger;
use rdkafka::{
    Message,
    message::{OwnedHeaders, OwnedMessage},
};

/// Up to here the topics have a checkpoint.
const UNTIL: u64 = 200;

fn split(published: &Published) -> (Vec<OwnedMessage>, Vec<OwnedMessage>) {
    published.records.iter().cloned().partition(|record| position(record) <= UNTIL)
}

/// Each event is there once in the order of its partition, whatever there was before.
fn completes(published: &Published, topic: &str, behind: &[OwnedMessage]) {
    let (before, _) = split(published);
    published.make(topic, &before, UNTIL, behind);
    let flags = kafka(published.broker, topic);
    // Killed and started again: what was found is found again.
    for _ in 0..2 {
        let mut publish = Publish::start(&published.ledger.url, &flags);
        wait_until("everything is published", || {
            page(&publish.http, "/metrics").contains(&format!("rapport_publisher_position {EVENTS}\n"))
        });
        publish.kill();
    }
    let records = committed(published.broker.client_config(), topic);
    let mut positions: Vec<_> =
        records.iter().filter(|record| record.payload() != Some(b"hello")).map(position).collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=EVENTS).collect::<Vec<_>>(), "{topic}");
    if positions.len() == records.len() {
        assert_sound(&published.ledger.url, &flags, EVENTS);
    }
}

#[test]
fn events_that_are_seen_without_their_checkpoint_are_left_out() {
    let published = Published::new("seen", "protobuf");
    let (_, behind) = split(&published);
    completes(&published, "seen-none", &[]);
    completes(&published, "seen-all", &behind);
    let of = |partitions: &[i32], count: usize| -> Vec<OwnedMessage> {
        let one = |partition: &i32| {
            let records = behind.iter().filter(|record| record.partition() == *partition);
            records.take(count).cloned().collect::<Vec<_>>()
        };
        partitions.iter().flat_map(one).collect()
    };
    // Torn: some partitions whole, others in part, others not at all.
    completes(&published, "seen-one", &of(&[2], 1_000));
    completes(&published, "seen-some", &of(&[3, 0], 7));
    completes(&published, "seen-parts", &[of(&[1], 3), of(&[2], 1_000), of(&[0], 1)].concat());
    // With something of another program in between, which is nobody's event.
    let foreign = changed(&behind[0], None, Some(b"hello".to_vec()), OwnedHeaders::new());
    completes(
        &published,
        "seen-foreign",
        &[of(&[1], 3), vec![foreign.clone(), foreign], of(&[2], 5)].concat(),
    );
}

#[test]
fn events_are_found_in_json_as_well_and_when_the_format_has_changed() {
    let published = Published::new("seen-json", "json");
    let (_, behind) = split(&published);
    // `kafka` says protobuf for what is yet to come.
    completes(&published, "seen-json-some", &behind[..30]);
}

/// What the publisher says to records behind the checkpoint that it cannot go on from, and that it writes nothing.
fn refused(published: &Published, topic: &str, server: &str, behind: &[OwnedMessage]) -> String {
    let (before, _) = split(published);
    published.make(topic, &before, UNTIL, behind);
    let publish = Publish::start(server, &kafka(published.broker, topic));
    wait_until("it is refused", || page(&publish.http, "/readyz").starts_with("refused: "));
    let said = page(&publish.http, "/readyz");
    let records = committed(published.broker.client_config(), topic);
    assert_eq!(records.len(), before.len() + behind.len(), "{said}");
    said
}

#[test]
fn what_no_publisher_leaves_behind_a_checkpoint_is_refused() {
    let published = Published::new("spoilt", "protobuf");
    let server = &published.ledger.url;
    let (_, behind) = split(&published);
    let of = |partition: i32| behind.iter().filter(move |record| record.partition() == partition);
    // A later event of a partition without an earlier one: its key would be out of order.
    let hole: Vec<_> = of(1).skip(1).cloned().collect();
    let said = refused(&published, "spoilt-hole", server, &hole);
    assert!(
        said.contains(&format!("the event at position `{}` in partition `1`", position(&hole[0]))),
        "{said}"
    );
    let reversed: Vec<_> = of(1).rev().cloned().collect();
    let said = refused(&published, "spoilt-reversed", server, &reversed);
    assert!(said.contains("publish to another topic"), "{said}");
    let mut moved = of(1).next().unwrap().clone();
    moved = OwnedMessage::new(
        moved.payload().map(<[u8]>::to_vec),
        moved.key().map(<[u8]>::to_vec),
        moved.topic().to_owned(),
        moved.timestamp(),
        3,
        moved.offset(),
        rdkafka::message::Message::headers(&moved).cloned(),
    );
    let said = refused(&published, "spoilt-moved", server, &[moved]);
    assert!(said.contains("in partition `3`"), "{said}");
}

#[test]
fn a_ledger_that_was_set_back_behind_the_checkpoint_is_refused() {
    let published = Published::new("ahead", "protobuf");
    let (_, behind) = split(&published);
    // The copy of a ledger ends at the checkpoint, or has another event behind it.
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let short = Ledger::start_with(&data, kafka(published.broker, "ahead-short")).unwrap();
    append_deals(&short, 1, UNTIL);
    publishing::wait_until_published(&short);
    drop(short);
    let back = folder.path().join("back");
    assert!(std::process::Command::new("cp").arg("-r").args([&data, &back]).status().unwrap().success());
    // It goes on, and its publisher leaves events without a checkpoint.
    let long = Ledger::start_with(&data, kafka(published.broker, "ahead-short")).unwrap();
    append_deals(&long, 1_000, 50);
    publishing::wait_until_published(&long);
    let all = committed(published.broker.client_config(), "ahead-short");
    let checkpoint = committed(published.broker.client_config(), "ahead-short.checkpoints").pop().unwrap();
    drop(long);
    drop(behind);
    // The publisher tells it that it was set back.
    let back = Ledger::start_with(&back, ["--accept-set-back"]).unwrap();
    let copied = Published { ledger: back, records: all, checkpoint, ..published };
    let (_, behind) = split(&copied);
    let said = refused(&copied, "ahead-torn", &copied.ledger.url, &behind[..20]);
    assert!(said.contains(&format!("the ledger ends at `{UNTIL}`: it was set back")), "{said}");
    append_deals(&copied.ledger, 5_000, 500);
    let said = refused(&copied, "ahead-other", &copied.ledger.url, &behind[..20]);
    assert!(said.contains("holds another event at position `2") && said.contains("set back"), "{said}");
}
