//! The decoder against a second formulation of its table.

use opml_fpvm::decode;
use opml_vmfuzz::{Encoding, Source};
use rand::Rng;

#[test]
fn the_decoder_knows_exactly_the_table() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(1, 0);
    for _ in 0..400_000 {
        // Mostly words near an encoding: one of its words with a few bits flipped.
        let near = encodings[random.random_range(0..encodings.len())].word(&mut random);
        let word = match random.random_range(0..8) {
            0 => random.random(),
            1 => near,
            2 => near ^ 1 << random.random_range(0..32),
            _ => near ^ 1 << random.random_range(0..32) ^ 1 << random.random_range(0..32),
        };
        let names: Vec<_> =
            encodings.iter().filter(|row| row.matches(word)).map(|row| row.name).collect();
        assert!(names.len() <= 1, "{word:#010x} is {names:?}");
        assert_eq!(decode(word).is_some(), names.len() == 1, "{word:#010x} is {names:?}");
    }
}
