//! Element types: as ONNX names them, and as the machine computes with them.

use opml_tensor::element;

/// An ONNX element type that values of a graph may have.
///
/// The machine computes on each of them as it is; on u64 as on i64, so that values from 2^63 on compare and divide as negative ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element {
    /// IEEE-754 binary32.
    F32,
    /// Unsigned 8-bit.
    U8,
    /// Signed 8-bit.
    I8,
    /// Unsigned 16-bit.
    U16,
    /// Signed 16-bit.
    I16,
    /// Signed 32-bit.
    I32,
    /// Signed 64-bit.
    I64,
    /// One byte, 0 or 1.
    Bool,
    /// IEEE-754 binary16.
    F16,
    /// Unsigned 32-bit.
    U32,
    /// Unsigned 64-bit.
    U64,
    /// The upper half of a binary32.
    Bf16,
}

impl Element {
    /// The type with ONNX's number `code`, if values may have it.
    #[must_use]
    pub const fn from_onnx(code: i32) -> Option<Self> {
        Some(match code {
            1 => Self::F32,
            2 => Self::U8,
            3 => Self::I8,
            4 => Self::U16,
            5 => Self::I16,
            6 => Self::I32,
            7 => Self::I64,
            9 => Self::Bool,
            10 => Self::F16,
            12 => Self::U32,
            13 => Self::U64,
            16 => Self::Bf16,
            _ => return None,
        })
    }

    /// ONNX's name of any type number.
    #[must_use]
    pub fn onnx_name(code: i32) -> String {
        const NAMES: [&str; 17] = [
            "undefined",
            "float",
            "uint8",
            "int8",
            "uint16",
            "int16",
            "int32",
            "int64",
            "string",
            "bool",
            "float16",
            "double",
            "uint32",
            "uint64",
            "complex64",
            "complex128",
            "bfloat16",
        ];
        let name = usize::try_from(code).ok().and_then(|code| NAMES.get(code));
        name.map_or_else(|| format!("type {code}"), |name| (*name).to_owned())
    }

    /// Bytes of an element.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 | Self::F16 | Self::Bf16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::I64 | Self::U64 => 8,
        }
    }

    /// Whether it is one of the floating-point types.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F16 | Self::Bf16)
    }

    /// The machine's number of the type.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::F32 => element::F32,
            Self::U8 => element::U8,
            Self::I8 => element::S8,
            Self::U16 => element::U16,
            Self::I16 => element::I16,
            Self::I32 => element::I32,
            Self::I64 | Self::U64 => element::I64,
            Self::Bool => element::BOOL,
            Self::F16 => element::F16,
            Self::U32 => element::U32,
            Self::Bf16 => element::BF16,
        }
    }
}
