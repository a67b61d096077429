//! What one element of a tensor is in memory.

/// Type of an element, little endian in memory.
///
/// Kernels compute on f32 or on i64: floating-point elements are converted to f32 when they are read and rounded when they are
/// written; integers are extended by their sign, or by zeroes, and cut to their width. A bool is an integer of one bit in a byte:
/// read as 1 unless the byte is 0, written as 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Signed, 8 bits.
    S8,
    /// Unsigned, 8 bits.
    U8,
    /// 0 or 1 in a byte.
    Bool,
    /// Signed, 16 bits.
    S16,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 32 bits.
    S32,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 64 bits.
    S64,
    /// IEEE-754 binary16.
    F16,
    /// The upper half of a binary32.
    Bf16,
    /// IEEE-754 binary32.
    F32,
}

impl Element {
    /// Bytes of an element.
    pub const fn size(self) -> usize {
        match self {
            Self::S8 | Self::U8 | Self::Bool => 1,
            Self::S16 | Self::U16 | Self::F16 | Self::Bf16 => 2,
            Self::S32 | Self::U32 | Self::F32 => 4,
            Self::S64 => 8,
        }
    }

    /// Whether kernels compute on its value as an f32, not as an integer.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16 | Self::F32)
    }

    /// The integer with the same bytes: how elements are moved without a look at them.
    pub const fn carrier(self) -> Self {
        match self.size() {
            1 => Self::U8,
            2 => Self::U16,
            4 => Self::U32,
            _ => Self::S64,
        }
    }

    /// Whether it has this integer as a value.
    pub const fn holds(self, value: i32) -> bool {
        match self {
            Self::S8 => value == value as i8 as i32,
            Self::U8 => value == value as u8 as i32,
            Self::Bool => value == value & 1,
            Self::S16 => value == value as i16 as i32,
            Self::U16 => value == value as u16 as i32,
            Self::U32 => value >= 0,
            Self::S32 | Self::S64 => true,
            Self::F16 | Self::Bf16 | Self::F32 => false,
        }
    }

    /// The integer of the type nearest to `value`; of a float nothing is cut off.
    pub(crate) const fn saturate(self, value: i64) -> i64 {
        let (low, high) = match self {
            Self::S8 => (i8::MIN as i64, i8::MAX as i64),
            Self::U8 => (0, u8::MAX as i64),
            Self::Bool => (0, 1),
            Self::S16 => (i16::MIN as i64, i16::MAX as i64),
            Self::U16 => (0, u16::MAX as i64),
            Self::S32 => (i32::MIN as i64, i32::MAX as i64),
            Self::U32 => (0, u32::MAX as i64),
            Self::S64 | Self::F16 | Self::Bf16 | Self::F32 => (i64::MIN, i64::MAX),
        };
        if value < low {
            low
        } else if value > high {
            high
        } else {
            value
        }
    }
}
