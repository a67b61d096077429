//! Random programs that mostly are admitted: every operator, gaps between rows, ragged tiles, registers, a loop.

use crate::{
    contractions::{conv, depthwise, product, strided},
    operators,
};
use opml_engine::ModelFile;
use opml_kernels::{Channel, Output, Pairing};
use opml_tensor::{
    AttentionSpec, DenseSpec, Header, Operand, Record, RopeSpec, SampleSpec, condition, dimension,
    layout::{ACTIVATIONS, INPUT, OUTPUT_BODY, WEIGHTS},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Bounds of every generated model; sources lie in the lower half of the activations, targets in the upper.
pub(crate) const BOUNDS: Header = Header {
    whole: false,
    records: 0,
    max_steps: 1 << 20,
    input_min: 0,
    input_max: 3000,
    output_max: 700,
    activation_bytes: 16_000,
    weight_bytes: 0,
};
const HALF: u64 = 8_000;
pub(crate) const WEIGHT_BYTES: usize = 12_000;
/// Register that counts the loop, and register that holds the number of rows.
const COUNT: u8 = 1;
const ROWS: u8 = 2;

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A model with a loop of random records, and an input for it.
pub(crate) fn random(seed: u64, whole: bool) -> (Arc<ModelFile>, Vec<u8>) {
    let mut rng = rng(seed);
    let rows = rng.random_range(1..7);
    let mut records = vec![Record::set(ROWS, rows)];
    for _ in 0..rng.random_range(2..6) {
        records.push(operator(&mut rng, rows as u32));
    }
    records.push(Record::add(COUNT, COUNT, 0, 1));
    records.push(Record::branch(condition::LESS, COUNT, ROWS, 1));
    records.push(Record::halt(COUNT, rng.random_range(0..690)));
    let bounds = Header { whole, ..BOUNDS };
    let model = ModelFile::build(bounds, "random", &records, weights(&mut rng)).unwrap();
    let mut input = vec![0; rng.random_range(0..=3000)];
    rng.fill(&mut input[..]);
    (Arc::new(model), input)
}

/// Random bytes in which every table of channels gives values that are not all clamped.
fn weights(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = vec![0; WEIGHT_BYTES];
    rng.fill(&mut bytes[..]);
    for chunk in bytes[..WEIGHT_BYTES / 4].chunks_exact_mut(Channel::BYTES) {
        let channel = Channel {
            bias: rng.random_range(-4000..4000),
            multiplier: rng.random_range(1 << 30..=i32::MAX),
            shift: rng.random_range(33..42),
        };
        chunk.copy_from_slice(&channel.to_bytes());
    }
    bytes
}

/// One operator over `rows` rows; half the time the record takes them from a register.
pub(crate) fn operator(rng: &mut ChaCha8Rng, rows: u32) -> Record {
    let dim = if rng.random() { rows } else { dimension(ROWS) };
    match rng.random_range(0..20) {
        0 => dense(rng, rows, dim),
        1 => map(rng, rows, dim),
        2 => argmax(rng, rows, dim),
        3 => softmax(rng, rows, dim),
        4 => quantise(rng, rows, dim),
        5 => product(rng, rows, dim),
        6 => in_place(rng, rows, dim),
        7 => rope(rng, rows, dim),
        8 | 9 => attention(rng, rows, dim),
        10 => sample(rng, rows, dim),
        11 => strided(rng, rows, dim),
        12 => conv(rng, rows, dim),
        13 => depthwise(rng, rows, dim),
        _ => operators::random(rng, rows, dim),
    }
}

pub(crate) fn dense(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (columns, inner) = (rng.random_range(1..40), rng.random_range(1..90));
    let (low, high) = (rng.random_range(-128..0), rng.random_range(0..=127));
    Record::dense(DenseSpec {
        dims: [dim, columns, inner],
        tile: [rng.random_range(1..=rows + 1), 4 * rng.random_range(1..12)],
        output: Output { zero_point: rng.random(), low, high },
        x: source([inner + rng.random_range(0..9), 0, 0], rows * (inner + 9), 1, rng),
        weights: Operand::at(
            WEIGHTS + 4 * rng.random_range(0..1500),
            [inner.div_ceil(4) * 64 + 4 * rng.random_range(0..9), 0, 0],
        ),
        table: Operand::at(WEIGHTS + 12 * rng.random_range(0..100), [12, 0, 0]),
        out: target([columns + rng.random_range(0..9), 0, 0], rows * (columns + 9), 1, rng),
    })
}

fn map(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (middle, columns) = (rng.random_range(1..4), rng.random_range(1..30));
    let tile = [rng.random_range(1..=rows * middle), rng.random_range(1..=columns)];
    let size = rows * (middle * (columns * 2 + 5) + 5);
    let strides = |rng: &mut ChaCha8Rng| {
        let step = rng.random_range(1..3);
        let row = columns * step + rng.random_range(0..5);
        [middle * row + rng.random_range(0..5), row, step]
    };
    let (from, to) = (strides(rng), strides(rng));
    let (x, out) = (source(from, size, 1, rng), target(to, size, 1, rng));
    if rng.random() {
        Record::copy([dim, middle, columns], tile, x, out)
    } else {
        Record::relu([dim, middle, columns], tile, rng.random(), x, out)
    }
}

fn in_place(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let columns = rng.random_range(1..40);
    let stride = columns + rng.random_range(0..3);
    let x = Operand::at(ACTIVATIONS + rng.random_range(0..15_000), [stride, stride, 1]);
    Record::relu([dim, 1, columns], [rng.random_range(1..=rows), 7], rng.random(), x, x)
}

fn argmax(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let inner = rng.random_range(1..200);
    let x = source([inner + rng.random_range(0..9), 0, 0], rows * (inner + 9), 1, rng);
    let out = target([4 * rng.random_range(1..4), 0, 0], rows * 12, 4, rng);
    Record::argmax([dim, inner], rng.random_range(1..=rows), x, out)
}

fn softmax(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let inner = rng.random_range(1..50);
    let (x, out) = words(rng, rows, 4 * inner, 4 * inner);
    Record::softmax([dim, inner], rng.random_range(1..=rows), x, out)
}

fn quantise(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let blocks = rng.random_range(1..4);
    let (x, out) = words(rng, rows, 128 * blocks, 36 * blocks);
    Record::quantise([dim, 32 * blocks], rng.random_range(1..=rows), x, out)
}

pub(crate) fn rope(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (heads, inner) = (rng.random_range(1..4), 2 * rng.random_range(1..6));
    let (mut x, mut out) = words(rng, rows, 4 * heads * inner, 4 * heads * inner);
    for operand in [&mut x, &mut out] {
        operand.stride[1] = 4 * inner;
    }
    Record::rope(RopeSpec {
        pairing: if rng.random() { Pairing::Adjacent } else { Pairing::Halves },
        dims: [dim, heads, inner],
        tile: [rng.random_range(1..=rows + 1), rng.random_range(1..4)],
        x: if rng.random() && out.base & 0xfff_ffff_ffff < INPUT { out } else { x },
        table: Operand::at(WEIGHTS + 4 * rng.random_range(0..1000), [4 * inner, 0, 0]),
        out,
    })
}

/// Whole rows, or chunks of them, whose merge another record may or may not read.
pub(crate) fn attention(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let (group, groups, inner) =
        (rng.random_range(1..3), rng.random_range(1..3), rng.random_range(1..7));
    let (heads, first) = (group * groups, rng.random_range(1..20));
    let causal = rng.random();
    let chunk = rng.random::<bool>().then(|| rng.random_range(1..9));
    // A row count in a register says nothing about the chunks that the last row needs; here both are the same.
    let positions = if causal { first + rows - 1 } else { first };
    let chunks = chunk.map_or(1, |chunk| positions.div_ceil(chunk));
    let part = 4 * (inner + if chunk.is_some() { 2 } else { 0 });
    let (query, mut out) = words(rng, rows, 4 * heads * inner, heads * chunks * part);
    out.stride[1] = chunks * part;
    if chunk.is_some() {
        out.stride[2] = part;
    }
    let head = |mut operand: Operand, stride: u32| {
        operand.stride[1] = stride;
        operand
    };
    let row = 4 * groups * inner;
    let bias = rng.random::<bool>().then(|| {
        let stride = 4 * (positions + rng.random_range(0..3));
        head(source([stride, 0, 0], rows * stride, 4, rng), 0)
    });
    Record::attention(AttentionSpec {
        dims: [dim, heads, group, inner, first],
        tile: [rng.random_range(1..=rows + 1), rng.random_range(1..6)],
        chunk,
        scale: 0.4,
        causal,
        query: head(query, 4 * inner),
        keys: head(source([row, 0, 0], positions * row, 4, rng), 4 * inner),
        values: head(source([row, 0, 0], positions * row, 4, rng), 4 * inner),
        bias,
        out,
    })
}

pub(crate) fn sample(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let inner = rng.random_range(1..60);
    let (logits, out) = words(rng, rows, 4 * inner, 4);
    Record::sample(SampleSpec {
        dims: [dim, inner, rng.random_range(1..99)],
        tile: rng.random_range(1..=rows),
        logits,
        parameters: source([24, 0, 0], rows * 24, 4, rng),
        out,
    })
}

/// Rows of whole words in and out, with gaps between them.
pub(crate) fn words(rng: &mut ChaCha8Rng, rows: u32, from: u32, to: u32) -> (Operand, Operand) {
    let mut gap = |row| row + 4 * rng.random_range(0..3);
    let (from, to) = (gap(from), gap(to));
    (source([from, 0, 0], rows * from, 4, rng), target([to, 0, 0], rows * to, 4, rng))
}

/// `size` bytes of input, weights or the lower activations, sometimes moved on by the loop's register.
pub(crate) fn source(stride: [u32; 3], size: u32, align: u64, rng: &mut ChaCha8Rng) -> Operand {
    let regions = [(INPUT, 3032), (WEIGHTS, WEIGHT_BYTES as u64), (ACTIVATIONS, HALF)];
    let fits = |(_, bytes): &(u64, u64)| *bytes >= u64::from(size) + 6 * 16;
    let mut places: Vec<_> = regions.into_iter().filter(fits).collect();
    if places.is_empty() {
        places.extend(regions);
    }
    let (base, bytes) = places[rng.random_range(0..places.len())];
    let room = bytes.saturating_sub(u64::from(size) + 6 * 16);
    let operand = Operand::at(base + rng.random_range(0..=room) / align * align, stride);
    let step = align as u32 * rng.random_range(0..16 / align as u32);
    if rng.random() { operand.indexed(COUNT, step) } else { operand }
}

/// `size` bytes of the upper activations, or of the output where they fit.
pub(crate) fn target(stride: [u32; 3], size: u32, align: u64, rng: &mut ChaCha8Rng) -> Operand {
    let step = align * rng.random_range(0..8);
    let (base, bytes) =
        if size < 500 && rng.random() { (OUTPUT_BODY, 700) } else { (ACTIVATIONS + HALF, HALF) };
    let room = bytes - (u64::from(size) + 6 * step).min(bytes);
    let offset = rng.random_range(0..=room) / align * align;
    Operand::at(base + offset, stride).indexed(COUNT, step as u32)
}
