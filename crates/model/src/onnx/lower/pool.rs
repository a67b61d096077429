//! Pooling.

use opml_kernels::{Function as F, Pool};
use opml_tensor::{PoolAxis, PoolSpec, Record};

use super::{
    Lowering, Outputs, Reason,
    conv::Window,
    elementwise::one,
    emit::{How, narrow},
    refuse,
};
use crate::onnx::{node::Node, program::OUT, value::Value};

impl Lowering<'_> {
    pub(super) fn pool_node(&mut self, node: &Node<'_>, kind: Pool) -> Outputs {
        if node.has_output(1) {
            return refuse("the indices of the maxima");
        }
        let x = node.input(0)?.clone();
        let window = Window::of_pool(node, &x)?;
        one(self.pool(&x, kind, &window))
    }

    /// `(Σ|x|^p)^(1/p)` over windows, p = 1 or 2.
    pub(super) fn lp_pool(&mut self, node: &Node<'_>) -> Outputs {
        let x = node.input(0)?.clone();
        let window = Window::of_pool(node, &x)?;
        let taps = window.kernel.iter().product::<u64>() as f32;
        let p = node.int("p", 2);
        let powers = match p {
            1 => self.unary(F::Abs, &x)?,
            2 => self.binary(F::Mul, &x, &x)?,
            _ => return refuse(format!("p = {p}")),
        };
        let mean = self.pool(&powers, Pool::Average { padding: true }, &window)?;
        let taps = self.scalar(x.element, taps)?;
        let sum = self.binary(F::Mul, &mean, &taps)?;
        if p == 1 { Ok(vec![sum]) } else { one(self.unary(F::Sqrt, &sum)) }
    }

    /// Pools all dimensions behind the channels, two at a time: maxima and means over a box are those over its sides one after
    /// the other.
    fn pool(&mut self, x: &Value, kind: Pool, window: &Window) -> Result<Value, Reason> {
        let mut value = x.clone();
        let mut at = window.kernel.len();
        while at > 0 {
            let first = at.saturating_sub(2);
            value = self.pool_plane(&value, kind, window, first, at - first)?;
            at = first;
        }
        Ok(value)
    }

    /// Pools `count` spatial dimensions from `first` on, one or two.
    fn pool_plane(
        &mut self,
        x: &Value,
        kind: Pool,
        window: &Window,
        first: usize,
        count: usize,
    ) -> Result<Value, Reason> {
        // [batch, channels, before…, plane, after…] with all but the plane and the channels as images.
        let rank = x.rank();
        let plane: Vec<usize> = (2 + first..2 + first + count).collect();
        let images: Vec<usize> = (0..rank).filter(|at| *at != 1 && !plane.contains(at)).collect();
        let order: Vec<usize> = images.iter().chain(&plane).chain([&1]).copied().collect();
        let moved = x.permuted(&order);
        let size =
            |axes: &[usize]| -> u64 { axes.iter().filter_map(|at| x.shape.get(*at)).product() };
        let (height, width) = match plane.as_slice() {
            [only] => (1, size(&[*only])),
            [down, across] => (size(&[*down]), size(&[*across])),
            _ => return refuse("no spatial dimensions"),
        };
        let channels = size(&[1]);
        let batch = size(&images);
        let nhwc = self.reshape(&moved, &[batch, height, width, channels])?;
        let nhwc = self.contiguous_rows(&nhwc)?;
        let axes = window.axes(first, count)?;
        let [down, across] = axes;
        let out_size = |axis: usize| window.out.get(axis).copied().unwrap_or(1);
        let (out_height, out_width) = match count {
            1 => (1, out_size(first)),
            _ => (out_size(first), out_size(first + 1)),
        };
        let out = self.scratch(x.element, &[batch, out_height, out_width, channels])?;
        if out.count() > 0 {
            let [images, height_in, width_in, channels] = narrow([batch, height, width, channels])?;
            let [rows, columns] = narrow([out_height, out_width])?;
            let spec = PoolSpec {
                kind,
                element: x.element.code(),
                dims: [images, rows, columns, channels],
                tile: [images.saturating_mul(rows).saturating_mul(columns), channels],
                axes: [PoolAxis { size: height_in, ..down }, PoolAxis { size: width_in, ..across }],
                padding: 0,
                x: self.image_operand(&nhwc)?,
                out: self.image_operand(&out)?,
            };
            let buffers = [(0, nhwc.buffer), (OUT, out.buffer)];
            self.emit(Record::pool(spec), &buffers, How { granule: 1, in_place: false });
        }
        // Back to the order of the input.
        let mut shape: Vec<u64> =
            images.iter().filter_map(|at| x.shape.get(*at).copied()).collect();
        if count == 2 {
            shape.push(out_height);
        }
        shape.extend([out_width, channels]);
        let wide = self.reshape(&out, &shape)?;
        let mut back = vec![0; rank];
        for (from, to) in order.iter().enumerate() {
            if let Some(slot) = back.get_mut(*to) {
                *slot = from;
            }
        }
        Ok(wide.permuted(&back))
    }
}
