//! Operators on rows: softmax, the greatest elements.

use opml_kernels::{Function as F, MAX_TOP, Reduction};
use opml_tensor::Record;

use super::{Lowering, Outputs, Reason, elementwise::one, emit::narrow, refuse};
use crate::onnx::{Element, node::Node, tensor::elements, value::Value};

impl Lowering<'_> {
    /// Softmax as a node. Before version 13 the axis began a row of all dimensions behind it.
    pub(super) fn softmax_node(&mut self, node: &Node<'_>, log: bool) -> Outputs {
        let x = node.input(0)?.clone();
        if node.opset >= 13 {
            let at = node.axis(-1, x.rank())?;
            return one(self.softmax(&x, at, log));
        }
        let at = node.axis(1, x.rank())?;
        let (before, after) = x.shape.split_at(at);
        let size = |dims: &[u64]| elements(dims).unwrap_or(0);
        let rows = self.reshape(&x, &[size(before), size(after)])?;
        let y = self.softmax(&rows, 1, log)?;
        one(self.reshape(&y, &x.shape))
    }

    /// Softmax along an axis, or its logarithm.
    pub(super) fn softmax(&mut self, x: &Value, at: usize, log: bool) -> Result<Value, Reason> {
        let float = self.float(x)?;
        let out = self.scratch_like(Element::F32, &x.shape, &[&float])?;
        if x.count() > 0 {
            let [length] = narrow([x.shape.get(at).copied().unwrap_or(1)])?;
            self.along(&[&out, &float], at, 2, |[outer, middle], operands| {
                let [out, x] = *operands else { return Record::default() };
                let rows = outer.saturating_mul(middle);
                let dims = [outer, middle, length];
                if log {
                    Record::log_softmax_along(dims, rows, x, out)
                } else {
                    Record::softmax_along(dims, rows, x, out)
                }
            })?;
        }
        self.cast(&out, x.element)
    }

    pub(super) fn top_k(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?.clone();
        let k = match node.optional(1) {
            Some(k) => self.int(k, "k")?,
            None => node.int("k", 0),
        };
        let at = node.axis(-1, x.rank())?;
        let length = x.shape.get(at).copied().unwrap_or(0);
        let k = u64::try_from(k).ok().filter(|k| (1..=length.min(MAX_TOP as u64)).contains(k));
        let k =
            k.ok_or_else(|| Reason::new(format!("k of {length} elements, at most {MAX_TOP}")))?;
        let keys = match x.element {
            Element::I64 | Element::U64 => self.cast(&x, Element::I32)?,
            Element::F16 | Element::Bf16 => self.float(&x)?,
            _ => x.clone(),
        };
        let mut shape = x.shape.clone();
        if let Some(dim) = shape.get_mut(at) {
            *dim = k;
        }
        let indices = self.scratch(Element::I64, &shape)?;
        let [length, count] = narrow([length, k])?;
        let largest = node.int("largest", 1) != 0;
        let types = [keys.element.code(), Element::I64.code()];
        self.along(&[&indices, &keys], at, 2, |[outer, middle], operands| {
            let [out, x] = *operands else { return Record::default() };
            let dims = [outer, middle, length, count];
            Record::top(largest, types, dims, outer.saturating_mul(middle), x, out)
        })?;
        let values = self.gather_elements(&x, &indices, at)?;
        Ok(vec![values, indices])
    }

    /// Each slice along an axis divided by its norm of order 1 or 2; a slice of zeroes stays.
    pub(super) fn lp_normalise(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?.clone();
        let at = node.axis(-1, x.rank())?;
        let size = match node.int("p", 2) {
            1 => self.reduce(Reduction::SumMagnitudes, &x, &[at])?,
            2 => {
                let squares = self.reduce(Reduction::SumSquares, &x, &[at])?;
                self.unary(F::Sqrt, &squares)?
            }
            p => return refuse(format!("p = {p}")),
        };
        let zero = self.scalar(x.element, 0.0)?;
        let is_zero = self.binary(F::Equal, &size, &zero)?;
        let quotient = self.binary(F::Div, &x, &size)?;
        one(self.select(&is_zero, &zero, &quotient))
    }
}
