//! RoPE's table, the same bits on every machine: f64 by `+ − · /` only, then one rounding to f32.

use std::f64::consts::LN_2;

/// π/2 in two parts, the first of 33 significant bits: its product with a number below 2^20 is exact.
const HALF_PI: [f64; 2] = [1.570_796_326_734_125_6, 6.077_100_506_506_192e-11];

/// `[context][head/2]` pairs of cosine and sine of `position · theta^(−2i/head) / factor_i`, f32, as bytes.
pub(super) fn table(context: u32, head: u32, theta: f64, factors: Option<&[f32]>) -> Vec<u8> {
    let pairs = head / 2;
    let ratio = exp(-2.0 / f64::from(head) * ln(theta));
    let mut frequency = 1.0;
    let mut frequencies = Vec::new();
    for index in 0..pairs as usize {
        let factor = factors.and_then(|factors| factors.get(index)).copied().unwrap_or(1.0);
        frequencies.push(frequency / f64::from(factor));
        frequency *= ratio;
    }
    let mut bytes = Vec::with_capacity(8 * pairs as usize * context as usize);
    for position in 0..context {
        for frequency in &frequencies {
            let (sin, cos) = sin_cos(f64::from(position) * frequency);
            bytes.extend((cos as f32).to_le_bytes());
            bytes.extend((sin as f32).to_le_bytes());
        }
    }
    bytes
}

/// Sine and cosine of `0 ≤ x < 2^20`.
fn sin_cos(x: f64) -> (f64, f64) {
    let [high, low] = HALF_PI;
    let quarter = (x / high + 0.5) as u32;
    let r = (x - f64::from(quarter) * high) - f64::from(quarter) * low;
    // Terms fall below 2^−60 for |r| ≤ π/4.
    let series = |mut term: f64, first: u32| {
        let mut sum = term;
        for n in (first..first + 16).step_by(2) {
            term = -term * r * r / f64::from(n * (n + 1));
            sum += term;
        }
        sum
    };
    let (sin, cos) = (series(r, 2), series(1.0, 1));
    match quarter % 4 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// `e^x` for `|x| < 700`.
fn exp(x: f64) -> f64 {
    let steps = x / LN_2;
    let n = (if steps < 0.0 { steps - 0.5 } else { steps + 0.5 }) as i32;
    let r = x - f64::from(n) * LN_2;
    let mut term = 1.0;
    let mut sum = 1.0;
    for i in 1..20 {
        term = term * r / f64::from(i);
        sum += term;
    }
    sum * f64::from_bits(((1023 + n.clamp(-1000, 1000)) as u64) << 52)
}

/// `ln x` for `x > 0`, normal: Newton's method on [`exp`], of third order.
fn ln(x: f64) -> f64 {
    let exponent = (x.to_bits() >> 52) as i32 - 1023;
    let mut y = f64::from(exponent) * LN_2;
    for _ in 0..6 {
        let power = exp(y);
        y += 2.0 * (x - power) / (x + power);
    }
    y
}

#[cfg(test)]
mod tests {
    use super::{exp, ln, sin_cos, table};

    #[test]
    fn functions_are_near_those_of_the_platform() {
        for i in 0..200_000 {
            let x = f64::from(i) * 0.618_033_988_749;
            let (sin, cos) = sin_cos(x);
            assert!((sin - x.sin()).abs() < 1e-11 && (cos - x.cos()).abs() < 1e-11, "{x}");
        }
        for i in 1..2000 {
            let x = f64::from(i) * 0.37;
            assert!((ln(x) - x.ln()).abs() < 1e-14 * (1.0 + x.ln().abs()), "ln {x}");
            let x = f64::from(i - 1000) * 0.037;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-13, "exp {x}");
        }
    }

    #[test]
    fn the_table_has_the_angles_of_rope() {
        let bytes = table(600, 8, 10_000.0, None);
        assert_eq!(bytes.len(), 600 * 4 * 8);
        let words = bytes.as_chunks::<4>().0;
        for (index, pair) in words.as_chunks::<2>().0.iter().enumerate() {
            let [cos, sin] = pair.map(f32::from_le_bytes);
            let angle = (index / 4) as f64 * 10_000f64.powf(-((index % 4) as f64) / 4.0);
            assert!((f64::from(cos) - angle.cos()).abs() < 1e-7, "{index}");
            assert!((f64::from(sin) - angle.sin()).abs() < 1e-7, "{index}");
        }
        let scaled = table(2, 4, 100.0, Some(&[2.0, 1.0]));
        let cos = f32::from_le_bytes(*scaled[16..].first_chunk().unwrap());
        assert!((cos - 0.5f32.cos()).abs() < 1e-6);
    }
}
