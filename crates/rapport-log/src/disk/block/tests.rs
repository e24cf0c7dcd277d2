use rapport_model::{Actor, Revision};

use super::*;
use crate::{
    event::{envelope::Place, record::Encoder},
    testing::event,
};

/// What the fixture of format 1 holds. The file was written once, by this function, and is never edited.
fn block_of_three() -> Vec<u8> {
    let start = 1_767_225_600_000_000;
    let mut builder = BlockBuilder::new(Position(41), Timestamp::from_micros(start));
    let mut encoder = Encoder::default();
    for nth in 0..3_u64 {
        let mut event = event(u128::from(nth) + 1, "deal.opened", "c-1", &["agent:ilze", "deal:42"]);
        event.actor = Some(Actor { id: "ilze".into(), role: "sales".into(), ..Actor::default() });
        event.occurred_at = Some(Timestamp::from_micros(start - 1));
        let recorded_at = Timestamp::from_micros(start + nth.cast_signed());
        let place =
            Place { position: Position(41 + nth), stream: "deal-42", revision: Revision(nth), recorded_at };
        builder.push(encoder.encode(&event, place), recorded_at);
    }
    builder.finish(Position(41)..=Position(43), 0)
}

#[test]
fn the_fixture_of_format_1_is_read() {
    let bytes = Bytes::from_static(include_bytes!("../../../tests/fixtures/block-v1.bin"));
    let block = Block::open(bytes.clone(), 0).unwrap();
    assert_eq!(
        (block.first_position(), block.last_position(), block.count()),
        (Position(41), Position(43), 3)
    );
    assert_eq!(block.commit_last, Position(43));
    let record = block.record(Position(42)).unwrap().unwrap();
    let envelope = record.envelope().unwrap();
    assert_eq!(
        (envelope.stream, envelope.revision, envelope.position),
        ("deal-42", Revision(1), Position(42))
    );
    assert_eq!(envelope.recorded_at.to_string(), "2026-01-01T00:00:00.000001Z");
    assert_eq!(envelope.tags().collect::<Vec<_>>(), ["agent:ilze", "deal:42"]);
    assert_eq!((record.data, record.personal), (b"\x0a\x012".as_slice(), b"\x7a\x04\x0a\x02hi".as_slice()));
    assert_eq!(
        block_of_three(),
        bytes,
        "the format changed: it needs a new version and a fixture of its own"
    );
}

#[test]
fn any_flipped_byte_is_found() {
    let whole = block_of_three();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        assert!(Block::open(bytes.into(), 0).is_err(), "byte {place}");
    }
}

#[test]
fn any_cut_tail_is_found() {
    let whole = Bytes::from(block_of_three());
    for len in 0..whole.len() {
        assert!(Block::open(whole.slice(..len), 0).is_err(), "length {len}");
    }
}

#[test]
fn positions_outside_are_not_in_the_block() {
    let block = Block::open(block_of_three().into(), 0).unwrap();
    assert!(block.record(Position(40)).is_none() && block.record(Position(44)).is_none());
}
