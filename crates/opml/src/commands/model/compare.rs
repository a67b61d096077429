//! `opml model compare`: a model of ours against another runtime's outputs on the same inputs.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use eyre::{Result, WrapErr, eyre};
use opml_engine::Engine;
use opml_model::onnx::Tensor;
use serde::Serialize;

use super::import::{Open, onnx, tensor};
use crate::commands::print_json;

/// Arguments of `opml model compare`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// ONNX file
    file: PathBuf,
    /// Tensors for the model's inputs, in their order; `tools/compare_onnx.py` writes them and the next
    #[arg(long, num_args = 1.., value_name = "FILE", required = true)]
    inputs: Vec<PathBuf>,
    /// Tensors that the other runtime gave, in the order of the model's outputs
    #[arg(long, num_args = 1.., value_name = "FILE", required = true)]
    expected: Vec<PathBuf>,
    #[command(flatten)]
    open: Open,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How far an output is from what was expected.
#[derive(Debug, Serialize)]
struct Distance {
    elements: usize,
    max_abs: f64,
    /// Relative to the magnitude of what was expected, where that is not 0.
    max_rel: f64,
    cosine: f64,
    /// Share of the rows along the last dimension whose greatest element is at the same place.
    top_1: f64,
}

impl Distance {
    fn between(actual: &Tensor, expected: &Tensor) -> Self {
        let (a, b) = (actual.numbers(), expected.numbers());
        let pairs = || a.iter().copied().zip(b.iter().copied());
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let relative = |(a, b): (f64, f64)| if b == 0.0 { 0.0 } else { ((a - b) / b).abs() };
        let width = actual.shape.last().map_or(1, |width| *width as usize).max(1);
        let best = |row: &[f64]| {
            let by_value = |(i, x): (usize, &f64), (j, y): (usize, &f64)| {
                if *y > *x { (j, *y) } else { (i, *x) }
            };
            let first = row.first().copied().unwrap_or(0.0);
            row.iter().enumerate().fold((0, first), |(i, x), next| by_value((i, &x), next)).0
        };
        let rows = a.chunks(width).zip(b.chunks(width));
        let same = rows.clone().filter(|(a, b)| best(a) == best(b)).count();
        Self {
            elements: a.len(),
            max_abs: pairs().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max),
            max_rel: pairs().map(relative).fold(0.0, f64::max),
            cosine: dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt(),
            top_1: same as f64 / rows.count().max(1) as f64,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let imported = onnx(&args.file, &args.open)?;
    if imported.inputs.len() != args.inputs.len() {
        return Err(eyre!(
            "{} inputs given, the model has {}",
            args.inputs.len(),
            imported.inputs.len()
        ));
    }
    let mut input = Vec::new();
    for (port, path) in imported.inputs.iter().zip(&args.inputs) {
        let value = tensor(path)?;
        if (value.element, &value.shape) != (port.element, &port.shape) {
            return Err(eyre!(
                "input {:?} is {:?} {:?}, {} holds {:?} {:?}",
                port.name,
                port.element,
                port.shape,
                path.display(),
                value.element,
                value.shape
            ));
        }
        input.extend_from_slice(&value.bytes);
    }
    let model = Arc::new(imported.model);
    let max = model.header().max_steps;
    let mut engine = Engine::new(model, &input).wrap_err("the run cannot begin")?;
    engine.run_to_halt(max).wrap_err("the run has no end")?;
    let mut rest = engine.output();
    let mut distances = BTreeMap::new();
    for (port, path) in imported.outputs.iter().zip(&args.expected) {
        let expected = tensor(path)?;
        let Some((bytes, after)) = rest.split_at_checked(port.bytes() as usize) else {
            return Err(eyre!("the output ends before {:?}", port.name));
        };
        rest = after;
        let shape = port.shape.clone();
        let actual = Tensor { element: port.element, shape, bytes: bytes.to_vec().into() };
        if actual.shape != expected.shape {
            return Err(eyre!("{:?} is {:?}, not {:?}", port.name, actual.shape, expected.shape));
        }
        distances.insert(port.name.clone(), Distance::between(&actual, &expected));
    }
    if args.json {
        return print_json(&distances);
    }
    for (name, distance) in &distances {
        let Distance { elements, max_abs, max_rel, cosine, top_1 } = distance;
        println!("{name}: {elements} elements");
        println!("  max abs error  {max_abs:e}");
        println!("  max rel error  {max_rel:e}");
        println!("  cosine         {cosine:.9}");
        println!("  top-1          {top_1}");
    }
    Ok(())
}
