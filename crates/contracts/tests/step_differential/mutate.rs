//! What a cheat might do to a witness.

use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// Changes `witness`, half of the time in a byte that says how the rest is read.
pub(crate) fn mutate(rng: &mut ChaCha8Rng, witness: &mut Vec<u8>) {
    if witness.is_empty() {
        return;
    }
    if rng.random() {
        if let Some(&at) = structure(witness).choose(rng) {
            let byte = &mut witness[at];
            *byte = match rng.random_range(0..4) {
                0 => byte.wrapping_add(1),
                1 => byte.wrapping_sub(1),
                2 => *byte ^ 1 << rng.random_range(0..8),
                _ => rng.random_range(0..64),
            };
        }
        return;
    }
    let (at, other) = (rng.random_range(0..witness.len()), rng.random_range(0..witness.len()));
    let (from, to) = (at.min(other), at.max(other));
    match rng.random_range(0..5) {
        0 => witness[at] ^= 1 << rng.random_range(0..8),
        1 => witness.truncate(at),
        2 => witness.insert(at, rng.random()),
        3 => drop(witness.drain(from..to)),
        _ => {
            let part = witness[from..to].to_vec();
            witness.splice(at..at, part);
        }
    }
}

/// Positions of field lengths, the number of leaves, leaf indices, numbers of runs, heights and lengths, as far
/// as the witness can be read.
fn structure(witness: &[u8]) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..witness.len().min(18)).collect();
    let lengths = &witness[..positions.len()];
    let mut at = 18
        + lengths.iter().map(|pair| usize::from(pair >> 4) + usize::from(pair & 15)).sum::<usize>();
    let byte = |at: usize| witness.get(at).copied().map(usize::from).unwrap_or_default();
    positions.push(at);
    let leaves = byte(at);
    at += 1;
    for _ in 0..leaves {
        positions.extend(at..at + 5);
        at += 37;
        positions.push(at);
        let runs = byte(at);
        at += 1;
        for _ in 0..runs {
            positions.extend([at, at + 1]);
            at += 2 + 32 * byte(at + 1);
        }
        if at >= witness.len() {
            break;
        }
    }
    positions.retain(|position| *position < witness.len());
    positions
}
