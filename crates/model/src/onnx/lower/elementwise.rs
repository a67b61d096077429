//! Operators that take elements one by one.

use opml_kernels::Function as F;

use super::{Lowering, Outputs, Reason, refuse};
use crate::onnx::{
    Element,
    node::Node,
    value::{Value, broadcast_shape},
};

/// One output.
pub(super) fn one(value: Result<Value, Reason>) -> Outputs {
    value.map(|value| vec![value])
}

impl Lowering<'_> {
    /// `function` of the first input.
    pub(super) fn map_one(&mut self, node: &Node<'_>, function: F) -> Outputs {
        one(self.unary(function, node.input(0)?))
    }

    /// `function` of the first input and f32 immediates.
    pub(super) fn map_with(&mut self, node: &Node<'_>, function: F, immediates: &[f32]) -> Outputs {
        one(self.activation(function, immediates, node.input(0)?))
    }

    pub(super) fn activation(
        &mut self,
        function: F,
        immediates: &[f32],
        x: &Value,
    ) -> Result<Value, Reason> {
        let mut words = [0; 3];
        for (word, immediate) in words.iter_mut().zip(immediates) {
            *word = immediate.to_bits();
        }
        self.elementwise(function, words, &[x])
    }

    /// `function` of the first two inputs.
    pub(super) fn map_two(&mut self, node: &Node<'_>, function: F) -> Outputs {
        one(self.binary(function, node.input(0)?, node.input(1)?))
    }

    /// `function` of all inputs, from the first on.
    pub(super) fn fold_all(&mut self, node: &Node<'_>, function: F) -> Result<Value, Reason> {
        let mut result = node.input(0)?.clone();
        for index in 1..node.inputs.len() {
            result = self.binary(function, &result, node.input(index)?)?;
        }
        Ok(result)
    }

    pub(super) fn mean_of_all(&mut self, node: &Node<'_>) -> Outputs {
        let sum = self.fold_all(node, F::Add)?;
        let count = self.scalar(sum.element, node.inputs.len() as f32)?;
        one(self.binary(F::Div, &sum, &count))
    }

    /// Modulo with the sign of the divisor, or with that of the dividend.
    pub(super) fn modulo(&mut self, node: &Node<'_>) -> Outputs {
        let (a, b) = (node.input(0)?, node.input(1)?);
        match (node.int("fmod", 0), a.element.is_float()) {
            (0, true) => refuse("fmod = 0 of floats"),
            (0, false) => one(self.binary(F::Modulo, a, b)),
            _ => one(self.binary(F::Remainder, a, b)),
        }
    }

    pub(super) fn shift(&mut self, node: &Node<'_>) -> Outputs {
        let function = match node.text("direction", "") {
            "LEFT" => F::ShiftLeft,
            "RIGHT" => F::ShiftRight,
            other => return refuse(format!("direction {other:?}")),
        };
        self.map_two(node, function)
    }

    /// `base^exponent`; of integers, and of integers as exponents, through f32.
    pub(super) fn power_node(&mut self, node: &Node<'_>) -> Outputs {
        let (base, exponent) = (node.input(0)?.clone(), node.input(1)?.clone());
        let known = self.number(&exponent, "the exponent").ok();
        if let Some(count @ 1..=3) = known.map(|exponent| exponent as u32)
            && known == Some(count as f32)
        {
            // Few products cost less than a power, and are exact for integers.
            let mut product = base.clone();
            for _ in 1..count {
                product = self.binary(F::Mul, &product, &base)?;
            }
            return Ok(vec![product]);
        }
        let a = self.cast(&base, Element::F32)?;
        let b = self.cast(&exponent, Element::F32)?;
        let power = self.binary(F::Pow, &a, &b)?;
        one(self.cast(&power, base.element))
    }

    pub(super) fn choose(&mut self, node: &Node<'_>) -> Outputs {
        one(self.select(node.input(0)?, node.input(1)?, node.input(2)?))
    }

    /// `a ≥ b` and `a > b` are the other comparisons with their operands exchanged.
    pub(super) fn exchanged(&mut self, node: &Node<'_>, function: F) -> Outputs {
        one(self.binary(function, node.input(1)?, node.input(0)?))
    }

    pub(super) fn infinite(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let (negative, positive) = (node.int("detect_negative", 1), node.int("detect_positive", 1));
        if (negative, positive) == (1, 1) {
            return one(self.unary(F::IsInfinite, x));
        }
        if (negative, positive) == (0, 0) {
            return one(self.filled(Element::Bool, &x.shape, 0.0));
        }
        let sign = if positive == 1 { f32::INFINITY } else { f32::NEG_INFINITY };
        let infinity = self.scalar(x.element, sign)?;
        one(self.binary(F::Equal, x, &infinity))
    }

    /// A clamp: constants become immediates, other bounds minimum and maximum.
    pub(super) fn clip(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?.clone();
        if let (Some(low), Some(high)) = (self.bound(node, "min", 1), self.bound(node, "max", 2))
            && x.element == Element::F32
        {
            return one(self.activation(F::Clip, &[low, high], &x));
        }
        let mut result = x.clone();
        for (name, input, function) in [("min", 1, F::Max), ("max", 2, F::Min)] {
            let bound = match (node.optional(input), node.attribute(name)) {
                (Some(bound), _) => bound.clone(),
                (None, Some(attribute)) => self.scalar(x.element, attribute.f)?,
                (None, None) => continue,
            };
            // A bound has one element, but may have dimensions.
            let bound = self.reshape(&bound, &[])?;
            result = self.binary(function, &result, &bound)?;
        }
        Ok(vec![result])
    }

    /// A bound of a clamp, infinite if there is none; `None` if it is not known at import.
    fn bound(&self, node: &Node<'_>, name: &str, input: usize) -> Option<f32> {
        let none = if name == "min" { f32::NEG_INFINITY } else { f32::INFINITY };
        match (node.optional(input), node.attribute(name)) {
            (Some(value), _) => self.number(value, name).ok(),
            (None, attribute) => Some(attribute.map_or(none, |attribute| attribute.f)),
        }
    }

    pub(super) fn convert(&mut self, node: &Node<'_>) -> Outputs {
        let to = node.element("to")?.ok_or_else(|| Reason::new("attribute to is missing"))?;
        one(self.cast(node.input(0)?, to))
    }

    pub(super) fn convert_like(&mut self, node: &Node<'_>) -> Outputs {
        let to = node.input(1)?.element;
        one(self.cast(node.input(0)?, to))
    }

    /// The same bytes as elements of another type of the same size.
    pub(super) fn reinterpret(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let to = node.element("to")?.ok_or_else(|| Reason::new("attribute to is missing"))?;
        if to.bytes() != x.element.bytes() {
            return refuse(format!("from {:?} to {to:?}", x.element));
        }
        Ok(vec![Value { element: to, ..x.clone() }])
    }

    pub(super) fn identity(&mut self, node: &Node<'_>) -> Outputs {
        Ok(vec![node.input(0)?.clone()])
    }

    /// Dropout as in inference: the input itself, and a mask that drops nothing.
    pub(super) fn dropout(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        if let Some(training) = node.optional(2)
            && self.int(training, "training_mode").map_err(Reason::of_value)? != 0
        {
            let ratio = match node.optional(1) {
                Some(ratio) => self.number(ratio, "ratio").map_err(Reason::of_value)?,
                None => 0.5,
            };
            if ratio != 0.0 {
                return refuse("random numbers");
            }
        }
        let mask = self.filled(Element::Bool, &x.shape, 1.0)?;
        Ok(vec![x.clone(), mask])
    }

    pub(super) fn elu(&mut self, node: &Node<'_>, scale: f32, alpha: f32, inner: f32) -> Outputs {
        self.map_with(node, F::Elu, &[scale * alpha, inner, scale])
    }

    /// `x·σ(αx)`.
    pub(super) fn swish(&mut self, x: &Value, alpha: f32) -> Result<Value, Reason> {
        let alpha = self.scalar(x.element, alpha)?;
        let scaled = self.binary(F::Mul, x, &alpha)?;
        let gate = self.unary(F::Sigmoid, &scaled)?;
        self.binary(F::Mul, x, &gate)
    }

    /// `x·σ(αx)·gate`.
    pub(super) fn gated_swish(&mut self, node: &Node<'_>) -> Outputs {
        let curve = self.swish(node.input(0)?, node.float("alpha", 1.0))?;
        one(self.binary(F::Mul, &curve, node.input(1)?))
    }

    /// The greater or the least of all inputs, or their sum; one input is itself.
    pub(super) fn variadic(&mut self, node: &Node<'_>, function: F) -> Outputs {
        one(self.fold_all(node, function))
    }

    pub(super) fn expand(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let shape = self.shape_of(node.input(1)?, "shape")?;
        let shape = broadcast_shape([x.shape.as_slice(), &shape])
            .ok_or_else(|| Reason::new(format!("shape {:?} to {shape:?}", x.shape)))?;
        one(x.broadcast(&shape).ok_or_else(|| Reason::new("shapes")))
    }

    /// Dimensions that an input gives.
    pub(super) fn shape_of(&self, value: &Value, what: &str) -> Result<Vec<u64>, Reason> {
        let dims = self.integers(value, what)?;
        let shape: Option<Vec<u64>> = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        shape.ok_or_else(|| Reason::new(format!("{what} {dims:?}")))
    }
}
