//! Reading by index.

use opml_kernels::{Function as F, Reduction};
use opml_tensor::{GatherSpec, Record};

use super::{Lowering, Outputs, Reason, elementwise::one, emit::narrow, refuse};
use crate::onnx::{
    Element,
    node::{Node, axis},
    tensor::elements,
    value::{Value, row_major},
};

impl Lowering<'_> {
    pub(super) fn gather_node(&mut self, node: &Node<'_>) -> Outputs {
        let (data, indices) = (node.input(0)?.clone(), node.input(1)?.clone());
        let at = node.axis(0, data.rank())?;
        one(self.gather(&data, &indices, at))
    }

    /// The slices of `data` along `at` that `indices` names; its dimensions take the place of the axis.
    pub(super) fn gather(
        &mut self,
        data: &Value,
        indices: &Value,
        at: usize,
    ) -> Result<Value, Reason> {
        let size = data.shape.get(at).copied().unwrap_or(0);
        let mut shape: Vec<u64> = data.shape.get(..at).unwrap_or(&[]).to_vec();
        shape.extend(&indices.shape);
        shape.extend(data.shape.get(at + 1..).unwrap_or(&[]));
        if let Ok(known) = self.integers(indices, "indices") {
            let place = |index: i64| {
                let index = if index < 0 { index.saturating_add(size as i64) } else { index };
                u64::try_from(index).ok().filter(|index| *index < size)
            };
            let places: Option<Vec<u64>> = known.into_iter().map(place).collect();
            let places = places.ok_or_else(|| Reason::new("an index out of range"))?;
            let taken = self.take(data, at, &places)?;
            return self.reshape(&taken, &shape);
        }
        let before: Vec<u64> = data.shape.get(..at).unwrap_or(&[]).to_vec();
        let after: Vec<u64> = data.shape.get(at + 1..).unwrap_or(&[]).to_vec();
        let count = indices.count();
        // [before…, indices, after…], with the indices the same before and after.
        let ids = self.reshape(indices, &[count])?;
        let mut wide = ids.clone();
        for _ in 0..at {
            wide = wide.unsqueezed(0);
        }
        for axis in 0..after.len() {
            wide = wide.unsqueezed(at + 1 + axis);
        }
        let full: Vec<u64> = before.iter().chain([&count]).chain(&after).copied().collect();
        let wide = wide.broadcast(&full).ok_or_else(|| Reason::new("shapes"))?;
        let taken = self.pick(data, &wide, at)?;
        self.reshape(&taken, &shape)
    }

    /// For each place of `ids` the element of `data` at the same place, but along `at` at the id; negative ids count from the end,
    /// ids past the end give zeroes.
    fn pick(&mut self, data: &Value, ids: &Value, at: usize) -> Result<Value, Reason> {
        let out = self.scratch(data.element, &ids.shape)?;
        if out.count() == 0 {
            return Ok(out);
        }
        let ids = match ids.element {
            Element::I32 | Element::U32 | Element::I64 => ids.clone(),
            _ => self.cast(ids, Element::I32)?,
        };
        let sizes = [ids.shape.get(at), data.shape.get(at)].map(|size| size.copied().unwrap_or(1));
        let [middle, size] = narrow(sizes)?;
        let types = [data.element.code(), ids.element.code()];
        self.along(&[&out, data, &ids], at, 1, |[outer, columns], operands| {
            let [out, table, ids] = *operands else { return Record::default() };
            let dims = [outer, middle, columns, size];
            let tile = [outer.saturating_mul(middle), columns];
            Record::gather(GatherSpec { types, dims, tile, table, ids, out })
        })?;
        Ok(out)
    }

    /// Rows whose elements lie side by side, at any distance from each other.
    pub(super) fn contiguous_rows(&mut self, x: &Value) -> Result<Value, Reason> {
        let inner = x.strides.last().copied().unwrap_or(0);
        if inner == x.element.bytes() || x.shape.last() == Some(&1) {
            let mut view = self.aligned(x)?;
            if let Some(stride) = view.strides.last_mut() {
                *stride = x.element.bytes();
            }
            return Ok(view);
        }
        self.dense(x)
    }

    /// Indices with `size` added to the negative ones.
    fn wrapped(&mut self, indices: &Value, size: u64) -> Result<Value, Reason> {
        if matches!(indices.element, Element::U8 | Element::U16 | Element::U32) {
            return Ok(indices.clone());
        }
        let zero = self.whole(indices.element, &[], &[0]);
        let size = self.whole(indices.element, &[], &[size as i64]);
        let negative = self.binary(F::Less, indices, &zero)?;
        let moved = self.binary(F::Add, indices, &size)?;
        self.select(&negative, &moved, indices)
    }

    pub(super) fn gather_elements_node(&mut self, node: &Node<'_>) -> Outputs {
        let (data, indices) = (node.input(0)?.clone(), node.input(1)?.clone());
        let at = node.axis(0, data.rank())?;
        one(self.gather_elements(&data, &indices, at))
    }

    /// For each place of `indices` the element of `data` at the same place, but along `at` at the index.
    pub(super) fn gather_elements(
        &mut self,
        data: &Value,
        indices: &Value,
        at: usize,
    ) -> Result<Value, Reason> {
        if data.rank() != indices.rank() {
            return refuse(format!("indices {:?} into {:?}", indices.shape, data.shape));
        }
        self.pick(data, indices, at)
    }

    /// Row-major places in a tensor of shape `shape`: along `at` given by `indices`, else those of the indices themselves.
    pub(super) fn flat_places(
        &mut self,
        shape: &[u64],
        indices: &Value,
        at: usize,
    ) -> Result<Value, Reason> {
        let steps = row_major(shape, 1);
        let size = shape.get(at).copied().unwrap_or(1);
        let ids = self.cast(indices, Element::I64)?;
        let ids = self.wrapped(&ids, size)?;
        let step = steps.get(at).copied().unwrap_or(1) as i64;
        let step = self.whole(Element::I64, &[], &[step]);
        let mut sum = self.binary(F::Mul, &ids, &step)?;
        for (other, step) in steps.iter().enumerate().filter(|(other, _)| *other != at) {
            let length = indices.shape.get(other).copied().unwrap_or(1);
            let places = self.iota(Element::I64, length, other, shape.len())?;
            let step = self.whole(Element::I64, &[], &[*step as i64]);
            let places = self.binary(F::Mul, &places, &step)?;
            sum = self.binary(F::Add, &sum, &places)?;
        }
        Ok(sum)
    }

    pub(super) fn gather_nd(&mut self, node: &Node<'_>) -> Outputs {
        let (data, indices) = (node.input(0)?.clone(), node.input(1)?.clone());
        if node.int("batch_dims", 0) != 0 {
            return refuse("batch_dims");
        }
        let (places, depth) = self.nd_places(&data.shape, &indices)?;
        let rest = data.shape.get(depth..).unwrap_or(&[]);
        let width = elements(rest).unwrap_or(0);
        let table = self.reshape(&data, &[data.count() / width.max(1), width])?;
        let mut shape = places.shape.clone();
        shape.extend(rest);
        let rows = self.gather(&table, &places, 0)?;
        one(self.reshape(&rows, &shape))
    }

    /// Places, in units of the slices that are named, of tuples of indices along the last dimension; and the length of a tuple.
    pub(super) fn nd_places(
        &mut self,
        shape: &[u64],
        indices: &Value,
    ) -> Result<(Value, usize), Reason> {
        let last = indices.rank().checked_sub(1).ok_or_else(|| Reason::new("no indices"))?;
        let depth = indices.shape.get(last).copied().unwrap_or(0) as usize;
        let outer = shape.get(..depth).ok_or_else(|| {
            Reason::new(format!("tuples of {depth} indices into {} dimensions", shape.len()))
        })?;
        let ids = self.cast(indices, Element::I64)?;
        let zeros: Vec<u64> = indices.shape.get(..last).unwrap_or(&[]).to_vec();
        let mut sum = self.filled(Element::I64, &zeros, 0.0)?;
        for ((at, step), size) in row_major(outer, 1).iter().enumerate().zip(outer) {
            let part = ids.sliced(last, at as u64, 1, 1).squeezed(last);
            let part = self.wrapped(&part, *size)?;
            let step = self.whole(Element::I64, &[], &[*step as i64]);
            let part = self.binary(F::Mul, &part, &step)?;
            sum = self.binary(F::Add, &sum, &part)?;
        }
        Ok((sum, depth))
    }

    pub(super) fn one_hot_node(&mut self, node: &Node<'_>) -> Outputs {
        let depth = self.number(node.input(1)?, "depth")? as u64;
        let indices = self.cast(node.input(0)?, Element::I64)?;
        let rank = indices.rank() + 1;
        let at = axis(node.int("axis", -1), rank)?;
        let values = node.input(2)?.clone();
        let is_hot = self.one_hot(&indices, depth, at)?;
        let (off, on) = (values.sliced(0, 0, 1, 1), values.sliced(0, 1, 1, 1));
        let (off, on) = (self.reshape(&off, &[])?, self.reshape(&on, &[])?);
        one(self.select(&is_hot, &on, &off))
    }

    /// Truth where the place along the new axis `at` is the index; negative indices count from the end.
    fn one_hot(&mut self, indices: &Value, depth: u64, at: usize) -> Result<Value, Reason> {
        let indices = self.wrapped(indices, depth)?;
        let places = self.iota(indices.element, depth, at, indices.rank() + 1)?;
        self.binary(F::Equal, &indices.unsqueezed(at), &places)
    }

    pub(super) fn hardmax(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?.clone();
        let at = node.axis(if node.opset < 13 { 1 } else { -1 }, x.rank())?;
        if node.opset < 13 && at + 1 != x.rank() {
            return refuse("an axis that is not the last, before version 13");
        }
        let index = self.reduce(Reduction::ArgMax { last: false }, &x, &[at])?;
        let depth = x.shape.get(at).copied().unwrap_or(1);
        let is_hot = self.one_hot(&index.squeezed(at), depth, at)?;
        one(self.cast(&is_hot, x.element))
    }

    pub(super) fn compress(&mut self, node: &Node<'_>) -> Outputs {
        let mut x = node.input(0)?.clone();
        let condition = self.integers(node.input(1)?, "condition")?;
        let at = match node.attribute("axis") {
            Some(attribute) => axis(attribute.i, x.rank())?,
            None => {
                x = self.reshape(&x, &[x.count()])?;
                0
            }
        };
        let size = x.shape.get(at).copied().unwrap_or(0);
        let chosen = (0..size).zip(&condition).filter(|(_, keep)| **keep != 0);
        let places: Vec<u64> = chosen.map(|(place, _)| place).collect();
        one(self.take(&x, at, &places))
    }
}
