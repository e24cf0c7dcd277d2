//! Randomness with a seed that is printed, so that a failure can be run again.

use std::{env, time::SystemTime};

/// A stream of numbers from a seed (SplitMix64).
pub struct Random(u64);

impl Random {
    /// From `RAPPORT_TEST_SEED`, or from the clock; the seed is printed.
    #[must_use]
    pub fn seeded(test: &str) -> Self {
        let given = env::var("RAPPORT_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
            u64::from(since.subsec_nanos()) ^ since.as_secs()
        });
        eprintln!("{test}: RAPPORT_TEST_SEED={seed}");
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    /// Whether one of `in_how_many` happens.
    pub fn one_in(&mut self, in_how_many: u64) -> bool {
        self.below(in_how_many) == 0
    }

    /// A UUID.
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.number(), self.number());
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}
