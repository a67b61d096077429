//! Weights made on the spot, in the layouts of both sides.

use eyre::Result;
use opml_kernels::PANEL;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// `count` numbers around zero, always the same.
pub(crate) fn numbers(count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(count as u64);
    (0..count).map(|_| rng.random_range(-0.5..0.5)).collect()
}

/// `count` bytes, always the same.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    ChaCha8Rng::seed_from_u64(count as u64).fill(&mut bytes[..]);
    bytes
}

/// The bytes of numbers.
pub(crate) fn encode(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Rows `[N][K]` as f32 panels.
pub(crate) fn f32_panels(rows: &[f32], terms: usize) -> Vec<u8> {
    let mut panels = Vec::with_capacity(4 * rows.len());
    for panel in rows.chunks(PANEL * terms) {
        for term in 0..terms {
            for row in 0..PANEL {
                panels.extend(panel[row * terms + term].to_le_bytes());
            }
        }
    }
    panels
}

/// Rows `[N][K/32]` of Q8_0 blocks, each a scale and 32 values, as panels.
///
/// # Errors
/// If the bytes are no whole blocks.
pub(crate) fn q8_0_panels(rows: &[u8], blocks: usize) -> Result<Vec<u8>> {
    let (rows, rest) = rows.as_chunks::<34>();
    eyre::ensure!(rest.is_empty(), "{} bytes behind the last block", rest.len());
    let mut panels = Vec::with_capacity(34 * rows.len());
    for panel in rows.chunks(PANEL * blocks) {
        for block in 0..blocks {
            let of_row = |row: usize| &panel[row * blocks + block];
            (0..PANEL).for_each(|row| panels.extend_from_slice(&of_row(row)[..2]));
            for group in 0..8 {
                let values = 2 + 4 * group..6 + 4 * group;
                (0..PANEL).for_each(|row| panels.extend_from_slice(&of_row(row)[values.clone()]));
            }
        }
    }
    Ok(panels)
}
