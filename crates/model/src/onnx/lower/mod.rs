//! From nodes to records.
//!
//! Each operator has a function that takes a [`Node`] and returns its outputs; [`operators`] says which and in which versions. They
//! are built from a few primitives on values (`copy`, `elementwise`, `reduce`, `matmul`, …), which emit the records.

mod attention;
mod contract;
mod control;
mod conv;
mod elementwise;
mod emit;
mod fuse;
mod gather;
mod loss;
mod norm;
mod operators;
mod patterns;
mod pool;
mod quantise;
mod reduce;
mod resize;
mod rows;
mod scatter;
mod shape;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    OnnxError, Unsupported,
    node::Node,
    program::Program,
    proto::{GraphProto, ModelProto, NodeProto},
    value::{BufferId, Value},
};

/// Why a node has no translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    text: String,
    /// A buffer whose bytes must be known at import.
    open: Option<BufferId>,
}

impl Reason {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { text: reason.into(), open: None }
    }

    /// The same without the inputs that it could be fixed by: for values that decide no shape and are no inputs to fix.
    fn of_value(self) -> Self {
        Self { open: None, ..self }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// `Err` with a reason.
pub(crate) fn refuse<T>(reason: impl Into<String>) -> Result<T, Reason> {
    Err(Reason::new(reason))
}

/// What a node's outputs come to.
type Outputs = Result<Vec<Value>, Reason>;

/// Nodes that a model may come to, with the bodies of loops repeated.
const MAX_NODES: usize = 1 << 16;

/// Unsupported nodes for which the inputs that they depend on are looked for.
const MAX_TRACED: usize = 64;

/// Names of values; `None` for one whose maker has no translation.
type Names = BTreeMap<String, Option<Value>>;

/// The state of a translation.
pub(crate) struct Lowering<'m> {
    pub(crate) program: Program,
    /// Version of ONNX's own operators.
    opset: i64,
    /// Versions of other operators, by domain.
    domains: BTreeMap<&'m str, i64>,
    /// Names of the graph and of the subgraphs around the current node, outermost first.
    scopes: Vec<Names>,
    unsupported: Vec<Unsupported>,
    /// What the program may allocate, for the error that says so.
    memory: u64,
    /// Nodes translated so far.
    count: usize,
    /// Who uses the names of the innermost graph.
    users: BTreeMap<&'m str, Vec<User<'m>>>,
    /// Nodes of the innermost graph that were translated together with one before them.
    fused: BTreeSet<usize>,
}

/// A use of a value.
#[derive(Clone, Copy)]
enum User<'m> {
    /// As an input of a node of the same graph.
    Node(usize, &'m NodeProto),
    /// As an output of the graph, or inside a subgraph.
    Other,
}

/// A node's name, or that of its first output.
pub(crate) fn node_name(node: &NodeProto) -> String {
    let output = || node.output.first().map_or("", String::as_str);
    if node.name.is_empty() { output().to_owned() } else { node.name.clone() }
}

/// ONNX's own operators have no domain, or this one.
fn is_standard(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

impl<'m> Lowering<'m> {
    /// Begins with the names that are known: inputs and constants of the graph's caller.
    pub(crate) fn new(model: &'m ModelProto, program: Program, memory: u64, names: Names) -> Self {
        let imports = model.opset_import.iter();
        let opset = imports
            .clone()
            .find(|import| is_standard(&import.domain))
            .map_or(0, |import| import.version);
        Self {
            program,
            opset,
            domains: imports.map(|import| (import.domain.as_str(), import.version)).collect(),
            scopes: vec![names],
            unsupported: Vec::new(),
            memory,
            count: 0,
            users: BTreeMap::new(),
            fused: BTreeSet::new(),
        }
    }

    /// The program and the nodes that have no translation.
    pub(crate) fn finish(self) -> (Program, Vec<Unsupported>) {
        (self.program, self.unsupported)
    }

    /// The value of a name; `Some(None)` if its maker has no translation.
    pub(crate) fn lookup(&self, name: &str) -> Option<Option<Value>> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name).cloned())
    }

    fn define(&mut self, name: &str, value: Option<Value>) {
        if let Some(scope) = self.scopes.last_mut().filter(|_| !name.is_empty()) {
            scope.insert(name.to_owned(), value);
        }
    }

    /// Translates the model's graph.
    pub(crate) fn graph(&mut self, graph: &'m GraphProto) -> Result<(), OnnxError> {
        for tensor in &graph.initializer {
            // A fixed input may replace it.
            if self.lookup(&tensor.name).is_none() {
                let value = match super::Tensor::from_proto(tensor) {
                    Ok(tensor) => Some(super::import::constant(&mut self.program, &tensor)),
                    Err(error @ OnnxError::Tensor { .. })
                        if tensor.data_location == super::proto::EXTERNAL =>
                    {
                        return Err(error);
                    }
                    Err(error) => {
                        let reason = Reason::new(error.to_string());
                        let operator = "initializer".to_owned();
                        self.report(tensor.name.clone(), operator, self.opset, &reason);
                        None
                    }
                };
                self.define(&tensor.name, value);
            }
        }
        self.nodes(graph)
    }

    fn nodes(&mut self, graph: &'m GraphProto) -> Result<(), OnnxError> {
        let users = std::mem::replace(&mut self.users, fuse::users(graph));
        let fused = std::mem::take(&mut self.fused);
        let outermost = self.scopes.len() == 1;
        for (index, node) in graph.node.iter().enumerate() {
            if outermost {
                self.program.node = index;
            }
            if !self.fused.contains(&index) {
                self.node(node)?;
            }
            if self.program.is_exhausted() {
                return Err(OnnxError::Program(self.memory));
            }
        }
        self.users = users;
        self.fused = fused;
        Ok(())
    }

    fn report(&mut self, node: String, operator: String, opset: i64, reason: &Reason) {
        // Each is a walk over the program: a file may have many of them, nobody reads as many.
        let buffer = reason.open.filter(|_| self.unsupported.len() < MAX_TRACED);
        let open = buffer.map(|buffer| self.program.inputs_of(buffer)).unwrap_or_default();
        let reason = reason.text.clone();
        self.unsupported.push(Unsupported { node, operator, opset, reason, open });
    }

    /// Translates a node, or notes why it has no translation.
    fn node(&mut self, proto: &'m NodeProto) -> Result<(), OnnxError> {
        self.count += 1;
        if self.count > MAX_NODES {
            return Err(OnnxError::Model(format!("more than {MAX_NODES} nodes")));
        }
        let mut inputs = Vec::new();
        let mut known = true;
        for name in &proto.input {
            let value = match (name.is_empty(), self.lookup(name)) {
                (true, _) => None,
                (false, Some(value)) => {
                    known &= value.is_some();
                    value
                }
                (false, None) => {
                    let reason =
                        format!("node {:?} reads {name:?}, which no node makes", node_name(proto));
                    return Err(OnnxError::Model(reason));
                }
            };
            inputs.push(value);
        }
        let opset = if is_standard(&proto.domain) {
            self.opset
        } else {
            self.domains.get(proto.domain.as_str()).copied().unwrap_or(0)
        };
        let translation = operators::find(proto, opset);
        let outputs = match translation {
            Ok(_) if !known => None,
            Ok(translate) => {
                let node = Node { proto, inputs, opset };
                let whole = self.pattern(&node);
                let outputs = match whole {
                    Ok(Some(value)) => Ok(vec![value]),
                    _ => translate(self, &node),
                };
                match outputs {
                    Ok(outputs) => Some(outputs),
                    Err(reason) => {
                        self.unsupported(proto, opset, &reason);
                        None
                    }
                }
            }
            Err(reason) => {
                self.unsupported(proto, opset, &reason);
                None
            }
        };
        for (index, name) in proto.output.iter().enumerate() {
            let value = outputs.as_ref().and_then(|outputs| outputs.get(index)).cloned();
            if value.is_none() && outputs.is_some() && !name.is_empty() {
                self.unsupported(proto, opset, &Reason::new(format!("output {index}")));
            }
            self.define(name, value);
        }
        Ok(())
    }

    fn unsupported(&mut self, proto: &NodeProto, opset: i64, reason: &Reason) {
        let operator = if is_standard(&proto.domain) {
            proto.op_type.clone()
        } else {
            format!("{}.{}", proto.domain, proto.op_type)
        };
        self.report(node_name(proto), operator, opset, reason);
    }
}
