//! Subgraphs: conditions that are known at import, and loops whose number of iterations is.

use super::{Lowering, Outputs, Reason, refuse};
use crate::onnx::{
    Element, OnnxError,
    node::{Node, axis},
    proto::GraphProto,
    value::Value,
};

/// Most iterations of a loop.
const MAX_ITERATIONS: u64 = 4096;

impl<'m> Lowering<'m> {
    /// A condition that is known chooses a branch; else both are computed, and one of them chosen element by element.
    pub(super) fn branch(&mut self, node: &Node<'m>) -> Outputs {
        let condition = node.input(0)?.clone();
        let (yes, no) = (subgraph(node, "then_branch")?, subgraph(node, "else_branch")?);
        if self.program.is_constant(&condition) {
            let truth = self.int(&condition, "the condition")?;
            return self.body(if truth == 0 { no } else { yes }, &[]);
        }
        let condition = self.reshape(&condition, &[])?;
        let (yes, no) = (self.body(yes, &[])?, self.body(no, &[])?);
        let mut outputs = Vec::new();
        for (yes, no) in yes.iter().zip(&no) {
            if yes.shape != no.shape {
                return refuse(format!("branches of shapes {:?} and {:?}", yes.shape, no.shape));
            }
            outputs.push(self.select(&condition, yes, no)?);
        }
        Ok(outputs)
    }

    /// A loop is its body as often as it runs; its condition must be known after each.
    pub(super) fn repeat(&mut self, node: &Node<'m>) -> Outputs {
        let graph = subgraph(node, "body")?;
        let most = match node.optional(0) {
            Some(count) => u64::try_from(self.int(count, "the number of iterations")?).unwrap_or(0),
            None => MAX_ITERATIONS,
        };
        let mut goes_on = match node.optional(1) {
            Some(condition) => self.int(condition, "the condition")? != 0,
            None => true,
        };
        let mut state: Vec<Value> = Vec::new();
        for index in 2..node.inputs.len() {
            state.push(node.input(index)?.clone());
        }
        let carried = state.len();
        let scanned = graph.output.len().checked_sub(1 + carried);
        let scanned = scanned.ok_or_else(|| Reason::new("a body with too few outputs"))?;
        let mut collected: Vec<Vec<Value>> = vec![Vec::new(); scanned];
        let mut iteration = 0;
        while goes_on && iteration < most {
            if iteration == MAX_ITERATIONS {
                return refuse(format!("more than {MAX_ITERATIONS} iterations"));
            }
            let count = self.whole(Element::I64, &[], &[iteration as i64]);
            let truth = self.whole(Element::Bool, &[], &[1]);
            let inputs: Vec<Value> = [count, truth].into_iter().chain(state).collect();
            let outputs = self.body(graph, &inputs)?;
            let [condition, rest @ ..] = outputs.as_slice() else { return refuse("no outputs") };
            goes_on = self.int(condition, "the condition")? != 0;
            let (next, scans) = rest.split_at(carried.min(rest.len()));
            state = next.to_vec();
            for (all, scan) in collected.iter_mut().zip(scans) {
                all.push(scan.unsqueezed(0));
            }
            iteration += 1;
        }
        for parts in collected {
            if parts.is_empty() {
                return refuse("a scan of no iterations");
            }
            state.push(self.join(&parts, 0)?);
        }
        Ok(state)
    }

    /// A scan is its body for each slice of its inputs.
    pub(super) fn scan(&mut self, node: &Node<'m>) -> Outputs {
        if node.opset < 9 {
            return refuse("version 8");
        }
        let graph = subgraph(node, "body")?;
        let count = usize::try_from(node.int("num_scan_inputs", 0)).unwrap_or(0);
        let carried = node.inputs.len().checked_sub(count).filter(|_| count > 0);
        let carried = carried.ok_or_else(|| Reason::new("num_scan_inputs"))?;
        let attribute = |name: &str, index: usize| {
            node.ints(name).and_then(|list| list.get(index).copied()).unwrap_or(0)
        };
        let mut state = Vec::new();
        for index in 0..carried {
            state.push(node.input(index)?.clone());
        }
        let mut inputs = Vec::new();
        let mut length = None;
        for index in 0..count {
            let value = node.input(carried + index)?.clone();
            let at = axis(attribute("scan_input_axes", index), value.rank())?;
            let size = value.shape.get(at).copied().unwrap_or(0);
            if length.is_some_and(|length| length != size) || size > MAX_ITERATIONS {
                return refuse(format!("{size} iterations"));
            }
            length = Some(size);
            inputs.push((value, at, attribute("scan_input_directions", index) != 0));
        }
        let length = length.unwrap_or(0);
        let scanned = graph.output.len().saturating_sub(carried);
        let mut collected: Vec<Vec<Value>> = vec![Vec::new(); scanned];
        for iteration in 0..length {
            let slices = inputs.iter().map(|(value, at, reversed)| {
                let place = if *reversed { length - 1 - iteration } else { iteration };
                value.sliced(*at, place, 1, 1).squeezed(*at)
            });
            let arguments: Vec<Value> = state.into_iter().chain(slices).collect();
            let outputs = self.body(graph, &arguments)?;
            let (next, scans) = outputs.split_at(carried.min(outputs.len()));
            state = next.to_vec();
            for (all, scan) in collected.iter_mut().zip(scans) {
                all.push(scan.clone());
            }
        }
        for (index, mut parts) in collected.into_iter().enumerate() {
            if attribute("scan_output_directions", index) != 0 {
                parts.reverse();
            }
            let Some(first) = parts.first() else { return refuse("a scan of no iterations") };
            let at = axis(attribute("scan_output_axes", index), first.rank() + 1)?;
            let parts: Vec<Value> = parts.iter().map(|part| part.unsqueezed(at)).collect();
            state.push(self.join(&parts, at)?);
        }
        Ok(state)
    }

    /// Translates a subgraph with values for its inputs; returns its outputs.
    fn body(&mut self, graph: &'m GraphProto, inputs: &[Value]) -> Outputs {
        let names = graph.input.iter().map(|input| input.name.clone());
        let scope = names.zip(inputs.iter().cloned().map(Some)).collect();
        self.scopes.push(scope);
        let before = self.unsupported.len();
        let result = self.graph(graph);
        let outputs: Option<Vec<Value>> =
            graph.output.iter().map(|output| self.lookup(&output.name).flatten()).collect();
        self.scopes.pop();
        match result {
            Ok(()) => {}
            Err(OnnxError::Model(reason)) => return refuse(reason),
            Err(error) => return refuse(error.to_string()),
        }
        if self.unsupported.len() > before {
            return refuse("nodes of its subgraph are not supported");
        }
        outputs.ok_or_else(|| Reason::new("an output of its subgraph"))
    }
}

fn subgraph<'m>(node: &Node<'m>, name: &str) -> Result<&'m GraphProto, Reason> {
    let graph = node.attribute(name).and_then(|attribute| attribute.g.as_deref());
    graph.ok_or_else(|| Reason::new(format!("no {name}")))
}
