//! Resizing of images.

use opml_tensor::{Operand, Record, ResampleSpec};

use super::{Lowering, Outputs, Reason, elementwise::one, emit::narrow, refuse};
use crate::onnx::{
    Element,
    node::{Node, axis},
    value::Value,
};

/// Longest axis that is resampled.
const MAX_AXIS: u64 = 1 << 16;

/// How places of the output lie on the input.
struct Sampling<'a> {
    mode: &'a str,
    coordinates: &'a str,
    nearest: &'a str,
    cubic: f64,
    exclude: bool,
    extrapolation: f64,
}

impl Lowering<'_> {
    pub(super) fn resize(&mut self, node: &Node<'_>) -> Outputs {
        if node.opset < 11 {
            return refuse("version 10 and before");
        }
        if node.int("antialias", 0) != 0 {
            return refuse("antialias");
        }
        let input = node.input(0)?.clone();
        let sampling = Sampling {
            mode: node.text("mode", "nearest"),
            coordinates: node.text("coordinate_transformation_mode", "half_pixel"),
            nearest: node.text("nearest_mode", "round_prefer_floor"),
            cubic: node.float("cubic_coeff_a", -0.75).into(),
            exclude: node.int("exclude_outside", 0) != 0,
            extrapolation: node.float("extrapolation_value", 0.0).into(),
        };
        let axes: Vec<usize> = match node.ints("axes") {
            Some(axes) => {
                axes.iter().map(|at| axis(*at, input.rank())).collect::<Result<_, _>>()?
            }
            None => (0..input.rank()).collect(),
        };
        let scales = match node.optional(2).filter(|scales| scales.count() > 0) {
            Some(scales) => Some(self.numbers(scales, "scales")?),
            None => None,
        };
        let mut sizes = Vec::new();
        match (&scales, node.optional(3)) {
            (Some(scales), _) if scales.len() == axes.len() => {
                for (at, scale) in axes.iter().zip(scales) {
                    let size = input.shape.get(*at).copied().unwrap_or(1) as f64;
                    sizes.push((f64::from(*scale), (size * f64::from(*scale)).floor() as u64));
                }
            }
            (None, Some(wanted)) => {
                let wanted = self.shape_of(wanted, "sizes")?;
                if wanted.len() != axes.len() {
                    return refuse(format!("{} sizes for {} axes", wanted.len(), axes.len()));
                }
                let size = |at: &usize| input.shape.get(*at).copied().unwrap_or(1).max(1) as f64;
                let ratios = axes.iter().zip(&wanted).map(|(at, wanted)| *wanted as f64 / size(at));
                let policy = node.text("keep_aspect_ratio_policy", "stretch");
                let common = match policy {
                    "stretch" => None,
                    "not_larger" => ratios.clone().reduce(f64::min),
                    "not_smaller" => ratios.clone().reduce(f64::max),
                    other => return refuse(format!("policy {other:?}")),
                };
                for ((at, wanted), ratio) in axes.iter().zip(&wanted).zip(ratios) {
                    sizes.push(match common {
                        // The nearest integer, ties upwards.
                        Some(scale) => (scale, (size(at) * scale + 0.5).floor() as u64),
                        None => (ratio, *wanted),
                    });
                }
            }
            _ => return refuse("neither scales nor sizes"),
        }
        let regions = match node.optional(1).filter(|roi| roi.count() > 0) {
            Some(roi) if sampling.coordinates == "tf_crop_and_resize" => {
                let roi = self.numbers(roi, "roi").map_err(Reason::of_value)?;
                let (starts, ends) = roi.split_at(roi.len() / 2);
                starts.iter().zip(ends).map(|(a, b)| (f64::from(*a), f64::from(*b))).collect()
            }
            _ => vec![(0.0, 1.0); axes.len()],
        };
        let mut value = input;
        for ((at, (scale, size)), region) in axes.iter().zip(sizes).zip(regions) {
            value = self.resize_axis(&value, *at, scale, size, region, &sampling)?;
        }
        Ok(vec![value])
    }

    /// Nearest neighbours or means at whole factors, as `Upsample` of version 9 defines them.
    pub(super) fn upsample(&mut self, node: &Node<'_>) -> Outputs {
        let mut value = node.input(0)?.clone();
        let scales = self.numbers(node.input(1)?, "scales")?;
        let sampling = Sampling {
            mode: node.text("mode", "nearest"),
            coordinates: "asymmetric",
            nearest: "floor",
            cubic: 0.0,
            exclude: false,
            extrapolation: 0.0,
        };
        for (at, scale) in scales.into_iter().enumerate() {
            let scale = f64::from(scale);
            let size = value.shape.get(at).copied().unwrap_or(1) as f64;
            let size = (size * scale).floor() as u64;
            value = self.resize_axis(&value, at, scale, size, (0.0, 1.0), &sampling)?;
        }
        Ok(vec![value])
    }

    fn resize_axis(
        &mut self,
        x: &Value,
        at: usize,
        scale: f64,
        size: u64,
        region: (f64, f64),
        sampling: &Sampling<'_>,
    ) -> Result<Value, Reason> {
        let from = x.shape.get(at).copied().unwrap_or(1);
        let crops = sampling.coordinates == "tf_crop_and_resize";
        if from == size && scale == 1.0 && (!crops || region == (0.0, 1.0)) {
            return Ok(x.clone());
        }
        if from == 0 || from > MAX_AXIS || size > MAX_AXIS {
            return refuse(format!("an axis from {from} to {size}"));
        }
        let mut places = Vec::new();
        for index in 0..size {
            places.push(coordinate(
                index as f64,
                from as f64,
                size as f64,
                scale,
                region,
                sampling,
            )?);
        }
        let last = (from - 1) as f64;
        let outside = |place: f64| crops && !(0.0..=last).contains(&place);
        if sampling.mode == "nearest" && !places.iter().any(|place| outside(*place)) {
            let mut indices = Vec::new();
            for place in &places {
                indices.push(nearest(*place, sampling.nearest)?.clamp(0.0, last) as u64);
            }
            return self.take(x, at, &indices);
        }
        if places.iter().any(|place| outside(*place)) && sampling.extrapolation != 0.0 {
            return refuse("an extrapolation value other than 0");
        }
        let mut taps: Vec<Vec<(f64, f64)>> = Vec::new();
        for place in &places {
            taps.push(if outside(*place) { Vec::new() } else { weights(*place, last, sampling)? });
        }
        one(self.resample(x, at, &taps)).map(|mut values| values.remove(0))
    }

    /// Weighted sums of places along an axis.
    fn resample(
        &mut self,
        x: &Value,
        at: usize,
        taps: &[Vec<(f64, f64)>],
    ) -> Result<Value, Reason> {
        let float = self.float(x)?;
        let count = taps.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let (mut places, mut weights) = (Vec::new(), Vec::new());
        for taps in taps {
            for index in 0..count {
                // Missing taps lie outside, where there are zeroes.
                let (place, weight) = taps.get(index).copied().unwrap_or((-1.0, 0.0));
                places.push(place as i64);
                weights.push(weight as f32);
            }
        }
        let size = taps.len() as u64;
        let table = [size, count as u64];
        let places = self.whole(Element::I32, &table, &places);
        let weights = self.floats(&table, &weights);
        let mut shape = x.shape.clone();
        if let Some(dim) = shape.get_mut(at) {
            *dim = size;
        }
        let out = self.scratch_like(Element::F32, &shape, &[])?;
        let [middle, taps, from] =
            narrow([size, count as u64, x.shape.get(at).copied().unwrap_or(1)])?;
        let stride = [4 * taps, 4, 0];
        // The tables have no dimension in common with the image: they are read as they are.
        let repeated = |table: &Value| Value {
            shape: shape.clone(),
            strides: vec![0; shape.len()],
            ..table.clone()
        };
        let (places, weights) = (repeated(&places), repeated(&weights));
        self.along(&[&out, &float, &places, &weights], at, 1, |[outer, columns], operands| {
            let [out, x, places, weights] = *operands else { return Record::default() };
            Record::resample(ResampleSpec {
                dims: [outer, middle, columns, taps, from],
                tile: [outer.saturating_mul(middle), columns],
                x,
                places: Operand { stride, ..places },
                weights: Operand { stride, ..weights },
                out,
            })
        })?;
        self.cast(&out, x.element)
    }
}

/// Where a place of the output lies on the input's axis.
fn coordinate(
    index: f64,
    from: f64,
    to: f64,
    scale: f64,
    (start, end): (f64, f64),
    sampling: &Sampling<'_>,
) -> Result<f64, Reason> {
    Ok(match sampling.coordinates {
        "half_pixel" => (index + 0.5) / scale - 0.5,
        "half_pixel_symmetric" => {
            let adjusted = to / (from * scale);
            let centre = from / 2.0;
            centre * (1.0 - adjusted) + (index + 0.5) / scale - 0.5
        }
        "pytorch_half_pixel" if to <= 1.0 => 0.0,
        "pytorch_half_pixel" => (index + 0.5) / scale - 0.5,
        "align_corners" if to <= 1.0 => 0.0,
        "align_corners" => index * (from - 1.0) / (to - 1.0),
        "asymmetric" => index / scale,
        "tf_crop_and_resize" if to <= 1.0 => 0.5 * (start + end) * (from - 1.0),
        "tf_crop_and_resize" => {
            start * (from - 1.0) + index * (end - start) * (from - 1.0) / (to - 1.0)
        }
        other => return refuse(format!("coordinates {other:?}")),
    })
}

fn nearest(place: f64, mode: &str) -> Result<f64, Reason> {
    Ok(match mode {
        "round_prefer_floor" => (place - 0.5).ceil(),
        "round_prefer_ceil" => (place + 0.5).floor(),
        "floor" => place.floor(),
        "ceil" => place.ceil(),
        other => return refuse(format!("nearest mode {other:?}")),
    })
}

/// Neighbours of a place and their weights.
fn weights(place: f64, last: f64, sampling: &Sampling<'_>) -> Result<Vec<(f64, f64)>, Reason> {
    let floor = place.floor();
    let t = place - floor;
    let taps: Vec<(f64, f64)> = match sampling.mode {
        "nearest" => vec![(nearest(place, sampling.nearest)?, 1.0)],
        "linear" => vec![(floor, 1.0 - t), (floor + 1.0, t)],
        "cubic" => {
            let a = sampling.cubic;
            let near = |x: f64| ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
            let far = |x: f64| (((x - 5.0) * x + 8.0) * x - 4.0) * a;
            vec![
                (floor - 1.0, far(t + 1.0)),
                (floor, near(t)),
                (floor + 1.0, near(1.0 - t)),
                (floor + 2.0, far(2.0 - t)),
            ]
        }
        other => return refuse(format!("mode {other:?}")),
    };
    if sampling.exclude {
        let inside: Vec<_> =
            taps.into_iter().filter(|(place, _)| (0.0..=last).contains(place)).collect();
        let sum: f64 = inside.iter().map(|(_, weight)| weight).sum();
        return Ok(inside.into_iter().map(|(place, weight)| (place, weight / sum)).collect());
    }
    // Places outside are those at the border.
    Ok(taps.into_iter().map(|(place, weight)| (place.clamp(0.0, last), weight)).collect())
}
