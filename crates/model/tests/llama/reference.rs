//! A forward pass in f64, written from the papers and not from the program: what a float implementation answers.

use opml_kernels::Pairing;
use opml_model::llama::{Config, Llama, Matrix};

pub(crate) struct Reference {
    config: Config,
    embedding: Vec<Vec<f64>>,
    classifier: Vec<Vec<f64>>,
    norm: Vec<f64>,
    layers: Vec<[Vec<Vec<f64>>; 9]>,
    /// Keys and values of every position, by layer.
    cache: Vec<Vec<[Vec<f64>; 2]>>,
}

fn rows(matrix: &Matrix<'_>) -> Vec<Vec<f64>> {
    let row = |row| matrix.row(row).into_iter().map(f64::from).collect();
    (0..matrix.shape()[0]).map(row).collect()
}

fn product(matrix: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
}

fn normalised(x: &[f64], gamma: &[f64], epsilon: f64) -> Vec<f64> {
    let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
    x.iter().zip(gamma).map(|(x, g)| x / (mean + epsilon).sqrt() * g).collect()
}

impl Reference {
    pub(crate) fn new(llama: &Llama<'_>) -> Self {
        let layers = llama.layers.iter().map(|layer| {
            [
                rows(&layer.attention_norm),
                rows(&layer.query),
                rows(&layer.key),
                rows(&layer.value),
                rows(&layer.output),
                rows(&layer.hidden_norm),
                rows(&layer.gate),
                rows(&layer.up),
                rows(&layer.down),
            ]
        });
        let embedding = rows(&llama.embedding);
        Self {
            classifier: llama.classifier.as_ref().map_or_else(|| embedding.clone(), rows),
            embedding,
            norm: rows(&llama.norm).remove(0),
            cache: vec![Vec::new(); llama.layers.len()],
            layers: layers.collect(),
            config: llama.config.clone(),
        }
    }

    fn rotate(&self, heads: &mut [f64], position: usize) {
        let size = self.config.head as usize;
        for head in heads.chunks_mut(size) {
            for i in 0..size / 2 {
                let angle = position as f64 * self.config.theta.powf(-2.0 * i as f64 / size as f64);
                let (a, b) = match self.config.pairing {
                    Pairing::Adjacent => (2 * i, 2 * i + 1),
                    Pairing::Halves => (i, i + size / 2),
                };
                let (x, y) = (head[a], head[b]);
                head[a] = x * angle.cos() - y * angle.sin();
                head[b] = x * angle.sin() + y * angle.cos();
            }
        }
    }

    /// The logits after `token` at the next position.
    pub(crate) fn logits(&mut self, token: u32) -> Vec<f64> {
        let Config { heads, groups, head, epsilon, .. } = self.config;
        let (size, epsilon) = (head as usize, f64::from(epsilon));
        let position = self.cache[0].len();
        let mut x = self.embedding[token as usize].clone();
        for index in 0..self.layers.len() {
            let [attention_norm, query, key, value, output, hidden_norm, gate, up, down] =
                &self.layers[index];
            let normed = normalised(&x, &attention_norm[0], epsilon);
            let (mut q, mut k, v) =
                (product(query, &normed), product(key, &normed), product(value, &normed));
            self.rotate(&mut q, position);
            self.rotate(&mut k, position);
            self.cache[index].push([k, v]);
            let mut mixed = Vec::new();
            for (h, q) in q.chunks(size).enumerate() {
                let group = h / (heads / groups) as usize * size;
                let scores: Vec<f64> = self.cache[index]
                    .iter()
                    .map(|[k, _]| {
                        k[group..].iter().zip(q).map(|(k, q)| k * q).sum::<f64>()
                            / (size as f64).sqrt()
                    })
                    .collect();
                let max = scores.iter().copied().fold(f64::MIN, f64::max);
                let weights: Vec<f64> = scores.iter().map(|score| (score - max).exp()).collect();
                let total: f64 = weights.iter().sum();
                for i in 0..size {
                    let values = self.cache[index].iter().map(|[_, v]| v[group + i]);
                    mixed.push(weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>() / total);
                }
            }
            let [.., output, hidden_norm, gate, up, down] = [output, hidden_norm, gate, up, down];
            x.iter_mut().zip(product(output, &mixed)).for_each(|(x, y)| *x += y);
            let normed = normalised(&x, &hidden_norm[0], epsilon);
            let gated: Vec<f64> = product(gate, &normed)
                .into_iter()
                .zip(product(up, &normed))
                .map(|(g, u)| g / (1.0 + (-g).exp()) * u)
                .collect();
            x.iter_mut().zip(product(down, &gated)).for_each(|(x, y)| *x += y);
        }
        product(&self.classifier, &normalised(&x, &self.norm, epsilon))
    }

    /// The greedy answer of `count` tokens at most, or up to a token that ends one; and the least distance of a choice.
    pub(crate) fn greedy(
        &mut self,
        prompt: &[u32],
        count: usize,
        stops: &[u32],
    ) -> (Vec<u32>, f64) {
        let mut answer: Vec<u32> = Vec::new();
        let mut distance = f64::MAX;
        for (index, token) in prompt.iter().enumerate() {
            let logits = self.logits(*token);
            if index + 1 == prompt.len() {
                distance = distance.min(take(&logits, &mut answer));
            }
        }
        while answer.len() < count && !stops.contains(&answer[answer.len() - 1]) {
            let logits = self.logits(answer[answer.len() - 1]);
            distance = distance.min(take(&logits, &mut answer));
        }
        (answer, distance)
    }
}

/// Appends the index of the greatest logit; returns how far it is above the next.
fn take(logits: &[f64], answer: &mut Vec<u32>) -> f64 {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    answer.push(order[0] as u32);
    logits[order[0]] - logits[order[1]]
}
