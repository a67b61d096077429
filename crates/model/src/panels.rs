//! Weights in the layouts that the machine's contractions read.

use opml_kernels::{GROUP, PANEL, S8_GROUP};

/// s8 rows `[outputs][inputs]` as panels `[⌈outputs/16⌉][⌈inputs/4⌉][16][4]`; what pads them is zero.
#[must_use]
pub fn s8_panels(weight: &[i8], inputs: usize) -> Vec<u8> {
    let groups = inputs.div_ceil(GROUP);
    let mut bytes = Vec::new();
    for panel in weight.chunks(PANEL * inputs.max(1)) {
        let start = bytes.len();
        bytes.resize(start + groups * S8_GROUP, 0);
        for (row, weights) in panel.chunks(inputs).enumerate() {
            for (k, weight) in weights.iter().enumerate() {
                let at = start + k / GROUP * S8_GROUP + row * GROUP + k % GROUP;
                bytes[at] = weight.cast_unsigned();
            }
        }
    }
    bytes
}

/// Bytes from one s8 panel of `inputs` terms to the next.
#[must_use]
pub const fn s8_panel_bytes(inputs: u64) -> u64 {
    inputs.div_ceil(GROUP as u64) * S8_GROUP as u64
}
