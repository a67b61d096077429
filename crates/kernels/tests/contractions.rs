//! Products and convolutions: the processor's arithmetic against the soft one, and both against the sums as they are defined.

use opml_kernels::{
    Activation, Channel, Epilogue, F32_GROUP, GROUP, Output, PANEL, Panels, Patch, Plane,
    Q4_PANEL_BLOCK, Q8_BLOCK, Q8Block, S8_GROUP, Stencil, Table, Words, conv_f32, conv_f32_in,
    conv_s8, depthwise_f32, depthwise_f32_in, depthwise_s8, f32_row, f32_row_in,
    float::{NAN, Soft, Word, from_f16},
    q4_0_row, q4_0_row_in, requantise, strided_panel, strided_panel_in,
};
use proptest::prelude::*;

/// Elements as networks have them, and every kind that they should not have.
fn element() -> impl Strategy<Value = Word> {
    prop_oneof![
        16 => (-4f32..4.0).prop_map(f32::to_le_bytes),
        1 => Just([0; 4]),
        1 => (-1e-38f32..1e-38).prop_map(f32::to_le_bytes),
        1 => any::<Word>(),
    ]
}

fn elements(count: usize) -> impl Strategy<Value = Vec<Word>> {
    prop::collection::vec(element(), count)
}

const fn value(word: Word) -> f32 {
    f32::from_le_bytes(word)
}

const fn stored(value: f32) -> Word {
    if value.is_nan() { NAN.to_le_bytes() } else { value.to_le_bytes() }
}

/// The chain of fused multiply-adds from +0.
fn chain(terms: impl Iterator<Item = (Word, Word)>) -> f32 {
    terms.fold(0f32, |sum, (x, w)| value(x).mul_add(value(w), sum))
}

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![
        Just(Activation::None),
        Just(Activation::Relu),
        (-2f32..0.0, 0f32..2.0).prop_map(|(low, high)| Activation::Clip(low, high)),
        Just(Activation::Silu),
        Just(Activation::GeluTanh),
        Just(Activation::Gelu),
        Just(Activation::Sigmoid),
        Just(Activation::Tanh),
        (-1f32..1.0).prop_map(Activation::LeakyRelu),
    ]
}

/// Rows of `terms` weights, as panels `[⌈N/16⌉][K][16]`; what pads them must not matter.
fn panels(rows: &[Vec<Word>], terms: usize) -> Vec<u8> {
    let mut bytes = vec![0xaa; rows.len().div_ceil(PANEL) * terms * F32_GROUP];
    for (n, row) in rows.iter().enumerate() {
        for (k, word) in row.iter().enumerate() {
            let at = ((n / PANEL * terms + k) * PANEL + n % PANEL) * 4;
            bytes[at..at + 4].copy_from_slice(word);
        }
    }
    bytes
}

prop_compose! {
    /// Activations, weights by rows, bias and residual.
    fn layer()(terms in 1usize..150, outputs in 1usize..40)(
        x in elements(terms),
        weights in prop::collection::vec(elements(terms), outputs),
        bias in elements(outputs),
        residual in elements(outputs),
    ) -> (Vec<Word>, Vec<Vec<Word>>, Vec<Word>, Vec<Word>) {
        (x, weights, bias, residual)
    }
}

proptest! {
    #[test]
    fn rows_and_strided_panels_are_chains_with_an_epilogue(
        (x, weights, bias, residual) in layer(), activation in activation(),
    ) {
        let (terms, outputs) = (x.len(), weights.len());
        let bytes = panels(&weights, terms);
        let panels = Panels { bytes: &bytes, stride: terms * F32_GROUP, groups: terms };
        let epilogue = Epilogue {
            bias: Some(Words { bytes: bias.as_flattened(), stride: 4 }),
            residual: Some(Words { bytes: residual.as_flattened(), stride: 4 }),
            activation,
            gate: false,
        };
        let (mut y, mut z) = (vec![[0xee; 4]; outputs], vec![[0xee; 4]; outputs]);
        f32_row(&x, panels, epilogue, &mut y);
        f32_row_in::<Soft>(&x, panels, epilogue, &mut z);
        prop_assert_eq!(&y, &z);
        for (n, y) in y.iter().enumerate() {
            let sum = chain(x.iter().copied().zip(weights[n].iter().copied()));
            let v = sum + value(bias[n]) + value(residual[n]);
            prop_assert_eq!(*y, stored(activation.apply::<Soft>(v)), "output {}", n);
        }
        // The same matrix by rows, hence with strides.
        let rows = weights.concat();
        let w = Plane { bytes: rows.as_flattened(), strides: [4, 4 * terms] };
        let x = Plane { bytes: x.as_flattened(), strides: [0, 4] };
        for (index, y) in y.chunks(PANEL).enumerate() {
            let (mut z, mut soft) = ([[0; 4]; PANEL], [[0; 4]; PANEL]);
            strided_panel(terms, x, w, index, epilogue, &mut z[..y.len()]);
            strided_panel_in::<Soft>(terms, x, w, index, epilogue, &mut soft[..y.len()]);
            prop_assert_eq!(&z[..y.len()], y);
            prop_assert_eq!(&soft[..y.len()], y);
        }
    }

    #[test]
    fn gates_open_what_lies_in_the_panel_behind_theirs(
        (x, mut weights, ..) in layer(), activation in activation(),
    ) {
        let terms = x.len();
        // Whole pairs of panels, of which the last may be used in part.
        let pairs = weights.len().div_ceil(2 * PANEL);
        weights = (0..pairs * 2 * PANEL).map(|n| weights[n % weights.len()].clone()).collect();
        let bytes = panels(&weights, terms);
        let panels = Panels { bytes: &bytes, stride: terms * F32_GROUP, groups: terms };
        let epilogue = Epilogue { activation, gate: true, ..Epilogue::default() };
        let mut y = vec![[0; 4]; pairs * PANEL - 3];
        let mut z = y.clone();
        f32_row(&x, panels, epilogue, &mut y);
        f32_row_in::<Soft>(&x, panels, epilogue, &mut z);
        prop_assert_eq!(&y, &z);
        for (n, y) in y.iter().enumerate() {
            let sum = |part: usize| {
                let row = (2 * (n / PANEL) + part) * PANEL + n % PANEL;
                chain(x.iter().copied().zip(weights[row].iter().copied()))
            };
            prop_assert_eq!(*y, stored(activation.apply::<Soft>(sum(0)) * sum(1)), "output {}", n);
        }
    }

    #[test]
    fn nibbles_stand_for_themselves_less_eight(
        x in prop::collection::vec(any::<[u8; Q8_BLOCK]>(), 1..4),
        scale in 0x2000u16..0x4000, seed: u64, outputs in 1usize..33,
    ) {
        let mut state = seed;
        let mut next = || { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); (state >> 56) as u8 };
        let x: Vec<_> = x.into_iter().map(|mut block| { block[3] = 0x3d; block }).collect();
        let stride = x.len() * Q4_PANEL_BLOCK;
        let mut bytes: Vec<u8> = (0..outputs.div_ceil(PANEL) * stride).map(|_| next()).collect();
        for block in bytes.chunks_exact_mut(Q4_PANEL_BLOCK) {
            for (row, d) in block[..2 * PANEL].chunks_exact_mut(2).enumerate() {
                d.copy_from_slice(&(scale + row as u16).to_le_bytes());
            }
        }
        let panels = Panels { bytes: &bytes, stride, groups: x.len() };
        let (mut y, mut z) = (vec![[0; 4]; outputs], vec![[0; 4]; outputs]);
        q4_0_row(&x, panels, Epilogue::default(), &mut y);
        q4_0_row_in::<Soft>(&x, panels, Epilogue::default(), &mut z);
        prop_assert_eq!(&y, &z);
        for (n, y) in y.iter().enumerate() {
            let (row, mut sum) = (n % PANEL, 0f32);
            for (x, block) in x.iter().zip(panels.panel::<Q4_PANEL_BLOCK>(n / PANEL)) {
                let x = Q8Block::from_bytes(x);
                let d_w = from_f16(u16::from_le_bytes([block[2 * row], block[2 * row + 1]]));
                let dot: i32 = (0..32).map(|k| {
                    let byte = block[2 * PANEL + k / 8 * 64 + row * 4 + k % 4];
                    let nibble = if k % 8 < 4 { byte & 15 } else { byte >> 4 };
                    i32::from(x.values[k] as i8) * (i32::from(nibble) - 8)
                }).sum();
                sum = (d_w * x.scale).mul_add(dot as f32, sum);
            }
            prop_assert_eq!(*y, stored(sum), "output {}", n);
        }
    }
}

/// A window, an image under it and an output pixel that may reach into the padding on every side.
#[derive(Clone, Debug)]
struct Case {
    window: Stencil,
    output: [usize; 2],
    channels: usize,
    seed: u64,
}

prop_compose! {
    fn case()(
        kernel in prop::array::uniform2(1usize..4),
        stride in prop::array::uniform2(1usize..4),
        padding in prop::array::uniform2(0usize..4),
        dilation in prop::array::uniform2(1usize..3),
        size in prop::array::uniform2(1usize..6),
        output in prop::array::uniform2(0usize..3),
        channels in 1usize..40,
        seed: u64,
    ) -> Case {
        Case { window: Stencil { kernel, stride, padding, dilation, size }, output, channels, seed }
    }
}

impl Case {
    /// The image's pixel under every tap, by the definition.
    fn taps(&self) -> Vec<Option<usize>> {
        let Stencil { kernel, stride, padding, dilation, size } = self.window;
        let place = |axis: usize, tap: usize| {
            let place = (self.output[axis] * stride[axis] + tap * dilation[axis]) as isize
                - padding[axis] as isize;
            usize::try_from(place).ok().filter(|place| *place < size[axis])
        };
        (0..kernel[0])
            .flat_map(|y| (0..kernel[1]).map(move |x| (y, x)))
            .map(|(y, x)| Some(place(0, y)? * size[1] + place(1, x)?))
            .collect()
    }

    fn bytes(&self, count: usize, salt: u64) -> Vec<u8> {
        let mut state = self.seed ^ salt;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        (0..count).map(|_| next()).collect()
    }

    /// Numbers between −2 and 2, and here and there an infinity.
    fn words(&self, count: usize, salt: u64) -> Vec<Word> {
        let word = |word: &[u8; 4]| match u32::from_le_bytes(*word) {
            bits if bits % 97 == 0 => f32::INFINITY.to_le_bytes(),
            bits => ((bits as f32) / 1e9 - 2.1).to_le_bytes(),
        };
        self.bytes(4 * count, salt).as_chunks().0.iter().map(word).collect()
    }

    const fn patch<'a>(&self, image: &'a [u8], element: usize) -> Patch<'a> {
        let pixel = self.channels * element;
        let strides = [self.window.size[1] * pixel, pixel];
        Patch { image, strides, window: self.window, output: self.output }
    }
}

const FULL: Output = Output { zero_point: -3, low: -120, high: 127 };

proptest! {
    #[test]
    fn convolutions_are_chains_over_all_taps(case in case(), outputs in 1usize..17) {
        let (taps, channels) = (case.taps(), case.channels);
        let [rows, columns] = case.window.size;
        let terms = taps.len() * channels;
        let image = case.words(rows * columns * channels, 1);
        let weights: Vec<_> = case.words(outputs * terms, 2).chunks(terms).map(<[_]>::to_vec).collect();
        let bytes = panels(&weights, terms);
        let patch = case.patch(image.as_flattened(), 4);
        let (mut y, mut z) = (vec![[0; 4]; outputs], vec![[0; 4]; outputs]);
        let panel = bytes.as_chunks().0;
        conv_f32(patch, channels, panel, 0, Epilogue::default(), &mut y);
        conv_f32_in::<Soft>(patch, channels, panel, 0, Epilogue::default(), &mut z);
        prop_assert_eq!(&y, &z);
        for (n, y) in y.iter().enumerate() {
            let x = taps.iter().flat_map(|tap| (0..channels).map(move |c| (tap, c)));
            let x = x.map(|(tap, c)| tap.map_or([0; 4], |pixel| image[pixel * channels + c]));
            prop_assert_eq!(*y, stored(chain(x.zip(weights[n].iter().copied()))), "output {}", n);
        }
    }

    #[test]
    fn s8_convolutions_are_sums_over_all_taps(case in case(), outputs in 1usize..17, padding: i8) {
        let (taps, channels) = (case.taps(), case.channels);
        let [rows, columns] = case.window.size;
        let terms = taps.len() * channels;
        let image = case.bytes(rows * columns * channels, 1);
        let bytes = case.bytes(terms.div_ceil(GROUP) * S8_GROUP, 2);
        let channel = Channel { bias: 100, multiplier: 1 << 30, shift: 40 };
        let table = channel.to_bytes().repeat(outputs);
        let table = Table { bytes: &table, stride: 12 };
        let mut y = vec![0; outputs];
        let patch = case.patch(&image, 1);
        conv_s8(patch, channels, padding, bytes.as_chunks().0, table, FULL, &mut y);
        for (n, y) in y.iter().enumerate() {
            let x = taps.iter().flat_map(|tap| (0..channels).map(move |c| (tap, c)));
            let x = x.map(|(tap, c)| tap.map_or(padding, |pixel| image[pixel * channels + c] as i8));
            let sum = x.enumerate().map(|(k, x)| {
                let w = bytes[k / GROUP * S8_GROUP + n * GROUP + k % GROUP] as i8;
                i32::from(x) * i32::from(w)
            }).sum();
            prop_assert_eq!(*y, requantise(sum, channel, FULL), "output {}", n);
        }
    }

    #[test]
    fn depthwise_convolutions_are_those_of_single_channels(case in case(), padding: i8) {
        let (taps, channels) = (case.taps(), case.channels);
        let outputs = channels.min(PANEL);
        let [rows, columns] = case.window.size;
        let (image, weights) = (case.words(rows * columns * channels, 1), case.words(taps.len() * channels, 2));
        let (mut y, mut z) = (vec![[0; 4]; outputs], vec![[0; 4]; outputs]);
        let patch = case.patch(image.as_flattened(), 4);
        let bytes = weights.as_flattened();
        depthwise_f32(patch, bytes, 4 * channels, Epilogue::default(), &mut y);
        depthwise_f32_in::<Soft>(patch, bytes, 4 * channels, Epilogue::default(), &mut z);
        prop_assert_eq!(&y, &z);
        for (c, y) in y.iter().enumerate() {
            let x = taps.iter().map(|tap| tap.map_or([0; 4], |pixel| image[pixel * channels + c]));
            let w = (0..taps.len()).map(|tap| weights[tap * channels + c]);
            prop_assert_eq!(*y, stored(chain(x.zip(w))), "channel {}", c);
        }

        let (image, weights) = (case.bytes(rows * columns * channels, 1), case.bytes(taps.len() * channels, 2));
        let channel = Channel { bias: 100, multiplier: 1 << 30, shift: 37 };
        let table = channel.to_bytes().repeat(outputs);
        let mut y = vec![0; outputs];
        let table = Table { bytes: &table, stride: 12 };
        depthwise_s8(case.patch(&image, 1), padding, &weights, channels, table, FULL, &mut y);
        for (c, y) in y.iter().enumerate() {
            let sum = taps.iter().enumerate().map(|(tap, pixel)| {
                let x = pixel.map_or(padding, |pixel| image[pixel * channels + c] as i8);
                i32::from(x) * i32::from(weights[tap * channels + c] as i8)
            }).sum();
            prop_assert_eq!(*y, requantise(sum, channel, FULL), "channel {}", c);
        }
    }
}

#[test]
fn padding_takes_part_in_a_chain() {
    let window =
        Stencil { kernel: [1, 2], stride: [1; 2], padding: [0, 1], dilation: [1; 2], size: [1, 1] };
    let one = 1f32.to_le_bytes();
    let patch = Patch { image: &one, strides: [4, 4], window, output: [0, 0] };
    let mut weights = [[[0; 4]; PANEL]; 2];
    (weights[0][0], weights[1][0]) = (f32::INFINITY.to_le_bytes(), one);
    let mut y = [[0; 4]];
    conv_f32(
        patch,
        1,
        weights.as_flattened().as_flattened().as_chunks().0,
        0,
        Epilogue::default(),
        &mut y,
    );
    assert_eq!(u32::from_le_bytes(y[0]), NAN, "0 times infinity");
}
