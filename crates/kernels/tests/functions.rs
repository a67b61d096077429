//! The functions of one argument: soft = hardware bit for bit, the documented errors, values and symmetries.

mod vectors;

use std::panic::resume_unwind;

use opml_kernels::float::{Arithmetic, Hardware, NAN, Soft};
use vectors::documented;

/// What an error is measured in.
#[derive(Clone, Copy)]
enum Unit {
    /// Units in the last place of the exact result.
    Result,
    /// Units in the last place of the argument, for results that are small beside it.
    Argument,
}

/// A function with what `docs/arithmetic.md` promises of it.
struct Function {
    name: &'static str,
    soft: fn(f32) -> f32,
    hardware: fn(f32) -> f32,
    exact: fn(f64) -> f64,
    unit: Unit,
    /// The greatest error, rounded up, for arguments from the first bound to the second.
    error: f64,
    domain: (f32, f32),
}

macro_rules! functions {
    ($($name:ident, $exact:expr, $unit:ident $error:literal, $from:expr, $to:expr;)*) => {
        [$(Function {
            name: stringify!($name),
            soft: Soft::$name,
            hardware: Hardware::$name,
            exact: $exact,
            unit: Unit::$unit,
            error: $error,
            domain: ($from, $to),
        }),*]
    };
}

const MAX: f32 = f32::MAX;

/// The distribution function of the normal distribution, accurate in its lower tail.
fn normal(x: f64) -> f64 {
    libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2) / 2.0
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn cubic(x: f64) -> f64 {
    (8.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)
}

const FUNCTIONS: [Function; 26] = functions! {
    expm1, libm::expm1, Result 1.5, f32::MIN, MAX;
    log1p, libm::log1p, Result 1.5, -1.0, MAX;
    softplus, |x| x.max(0.0) + libm::log1p(libm::exp(-x.abs())), Result 2.1, -87.0, MAX;
    mish, |x| x * libm::tanh(x.max(0.0) + libm::log1p(libm::exp(-x.abs()))), Result 4.1, -87.0, MAX;
    sin, libm::sin, Result 1.6, f32::MIN, MAX;
    cos, libm::cos, Result 1.6, f32::MIN, MAX;
    tan, libm::tan, Result 3.2, f32::MIN, MAX;
    asin, libm::asin, Result 1.7, -1.0, 1.0;
    acos, libm::acos, Result 1.2, -1.0, 1.0;
    atan, libm::atan, Result 1.2, f32::MIN, MAX;
    sinh, libm::sinh, Result 3.7, f32::MIN, MAX;
    cosh, libm::cosh, Result 3.0, f32::MIN, MAX;
    asinh, libm::asinh, Result 2.0, f32::MIN, MAX;
    acosh, libm::acosh, Result 2.5, 1.0, MAX;
    atanh, libm::atanh, Result 2.4, -1.0, 1.0;
    sqrt, f64::sqrt, Result 0.5, 0.0, MAX;
    reciprocal, f64::recip, Result 0.5, f32::MIN, MAX;
    rsqrt, |x| 1.0 / x.sqrt(), Result 1.5, 0.0, MAX;
    log, libm::log, Result 0.93, 0.0, MAX;
    tanh, libm::tanh, Result 1.4, f32::MIN, MAX;
    erf, libm::erf, Result 1.2, f32::MIN, MAX;
    sigmoid, logistic, Result 2.5, -87.0, MAX;
    silu, |x| x * logistic(x), Result 2.4, -87.0, MAX;
    gelu, |x| x * normal(x), Argument 1.0, f32::MIN, MAX;
    gelu_tanh, |x| x * logistic(cubic(x)), Argument 1.7, f32::MIN, MAX;
    gelu_quick, |x| x * logistic(1.702 * x), Argument 1.5, f32::MIN, MAX;
};

/// Zeroes, subnormals, powers of two, extremes, infinities and NaNs, and the neighbourhood of each.
fn edges() -> impl Iterator<Item = u32> {
    let powers = (0..256u32).flat_map(|e| (0..16).map(move |f| e << 23 | f << 19));
    let magnitudes =
        powers.flat_map(|bits| (0..5).map(move |i| bits.wrapping_add(i).wrapping_sub(2)));
    magnitudes.flat_map(|bits| [bits & !(1 << 31), bits | 1 << 31])
}

const fn canonical(value: f32) -> u32 {
    if value.is_nan() { NAN } else { value.to_bits() }
}

impl Function {
    fn check(&self, bits: u32) {
        let x = f32::from_bits(bits);
        let (soft, hardware) = (canonical((self.soft)(x)), canonical((self.hardware)(x)));
        assert_eq!(
            soft, hardware,
            "{} of {bits:08x} = {x:e}: {soft:08x} {hardware:08x}",
            self.name
        );
    }

    /// The error at an argument, if it lies in the domain.
    fn error(&self, bits: u32) -> Option<f64> {
        let x = f32::from_bits(bits);
        if !(self.domain.0..=self.domain.1).contains(&x) {
            return None;
        }
        let exact = (self.exact)(f64::from(x));
        let of = match self.unit {
            Unit::Result => exact as f32,
            Unit::Argument => x,
        };
        let exponent = (of.to_bits() >> 23 & 0xff).clamp(1, 254) as i32;
        let found = (self.hardware)(x);
        if f64::from(found) == exact || found == exact as f32 && found.is_infinite() {
            return Some(0.0);
        }
        Some((f64::from(found) - exact).abs() * 2f64.powi(150 - exponent))
    }

    /// The worst of these arguments and the error there.
    fn worst(&self, arguments: impl Iterator<Item = u32>) -> (u32, f64) {
        let errors = arguments.filter_map(|bits| Some((bits, self.error(bits)?)));
        errors.fold((0, 0.0), |worst, (bits, error)| {
            assert!(!error.is_nan(), "{} of {bits:08x}", self.name);
            if error > worst.1 { (bits, error) } else { worst }
        })
    }
}

#[test]
fn results_are_the_documented_ones() {
    for function in &FUNCTIONS {
        let vectors = documented(function.name);
        assert!(vectors.len() >= 3, "{} has {} test vectors", function.name, vectors.len());
        for (arguments, expected) in vectors {
            let found = canonical((function.soft)(f32::from_bits(arguments[0])));
            assert_eq!(found, expected, "{} of {arguments:08x?}: {found:08x}", function.name);
        }
    }
}

#[test]
fn odd_and_even_functions_are_so_to_the_bit() {
    let odd = ["sin", "tan", "asin", "atan", "sinh", "asinh", "atanh", "tanh", "erf"];
    for function in &FUNCTIONS {
        let sign = match function.name {
            name if odd.contains(&name) => 1 << 31,
            "cos" | "cosh" => 0,
            _ => continue,
        };
        for bits in edges().chain((0..1 << 31).step_by(100_003)) {
            let of = |bits| (function.soft)(f32::from_bits(bits));
            let (value, mirrored) = (of(bits), of(bits ^ 1 << 31));
            let expected = f32::from_bits(value.to_bits() ^ sign);
            assert_eq!(canonical(mirrored), canonical(expected), "{} {bits:08x}", function.name);
        }
    }
}

/// Calls `f` with every f32, on all processors.
fn everywhere<T: Send>(f: impl Fn(std::ops::RangeInclusive<u32>) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let parts = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        let size = u32::MAX / parts;
        let part = move |i| i * size..=if i + 1 == parts { u32::MAX } else { (i + 1) * size - 1 };
        let f = &f;
        let threads: Vec<_> = (0..parts).map(|i| scope.spawn(move || f(part(i)))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

#[test]
fn soft_equals_hardware_on_edges_and_a_sample() {
    for function in &FUNCTIONS {
        edges().for_each(|bits| function.check(bits));
        (0..=u32::MAX).step_by(10_007).for_each(|bits| function.check(bits));
    }
}

#[test]
#[ignore = "all 2^32 arguments take minutes for each function"]
fn soft_equals_hardware_everywhere() {
    for function in &FUNCTIONS {
        everywhere(|arguments| arguments.for_each(|bits| function.check(bits)));
        println!("{}", function.name);
    }
}

/// Prints the worst of every function and compares it with what is documented.
fn check_errors(worst: impl Fn(&Function) -> (u32, f64)) {
    let mut wrong = Vec::new();
    for function in &FUNCTIONS {
        let (bits, error) = worst(function);
        println!("{:12} {error:.4} at {bits:08x} = {:e}", function.name, f32::from_bits(bits));
        if error > function.error || error < function.error / 2.0 {
            wrong.push(function.name);
        }
    }
    assert!(wrong.is_empty(), "the documented errors of {wrong:?} are too small or far too great");
}

#[test]
fn functions_are_as_near_as_documented() {
    check_errors(|function| function.worst(edges().chain((0..=u32::MAX).step_by(5003))));
}

#[test]
#[ignore = "all 2^32 arguments take minutes for each function"]
fn functions_are_as_near_as_documented_everywhere() {
    check_errors(|function| {
        let worst = everywhere(|arguments| function.worst(arguments));
        worst.into_iter().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a })
    });
}
