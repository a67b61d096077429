//! Where randomness comes from: a seed, or the bytes of a fuzzer.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A deterministic stream of random numbers.
///
/// A fuzzer's bytes come first and are followed by one fixed stream, so every input makes a whole
/// program, and a change of one byte changes what was drawn from it and not more.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    bytes: &'a [u8],
    then: ChaCha8Rng,
}

impl Source<'static> {
    /// Returns stream `number` of `seed`.
    pub fn seeded(seed: u64, number: u64) -> Self {
        let mut then = ChaCha8Rng::seed_from_u64(seed);
        then.set_stream(number);
        Self { bytes: &[], then }
    }
}

impl<'a> Source<'a> {
    /// Returns the stream that begins with `bytes`.
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self { bytes, ..Source::seeded(0, 0) }
    }
}

impl RngCore for Source<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, target: &mut [u8]) {
        let (given, rest) = target.split_at_mut(target.len().min(self.bytes.len()));
        let (taken, left) = self.bytes.split_at(given.len());
        given.copy_from_slice(taken);
        self.bytes = left;
        self.then.fill_bytes(rest);
    }
}
