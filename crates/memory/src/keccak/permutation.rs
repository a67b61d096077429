//! Keccak-f[1600] over vectors of 64-bit lanes, and the hash of 64 bytes with it (FIPS 202 §3).

use super::Pair;
use alloy_primitives::B256;

/// Words of a message: a pair of nodes.
pub(super) const MESSAGE_WORDS: usize = 8;
/// Words of a hash.
pub(super) const HASH_WORDS: usize = 4;

/// One 64-bit lane of each of `N` states.
///
/// A value can be made only where the processor has the instructions of the other functions, so
/// these are safe. All of them must vanish into the function that enables the instructions.
pub(super) trait Vector<const N: usize>: Copy {
    /// Puts the same word into each state.
    ///
    /// # Safety
    ///
    /// The processor has the instructions that this vector is made of.
    unsafe fn splat(word: u64) -> Self;
    /// Puts word `i` of each pair into vector `i`.
    ///
    /// # Safety
    ///
    /// As for [`splat`](Self::splat).
    unsafe fn load(pairs: &[Pair; N]) -> [Self; MESSAGE_WORDS];
    /// The hashes of which vector `i` has word `i` of each.
    fn store(words: [Self; HASH_WORDS]) -> [B256; N];
    fn xor(self, other: Self) -> Self;
    /// `self ^ b ^ c`
    fn xor3(self, b: Self, c: Self) -> Self;
    fn rotate_left(self, bits: u32) -> Self;
    /// `self ^ (!next & after)`
    fn chi(self, next: Self, after: Self) -> Self;
}

/// One lane of each state in row `y` and column `x`.
type State<V> = [[V; 5]; 5];

/// How far ρ rotates the lane in row `y` and column `x`.
const ROTATIONS: [[u32; 5]; 5] = [
    [0, 1, 62, 28, 27],
    [36, 44, 6, 55, 20],
    [3, 10, 43, 25, 39],
    [41, 45, 15, 21, 8],
    [18, 2, 61, 56, 14],
];

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
    // SAFETY: the caller's promise, here and for the message.
    let splat = |word| unsafe { V::splat(word) };
    let (zero, end) = (splat(0), splat(1 << 63));
    // SAFETY: as above.
    let [a, b, c, d, e, f, g, h] = unsafe { V::load(pairs) };
    // Padding: the first and the last bit of what the message leaves of the 17 words that Keccak-256 takes at a time.
    let state = [
        [a, b, c, d, e],
        [f, g, h, splat(1), zero],
        [zero; 5],
        [zero, end, zero, zero, zero],
        [zero; 5],
    ];
    let [first, between @ .., last] = ROUND_CONSTANTS;
    // By itself, because most of what it computes with is zero.
    let mut state = round(&state, splat(first));
    for constant in between {
        state = round(&state, splat(constant));
    }
    // Of the last one only the hash is wanted.
    let [a, b, c, d, _] = row(&state, &columns(&state), 0);
    V::store([a.xor(splat(last)), b, c, d])
}

/// θ's sums of the columns, and these rotated by a bit.
#[inline(always)]
fn columns<V: Vector<N>, const N: usize>(a: &State<V>) -> [[V; 5]; 2] {
    let (mut sum, mut rotated) = (a[0], a[0]);
    for x in 0..5 {
        sum[x] = a[0][x].xor3(a[1][x], a[2][x]).xor3(a[3][x], a[4][x]);
        rotated[x] = sum[x].rotate_left(1);
    }
    [sum, rotated]
}

#[inline(always)]
fn round<V: Vector<N>, const N: usize>(a: &State<V>, constant: V) -> State<V> {
    let columns = columns(a);
    // Row by row, so that few lanes are in use at a time. No closures and no long loops: where the
    // compiler does not inline and unroll all of this, a hash takes up to a hundred times longer.
    let mut b = [
        row(a, &columns, 0),
        row(a, &columns, 1),
        row(a, &columns, 2),
        row(a, &columns, 3),
        row(a, &columns, 4),
    ];
    // ι
    b[0][0] = b[0][0].xor(constant);
    b
}

/// Row `y` after θ, ρ and π, which bring it together from a diagonal, and χ.
#[inline(always)]
fn row<V: Vector<N>, const N: usize>(a: &State<V>, columns: &[[V; 5]; 2], y: usize) -> [V; 5] {
    let [sum, rotated] = columns;
    let mut b = *sum;
    for x in 0..5 {
        let from = (x + 3 * y) % 5;
        let lane = a[x][from].xor3(sum[(from + 4) % 5], rotated[(from + 1) % 5]);
        b[x] = lane.rotate_left(ROTATIONS[x][from]);
    }
    let mut c = b;
    for x in 0..5 {
        c[x] = b[x].chi(b[(x + 1) % 5], b[(x + 2) % 5]);
    }
    c
}
