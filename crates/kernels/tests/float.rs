//! The soft arithmetic against the host's, bit for bit.

use opml_kernels::{
    PANEL,
    float::{Arithmetic, NAN, Soft, from_f16},
};

/// Every exponent with significands at its ends and in the middle, both signs: zeroes, subnormals, infinities and NaNs too.
fn edges() -> Vec<u32> {
    let fractions = [0, 1, 2, 0x3f_ffff, 0x40_0000, 0x40_0001, 0x7f_fffe, 0x7f_ffff];
    let exponents = (0..4).chain(20..22).chain(101..106).chain(124..131).chain(148..153);
    let exponents = exponents.chain([190, 191, 192, 230]).chain(252..256);
    exponents
        .flat_map(|exponent| fractions.map(|fraction| exponent << 23 | fraction))
        .flat_map(|magnitude| [magnitude, magnitude | 1 << 31])
        .collect()
}

/// SplitMix64.
struct Seeded(u64);

impl Seeded {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Bits of an f32: any, or with an exponent near another's, where results cancel, tie and go subnormal.
    const fn near(&mut self, other: u32) -> u32 {
        let bits = self.next();
        let any = bits as u32;
        match bits >> 60 {
            0..8 => any,
            // Short significands give ties.
            8..12 => {
                let exponent =
                    (other >> 23 & 0xff).wrapping_add((bits >> 32) as u32 % 64).wrapping_sub(32);
                any & 0x8000_0000 | (exponent & 0xff) << 23 | (any & 0x7f_0000)
            }
            12..14 => any & 0x807f_ffff,
            _ => other ^ (any & 0x8000_0003),
        }
    }
}

const fn canonical(value: f32) -> u32 {
    if value.is_nan() { NAN } else { value.to_bits() }
}

fn check(operation: &str, operands: &[u32], soft: f32, hardware: f32) {
    let (soft, hardware) = (canonical(soft), canonical(hardware));
    assert_eq!(soft, hardware, "{operation} of {operands:08x?}: {soft:08x}, host {hardware:08x}");
}

fn check_pair(a: u32, b: u32) {
    let (x, y) = (f32::from_bits(a), f32::from_bits(b));
    check("add", &[a, b], Soft::add(x, y), x + y);
    check("sub", &[a, b], Soft::sub(x, y), x - y);
    check("mul", &[a, b], Soft::mul(x, y), x * y);
    check("div", &[a, b], Soft::div(x, y), x / y);
    assert_eq!(Soft::greater(x, y), x > y, "greater of {a:08x} {b:08x}");
}

fn check_fma(a: u32, b: u32, c: u32) {
    let (x, y, z) = (f32::from_bits(a), f32::from_bits(b), f32::from_bits(c));
    check("fma", &[a, b, c], Soft::fma(x, y, z), x.mul_add(y, z));
    check("chained fma", &[a, b, c], chain(z, &[(x, y)]), x.mul_add(y, z));
}

/// The chain of fused multiply-adds from `sum` on.
fn chain(sum: f32, terms: &[(f32, f32)]) -> f32 {
    let x: Vec<_> = terms.iter().map(|(x, _)| x.to_le_bytes()).collect();
    let w: Vec<_> = terms.iter().map(|(_, w)| [w.to_le_bytes(); PANEL]).collect();
    let mut sums = [Soft::begin(sum); PANEL];
    Soft::panel(&mut sums, 1, &x, &w);
    Soft::end(sums[0])
}

#[test]
fn all_operations_equal_the_hosts_on_pairs_of_edges() {
    let edges = edges();
    for &a in &edges {
        for &b in &edges {
            check_pair(a, b);
        }
    }
}

#[test]
fn fma_equals_the_hosts_on_triples_of_edges() {
    let edges: Vec<u32> =
        edges().into_iter().enumerate().filter(|(i, _)| i % 5 < 2).map(|(_, bits)| bits).collect();
    for &a in &edges {
        for &b in &edges {
            for &c in &edges {
                check_fma(a, b, c);
            }
        }
    }
}

#[test]
fn all_operations_equal_the_hosts_on_random_operands() {
    let mut random = Seeded(1);
    for _ in 0..3_000_000 {
        let a = random.next() as u32;
        let b = random.near(a);
        check_pair(a, b);
        let product = (f32::from_bits(a) * f32::from_bits(b)).to_bits();
        check_fma(a, b, random.near(product));
        check_fma(b, a, product ^ (1 << 31));
    }
}

/// A root depends on the significand and on whether the exponent is odd; the rest of the exponent only moves its own.
#[test]
fn roots_of_all_significands_equal_the_hosts() {
    let octaves = 0x3f80_0000..0x4080_0000;
    let exponents = (0..256).map(|exponent| exponent << 23 | 0x12_3456);
    for bits in octaves.chain((0..1 << 23).step_by(3)).chain(exponents).chain(edges()) {
        let x = f32::from_bits(bits);
        check("sqrt", &[bits], Soft::sqrt(x), x.sqrt());
    }
}

#[test]
fn long_chains_equal_the_hosts() {
    let mut random = Seeded(3);
    for _ in 0..20_000 {
        let length = random.next() % 150;
        let mut terms = Vec::new();
        let mut expected = f32::from_bits(random.near(0x3f80_0000));
        let first = expected;
        // A chain of its own magnitudes, so that many sums cancel and some underflow.
        let scale = random.next() as u32 % 0x7f00_0000;
        for _ in 0..length {
            let x = f32::from_bits(random.near(scale));
            let w = match random.next() % 8 {
                0 => -expected / x,
                1 => f32::from_bits(random.next() as u32),
                _ => f32::from_bits(random.near(0x3f80_0000)),
            };
            // Infinities and NaNs end a chain's interest.
            if x.mul_add(w, expected).is_finite() || random.next().is_multiple_of(64) {
                terms.push((x, w));
                expected = x.mul_add(w, expected);
            }
        }
        let found = canonical(chain(first, &terms));
        assert_eq!(found, canonical(expected), "{} terms from {first:e}", terms.len());
    }
}

#[test]
fn blocks_equal_the_hosts() {
    let mut random = Seeded(4);
    for _ in 0..3_000_000 {
        let bits = random.next();
        let (d_w, dot) = ((bits >> 48) as u16, (bits as i32) >> (bits >> 32 & 31).max(9));
        let d_x = f32::from_bits(random.near(0x3c00_0000));
        let scale = from_f16(d_w) * d_x;
        let sum = f32::from_bits(random.near((scale * dot as f32).to_bits()));
        let found = Soft::end(Soft::block(Soft::begin(sum), d_w, d_x, dot));
        let operands = [u32::from(d_w), d_x.to_bits(), dot.cast_unsigned(), sum.to_bits()];
        check("block", &operands, found, scale.mul_add(dot as f32, sum));
    }
}

#[test]
fn integers_convert_as_on_the_host() {
    let mut random = Seeded(2);
    let edges = [0, 1, -1, i32::MIN, i32::MAX, (1 << 24) + 1, (1 << 25) + 2, (1 << 25) + 6];
    for i in edges.into_iter().chain((0..1_000_000).map(|_| random.next() as i32)) {
        assert_eq!(Soft::from_i32(i).to_bits(), (i as f32).to_bits(), "{i}");
    }
}

#[test]
fn every_f16_keeps_its_value() {
    for half in 0..=u16::MAX {
        let (exponent, fraction) = (i32::from(half >> 10 & 31), f32::from(half & 0x3ff));
        let expected = match exponent {
            0 => fraction * 2f32.powi(-24),
            31 if fraction == 0.0 => f32::INFINITY,
            31 => f32::NAN,
            _ => (fraction + 1024.0) * 2f32.powi(exponent - 25),
        };
        let expected = if half >> 15 == 1 { -expected } else { expected };
        let found = from_f16(half);
        assert!(
            found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()),
            "{half:04x}"
        );
    }
}

/// The definition of the exponential function in the host's arithmetic.
fn exp_by_definition(x: f32) -> u32 {
    let c = f32::from_bits;
    if x.is_nan() {
        return NAN;
    }
    if x > c(0x42b1_7217) {
        return f32::INFINITY.to_bits();
    }
    if x < c(0xc2ae_ac4f) {
        return 0;
    }
    let t = x.mul_add(c(0x3fb8_aa3b), 12_582_912.0);
    let n = t - 12_582_912.0;
    let r = n.mul_add(c(0xb5bf_be8e), n.mul_add(c(0xbf31_7200), x));
    let coefficients =
        [0x3c09_2f6e, 0x3d2a_adad, 0x3e2a_aa28, 0x3eff_fffb, 0x3f80_0000, 0x3f80_0000];
    let p = coefficients.into_iter().fold(c(0x3ab4_a000), |p, k| p.mul_add(r, c(k)));
    p.to_bits().wrapping_add((n as i32 as u32) << 23)
}

fn check_exp(bits: u32) {
    let x = f32::from_bits(bits);
    let (soft, expected) = (Soft::exp(x).to_bits(), exp_by_definition(x));
    assert_eq!(
        soft, expected,
        "exp of {bits:08x} = {x:e}: {soft:08x}, by definition {expected:08x}"
    );
}

#[test]
fn exp_is_its_definition_on_edges_and_a_sample() {
    edges().into_iter().for_each(check_exp);
    // Every 509th argument, and all around the bounds of its cases.
    (0..=u32::MAX).step_by(509).for_each(check_exp);
    for bound in [0x42b1_7217u32, 0xc2ae_ac4f, 0x3e80_0000, 0xbe80_0000, 0x3300_0000, 0xb300_0000] {
        (bound - 1000..bound + 1000).for_each(check_exp);
    }
}

#[test]
#[ignore = "all 2^32 arguments take minutes"]
fn exp_is_its_definition_everywhere() {
    (0..=u32::MAX).for_each(check_exp);
}

#[test]
fn exp_is_as_near_as_documented() {
    assert_eq!(Soft::exp(0.0).to_bits(), 1f32.to_bits(), "exactly 1");
    assert_eq!(Soft::exp(-0.0).to_bits(), 1f32.to_bits());
    let mut worst = 0f64;
    for bits in (0..=u32::MAX).step_by(1009) {
        let x = f32::from_bits(bits);
        if x > -87.33654 && x < 88.72283 {
            let exact = f64::from(x).exp();
            let unit =
                f64::from(f32::from_bits((exact as f32).to_bits() & 0x7f80_0000)) * 2f64.powi(-23);
            worst = worst.max((f64::from(Soft::exp(x)) - exact).abs() / unit);
        }
    }
    assert!(worst < 0.87, "{worst} units in the last place");
}
