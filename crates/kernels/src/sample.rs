//! Choice of the next token from a row of logits.

use crate::{
    dispatch::dispatch,
    float::{Arithmetic, Word, load},
    random::{philox, uniform},
};

/// Greatest number of candidates; more are never considered.
pub const CANDIDATES: usize = 1024;
/// Bytes of encoded parameters.
pub const SAMPLING: usize = 24;

/// How to choose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Logits are divided by it; without a positive one the greatest logit wins.
    pub temperature: f32,
    /// Only so many of the greatest logits; 0, and all above [`CANDIDATES`], mean [`CANDIDATES`].
    pub top_k: u32,
    /// Only the fewest candidates that have this share of the probability; everything unless within (0, 1).
    pub top_p: f32,
    /// Key of the random numbers.
    pub seed: u64,
}

impl Sampling {
    /// Decodes temperature (f32), k (u32), p (f32), four bytes that do not count, seed (u64).
    pub const fn from_bytes(bytes: &[u8; SAMPLING]) -> Self {
        let [words @ .., a, b, c, d, e, f, g, h] = bytes;
        let [t0, t1, t2, t3, k0, k1, k2, k3, p0, p1, p2, p3, _, _, _, _] = words;
        Self {
            temperature: load([*t0, *t1, *t2, *t3]),
            top_k: u32::from_le_bytes([*k0, *k1, *k2, *k3]),
            top_p: load([*p0, *p1, *p2, *p3]),
            seed: u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
        }
    }

    /// Encodes what [`Self::from_bytes`] decodes.
    pub fn to_bytes(&self) -> [u8; SAMPLING] {
        let mut bytes = [0; SAMPLING];
        let fields = [self.temperature.to_bits(), self.top_k, self.top_p.to_bits(), 0];
        let seed = self.seed.to_le_bytes();
        let encoded = fields.into_iter().flat_map(u32::to_le_bytes).chain(seed);
        for (to, from) in bytes.iter_mut().zip(encoded) {
            *to = from;
        }
        bytes
    }
}

dispatch! {
    /// Index of the element of `logits` that `sampling` chooses at `position`, in the fastest arithmetic of this processor.
    pub fn sample(logits: &[Word], sampling: Sampling, position: u64, y: &mut Word) = sample_in;
}

/// [`sample`] in a given arithmetic.
///
/// Candidates are the k greatest logits, falling, the lower index first among equals. `c_i` is the running sum of
/// `e^((x_i − x_0)/T)`; the last candidate j is the first with `c_j ≥ p·c_(k−1)`; the choice is the first with `c_i > u·c_j`, where u
/// are the highest 24 bits of the first Philox word of (seed, position). Where no comparison holds it is candidate 0.
#[inline(always)]
pub fn sample_in<A: Arithmetic>(logits: &[Word], sampling: Sampling, position: u64, y: &mut Word) {
    let Sampling { temperature, top_k, top_p, seed } = sampling;
    let warm = A::greater(temperature, 0.0);
    let k = match top_k as usize {
        _ if !warm => 1,
        0 => CANDIDATES,
        k => k.min(CANDIDATES),
    };
    let mut heap = [0; CANDIDATES];
    let best = heap.get_mut(..k.min(logits.len())).unwrap_or(&mut []);
    greatest(logits, best);
    let mut choice = best.first().copied().unwrap_or(0);
    if let (true, Some(first)) = (warm, best.first()) {
        let first = value(*first);
        let mut sums = [0.0; CANDIDATES];
        let mut sum = 0.0;
        for (to, candidate) in sums.iter_mut().zip(&*best) {
            let e = A::exp(A::div(A::sub(value(*candidate), first), temperature));
            sum = A::add(sum, e);
            *to = sum;
        }
        let sums = sums.get(..best.len()).unwrap_or(&[]);
        let kept = if A::greater(top_p, 0.0) && A::greater(1.0, top_p) {
            let share = A::mul(top_p, sum);
            sums.iter().copied().find(|sum| !A::greater(share, *sum)).unwrap_or(sum)
        } else {
            sum
        };
        let [word, ..] = philox(
            [position as u32, (position >> 32) as u32, 0, 0],
            [seed as u32, (seed >> 32) as u32],
        );
        let threshold = A::mul(uniform(word), kept);
        let chosen = sums.iter().zip(&*best).find(|(sum, _)| A::greater(**sum, threshold));
        if let Some((_, candidate)) = chosen {
            choice = *candidate;
        }
    }
    *y = (!(choice as u32)).to_le_bytes();
    if logits.is_empty() {
        *y = [0; 4];
    }
}

/// A candidate as a number that is greater for a better one: order of the logit above, complement of the index below.
///
/// −0 counts as +0; a NaN is below everything else.
#[inline(always)]
const fn candidate(logit: Word, index: u32) -> u64 {
    let bits = u32::from_le_bytes(logit);
    let order = match bits {
        0x8000_0000 => 0x8000_0000,
        _ if bits & 0x7fff_ffff > 0x7f80_0000 => 0,
        0x8000_0001.. => !bits,
        _ => bits | 0x8000_0000,
    };
    (order as u64) << 32 | !index as u64
}

/// The logit of a candidate.
#[inline(always)]
const fn value(candidate: u64) -> f32 {
    let order = (candidate >> 32) as u32;
    f32::from_bits(match order {
        0 => crate::float::NAN,
        0x8000_0000.. => order & 0x7fff_ffff,
        _ => !order,
    })
}

/// The best candidates, falling, as many as `best` has room for and there are logits.
#[inline(always)]
fn greatest(logits: &[Word], best: &mut [u64]) {
    // A heap with the worst of the best at its root.
    let mut index = 0;
    let (first, rest) = logits.split_at(best.len().min(logits.len()));
    for (to, logit) in best.iter_mut().zip(first) {
        *to = candidate(*logit, index);
        index = index.wrapping_add(1);
    }
    for root in (0..best.len() / 2).rev() {
        sink(best, root);
    }
    for logit in rest {
        let next = candidate(*logit, index);
        index = index.wrapping_add(1);
        if let Some(worst) = best.first_mut()
            && next > *worst
        {
            *worst = next;
            sink(best, 0);
        }
    }
    for end in (1..best.len()).rev() {
        best.swap(0, end);
        sink(best.get_mut(..end).unwrap_or(&mut []), 0);
    }
}

/// Moves the element at `root` down to where neither of its children is less.
#[inline(always)]
fn sink(heap: &mut [u64], mut root: usize) {
    let Some(&moving) = heap.get(root) else { return };
    loop {
        let left = root.wrapping_mul(2).wrapping_add(1);
        let right = left.wrapping_add(1);
        let (child, least) = match (heap.get(left), heap.get(right)) {
            (Some(l), Some(r)) if r < l => (right, *r),
            (Some(l), _) => (left, *l),
            _ => break,
        };
        if moving <= least {
            break;
        }
        if let Some(to) = heap.get_mut(root) {
            *to = least;
        }
        root = child;
    }
    if let Some(to) = heap.get_mut(root) {
        *to = moving;
    }
}
