//! Every reader on spoilt files: an error or a model, never a panic, and never more memory than twice the file beside what the format's
//! tables take. One test alone in its process, so that nobody else's memory is counted.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod counted;
mod seeds;

use counted::peak;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use seeds::{Reader, readers};

/// Spoilt files of each reader.
const FILES: usize = 250;

/// Changes some bytes, cuts the file, repeats a part of it, or puts in extreme sizes.
fn spoil(file: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut file = file.to_vec();
    for _ in 0..rng.random_range(1..4) {
        if file.is_empty() {
            break;
        }
        // Headers are at the front of most formats.
        let front = if rng.random() { file.len() } else { file.len().min(2048) };
        let at = rng.random_range(0..front);
        let end = file.len().min(at + rng.random_range(1..16));
        match rng.random_range(0..6) {
            0 => file[at] = rng.random(),
            1 => file[at] ^= 1 << rng.random_range(0..8),
            2 => file[at..end].fill(if rng.random() { 0xff } else { 0 }),
            3 => file.truncate(at),
            4 => drop(file.drain(at..end)),
            _ => {
                let part = file[at..end].to_vec();
                file.splice(at..at, part);
            }
        }
    }
    file
}

#[test]
fn spoilt_files_are_refused_within_their_memory() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for Reader { name, file, read, floor } in readers() {
        read(&file).unwrap_or_else(|error| panic!("the seed of {name}: {error}"));
        let (mut refused, mut greatest) = (0, 0);
        for _ in 0..FILES {
            let spoilt = spoil(&file, &mut rng);
            let (result, bytes) = peak(|| read(&spoilt).is_err());
            refused += usize::from(result);
            let allowed = 2 * spoilt.len() + floor;
            assert!(bytes <= allowed, "{name}: {bytes} bytes for a file of {}", spoilt.len());
            greatest = greatest.max(bytes);
        }
        eprintln!(
            "{name}: {refused} of {FILES} refused, {greatest} bytes at most, file {}",
            file.len()
        );
        assert!(refused > FILES / 10, "{name} refuses {refused}");
    }
}
