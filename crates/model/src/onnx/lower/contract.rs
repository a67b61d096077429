//! Matrix products.

use opml_kernels::{F32_GROUP, Function as F, PANEL};
use opml_tensor::{FinishSpec, Operand, ProductKind, ProductSpec, Record, StridedSpec};

use super::{
    Lowering, Outputs, Reason,
    elementwise::one,
    emit::{How, narrow},
    fuse::Fusion,
    refuse,
};
use crate::onnx::{
    Element,
    node::Node,
    program::OUT,
    value::{Loops, Value, broadcast_shape},
};

/// Most records that one product may come to.
const MAX_RECORDS: u64 = 4096;

impl<'m> Lowering<'m> {
    pub(super) fn matmul_node(&mut self, node: &Node<'m>) -> Outputs {
        let (a, b) = (node.input(0)?.clone(), node.input(1)?.clone());
        let shape = product_shape(&a, &b)?;
        let fusion = self.fusion(node, &shape, shape.len().saturating_sub(1), None);
        let y = self.product(&a, &b, &fusion)?;
        self.fused(fusion, &y);
        Ok(vec![y])
    }

    /// The product of two tensors by ONNX's rule, which is NumPy's.
    pub(super) fn matmul(&mut self, a: &Value, b: &Value) -> Result<Value, Reason> {
        self.product(a, b, &Fusion::default())
    }

    fn product(&mut self, a: &Value, b: &Value, fusion: &Fusion<'m>) -> Result<Value, Reason> {
        let shape = product_shape(a, b)?;
        let element = a.element;
        if b.element != element {
            return refuse(format!("factors of types {:?} and {:?}", a.element, b.element));
        }
        let (a, b) = (self.float(a)?, self.float(b)?);
        let a = if a.rank() == 1 { a.unsqueezed(0) } else { a };
        let b = if b.rank() == 1 { b.unsqueezed(1) } else { b };
        let terms = a.shape.last().copied().unwrap_or(0);
        if terms == 0 {
            return self.filled(element, &shape, 0.0);
        }
        let is_matrix = b.shape.iter().rev().skip(2).all(|dim| *dim == 1);
        let y = if is_matrix && self.program.is_constant(&b) {
            let b = b.sliced_to_matrix();
            let [_, columns] = two(&b)?;
            let out = self.scratch(Element::F32, &[a.count() / terms, columns])?;
            if out.count() > 0 {
                let panels = self.panels(&b)?;
                let rows = self.reshape(&a, &[a.count() / terms, terms])?;
                self.rows_by_panels(&rows, &panels, fusion, &out)?;
            }
            out
        } else {
            self.batches(&a, &b, fusion)?
        };
        let y = self.reshape(&y, &shape)?;
        self.cast(&y, element)
    }

    /// Rows `x` by weights in panels, into the rows `out`.
    pub(super) fn rows_by_panels(
        &mut self,
        x: &Value,
        panels: &Value,
        fusion: &Fusion<'m>,
        out: &Value,
    ) -> Result<(), Reason> {
        let ([_, terms], [rows, columns]) = (two(x)?, two(out)?);
        let x = self.contiguous_rows(x)?;
        let dims = narrow([rows, columns, terms])?;
        let [panel_bytes] = narrow([terms * F32_GROUP as u64])?;
        let mut buffers = vec![(0, x.buffer), (1, panels.buffer), (OUT, out.buffer)];
        let mut finish = FinishSpec { activation: fusion.activation, ..FinishSpec::default() };
        if let Some(bias) = &fusion.bias {
            let bias = self.aligned(bias)?;
            finish.bias = Some(line(&bias)?);
            buffers.push((2, bias.buffer));
        }
        if let Some(residual) = &fusion.residual {
            let residual = self.reshape(residual, &[rows, columns])?;
            let residual = self.contiguous_rows(&residual)?;
            finish.residual = Some(line(&residual)?);
            buffers.push((3, residual.buffer));
        }
        let [rows, columns, _] = dims;
        let record = Record::product(ProductSpec {
            kind: ProductKind::F32,
            dims,
            tile: [rows, columns.next_multiple_of(PANEL as u32)],
            x: line(&x)?,
            weights: Operand::at(0, [panel_bytes, 0, 0]),
            finish,
            out: line(out)?,
        });
        self.emit(record, &buffers, How { granule: PANEL as u32, in_place: false });
        Ok(())
    }

    /// Weights `[terms…, columns]` as panels `[⌈columns/16⌉][terms][16]`; of constants by folding the copies. Columns past the last are
    /// never read into an output.
    pub(super) fn panels(&mut self, w: &Value) -> Result<Value, Reason> {
        let width = PANEL as u64;
        let last = w.rank().checked_sub(1).ok_or_else(|| Reason::new("no matrix"))?;
        let columns = w.shape.get(last).copied().unwrap_or(0);
        let terms_shape = w.shape.get(..last).unwrap_or(&[]).to_vec();
        let terms = w.count() / columns.max(1);
        let panels = self.scratch(Element::F32, &[columns.div_ceil(width), terms, width])?;
        // The whole panels at once, then the rest of the last one.
        let whole = columns / width;
        for (first, count, size) in [(0, whole, width), (whole, 1, columns % width)] {
            if count * size == 0 {
                continue;
            }
            let from = w.sliced(last, first * width, count * size, 1);
            let mut shape = terms_shape.clone();
            shape.extend([count, size]);
            // Splitting a dimension is always a view.
            let from = self.reshape(&from, &shape)?;
            let to = panels.sliced(0, first, count, 1).sliced(2, 0, size, 1).permuted(&[1, 0, 2]);
            let to = self.reshape(&to, &shape)?;
            if to.buffer != panels.buffer {
                return refuse("panels");
            }
            self.copy(&from, &to)?;
        }
        Ok(panels)
    }

    /// Products of matrices that lie anywhere, broadcast over the dimensions before the last two.
    fn batches(&mut self, a: &Value, b: &Value, fusion: &Fusion<'m>) -> Result<Value, Reason> {
        let (a_batch, rows, terms) = matrix(a)?;
        let (b_batch, _, columns) = matrix(b)?;
        let batch = broadcast_shape([a_batch.as_slice(), &b_batch])
            .ok_or_else(|| Reason::new(format!("batches {a_batch:?} and {b_batch:?}")))?;
        let full =
            |rows, columns| -> Vec<u64> { batch.iter().copied().chain([rows, columns]).collect() };
        let out = self.scratch(Element::F32, &full(rows, columns))?;
        if out.count() == 0 {
            return Ok(out);
        }
        let wide = |value: &Value, shape: &[u64]| {
            value.broadcast(shape).ok_or_else(|| Reason::new("shapes"))
        };
        let mut views = vec![
            out.clone(),
            self.aligned(&wide(a, &full(rows, terms))?)?,
            self.aligned(&wide(b, &full(terms, columns))?)?,
        ];
        let mut slots = vec![OUT, 0, 1];
        let bias = match &fusion.bias {
            Some(bias) => Some(self.aligned(bias)?),
            None => None,
        };
        if let Some(residual) = &fusion.residual {
            let residual = self.reshape(residual, &out.shape)?;
            views.push(self.aligned(&residual)?);
            slots.push(3);
        }
        let dims = narrow([rows, columns, terms])?;
        let axes: Vec<usize> = (0..batch.len()).collect();
        let borrowed: Vec<&Value> = views.iter().collect();
        let loops = Loops::along(&borrowed, &axes);
        if loops.record_count(1) > MAX_RECORDS {
            return refuse(format!("{} products", loops.record_count(1)));
        }
        let mut buffers: Vec<_> =
            slots.iter().zip(&views).map(|(slot, view)| (*slot, view.buffer)).collect();
        buffers.extend(bias.as_ref().map(|bias| (2, bias.buffer)));
        for inner in loops.records::<1>() {
            let mut operands = Vec::new();
            for ((view, [stride]), offset) in views.iter().zip(&inner.strides).zip(&inner.offsets) {
                let [.., down, right] = *view.strides.as_slice() else { continue };
                let strides = narrow([*stride, down, right])?;
                operands.push(Operand::at(view.offset + offset, strides));
            }
            let [target, x, w, residual @ ..] = operands.as_slice() else { continue };
            let [batch] = narrow(inner.dims)?;
            let [rows, columns, terms] = dims;
            let finish = FinishSpec {
                bias: bias.as_ref().map(line).transpose()?,
                residual: residual.first().copied(),
                activation: fusion.activation,
                ..FinishSpec::default()
            };
            let record = Record::strided(StridedSpec {
                dims: [batch, rows, columns, terms],
                tile: [batch.saturating_mul(rows), columns.next_multiple_of(PANEL as u32)],
                x: *x,
                w: *w,
                finish,
                out: *target,
            });
            self.emit(record, &buffers, How { granule: PANEL as u32, in_place: false });
        }
        Ok(out)
    }

    pub(super) fn gemm(&mut self, node: &Node<'m>) -> Outputs {
        let turned = |value: &Value, turn: bool| {
            if turn { value.permuted(&[1, 0]) } else { value.clone() }
        };
        let (a, b) = (node.input(0)?, node.input(1)?);
        if (a.rank(), b.rank()) != (2, 2) {
            return refuse("factors that are no matrices");
        }
        let a = turned(a, node.int("transA", 0) != 0);
        let b = turned(b, node.int("transB", 0) != 0);
        let shape = product_shape(&a, &b)?;
        let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
        let summand = match node.optional(2).filter(|_| beta != 0.0) {
            Some(c) if beta == 1.0 => Some(c.clone()),
            Some(c) => {
                let beta = self.scalar(c.element, beta)?;
                Some(self.binary(F::Mul, c, &beta)?)
            }
            None => None,
        };
        if alpha == 1.0 {
            let fusion = self.fusion(node, &shape, 1, summand.as_ref());
            if fusion.takes_first || summand.is_none() {
                let y = self.product(&a, &b, &fusion)?;
                self.fused(fusion, &y);
                return Ok(vec![y]);
            }
        }
        let mut y = self.matmul(&a, &b)?;
        if alpha != 1.0 {
            let alpha = self.scalar(y.element, alpha)?;
            y = self.binary(F::Mul, &y, &alpha)?;
        }
        match summand {
            Some(summand) => one(self.binary(F::Add, &y, &summand)),
            None => Ok(vec![y]),
        }
    }
}

/// The shape of a product by ONNX's rule.
fn product_shape(a: &Value, b: &Value) -> Result<Vec<u64>, Reason> {
    let wrong = || Reason::new(format!("factors of shapes {:?} and {:?}", a.shape, b.shape));
    let left = if a.rank() == 1 { a.unsqueezed(0) } else { a.clone() };
    let right = if b.rank() == 1 { b.unsqueezed(1) } else { b.clone() };
    let (a_batch, rows, terms) = matrix(&left)?;
    let (b_batch, other, columns) = matrix(&right)?;
    if terms != other {
        return Err(wrong());
    }
    let mut shape = broadcast_shape([a_batch.as_slice(), &b_batch]).ok_or_else(wrong)?;
    if a.rank() > 1 {
        shape.push(rows);
    }
    if b.rank() > 1 {
        shape.push(columns);
    }
    Ok(shape)
}

/// Dimensions before the last two, and those.
fn matrix(value: &Value) -> Result<(Vec<u64>, u64, u64), Reason> {
    match value.shape.as_slice() {
        [batch @ .., rows, columns] => Ok((batch.to_vec(), *rows, *columns)),
        _ => refuse("a single number as a factor"),
    }
}

fn two(value: &Value) -> Result<[u64; 2], Reason> {
    <[u64; 2]>::try_from(value.shape.as_slice()).map_err(|_| Reason::new("not a matrix"))
}

/// A vector or the rows of a matrix as an operand: stride 0 is that of its elements, or of its rows.
pub(super) fn line(value: &Value) -> Result<Operand, Reason> {
    let stride = value.strides.first().copied().unwrap_or(0);
    let [stride] = narrow([stride])?;
    Ok(Operand::at(value.offset, [stride, 0, 0]))
}
