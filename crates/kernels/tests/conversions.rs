//! Conversions, roundings and comparisons against the host's, which has them all as instructions or in its standard library.

use opml_kernels::float::{
    Arithmetic, Hardware, Soft, abs, ceil, copy_sign, floor, from_bf16, from_f16, negate, round,
    signum, to_bf16, to_f16, to_i32, to_i32_nearest, to_i64, truncate,
};

/// Every exponent, with fractions that are short, halfway and full, both signs; then an even sample of all bits.
fn arguments() -> impl Iterator<Item = u32> {
    let fractions =
        (0..23).flat_map(|bit| [0, 1, 2, 3].map(|i| ((1u32 << bit) + i).wrapping_sub(2)));
    let fractions: Vec<u32> = fractions.chain([0, 0x60_0000, 0x7f_fffe, 0x7f_ffff]).collect();
    let edges =
        (0..512u32).flat_map(move |e| fractions.clone().into_iter().map(move |f| (e << 23) ^ f));
    edges.chain((0..=u32::MAX).step_by(1013))
}

fn same(what: &str, bits: u32, found: f32, expected: f32) {
    assert!(
        found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan(),
        "{what} of {bits:08x}: {found:e}, on the host {expected:e}"
    );
}

#[test]
fn roundings_are_the_hosts() {
    for bits in arguments() {
        let x = f32::from_bits(bits);
        same("truncate", bits, truncate(x), x.trunc());
        same("floor", bits, floor(x), x.floor());
        same("ceil", bits, ceil(x), x.ceil());
        same("round", bits, round(x), x.round_ties_even());
        assert_eq!(to_i32(x), x as i32, "{bits:08x}");
        assert_eq!(to_i64(x), x as i64, "{bits:08x}");
        assert_eq!(to_i32_nearest(x), x.round_ties_even() as i32, "{bits:08x}");
    }
}

#[test]
fn sign_bits_are_the_hosts() {
    for bits in arguments() {
        let x = f32::from_bits(bits);
        same("abs", bits, abs(x), x.abs());
        same("negate", bits, negate(x), -x);
        same("copy_sign", bits, copy_sign(3.0, x), 3f32.copysign(x));
        same("signum", bits, signum(x), if x == 0.0 { 0.0 } else { x.signum() });
    }
}

#[test]
fn comparisons_and_selections_are_the_hosts() {
    let values: Vec<u32> = arguments().step_by(24_001).chain([0, 1 << 31, 0x7f80_0000]).collect();
    for (&a, &b) in values.iter().flat_map(|a| values.iter().map(move |b| (a, b))) {
        let (x, y) = (f32::from_bits(a), f32::from_bits(b));
        assert_eq!(Soft::greater(x, y), x > y, "{a:08x} {b:08x}");
        assert_eq!(Soft::at_least(x, y), x >= y, "{a:08x} {b:08x}");
        assert_eq!(Soft::equal(x, y), x == y, "{a:08x} {b:08x}");
        same("max", a, Soft::max(x, y), Hardware::max(x, y));
        same("min", a, Soft::min(x, y), Hardware::min(x, y));
    }
}

#[test]
fn selections_take_the_second_of_equals_and_beside_a_nan() {
    let bits = |x: f32| x.to_bits();
    assert_eq!(bits(Soft::max(0.0, -0.0)), bits(-0.0));
    assert_eq!(bits(Soft::max(-0.0, 0.0)), bits(0.0));
    assert_eq!(bits(Soft::min(0.0, -0.0)), bits(-0.0));
    assert_eq!(bits(Soft::max(f32::NAN, 1.0)), bits(1.0));
    assert!(Soft::max(1.0, f32::NAN).is_nan() && Soft::min(1.0, f32::NAN).is_nan());
    assert_eq!(bits(Soft::clamp(f32::NAN, -1.0, 1.0)), bits(-1.0));
    assert_eq!(bits(Soft::clamp(7.0, -1.0, 1.0)), bits(1.0));
    assert_eq!(bits(Soft::clamp(-7.0, -1.0, 1.0)), bits(-1.0));
    // An empty range: the upper bound is the last word.
    assert_eq!(bits(Soft::clamp(0.0, 2.0, 1.0)), bits(1.0));
}

#[test]
fn wide_integers_convert_as_on_the_host() {
    let edges = (0..64).flat_map(|bit| (-3..4).map(move |i| (1i64 << bit).wrapping_add(i)));
    let ties = (25..63)
        .flat_map(|bit| (-2..3).map(move |i| (3i64 << (bit - 1)) | 1 << (bit - 25) | i & 1));
    let random =
        (0..1_000_000u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) as i64 >> (i % 64));
    for i in edges.chain(ties).chain(random).flat_map(|i| [i, i.wrapping_neg()]) {
        assert_eq!(Soft::from_i64(i).to_bits(), (i as f32).to_bits(), "{i}");
    }
}

/// Compares with the neighbours `low` and `high` of every argument around the middle of the two, in bits.
fn check_rounding(low: u16, high: u16, from: fn(u16) -> f32, to: fn(f32) -> u16) {
    let (below, above) = (from(low), from(high));
    let middle = if above.is_finite() { below + (above - below) / 2.0 } else { 65520.0 };
    let even = if low & 1 == 0 { low } else { high };
    for (x, expected) in
        [(below, low), (middle.next_down(), low), (middle, even), (middle.next_up(), high)]
    {
        assert_eq!(to(x), expected, "{:08x}", x.to_bits());
        assert_eq!(to(-x), expected | 1 << 15, "{:08x}", (-x).to_bits());
    }
}

#[test]
fn f16_is_the_nearest() {
    (0..0x7c00).for_each(|half| check_rounding(half, half + 1, from_f16, to_f16));
    assert_eq!(to_f16(f32::INFINITY), 0x7c00);
    assert_eq!(to_f16(f32::MIN), 0xfc00);
    for nan in [0x7f80_0001, 0xffc0_0000, u32::MAX] {
        assert_eq!(to_f16(f32::from_bits(nan)), 0x7e00);
    }
    assert_eq!(to_f16(f32::from_bits(1)), 0);
}

#[test]
fn bf16_is_the_nearest() {
    (0..0x7f7f).for_each(|half| check_rounding(half, half + 1, from_bf16, to_bf16));
    assert_eq!(to_bf16(f32::MAX), 0x7f80);
    assert_eq!(to_bf16(f32::NEG_INFINITY), 0xff80);
    for nan in [0x7f80_0001, 0xffc0_0000, u32::MAX] {
        assert_eq!(to_bf16(f32::from_bits(nan)), 0x7fc0);
    }
}
