//! Quantisation, and integer products.

use opml_kernels::Function as F;

use super::{Lowering, Outputs, Reason, elementwise::one, refuse};
use crate::onnx::{Element, node::Node, value::Value};

/// Longest dot product of 8-bit values whose sums f32 holds exactly: 255² · 258 < 2^24.
const EXACT_TERMS: u64 = 258;

impl Lowering<'_> {
    /// A scale or zero point as a tensor that broadcasts against `x`: one for all, one for each place of an axis, or one for
    /// each block along it.
    fn spread(&mut self, node: &Node<'_>, value: &Value, x: &Value) -> Result<Value, Reason> {
        if value.count() == 1 {
            return self.reshape(value, &[]);
        }
        let at = node.axis(1, x.rank())?;
        let size = x.shape.get(at).copied().unwrap_or(1);
        let block = u64::try_from(node.int("block_size", 0)).unwrap_or(0);
        if value.rank() == 1 && block == 0 {
            let mut shape = vec![1; x.rank()];
            if let Some(dim) = shape.get_mut(at) {
                *dim = size;
            }
            return self.reshape(value, &shape);
        }
        let blocks = value.shape.get(at).copied().unwrap_or(0);
        if value.rank() != x.rank() || blocks == 0 || size % blocks != 0 {
            return refuse(format!("scales {:?} for {:?}", value.shape, x.shape));
        }
        let mut wide = value.unsqueezed(at + 1);
        if let Some(dim) = wide.shape.get_mut(at + 1) {
            *dim = size / blocks;
        }
        self.reshape(&wide, &x.shape)
    }

    pub(super) fn dequantise(&mut self, node: &Node<'_>) -> Outputs {
        let (x, scale) = (node.input(0)?.clone(), node.input(1)?.clone());
        let mut value = self.cast(&x, Element::F32)?;
        if let Some(zero) = node.optional(2) {
            let zero = self.cast(zero, Element::F32)?;
            let zero = self.spread(node, &zero, &x)?;
            value = self.binary(F::Sub, &value, &zero)?;
        }
        let element = scale.element;
        let scale = self.float(&scale)?;
        let scale = self.spread(node, &scale, &x)?;
        let value = self.binary(F::Mul, &value, &scale)?;
        one(self.cast(&value, element))
    }

    pub(super) fn quantise(&mut self, node: &Node<'_>) -> Outputs {
        let x = self.cast(node.input(0)?, Element::F32)?;
        let scale = self.float(node.input(1)?)?;
        let scale = self.spread(node, &scale, &x)?;
        let zero = node.optional(2).cloned();
        let element = match (&zero, node.element("output_dtype")?) {
            (Some(zero), _) => zero.element,
            (None, Some(element)) => element,
            (None, None) => Element::U8,
        };
        let value = self.binary(F::Div, &x, &scale)?;
        let zero = match zero {
            Some(zero) => {
                let zero = self.cast(&zero, Element::F32)?;
                Some(self.spread(node, &zero, &x)?)
            }
            None => None,
        };
        one(self.saturate(&value, zero.as_ref(), element))
    }

    /// `x` rounded, ties to even, plus a zero point, at the nearest value of an integer type.
    fn saturate(
        &mut self,
        x: &Value,
        zero: Option<&Value>,
        element: Element,
    ) -> Result<Value, Reason> {
        let (low, high) = match element {
            Element::U8 => (0.0, 255.0),
            Element::I8 => (-128.0, 127.0),
            Element::U16 => (0.0, 65_535.0),
            Element::I16 => (-32_768.0, 32_767.0),
            other => return refuse(format!("quantisation to {other:?}")),
        };
        let mut value = self.unary(F::Round, x)?;
        if let Some(zero) = zero {
            value = self.binary(F::Add, &value, zero)?;
        }
        let value = self.activation(F::Clip, &[low, high], &value)?;
        self.cast(&value, element)
    }

    pub(super) fn dynamic_quantise(&mut self, node: &Node<'_>) -> Outputs {
        use opml_kernels::Reduction;
        let x = self.float(node.input(0)?)?;
        let axes: Vec<usize> = (0..x.rank()).collect();
        let (low, high) =
            (self.reduce(Reduction::Min, &x, &axes)?, self.reduce(Reduction::Max, &x, &axes)?);
        let (low, high) = (self.reshape(&low, &[])?, self.reshape(&high, &[])?);
        let nought = self.floats(&[], &[0.0]);
        let (low, high) =
            (self.binary(F::Min, &low, &nought)?, self.binary(F::Max, &high, &nought)?);
        let range = self.binary(F::Sub, &high, &low)?;
        let levels = self.floats(&[], &[255.0]);
        let scale = self.binary(F::Div, &range, &levels)?;
        let negative = self.unary(F::Neg, &low)?;
        let start = self.binary(F::Div, &negative, &scale)?;
        let zero = self.saturate(&start, None, Element::U8)?;
        let value = self.binary(F::Div, &x, &scale)?;
        let offset = self.cast(&zero, Element::F32)?;
        let y = self.saturate(&value, Some(&offset), Element::U8)?;
        Ok(vec![y, scale, zero])
    }

    /// A quantised tensor as f32 without its zero point, exactly.
    fn centred(&mut self, x: &Value, zero: Option<&Value>) -> Result<Value, Reason> {
        if x.element.bytes() != 1 {
            return refuse(format!("elements of type {:?}", x.element));
        }
        let value = self.cast(x, Element::F32)?;
        match zero {
            Some(zero) => {
                let zero = self.cast(zero, Element::F32)?;
                let zero = if zero.count() == 1 { self.reshape(&zero, &[])? } else { zero };
                self.binary(F::Sub, &value, &zero)
            }
            None => Ok(value),
        }
    }

    fn exact_product(&mut self, a: &Value, b: &Value) -> Result<Value, Reason> {
        let terms = a.shape.last().copied().unwrap_or(1);
        if terms > EXACT_TERMS {
            return refuse(format!("dot products of {terms} terms, at most {EXACT_TERMS}"));
        }
        self.matmul(a, b)
    }

    pub(super) fn matmul_integer(&mut self, node: &Node<'_>) -> Outputs {
        let column = |value: &Value| {
            // A zero point per row of A.
            if value.count() > 1 && value.rank() == 1 { value.unsqueezed(1) } else { value.clone() }
        };
        let a_zero = node.optional(2).map(column);
        let (a, b) = (node.input(0)?.clone(), node.input(1)?.clone());
        let a = self.centred(&a, a_zero.as_ref())?;
        let b = self.centred(&b, node.optional(3).cloned().as_ref())?;
        let product = self.exact_product(&a, &b)?;
        one(self.cast(&product, Element::I32))
    }

    pub(super) fn quantised_matmul(&mut self, node: &Node<'_>) -> Outputs {
        let a = self.centred(node.input(0)?, node.optional(2))?;
        let b = self.centred(node.input(3)?, node.optional(5))?;
        let product = self.exact_product(&a, &b)?;
        one(self.requantise(node, &product, [1, 4, 6, 7]))
    }

    pub(super) fn quantised_conv(&mut self, node: &Node<'_>) -> Outputs {
        let x = self.centred(node.input(0)?, node.optional(2))?;
        let w = self.centred(node.input(3)?, node.optional(5))?;
        let terms = w.count() / w.shape.first().copied().unwrap_or(1).max(1);
        if terms > EXACT_TERMS || node.optional(8).is_some() {
            return refuse("a bias, or dot products that f32 does not hold exactly");
        }
        let product = self.conv(node, &x, &w, None)?;
        one(self.requantise(node, &product, [1, 4, 6, 7]))
    }

    /// Sums of products at the scale of the output. `inputs` are those of both scales, of the output's scale and zero point.
    fn requantise(
        &mut self,
        node: &Node<'_>,
        sums: &Value,
        inputs: [usize; 4],
    ) -> Result<Value, Reason> {
        let [a, b, y, zero] = inputs;
        let mut scales = Vec::new();
        for input in [a, b, y] {
            let scale = self.float(node.input(input)?)?;
            scales.push(if scale.count() == 1 { self.reshape(&scale, &[])? } else { scale });
        }
        let [a, b, y] = scales.as_slice() else { return refuse("scales") };
        let scale = self.binary(F::Mul, a, b)?;
        let scale = self.binary(F::Div, &scale, y)?;
        let scale = if scale.count() > 1 && node.proto.op_type == "QLinearConv" {
            self.per_channel(&scale, sums)?
        } else {
            scale
        };
        let value = self.binary(F::Mul, sums, &scale)?;
        let zero = node.input(zero)?.clone();
        let offset = self.cast(&zero, Element::F32)?;
        let offset = self.reshape(&offset, &[])?;
        self.saturate(&value, Some(&offset), zero.element)
    }
}
