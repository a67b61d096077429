//! A node with its inputs, and its attributes by name.

use super::{
    Element,
    lower::{Lowering, Reason},
    proto::{AttributeProto, NodeProto},
    value::Value,
};

/// A node whose inputs are known.
pub(crate) struct Node<'a> {
    pub(crate) proto: &'a NodeProto,
    /// Missing optional inputs are `None`; there may be fewer than the operator has.
    pub(crate) inputs: Vec<Option<Value>>,
    /// Version of the operator set.
    pub(crate) opset: i64,
}

impl<'a> Node<'a> {
    /// Input `index`, which the operator cannot do without.
    pub(crate) fn input(&self, index: usize) -> Result<&Value, Reason> {
        self.optional(index).ok_or_else(|| Reason::new(format!("input {index} is missing")))
    }

    /// Input `index`, if there is one.
    pub(crate) fn optional(&self, index: usize) -> Option<&Value> {
        self.inputs.get(index)?.as_ref()
    }

    /// Whether output `index` is used by anybody.
    pub(crate) fn has_output(&self, index: usize) -> bool {
        self.proto.output.get(index).is_some_and(|name| !name.is_empty())
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        self.proto.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub(crate) fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |attribute| attribute.i)
    }

    pub(crate) fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |attribute| attribute.f)
    }

    pub(crate) fn text(&self, name: &str, default: &'a str) -> &'a str {
        self.attribute(name)
            .and_then(|attribute| str::from_utf8(&attribute.s).ok())
            .unwrap_or(default)
    }

    pub(crate) fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    /// The element type that an attribute names.
    pub(crate) fn element(&self, name: &str) -> Result<Option<Element>, Reason> {
        match self.attribute(name).map(|attribute| attribute.i) {
            None | Some(0) => Ok(None),
            Some(code) => {
                let code = i32::try_from(code).unwrap_or(-1);
                let element = Element::from_onnx(code).ok_or_else(|| {
                    Reason::new(format!("element type {}", Element::onnx_name(code)))
                })?;
                Ok(Some(element))
            }
        }
    }

    /// An axis of a tensor of `rank` dimensions; negative ones count from the end.
    pub(crate) fn axis(&self, default: i64, rank: usize) -> Result<usize, Reason> {
        axis(self.int("axis", default), rank)
    }

    /// Integers that came as an attribute in older versions of the operator and come as an input in newer ones.
    pub(crate) fn list(
        &self,
        lowering: &Lowering<'_>,
        attribute: &str,
        input: usize,
    ) -> Result<Option<Vec<i64>>, Reason> {
        match (self.ints(attribute), self.optional(input)) {
            (Some(list), _) => Ok(Some(list.to_vec())),
            (None, Some(value)) => lowering.integers(value, attribute).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// An axis below `rank`; negative ones count from the end.
pub(crate) fn axis(axis: i64, rank: usize) -> Result<usize, Reason> {
    let positive = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
    usize::try_from(positive)
        .ok()
        .filter(|axis| *axis < rank)
        .ok_or_else(|| Reason::new(format!("axis {axis} of a tensor of {rank} dimensions")))
}
