//! A walk over the bytes of a protobuf message before anything of it is decoded.
//!
//! Two bytes on the wire can become a structure of two hundred. The walk adds up what decoding would allocate and refuses files
//! that ask for more than [`limit`] allows, so that no file costs more memory than about twice its own size. It keeps its own stack.

use super::{
    OnnxError,
    proto::{
        AttributeProto, DimensionProto, FunctionProto, GraphProto, ModelProto, NodeProto,
        OperatorSetIdProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
        ValueInfoProto,
    },
};

/// Nesting of messages: a model has about four levels, and three more for each subgraph inside another.
const MAX_DEPTH: usize = 60;
/// What a small file may ask for beside twice its size.
const FLOOR: u64 = 16 << 20;

/// Bytes that reading a file of `length` bytes may allocate.
pub(crate) const fn limit(length: usize) -> u64 {
    (length as u64).saturating_mul(2).saturating_add(FLOOR)
}

/// A message of the format, or how a field's bytes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Model,
    Opset,
    Function,
    Graph,
    Node,
    Attribute,
    Tensor,
    Value,
    Type,
    TensorType,
    Shape,
    Dimension,
    /// A string or byte string of its own, copied.
    Text,
    /// Numbers, packed or one by one; each takes eight bytes at most.
    Numbers,
    /// Bytes that stay where they are, or fields that are skipped.
    Flat,
}

impl Kind {
    /// How field `number` of this message is stored.
    const fn field(self, number: u64) -> Self {
        match (self, number) {
            (Self::Model, 8) => Self::Opset,
            (Self::Model, 7) | (Self::Attribute, 6) => Self::Graph,
            (Self::Model, 25) => Self::Function,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5) => Self::Tensor,
            (Self::Graph, 11 | 12) => Self::Value,
            (Self::Node, 5) => Self::Attribute,
            (Self::Value, 2) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::TensorType, 2) => Self::Shape,
            (Self::Shape, 1) => Self::Dimension,
            (Self::Node, 1..=4 | 7)
            | (Self::Graph, 2)
            | (Self::Opset | Self::Function | Self::Value, 1)
            | (Self::Attribute, 1 | 4 | 9)
            | (Self::Tensor, 8)
            | (Self::Dimension, 2) => Self::Text,
            (Self::Attribute, 7 | 8) | (Self::Tensor, 1 | 4 | 5 | 7 | 11) => Self::Numbers,
            _ => Self::Flat,
        }
    }

    const fn is_message(self) -> bool {
        !matches!(self, Self::Text | Self::Numbers | Self::Flat)
    }

    /// Bytes that one more of these takes, with the room that a growing vector keeps free.
    const fn size(self, length: u64) -> u64 {
        let structure = match self {
            Self::Model => size_of::<ModelProto>(),
            Self::Opset => size_of::<OperatorSetIdProto>(),
            Self::Function => size_of::<FunctionProto>(),
            Self::Graph => size_of::<GraphProto>(),
            Self::Node => size_of::<NodeProto>(),
            Self::Attribute => size_of::<AttributeProto>(),
            Self::Tensor => size_of::<TensorProto>(),
            Self::Value => size_of::<ValueInfoProto>(),
            Self::Type => size_of::<TypeProto>(),
            Self::TensorType => size_of::<TensorTypeProto>(),
            Self::Shape => size_of::<TensorShapeProto>(),
            Self::Dimension => size_of::<DimensionProto>(),
            Self::Text => size_of::<String>() + size_of::<usize>(),
            Self::Numbers | Self::Flat => 0,
        };
        let content = match self {
            Self::Text => length,
            // At least a byte on the wire for each number, and floats four.
            Self::Numbers => 8 * length,
            _ => 0,
        };
        2 * structure as u64 + content
    }
}

/// Checks that `bytes` are a sequence of well-formed fields, nested no deeper and asking for no more memory than allowed.
pub(crate) fn check_model(bytes: &[u8]) -> Result<(), OnnxError> {
    check(bytes, Kind::Model)
}

/// The same for a file that holds one tensor.
pub(crate) fn check_tensor(bytes: &[u8]) -> Result<(), OnnxError> {
    check(bytes, Kind::Tensor)
}

fn check(bytes: &[u8], root: Kind) -> Result<(), OnnxError> {
    let malformed = |offset| OnnxError::Wire { offset };
    let allowed = limit(bytes.len());
    let mut asked = root.size(0);
    let mut at = 0;
    let mut open = vec![(bytes.len(), root)];
    while let Some(&(end, kind)) = open.last() {
        if at == end {
            open.pop();
            continue;
        }
        let start = at;
        let tag = varint(bytes, &mut at).ok_or_else(|| malformed(start))?;
        let field = kind.field(tag >> 3);
        let length = match tag & 7 {
            0 => {
                let mut after = at;
                varint(bytes, &mut after).ok_or_else(|| malformed(start))?;
                (after - at) as u64
            }
            1 => 8,
            2 => varint(bytes, &mut at).ok_or_else(|| malformed(start))?,
            5 => 4,
            _ => return Err(malformed(start)),
        };
        let left = end.checked_sub(at).ok_or_else(|| malformed(start))?;
        let length = usize::try_from(length).ok().filter(|length| *length <= left);
        let length = length.ok_or_else(|| malformed(start))?;
        asked += field.size(length as u64);
        if asked > allowed {
            return Err(OnnxError::Memory { asked, allowed });
        }
        if field.is_message() && tag & 7 == 2 {
            if open.len() == MAX_DEPTH {
                return Err(OnnxError::Depth(MAX_DEPTH));
            }
            open.push((at + length, field));
        } else {
            at += length;
        }
    }
    Ok(())
}

fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
