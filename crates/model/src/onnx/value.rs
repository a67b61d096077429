//! Values of the graph as strided views of buffers: reshape, transpose, slice and expand are arithmetic on strides.

use super::{Element, tensor::elements};

/// A buffer of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BufferId(pub(crate) usize);

/// A tensor of the graph: where its elements lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// Type of its elements.
    pub(crate) element: Element,
    pub(crate) shape: Vec<u64>,
    /// Bytes between neighbours along each dimension.
    pub(crate) strides: Vec<u64>,
    pub(crate) buffer: BufferId,
    /// Bytes before the first element.
    pub(crate) offset: u64,
}

/// Strides of a row-major tensor.
pub(crate) fn row_major(shape: &[u64], bytes: u64) -> Vec<u64> {
    let mut stride = bytes;
    let mut strides: Vec<u64> = shape
        .iter()
        .rev()
        .map(|dim| {
            let this = stride;
            stride = stride.saturating_mul((*dim).max(1));
            this
        })
        .collect();
    strides.reverse();
    strides
}

impl Value {
    /// A row-major tensor at the start of a buffer.
    pub(crate) fn dense(element: Element, shape: &[u64], buffer: BufferId) -> Self {
        let strides = row_major(shape, element.bytes());
        Self { element, shape: shape.to_vec(), strides, buffer, offset: 0 }
    }

    pub(crate) const fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements; views never have more than their maker has checked.
    pub(crate) fn count(&self) -> u64 {
        elements(&self.shape).unwrap_or(u64::MAX)
    }

    /// Whether the elements lie in row-major order without gaps. Dimensions of one element have no stride.
    pub(crate) fn is_dense(&self) -> bool {
        let expected = row_major(&self.shape, self.element.bytes());
        let mut dims = self.shape.iter().zip(&self.strides).zip(&expected);
        dims.all(|((dim, stride), expected)| *dim == 1 || stride == expected)
    }

    /// The same elements with dimension `i` of the result being dimension `order[i]` of this one.
    pub(crate) fn permuted(&self, order: &[usize]) -> Self {
        let pick =
            |from: &[u64]| order.iter().filter_map(|axis| from.get(*axis).copied()).collect();
        Self { shape: pick(&self.shape), strides: pick(&self.strides), ..self.clone() }
    }

    /// Every `step`-th of the elements from `start` on along `axis`, `length` of them.
    pub(crate) fn sliced(&self, axis: usize, start: u64, length: u64, step: u64) -> Self {
        let mut view = self.clone();
        if let (Some(dim), Some(stride)) = (view.shape.get_mut(axis), view.strides.get_mut(axis)) {
            *dim = length;
            if length > 0 {
                view.offset += start * *stride;
            }
            *stride = stride.saturating_mul(step);
        }
        view
    }

    /// A new dimension of one element before `axis`.
    pub(crate) fn unsqueezed(&self, axis: usize) -> Self {
        let mut view = self.clone();
        view.shape.insert(axis.min(self.rank()), 1);
        view.strides.insert(axis.min(self.rank()), 0);
        view
    }

    /// Without the dimension `axis`, which has one element.
    pub(crate) fn squeezed(&self, axis: usize) -> Self {
        let mut view = self.clone();
        view.shape.remove(axis);
        view.strides.remove(axis);
        view
    }

    /// The last two dimensions, of a tensor whose others have one element.
    pub(crate) fn sliced_to_matrix(&self) -> Self {
        let mut view = self.clone();
        let extra = view.rank().saturating_sub(2);
        view.shape.drain(..extra);
        view.strides.drain(..extra);
        view
    }

    /// Repeats this view over `shape` by ONNX's rule: dimensions are aligned at the end, a one is repeated.
    pub(crate) fn broadcast(&self, shape: &[u64]) -> Option<Self> {
        let missing = shape.len().checked_sub(self.rank())?;
        let mut view = self.clone();
        view.shape = shape.to_vec();
        view.strides = vec![0; missing];
        for ((dim, stride), to) in self.shape.iter().zip(&self.strides).zip(shape.get(missing..)?) {
            match (*dim, *to) {
                (from, to) if from == to => view.strides.push(*stride),
                (1, _) => view.strides.push(0),
                _ => return None,
            }
        }
        Some(view)
    }

    /// The same elements in row-major order under another shape, if strides can express it.
    pub(crate) fn reshaped(&self, shape: &[u64]) -> Option<Self> {
        let mut view = self.clone();
        view.shape = shape.to_vec();
        if self.count() == 0 {
            view.strides = row_major(shape, self.element.bytes());
            return Some(view);
        }
        // Runs of dimensions that lie in one another like those of a row-major tensor: size and innermost stride.
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for (dim, stride) in self.shape.iter().zip(&self.strides).filter(|(dim, _)| **dim != 1) {
            match runs.last_mut() {
                Some((size, inner)) if *inner == dim * stride => {
                    (*size, *inner) = (*size * dim, *stride);
                }
                _ => runs.push((*dim, *stride)),
            }
        }
        // Each run is cut into whole dimensions of the new shape, innermost first.
        let mut strides = vec![0; shape.len()];
        let mut axis = shape.len();
        for (size, inner) in runs.iter().rev() {
            let (mut left, mut stride) = (*size, *inner);
            while left > 1 {
                axis = axis.checked_sub(1)?;
                let dim = *shape.get(axis)?;
                if dim == 1 {
                    continue;
                }
                if left % dim != 0 {
                    return None;
                }
                *strides.get_mut(axis)? = stride;
                left /= dim;
                stride *= dim;
            }
        }
        view.strides = strides;
        Some(view)
    }

    /// Dimensions from the greatest stride to the least: the order in which the elements lie in memory.
    pub(crate) fn memory_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rank()).collect();
        // Stable: dimensions of equal stride (ones, repeated ones) keep their order.
        order.sort_by_key(|axis| std::cmp::Reverse(self.strides.get(*axis).copied().unwrap_or(0)));
        order
    }
}

/// The shape of several tensors broadcast against each other.
pub(crate) fn broadcast_shape<'a>(shapes: impl IntoIterator<Item = &'a [u64]>) -> Option<Vec<u64>> {
    let mut out: Vec<u64> = Vec::new();
    for shape in shapes {
        if shape.len() > out.len() {
            let missing = shape.len() - out.len();
            out.splice(0..0, std::iter::repeat_n(1, missing));
        }
        let offset = out.len() - shape.len();
        for (to, from) in out.iter_mut().skip(offset).zip(shape) {
            match (*to, *from) {
                (1, from) => *to = from,
                (to, from) if from == to || from == 1 => {}
                _ => return None,
            }
        }
    }
    Some(out)
}

/// Loops over several operands of one shape, as few as possible: dimensions of one element are dropped, and neighbours that
/// every operand walks in one stride become one.
#[derive(Clone, Debug)]
pub(crate) struct Loops {
    /// Sizes, outermost first.
    pub(crate) dims: Vec<u64>,
    /// For each operand its strides.
    pub(crate) strides: Vec<Vec<u64>>,
}

impl Loops {
    /// Loops over all axes, in the order in which the first of `views`, the output, lies in memory.
    pub(crate) fn over(views: &[&Value]) -> Self {
        let order = views.first().map(|view| view.memory_order()).unwrap_or_default();
        Self::along(views, &order)
    }

    /// Loops over the given axes, outermost first; their sizes are those of the first view.
    pub(crate) fn along(views: &[&Value], axes: &[usize]) -> Self {
        let mut loops = Self { dims: Vec::new(), strides: vec![Vec::new(); views.len()] };
        for axis in axes {
            let dim = views.first().and_then(|view| view.shape.get(*axis).copied()).unwrap_or(1);
            if dim == 1 {
                continue;
            }
            let stride = |view: &&Value| view.strides.get(*axis).copied().unwrap_or(0);
            let steps: Vec<u64> = views.iter().map(stride).collect();
            let joins = loops.strides.iter().zip(&steps).all(|(outer, inner)| {
                outer.last().is_some_and(|outer| Some(*outer) == inner.checked_mul(dim))
            });
            if let (true, Some(last)) = (joins, loops.dims.last_mut()) {
                *last *= dim;
                for (strides, step) in loops.strides.iter_mut().zip(steps) {
                    if let Some(last) = strides.last_mut() {
                        *last = step;
                    }
                }
            } else {
                loops.dims.push(dim);
                for (strides, step) in loops.strides.iter_mut().zip(steps) {
                    strides.push(step);
                }
            }
        }
        loops
    }

    /// The `N` loops that stay in a record, and for every iteration of the others the offsets of the operands. The loops that
    /// leave are the smallest, so that there are few records.
    pub(crate) fn records<const N: usize>(&self) -> Vec<Inner<N>> {
        let mut kept: Vec<usize> = (0..self.dims.len()).collect();
        let size = |axis: &usize| self.dims.get(*axis).copied().unwrap_or(1);
        while kept.len() > N {
            let least = kept.iter().enumerate().min_by_key(|(_, axis)| size(axis));
            let Some((position, _)) = least else { break };
            kept.remove(position);
        }
        let outer: Vec<usize> = (0..self.dims.len()).filter(|axis| !kept.contains(axis)).collect();
        let pad = N - kept.len();
        let mut dims = [1; N];
        for (to, axis) in dims.iter_mut().skip(pad).zip(&kept) {
            *to = size(axis);
        }
        let strides: Vec<[u64; N]> = self
            .strides
            .iter()
            .map(|strides| {
                let mut inner = [0; N];
                for (to, axis) in inner.iter_mut().skip(pad).zip(&kept) {
                    *to = strides.get(*axis).copied().unwrap_or(0);
                }
                inner
            })
            .collect();
        let mut records = vec![Inner { dims, strides, offsets: vec![0; self.strides.len()] }];
        for axis in outer {
            records = records
                .iter()
                .flat_map(|record| {
                    (0..size(&axis)).map(move |index| {
                        let mut record = record.clone();
                        for (offset, strides) in record.offsets.iter_mut().zip(&self.strides) {
                            *offset += index * strides.get(axis).copied().unwrap_or(0);
                        }
                        record
                    })
                })
                .collect();
        }
        records
    }

    /// How many records [`Self::records`] gives.
    pub(crate) fn record_count(&self, kept: usize) -> u64 {
        let mut dims = self.dims.clone();
        dims.sort_unstable();
        let outer = dims.len().saturating_sub(kept);
        dims.iter().take(outer).fold(1, |count, dim| count.saturating_mul(*dim))
    }
}

/// The loops of a record and where its operands start.
#[derive(Clone, Debug)]
pub(crate) struct Inner<const N: usize> {
    pub(crate) dims: [u64; N],
    pub(crate) strides: Vec<[u64; N]>,
    pub(crate) offsets: Vec<u64>,
}
