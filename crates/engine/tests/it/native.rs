//! The native kernels against the definition: every SIMD level of this processor, one thread and many, any modes of floating
//! point in the calling thread.

use crate::{contractions::KINDS, programs, reference::Reference};
use opml_engine::{Cpu, Engine, Level, ModelFile};
use opml_kernels::{Activation, Channel, Q8_BLOCK, float::Word};
use opml_tensor::{
    ConvSpec, DenseSpec, DepthwiseSpec, FinishSpec, Header, Operand, ProductKind, ProductSpec,
    Record, StridedSpec, ValuesSpec, WindowSpec,
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::{num::NonZero, sync::Arc};

/// Numbers of threads, one more than any test's rows among them.
const THREADS: [usize; 4] = [1, 2, 5, 16];

/// Every level of this processor with every number of threads.
pub(crate) fn cpus() -> Vec<Cpu> {
    let levels = Level::ALL.into_iter().filter(|level| *level <= Level::detect());
    let cpu = |level| move |threads| Cpu::new(NonZero::new(threads).unwrap(), level).unwrap();
    levels.flat_map(|level| THREADS.map(cpu(level))).collect()
}

/// A model of some records and a halt, and an input for it.
pub(crate) struct Case {
    model: Arc<ModelFile>,
    input: Vec<u8>,
    name: String,
}

impl Case {
    pub(crate) fn new(
        name: String,
        mut records: Vec<Record>,
        weights: &[u8],
        input: Vec<u8>,
        activations: u64,
    ) -> Self {
        let bounds = Header {
            input_max: input.len() as u32,
            activation_bytes: activations,
            ..programs::BOUNDS
        };
        records.push(Record::halt(0, 0));
        let model = ModelFile::build(bounds, "case", &records, weights).unwrap();
        Self { model: Arc::new(model), input, name }
    }

    fn engine(&self) -> Engine {
        Engine::new(Arc::clone(&self.model), &self.input).unwrap()
    }

    /// The state after the run by the scalar kernels.
    fn expected(&self) -> Reference {
        self.run(self.engine().with_scalar_kernels())
    }

    fn run(&self, mut engine: Engine) -> Reference {
        engine.run_to_halt(1 << 20).unwrap();
        assert_eq!(engine.refusal(), None, "{}", self.name);
        Reference::load(self.model.header(), &engine.snapshot())
    }

    /// Compares every level and number of threads with the scalar kernels: the record in one go, and cut in three.
    pub(crate) fn check(&self, cpus: &[Cpu]) {
        let mut scalar = self.engine().with_scalar_kernels();
        let steps = scalar.run_to_halt(1 << 20).unwrap();
        let expected = self.run(scalar);
        for cpu in cpus {
            let engine = || self.engine().with_cpu(cpu.clone());
            let mut cut = engine();
            for step in [steps / 3, steps * 2 / 3] {
                cut.run_to(step).unwrap();
            }
            for found in [engine(), cut] {
                let first = self.run(found).differences(&expected).next();
                assert_eq!(first, None, "{}, {cpu:?}: first byte that differs", self.name);
            }
        }
    }
}

/// f32 of all kinds, or ordinary ones.
fn number(rng: &mut ChaCha8Rng, wild: bool) -> f32 {
    match rng.random_range(0..40) {
        0 if wild => f32::from_bits(rng.random()),
        1 if wild => f32::from_bits(rng.random_range(0..0x80_0000)),
        2 if wild => [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0][rng.random_range(0..4)],
        _ => rng.random_range(-2.0..2.0),
    }
}

/// Q8 activations in rows `[M][K/32]`: as QUANT leaves them, or with values of −128 as well.
fn q8_blocks(rng: &mut ChaCha8Rng, count: usize, wild: bool) -> Vec<u8> {
    let least = rng.random_range(-128..=-127i8);
    let mut block = || {
        let mut block = [0; Q8_BLOCK];
        rng.fill(&mut block[..]);
        block[4..].iter_mut().for_each(|value| *value = (*value as i8).max(least) as u8);
        let scale: Word = number(rng, wild).to_le_bytes();
        block[..4].copy_from_slice(&scale);
        block
    };
    (0..count).flat_map(|_| block()).collect()
}

/// `count` f32.
pub(crate) fn numbers(rng: &mut ChaCha8Rng, count: u32, wild: bool) -> Vec<u8> {
    (0..count).flat_map(|_| number(rng, wild).to_le_bytes()).collect()
}

/// A row count: one, and such as leave blocks of every height over.
fn row_count(rng: &mut ChaCha8Rng) -> u32 {
    [1, 2, 7, 13, 40, 60][rng.random_range(0..6)]
}

/// Any activation, from the list of all that there are.
fn activation(rng: &mut ChaCha8Rng) -> Activation {
    let [low, high] = [rng.random_range(-2f32..0.0), rng.random_range(0f32..2.0)];
    [
        Activation::None,
        Activation::Relu,
        Activation::Clip(low, high),
        Activation::Silu,
        Activation::GeluTanh,
        Activation::Gelu,
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::LeakyRelu(low),
    ][rng.random_range(0..9)]
}

/// Bias and residual where the numbers for them lie, perhaps; and an activation.
fn finish(rng: &mut ChaCha8Rng, bias: Operand, residual: Operand) -> FinishSpec {
    let repeated = Operand { stride: [0; 3], ..bias };
    FinishSpec {
        bias: [None, Some(bias), Some(repeated)][rng.random_range(0..3)],
        residual: rng.random::<bool>().then_some(residual),
        activation: activation(rng),
        gate: false,
    }
}

fn product(rng: &mut ChaCha8Rng, seed: u64, kind: ProductKind) -> Case {
    let (rows, columns, wild) = (row_count(rng), rng.random_range(1..90u32), rng.random_bool(0.3));
    let [groups, terms] = match kind {
        ProductKind::F32 => [rng.random_range(1..600); 2],
        _ => {
            let blocks = rng.random_range(1..9);
            [blocks, 32 * blocks]
        }
    };
    let [x_bytes, panel_bytes] = kind.group_bytes().map(|bytes| bytes as u32);
    let panel = groups * panel_bytes;
    let gate = rng.random_range(0..4) == 0;
    let panels = columns.div_ceil(16) * if gate { 2 } else { 1 };
    let mut weights = match kind {
        ProductKind::F32 => numbers(rng, panels * panel / 4, wild),
        _ => {
            let mut bytes = vec![0; (panels * panel) as usize];
            rng.fill(&mut bytes[..]);
            bytes
        }
    };
    weights.extend(numbers(rng, columns, wild));
    let mut input = match kind {
        ProductKind::F32 => numbers(rng, rows * groups, wild),
        _ => q8_blocks(rng, (rows * groups) as usize, wild),
    };
    input.extend(numbers(rng, rows * columns, wild));
    let bias = Operand::at(WEIGHTS + u64::from(panels * panel), [4, 0, 0]);
    let residual =
        Operand::at(INPUT + 32 + u64::from(rows * groups * x_bytes), [4 * columns, 0, 0]);
    let mut finish = finish(rng, bias, residual);
    if gate {
        finish = FinishSpec { bias: None, residual: None, gate, ..finish };
    }
    let record = Record::product(ProductSpec {
        kind,
        dims: [rows, columns, terms],
        tile: [rng.random_range(1..=rows.min(5)), 16 * rng.random_range(1..4)],
        x: Operand::at(INPUT + 32, [groups * x_bytes, 0, 0]),
        weights: Operand::at(WEIGHTS, [panel, 0, 0]),
        finish,
        out: Operand::at(ACTIVATIONS + 4, [4 * (columns + seed as u32 % 3), 0, 0]),
    });
    let name = format!("{kind:?} {seed}: {rows}×{columns}×{terms}, {finish:?}");
    Case::new(name, vec![record], &weights, input, 4 * 60 * 93)
}

/// Strides of matrices whose two dimensions lie in either order.
fn layout(rng: &mut ChaCha8Rng, outer: u32, inner: u32) -> [u32; 3] {
    let [near, far] = if rng.random() { [inner, outer] } else { [outer, inner] };
    let line = 4 * (near + rng.random_range(0..3));
    let strides = if near == inner { [line, 4] } else { [4, line] };
    [far * line, strides[0], strides[1]]
}

fn strided(rng: &mut ChaCha8Rng, seed: u64) -> Case {
    let [batch, rows, columns, terms] = [
        rng.random_range(1..6),
        rng.random_range(1..30),
        rng.random_range(1..40),
        rng.random_range(1..50),
    ];
    let wild = rng.random_bool(0.3);
    let [x, w, out] = [[rows, terms], [terms, columns], [rows, columns]]
        .map(|[outer, inner]| layout(rng, outer, inner));
    let input = numbers(rng, batch * (x[0] + out[0]) / 4, wild);
    let weights = numbers(rng, batch * w[0] / 4 + columns, wild);
    let bias = Operand::at(WEIGHTS + u64::from(batch * w[0]), [4, 0, 0]);
    let residual = Operand::at(INPUT + 32 + u64::from(batch * x[0]), out);
    let finish = finish(rng, bias, residual);
    let record = Record::strided(StridedSpec {
        dims: [batch, rows, columns, terms],
        tile: [rng.random_range(1..9), 16 * rng.random_range(1..4)],
        x: Operand::at(INPUT + 32, x),
        w: Operand::at(WEIGHTS, w),
        finish,
        out: Operand::at(ACTIVATIONS + 4, out),
    });
    let name = format!("strided {seed}: {batch}×{rows}×{columns}×{terms}, {finish:?}");
    Case::new(name, vec![record], &weights, input, 4 + u64::from(batch * out[0]))
}

/// Parameters by which most values are not clamped, and a few of any kind.
fn channel_table(rng: &mut ChaCha8Rng, count: u32) -> Vec<u8> {
    let mut channel = || Channel {
        bias: rng.random_range(-4000..4000),
        multiplier: if rng.random_bool(0.9) {
            rng.random_range(1 << 30..=i32::MAX)
        } else {
            rng.random()
        },
        shift: if rng.random_bool(0.9) { rng.random_range(36..44) } else { rng.random() },
    };
    (0..count).flat_map(|_| channel().to_bytes()).collect()
}

fn dense(rng: &mut ChaCha8Rng, seed: u64) -> Case {
    let (rows, columns, terms) =
        (row_count(rng), rng.random_range(1..90u32), rng.random_range(1..300u32));
    let panel = terms.div_ceil(4) * 64;
    let mut weights = vec![0; (columns.div_ceil(16) * panel) as usize];
    rng.fill(&mut weights[..]);
    weights.extend(channel_table(rng, columns));
    let mut input = vec![0; (rows * terms) as usize];
    rng.fill(&mut input[..]);
    let record = Record::dense(DenseSpec {
        dims: [rows, columns, terms],
        tile: [rng.random_range(1..=rows.min(5)), 4 * rng.random_range(1..12)],
        output: opml_kernels::Output {
            zero_point: rng.random(),
            low: -120,
            high: rng.random_range(0..=127),
        },
        x: Operand::at(INPUT + 32, [terms, 0, 0]),
        weights: Operand::at(WEIGHTS, [panel, 0, 0]),
        table: Operand::at(WEIGHTS + u64::from(columns.div_ceil(16) * panel), [12, 0, 0]),
        out: Operand::at(ACTIVATIONS + 1, [columns + seed as u32 % 3, 0, 0]),
    });
    let name = format!("s8 {seed}: {rows}×{columns}×{terms}");
    Case::new(name, vec![record], &weights, input, 60 * 93)
}

/// A window and the size of the output that it gives.
fn window(rng: &mut ChaCha8Rng) -> (WindowSpec, [u32; 2]) {
    let pick = |rng: &mut ChaCha8Rng, to| [rng.random_range(1..to), rng.random_range(1..to)];
    if rng.random_range(0..3) == 0 {
        // The one whose input is rows as it is.
        let size = pick(rng, 9).map(u32::from);
        let one =
            WindowSpec { kernel: [1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1], size };
        return (one, size);
    }
    let [kernel, stride, dilation] = [pick(rng, 4), pick(rng, 3), pick(rng, 3)];
    let padding = kernel.map(|taps| rng.random_range(0..=taps));
    let size = pick(rng, 12).map(u32::from);
    let output = pick(rng, 8).map(u32::from);
    (WindowSpec { kernel, stride, padding, dilation, size }, output)
}

/// Strides of image, row and pixel of images `channels` elements deep, with gaps or without.
fn pixels(
    rng: &mut ChaCha8Rng,
    [rows, columns]: [u32; 2],
    channels: u32,
    element: u32,
) -> [u32; 3] {
    let mut gap = || if rng.random() { 0 } else { element * rng.random_range(0..4) };
    let pixel = element * channels + gap();
    let row = columns * pixel + gap();
    [rows * row + gap(), row, pixel]
}

/// A convolution, or one of every channel by itself; in f32 or s8.
fn conv(rng: &mut ChaCha8Rng, seed: u64, is_f32: bool, is_depthwise: bool) -> Case {
    let window = window(rng);
    let groups = if rng.random_range(0..3) == 0 { rng.random_range(2..4) } else { 1 };
    let channels = [rng.random_range(1..20), rng.random_range(1..70)];
    conv_of(rng, seed, [is_f32, is_depthwise], window, groups, channels)
}

/// One of some shape: window and output, groups, channels of each.
fn conv_of(
    rng: &mut ChaCha8Rng,
    seed: u64,
    [is_f32, is_depthwise]: [bool; 2],
    (window, output): (WindowSpec, [u32; 2]),
    groups: u32,
    channels: [u32; 2],
) -> Case {
    let wild = is_f32 && rng.random_bool(0.3);
    let batch = rng.random_range(1..3);
    let element = if is_f32 { 4 } else { 1 };
    let [inputs, outputs] =
        if is_depthwise { [channels[1]; 2] } else { channels.map(|channels| groups * channels) };
    let x = pixels(rng, window.size, inputs, element);
    let out = pixels(rng, output, outputs, element);
    let terms = u32::from(window.kernel[0]) * u32::from(window.kernel[1]) * channels[0];
    let panel = if is_f32 { 64 * terms } else { 64 * terms.div_ceil(4) };
    let of_group = channels[1].div_ceil(16) * panel;
    let (weight_bytes, weight_stride) = if is_depthwise {
        (terms / channels[0] * element * outputs, [element * outputs, 0, 0])
    } else {
        (groups * of_group, [panel, of_group, 0])
    };
    let weight_bytes = weight_bytes.next_multiple_of(4);
    let data = |rng: &mut ChaCha8Rng, bytes: u32| -> Vec<u8> {
        if is_f32 {
            return numbers(rng, bytes / 4, wild);
        }
        let mut data = vec![0; bytes as usize];
        rng.fill(&mut data[..]);
        data
    };
    let mut weights = data(rng, weight_bytes);
    let mut input = data(rng, batch * x[0]);
    let extra = WEIGHTS + u64::from(weight_bytes);
    let values = if is_f32 {
        weights.extend(numbers(rng, outputs, wild));
        let residual = Operand::at(INPUT + 32 + input.len() as u64, out);
        input.extend(numbers(rng, batch * out[0] / 4, wild));
        ValuesSpec::F32(finish(rng, Operand::at(extra, [4, 0, 0]), residual))
    } else {
        weights.extend(channel_table(rng, outputs));
        ValuesSpec::S8 {
            output: opml_kernels::Output { zero_point: rng.random(), low: -128, high: 120 },
            padding: rng.random(),
            table: Operand::at(extra, [12, 0, 0]),
        }
    };
    let (x, out_operand) = (Operand::at(INPUT + 32, x), Operand::at(ACTIVATIONS + 4, out));
    let images = [batch, output[0], output[1]];
    let weight = Operand::at(WEIGHTS, weight_stride);
    let record = if is_depthwise {
        Record::depthwise(DepthwiseSpec {
            output: images,
            channels: outputs,
            window,
            tile: [3, 7],
            x,
            weights: weight,
            values,
            out: out_operand,
        })
    } else {
        Record::conv(ConvSpec {
            output: images,
            channels,
            groups,
            window,
            tile: [3, 32],
            x,
            weights: weight,
            values,
            out: out_operand,
        })
    };
    let name = format!("{seed}: {record:?}");
    Case::new(name, vec![record], &weights, input, 4 + u64::from(batch * out[0]))
}

#[test]
fn every_level_and_number_of_threads_gives_the_scalar_bytes() {
    let cpus = cpus();
    for seed in 0..16 {
        let mut rng = programs::rng(seed);
        for kind in KINDS {
            product(&mut rng, seed, kind).check(&cpus);
        }
        strided(&mut rng, seed).check(&cpus);
        dense(&mut rng, seed).check(&cpus);
        for (is_f32, is_depthwise) in [(true, false), (true, true), (false, false), (false, true)] {
            conv(&mut rng, seed, is_f32, is_depthwise).check(&cpus);
        }
    }
}

#[test]
fn images_of_many_blocks_of_pixels_give_the_scalar_bytes() {
    let cpus = cpus();
    let mut rng = programs::rng(77);
    // Terms that fill tiles, and such that do not.
    for inputs in [64, 20] {
        let window = WindowSpec {
            kernel: [3, 3],
            stride: [1, 1],
            padding: [1, 1],
            dilation: [1, 1],
            size: [17, 21],
        };
        conv_of(&mut rng, 77, [false, false], (window, [17, 21]), 1, [inputs, 40]).check(&cpus);
    }
}

#[test]
fn random_programs_do_not_depend_on_level_or_threads() {
    let cpus = cpus();
    for seed in 0..40 {
        let (model, input) = programs::random(seed, false);
        let case = Case { model, input, name: format!("program {seed}") };
        let mut expected = case.engine().with_scalar_kernels();
        expected.run_to_halt(1 << 20).unwrap();
        for cpu in &cpus {
            let mut engine = case.engine().with_cpu(cpu.clone());
            engine.run_to_halt(1 << 20).unwrap();
            assert_eq!(engine.root(), expected.root(), "{}, {cpu:?}", case.name);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_caller_that_flushes_subnormals_does_not_matter() {
    use std::arch::asm;

    /// Flush to zero, denormals are zero, round towards zero.
    const MODES: u32 = 0x1f80 | 1 << 15 | 1 << 6 | 3 << 13;
    let set = |modes: u32| {
        // SAFETY: reads four bytes; this thread computes no floating point of its own until the modes are put back.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &modes, options(nostack)) };
    };
    for seed in 0..8 {
        let mut rng = programs::rng(seed);
        // Activations so small that most sums are subnormal.
        let mut case = product(&mut rng, seed, ProductKind::F32);
        for number in case.input.chunks_exact_mut(4) {
            number.copy_from_slice(&f32::from_bits(1 << 20).to_le_bytes());
        }
        let expected = case.expected();
        set(MODES);
        // New threads inherit their modes, old ones are handed work by this one.
        let new = Cpu::new(NonZero::new(2).unwrap(), Level::detect());
        let inherited = case.engine().with_cpu(new.unwrap());
        let inherited = case.run(inherited);
        let shared = case.run(case.engine());
        let scalar = case.expected();
        set(0x1f80);
        for found in [inherited, shared, scalar] {
            assert_eq!(found.differences(&expected).next(), None, "seed {seed}");
        }
    }
}

#[test]
fn a_level_that_the_processor_lacks_is_refused() {
    let missing = Level::ALL.into_iter().filter(|level| *level > Level::detect());
    for level in missing {
        assert!(Cpu::new(NonZero::<usize>::MIN, level).is_err());
    }
    assert!("avx3".parse::<Level>().is_err());
    for level in Level::ALL {
        assert_eq!(level.to_string().parse(), Ok(level));
    }
}
