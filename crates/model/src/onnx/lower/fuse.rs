//! Nodes that become part of a record before them: bias, residual and activation of a contraction.

use std::collections::BTreeMap;

use opml_kernels::Activation;

use super::{Lowering, User, is_standard};
use crate::onnx::{
    Element,
    node::Node,
    proto::{GraphProto, NodeProto},
    value::{Value, broadcast_shape},
};

/// Who uses the values of a graph.
pub(super) fn users(graph: &GraphProto) -> BTreeMap<&str, Vec<User<'_>>> {
    let mut users: BTreeMap<&str, Vec<User<'_>>> = BTreeMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        for name in &node.input {
            users.entry(name).or_default().push(User::Node(index, node));
        }
    }
    for output in &graph.output {
        users.entry(&output.name).or_default().push(User::Other);
    }
    // Names that subgraphs take from here; their graphs are walked without recursion.
    let mut inner: Vec<&GraphProto> = subgraphs(graph).collect();
    while let Some(graph) = inner.pop() {
        for name in graph.node.iter().flat_map(|node| &node.input) {
            users.entry(name).or_default().push(User::Other);
        }
        for output in &graph.output {
            users.entry(&output.name).or_default().push(User::Other);
        }
        inner.extend(subgraphs(graph));
    }
    users
}

fn subgraphs(graph: &GraphProto) -> impl Iterator<Item = &GraphProto> {
    let attributes = graph.node.iter().flat_map(|node| &node.attribute);
    attributes.filter_map(|attribute| attribute.g.as_deref())
}

/// A node that is the only user of a value: its position and itself.
pub(super) type Follower<'m> = (usize, &'m NodeProto);

impl<'m> Lowering<'m> {
    /// The node that alone uses `name`, if it is one of ONNX's own operators with one output.
    pub(super) fn follower(&self, name: &str) -> Option<Follower<'m>> {
        match self.users.get(name)?.as_slice() {
            [User::Node(index, node)] if is_standard(&node.domain) && node.output.len() == 1 => {
                Some((*index, *node))
            }
            _ => None,
        }
    }

    /// The square of `name` and the division of it that together are its only users.
    pub(super) fn power_and_quotient(&self, name: &str) -> Option<(Follower<'m>, Follower<'m>)> {
        let mut nodes = Vec::new();
        for user in self.users.get(name)? {
            let User::Node(index, node) = user else { return None };
            // A product with itself uses it twice.
            if !nodes.iter().any(|(known, _)| known == index) {
                nodes.push((*index, *node));
            }
        }
        let is_square = |node: &NodeProto| matches!(node.op_type.as_str(), "Pow" | "Mul");
        match nodes.as_slice() {
            [a, b] if is_square(a.1) && b.1.op_type == "Div" => Some((*a, *b)),
            [b, a] if is_square(a.1) && b.1.op_type == "Div" => Some((*a, *b)),
            _ => None,
        }
    }

    /// The other input of a binary node that has `name` as one of them, if its value is known already.
    pub(super) fn partner(&self, node: &NodeProto, name: &str) -> Option<Value> {
        let [a, b] = node.input.as_slice() else { return None };
        let other = match (a == name, b == name) {
            (true, false) => b,
            (false, true) => a,
            _ => return None,
        };
        self.lookup(other)?
    }

    /// Takes `node` as translated, with `value` as its output.
    pub(super) fn fuse(&mut self, (index, node): Follower<'m>, value: &Value) {
        self.fused.insert(index);
        if let Some(name) = node.output.first() {
            self.define(name, Some(value.clone()));
        }
    }
}

/// What follows a contraction inside its record, and the nodes that it stands for.
#[derive(Default)]
pub(super) struct Fusion<'m> {
    /// One f32 per column.
    pub(super) bias: Option<Value>,
    /// One f32 per output.
    pub(super) residual: Option<Value>,
    pub(super) activation: Activation,
    /// Whether the contraction's own summand is among them.
    pub(super) takes_first: bool,
    pub(super) followers: Vec<Follower<'m>>,
}

impl<'m> Lowering<'m> {
    /// Follows the only user of `node`'s output, and its only user, … as long as they are a bias along axis `columns`, then a residual,
    /// then an activation. `first` is a summand that the contraction has already.
    pub(super) fn fusion(
        &mut self,
        node: &Node<'m>,
        shape: &[u64],
        columns: usize,
        first: Option<&Value>,
    ) -> Fusion<'m> {
        let mut fusion = Fusion::default();
        let is_float = node.optional(0).is_some_and(|x| x.element == Element::F32);
        if !is_float {
            return fusion;
        }
        if let Some(first) = first {
            fusion.takes_first = self.summand(&mut fusion, first, shape, columns);
            if !fusion.takes_first {
                return fusion;
            }
        }
        let mut name = node.proto.output.first();
        while let Some((index, follower)) = name.and_then(|name| self.follower(name)) {
            let taken = match (follower.op_type.as_str(), name) {
                ("Add", Some(name)) => match self.partner(follower, name) {
                    Some(other) => self.summand(&mut fusion, &other, shape, columns),
                    None => false,
                },
                _ => false,
            };
            let activation = self.activation_of(follower);
            if let Some(activation) = activation {
                fusion.activation = activation;
            }
            if !taken && activation.is_none() {
                break;
            }
            fusion.followers.push((index, follower));
            if activation.is_some() {
                break;
            }
            name = follower.output.first();
        }
        fusion
    }

    /// Takes a summand as bias or residual, if there is a place for it.
    fn summand(
        &mut self,
        fusion: &mut Fusion<'m>,
        value: &Value,
        shape: &[u64],
        columns: usize,
    ) -> bool {
        if value.element != Element::F32
            || broadcast_shape([&value.shape, shape]).as_deref() != Some(shape)
        {
            return false;
        }
        // Dimensions are aligned at the end.
        let missing = shape.len() - value.rank();
        let lies_along = |axis: usize| {
            let dims = value.shape.iter().enumerate();
            dims.into_iter().all(|(at, dim)| *dim == 1 || at + missing == axis)
        };
        if fusion.residual.is_none() && fusion.bias.is_none() && lies_along(columns) {
            let size = shape.get(columns).copied().unwrap_or(1);
            let flat = self.reshape(value, &[value.count()]).ok();
            fusion.bias = flat.and_then(|flat| flat.broadcast(&[size]));
            return fusion.bias.is_some();
        }
        if fusion.residual.is_none() {
            fusion.residual = value.broadcast(shape);
            return fusion.residual.is_some();
        }
        false
    }

    /// The activation that a node is, if records have it.
    fn activation_of(&self, node: &NodeProto) -> Option<Activation> {
        let float = |name: &str, default: f32| {
            let attribute = node.attribute.iter().find(|attribute| attribute.name == name);
            attribute.map_or(default, |attribute| attribute.f)
        };
        match node.op_type.as_str() {
            "Relu" => Some(Activation::Relu),
            "Sigmoid" => Some(Activation::Sigmoid),
            "Tanh" => Some(Activation::Tanh),
            "LeakyRelu" => Some(Activation::LeakyRelu(float("alpha", 0.01))),
            "Clip" => {
                let bound = |index: usize, name: &str, none: f32| match node
                    .input
                    .get(index)
                    .filter(|name| !name.is_empty())
                {
                    Some(input) => self.number(&self.lookup(input)??, name).ok(),
                    None => Some(float(name, none)),
                };
                let low = bound(1, "min", f32::NEG_INFINITY)?;
                let high = bound(2, "max", f32::INFINITY)?;
                Some(Activation::Clip(low, high))
            }
            _ => None,
        }
    }

    /// Takes the nodes of a fusion as translated: `y` is the output of the last of them.
    pub(super) fn fused(&mut self, fusion: Fusion<'m>, y: &Value) {
        for follower in fusion.followers {
            self.fuse(follower, y);
        }
    }
}
