//! Operators that exporters spell out in several nodes: GELU, SiLU and layer normalisation.
//!
//! A pattern is tried at its first node. It holds only if no other node uses what lies between.

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

use opml_kernels::Function as F;

use super::{Lowering, Reason, fuse::Follower};
use crate::onnx::{Element, node::Node, proto::NodeProto, value::Value};

impl<'m> Lowering<'m> {
    /// The value of a whole pattern that begins with this node.
    pub(super) fn pattern(&mut self, node: &Node<'m>) -> Result<Option<Value>, Reason> {
        let Some(x) = node.optional(0).filter(|x| x.element == Element::F32).cloned() else {
            return Ok(None);
        };
        let name = node.proto.input.first().map_or("", String::as_str);
        let (function, followers) = match node.proto.op_type.as_str() {
            "Div" | "Mul" => match self.gelu(node, name) {
                Some(followers) => (F::Gelu, followers),
                None => return Ok(None),
            },
            "Sigmoid" => match self.silu(node, name) {
                Some(followers) => (F::Silu, followers),
                None => return Ok(None),
            },
            "ReduceMean" => return self.layer_normalisation(node, &x, name),
            _ => return Ok(None),
        };
        let y = self.unary(function, &x)?;
        for follower in followers {
            self.fuse(follower, &y);
        }
        Ok(Some(y))
    }

    /// `x·(1 + erf(x / √2))·½`, the last two factors in either order.
    fn gelu(&self, node: &Node<'m>, x: &str) -> Option<Vec<Follower<'m>>> {
        let factor = self.constant_number(node.proto.input.get(1)?)?;
        let expected = if node.proto.op_type == "Div" { SQRT_2 } else { FRAC_1_SQRT_2 };
        if !near(factor, expected) {
            return None;
        }
        let erf = self.next(node.proto, "Erf")?;
        let sum = self.next(erf.1, "Add")?;
        if !near(self.other_number(sum.1, erf.1)?, 1.0) {
            return None;
        }
        let first = self.next(sum.1, "Mul")?;
        let second = self.next(first.1, "Mul")?;
        let (with_x, with_half) = if self.has_input(first.1, x) {
            (first, self.other_number(second.1, first.1))
        } else {
            (second, self.other_number(first.1, sum.1))
        };
        let holds = self.has_input(with_x.1, x) && near(with_half?, 0.5);
        holds.then(|| vec![erf, sum, first, second])
    }

    /// `x·σ(x)`.
    fn silu(&self, node: &Node<'m>, x: &str) -> Option<Vec<Follower<'m>>> {
        let product = self.next(node.proto, "Mul")?;
        self.has_input(product.1, x).then(|| vec![product])
    }

    /// `(x − μ) / √(mean of (x − μ)² + ε)·γ + β` along the last dimension.
    fn layer_normalisation(
        &mut self,
        node: &Node<'m>,
        x: &Value,
        name: &str,
    ) -> Result<Option<Value>, Reason> {
        let last = x.rank() as i64 - 1;
        let along_last = |lowering: &Self, proto: &NodeProto| {
            let attribute = |name: &str| proto.attribute.iter().find(|a| a.name == name);
            let axes = match (attribute("axes"), proto.input.get(1)) {
                (Some(axes), _) => Some(axes.ints.clone()),
                (None, Some(axes)) => lowering
                    .lookup(axes)
                    .flatten()
                    .and_then(|axes| lowering.integers(&axes, "axes").ok()),
                (None, None) => None,
            };
            axes.is_some_and(|axes| axes == [-1] || axes == [last])
                && attribute("keepdims").is_none_or(|keep| keep.i != 0)
        };
        let Some(followers) = self.norm_chain(node, name, along_last) else { return Ok(None) };
        let [difference, power, mean, sum, root, quotient] = followers;
        let Some(epsilon) = self.other_number(sum.1, mean.1) else { return Ok(None) };
        let mut followers = vec![difference, power, mean, sum, root, quotient];
        let mut factors = [None, None];
        let mut tail = quotient;
        for (factor, operator) in factors.iter_mut().zip(["Mul", "Add"]) {
            let Some(next) = self.next(tail.1, operator) else { break };
            let Some(name) = tail.1.output.first() else { break };
            let Some(value) = self.partner(next.1, name) else { break };
            let fits = value.element == Element::F32
                && value.broadcast(&x.shape).is_some()
                && value.count() == value.shape.last().copied().unwrap_or(1);
            if !fits {
                break;
            }
            *factor = Some(value);
            followers.push(next);
            tail = next;
        }
        let [gamma, beta] = &factors;
        let y = self.normalise(x, true, epsilon, [gamma.as_ref(), beta.as_ref()])?;
        for follower in followers {
            self.fuse(follower, &y);
        }
        Ok(Some(y))
    }

    /// The nodes of a layer normalisation behind its mean, up to the quotient.
    fn norm_chain(
        &self,
        node: &Node<'m>,
        x: &str,
        along_last: impl Fn(&Self, &NodeProto) -> bool,
    ) -> Option<[Follower<'m>; 6]> {
        if !along_last(self, node.proto) {
            return None;
        }
        let difference = self.next(node.proto, "Sub")?;
        if difference.1.input.first()? != x {
            return None;
        }
        let name = difference.1.output.first()?;
        let (power, quotient) = self.power_and_quotient(name)?;
        let is_square = match power.1.op_type.as_str() {
            "Pow" => near(self.constant_number(power.1.input.get(1)?)?, 2.0),
            _ => power.1.input.iter().all(|input| input == name),
        };
        let mean = self.next(power.1, "ReduceMean")?;
        let sum = self.next(mean.1, "Add")?;
        let root = self.next(sum.1, "Sqrt")?;
        let divided = self.next(root.1, "Div")?;
        let holds = is_square
            && along_last(self, mean.1)
            && divided.0 == quotient.0
            && quotient.1.input.first()? == name;
        holds.then_some([difference, power, mean, sum, root, quotient])
    }

    /// The next node, if it alone uses this one and is this operator.
    fn next(&self, node: &NodeProto, operator: &str) -> Option<Follower<'m>> {
        let follower = self.follower(node.output.first()?)?;
        (follower.1.op_type == operator).then_some(follower)
    }

    fn has_input(&self, node: &NodeProto, name: &str) -> bool {
        node.input.iter().any(|input| input == name)
    }

    /// The only number of a constant, by name.
    fn constant_number(&self, name: &str) -> Option<f32> {
        let value = self.lookup(name)??;
        self.number(&value, "").ok()
    }

    /// The constant that a node combines with the output of `before`.
    fn other_number(&self, node: &NodeProto, before: &NodeProto) -> Option<f32> {
        let value = self.partner(node, before.output.first()?)?;
        self.number(&value, "").ok()
    }
}

/// Whether a constant of a file is the one of a formula, however it was rounded.
fn near(value: f32, expected: f32) -> bool {
    (value - expected).abs() <= 1e-6 * expected
}
