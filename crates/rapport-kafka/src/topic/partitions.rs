//! The partition of an event: that of its key, by the hash that Java clients use.
//!
//! **Invariant:** a key has one partition for as long as a topic is published to, also while partitions are added: a
//! client that asked the broker for their number at each record would scatter a customer's events.

use bytes::Buf;

/// The partition of a key, as Java's default partitioner and librdkafka's `murmur2_random` have it; 0 in a topic
/// without partitions.
#[must_use]
pub fn partition_of(key: &[u8], partitions: usize) -> i32 {
    let hash = u64::from(murmur2(key) & 0x7fff_ffff);
    let rest = hash.checked_rem(partitions as u64).unwrap_or_default();
    i32::try_from(rest).unwrap_or_default()
}

/// MurmurHash2, 32 bits, with Kafka's seed (`org.apache.kafka.common.utils.Utils.murmur2`).
fn murmur2(mut key: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const MIX: u32 = 0x5bd1_e995;
    // Kafka takes keys of less than 2 GiB.
    let length = u32::try_from(key.len()).unwrap_or(u32::MAX);
    let mut hash = SEED ^ length;
    while key.len() >= 4 {
        let mut word = key.get_u32_le().wrapping_mul(MIX);
        word = (word ^ (word >> 24)).wrapping_mul(MIX);
        hash = hash.wrapping_mul(MIX) ^ word;
    }
    if !key.is_empty() {
        let tail = key.iter().rev().fold(0, |tail, byte| tail << 8 | u32::from(*byte));
        hash = (hash ^ tail).wrapping_mul(MIX);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(MIX);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Kafka's own `UtilsTest`.
    #[test]
    fn hashes_are_those_of_kafka() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
        }
    }

    #[test]
    fn every_key_has_a_partition() {
        assert_eq!(partition_of(b"x", 0), 0);
        assert!((0..1_000).all(|key: u32| (0..12).contains(&partition_of(&key.to_le_bytes(), 12))));
    }
}
