//! ONNX files made on the spot: one picture in, one row of numbers out.

use crate::weights;
use opml_model::onnx::proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use prost::Message;

/// ONNX's number of f32.
const FLOAT: i32 = 1;

/// A tensor of channels × height × width, or a row.
#[derive(Clone, Debug)]
pub(super) struct Value {
    name: String,
    channels: u32,
}

/// What follows a convolution.
#[derive(Clone, Copy, Debug)]
pub(super) enum Activation {
    None,
    Relu,
    /// Between 0 and 6.
    Relu6,
}

/// A convolution: its output channels, square kernel, stride and groups. The padding keeps the size but for the stride.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convolution {
    pub(super) channels: u32,
    pub(super) kernel: u32,
    pub(super) stride: u32,
    pub(super) groups: u32,
    pub(super) activation: Activation,
}

/// A graph in the making.
#[derive(Debug, Default)]
pub(super) struct Graph(GraphProto);

impl Graph {
    /// A picture of three channels.
    pub(super) fn picture(&mut self, size: u32) -> Value {
        let dims = [1, 3, size, size];
        self.0.input.push(described("picture", &dims));
        // Bounds of `Relu6`.
        self.constant("zero", &[], &[0.0]);
        self.constant("six", &[], &[6.0]);
        Value { name: "picture".into(), channels: 3 }
    }

    /// A convolution with bias, as exporters leave it once normalisations are folded in.
    pub(super) fn convolution(&mut self, x: &Value, convolution: Convolution) -> Value {
        let Convolution { channels, kernel, stride, groups, activation } = convolution;
        let shape = [channels, x.channels / groups, kernel, kernel];
        let inputs = [x.name.clone(), self.weights(&shape), self.bias(channels)];
        let square = |size: u32| vec![i64::from(size); 2];
        let attributes = vec![
            ints("kernel_shape", square(kernel)),
            ints("strides", square(stride)),
            ints("pads", vec![i64::from(kernel / 2); 4]),
            int("group", groups.into()),
        ];
        let y = self.node("Conv", inputs.into(), attributes);
        let y = match activation {
            Activation::None => y,
            Activation::Relu => self.node("Relu", vec![y], Vec::new()),
            Activation::Relu6 => {
                self.node("Clip", vec![y, "zero".into(), "six".into()], Vec::new())
            }
        };
        Value { name: y, channels }
    }

    /// The greatest of 3 × 3, every other one.
    pub(super) fn max_pool(&mut self, x: &Value) -> Value {
        let attributes = vec![
            ints("kernel_shape", vec![3; 2]),
            ints("strides", vec![2; 2]),
            ints("pads", vec![1; 4]),
        ];
        let name = self.node("MaxPool", vec![x.name.clone()], attributes);
        Value { name, channels: x.channels }
    }

    pub(super) fn add(&mut self, a: &Value, b: &Value) -> Value {
        let name = self.node("Add", vec![a.name.clone(), b.name.clone()], Vec::new());
        Value { name, channels: a.channels }
    }

    pub(super) fn relu(&mut self, x: &Value) -> Value {
        let name = self.node("Relu", vec![x.name.clone()], Vec::new());
        Value { name, channels: x.channels }
    }

    /// The mean of every channel, and a dense layer: the end of the graph.
    pub(super) fn classify(mut self, x: &Value, classes: u32) -> Vec<u8> {
        let mean = self.node("GlobalAveragePool", vec![x.name.clone()], Vec::new());
        let flat = self.node("Flatten", vec![mean], Vec::new());
        let inputs = vec![flat, self.weights(&[classes, x.channels]), self.bias(classes)];
        let transposed = vec![int("transB", 1)];
        let y = self.node("Gemm", inputs, transposed);
        self.0.output.push(described(&y, &[1, classes]));
        self.0.name = "network".into();
        ModelProto {
            ir_version: Some(8),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 13 }],
            graph: Some(self.0),
            functions: Vec::new(),
        }
        .encode_to_vec()
    }

    /// Numbers that keep the size of what they are multiplied with.
    fn weights(&mut self, shape: &[u32]) -> String {
        let count = shape.iter().product::<u32>() as usize;
        let terms = count as f32 / shape[0] as f32;
        // A uniform number from −½ to ½ has the variance 1/12; half of the terms are behind a ReLU.
        let factor = (24.0 / terms).sqrt();
        let numbers = weights::numbers(count).into_iter().map(|number| factor * number);
        let name = format!("w{}", self.0.initializer.len());
        self.constant(&name, shape, &numbers.collect::<Vec<_>>());
        name
    }

    fn bias(&mut self, channels: u32) -> String {
        let name = format!("b{}", self.0.initializer.len());
        self.constant(&name, &[channels], &weights::numbers(channels as usize));
        name
    }

    fn constant(&mut self, name: &str, shape: &[u32], values: &[f32]) {
        self.0.initializer.push(TensorProto {
            name: name.to_owned(),
            data_type: FLOAT,
            dims: shape.iter().map(|dim| i64::from(*dim)).collect(),
            raw_data: weights::encode(values).into(),
            ..Default::default()
        });
    }

    fn node(
        &mut self,
        operator: &str,
        input: Vec<String>,
        attribute: Vec<AttributeProto>,
    ) -> String {
        let name = format!("n{}", self.0.node.len());
        self.0.node.push(NodeProto {
            op_type: operator.to_owned(),
            name: name.clone(),
            input,
            output: vec![name.clone()],
            attribute,
            ..Default::default()
        });
        name
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i: value, r#type: 2, ..Default::default() }
}

fn ints(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto { name: name.to_owned(), ints: values, r#type: 7, ..Default::default() }
}

fn described(name: &str, dims: &[u32]) -> ValueInfoProto {
    let dim = |size: &u32| DimensionProto { dim_value: Some((*size).into()), dim_param: None };
    let shape = Some(TensorShapeProto { dim: dims.iter().map(dim).collect() });
    let tensor_type = Some(TensorTypeProto { elem_type: FLOAT, shape });
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }
}
