//! Powers: the special cases of IEEE-754, the error, soft = hardware. And random numbers.

mod vectors;

use opml_kernels::{
    float::{Arithmetic, Hardware, NAN, Soft},
    philox, uniform,
};
use vectors::documented;

/// The greatest error that `docs/arithmetic.md` allows, in units of the last place; of the least subnormal where results are.
const ERROR: f64 = 0.95;

/// The power in both arithmetics, which must agree, as bits.
fn pow(x: f32, y: f32) -> u32 {
    let canonical = |value: f32| if value.is_nan() { NAN } else { value.to_bits() };
    let (soft, hardware) = (canonical(Soft::pow(x, y)), canonical(Hardware::pow(x, y)));
    assert_eq!(soft, hardware, "{x:e}^{y:e}: {soft:08x} {hardware:08x}");
    soft
}

/// The error of a power.
fn error(x: f32, y: f32) -> f64 {
    let exact = libm::pow(f64::from(x), f64::from(y));
    let found = f32::from_bits(pow(x, y));
    let nearest = exact as f32;
    if nearest.is_nan() || nearest.is_infinite() || exact == 0.0 {
        let same = found.to_bits() == nearest.to_bits() || found.is_nan() && nearest.is_nan();
        // Just below the greatest f32 the power may overflow.
        return if same || exact.abs() < 3.402_823_9e38 { 0.0 } else { f64::INFINITY };
    }
    if found.is_infinite() {
        return if exact.abs() > 3.402_823_2e38 { 0.0 } else { f64::INFINITY };
    }
    assert_eq!(found.is_sign_negative(), exact.is_sign_negative(), "{x:e}^{y:e}");
    let exponent = (nearest.to_bits() >> 23 & 0xff).max(1) as i32;
    (f64::from(found) - exact).abs() * 2f64.powi(150 - exponent)
}

const fn words(counter: u32) -> [u32; 4] {
    philox([counter, 0, 0, 0], [7, 0])
}

#[test]
fn special_cases_are_those_of_ieee() {
    let magnitudes = [
        0u32,
        1,
        0x007f_ffff,
        0x0080_0000,
        0x3e80_0000,
        0x3f00_0000,
        0x3f7f_ffff,
        0x3f80_0000,
        0x3f80_0001,
        0x3fc0_0000,
        0x4000_0000,
        0x4020_0000,
        0x4040_0000,
        0x4080_0000,
        0x4b00_0001,
        0x4b7f_ffff,
        0x4b80_0000,
        0x4b80_0001,
        0x4f00_0000,
        0x7f7f_ffff,
        0x7f80_0000,
        0x7fc0_0000,
    ];
    let values = || magnitudes.into_iter().flat_map(|m| [m, m | 1 << 31]).map(f32::from_bits);
    for (x, y) in values().flat_map(|x| values().map(move |y| (x, y))) {
        let error = error(x, y);
        assert!(error <= ERROR, "{x:e}^{y:e} = {:08x}: {error}", pow(x, y));
    }
}

#[test]
fn powers_are_the_documented_ones() {
    let vectors = documented("pow");
    assert!(vectors.len() > 10, "{} test vectors", vectors.len());
    for (arguments, expected) in vectors {
        let found = pow(f32::from_bits(arguments[0]), f32::from_bits(arguments[1]));
        assert_eq!(found, expected, "{arguments:08x?}: {found:08x}");
    }
}

#[test]
fn powers_of_small_integers_are_as_exact_as_their_logarithm() {
    for exponent in -126..128 {
        assert_eq!(pow(2.0, exponent as f32), ((exponent + 127) as u32) << 23, "2^{exponent}");
    }
    for x in 0..4096 {
        let x = x as f32;
        assert_eq!(pow(x, 1.0), x.to_bits());
        assert_eq!(pow(-x, 2.0), (x * x).to_bits());
    }
}

#[test]
fn powers_are_as_near_as_documented() {
    let mut worst = (0.0, 0.0, 0.0);
    for counter in 0..1_000_000 {
        let [a, b, c, d] = words(counter);
        // Any base or one near 1, and an exponent that keeps the result within two octaves of the range.
        let x = f32::from_bits(if d & 1 == 0 {
            a % 0x7f80_0000
        } else {
            0x3f00_0000 + a % 0x0100_0000
        });
        let log2 = f64::from(x).log2();
        let y = ((uniform(b) - 0.5) * 304.0) / log2 as f32;
        let y = if d & 2 == 0 { y } else { f32::from_bits(y.to_bits() & !0xffff | c & 0xffff) };
        let error = error(x, y);
        if error > worst.0 {
            worst = (error, x, y);
        }
    }
    println!("{} at {:e}^{:e}", worst.0, worst.1, worst.2);
    assert!((ERROR / 2.0..=ERROR).contains(&worst.0), "{worst:?}");
}

#[test]
fn soft_equals_hardware_on_any_bits() {
    for counter in 0..1_000_000 {
        let [a, b, c, d] = words(counter).map(f32::from_bits);
        pow(a, b);
        pow(c, d);
    }
}

#[test]
fn random_words_are_those_of_the_reference() {
    let zero = philox([0; 4], [0; 2]);
    assert_eq!(zero, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    let ones = philox([u32::MAX; 4], [u32::MAX; 2]);
    assert_eq!(ones, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    let pi =
        philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
    assert_eq!(pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
}

#[test]
fn uniform_numbers_keep_24_bits() {
    assert_eq!(uniform(0xff).to_bits(), 0);
    assert_eq!(uniform(0x100), 2f32.powi(-24));
    assert_eq!(uniform(u32::MAX), 1.0 - 2f32.powi(-24));
    assert_eq!(uniform(0x8000_0000), 0.5);
}
