//! Keccak-f[1600] over vectors of 64-bit lanes, and the hash of 64 bytes with it (FIPS 202 §3).

use super::Pair;
use alloy_primitives::B256;

/// One 64-bit lane of each of `N` states.
///
/// A value can be made only where the processor has the instructions of the other functions, so
/// these are safe. All of them must vanish into the function that enables the instructions.
pub(super) trait Vector<const N: usize>: Copy {
    /// Puts one word into each state.
    ///
    /// # Safety
    ///
    /// The processor has the instructions that this vector is made of.
    unsafe fn new(words: [u64; N]) -> Self;
    fn words(self) -> [u64; N];
    /// `self ^ b ^ c`
    fn xor3(self, b: Self, c: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn rotate_left(self, bits: u32) -> Self;
    /// `self ^ (!next & after)`
    fn chi(self, next: Self, after: Self) -> Self;
}

/// Words of a message of 64 bytes, and of the 136 bytes that Keccak-256 takes at a time.
const MESSAGE_WORDS: usize = 8;
const RATE_WORDS: usize = 17;

/// How far ρ rotates lane `x + 5y`.
const ROTATIONS: [u32; 25] =
    [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];

/// What ι adds to lane 0 in each round.
const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Returns the nodes over `N` pairs.
///
/// # Safety
///
/// The processor has the instructions that `V` is made of.
#[inline(always)]
pub(super) unsafe fn hash<V: Vector<N>, const N: usize>(pairs: &[Pair; N]) -> [B256; N] {
    // SAFETY: the caller's promise, here and for every other word.
    let splat = |word| unsafe { V::new([word; N]) };
    let mut state = [splat(0); 25];
    for (i, lane) in state[..MESSAGE_WORDS].iter_mut().enumerate() {
        let mut words = [0; N];
        for (word, pair) in words.iter_mut().zip(pairs) {
            *word = u64::from_le_bytes(pair[i / 4].0.as_chunks().0[i % 4]);
        }
        // SAFETY: as above.
        *lane = unsafe { V::new(words) };
    }
    // Padding: the first and the last bit of what the message leaves of the rate.
    state[MESSAGE_WORDS] = splat(1);
    state[RATE_WORDS - 1] = splat(1 << 63);
    for constant in ROUND_CONSTANTS {
        state = round(state, splat(constant));
    }
    let mut nodes = [B256::ZERO; N];
    for (i, lane) in state[..4].iter().enumerate() {
        for (word, node) in lane.words().iter().zip(&mut nodes) {
            node.0.as_chunks_mut().0[i] = word.to_le_bytes();
        }
    }
    nodes
}

#[inline(always)]
fn round<V: Vector<N>, const N: usize>(mut a: [V; 25], constant: V) -> [V; 25] {
    // θ
    let mut column = [constant; 5];
    for x in 0..5 {
        column[x] = a[x].xor3(a[x + 5], a[x + 10]).xor3(a[x + 15], a[x + 20]);
    }
    for x in 0..5 {
        let (left, right) = (column[(x + 4) % 5], column[(x + 1) % 5].rotate_left(1));
        for y in 0..5 {
            a[x + 5 * y] = a[x + 5 * y].xor3(left, right);
        }
    }
    // ρ and π
    let mut b = a;
    for x in 0..5 {
        for y in 0..5 {
            b[y + 5 * ((2 * x + 3 * y) % 5)] = a[x + 5 * y].rotate_left(ROTATIONS[x + 5 * y]);
        }
    }
    // χ and ι
    for y in 0..5 {
        for x in 0..5 {
            a[x + 5 * y] = b[x + 5 * y].chi(b[(x + 1) % 5 + 5 * y], b[(x + 2) % 5 + 5 * y]);
        }
    }
    a[0] = a[0].xor(constant);
    a
}
