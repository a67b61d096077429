//! Every level against plain scalar sums, over awkward shapes and values.

use super::{
    Isa, Level, Sink,
    f32_panels::{F32Panels, Panels, Rows, Waiting},
    q8_panels::{self, Format, Q8Panels, Q40, Q80},
    s8_panels::{self, S8Panels},
};
use opml_kernels::{Epilogue, PANEL, Q8_BLOCK, float::Word};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::marker::PhantomData;

impl<T, F: FnMut(usize, usize, &[T; PANEL])> Sink<T> for F {
    fn sums<S: Isa>(&mut self, row: usize, panel: usize, sums: &[T; PANEL]) {
        self(row, panel, sums);
    }
}

/// Rows, panels, terms: odd ones, one row, blocks with every remainder, sums that have to wait.
fn shapes(rng: &mut ChaCha8Rng) -> impl Iterator<Item = [usize; 3]> + use<> {
    let fixed = [[1, 1, 1], [1, 9, 300], [13, 7, 257], [29, 3, 513], [200, 9, 260], [12, 2, 0]];
    let random = |_| [rng.random_range(1..30), rng.random_range(1..11), rng.random_range(1..90)];
    let random: Vec<_> = (0..30).map(random).collect();
    fixed.into_iter().chain(random)
}

fn levels() -> impl Iterator<Item = Level> {
    Level::ALL.into_iter().filter(|level| *level > Level::Portable && *level <= Level::detect())
}

/// Mostly numbers of all sizes; some subnormals, zeroes, infinities, NaNs.
fn number(rng: &mut ChaCha8Rng) -> f32 {
    match rng.random_range(0..200) {
        0 => f32::NAN,
        1 => f32::INFINITY,
        2 => f32::NEG_INFINITY,
        3..6 => -0.0,
        6..20 => f32::from_bits(rng.random_range(1..0x80_0000) | rng.random::<u32>() << 31),
        20..60 => f32::from_bits(rng.random()),
        _ => rng.random_range(-1.0..1.0),
    }
}

fn bits(value: f32) -> Word {
    opml_kernels::float::store(value)
}

#[test]
fn f32_sums_are_chains_of_fused_multiply_adds() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for [rows, panels, terms] in shapes(&mut rng) {
        // Not all data is wild: a chain that has met a NaN shows nothing more.
        let tame = rng.random_bool(0.7);
        let mut numbers = |n: usize| -> Vec<f32> {
            let mut next = || if tame { rng.random_range(-1.0..1.0) } else { number(&mut rng) };
            (0..n).map(|_| next()).collect()
        };
        let (x, w) = (numbers(rows * (terms + 3)), numbers(panels * PANEL * (terms + 1)));
        let expected = |row: usize, column: usize| {
            let (panel, lane) = (column / PANEL, column % PANEL);
            bits((0..terms).fold(0f32, |sum, k| {
                x[row * (terms + 3) + k].mul_add(w[(panel * (terms + 1) + k) * PANEL + lane], sum)
            }))
        };
        for level in levels() {
            let mut found = vec![[0xaa; 4]; rows * panels * PANEL];
            let mut waiting = Waiting::default();
            let kernel = F32Panels {
                x: Rows { start: x.as_ptr().cast(), stride: 4 * (terms + 3) },
                weights: Panels { start: w.as_ptr().cast(), stride: 4 * PANEL * (terms + 1) },
                terms,
                rows: 0..rows,
                panels: 0..panels,
                waiting: &mut waiting,
                sink: |row: usize, panel: usize, sums: &[f32; PANEL]| {
                    let at = (row * panels + panel) * PANEL;
                    found[at..at + PANEL].copy_from_slice(&sums.map(bits));
                },
            };
            // SAFETY: the processor has the level, the vectors the terms.
            assert!(unsafe { level.run(kernel) });
            for (index, found) in found.into_iter().enumerate() {
                let (row, column) = (index / (panels * PANEL), index % (panels * PANEL));
                assert_eq!(
                    found,
                    expected(row, column),
                    "{level}, {rows}×{panels}×{terms}: {row}, {column}"
                );
            }
        }
    }
}

#[test]
fn s8_sums_are_exact() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for [rows, panels, terms] in
        shapes(&mut rng).chain([[5, 2, 65_536], [32, 2, 128], [70, 3, 576], [48, 3, 130]])
    {
        let extreme = rng.random_bool(0.3) || terms == 65_536;
        let mut bytes = |n: usize| -> Vec<i8> {
            let mut next = || if extreme { i8::MIN } else { rng.random() };
            (0..n).map(|_| next()).collect()
        };
        let groups = terms.div_ceil(4);
        let (x, w) = (bytes(rows * terms), bytes(panels * 4 * PANEL * groups));
        let expected = |row: usize, column: usize| {
            let (panel, lane) = (column / PANEL, column % PANEL);
            (0..terms).fold(0i32, |sum, k| {
                let weight = w[((panel * groups + k / 4) * PANEL + lane) * 4 + k % 4];
                sum.wrapping_add(i32::from(x[row * terms + k]) * i32::from(weight))
            })
        };
        let stride = s8_panels::packed_row(terms);
        for level in levels() {
            let mut packed = vec![0xaaaa_aaaa; rows * stride];
            for (x, to) in x.chunks(terms.max(1)).zip(packed.chunks_mut(stride)) {
                // SAFETY: the processor has the level.
                unsafe { level.run(s8_panels::Pack { x, to }) };
            }
            if terms == 0 {
                packed.fill(0);
            }
            let mut found = vec![0; rows * panels * PANEL];
            let mut waiting = Waiting::default();
            let kernel = S8Panels {
                x: packed.as_ptr(),
                x_stride: stride,
                weights: Panels { start: w.as_ptr().cast(), stride: 4 * PANEL * groups },
                terms,
                rows: 0..rows,
                panels: 0..panels,
                waiting: &mut waiting,
                sink: |row: usize, panel: usize, sums: &[i32; PANEL]| {
                    let at = (row * panels + panel) * PANEL;
                    found[at..at + PANEL].copy_from_slice(sums);
                },
            };
            // SAFETY: the processor has the level, the vectors the terms.
            assert!(unsafe { level.run(kernel) });
            for (index, found) in found.into_iter().enumerate() {
                let (row, column) = (index / (panels * PANEL), index % (panels * PANEL));
                assert_eq!(
                    found,
                    expected(row, column),
                    "{level}, {rows}×{panels}×{terms}: {row}, {column}"
                );
            }
        }
    }
}

/// Sums of Q8 rows by panels of one format, whose scalar kernel for one row is `scalar`.
fn check_q8<W: Format>(seed: u64, scalar: impl Fn(&[[u8; Q8_BLOCK]], &[u8], usize, &mut [Word])) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for [rows, panels, terms] in shapes(&mut rng) {
        let blocks = terms / 8;
        let wild = rng.random_bool(0.3);
        let [symmetric, extreme] = [rng.random_bool(0.5), rng.random_bool(0.3)];
        let mut x = vec![[0; Q8_BLOCK]; rows * blocks];
        for block in &mut x {
            rng.fill(&mut block[..]);
            let scale = if wild { number(&mut rng) } else { rng.random_range(0.0..0.1) };
            block[..4].copy_from_slice(&scale.to_le_bytes());
            let least = if symmetric { -127i8 } else { -128 };
            for value in &mut block[4..] {
                *value = if extreme { least } else { (*value as i8).max(least) } as u8;
            }
        }
        let mut w = vec![0; panels * blocks * W::BYTES];
        for block in w.chunks_exact_mut(W::BYTES) {
            rng.fill(&mut block[..]);
            if extreme {
                block[2 * PANEL..].fill(0x80);
            }
            if !wild {
                // Small normal scales and subnormal ones.
                for scale in block[..2 * PANEL].chunks_exact_mut(2) {
                    scale[1] &= 0xa3;
                }
            }
        }
        let mut expected = vec![[0; 4]; rows * panels * PANEL];
        for (row, y) in expected.chunks_mut(panels * PANEL).enumerate() {
            scalar(&x[row * blocks..][..blocks], &w, blocks, y);
        }
        let stride = blocks * q8_panels::PACKED_BLOCK;
        let ways = [false, true].into_iter().take(1 + usize::from(symmetric));
        for (level, way) in levels().flat_map(|level| ways.clone().map(move |way| (level, way))) {
            let mut packed = vec![0xaaaa_aaaa; rows * stride];
            for row in 0..rows {
                let (x, to) = (&x[row * blocks..][..blocks], &mut packed[row * stride..][..stride]);
                let kernel = q8_panels::Pack { x, to };
                // SAFETY: the processor has the level.
                unsafe { if way { level.run_symmetric(kernel) } else { level.run(kernel) } };
            }
            let mut found = vec![[0xaa; 4]; rows * panels * PANEL];
            let mut waiting = Waiting::default();
            let kernel = Q8Panels::<W, _> {
                x: packed.as_ptr(),
                x_stride: stride,
                weights: Panels { start: w.as_ptr(), stride: blocks * W::BYTES },
                blocks,
                rows: 0..rows,
                panels: 0..panels,
                waiting: &mut waiting,
                format: PhantomData,
                sink: |row: usize, panel: usize, sums: &[f32; PANEL]| {
                    let at = (row * panels + panel) * PANEL;
                    found[at..at + PANEL].copy_from_slice(&sums.map(bits));
                },
            };
            // SAFETY: the processor has the level, the vectors the blocks; no activation is −128 where that is asked for.
            assert!(unsafe { if way { level.run_symmetric(kernel) } else { level.run(kernel) } });
            assert_eq!(found, expected, "{level}, {rows}×{panels}×{blocks}, symmetric: {way}");
        }
    }
}

#[test]
fn q8_0_sums_are_those_of_the_scalar_kernel() {
    check_q8::<Q80>(3, |x, bytes, groups, y| {
        let weights = opml_kernels::Panels { bytes, stride: groups * Q80::BYTES, groups };
        opml_kernels::q8_0_row(x, weights, Epilogue::default(), y);
    });
}

#[test]
fn q4_0_sums_are_those_of_the_scalar_kernel() {
    check_q8::<Q40>(4, |x, bytes, groups, y| {
        let weights = opml_kernels::Panels { bytes, stride: groups * Q40::BYTES, groups };
        opml_kernels::q4_0_row(x, weights, Epilogue::default(), y);
    });
}
