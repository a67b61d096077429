//! Writing by index: every update is a selection over the whole tensor.

use opml_kernels::Function as F;

use super::{Lowering, Outputs, Reason, refuse};
use crate::onnx::{Element, node::Node, tensor::elements, value::Value};

/// Most updates of a node; each is a record or three over the whole tensor.
const MAX_UPDATES: u64 = 512;

impl Lowering<'_> {
    pub(super) fn scatter_elements(&mut self, node: &Node<'_>) -> Outputs {
        let (data, indices) = (node.input(0)?.clone(), node.input(1)?.clone());
        let at = node.axis(0, data.rank())?;
        let places = self.flat_places(&data.shape, &indices, at)?;
        let table = self.reshape(&data, &[data.count(), 1])?;
        let count = indices.count();
        let places = self.reshape(&places, &[count])?;
        let updates = self.reshape(node.input(2)?, &[count, 1])?;
        let result = self.scatter(node, &table, &places, &updates)?;
        Ok(vec![self.reshape(&result, &data.shape)?])
    }

    pub(super) fn scatter_nd(&mut self, node: &Node<'_>) -> Outputs {
        let (data, indices) = (node.input(0)?.clone(), node.input(1)?.clone());
        let (places, depth) = self.nd_places(&data.shape, &indices)?;
        let width = elements(data.shape.get(depth..).unwrap_or(&[])).unwrap_or(0);
        let count = places.count();
        let table = self.reshape(&data, &[data.count().checked_div(width).unwrap_or(0), width])?;
        let places = self.reshape(&places, &[count])?;
        let updates = self.reshape(node.input(2)?, &[count, width])?;
        let result = self.scatter(node, &table, &places, &updates)?;
        Ok(vec![self.reshape(&result, &data.shape)?])
    }

    /// The rows of `updates` one after the other put, added, … to the rows of `table` that `places` names.
    fn scatter(
        &mut self,
        node: &Node<'_>,
        table: &Value,
        places: &Value,
        updates: &Value,
    ) -> Result<Value, Reason> {
        let function = match node.text("reduction", "none") {
            "none" => None,
            "add" => Some(F::Add),
            "mul" => Some(F::Mul),
            "min" => Some(F::Min),
            "max" => Some(F::Max),
            other => return refuse(format!("reduction {other:?}")),
        };
        let count = places.count();
        if count > MAX_UPDATES {
            return refuse(format!("{count} updates, at most {MAX_UPDATES}"));
        }
        let rows = table.shape.first().copied().unwrap_or(0);
        let row = self.iota(Element::I64, rows, 0, 2)?;
        let mut result = table.clone();
        for index in 0..count {
            let place = places.sliced(0, index, 1, 1);
            let hit = self.binary(F::Equal, &row, &place)?;
            let update = updates.sliced(0, index, 1, 1);
            let new = match function {
                Some(function) => self.binary(function, &result, &update)?,
                None => update,
            };
            result = self.select(&hit, &new, &result)?;
        }
        Ok(result)
    }
}
