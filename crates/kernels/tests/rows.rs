//! Softmax, quantisation and Q8_0 products: the processor's arithmetic against the soft one and against formulas in f64.

use opml_kernels::{
    BLOCK, Element, Epilogue, PANEL, PANEL_BLOCK, Panels, Q8_BLOCK, Q8Block, Strided, StridedMut,
    float::{NAN, Soft, Word, from_f16},
    q8_0_row, q8_0_row_in, quantise, quantise_in, softmax, softmax_in,
};
use proptest::prelude::*;

fn words(values: &[f32]) -> Vec<Word> {
    values.iter().map(|value| value.to_le_bytes()).collect()
}

fn values(words: &[Word]) -> Vec<f32> {
    words.iter().map(|word| f32::from_le_bytes(*word)).collect()
}

const fn row(words: &[Word]) -> Strided<'_> {
    Strided { bytes: words.as_flattened(), stride: 4, element: Element::F32 }
}

const fn row_mut(words: &mut [Word]) -> StridedMut<'_> {
    StridedMut { bytes: words.as_flattened_mut(), stride: 4, element: Element::F32 }
}

fn softmax_of(x: &[f32]) -> Vec<f32> {
    let mut y = vec![[0; 4]; x.len()];
    softmax(false, row(&words(x)), row_mut(&mut y), x.len());
    values(&y)
}

/// Elements as networks have them, and every kind that they should not have.
fn element() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -20f32..20.0,
        1 => -1e-38f32..1e-38,
        1 => any::<u32>().prop_map(f32::from_bits),
    ]
}

fn block_bytes() -> impl Strategy<Value = Vec<u8>> {
    let scale = prop_oneof![4 => 0.001f32..2.0, 1 => any::<u32>().prop_map(f32::from_bits)];
    (scale, prop::collection::vec(any::<u8>(), BLOCK))
        .prop_map(|(scale, values)| scale.to_le_bytes().into_iter().chain(values).collect())
}

/// One block of a panel; mostly scales between 2^−7 and 2.
fn panel_bytes() -> impl Strategy<Value = Vec<u8>> {
    let scale = prop_oneof![4 => 0x2000u16..0x4000, 1 => any::<u16>()];
    let scales = prop::collection::vec(scale, PANEL);
    (scales, prop::collection::vec(any::<u8>(), BLOCK * PANEL)).prop_map(|(scales, values)| {
        scales.into_iter().flat_map(u16::to_le_bytes).chain(values).collect()
    })
}

proptest! {
    #[test]
    fn softmax_is_the_same_in_soft_arithmetic(x in prop::collection::vec(element(), 0..150)) {
        let x = words(&x);
        for logarithm in [false, true] {
            let mut y = vec![[0; 4]; x.len()];
            let mut z = y.clone();
            softmax(logarithm, row(&x), row_mut(&mut y), x.len());
            softmax_in::<Soft>(logarithm, row(&x), row_mut(&mut z), x.len());
            prop_assert_eq!(y, z);
        }
    }

    #[test]
    fn softmax_is_near_its_value(x in prop::collection::vec(-30f32..30.0, 1..200)) {
        let max = x.iter().copied().fold(f32::MIN, f32::max);
        let exact: Vec<f64> = x.iter().map(|x| f64::from(x - max).exp()).collect();
        let sum: f64 = exact.iter().sum();
        for (y, e) in softmax_of(&x).into_iter().zip(exact) {
            prop_assert!((f64::from(y) - e / sum).abs() <= 1e-6 * e / sum + 1e-38, "{y}");
        }
        let mut logarithms = vec![[0; 4]; x.len()];
        softmax(true, row(&words(&x)), row_mut(&mut logarithms), x.len());
        for (y, x) in values(&logarithms).into_iter().zip(&x) {
            let exact = f64::from(x - max) - sum.ln();
            prop_assert!((f64::from(y) - exact).abs() <= 1e-6 * (1.0 + exact.abs()), "{y} {exact}");
        }
    }

    #[test]
    fn quantisation_is_the_same_in_soft_arithmetic(x in prop::collection::vec(element(), 96)) {
        let x = words(&x);
        let mut y = [[0; Q8_BLOCK]; 3];
        let mut z = y;
        quantise(x.as_chunks().0, &mut y);
        quantise_in::<Soft>(x.as_chunks().0, &mut z);
        prop_assert_eq!(y, z);
    }

    #[test]
    fn quantised_values_are_the_nearest(x in prop::collection::vec(-100f32..100.0, BLOCK)) {
        let mut y = [[0; Q8_BLOCK]];
        quantise(words(&x).as_chunks().0, &mut y);
        let Q8Block { scale, values } = Q8Block::from_bytes(&y[0]);
        for (x, q) in x.into_iter().zip(values) {
            let error = (x - scale * f32::from(*q as i8)).abs();
            prop_assert!(error <= scale * 0.500_01, "{x}: {q} times {scale}");
        }
    }

    #[test]
    fn products_follow_the_rule_in_any_arithmetic(
        (x, weights, columns) in (1usize..4, 1usize..3).prop_flat_map(|(blocks, panels)| (
            prop::collection::vec(block_bytes(), blocks),
            prop::collection::vec(panel_bytes(), blocks * panels),
            PANEL * (panels - 1) + 1..=PANEL * panels,
        )),
    ) {
        let blocks = x.len();
        let (x, weights) = (x.concat(), weights.concat());
        let x: &[[u8; Q8_BLOCK]] = x.as_chunks().0;
        let panels = Panels { bytes: &weights, stride: blocks * PANEL_BLOCK, groups: blocks };
        let mut y = vec![[0; 4]; columns];
        let mut z = y.clone();
        q8_0_row(x, panels, Epilogue::default(), &mut y);
        q8_0_row_in::<Soft>(x, panels, Epilogue::default(), &mut z);
        prop_assert_eq!(&y, &z);
        for (j, y) in y.into_iter().enumerate() {
            let mut acc = 0f32;
            for (x, block) in x.iter().zip(panels.panel::<PANEL_BLOCK>(j / PANEL)) {
                let row = j % PANEL;
                let d_w = from_f16(u16::from_le_bytes([block[2 * row], block[2 * row + 1]]));
                let x = Q8Block::from_bytes(x);
                let sum: i32 = (0..BLOCK).map(|k| {
                    let w = block[2 * PANEL + k / 4 * 4 * PANEL + 4 * row + k % 4];
                    i32::from(x.values[k] as i8) * i32::from(w as i8)
                }).sum();
                acc = (d_w * x.scale).mul_add(sum as f32, acc);
            }
            let expected = if acc.is_nan() { NAN } else { acc.to_bits() };
            prop_assert_eq!(u32::from_le_bytes(y), expected, "output {}", j);
        }
    }
}

#[test]
fn softmax_of_special_rows_is_as_documented() {
    assert_eq!(softmax_of(&[]), []);
    assert_eq!(softmax_of(&[3.0]), [1.0]);
    assert_eq!(softmax_of(&[0.0, -0.0]), [0.5, 0.5]);
    assert_eq!(softmax_of(&[f32::NEG_INFINITY, 1.0, -200.0]), [0.0, 1.0, 0.0]);
    for poison in [f32::NAN, f32::INFINITY] {
        for place in 0..3 {
            let mut row = [1.0, 2.0, 3.0];
            row[place] = poison;
            let bits = softmax_of(&row).into_iter().map(f32::to_bits).collect::<Vec<_>>();
            assert_eq!(bits, [NAN; 3], "{poison} at {place}");
        }
    }
    let bits =
        softmax_of(&[f32::NEG_INFINITY; 2]).into_iter().map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bits, [NAN; 2]);
}

#[test]
fn quantisation_of_special_blocks_is_as_documented() {
    let quantised = |first: f32| {
        let mut x = [[0; 4]; BLOCK];
        (x[0], x[1]) = (first.to_le_bytes(), 1f32.to_le_bytes());
        let mut y = [[0xaa; Q8_BLOCK]];
        quantise(&[x], &mut y);
        let block = Q8Block::from_bytes(&y[0]);
        (block.scale.to_bits(), block.values[0] as i8, block.values[1] as i8)
    };
    assert_eq!(quantised(127.0), (1f32.to_bits(), 127, 1));
    assert_eq!(quantised(-127.0), (1f32.to_bits(), -127, 1));
    assert_eq!(quantised(f32::NAN), (NAN, 0, 0));
    assert_eq!(quantised(f32::INFINITY), (f32::INFINITY.to_bits(), 0, 0));
    let tiny = |bits: u32| {
        let mut y = [[0xaa; Q8_BLOCK]];
        quantise(&[[bits.to_le_bytes(); BLOCK]], &mut y);
        (u32::from_le_bytes([y[0][0], y[0][1], y[0][2], y[0][3]]), y[0][4] as i8)
    };
    assert_eq!(tiny((27 << 23) - 1), (0, 0), "below 2^-100");
    assert_eq!(tiny(27 << 23).1, 127, "at 2^-100");
}

#[test]
fn the_extremes_of_a_block_are_exact() {
    let mut x = [0x80; Q8_BLOCK];
    x[..4].copy_from_slice(&1f32.to_le_bytes());
    let mut weights = vec![0x80; PANEL_BLOCK];
    weights[..2 * PANEL].copy_from_slice(&0x3c00u16.to_le_bytes().repeat(PANEL));
    let mut y = [[0; 4]; PANEL];
    let panels = Panels { bytes: &weights, stride: PANEL_BLOCK, groups: 1 };
    q8_0_row(&[x], panels, Epilogue::default(), &mut y);
    assert_eq!(values(&y), [524_288.0; PANEL], "32 · 128 · 128");
}
