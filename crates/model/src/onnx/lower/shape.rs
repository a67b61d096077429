//! Operators that move elements: views where strides can express them, copies elsewhere.

use opml_kernels::Function as F;

use super::{Lowering, Outputs, Reason, elementwise::one, refuse};
use crate::onnx::{
    Element, Tensor,
    import::constant,
    node::{Node, axis},
    tensor::elements,
    value::Value,
};

/// Most elements of a table that a node makes at import (`Range`, `EyeLike`).
const MAX_TABLE: u64 = 1 << 20;

impl Lowering<'_> {
    pub(super) fn constant_node(&mut self, node: &Node<'_>) -> Outputs {
        let Some(attribute) = node.proto.attribute.first() else {
            return refuse("no value");
        };
        let value = match attribute.name.as_str() {
            "value" => {
                let proto = attribute.t.as_ref().ok_or_else(|| Reason::new("no value"))?;
                let tensor = Tensor::from_proto(proto).map_err(|e| Reason::new(e.to_string()))?;
                constant(&mut self.program, &tensor)
            }
            "value_float" => self.floats(&[], &[attribute.f]),
            "value_floats" => self.floats(&[attribute.floats.len() as u64], &attribute.floats),
            "value_int" => self.whole(Element::I64, &[], &[attribute.i]),
            "value_ints" => {
                self.whole(Element::I64, &[attribute.ints.len() as u64], &attribute.ints)
            }
            other => return refuse(format!("attribute {other}")),
        };
        Ok(vec![value])
    }

    pub(super) fn constant_of_shape(&mut self, node: &Node<'_>) -> Outputs {
        let shape = self.shape_of(node.input(0)?, "shape")?;
        let one = match node.attribute("value").and_then(|attribute| attribute.t.as_ref()) {
            Some(proto) => {
                let tensor = Tensor::from_proto(proto).map_err(|e| Reason::new(e.to_string()))?;
                constant(&mut self.program, &tensor)
            }
            None => self.floats(&[], &[0.0]),
        };
        if elements(&shape).is_none() {
            return refuse(format!("shape {shape:?}"));
        }
        let scalar = self.reshape(&one, &[])?;
        Ok(vec![scalar.broadcast(&shape).ok_or_else(|| Reason::new("shape"))?])
    }

    pub(super) fn shape_node(&mut self, node: &Node<'_>) -> Outputs {
        let shape = &node.input(0)?.shape;
        let rank = shape.len() as i64;
        let clamp = |index: i64| {
            let index = if index < 0 { index.saturating_add(rank) } else { index };
            index.clamp(0, rank) as usize
        };
        let (start, end) = (clamp(node.int("start", 0)), clamp(node.int("end", rank)));
        let dims: Vec<i64> =
            shape.get(start..end).unwrap_or(&[]).iter().map(|dim| *dim as i64).collect();
        Ok(vec![self.whole(Element::I64, &[dims.len() as u64], &dims)])
    }

    pub(super) fn size_node(&mut self, node: &Node<'_>) -> Outputs {
        let count = node.input(0)?.count() as i64;
        Ok(vec![self.whole(Element::I64, &[], &[count])])
    }

    pub(super) fn reshape_node(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let wanted = self.list(node, "shape", 1)?.ok_or_else(|| Reason::new("no shape"))?;
        let zero_copies = node.int("allowzero", 0) == 0;
        let mut shape = Vec::new();
        let mut open = None;
        for (index, dim) in wanted.iter().enumerate() {
            shape.push(match *dim {
                0 if zero_copies => *x
                    .shape
                    .get(index)
                    .ok_or_else(|| Reason::new(format!("dimension {index} of {:?}", x.shape)))?,
                -1 if open.is_none() => {
                    open = Some(index);
                    1
                }
                dim => u64::try_from(dim).map_err(|_| Reason::new(format!("shape {wanted:?}")))?,
            });
        }
        if let Some(dim) = open.and_then(|index| shape.get_mut(index)) {
            *dim = 0;
            let rest = wanted.iter().enumerate().filter(|(index, _)| Some(*index) != open);
            let known: Vec<u64> =
                rest.map(|(index, _)| shape.get(index).copied().unwrap_or(1)).collect();
            let known = elements(&known).filter(|known| *known > 0);
            let known = known.ok_or_else(|| Reason::new(format!("shape {wanted:?}")))?;
            if x.count() % known != 0 {
                return refuse(format!("{:?} in shape {wanted:?}", x.shape));
            }
            if let Some(dim) = open.and_then(|index| shape.get_mut(index)) {
                *dim = x.count() / known;
            }
        }
        one(self.reshape(x, &shape))
    }

    fn list(
        &self,
        node: &Node<'_>,
        attribute: &str,
        input: usize,
    ) -> Result<Option<Vec<i64>>, Reason> {
        node.list(self, attribute, input)
    }

    pub(super) fn flatten(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let rank = x.rank() as i64;
        let at = node.int("axis", 1);
        let at = usize::try_from(if at < 0 { at + rank } else { at })
            .ok()
            .filter(|at| *at <= x.rank())
            .ok_or_else(|| Reason::new(format!("axis {at}")))?;
        let (rows, columns) = x.shape.split_at(at);
        let size = |dims: &[u64]| elements(dims).unwrap_or(0);
        one(self.reshape(x, &[size(rows), size(columns)]))
    }

    pub(super) fn transpose(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let order: Vec<usize> = match node.ints("perm") {
            Some(order) => order.iter().map(|at| axis(*at, x.rank())).collect::<Result<_, _>>()?,
            None => (0..x.rank()).rev().collect(),
        };
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..x.rank()) {
            return refuse(format!("perm {order:?}"));
        }
        Ok(vec![x.permuted(&order)])
    }

    pub(super) fn squeeze(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let mut axes: Vec<usize> = match self.list(node, "axes", 1)? {
            Some(axes) => axes.iter().map(|at| axis(*at, x.rank())).collect::<Result<_, _>>()?,
            None => (0..x.rank()).filter(|at| x.shape.get(*at) == Some(&1)).collect(),
        };
        axes.sort_unstable();
        axes.dedup();
        let mut view = x.clone();
        for at in axes.into_iter().rev() {
            if view.shape.get(at) != Some(&1) {
                return refuse(format!("axis {at} of {:?}", x.shape));
            }
            view = view.squeezed(at);
        }
        Ok(vec![view])
    }

    pub(super) fn unsqueeze(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let axes = self.list(node, "axes", 1)?.ok_or_else(|| Reason::new("no axes"))?;
        let rank = x.rank() + axes.len();
        let mut axes: Vec<usize> =
            axes.iter().map(|at| axis(*at, rank)).collect::<Result<_, _>>()?;
        axes.sort_unstable();
        let mut view = x.clone();
        for at in axes {
            view = view.unsqueezed(at);
        }
        Ok(vec![view])
    }

    pub(super) fn concat(&mut self, node: &Node<'_>) -> Outputs {
        let parts: Vec<Value> =
            node.inputs.iter().flatten().filter(|part| part.count() > 0).cloned().collect();
        let first = node.input(0)?;
        let at = match node.attribute("axis") {
            Some(attribute) => axis(attribute.i, first.rank())?,
            None => axis(1, first.rank())?,
        };
        if parts.is_empty() {
            return Ok(vec![first.clone()]);
        }
        one(self.join(&parts, at))
    }

    /// Values one behind the other along an axis.
    pub(super) fn join(&mut self, parts: &[Value], at: usize) -> Result<Value, Reason> {
        let Some(first) = parts.first() else { return refuse("nothing to join") };
        let mut shape = first.shape.clone();
        let mut length = 0;
        for part in parts {
            let fits = part.element == first.element
                && part.rank() == first.rank()
                && part.shape.iter().zip(&shape).enumerate().all(|(i, (a, b))| i == at || a == b);
            if !fits {
                let (a, b) = (&first.shape, &part.shape);
                return refuse(format!("parts of shapes {a:?} and {b:?}"));
            }
            length += part.shape.get(at).copied().unwrap_or(1);
        }
        if let [only] = parts {
            return Ok(only.clone());
        }
        if let Some(dim) = shape.get_mut(at) {
            *dim = length;
        }
        let out = self.scratch(first.element, &shape)?;
        let mut start = 0;
        for part in parts {
            let length = part.shape.get(at).copied().unwrap_or(1);
            self.copy(part, &out.sliced(at, start, length, 1))?;
            start += length;
        }
        Ok(out)
    }

    pub(super) fn split(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let at = node.axis(0, x.rank())?;
        let size = x.shape.get(at).copied().unwrap_or(0);
        let outputs = node.proto.output.len() as u64;
        let lengths: Vec<u64> = match self.list(node, "split", 1)? {
            Some(lengths) => lengths
                .iter()
                .map(|length| u64::try_from(*length))
                .collect::<Result<_, _>>()
                .map_err(|_| Reason::new(format!("split {lengths:?}")))?,
            None => {
                let parts = node.int("num_outputs", outputs as i64).max(1) as u64;
                let length = size.div_ceil(parts);
                (0..parts).map(|i| length.min(size.saturating_sub(i * length))).collect()
            }
        };
        if lengths.iter().try_fold(0u64, |sum, length| sum.checked_add(*length)) != Some(size) {
            return refuse(format!("split {lengths:?} of {size}"));
        }
        let mut start = 0;
        let mut views = Vec::new();
        for length in lengths {
            views.push(x.sliced(at, start, length, 1));
            start += length;
        }
        Ok(views)
    }

    pub(super) fn slice(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let needed = |list: Option<Vec<i64>>| list.ok_or_else(|| Reason::new("no starts or ends"));
        let starts = needed(self.list(node, "starts", 1)?)?;
        let ends = needed(self.list(node, "ends", 2)?)?;
        let count = starts.len();
        let axes = self.list(node, "axes", 3)?.unwrap_or_else(|| (0..count as i64).collect());
        let steps = self.list(node, "steps", 4)?.unwrap_or_else(|| vec![1; count]);
        if [ends.len(), axes.len(), steps.len()] != [count; 3] {
            return refuse("starts, ends, axes and steps of different lengths");
        }
        let mut view = x.clone();
        for (((start, end), at), step) in starts.iter().zip(&ends).zip(&axes).zip(&steps) {
            let at = axis(*at, x.rank())?;
            let size = x.shape.get(at).copied().unwrap_or(0) as i64;
            let from_end = |index: i64| if index < 0 { index.saturating_add(size) } else { index };
            if *step == 0 {
                return refuse("a step of 0");
            }
            let (start, end) = if *step > 0 {
                (from_end(*start).clamp(0, size), from_end(*end).clamp(0, size))
            } else {
                let last = size - 1;
                (from_end(*start).clamp(-1, last), from_end(*end).clamp(-1, last))
            };
            let distance = if *step > 0 { end - start } else { start - end };
            let length = distance.max(0) as u64;
            let length = length.div_ceil(step.unsigned_abs());
            if *step > 0 || length < 2 {
                view = view.sliced(at, start.max(0) as u64, length, step.unsigned_abs());
            } else {
                let places: Vec<u64> =
                    (0..length as i64).map(|i| (start + i * step) as u64).collect();
                view = self.take(&view, at, &places)?;
            }
        }
        Ok(vec![view])
    }

    /// The elements at `places` along an axis: a view if they are equally far apart, else a copy, run by run.
    pub(super) fn take(&mut self, x: &Value, at: usize, places: &[u64]) -> Result<Value, Reason> {
        if let [first, rest @ ..] = places {
            let step = rest.first().map_or(Some(0), |second| second.checked_sub(*first));
            let even = |step: u64| places.windows(2).all(|pair| pair[0] + step == pair[1]);
            if let Some(step) = step.filter(|step| even(*step)) {
                return Ok(x.sliced(at, *first, places.len() as u64, step));
            }
        }
        let mut shape = x.shape.clone();
        if let Some(dim) = shape.get_mut(at) {
            *dim = places.len() as u64;
        }
        let out = self.scratch_like(x.element, &shape, &[])?;
        let mut done = 0;
        while let Some(rest) = places.get(done..).filter(|rest| !rest.is_empty()) {
            let run = rest.windows(2).take_while(|pair| pair[0] + 1 == pair[1]).count() as u64 + 1;
            let first = rest.first().copied().unwrap_or(0);
            self.copy(&x.sliced(at, first, run, 1), &out.sliced(at, done as u64, run, 1))?;
            done += run as usize;
        }
        Ok(out)
    }

    pub(super) fn tile(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let repeats = self.shape_of(node.input(1)?, "repeats")?;
        if repeats.len() != x.rank() {
            return refuse(format!("repeats {repeats:?} of {:?}", x.shape));
        }
        // Each dimension becomes two: repetitions and itself.
        let mut wide = x.clone();
        for at in (0..x.rank()).rev() {
            wide = wide.unsqueezed(at);
        }
        let pairs: Vec<u64> =
            repeats.iter().zip(&x.shape).flat_map(|(times, dim)| [*times, *dim]).collect();
        let wide = wide.broadcast(&pairs).ok_or_else(|| Reason::new("repeats"))?;
        let shape: Option<Vec<u64>> =
            repeats.iter().zip(&x.shape).map(|(times, dim)| times.checked_mul(*dim)).collect();
        one(self.reshape(&wide, &shape.ok_or_else(|| Reason::new("repeats"))?))
    }

    pub(super) fn pad_node(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?.clone();
        let pads = self.list(node, "pads", 1)?.ok_or_else(|| Reason::new("no pads"))?;
        let axes: Vec<usize> = match node.optional(3) {
            Some(axes) => {
                let axes = self.integers(axes, "axes")?;
                axes.iter().map(|at| axis(*at, x.rank())).collect::<Result<_, _>>()?
            }
            None => (0..x.rank()).collect(),
        };
        if pads.len() != 2 * axes.len() {
            return refuse(format!("{} pads for {} axes", pads.len(), axes.len()));
        }
        let (before, after) = pads.split_at(axes.len());
        let mut ranges = vec![(0, 0); x.rank()];
        for ((at, before), after) in axes.iter().zip(before).zip(after) {
            if let Some(range) = ranges.get_mut(*at) {
                *range = (*before, *after);
            }
        }
        match node.text("mode", "constant") {
            "constant" => {
                let fill = match node.optional(2) {
                    Some(fill) => fill.clone(),
                    None => self.scalar(x.element, node.float("value", 0.0))?,
                };
                one(self.pad(&x, &ranges, &fill))
            }
            mode => {
                let mut value = x;
                for (at, (before, after)) in ranges.into_iter().enumerate() {
                    let size = value.shape.get(at).copied().unwrap_or(1) as i64;
                    let places = mirrored(mode, size, before, after)?;
                    value = self.take(&value, at, &places)?;
                }
                Ok(vec![value])
            }
        }
    }

    /// `x` in the middle of copies of one element; negative widths cut away.
    pub(super) fn pad(
        &mut self,
        x: &Value,
        widths: &[(i64, i64)],
        fill: &Value,
    ) -> Result<Value, Reason> {
        let mut inner = x.clone();
        let mut shape = Vec::new();
        for (at, (dim, (before, after))) in x.shape.iter().zip(widths).enumerate() {
            let size = i64::try_from(*dim).ok().and_then(|dim| dim.checked_add(*before));
            let size = size.and_then(|size| size.checked_add(*after));
            let size = size.and_then(|size| u64::try_from(size).ok());
            shape.push(size.ok_or_else(|| Reason::new(format!("pads {widths:?}")))?);
            let cut = |width: i64| width.min(0).unsigned_abs();
            let length = dim.saturating_sub(cut(*before)).saturating_sub(cut(*after));
            inner = inner.sliced(at, cut(*before), length, 1);
        }
        if widths.iter().all(|(before, after)| *before <= 0 && *after <= 0) {
            return Ok(inner);
        }
        let out = self.scratch_like(x.element, &shape, &[])?;
        let fill = self.reshape(fill, &[])?;
        let fill = fill.broadcast(&shape).ok_or_else(|| Reason::new("pads"))?;
        self.copy(&fill, &out)?;
        let mut middle = out.clone();
        for (at, ((before, _), dim)) in widths.iter().zip(&inner.shape).enumerate() {
            middle = middle.sliced(at, (*before).max(0) as u64, *dim, 1);
        }
        self.copy(&inner, &middle)?;
        Ok(out)
    }

    pub(super) fn center_crop_pad(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let wanted = self.integers(node.input(1)?, "shape")?;
        let axes: Vec<usize> = match node.ints("axes") {
            Some(axes) => axes.iter().map(|at| axis(*at, x.rank())).collect::<Result<_, _>>()?,
            None => (0..x.rank()).collect(),
        };
        let mut widths = vec![(0, 0); x.rank()];
        for (at, to) in axes.iter().zip(&wanted) {
            let size = x.shape.get(*at).copied().unwrap_or(0) as i64;
            let missing = to - size;
            // Half before, rounded down, whether elements are added or taken away.
            let before = if missing >= 0 { missing / 2 } else { -(-missing / 2) };
            if let Some(width) = widths.get_mut(*at) {
                *width = (before, missing - before);
            }
        }
        let fill = self.scalar(x.element, 0.0)?;
        one(self.pad(x, &widths, &fill))
    }

    /// Depth to space, or back: a permutation of a finer shape.
    pub(super) fn depth(&mut self, node: &Node<'_>, to_space: bool) -> Outputs {
        let x = node.input(0)?;
        let block = u64::try_from(node.int("blocksize", 0)).unwrap_or(0);
        let [n, c, h, w] = *x.shape.as_slice() else { return refuse("not four dimensions") };
        if block == 0 {
            return refuse("blocksize");
        }
        let (fine, order, shape) = if to_space {
            if c % (block * block) != 0 {
                return refuse(format!("{c} channels in blocks of {block}"));
            }
            let c = c / (block * block);
            let shape = [n, c, h * block, w * block];
            if node.text("mode", "DCR") == "DCR" {
                ([n, block, block, c, h, w], [0, 3, 4, 1, 5, 2], shape)
            } else {
                ([n, c, block, block, h, w], [0, 1, 4, 2, 5, 3], shape)
            }
        } else {
            if h % block != 0 || w % block != 0 {
                return refuse(format!("an image of {h} by {w} in blocks of {block}"));
            }
            let (h, w) = (h / block, w / block);
            let shape = [n, c * block * block, h, w];
            ([n, c, h, block, w, block], [0, 3, 5, 1, 2, 4], shape)
        };
        let fine = self.reshape(x, &fine)?.permuted(&order);
        one(self.reshape(&fine, &shape))
    }

    pub(super) fn range(&mut self, node: &Node<'_>) -> Outputs {
        let element = node.input(0)?.element;
        if element.is_float() {
            let mut values = [0.0; 3];
            for (index, value) in values.iter_mut().enumerate() {
                *value = self.number(node.input(index)?, "a bound of Range")?;
            }
            let [start, limit, delta] = values;
            let count = ((limit - start) / delta).ceil().max(0.0);
            if count.is_nan() || count > MAX_TABLE as f32 {
                return refuse(format!("{count} elements"));
            }
            let values: Vec<f32> = (0..count as u32).map(|i| start + i as f32 * delta).collect();
            let range = self.floats(&[values.len() as u64], &values);
            return one(self.cast(&range, element));
        }
        let mut values = [0; 3];
        for (index, value) in values.iter_mut().enumerate() {
            *value = self.int(node.input(index)?, "a bound of Range")?;
        }
        let [start, limit, delta] = values.map(i128::from);
        let count = match delta {
            0 => return refuse("delta is 0"),
            1.. => (limit - start + delta - 1).div_euclid(delta),
            _ => (start - limit - delta - 1).div_euclid(-delta),
        };
        let count = count.max(0);
        if count > i128::from(MAX_TABLE) {
            return refuse(format!("{count} elements"));
        }
        let values: Vec<i64> = (0..count).map(|i| (start + i * delta) as i64).collect();
        Ok(vec![self.whole(element, &[values.len() as u64], &values)])
    }

    /// The integers from 0 on, along one axis of a tensor of `rank` dimensions.
    pub(super) fn iota(
        &mut self,
        element: Element,
        length: u64,
        at: usize,
        rank: usize,
    ) -> Result<Value, Reason> {
        if length > MAX_TABLE {
            return refuse(format!("a dimension of {length}"));
        }
        let values: Vec<i64> = (0..length as i64).collect();
        let mut shape = vec![1; rank];
        if let Some(dim) = shape.get_mut(at) {
            *dim = length;
        }
        Ok(self.whole(element, &shape, &values))
    }

    pub(super) fn eye_like(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let element = node.element("dtype")?.unwrap_or(x.element);
        let [rows, columns] = *x.shape.as_slice() else { return refuse("not two dimensions") };
        let diagonal = node.int("k", 0);
        if rows.checked_mul(columns).is_none_or(|count| count > MAX_TABLE) {
            return refuse(format!("shape {:?}", x.shape));
        }
        let cell = |i: u64, j: u64| i64::from(j as i64 - i as i64 == diagonal);
        let cells: Vec<i64> =
            (0..rows).flat_map(|i| (0..columns).map(move |j| cell(i, j))).collect();
        let eye = self.whole(Element::I32, &[rows, columns], &cells);
        one(self.cast(&eye, element))
    }

    /// The upper or lower triangle, zeroes elsewhere.
    pub(super) fn triangle(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?;
        let [.., rows, columns] = *x.shape.as_slice() else { return refuse("a vector") };
        let upper = node.int("upper", 1) == 1;
        if rows.checked_mul(columns).is_none_or(|count| count > MAX_TABLE) {
            return refuse(format!("shape {:?}", x.shape));
        }
        let distances: Vec<i64> =
            (0..rows as i64).flat_map(|i| (0..columns as i64).map(move |j| j - i)).collect();
        let distance = self.whole(Element::I64, &[rows, columns], &distances);
        let diagonal = match node.optional(1) {
            Some(value) => self.reshape(value, &[])?,
            None => self.whole(Element::I64, &[], &[0]),
        };
        let (low, high) = if upper { (&diagonal, &distance) } else { (&distance, &diagonal) };
        let mask = self.binary(F::LessOrEqual, low, high)?;
        let zero = self.scalar(x.element, 0.0)?;
        one(self.select(&mask, x, &zero))
    }
}

/// Which places a padding takes its elements from.
fn mirrored(mode: &str, size: i64, before: i64, after: i64) -> Result<Vec<u64>, Reason> {
    let length = size.checked_add(before).and_then(|sum| sum.checked_add(after));
    let length = length.filter(|length| (0..=MAX_TABLE as i64).contains(length) && size > 0);
    let length = length.ok_or_else(|| Reason::new(format!("pads {before} and {after}")))?;
    let place = |index: i64| match mode {
        "edge" => Some(index.clamp(0, size - 1)),
        "wrap" => Some(index.rem_euclid(size)),
        "reflect" if size == 1 => Some(0),
        "reflect" => {
            let period = 2 * (size - 1);
            let index = index.rem_euclid(period);
            Some(index.min(period - index))
        }
        _ => None,
    };
    let places: Option<Vec<u64>> =
        (0..length).map(|index| Some(place(index - before)? as u64)).collect();
    places.ok_or_else(|| Reason::new(format!("mode {mode:?}")))
}
