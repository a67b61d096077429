//! The one rule by which an i32 accumulator becomes an s8 value.

/// Requantisation parameters of one output channel: 12 bytes in the model, little endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// Added to the accumulator, wrapping at 32 bits. An input zero point is folded in here by the importer.
    pub bias: i32,
    /// Fixed-point multiplier. Importers emit values in `[2^30, 2^31)`; every value is legal.
    pub multiplier: i32,
    /// Right shift in bits. Values outside `1..=62` act as the nearest of these.
    pub shift: u32,
}

impl Channel {
    /// Size of the encoded parameters.
    pub const BYTES: usize = 12;

    /// Decodes bias, multiplier and shift from three little-endian words.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = bytes;
        Self {
            bias: i32::from_le_bytes([a, b, c, d]),
            multiplier: i32::from_le_bytes([e, f, g, h]),
            shift: u32::from_le_bytes([i, j, k, l]),
        }
    }

    /// Encodes the parameters as [`Self::from_bytes`] reads them.
    pub const fn to_bytes(self) -> [u8; Self::BYTES] {
        let [a, b, c, d] = self.bias.to_le_bytes();
        let [e, f, g, h] = self.multiplier.to_le_bytes();
        let [i, j, k, l] = self.shift.to_le_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

/// Zero point and clamp of an s8 output. ReLU is the clamp `low = zero_point`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// The s8 value that stands for zero.
    pub zero_point: i8,
    /// Least value stored.
    pub low: i8,
    /// Greatest value stored; where `high < low`, `high` wins.
    pub high: i8,
}

/// `clamp(zero_point + ((acc + bias)·multiplier + 2^(shift−1) >> shift), low, high)`.
///
/// `acc + bias` wraps at 32 bits; everything after it is exact in 64 bits: the product lies in `[−2^62, 2^62]`, the rounding term
/// adds at most 2^61. One rounding, ties towards +∞.
// Into vectors on hosts; the guest's steps stay what they are.
#[cfg_attr(not(target_os = "none"), inline)]
pub const fn requantise(acc: i32, channel: Channel, output: Output) -> i8 {
    let shift = if channel.shift < 1 {
        1
    } else if channel.shift > 62 {
        62
    } else {
        channel.shift
    };
    let product = acc.wrapping_add(channel.bias) as i64 * channel.multiplier as i64;
    let value =
        (product.wrapping_add(1 << (shift - 1)) >> shift).wrapping_add(output.zero_point as i64);
    if value > output.high as i64 {
        output.high
    } else if value < output.low as i64 {
        if output.low > output.high { output.high } else { output.low }
    } else {
        value as i8
    }
}
