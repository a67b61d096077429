//! Random contractions: every kind of rows, weights and windows, every epilogue.

use crate::programs::{WEIGHT_BYTES, source, target, words};
use opml_kernels::{Activation, Output};
use opml_tensor::{
    ConvSpec, DepthwiseSpec, FinishSpec, Operand, ProductKind, ProductSpec, Record, StridedSpec,
    ValuesSpec, WindowSpec, layout::WEIGHTS,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

pub(crate) const KINDS: [ProductKind; 3] = [ProductKind::F32, ProductKind::Q8_0, ProductKind::Q4_0];

/// Any activation, with parameters that are mostly numbers.
pub(crate) fn activation(rng: &mut ChaCha8Rng) -> Activation {
    let number = rng.random_range(-2f32..2.0);
    let activations = [
        Activation::None,
        Activation::Relu,
        Activation::Clip(number, f32::from_bits(rng.random())),
        Activation::LeakyRelu(number),
        Activation::Silu,
        Activation::GeluTanh,
        Activation::Gelu,
        Activation::Sigmoid,
        Activation::Tanh,
    ];
    activations[rng.random_range(0..activations.len())]
}

/// A bias, where `residual` is one perhaps that, and an activation.
fn finish(rng: &mut ChaCha8Rng, residual: Operand) -> FinishSpec {
    let bias = Operand::at(WEIGHTS + 4 * rng.random_range(0..500), [4, 0, 0]);
    let repeated = Operand { stride: [0; 3], ..bias };
    FinishSpec {
        bias: [None, Some(bias), Some(repeated)][rng.random_range(0..3)],
        residual: rng.random::<bool>().then_some(residual),
        activation: activation(rng),
        gate: false,
    }
}

/// Rows by weights in panels.
pub(crate) fn product(rng: &mut ChaCha8Rng, rows: u32, dim: u32) -> Record {
    let kind = KINDS[rng.random_range(0..3)];
    let (groups, terms) = match kind {
        ProductKind::F32 => [(1, 1), (7, 7), (20, 20), (70, 70)][rng.random_range(0..4)],
        _ => [(1, 32), (2, 64), (3, 96)][rng.random_range(0..3)],
    };
    let columns = rng.random_range(1..40);
    let [x_bytes, panel_bytes] = kind.group_bytes().map(|bytes| bytes as u32);
    let (x, out) = words(rng, rows, x_bytes * groups, 4 * columns);
    let residual = source([4 * columns + 8, 0, 0], rows * (4 * columns + 8), 4, rng);
    let mut finish = finish(rng, residual);
    if rng.random_range(0..4) == 0 {
        finish = FinishSpec { bias: None, residual: None, gate: true, ..finish };
    }
    // With a gate there may be no room for all panels: then they overlap.
    let panels = columns.div_ceil(16) * 2;
    let room = WEIGHT_BYTES as u32 - panel_bytes * groups;
    let stride = (panel_bytes * groups + 4 * rng.random_range(0..9)).min(room / panels / 4 * 4);
    let rest = room - stride * (panels - 1);
    Record::product(ProductSpec {
        kind,
        dims: [dim, columns, terms],
        tile: [rng.random_range(1..=rows + 1), 16 * rng.random_range(1..4)],
        x,
        weights: Operand::at(
            WEIGHTS + u64::from(4 * rng.random_range(0..=rest / 4)),
            [stride, 0, 0],
        ),
        finish,
        out,
    })
}

/// As many products of small matrices as there are rows.
pub(crate) fn strided(rng: &mut ChaCha8Rng, batch: u32, dim: u32) -> Record {
    let (rows, columns) = (rng.random_range(1..4), rng.random_range(1..20));
    let terms = rng.random_range(1..10);
    // Two dimensions in either order, with gaps, and batches apart; or, for a source, every batch at the same place.
    let mut layout = |outer: u32, inner: u32, target: bool| {
        let element = 4 * rng.random_range(1..3);
        let (near, far) = if rng.random() { (inner, outer) } else { (outer, inner) };
        let line = near * element + 4 * rng.random_range(0..3);
        let strides = if near == inner { [line, element] } else { [element, line] };
        let matrix = far * line;
        let apart = if target || rng.random() { matrix } else { 0 };
        ([apart, strides[0], strides[1]], batch * matrix)
    };
    let (x, w) = (layout(rows, terms, false), layout(terms, columns, false));
    let (out, residual) = (layout(rows, columns, true), layout(rows, columns, false));
    let residual = source(residual.0, residual.1, 4, rng);
    Record::strided(StridedSpec {
        dims: [dim, rows, columns, terms],
        tile: [rng.random_range(1..=batch * rows), 16 * rng.random_range(1..3)],
        x: source(x.0, x.1, 4, rng),
        w: source(w.0, w.1, 4, rng),
        finish: finish(rng, residual),
        out: target(out.0, out.1, 4, rng),
    })
}

/// A window over a small image, and the rows and columns of the output.
fn window(rng: &mut ChaCha8Rng) -> (WindowSpec, [u32; 2]) {
    let pair = |rng: &mut ChaCha8Rng, range: Range<u8>| {
        [rng.random_range(range.clone()), rng.random_range(range)]
    };
    let window = WindowSpec {
        kernel: pair(rng, 1..4),
        stride: pair(rng, 1..4),
        padding: pair(rng, 0..3),
        dilation: pair(rng, 1..3),
        size: pair(rng, 1..6).map(u32::from),
    };
    (window, pair(rng, 1..3).map(u32::from))
}

/// Strides of image, row and pixel of images with `channels` channels of `element` bytes, with gaps; and all bytes.
fn pixels(
    rng: &mut ChaCha8Rng,
    batch: u32,
    [rows, columns]: [u32; 2],
    channels: u32,
    element: u32,
) -> ([u32; 3], u32) {
    let mut gap = || element * rng.random_range(0..3);
    let pixel = channels * element + gap();
    let row = columns * pixel + gap();
    let image = rows * row + gap();
    ([image, row, pixel], batch * image)
}

/// Values of a convolution with `channels` output channels on output images of the given size.
fn values(
    rng: &mut ChaCha8Rng,
    batch: u32,
    output: [u32; 2],
    channels: u32,
    f32: bool,
) -> ValuesSpec {
    if f32 {
        let (stride, size) = pixels(rng, batch, output, channels, 4);
        let residual = source(stride, size, 4, rng);
        return ValuesSpec::F32(finish(rng, residual));
    }
    let (low, high) = (rng.random_range(-128..0), rng.random_range(0..=127));
    ValuesSpec::S8 {
        output: Output { zero_point: rng.random(), low, high },
        padding: rng.random(),
        table: Operand::at(WEIGHTS + 12 * rng.random_range(0..100), [12, 0, 0]),
    }
}

/// A convolution over as many images as there are rows.
pub(crate) fn conv(rng: &mut ChaCha8Rng, batch: u32, dim: u32) -> Record {
    let f32 = rng.random::<bool>();
    let element = if f32 { 4 } else { 1 };
    let (window, output) = window(rng);
    let (inputs, outputs) = (rng.random_range(1..4), rng.random_range(1..20));
    let groups = rng.random_range(1..3);
    let x = pixels(rng, batch, window.size, groups * inputs, element);
    let out = pixels(rng, batch, output, groups * outputs, element);
    let terms = window.kernel.map(u32::from).iter().product::<u32>() * inputs;
    let panel = 64 * if f32 { terms } else { terms.div_ceil(4) };
    let group = outputs.div_ceil(16) * panel + 4 * rng.random_range(0..3);
    let room = (WEIGHT_BYTES as u32 - groups * group) / 4;
    Record::conv(ConvSpec {
        output: [dim, output[0], output[1]],
        channels: [inputs, outputs],
        groups,
        window,
        tile: [rng.random_range(1..=batch * output[0] * output[1]), 16 * rng.random_range(1..4)],
        x: source(x.0, x.1, u64::from(element), rng),
        weights: Operand::at(
            WEIGHTS + u64::from(4 * rng.random_range(0..=room)),
            [panel, group, 0],
        ),
        values: values(rng, batch, output, groups * outputs, f32),
        out: target(out.0, out.1, u64::from(element), rng),
    })
}

/// A depthwise convolution over as many images as there are rows.
pub(crate) fn depthwise(rng: &mut ChaCha8Rng, batch: u32, dim: u32) -> Record {
    let f32 = rng.random::<bool>();
    let element = if f32 { 4 } else { 1 };
    let (window, output) = window(rng);
    let channels = rng.random_range(1..12) * rng.random_range(1..4);
    let x = pixels(rng, batch, window.size, channels, element);
    let out = pixels(rng, batch, output, channels, element);
    let tap = element * (channels + rng.random_range(0..3));
    Record::depthwise(DepthwiseSpec {
        output: [dim, output[0], output[1]],
        channels,
        window,
        tile: [rng.random_range(1..=batch * output[0] * output[1]), rng.random_range(1..40)],
        x: source(x.0, x.1, u64::from(element), rng),
        weights: Operand::at(WEIGHTS + 4 * rng.random_range(0..2000), [tap, 0, 0]),
        values: values(rng, batch, output, channels, f32),
        out: target(out.0, out.1, u64::from(element), rng),
    })
}
