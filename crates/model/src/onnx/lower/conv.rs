//! Convolutions, on images whose channels lie side by side.

use opml_kernels::{F32_GROUP, Function as F, PANEL};
use opml_tensor::{
    ConvSpec, DepthwiseSpec, FinishSpec, Operand, PoolAxis, Record, ValuesSpec, WindowSpec,
};

use super::{
    Lowering, Outputs, Reason,
    contract::line,
    elementwise::one,
    emit::{How, narrow},
    fuse::Fusion,
    refuse,
};
use crate::onnx::{Element, node::Node, program::OUT, value::Value};

/// Most taps of a window.
const MAX_TAPS: u64 = 4096;

/// A window that moves over the spatial dimensions of an image.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// Taps along each dimension.
    pub(super) kernel: Vec<u64>,
    strides: Vec<u64>,
    dilations: Vec<u64>,
    before: Vec<u64>,
    after: Vec<u64>,
    /// Places of the output.
    pub(super) out: Vec<u64>,
}

impl Window {
    /// The window of a pooling of `x`.
    pub(super) fn of_pool(node: &Node<'_>, x: &Value) -> Result<Self, Reason> {
        let kernel = node.ints("kernel_shape").unwrap_or(&[]);
        let kernel = positive(kernel, "kernel_shape")?;
        Self::new(node, x, kernel)
    }

    fn new(node: &Node<'_>, x: &Value, kernel: Vec<u64>) -> Result<Self, Reason> {
        let image = x.shape.get(2..).unwrap_or(&[]);
        let count = image.len();
        let list = |name: &str| match node.ints(name) {
            Some(list) => positive(list, name),
            None => Ok(vec![1; count]),
        };
        let (strides, dilations) = (list("strides")?, list("dilations")?);
        if [kernel.len(), strides.len(), dilations.len()] != [count; 3] || count == 0 {
            return refuse(format!("a window of {kernel:?} on an image of {image:?}"));
        }
        let pads: Vec<u64> = match node.ints("pads") {
            Some(pads) => pads
                .iter()
                .map(|pad| u64::try_from(*pad))
                .collect::<Result<_, _>>()
                .map_err(|_| Reason::new(format!("pads {pads:?}")))?,
            None => vec![0; 2 * count],
        };
        if pads.len() != 2 * count {
            return refuse(format!("pads {pads:?}"));
        }
        let (before, after) = pads.split_at(count);
        let mut window = Self {
            kernel,
            strides,
            dilations,
            before: before.to_vec(),
            after: after.to_vec(),
            out: Vec::new(),
        };
        let ceil = node.int("ceil_mode", 0) != 0;
        let auto = node.text("auto_pad", "NOTSET");
        for axis in 0..count {
            let size = image.get(axis).copied().unwrap_or(1);
            let out = window.fit(axis, size, auto, ceil)?;
            window.out.push(out);
        }
        Ok(window)
    }

    /// Settles the padding of a dimension; returns the places of the output.
    fn fit(&mut self, axis: usize, size: u64, auto: &str, ceil: bool) -> Result<u64, Reason> {
        let get = |list: &[u64]| list.get(axis).copied().unwrap_or(1);
        let (taps, stride, dilation) =
            (get(&self.kernel), get(&self.strides), get(&self.dilations));
        let extent = (taps - 1)
            .checked_mul(dilation)
            .and_then(|extent| extent.checked_add(1))
            .ok_or_else(|| Reason::new("dilations"))?;
        let (before, after) = match auto {
            "NOTSET" | "" => (get(&self.before), get(&self.after)),
            "VALID" => (0, 0),
            "SAME_UPPER" | "SAME_LOWER" => {
                let total =
                    ((size.div_ceil(stride).max(1) - 1) * stride + extent).saturating_sub(size);
                let (less, more) = (total / 2, total - total / 2);
                if auto == "SAME_UPPER" { (less, more) } else { (more, less) }
            }
            other => return refuse(format!("auto_pad {other:?}")),
        };
        for (list, value) in [(&mut self.before, before), (&mut self.after, after)] {
            if let Some(slot) = list.get_mut(axis) {
                *slot = value;
            }
        }
        let padded = size.checked_add(before).and_then(|size| size.checked_add(after));
        let room = padded.and_then(|padded| padded.checked_sub(extent));
        let Some(room) = room else {
            return refuse(format!("a window of {extent} on {size} places"));
        };
        let places = if ceil { room.div_ceil(stride) + 1 } else { room / stride + 1 };
        // A window that begins in the padding behind the image has nothing to say.
        if ceil && (places - 1) * stride >= size + before { Ok(places - 1) } else { Ok(places) }
    }

    /// Whether it is a single pixel at every pixel.
    fn is_pixel(&self) -> bool {
        let all = |list: &[u64], value| list.iter().all(|entry| *entry == value);
        all(&self.kernel, 1) && all(&self.strides, 1) && all(&self.before, 0) && all(&self.after, 0)
    }

    /// The window over `[batch, rows, columns, channels]`, or without rows.
    fn spec(&self, image: &Value) -> Result<WindowSpec, Reason> {
        let [down, across] = match self.kernel.len() {
            count @ (1 | 2) => self.axes(0, count)?,
            count => return refuse(format!("{count} dimensions")),
        };
        let last = image.rank() - 2;
        let size = |axis: usize| image.shape.get(axis).copied().unwrap_or(1);
        let rows = if last == 2 { size(1) } else { 1 };
        Ok(WindowSpec {
            kernel: [down.taps, across.taps],
            stride: [down.stride, across.stride],
            padding: [down.before, across.before],
            dilation: [down.dilation, across.dilation],
            size: narrow([rows, size(last)])?,
        })
    }

    /// One or two dimensions from `first` on, as the two of a record; the sizes are left to the caller.
    pub(super) fn axes(&self, first: usize, count: usize) -> Result<[PoolAxis; 2], Reason> {
        let one = PoolAxis { size: 1, taps: 1, stride: 1, dilation: 1, before: 0, after: 0 };
        let axis = |at: usize| {
            let byte = |list: &[u64]| {
                let value = list.get(at).copied().unwrap_or(1);
                u8::try_from(value).map_err(|_| Reason::new(format!("{value} in a window")))
            };
            Ok::<_, Reason>(PoolAxis {
                size: 1,
                taps: byte(&self.kernel)?,
                stride: byte(&self.strides)?,
                dilation: byte(&self.dilations)?,
                before: byte(&self.before)?,
                after: byte(&self.after)?,
            })
        };
        match count {
            1 => Ok([one, axis(first)?]),
            _ => Ok([axis(first)?, axis(first + 1)?]),
        }
    }
}

fn positive(list: &[i64], name: &str) -> Result<Vec<u64>, Reason> {
    let positive = |value: &i64| u64::try_from(*value).ok().filter(|value| *value > 0);
    let values: Option<Vec<u64>> = list.iter().map(positive).collect();
    values.ok_or_else(|| Reason::new(format!("{name} {list:?}")))
}

impl Lowering<'_> {
    /// `[batch, height, width, channels]` with strides of images, rows and columns.
    pub(super) fn image_operand(&self, x: &Value) -> Result<Operand, Reason> {
        let [batch, row, column, _] = *x.strides.as_slice() else { return refuse("no image") };
        Ok(Operand::at(x.offset, narrow([batch, row, column])?))
    }
}

/// `[batch, channels, …]` with the channels last, or back.
fn channels_last(rank: usize, back: bool) -> Vec<usize> {
    if back {
        [0, rank - 1].into_iter().chain(1..rank - 1).collect()
    } else {
        [0].into_iter().chain(2..rank).chain([1]).collect()
    }
}

impl<'m> Lowering<'m> {
    pub(super) fn conv_node(&mut self, node: &Node<'m>) -> Outputs {
        let (x, mut w) = (node.input(0)?.clone(), node.input(1)?.clone());
        let mut bias = node.optional(2).cloned();
        let normalised = self.absorb_norm(node, &mut w, &mut bias)?;
        let name = normalised.map_or(node.proto, |(_, follower)| follower);
        let window = self.window(node, &x, &w)?;
        let shape: Vec<u64> = [x.shape.first(), w.shape.first()]
            .into_iter()
            .map(|dim| dim.copied().unwrap_or(1))
            .chain(window.out.iter().copied())
            .collect();
        let last = Node { proto: name, inputs: vec![Some(x.clone())], opset: node.opset };
        let bias = match bias {
            Some(bias) => Some(self.per_channel_of(&bias, shape.len())?),
            None => None,
        };
        let mut fusion = self.fusion(&last, &shape, 1, bias.as_ref());
        if bias.is_some() && !fusion.takes_first {
            fusion.bias = bias.as_ref().map(|bias| Value {
                shape: vec![bias.count()],
                strides: vec![bias.strides.get(1).copied().unwrap_or(0)],
                ..bias.clone()
            });
        }
        let y = self.convolve(&x, &w, groups(node), &window, &fusion)?;
        if let Some(follower) = normalised {
            self.fuse(follower, &y);
        }
        self.fused(fusion, &y);
        Ok(vec![y])
    }

    /// A value per channel for a tensor of `rank` dimensions.
    fn per_channel_of(&mut self, value: &Value, rank: usize) -> Result<Value, Reason> {
        let mut shape = vec![1; rank];
        if let Some(dim) = shape.get_mut(1) {
            *dim = value.count();
        }
        self.reshape(value, &shape)
    }

    /// A batch normalisation that alone follows a convolution of constants changes its weights and its bias instead.
    fn absorb_norm(
        &mut self,
        node: &Node<'m>,
        w: &mut Value,
        bias: &mut Option<Value>,
    ) -> Result<Option<super::fuse::Follower<'m>>, Reason> {
        let Some(name) = node.proto.output.first() else { return Ok(None) };
        let Some((index, follower)) = self.follower(name) else { return Ok(None) };
        if follower.op_type != "BatchNormalization" || follower.input.first() != Some(name) {
            return Ok(None);
        }
        let inputs: Vec<Option<Value>> =
            follower.input.iter().map(|name| self.lookup(name).flatten()).collect();
        let norm = Node { proto: follower, inputs, opset: node.opset };
        let constants = (1..5).all(|index| {
            norm.optional(index).is_some_and(|value| {
                value.element == Element::F32 && self.program.is_constant(value)
            })
        });
        let plain = norm.int("training_mode", 0) == 0
            && w.element == Element::F32
            && self.program.is_constant(w)
            && bias.as_ref().is_none_or(|bias| self.program.is_constant(bias));
        if !constants || !plain {
            return Ok(None);
        }
        let (mean, variance) = (norm.input(3)?.clone(), norm.input(4)?.clone());
        let [factor, summand] = self.batch_factors(&norm, &mean, &variance)?;
        let mut shape = vec![1; w.rank()];
        if let Some(dim) = shape.first_mut() {
            *dim = factor.count();
        }
        let scale = self.reshape(&factor, &shape)?;
        *w = self.binary(F::Mul, w, &scale)?;
        *bias = Some(match bias {
            Some(bias) => self.elementwise(F::MultiplyAdd, [0; 3], &[bias, &factor, &summand])?,
            None => summand,
        });
        Ok(Some((index, follower)))
    }

    fn window(&self, node: &Node<'_>, x: &Value, w: &Value) -> Result<Window, Reason> {
        let kernel = w.shape.get(2..).unwrap_or(&[]).to_vec();
        if kernel.contains(&0) {
            return refuse(format!("weights of shape {:?}", w.shape));
        }
        Window::new(node, x, kernel)
    }

    /// A convolution without what could be fused into it.
    pub(super) fn conv(
        &mut self,
        node: &Node<'_>,
        x: &Value,
        w: &Value,
        bias: Option<&Value>,
    ) -> Result<Value, Reason> {
        let window = self.window(node, x, w)?;
        let fusion = Fusion { bias: bias.cloned(), ..Fusion::default() };
        self.convolve(x, w, groups(node), &window, &fusion)
    }

    fn convolve(
        &mut self,
        x: &Value,
        w: &Value,
        groups: u64,
        window: &Window,
        fusion: &Fusion<'m>,
    ) -> Result<Value, Reason> {
        let element = x.element;
        let (x, w) = (self.float(x)?, self.float(w)?);
        let rank = x.rank();
        let [inputs, outputs, per_group] =
            [x.shape.get(1), w.shape.first(), w.shape.get(1)].map(|dim| dim.copied().unwrap_or(0));
        if groups == 0 || outputs % groups != 0 || Some(inputs) != per_group.checked_mul(groups) {
            return refuse(format!("{inputs} channels, weights {:?}, {groups} groups", w.shape));
        }
        let image = x.permuted(&channels_last(rank, false));
        let mut shape = vec![x.shape.first().copied().unwrap_or(1)];
        shape.extend(&window.out);
        shape.push(outputs);
        let out = self.scratch(Element::F32, &shape)?;
        if out.count() > 0 {
            match window.spec(&image) {
                Ok(spec) if !window.is_pixel() => {
                    self.windowed(&image, &w, groups, spec, fusion, &out)?;
                }
                _ => self.tap_by_tap(&image, &w, groups, window, fusion, &out)?,
            }
        }
        self.cast(&out.permuted(&channels_last(rank, true)), element)
    }

    /// A convolution over one or two dimensions: one record.
    fn windowed(
        &mut self,
        image: &Value,
        w: &Value,
        groups: u64,
        window: WindowSpec,
        fusion: &Fusion<'m>,
        out: &Value,
    ) -> Result<(), Reason> {
        let plane = |value: &Value| {
            if value.rank() == 3 { value.unsqueezed(1) } else { value.clone() }
        };
        let image = self.contiguous_rows(&plane(image))?;
        let out = plane(out);
        let [batch, rows, columns, outputs] = *out.shape.as_slice() else { return refuse("image") };
        let per_group = w.shape.get(1).copied().unwrap_or(0);
        let [batch, rows, columns] = narrow([batch, rows, columns])?;
        let [channels, inputs, group_outputs, count] =
            narrow([outputs, per_group, outputs / groups, groups])?;
        let pixels = batch.saturating_mul(rows).saturating_mul(columns);
        // [outputs, channels of a group, taps…] as [taps…, channels, outputs]
        let order: Vec<usize> = (2..w.rank()).chain([1, 0]).collect();
        let taps: u64 = w.shape.iter().skip(2).product();
        let is_depthwise = per_group == 1 && groups == outputs;
        let weights = if is_depthwise {
            self.dense(&w.permuted(&order))?
        } else {
            let mut parts = Vec::new();
            for group in 0..groups {
                let part = w.sliced(0, group * u64::from(group_outputs), group_outputs.into(), 1);
                parts.push(self.panels(&part.permuted(&order))?);
            }
            self.join(&parts, 0)?
        };
        let mut buffers = vec![(0, image.buffer), (1, weights.buffer), (OUT, out.buffer)];
        let mut finish = FinishSpec { activation: fusion.activation, ..FinishSpec::default() };
        if let Some(bias) = &fusion.bias {
            let bias = self.aligned(bias)?;
            finish.bias = Some(line(&bias)?);
            buffers.push((2, bias.buffer));
        }
        if let Some(residual) = &fusion.residual {
            let moved = residual.permuted(&channels_last(residual.rank(), false));
            let residual = self.contiguous_rows(&plane(&moved))?;
            finish.residual = Some(self.image_operand(&residual)?);
            buffers.push((3, residual.buffer));
        }
        let (x, target) = (self.image_operand(&image)?, self.image_operand(&out)?);
        let (output, values) = ([batch, rows, columns], ValuesSpec::F32(finish));
        let (record, granule) = if is_depthwise {
            let [tap] = narrow([4 * outputs])?;
            let record = Record::depthwise(DepthwiseSpec {
                output,
                channels,
                window,
                tile: [pixels, channels],
                x,
                weights: Operand::at(weights.offset, [tap, 0, 0]),
                values,
                out: target,
            });
            (record, 1)
        } else {
            let panel_bytes = taps * per_group * F32_GROUP as u64;
            let panels = u64::from(group_outputs).div_ceil(PANEL as u64);
            let [panel, group, tile] =
                narrow([panel_bytes, panels * panel_bytes, groups * panels * PANEL as u64])?;
            let record = Record::conv(ConvSpec {
                output,
                channels: [inputs, group_outputs],
                groups: count,
                window,
                tile: [pixels, tile],
                x,
                weights: Operand::at(weights.offset, [panel, group, 0]),
                values,
                out: target,
            });
            (record, PANEL as u32)
        };
        self.emit(record, &buffers, How { granule, in_place: false });
        Ok(())
    }

    /// A convolution as products: of single pixels, or over more than two dimensions of what lies under each tap.
    fn tap_by_tap(
        &mut self,
        image: &Value,
        w: &Value,
        groups: u64,
        window: &Window,
        fusion: &Fusion<'m>,
        out: &Value,
    ) -> Result<(), Reason> {
        let taps: u64 = window.kernel.iter().product();
        if taps > MAX_TAPS {
            return refuse(format!("{taps} taps, at most {MAX_TAPS}"));
        }
        let mut widths = vec![(0, 0); image.rank()];
        for (axis, width) in widths.iter_mut().skip(1).take(window.kernel.len()).enumerate() {
            let get = |list: &[u64]| list.get(axis).copied().unwrap_or(0) as i64;
            *width = (get(&window.before), get(&window.after));
        }
        let zero = self.floats(&[], &[0.0]);
        let image = self.pad(image, &widths, &zero)?;
        for group in 0..groups {
            self.group(&image, w, window, fusion, (group, groups), out)?;
        }
        Ok(())
    }

    /// What lies under one tap of every window.
    fn under(image: &Value, window: &Window, tap: u64) -> Value {
        let (mut view, mut rest) = (image.clone(), tap);
        for axis in (0..window.kernel.len()).rev() {
            let get = |list: &[u64]| list.get(axis).copied().unwrap_or(1);
            let place = rest % get(&window.kernel);
            rest /= get(&window.kernel);
            let start = place * get(&window.dilations);
            view = view.sliced(1 + axis, start, get(&window.out), get(&window.strides));
        }
        view
    }

    /// One group of a convolution as a product: terms are the taps, and the channels of each. Padding is among them, as +0.
    fn group(
        &mut self,
        image: &Value,
        w: &Value,
        window: &Window,
        fusion: &Fusion<'m>,
        (group, groups): (u64, u64),
        out: &Value,
    ) -> Result<(), Reason> {
        let last = image.rank() - 1;
        let taps: u64 = window.kernel.iter().product();
        let [channels, outputs] =
            [image, out].map(|value| value.shape.get(last).copied().unwrap_or(0) / groups);
        let image = image.sliced(last, group * channels, channels, 1);
        let patches = if taps == 1 {
            Self::under(&image, window, 0)
        } else {
            let mut shape = out.shape.get(..last).unwrap_or(&[]).to_vec();
            shape.extend([taps, channels]);
            let patches = self.scratch(Element::F32, &shape)?;
            for tap in 0..taps {
                let to = patches.sliced(last, tap, 1, 1).squeezed(last);
                self.copy(&Self::under(&image, window, tap), &to)?;
            }
            patches
        };
        let pixels = out.count() / (outputs * groups);
        let patches = self.reshape(&patches, &[pixels, taps * channels])?;
        // [outputs, channels, taps…] as [taps…, channels, outputs]
        let weights = w.sliced(0, group * outputs, outputs, 1);
        let order: Vec<usize> = (2..w.rank()).chain([1, 0]).collect();
        let panels = self.panels(&weights.permuted(&order))?;
        let rows = |value: &Value, lowering: &mut Self| {
            let flat = lowering.reshape(value, &[pixels, outputs * groups])?;
            Ok::<_, Reason>(flat.sliced(1, group * outputs, outputs, 1))
        };
        let target = rows(out, self)?;
        let mut fusion = Fusion {
            bias: fusion.bias.clone(),
            residual: fusion.residual.clone(),
            activation: fusion.activation,
            ..Fusion::default()
        };
        if let Some(bias) = &mut fusion.bias {
            *bias = bias.sliced(0, group * outputs, outputs, 1);
        }
        if let Some(residual) = fusion.residual.take() {
            let moved = residual.permuted(&channels_last(residual.rank(), false));
            fusion.residual = Some(rows(&moved, self)?);
        }
        self.rows_by_panels(&patches, &panels, &fusion, &target)
    }

    /// The transpose of a convolution: the image with zeroes between its places, convolved with the weights turned round.
    pub(super) fn conv_transpose(&mut self, node: &Node<'m>) -> Outputs {
        let (x, w) = (node.input(0)?.clone(), node.input(1)?.clone());
        let count = x.rank().saturating_sub(2);
        let groups = groups(node);
        let list = |name: &str, default: u64| match node.ints(name) {
            Some(list) => list
                .iter()
                .map(|value| u64::try_from(*value))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| Reason::new(name)),
            None => Ok(vec![default; count]),
        };
        let (strides, dilations) = (list("strides", 1)?, list("dilations", 1)?);
        let extra = list("output_padding", 0)?;
        let pads = match node.ints("pads") {
            Some(_) => list("pads", 0)?,
            None => vec![0; 2 * count],
        };
        let [inputs, per_group] = [0, 1].map(|at| w.shape.get(at).copied().unwrap_or(0));
        let fits = [strides.len(), dilations.len(), extra.len()] == [count; 3]
            && count > 0
            && pads.len() == 2 * count
            && w.rank() == x.rank()
            && groups > 0
            && inputs % groups == 0
            && x.shape.get(1) == Some(&inputs);
        if !fits {
            return refuse(format!("an image {:?} and weights {:?}", x.shape, w.shape));
        }
        let wanted = node.ints("output_shape");
        let mut spread = x.clone();
        let mut widths = vec![(0, 0); x.rank()];
        for axis in 0..count {
            let at = axis + 2;
            let get = |list: &[u64]| list.get(axis).copied().unwrap_or(0) as i64;
            let size = x.shape.get(at).copied().unwrap_or(0) as i64;
            let taps = w.shape.get(at).copied().unwrap_or(0) as i64;
            let extent = get(&dilations) * (taps - 1) + 1;
            let full = get(&strides) * (size - 1) + extent + get(&extra);
            let (before, after) = match (wanted, node.text("auto_pad", "NOTSET")) {
                (Some(wanted), auto) => {
                    let wanted = wanted.get(wanted.len() - count + axis).copied().unwrap_or(0);
                    halves(full - wanted, auto != "SAME_UPPER")
                }
                (None, auto @ ("SAME_UPPER" | "SAME_LOWER")) => {
                    halves(full - get(&strides) * size, auto != "SAME_UPPER")
                }
                _ => (get(&pads), pads.get(count + axis).copied().unwrap_or(0) as i64),
            };
            if let Some(width) = widths.get_mut(at) {
                *width = (extent - 1 - before, extent - 1 - after + get(&extra));
            }
            spread = self.spread_out(&spread, at, get(&strides) as u64)?;
        }
        let zero = self.scalar(x.element, 0.0)?;
        let spread = self.pad(&spread, &widths, &zero)?;
        // Weights [inputs, outputs per group, …] as [outputs, inputs per group, …], each axis turned round.
        let mut weights = w.clone();
        for axis in 0..count {
            let taps = w.shape.get(axis + 2).copied().unwrap_or(0);
            let places: Vec<u64> = (0..taps).rev().collect();
            weights = self.take(&weights, axis + 2, &places)?;
        }
        let mut shape = vec![groups, inputs / groups];
        shape.extend(weights.shape.get(1..).unwrap_or(&[]));
        let split = self.reshape(&weights, &shape)?;
        let mut order: Vec<usize> = (0..split.rank()).collect();
        order.swap(1, 2);
        let mut shape = vec![groups * per_group, inputs / groups];
        shape.extend(w.shape.get(2..).unwrap_or(&[]));
        let weights = self.reshape(&split.permuted(&order), &shape)?;
        let window = Window {
            kernel: w.shape.get(2..).unwrap_or(&[]).to_vec(),
            strides: vec![1; count],
            before: vec![0; count],
            after: vec![0; count],
            out: spread
                .shape
                .iter()
                .skip(2)
                .zip(w.shape.iter().skip(2))
                .zip(&dilations)
                .map(|((size, taps), dilation)| {
                    (size + 1).saturating_sub(dilation * (taps - 1) + 1)
                })
                .collect(),
            dilations,
        };
        let fusion = Fusion { bias: node.optional(2).cloned(), ..Fusion::default() };
        one(self.convolve(&spread, &weights, groups, &window, &fusion))
    }

    /// Zeroes between the places of an axis, `step − 1` of them.
    fn spread_out(&mut self, x: &Value, at: usize, step: u64) -> Result<Value, Reason> {
        let size = x.shape.get(at).copied().unwrap_or(0);
        if step == 1 || size < 2 {
            return Ok(x.clone());
        }
        let mut shape = x.shape.clone();
        if let Some(dim) = shape.get_mut(at) {
            *dim = (size - 1) * step + 1;
        }
        let out = self.scratch(x.element, &shape)?;
        let zeroes = self.filled(x.element, &shape, 0.0)?;
        self.copy(&zeroes, &out)?;
        self.copy(x, &out.sliced(at, 0, size, step))?;
        Ok(out)
    }

    /// A depthwise convolution along time that keeps its last inputs for the next call.
    pub(super) fn causal_conv(&mut self, node: &Node<'m>) -> Outputs {
        let (x, w) = (node.input(0)?.clone(), node.input(1)?.clone());
        let [batch, channels, _] = *x.shape.as_slice() else { return refuse("shape") };
        let taps = w.shape.get(2).copied().unwrap_or(1);
        let state = match node.optional(3) {
            Some(state) => state.clone(),
            None => self.filled(x.element, &[batch, channels, taps.saturating_sub(1)], 0.0)?,
        };
        let padded = self.join(&[state, x.clone()], 2)?;
        let total = padded.shape.get(2).copied().unwrap_or(0);
        let window = Window {
            kernel: vec![taps],
            strides: vec![1],
            dilations: vec![1],
            before: vec![0],
            after: vec![0],
            out: vec![(total + 1).saturating_sub(taps)],
        };
        let fusion = Fusion { bias: node.optional(2).cloned(), ..Fusion::default() };
        let y = self.convolve(&padded, &w, channels, &window, &fusion)?;
        let y = match node.text("activation", "none") {
            "none" | "" => y,
            "silu" | "swish" => self.swish(&y, 1.0)?,
            other => return refuse(format!("activation {other:?}")),
        };
        let keep = taps.saturating_sub(1);
        let present = padded.sliced(2, total - keep, keep, 1);
        Ok(vec![y, present])
    }
}

/// The number of groups; 0, which no convolution has, if it is none.
fn groups(node: &Node<'_>) -> u64 {
    u64::try_from(node.int("group", 1)).unwrap_or(0)
}

/// A width in two halves; the greater one first if `more_before`.
const fn halves(width: i64, more_before: bool) -> (i64, i64) {
    let (less, more) = (width.div_euclid(2), width - width.div_euclid(2));
    if more_before { (more, less) } else { (less, more) }
}
