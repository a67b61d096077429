//! Tensors as the file holds them, checked against their type and shape.

use prost::{Message, bytes::Bytes};

use super::{
    Element, OnnxError,
    proto::{EXTERNAL, TensorProto},
    scan,
};

/// Most elements that a tensor may have; sizes in bytes then fit every field of a record.
const MAX_ELEMENTS: u64 = 1 << 40;

/// A constant: little-endian elements in row-major order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Element type.
    pub element: Element,
    /// Dimensions.
    pub shape: Vec<u64>,
    /// The elements, `shape` times `element.bytes()` of them.
    pub bytes: Bytes,
}

impl Tensor {
    /// Reads a file that holds one tensor, as `onnx.save_tensor` and the ONNX backend tests write it.
    ///
    /// # Errors
    /// If the file is no tensor, or as [`Self::from_proto`].
    pub fn read(file: Bytes) -> Result<Self, OnnxError> {
        scan::check_tensor(&file)?;
        Self::from_proto(&TensorProto::decode(file)?)
    }

    /// Checks a tensor of the wire format.
    ///
    /// # Errors
    /// [`OnnxError::Tensor`] when its data lie in another file, its type is none that values may have, or the number of its
    /// elements is not that of its shape.
    pub fn from_proto(proto: &TensorProto) -> Result<Self, OnnxError> {
        let wrong = |reason: String| OnnxError::Tensor { name: proto.name.clone(), reason };
        if proto.data_location == EXTERNAL {
            return Err(wrong(
                "its data lie in another file; save the model with its data inside".to_owned(),
            ));
        }
        let element = Element::from_onnx(proto.data_type).ok_or_else(|| {
            wrong(format!("element type {}", Element::onnx_name(proto.data_type)))
        })?;
        let shape: Option<Vec<u64>> =
            proto.dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        let shape = shape.ok_or_else(|| wrong(format!("dimensions {:?}", proto.dims)))?;
        let count = elements(&shape).ok_or_else(|| wrong(format!("dimensions {shape:?}")))?;
        let bytes =
            if proto.raw_data.is_empty() { typed(proto, element) } else { proto.raw_data.clone() };
        if bytes.len() as u64 != count * element.bytes() {
            return Err(wrong(format!(
                "{} bytes of data, its shape {shape:?} calls for {}",
                bytes.len(),
                count * element.bytes()
            )));
        }
        Ok(Self { element, shape, bytes })
    }

    /// The elements as numbers, integers and booleans exactly.
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        let size = self.element.bytes() as usize;
        self.bytes.chunks_exact(size).map(|bytes| number(self.element, bytes)).collect()
    }
}

/// The number of elements of a shape, unless there are too many of them.
pub(crate) fn elements(shape: &[u64]) -> Option<u64> {
    // A zero makes any shape empty, whatever the rest.
    if shape.contains(&0) {
        return Some(0);
    }
    let count = shape.iter().try_fold(1u64, |count, dim| count.checked_mul(*dim));
    count.filter(|count| *count <= MAX_ELEMENTS)
}

/// The elements from the fields that hold one number each.
fn typed(proto: &TensorProto, element: Element) -> Bytes {
    let bytes: Vec<u8> = match element {
        Element::F32 => proto.float_data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Element::I64 => proto.int64_data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Element::U64 => proto.uint64_data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Element::U32 => proto.uint64_data.iter().flat_map(|x| (*x as u32).to_le_bytes()).collect(),
        _ => {
            let size = element.bytes() as usize;
            let low = |x: &i32| x.to_le_bytes().into_iter().take(size);
            proto.int32_data.iter().flat_map(low).collect()
        }
    };
    bytes.into()
}

/// One element as a number.
pub(crate) fn number(element: Element, bytes: &[u8]) -> f64 {
    match element {
        Element::F32 => f32::from_bits(word(bytes) as u32).into(),
        Element::F16 => opml_kernels::float::from_f16(word(bytes) as u16).into(),
        Element::Bf16 => f32::from_bits((word(bytes) as u32) << 16).into(),
        Element::U64 => word(bytes) as f64,
        _ => integer(element, bytes) as f64,
    }
}

/// One element of an integer type; a u64 by its bits.
pub(crate) fn integer(element: Element, bytes: &[u8]) -> i64 {
    let word = word(bytes);
    match element {
        Element::I8 => (word as i8).into(),
        Element::I16 => (word as i16).into(),
        Element::I32 => (word as i32).into(),
        _ => word.cast_signed(),
    }
}

/// Up to eight bytes, little endian.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte))
}
