//! ONNX's backend tests: a folder of models with inputs and the outputs that are expected.
//!
//! Each case goes the whole way: import, model file, native engine. Inputs that decide a shape (the shape of a reshape, an axis, k)
//! are fixed at import to the values of the test, and only those: the importer names them when it cannot do without.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use opml_engine::Engine;
use prost::Message;
use serde::Serialize;

use super::{
    OnnxError, Options, Tensor, import,
    proto::{GraphProto, ModelProto},
    scan,
};

/// Relative tolerance of floats.
const RELATIVE: f64 = 1e-3;
/// Absolute tolerance of floats.
const ABSOLUTE: f64 = 1e-7;

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every output is as expected.
    Passed,
    /// The model ran, and an output is another one.
    Failed(String),
    /// The model could not be imported.
    Unsupported(String),
}

/// How many cases came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Cases with the outputs that are expected.
    pub passed: usize,
    /// Cases with other outputs.
    pub failed: usize,
    /// Cases that could not be imported.
    pub unsupported: usize,
}

impl Tally {
    const fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Unsupported(_) => self.unsupported += 1,
        }
    }
}

/// The result of a folder of cases.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// All cases.
    pub all: Tally,
    /// The cases in which an operator occurs.
    pub by_operator: BTreeMap<String, Tally>,
    /// Each case, by its name.
    pub cases: BTreeMap<String, Verdict>,
}

impl Coverage {
    /// Number of cases.
    #[must_use]
    pub fn total(&self) -> usize {
        self.cases.len()
    }

    /// Runs every case in `folder`: its subfolders that hold a `model.onnx`.
    ///
    /// # Errors
    /// If the folder or a file in it cannot be read.
    pub fn run(folder: &Path) -> io::Result<Self> {
        let mut coverage = Self::default();
        for case in subfolders(folder)? {
            let path = case.join("model.onnx");
            if !path.is_file() {
                continue;
            }
            let file = fs::read(&path)?;
            let (verdict, operators) = run_case(&case, file)?;
            coverage.all.count(&verdict);
            for operator in operators {
                coverage.by_operator.entry(operator).or_default().count(&verdict);
            }
            let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
            coverage.cases.insert(name, verdict);
        }
        Ok(coverage)
    }
}

/// Subfolders, by name.
fn subfolders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn run_case(folder: &Path, file: Vec<u8>) -> io::Result<(Verdict, BTreeSet<String>)> {
    let decoded = scan::check_model(&file)
        .and_then(|()| Ok(ModelProto::decode(file.as_slice())?))
        .map(|model| model.graph.unwrap_or_default());
    let graph = match decoded {
        Ok(graph) => graph,
        Err(error) => return Ok((Verdict::Unsupported(error.to_string()), BTreeSet::new())),
    };
    let operators = graph.node.iter().map(|node| node.op_type.clone()).collect();
    let mut verdict = Verdict::Unsupported("no data".to_owned());
    for data in subfolders(folder)? {
        verdict = run_data(&file, &graph, &data)?;
        if verdict != Verdict::Passed {
            break;
        }
    }
    Ok((verdict, operators))
}

fn run_data(file: &[u8], graph: &GraphProto, data: &Path) -> io::Result<Verdict> {
    let unsupported = |reason: String| Ok(Verdict::Unsupported(reason));
    let (inputs, outputs) = (tensors(data, "input")?, tensors(data, "output")?);
    let (inputs, outputs) = match (inputs, outputs) {
        (Ok(inputs), Ok(outputs)) => (inputs, outputs),
        (Err(error), _) | (_, Err(error)) => return unsupported(error.to_string()),
    };
    let names = graph.input.iter().map(|input| input.name.clone());
    let values: BTreeMap<String, Tensor> = names.zip(inputs).collect();
    let mut options = Options::default();
    for (name, value) in &values {
        options.inputs.insert(name.clone(), value.shape.clone());
    }
    let imported = loop {
        let error = match import(file.to_vec(), &options) {
            Ok(imported) => break imported,
            Err(error) => error,
        };
        let before = options.fixed.len();
        if let OnnxError::Unsupported(nodes) = &error {
            for name in nodes.iter().flat_map(|node| &node.open) {
                if let Some(value) = values.get(name) {
                    options.fixed.insert(name.clone(), value.clone());
                }
            }
        }
        if options.fixed.len() == before {
            return unsupported(error.to_string());
        }
    };
    let mut input = Vec::new();
    for port in &imported.inputs {
        match values.get(&port.name) {
            Some(value) => input.extend_from_slice(&value.bytes),
            None => return unsupported(format!("no value for input {:?}", port.name)),
        }
    }
    let model = Arc::new(imported.model);
    let max = model.header().max_steps;
    let run = Engine::new(model, &input).and_then(|mut engine| {
        engine.run_to_halt(max)?;
        Ok(engine)
    });
    let engine = match run {
        Ok(engine) => engine,
        Err(error) => return Ok(Verdict::Failed(error.to_string())),
    };
    if let Some(refusal) = engine.refusal() {
        return Ok(Verdict::Failed(format!("the machine refused a record: {refusal}")));
    }
    let mut rest = engine.output();
    for (port, expected) in imported.outputs.iter().zip(&outputs) {
        let Some((bytes, after)) = rest.split_at_checked(port.bytes() as usize) else {
            return Ok(Verdict::Failed("the output is too short".to_owned()));
        };
        rest = after;
        let actual = Tensor {
            element: port.element,
            shape: port.shape.clone(),
            bytes: bytes.to_vec().into(),
        };
        if let Some(difference) = difference(&actual, expected) {
            return Ok(Verdict::Failed(format!("output {:?}: {difference}", port.name)));
        }
    }
    if imported.outputs.len() != outputs.len() {
        return Ok(Verdict::Failed(format!("{} outputs expected", outputs.len())));
    }
    Ok(Verdict::Passed)
}

/// The tensors of `input_0.pb`, `input_1.pb`, ….
fn tensors(data: &Path, prefix: &str) -> io::Result<Result<Vec<Tensor>, OnnxError>> {
    let mut tensors = Vec::new();
    for index in 0.. {
        let path = data.join(format!("{prefix}_{index}.pb"));
        if !path.is_file() {
            break;
        }
        match Tensor::read(fs::read(path)?.into()) {
            Ok(tensor) => tensors.push(tensor),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(tensors))
}

/// How two tensors differ by more than the tolerance.
#[must_use]
pub fn difference(actual: &Tensor, expected: &Tensor) -> Option<String> {
    if (actual.element, &actual.shape) != (expected.element, &expected.shape) {
        return Some(format!(
            "{:?} {:?}, expected {:?} {:?}",
            actual.element, actual.shape, expected.element, expected.shape
        ));
    }
    if !actual.element.is_float() {
        let size = actual.element.bytes() as usize;
        let (a, b) = (actual.bytes.chunks(size), expected.bytes.chunks(size));
        let place = a.zip(b).position(|(a, b)| a != b)?;
        let (a, b) = (actual.numbers(), expected.numbers());
        return Some(format!("element {place} is {:?}, expected {:?}", a.get(place), b.get(place)));
    }
    let pairs = actual.numbers().into_iter().zip(expected.numbers());
    let far = |(a, b): (f64, f64)| {
        !(a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= ABSOLUTE + RELATIVE * b.abs())
    };
    let (place, (a, b)) = pairs.enumerate().find(|(_, pair)| far(*pair))?;
    Some(format!("element {place} is {a}, expected {b}"))
}
