//! Reductions along axes.

use opml_kernels::{Function as F, Reduction};
use opml_tensor::{Operand, Record};

use super::{Lowering, Outputs, Reason, elementwise::one, emit::narrow, refuse};
use crate::onnx::{
    Element,
    node::{Node, axis},
    value::Value,
};

impl Lowering<'_> {
    /// The axes of a reduction: an attribute in older versions, an input in newer ones; all of them by default.
    fn axes(&self, node: &Node<'_>, rank: usize) -> Result<Vec<usize>, Reason> {
        let axes = node.list(self, "axes", 1)?.filter(|axes| !axes.is_empty());
        let Some(axes) = axes else {
            let none = node.int("noop_with_empty_axes", 0) != 0;
            return Ok(if none { Vec::new() } else { (0..rank).collect() });
        };
        let mut axes: Vec<usize> =
            axes.iter().map(|at| axis(*at, rank)).collect::<Result<_, _>>()?;
        axes.sort_unstable();
        axes.dedup();
        Ok(axes)
    }

    /// `x` with `axes` moved behind the others and made one.
    pub(super) fn merged(&mut self, x: &Value, axes: &[usize]) -> Result<Value, Reason> {
        let kept: Vec<usize> = (0..x.rank()).filter(|at| !axes.contains(at)).collect();
        let order: Vec<usize> = kept.iter().chain(axes).copied().collect();
        let mut shape: Vec<u64> = kept.iter().filter_map(|at| x.shape.get(*at).copied()).collect();
        shape.push(length(x, axes));
        self.reshape(&x.permuted(&order), &shape)
    }

    /// Reduces along `axes`, which stay as dimensions of one element.
    pub(super) fn reduce(
        &mut self,
        reduction: Reduction,
        x: &Value,
        axes: &[usize],
    ) -> Result<Value, Reason> {
        if axes.is_empty() && matches!(reduction, Reduction::Sum | Reduction::Max | Reduction::Min)
        {
            return Ok(x.clone());
        }
        let shape = with_ones(x, axes);
        let result = match reduction {
            Reduction::ArgMax { .. } | Reduction::ArgMin { .. } => Element::I64,
            _ => x.element,
        };
        if x.count() == 0 {
            return self.filled(result, &shape, empty(reduction, x.element)?);
        }
        let merged = self.merged(x, axes)?;
        let at = merged.rank() - 1;
        let [length] = narrow([merged.shape.last().copied().unwrap_or(1)])?;
        let mut rows = merged.shape.clone();
        if let Some(last) = rows.last_mut() {
            *last = 1;
        }
        let out = self.scratch(result, &rows)?;
        let types = [x.element.code(), result.code()];
        self.along(&[&out, &merged], at, 2, |[outer, middle], operands| {
            let [target, source] = operands else { return Record::default() };
            let [s0, s1, _] = target.stride;
            let target = Operand { stride: [s0, s1, 0], ..*target };
            let dims = [outer, middle, length];
            Record::reduce(reduction, types, dims, outer.saturating_mul(middle), *source, target)
        })?;
        self.reshape(&out, &shape)
    }

    /// A reduction as a node: with or without its axes as dimensions of one element.
    fn reduced(
        &mut self,
        node: &Node<'_>,
        reduce: impl FnOnce(&mut Self, &Value, &[usize]) -> Result<Value, Reason>,
    ) -> Outputs {
        let x = node.input(0)?.clone();
        let axes = self.axes(node, x.rank())?;
        let value = reduce(self, &x, &axes)?;
        if node.int("keepdims", 1) != 0 {
            return Ok(vec![value]);
        }
        let keep = value.shape.iter().enumerate().filter(|(at, _)| !axes.contains(at));
        let shape: Vec<u64> = keep.map(|(_, dim)| *dim).collect();
        one(self.reshape(&value, &shape))
    }

    pub(super) fn reduce_node(&mut self, node: &Node<'_>, reduction: Reduction) -> Outputs {
        self.reduced(node, |lowering, x, axes| lowering.reduce(reduction, x, axes))
    }

    pub(super) fn reduce_mean(&mut self, node: &Node<'_>) -> Outputs {
        self.reduced(node, |lowering, x, axes| {
            if x.element.is_float() {
                return lowering.reduce(Reduction::Mean, x, axes);
            }
            let sum = lowering.reduce(Reduction::Sum, x, axes)?;
            let count = lowering.scalar(x.element, length(x, axes) as f32)?;
            lowering.binary(F::Div, &sum, &count)
        })
    }

    /// A function of a reduction: √Σx², ln Σx.
    pub(super) fn reduce_then(
        &mut self,
        node: &Node<'_>,
        reduction: Reduction,
        function: F,
    ) -> Outputs {
        self.reduced(node, |lowering, x, axes| {
            let reduced = lowering.reduce(reduction, x, axes)?;
            lowering.unary(function, &reduced)
        })
    }

    /// `ln Σe^(x − m) + m` with the maximum m, which does not overflow.
    pub(super) fn reduce_log_sum_exp(&mut self, node: &Node<'_>) -> Outputs {
        self.reduced(node, |lowering, x, axes| {
            if x.count() == 0 {
                let shape = with_ones(x, axes);
                return lowering.filled(x.element, &shape, f32::NEG_INFINITY);
            }
            let greatest = lowering.reduce(Reduction::Max, x, axes)?;
            let below = lowering.binary(F::Sub, x, &greatest)?;
            let powers = lowering.unary(F::Exp, &below)?;
            let sum = lowering.reduce(Reduction::Sum, &powers, axes)?;
            let log = lowering.unary(F::Log, &sum)?;
            lowering.binary(F::Add, &log, &greatest)
        })
    }

    pub(super) fn arg_extreme(&mut self, node: &Node<'_>, greatest: bool) -> Outputs {
        let x = node.input(0)?.clone();
        let at = node.axis(0, x.rank())?;
        let last = node.int("select_last_index", 0) != 0;
        let reduction =
            if greatest { Reduction::ArgMax { last } } else { Reduction::ArgMin { last } };
        let index = self.reduce(reduction, &x, &[at])?;
        if node.int("keepdims", 1) != 0 {
            return Ok(vec![index]);
        }
        Ok(vec![index.squeezed(at)])
    }

    /// Mean or maximum over all dimensions of an image.
    pub(super) fn global_pool(&mut self, node: &Node<'_>, reduction: Reduction) -> Outputs {
        let x = node.input(0)?.clone();
        let axes: Vec<usize> = (2..x.rank()).collect();
        one(self.reduce(reduction, &x, &axes))
    }

    /// Running sums or products along an axis.
    pub(super) fn cumulate(&mut self, node: &Node<'_>, function: F, neutral: f32) -> Outputs {
        let x = node.input(0)?.clone();
        let at = axis(self.int(node.input(1)?, "axis")?, x.rank())?;
        let size = x.shape.get(at).copied().unwrap_or(1);
        if size > 1024 {
            return refuse(format!("a running sum over {size} elements"));
        }
        let mut places: Vec<u64> = (0..size).collect();
        if node.int("reverse", 0) != 0 {
            places.reverse();
        }
        let slice = |place: u64| x.sliced(at, place, 1, 1);
        let mut shape = x.shape.clone();
        if let Some(dim) = shape.get_mut(at) {
            *dim = 1;
        }
        let exclusive = node.int("exclusive", 0) != 0;
        let mut sum = self.filled(x.element, &shape, neutral)?;
        let mut parts = Vec::new();
        for place in places {
            let next = self.binary(function, &sum, &slice(place))?;
            parts.push(if exclusive { sum } else { next.clone() });
            sum = next;
        }
        if node.int("reverse", 0) != 0 {
            parts.reverse();
        }
        one(self.join(&parts, at))
    }
}

/// The shape with `axes` as ones.
fn with_ones(x: &Value, axes: &[usize]) -> Vec<u64> {
    let dims = x.shape.iter().enumerate();
    dims.map(|(at, dim)| if axes.contains(&at) { 1 } else { *dim }).collect()
}

/// How many elements are reduced to one.
fn length(x: &Value, axes: &[usize]) -> u64 {
    axes.iter().filter_map(|at| x.shape.get(*at)).product()
}

/// The reduction of no elements.
fn empty(reduction: Reduction, element: Element) -> Result<f32, Reason> {
    Ok(match reduction {
        Reduction::Sum | Reduction::SumSquares | Reduction::SumMagnitudes => 0.0,
        Reduction::Product => 1.0,
        Reduction::Max if element.is_float() => f32::NEG_INFINITY,
        Reduction::Min if element.is_float() => f32::INFINITY,
        Reduction::Mean => f32::NAN,
        _ => return refuse(format!("{reduction:?} of no elements")),
    })
}
