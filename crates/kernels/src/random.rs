//! Random numbers as a function of a counter and a key: nothing is remembered from one to the next.

use crate::float::{Arithmetic, Soft};

/// Multipliers of a round.
const MULTIPLIERS: [u64; 2] = [0xd251_1f53, 0xcd9e_8d57];
/// What the key grows by from round to round.
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011): four random words.
pub const fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut a, mut b, mut c, mut d], [mut k, mut l]) = (counter, key);
    let mut round = 0;
    while round < 10 {
        let (p, q) = (MULTIPLIERS[0].wrapping_mul(a as u64), MULTIPLIERS[1].wrapping_mul(c as u64));
        (a, b, c, d) = ((q >> 32) as u32 ^ b ^ k, q as u32, (p >> 32) as u32 ^ d ^ l, p as u32);
        (k, l) = (k.wrapping_add(WEYL[0]), l.wrapping_add(WEYL[1]));
        round += 1;
    }
    [a, b, c, d]
}

/// A number in [0, 1) from a random word: its upper 24 bits times 2^−24, exactly.
pub fn uniform(word: u32) -> f32 {
    Soft::mul(Soft::from_i32((word >> 8) as i32), f32::from_bits(0x3380_0000))
}
