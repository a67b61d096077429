//! From a file to a model.

use std::collections::{BTreeMap, BTreeSet};

use opml_engine::ModelFile;
use opml_tensor::layout::MAX_INPUT_OUTPUT;
use prost::{Message, bytes::Bytes};

use super::{
    Element, Int8Report, OnnxError, Tensor, int8,
    lower::{Lowering, node_name},
    plan::{live, plan},
    program::{Content, Program},
    proto::{GraphProto, ModelProto, ValueInfoProto},
    scan,
    tensor::elements,
    value::Value,
};

/// What the file leaves open.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Name of the model, at most 64 bytes; that of the graph if there is none.
    pub name: Option<String>,
    /// Values of named dimensions.
    pub dims: BTreeMap<String, u64>,
    /// Shapes of inputs.
    pub inputs: BTreeMap<String, Vec<u64>>,
    /// Values of inputs that are fixed: they become constants and are no inputs of the model any more.
    pub fixed: BTreeMap<String, Tensor>,
}

/// An input or output of a model: `shape` elements in row-major order, little endian, behind those of the port before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Name in the graph.
    pub name: String,
    /// Type of the elements.
    pub element: Element,
    /// Dimensions.
    pub shape: Vec<u64>,
}

impl Port {
    /// Bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        elements(&self.shape).unwrap_or(0) * self.element.bytes()
    }
}

/// A model and how its inputs and outputs are made up.
#[derive(Debug)]
pub struct Imported {
    /// The model.
    pub model: ModelFile,
    /// Parts of the input, in the order of the graph's inputs.
    pub inputs: Vec<Port>,
    /// Parts of the output, in the order of the graph's outputs.
    pub outputs: Vec<Port>,
    /// The node that each record was made for, but for the last record, HALT.
    pub origin: Vec<String>,
}

/// Translates the bytes of an ONNX file.
///
/// # Errors
/// If the file is malformed, an input has no fixed shape, or nodes have no translation ([`OnnxError::Unsupported`] names all).
pub fn import(file: impl Into<Bytes>, options: &Options) -> Result<Imported, OnnxError> {
    let file = file.into();
    scan::check_model(&file)?;
    let memory = scan::limit(file.len());
    let model = ModelProto::decode(file)?;
    Ok(import_proto(&model, options, memory, None)?.0)
}

/// Translates the bytes of an ONNX file to a model whose products and convolutions compute in bytes. Inputs and outputs are those of
/// [`import`]; `samples` are some of the inputs that the model is meant for, which decide the scales.
///
/// # Errors
/// As [`import`], and [`OnnxError::Calibration`] if there are no samples, one of them does not fit or leads to a value that is not
/// finite, or nothing can compute in bytes.
pub fn import_int8(
    file: impl Into<Bytes>,
    options: &Options,
    samples: &[Vec<u8>],
) -> Result<(Imported, Int8Report), OnnxError> {
    let file = file.into();
    scan::check_model(&file)?;
    let memory = scan::limit(file.len());
    let model = ModelProto::decode(file)?;
    import_proto(&model, options, memory, Some(samples))
}

fn import_proto(
    model: &ModelProto,
    options: &Options,
    memory: u64,
    samples: Option<&[Vec<u8>]>,
) -> Result<(Imported, Int8Report), OnnxError> {
    let graph =
        model.graph.as_ref().ok_or_else(|| OnnxError::Model("the file has no graph".to_owned()))?;
    let mut program = Program::new(memory);
    let mut names: BTreeMap<String, Option<Value>> = BTreeMap::new();
    let constants: BTreeSet<&str> =
        graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    for name in options.fixed.keys().chain(options.inputs.keys()) {
        if !graph.input.iter().any(|input| input.name == *name) {
            let reason = "the graph has no input of this name".to_owned();
            return Err(OnnxError::Input { name: name.clone(), reason });
        }
    }
    let mut inputs = Vec::new();
    let mut input_bytes = 0;
    for input in &graph.input {
        // Old files list constants among the inputs.
        if constants.contains(input.name.as_str()) && !options.fixed.contains_key(&input.name) {
            continue;
        }
        let port = port(input, options)?;
        let value = if let Some(tensor) = options.fixed.get(&input.name) {
            if (tensor.element, &tensor.shape) != (port.element, &port.shape) {
                return Err(OnnxError::Input {
                    name: port.name,
                    reason: format!(
                        "fixed to {:?} {:?}, the graph says {:?} {:?}",
                        tensor.element, tensor.shape, port.element, port.shape
                    ),
                });
            }
            constant(&mut program, tensor)
        } else {
            let content = Content::Input { name: port.name.clone(), start: input_bytes };
            let buffer = program.buffer(port.bytes(), content);
            input_bytes += port.bytes();
            let value = Value::dense(port.element, &port.shape, buffer);
            inputs.push(port);
            value
        };
        names.insert(input.name.clone(), Some(value));
    }
    let input_bytes = size("inputs", input_bytes)?;
    let mut lowering = Lowering::new(model, program, memory, names);
    lowering.graph(graph)?;
    let outputs = outputs(&mut lowering, graph)?;
    let (mut program, unsupported) = lowering.finish();
    if program.is_exhausted() {
        return Err(OnnxError::Program(memory));
    }
    if !unsupported.is_empty() {
        return Err(OnnxError::Unsupported(unsupported));
    }
    let output_bytes = size("outputs", outputs.iter().map(Port::bytes).sum())?;
    let name = options.name.as_deref().unwrap_or(&graph.name);
    let nodes = |index: usize| graph.node.get(index).map_or_else(String::new, node_name);
    let report = match samples {
        Some(samples) => {
            program.steps = live(&mut program);
            for (index, sample) in samples.iter().enumerate() {
                if sample.len() != input_bytes as usize {
                    return Err(OnnxError::Calibration(format!(
                        "input {index} has {} bytes, the model takes {input_bytes}",
                        sample.len()
                    )));
                }
            }
            int8::quantise(&mut program, samples)?
        }
        None => Int8Report::default(),
    };
    let planned = plan(program, shortened(name), input_bytes, output_bytes, nodes)?;
    let origin = planned.nodes.into_iter().map(nodes).collect();
    Ok((Imported { model: planned.model, inputs, outputs, origin }, report))
}

/// Enters a constant into the program.
pub(crate) fn constant(program: &mut Program, tensor: &Tensor) -> Value {
    let content = Content::Constant(tensor.bytes.clone());
    let buffer = program.buffer(tensor.bytes.len() as u64, content);
    Value::dense(tensor.element, &tensor.shape, buffer)
}

/// Copies the graph's outputs into the model's output, one behind the other.
fn outputs(lowering: &mut Lowering<'_>, graph: &GraphProto) -> Result<Vec<Port>, OnnxError> {
    let mut ports = Vec::new();
    let mut offset = 0;
    for output in &graph.output {
        let value = match lowering.lookup(&output.name) {
            Some(Some(value)) => value,
            // Its maker is among the unsupported nodes.
            Some(None) => continue,
            None => {
                let reason = format!("no node makes the output {:?}", output.name);
                return Err(OnnxError::Model(reason));
            }
        };
        let port =
            Port { name: output.name.clone(), element: value.element, shape: value.shape.clone() };
        if let Err(reason) = lowering.deliver(&value, offset) {
            return Err(OnnxError::Model(format!("output {:?}: {reason}", output.name)));
        }
        offset += port.bytes();
        ports.push(port);
    }
    Ok(ports)
}

fn port(input: &ValueInfoProto, options: &Options) -> Result<Port, OnnxError> {
    let wrong = |reason: String| OnnxError::Input { name: input.name.clone(), reason };
    let tensor = input.r#type.as_ref().and_then(|ty| ty.tensor_type.as_ref());
    let tensor = tensor.ok_or_else(|| wrong("it is no tensor".to_owned()))?;
    let element = Element::from_onnx(tensor.elem_type)
        .ok_or_else(|| wrong(format!("element type {}", Element::onnx_name(tensor.elem_type))))?;
    let dims = tensor.shape.as_ref().map(|shape| shape.dim.as_slice());
    let given = options.inputs.get(&input.name).cloned();
    let given = given.or_else(|| Some(options.fixed.get(&input.name)?.shape.clone()));
    let shape = match (given, dims) {
        (Some(shape), dims) => {
            let fits = dims.is_none_or(|dims| {
                dims.len() == shape.len()
                    && dims.iter().zip(&shape).all(|(dim, size)| {
                        dim.dim_value.is_none_or(|value| u64::try_from(value) == Ok(*size))
                    })
            });
            if !fits {
                return Err(wrong(format!("shape {shape:?} is not one that the graph allows")));
            }
            shape
        }
        (None, None) => {
            let hint = format!("its shape is open; give one by --input {}=…", input.name);
            return Err(wrong(hint));
        }
        (None, Some(dims)) => dims
            .iter()
            .map(|dim| match (dim.dim_value, &dim.dim_param) {
                (Some(value), _) => {
                    u64::try_from(value).map_err(|_| wrong(format!("dimension {value}")))
                }
                (None, Some(name)) => options.dims.get(name).copied().ok_or_else(|| {
                    wrong(format!("dimension {name:?} is open; give it by --dim {name}=…"))
                }),
                (None, None) => {
                    Err(wrong(format!("a dimension is open; give all by --input {}=…", input.name)))
                }
            })
            .collect::<Result<_, _>>()?,
    };
    if elements(&shape).is_none() {
        return Err(wrong(format!("shape {shape:?} has too many elements")));
    }
    Ok(Port { name: input.name.clone(), element, shape })
}

fn size(what: &str, bytes: u64) -> Result<u32, OnnxError> {
    u32::try_from(bytes).ok().filter(|bytes| *bytes <= MAX_INPUT_OUTPUT).ok_or_else(|| {
        OnnxError::Model(format!("{what} of {bytes} bytes, a model may have {MAX_INPUT_OUTPUT}"))
    })
}

/// As much of a name as a model file holds.
fn shortened(name: &str) -> &str {
    let mut end = name.len().min(64);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let name = name.get(..end).unwrap_or("");
    name.split('\0').next().unwrap_or("")
}
