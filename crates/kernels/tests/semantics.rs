//! The hand-computed vectors of `docs/arithmetic.md`, and the properties on which every other implementation relies.

use opml_kernels::{
    Channel, GROUP, Output, PANEL, PART, Panels, S8_GROUP, Table, dense_row, dot4, requantise,
};
use proptest::prelude::*;

const FULL: Output = Output { zero_point: 0, low: -128, high: 127 };

const fn channel(bias: i32, multiplier: i32, shift: u32) -> Channel {
    Channel { bias, multiplier, shift }
}

/// One sum by the layout of a panel: groups of four terms, in each of them four weights of every row.
fn dot(x: &[u8], panel: &[[u8; S8_GROUP]], row: usize) -> i32 {
    let weights = panel.iter().flat_map(|group| &group[GROUP * row..][..GROUP]);
    x.iter().zip(weights).map(|(x, w)| i32::from(*x as i8) * i32::from(*w as i8)).sum()
}

#[test]
fn requantise_follows_the_vectors_of_the_specification() {
    // (acc + bias)·multiplier / 2^shift, ties towards +∞
    assert_eq!(requantise(3, channel(0, 1 << 30, 31), FULL), 2, "1.5 rounds up");
    assert_eq!(requantise(-3, channel(0, 1 << 30, 31), FULL), -1, "-1.5 rounds up");
    assert_eq!(requantise(100, channel(-20, 1 << 30, 34), FULL), 5, "80 / 16");
    assert_eq!(requantise(1000, channel(0, 1 << 30, 31), FULL), 127, "saturates above");
    assert_eq!(requantise(-1000, channel(0, 1 << 30, 31), FULL), -128, "saturates below");
    let shifted = Output { zero_point: -10, low: -10, high: 100 };
    assert_eq!(requantise(-64, channel(0, 1 << 30, 31), shifted), -10, "ReLU as a clamp");
    assert_eq!(requantise(64, channel(0, 1 << 30, 31), shifted), 22, "32 - 10");
}

#[test]
fn requantise_is_total_at_the_edges_of_every_field() {
    assert_eq!(requantise(i32::MAX, channel(1, 1, 1), FULL), -128, "the bias wraps");
    assert_eq!(requantise(i32::MIN, channel(0, i32::MIN, 62), FULL), 1, "2^62 / 2^62");
    assert_eq!(requantise(5, channel(0, 2, 0), FULL), 5, "shift 0 acts as 1");
    assert_eq!(requantise(i32::MIN, channel(0, i32::MIN, u32::MAX), FULL), 1, "shift acts as 62");
    let crossed = Output { zero_point: 0, low: 5, high: -5 };
    assert_eq!(requantise(0, channel(0, 0, 1), crossed), -5, "high wins where low > high");
}

#[test]
fn dot_reaches_its_bound_without_wrapping() {
    let x = vec![0x80; 65_536];
    let panel = vec![[0x80; S8_GROUP]; 65_536 / GROUP];
    assert_eq!(dot4(&x, &panel, 3), [1 << 30; 4]);
}

proptest! {
    #[test]
    fn dots_are_the_sums_of_products_over_the_common_terms(
        x in prop::collection::vec(any::<u8>(), 0..40),
        panel in prop::collection::vec(any::<[u8; S8_GROUP]>(), 0..11),
        part in 0usize..4,
    ) {
        let sums = dot4(&x, &panel, part);
        for (row, sum) in (4 * part..).zip(sums) {
            prop_assert_eq!(sum, dot(&x, &panel, row), "row {}", row);
        }
    }

    #[test]
    fn requantise_equals_wide_arithmetic(
        acc: i32, bias: i32, multiplier: i32, shift in 0u32..80, zero_point: i8, low: i8, high: i8,
    ) {
        let (low, high) = (low.min(high), low.max(high));
        let bits = shift.clamp(1, 62);
        let exact = i128::from(acc.wrapping_add(bias)) * i128::from(multiplier);
        let rounded = ((exact + (1 << (bits - 1))) >> bits) + i128::from(zero_point);
        let expected = rounded.clamp(low.into(), high.into()) as i8;
        let output = Output { zero_point, low, high };
        prop_assert_eq!(requantise(acc, channel(bias, multiplier, shift), output), expected);
    }

    #[test]
    fn dense_row_is_one_dot_per_output(
        x in prop::collection::vec(any::<u8>(), 1..40), n in 1usize..40, gap in 0usize..5, seed: u64,
    ) {
        let mut state = seed;
        let mut next = || { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); (state >> 56) as u8 };
        let groups = x.len().div_ceil(GROUP);
        let stride = groups * S8_GROUP + gap;
        let bytes: Vec<u8> = (0..n.div_ceil(PANEL) * stride).map(|_| next()).collect();
        let table: Vec<u8> = (0..n).flat_map(|_| channel(i32::from(next()), i32::from(next()) << 20, 24).to_bytes()).collect();
        let (weights, table) = (Panels { bytes: &bytes, stride, groups }, Table { bytes: &table, stride: 12 });
        let mut y = vec![0; n];
        dense_row(&x, weights, 0, table, FULL, &mut y);
        for (j, y) in y.iter().enumerate() {
            let sum = dot(&x, weights.panel(j / PANEL), j % PANEL);
            prop_assert_eq!(*y, requantise(sum, table.channel(j), FULL));
        }
        // From a column in the midst of a panel on.
        let first = n / 2 / PART * PART;
        let mut rest = vec![0; n - first];
        let table = Table { bytes: &table.bytes[12 * first..], ..table };
        dense_row(&x, weights, first, table, FULL, &mut rest);
        prop_assert_eq!(&rest, &y[first..]);
    }

    #[test]
    fn channel_survives_its_encoding(bias: i32, multiplier: i32, shift: u32) {
        let channel = channel(bias, multiplier, shift);
        prop_assert_eq!(Channel::from_bytes(channel.to_bytes()), channel);
    }
}
