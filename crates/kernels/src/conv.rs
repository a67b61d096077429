//! Convolutions: a product of a patch and a panel, with terms in the order (row, column, channel) of the taps.

use crate::{
    Epilogue, F32_GROUP, GROUP, Output, PANEL, Patch, S8_GROUP, Table,
    dense::{PART, dot4},
    dispatch::dispatch,
    float::{Arithmetic, Word},
    matmul::words,
    requantise,
};

/// Terms that are collected at a time; whole groups.
const CHUNK: usize = 64;

/// Hands on the elements of a patch, some consecutive terms at a time: `channels` of every tap, `padding` where there is no pixel.
#[inline(always)]
fn collect<const B: usize>(
    patch: &Patch<'_>,
    channels: usize,
    padding: [u8; B],
    mut hand_on: impl FnMut(&[[u8; B]], usize),
) {
    let mut chunk = [padding; CHUNK];
    let (mut filled, mut done) = (0, 0);
    for tap in patch.taps() {
        let pixel: &[[u8; B]] = tap.map_or(&[], |pixel| pixel.as_chunks().0);
        let mut channel = 0;
        while channel < channels {
            let count = (channels - channel).min(CHUNK - filled);
            if let Some(terms) = chunk.get_mut(filled..filled + count) {
                match pixel.get(channel..channel + count) {
                    Some(pixel) => terms.copy_from_slice(pixel),
                    None => terms.fill(padding),
                }
            }
            channel += count;
            filled += count;
            if filled == CHUNK {
                hand_on(&chunk, done);
                done += CHUNK;
                filled = 0;
            }
        }
    }
    hand_on(chunk.get(..filled).unwrap_or(&[]), done);
}

dispatch! {
    /// Outputs of one pixel from column `16·index` of a group on: `y[j] = epilogue(Σ x·w[j])` over the taps of `patch` and
    /// `channels` channels of each, +0 in the padding, in the fastest arithmetic of this processor.
    pub fn conv_f32(
        patch: Patch<'_>, channels: usize, panel: &[[u8; F32_GROUP]], index: usize, epilogue: Epilogue<'_>, y: &mut [Word]
    ) = conv_f32_in;
}

/// [`conv_f32`] in a given arithmetic. Per output `acc = fma(x, w, acc)` from +0 over all taps, those in the padding too.
#[inline(always)]
pub fn conv_f32_in<A: Arithmetic>(
    patch: Patch<'_>,
    channels: usize,
    panel: &[[u8; F32_GROUP]],
    index: usize,
    epilogue: Epilogue<'_>,
    y: &mut [Word],
) {
    epilogue.panel::<A>(index, y, |_, columns| {
        let mut sums = [A::begin(0.0); PANEL];
        collect(&patch, channels, [0; 4], |x, first| {
            A::panel(&mut sums, columns, x, words(panel.get(first..).unwrap_or(&[])));
        });
        sums
    });
}

/// Outputs of one pixel, at most 16, from channel `16·index` of a group on: `y[j] = requantise(Σ x·w[j], table[j], output)` over
/// the taps of `patch` and `channels` channels of each, `padding` where there is no pixel.
#[inline(never)]
pub fn conv_s8(
    patch: Patch<'_>,
    channels: usize,
    padding: i8,
    panel: &[[u8; S8_GROUP]],
    table: Table<'_>,
    output: Output,
    y: &mut [i8],
) {
    let mut sums = [[0i32; PART]; PANEL / PART];
    let parts = y.len().div_ceil(PART);
    collect(&patch, channels, [padding as u8], |x, first| {
        let panel = panel.get(first / GROUP..).unwrap_or(&[]);
        for (part, sums) in sums.iter_mut().enumerate().take(parts) {
            for (sum, dot) in sums.iter_mut().zip(dot4(x.as_flattened(), panel, part)) {
                *sum = sum.wrapping_add(dot);
            }
        }
    });
    for (j, (y, sum)) in y.iter_mut().zip(sums.as_flattened()).enumerate() {
        *y = requantise(*sum, table.channel(j), output);
    }
}

dispatch! {
    /// Outputs of one pixel, at most 16: `y[j] = epilogue(Σ x[j]·w[j])` over the taps of `patch`, each channel by itself, with
    /// weights of a tap `stride` bytes behind those of the one before, in the fastest arithmetic of this processor.
    pub fn depthwise_f32(
        patch: Patch<'_>, weights: &[u8], stride: usize, epilogue: Epilogue<'_>, y: &mut [Word]
    ) = depthwise_f32_in;
}

/// [`depthwise_f32`] in a given arithmetic: the chain of [`conv_f32_in`], with one channel.
#[inline(always)]
pub fn depthwise_f32_in<A: Arithmetic>(
    patch: Patch<'_>,
    weights: &[u8],
    stride: usize,
    epilogue: Epilogue<'_>,
    y: &mut [Word],
) {
    epilogue.panel::<A>(0, y, |_, columns| {
        let mut sums = [A::begin(0.0); PANEL];
        for (tap, pixel) in patch.taps().enumerate() {
            let weights = weights.get(tap.wrapping_mul(stride)..).unwrap_or(&[]);
            let pixel = pixel.unwrap_or(&[0; 4 * PANEL]).as_chunks().0;
            let terms = pixel.iter().zip(weights.as_chunks().0);
            for (sum, (x, w)) in sums.iter_mut().zip(terms).take(columns) {
                *sum = A::multiply_add(*sum, *x, *w);
            }
        }
        sums
    });
}

/// Outputs of one pixel, at most 16: `y[j] = requantise(Σ x[j]·w[j], table[j], output)` over the taps of `patch`, each channel by
/// itself, `padding` where there is no pixel, with weights of a tap `stride` bytes behind those of the one before.
#[inline(never)]
pub fn depthwise_s8(
    patch: Patch<'_>,
    padding: i8,
    weights: &[u8],
    stride: usize,
    table: Table<'_>,
    output: Output,
    y: &mut [i8],
) {
    let mut sums = [0i32; PANEL];
    let absent = [padding as u8; PANEL];
    for (tap, pixel) in patch.taps().enumerate() {
        let weights = weights.get(tap.wrapping_mul(stride)..).unwrap_or(&[]);
        let terms = pixel.unwrap_or(&absent).iter().zip(weights);
        for (sum, (x, w)) in sums.iter_mut().zip(terms).take(y.len()) {
            *sum = sum.wrapping_add(i32::from(*x as i8) * i32::from(*w as i8));
        }
    }
    for (j, (y, sum)) in y.iter_mut().zip(sums).enumerate() {
        *y = requantise(sum, table.channel(j), output);
    }
}
