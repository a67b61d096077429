//! Losses of classifiers.

use opml_kernels::{Function as F, Reduction};

use super::{Lowering, Outputs, Reason, refuse};
use crate::onnx::{Element, node::Node, value::Value};

impl Lowering<'_> {
    pub(super) fn negative_log_likelihood(&mut self, node: &Node<'_>) -> Outputs {
        let input = node.input(0)?.clone();
        Ok(vec![self.likelihood(node, &input)?])
    }

    pub(super) fn softmax_cross_entropy(&mut self, node: &Node<'_>) -> Outputs {
        let scores = node.input(0)?.clone();
        let log = self.softmax(&scores, 1, true)?;
        let loss = self.likelihood(node, &log)?;
        Ok(vec![loss, log])
    }

    /// The mean, sum or each of `−w[t]·x[n][t]` over classes t that targets name; with weight 0 where the target is ignored.
    fn likelihood(&mut self, node: &Node<'_>, input: &Value) -> Result<Value, Reason> {
        let target = self.cast(node.input(1)?, Element::I64)?;
        let one = self.scalar(input.element, 1.0)?;
        let zero = self.scalar(input.element, 0.0)?;
        let ignored = node.attribute("ignore_index").map(|attribute| attribute.i);
        let (target, is_ignored) = match ignored {
            Some(index) => {
                let index = self.whole(Element::I64, &[], &[index]);
                let is_ignored = self.binary(F::Equal, &target, &index)?;
                let first = self.whole(Element::I64, &[], &[0]);
                (self.select(&is_ignored, &first, &target)?, Some(is_ignored))
            }
            None => (target, None),
        };
        let picked = self.gather_elements(input, &target.unsqueezed(1), 1)?.squeezed(1);
        let mut weight = match node.optional(2) {
            Some(weights) => self.gather(&weights.clone(), &target, 0)?,
            None => one.broadcast(&target.shape).ok_or_else(|| Reason::new("shapes"))?,
        };
        if let Some(is_ignored) = is_ignored {
            weight = self.select(&is_ignored, &zero, &weight)?;
        }
        let product = self.binary(F::Mul, &picked, &weight)?;
        let loss = self.unary(F::Neg, &product)?;
        let axes: Vec<usize> = (0..loss.rank()).collect();
        match node.text("reduction", "mean") {
            "none" => Ok(loss),
            "sum" => {
                let sum = self.reduce(Reduction::Sum, &loss, &axes)?;
                self.reshape(&sum, &[])
            }
            "mean" => {
                let sum = self.reduce(Reduction::Sum, &loss, &axes)?;
                let weight = self.reduce(Reduction::Sum, &weight, &axes)?;
                let mean = self.binary(F::Div, &sum, &weight)?;
                self.reshape(&mean, &[])
            }
            other => refuse(format!("reduction {other:?}")),
        }
    }
}
