//! The native kernels against the definition: every SIMD level of this processor, one thread and many, any modes of floating
//! point in the calling thread.

use crate::{programs, reference::Reference};
use opml_engine::{Cpu, Engine, Level, ModelFile};
use opml_kernels::{Q8_BLOCK, float::Word};
use opml_tensor::{
    FinishSpec, Header, Operand, ProductKind, ProductSpec, Record,
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::{num::NonZero, sync::Arc};

/// Numbers of threads, one more than any test's rows among them.
const THREADS: [usize; 4] = [1, 2, 5, 16];

/// Every level of this processor with every number of threads.
fn cpus() -> Vec<Cpu> {
    let levels = Level::ALL.into_iter().filter(|level| *level <= Level::detect());
    let cpu = |level| move |threads| Cpu::new(NonZero::new(threads).unwrap(), level).unwrap();
    levels.flat_map(|level| THREADS.map(cpu(level))).collect()
}

/// A model of one record and a halt, and an input for it.
struct Case {
    model: Arc<ModelFile>,
    input: Vec<u8>,
    name: String,
}

impl Case {
    fn new(name: String, record: Record, weights: &[u8], input: Vec<u8>, activations: u64) -> Self {
        let bounds = Header {
            input_max: input.len() as u32,
            activation_bytes: activations,
            ..programs::BOUNDS
        };
        let records = [record, Record::halt(0, 0)];
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

    /// Compares every level and number of threads with the scalar kernels.
    fn check(&self, cpus: &[Cpu]) {
        let expected = self.expected();
        for cpu in cpus {
            let found = self.run(self.engine().with_cpu(cpu.clone()));
            let first = found.differences(&expected).next();
            assert_eq!(first, None, "{}, {cpu:?}: first byte that differs", self.name);
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

/// Q8 activations in rows `[M][K/32]`.
fn q8_blocks(rng: &mut ChaCha8Rng, count: usize, wild: bool) -> Vec<u8> {
    let mut block = || {
        let mut block = [0; Q8_BLOCK];
        rng.fill(&mut block[..]);
        let scale: Word = number(rng, wild).to_le_bytes();
        block[..4].copy_from_slice(&scale);
        block
    };
    (0..count).flat_map(|_| block()).collect()
}

fn dense_q8_0(rng: &mut ChaCha8Rng, seed: u64) -> Case {
    let rows = [1, 2, 7, 40][seed as usize % 4];
    let (columns, blocks) = (rng.random_range(1..90), rng.random_range(1..9));
    let wild = rng.random_bool(0.3);
    let mut weights = vec![0; (columns as usize).div_ceil(16) * blocks as usize * 544];
    rng.fill(&mut weights[..]);
    let record = Record::product(ProductSpec {
        kind: ProductKind::Q8_0,
        dims: [rows, columns, 32 * blocks],
        tile: [rows, 16],
        x: Operand::at(INPUT + 32, [36 * blocks, 0, 0]),
        weights: Operand::at(WEIGHTS, [544 * blocks, 0, 0]),
        finish: FinishSpec::default(),
        out: Operand::at(ACTIVATIONS + 4, [4 * (columns + seed as u32 % 3), 0, 0]),
    });
    let input = q8_blocks(rng, (rows * blocks) as usize, wild);
    Case::new(format!("q8_0 {seed}"), record, &weights, input, 4 * 40 * 93)
}

#[test]
fn every_level_and_number_of_threads_gives_the_scalar_bytes() {
    let cpus = cpus();
    for seed in 0..24 {
        let mut rng = programs::rng(seed);
        dense_q8_0(&mut rng, seed).check(&cpus);
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
        // Scales so small that most sums are subnormal.
        let mut case = dense_q8_0(&mut rng, seed);
        for block in case.input.chunks_exact_mut(Q8_BLOCK) {
            block[..4].copy_from_slice(&f32::from_bits(1 << 20).to_le_bytes());
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
