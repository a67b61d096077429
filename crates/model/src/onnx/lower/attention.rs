//! Attention and rotary embeddings as single nodes.

use opml_kernels::{Function as F, Reduction};

use super::{Lowering, Outputs, Reason, elementwise::one, refuse};
use crate::onnx::{Element, node::Node, value::Value};

impl Lowering<'_> {
    /// `[batch, length, heads·width]` as `[batch, heads, length, width]`.
    fn heads(&mut self, x: &Value, heads: i64) -> Result<Value, Reason> {
        match *x.shape.as_slice() {
            [_, _, _, _] => Ok(x.clone()),
            [batch, length, width] => {
                let heads = u64::try_from(heads).ok().filter(|n| *n > 0 && width % n == 0);
                let heads = heads.ok_or_else(|| Reason::new("the number of heads"))?;
                let split = self.reshape(x, &[batch, length, heads, width / heads])?;
                Ok(split.permuted(&[0, 2, 1, 3]))
            }
            _ => refuse(format!("shape {:?}", x.shape)),
        }
    }

    pub(super) fn attention(&mut self, node: &Node<'_>) -> Outputs {
        let input = node.input(0)?.clone();
        let flat = input.rank() == 3;
        let mut parts = Vec::new();
        for (index, name) in [(0, "q_num_heads"), (1, "kv_num_heads"), (2, "kv_num_heads")] {
            let part = self.float(node.input(index)?)?;
            parts.push(self.heads(&part, node.int(name, 0))?);
        }
        for (part, past) in [(1, 4), (2, 5)] {
            if let (Some(past), Some(part)) = (node.optional(past), parts.get_mut(part)) {
                let past = self.float(past)?;
                *part = self.join(&[past, part.clone()], 2)?;
            }
        }
        let [q, k, v] = parts.as_slice() else { return refuse("inputs") };
        let [batch, heads, length, width] = *q.shape.as_slice() else { return refuse("shapes") };
        let [_, groups, total, _] = *k.shape.as_slice() else { return refuse("shapes") };
        let [.., value_width] = *v.shape.as_slice() else { return refuse("shapes") };
        if groups == 0 || heads % groups != 0 {
            return refuse(format!("{heads} heads over {groups}"));
        }
        let scale = node.float("scale", 1.0 / (width as f32).sqrt());
        let scale = self.floats(&[], &[scale]);
        let q_scaled = self.binary(F::Mul, q, &scale)?;
        let grouped = [batch, groups, heads / groups, length, width];
        let q_grouped = self.reshape(&q_scaled, &grouped)?;
        let keys = k.permuted(&[0, 1, 3, 2]).unsqueezed(2);
        let scores = self.matmul(&q_grouped, &keys)?;
        let scores = self.reshape(&scores, &[batch, heads, length, total])?;
        let mut stages = vec![scores.clone()];
        let cap = node.float("softcap", 0.0);
        let mut current = scores;
        if cap != 0.0 {
            current = self.capped(&current, cap)?;
        }
        let capped = current.clone();
        let past = node.optional(4).and_then(|past| past.shape.get(2).copied()).unwrap_or(0);
        if let Some(mask) = node.optional(3) {
            current = self.masked(&current, &mask.clone(), total)?;
        }
        if let Some(lengths) = node.optional(6) {
            let lengths = self.cast(lengths, Element::I64)?;
            let lengths = self.reshape(&lengths, &[batch, 1, 1, 1])?;
            let place = self.iota(Element::I64, total, 3, 4)?;
            let valid = self.binary(F::Less, &place, &lengths)?;
            current = self.kept_scores(&valid, &current)?;
        }
        if node.int("is_causal", 0) != 0 {
            let mut row = self.iota(Element::I64, length, 2, 4)?;
            if let Some(lengths) = node.optional(6) {
                // Queries are the last of the valid positions.
                let lengths = self.cast(lengths, Element::I64)?;
                let lengths = self.reshape(&lengths, &[batch, 1, 1, 1])?;
                let count = self.whole(Element::I64, &[], &[length as i64]);
                let first = self.binary(F::Sub, &lengths, &count)?;
                row = self.binary(F::Add, &row, &first)?;
            } else {
                let first = self.whole(Element::I64, &[], &[past as i64]);
                row = self.binary(F::Add, &row, &first)?;
            }
            let place = self.iota(Element::I64, total, 3, 4)?;
            let visible = self.binary(F::LessOrEqual, &place, &row)?;
            current = self.kept_scores(&visible, &current)?;
        }
        stages.push(capped);
        stages.push(current.clone());
        let mut weights = self.softmax(&current, 3, false)?;
        if node.opset >= 24 {
            // A query that sees nothing gets nothing; before, that was not said.
            let never = self.floats(&[], &[f32::NEG_INFINITY]);
            let greatest = self.reduce(Reduction::Max, &current, &[3])?;
            let is_blind = self.binary(F::Equal, &greatest, &never)?;
            let nothing = self.floats(&[], &[0.0]);
            weights = self.select(&is_blind, &nothing, &weights)?;
        }
        stages.push(weights.clone());
        let grouped = self.reshape(&weights, &[batch, groups, heads / groups, length, total])?;
        let y = self.matmul(&grouped, &v.unsqueezed(2))?;
        let y = self.reshape(&y, &[batch, heads, length, value_width])?;
        let y = if flat {
            let joined = y.permuted(&[0, 2, 1, 3]);
            self.reshape(&joined, &[batch, length, heads * value_width])?
        } else {
            y
        };
        let (k, v) = (k.clone(), v.clone());
        let mode = usize::try_from(node.int("qk_matmul_output_mode", 0)).unwrap_or(9);
        let scores = stages.get(mode).cloned().ok_or_else(|| Reason::new("output mode"))?;
        let mut outputs = Vec::new();
        for value in [y, k, v, scores] {
            outputs.push(self.cast(&value, input.element)?);
        }
        Ok(outputs)
    }

    /// `cap·tanh(x / cap)`.
    fn capped(&mut self, x: &Value, cap: f32) -> Result<Value, Reason> {
        let cap = self.floats(&[], &[cap]);
        let quotient = self.binary(F::Div, x, &cap)?;
        let curve = self.unary(F::Tanh, &quotient)?;
        self.binary(F::Mul, &curve, &cap)
    }

    /// Scores where `keep` holds, −∞ elsewhere.
    fn kept_scores(&mut self, keep: &Value, scores: &Value) -> Result<Value, Reason> {
        let never = self.floats(&[], &[f32::NEG_INFINITY]);
        self.select(keep, scores, &never)
    }

    /// A mask of truths, or of summands; positions past its end are masked.
    fn masked(&mut self, scores: &Value, mask: &Value, total: u64) -> Result<Value, Reason> {
        let last = mask.rank().checked_sub(1).ok_or_else(|| Reason::new("a mask"))?;
        let missing = total.saturating_sub(mask.shape.get(last).copied().unwrap_or(0)) as i64;
        let mut widths = vec![(0, 0); mask.rank()];
        if let Some(width) = widths.get_mut(last).filter(|_| mask.shape.get(last) != Some(&1)) {
            *width = (0, missing);
        }
        if mask.element == Element::Bool {
            let never = self.whole(Element::Bool, &[], &[0]);
            let mask = self.pad(mask, &widths, &never)?;
            return self.kept_scores(&mask, scores);
        }
        let mask = self.float(mask)?;
        let never = self.floats(&[], &[f32::NEG_INFINITY]);
        let mask = self.pad(&mask, &widths, &never)?;
        self.binary(F::Add, scores, &mask)
    }

    pub(super) fn rotary(&mut self, node: &Node<'_>) -> Outputs {
        let input = node.input(0)?.clone();
        let x = self.heads(&input, node.int("num_heads", 0))?;
        let [batch, _, length, width] = *x.shape.as_slice() else { return refuse("shape") };
        let turned = match node.int("rotary_embedding_dim", 0) {
            0 => width,
            dim => u64::try_from(dim).ok().filter(|dim| *dim <= width).unwrap_or(width),
        };
        let mut tables = Vec::new();
        for index in [1, 2] {
            let table = node.input(index)?.clone();
            let table = match node.optional(3) {
                Some(positions) => self.gather(&table, &positions.clone(), 0)?,
                None => table,
            };
            let half = turned / 2;
            let table = table.sliced(table.rank() - 1, 0, half, 1);
            let table = self.reshape(&table, &[batch, length, half])?;
            tables.push(table.unsqueezed(1));
        }
        let [cosine, sine] = tables.as_slice() else { return refuse("tables") };
        let half = turned / 2;
        let pairs = node.int("interleaved", 0) != 0;
        let part = |index: u64| {
            let (start, step) = if pairs { (index, 2) } else { (index * half, 1) };
            x.sliced(3, start, half, step)
        };
        let (a, b) = (part(0), part(1));
        let (ac, bs) = (self.binary(F::Mul, &a, cosine)?, self.binary(F::Mul, &b, sine)?);
        let real = self.binary(F::Sub, &ac, &bs)?;
        let (as_, bc) = (self.binary(F::Mul, &a, sine)?, self.binary(F::Mul, &b, cosine)?);
        let imaginary = self.binary(F::Add, &as_, &bc)?;
        let rest = x.sliced(3, turned, width - turned, 1);
        let y = if pairs {
            let both = self.join(&[real.unsqueezed(4), imaginary.unsqueezed(4)], 4)?;
            let mut shape = x.shape.clone();
            if let Some(dim) = shape.last_mut() {
                *dim = turned;
            }
            self.reshape(&both, &shape)?
        } else {
            self.join(&[real, imaginary], 3)?
        };
        let y = if turned < width { self.join(&[y, rest], 3)? } else { y };
        if input.rank() == 4 {
            return Ok(vec![y]);
        }
        one(self.reshape(&y.permuted(&[0, 2, 1, 3]), &input.shape))
    }
}
