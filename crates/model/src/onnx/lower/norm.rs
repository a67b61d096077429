//! Normalisations.

use opml_kernels::{Function as F, Reduction};
use opml_tensor::{NormSpec, Record};

use super::{Lowering, Outputs, Reason, elementwise::one, emit::narrow, refuse};
use crate::onnx::{
    Element,
    node::{Node, axis},
    value::Value,
};

impl Lowering<'_> {
    /// Normalises along the last dimension: `(x − μ) / √(σ² + ε)·γ + β`, without the mean where not `centred`.
    pub(super) fn normalise(
        &mut self,
        x: &Value,
        centred: bool,
        epsilon: f32,
        factors: [Option<&Value>; 2],
    ) -> Result<Value, Reason> {
        let out = self.scratch(Element::F32, &x.shape)?;
        if x.count() == 0 {
            return Ok(out);
        }
        let at = x.rank().checked_sub(1).ok_or_else(|| Reason::new("a single number"))?;
        let [length] = narrow([x.shape.get(at).copied().unwrap_or(1)])?;
        let mut views = vec![out.clone(), x.clone()];
        for factor in factors.into_iter().flatten() {
            let factor = self.float(factor)?;
            views.push(factor.broadcast(&x.shape).ok_or_else(|| Reason::new("scale or bias"))?);
        }
        let [has_gamma, has_beta] = factors.map(|factor| factor.is_some());
        if has_beta && !has_gamma {
            return refuse("a bias without a scale");
        }
        let views: Vec<&Value> = views.iter().collect();
        self.along(&views, at, 2, |[outer, middle], operands| {
            let [out, x, factors @ ..] = operands else { return Record::default() };
            Record::norm(NormSpec {
                centred,
                epsilon,
                dims: [outer, middle, length],
                tile_rows: outer.saturating_mul(middle),
                x: *x,
                gamma: factors.first().copied(),
                beta: factors.get(1).copied(),
                out: *out,
            })
        })?;
        Ok(out)
    }

    /// Layer normalisation, or RMS normalisation, over the dimensions from an axis on.
    pub(super) fn layer_norm(&mut self, node: &Node<'_>, centred: bool) -> Outputs {
        let input = node.input(0)?;
        let x = self.float(input)?;
        let at = node.axis(-1, x.rank())?;
        let epsilon = node.float("epsilon", 1e-5);
        let axes: Vec<usize> = (at..x.rank()).collect();
        let rows = self.merged(&x, &axes)?;
        let mut factors = [None, None];
        for (index, factor) in factors.iter_mut().enumerate() {
            if let Some(value) = node.optional(1 + index) {
                let wide = value
                    .broadcast(x.shape.get(at..).unwrap_or(&[]))
                    .ok_or_else(|| Reason::new("scale or bias"))?;
                *factor = Some(self.reshape(&wide, &[wide.count()])?);
            }
        }
        let [gamma, beta] = &factors;
        let y = self.normalise(&rows, centred, epsilon, [gamma.as_ref(), beta.as_ref()])?;
        let y = self.reshape(&y, &x.shape)?;
        let mut outputs = vec![self.cast(&y, input.element)?];
        if centred && (node.has_output(1) || node.has_output(2)) {
            let [mean, variance] = self.moments(&x, &axes)?;
            let epsilon = self.floats(&[], &[epsilon]);
            let sum = self.binary(F::Add, &variance, &epsilon)?;
            let root = self.unary(F::Sqrt, &sum)?;
            outputs.push(mean);
            outputs.push(self.unary(F::Reciprocal, &root)?);
        }
        Ok(outputs)
    }

    /// Mean and variance along axes.
    fn moments(&mut self, x: &Value, axes: &[usize]) -> Result<[Value; 2], Reason> {
        let mean = self.reduce(Reduction::Mean, x, axes)?;
        let deviation = self.binary(F::Sub, x, &mean)?;
        let square = self.binary(F::Mul, &deviation, &deviation)?;
        let variance = self.reduce(Reduction::Mean, &square, axes)?;
        Ok([mean, variance])
    }

    /// A value per channel with ones for all other dimensions of `x`.
    pub(super) fn per_channel(&mut self, value: &Value, x: &Value) -> Result<Value, Reason> {
        let mut shape = vec![1; x.rank().max(2)];
        if let Some(dim) = shape.get_mut(1) {
            *dim = value.count();
        }
        self.reshape(value, &shape)
    }

    /// The factor and summand that batch normalisation comes to for each channel.
    pub(super) fn batch_factors(
        &mut self,
        node: &Node<'_>,
        mean: &Value,
        variance: &Value,
    ) -> Result<[Value; 2], Reason> {
        let (scale, bias) = (node.input(1)?, node.input(2)?);
        let epsilon = self.scalar(variance.element, node.float("epsilon", 1e-5))?;
        let sum = self.binary(F::Add, variance, &epsilon)?;
        let root = self.unary(F::Sqrt, &sum)?;
        let factor = self.binary(F::Div, scale, &root)?;
        let product = self.binary(F::Mul, mean, &factor)?;
        let summand = self.binary(F::Sub, bias, &product)?;
        Ok([factor, summand])
    }

    pub(super) fn batch_norm(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?.clone();
        let (running_mean, running_variance) = (node.input(3)?.clone(), node.input(4)?.clone());
        if node.int("training_mode", 0) == 0 {
            let [factor, summand] = self.batch_factors(node, &running_mean, &running_variance)?;
            let (factor, summand) =
                (self.per_channel(&factor, &x)?, self.per_channel(&summand, &x)?);
            return one(self.scale_and_add(&x, &factor, &summand));
        }
        let axes: Vec<usize> = (0..x.rank()).filter(|at| *at != 1).collect();
        let [mean, variance] = self.moments(&x, &axes)?;
        let channels = mean.count();
        let (mean, variance) =
            (self.reshape(&mean, &[channels])?, self.reshape(&variance, &[channels])?);
        let [factor, summand] = self.batch_factors(node, &mean, &variance)?;
        let (factor, summand) = (self.per_channel(&factor, &x)?, self.per_channel(&summand, &x)?);
        let y = self.scale_and_add(&x, &factor, &summand)?;
        let momentum = node.float("momentum", 0.9);
        let mut outputs = vec![y];
        for (old, new) in [(&running_mean, &mean), (&running_variance, &variance)] {
            let (keep, take) =
                (self.scalar(x.element, momentum)?, self.scalar(x.element, 1.0 - momentum)?);
            let (old, new) = (self.binary(F::Mul, old, &keep)?, self.binary(F::Mul, new, &take)?);
            outputs.push(self.binary(F::Add, &old, &new)?);
        }
        Ok(outputs)
    }

    /// `x·factor + summand`, of floats rounded once.
    fn scale_and_add(&mut self, x: &Value, a: &Value, b: &Value) -> Result<Value, Reason> {
        self.elementwise(F::MultiplyAdd, [0; 3], &[x, a, b])
    }

    /// Instance normalisation, or group normalisation with `groups` groups of channels.
    pub(super) fn group_norm(&mut self, node: &Node<'_>, groups: Option<u64>) -> Outputs {
        let input = node.input(0)?;
        let x = self.float(input)?;
        let [n, c, ..] = *x.shape.as_slice() else { return refuse("not an image") };
        let groups = groups.unwrap_or(c);
        if groups == 0 || c % groups != 0 || n == 0 {
            return refuse(format!("{c} channels in {groups} groups"));
        }
        let rows = self.reshape(&x, &[n * groups, x.count() / (n * groups)])?;
        let y = self.normalise(&rows, true, node.float("epsilon", 1e-5), [None, None])?;
        let y = self.reshape(&y, &x.shape)?;
        let mut factors = Vec::new();
        for index in [1, 2] {
            let value = self.float(node.input(index)?)?;
            // Before version 21 groups had factors, not channels.
            let value = if value.count() == groups && groups != c {
                let wide = self.reshape(&value, &[groups, 1])?;
                let wide = wide.broadcast(&[groups, c / groups]);
                self.reshape(&wide.ok_or_else(|| Reason::new("scale"))?, &[c])?
            } else {
                value
            };
            factors.push(self.per_channel(&value, &x)?);
        }
        let [scale, bias] = factors.as_slice() else { return refuse("scale and bias") };
        let y = self.scale_and_add(&y, scale, bias)?;
        one(self.cast(&y, input.element))
    }

    /// `(x − μ) / √σ²` over axes.
    pub(super) fn mean_variance_norm(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?.clone();
        let axes: Vec<usize> = match node.ints("axes") {
            Some(axes) => axes.iter().map(|at| axis(*at, x.rank())).collect::<Result<_, _>>()?,
            None => vec![0, 2, 3],
        };
        let [mean, variance] = self.moments(&x, &axes)?;
        let root = self.unary(F::Sqrt, &variance)?;
        let epsilon = self.scalar(x.element, 1e-9)?;
        let root = self.binary(F::Add, &root, &epsilon)?;
        let deviation = self.binary(F::Sub, &x, &mean)?;
        one(self.binary(F::Div, &deviation, &root))
    }

    /// `x / (bias + α/size·Σx²)^β`, the sum over neighbouring channels.
    pub(super) fn local_response_norm(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?.clone();
        let size = node.int("size", 1);
        let channels = x.shape.get(1).copied().unwrap_or(0);
        if !(1..=64).contains(&size) || channels == 0 {
            return refuse(format!("size {size}"));
        }
        let square = self.binary(F::Mul, &x, &x)?;
        let mut widths = vec![(0, 0); x.rank()];
        let before = (size - 1) / 2;
        if let Some(width) = widths.get_mut(1) {
            *width = (before, size - 1 - before);
        }
        let zero = self.scalar(x.element, 0.0)?;
        let padded = self.pad(&square, &widths, &zero)?;
        let mut sum = padded.sliced(1, 0, channels, 1);
        for offset in 1..size as u64 {
            sum = self.binary(F::Add, &sum, &padded.sliced(1, offset, channels, 1))?;
        }
        let alpha = self.scalar(x.element, node.float("alpha", 1e-4) / size as f32)?;
        let bias = self.scalar(x.element, node.float("bias", 1.0))?;
        let sum = self.elementwise(F::MultiplyAdd, [0; 3], &[&sum, &alpha, &bias])?;
        let beta = self.scalar(x.element, node.float("beta", 0.75))?;
        let power = self.binary(F::Pow, &sum, &beta)?;
        one(self.binary(F::Div, &x, &power))
    }
}
