//! Building ONNX models.

use opml_engine::Engine;
use opml_model::onnx::{
    Imported, OnnxError, Options, import,
    proto::{
        AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
        TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
    },
};
use prost::Message;
use std::sync::Arc;

/// ONNX's numbers of element types.
pub(crate) const FLOAT: i32 = 1;
pub(crate) const INT64: i32 = 7;
pub(crate) const BOOL: i32 = 9;

/// A model in the making.
#[derive(Clone, Default)]
pub(crate) struct Graph(pub GraphProto);

impl Graph {
    /// An input; a negative dimension is named by it, as `d1` for −1.
    pub(crate) fn input(mut self, name: &str, element: i32, shape: &[i64]) -> Self {
        self.0.input.push(value(name, element, shape));
        self
    }

    pub(crate) fn output(mut self, name: &str) -> Self {
        self.0.output.push(value(name, FLOAT, &[]));
        self
    }

    pub(crate) fn constant(mut self, name: &str, shape: &[i64], values: &[f32]) -> Self {
        self.0.initializer.push(floats(name, shape, values));
        self
    }

    pub(crate) fn integers(mut self, name: &str, shape: &[i64], values: &[i64]) -> Self {
        self.0.initializer.push(TensorProto {
            name: name.to_owned(),
            data_type: INT64,
            dims: shape.to_vec(),
            int64_data: values.to_vec(),
            ..Default::default()
        });
        self
    }

    /// A node with inputs and outputs separated by spaces; `_` is an input that is left out.
    pub(crate) fn node(
        mut self,
        operator: &str,
        inputs: &str,
        outputs: &str,
        attributes: Vec<AttributeProto>,
    ) -> Self {
        let names = |text: &str| -> Vec<String> {
            let name = |name: &str| if name == "_" { String::new() } else { name.to_owned() };
            text.split_whitespace().map(name).collect()
        };
        self.0.node.push(NodeProto {
            op_type: operator.to_owned(),
            input: names(inputs),
            output: names(outputs),
            attribute: attributes,
            ..Default::default()
        });
        self
    }

    pub(crate) fn bytes(&self, opset: i64) -> Vec<u8> {
        let import = OperatorSetIdProto { domain: String::new(), version: opset };
        let graph = Some(self.0.clone());
        ModelProto { ir_version: Some(8), opset_import: vec![import], graph, functions: vec![] }
            .encode_to_vec()
    }

    pub(crate) fn import(&self, opset: i64) -> Result<Imported, OnnxError> {
        import(self.bytes(opset), &Options::default())
    }

    /// Imports the model and runs it on the native engine.
    pub(crate) fn run(&self, opset: i64, input: &[f32]) -> Vec<f32> {
        run(self.import(opset).unwrap(), &bytes(input))
    }
}

/// Runs an imported model; all outputs as f32.
pub(crate) fn run(imported: Imported, input: &[u8]) -> Vec<f32> {
    let model = Arc::new(imported.model);
    let max = model.header().max_steps;
    let mut engine = Engine::new(model, input).unwrap();
    let steps = engine.run_to_halt(max).unwrap();
    assert_eq!((engine.refusal(), steps), (None, max));
    engine.output().as_chunks().0.iter().map(|word| f32::from_le_bytes(*word)).collect()
}

pub(crate) fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

pub(crate) fn floats(name: &str, shape: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        data_type: FLOAT,
        dims: shape.to_vec(),
        raw_data: bytes(values).into(),
        ..Default::default()
    }
}

pub(crate) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.to_owned(), ints: values.to_vec(), r#type: 7, ..Default::default() }
}

pub(crate) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i: value, r#type: 2, ..Default::default() }
}

pub(crate) fn subgraph(name: &str, graph: Graph) -> AttributeProto {
    let graph = Some(Box::new(graph.0));
    AttributeProto { name: name.to_owned(), g: graph, r#type: 5, ..Default::default() }
}

fn value(name: &str, element: i32, shape: &[i64]) -> ValueInfoProto {
    let dim = |size: &i64| match u64::try_from(*size) {
        Ok(_) => DimensionProto { dim_value: Some(*size), dim_param: None },
        Err(_) => DimensionProto { dim_value: None, dim_param: Some(format!("d{}", -size)) },
    };
    let shape = TensorShapeProto { dim: shape.iter().map(dim).collect() };
    let tensor = TensorTypeProto { elem_type: element, shape: Some(shape) };
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type: Some(tensor) }) }
}

/// Fixed numbers between −1 and 1.
pub(crate) fn numbers(count: usize, mut seed: u32) -> Vec<f32> {
    (0..count)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}
