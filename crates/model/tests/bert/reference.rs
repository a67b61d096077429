//! A forward pass in f64, written from the papers and not from the program.

use opml_model::{
    bert::{Bert, Dense, Norm},
    checkpoint::Matrix,
};

fn rows(matrix: &Matrix<'_>) -> Vec<Vec<f64>> {
    let row = |row| matrix.row(row).into_iter().map(f64::from).collect();
    (0..matrix.shape()[0]).map(row).collect()
}

fn row(matrix: &Matrix<'_>, index: u32) -> Vec<f64> {
    matrix.row(index as usize).into_iter().map(f64::from).collect()
}

fn dense(layer: &Dense<'_>, x: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let (weight, bias) = (rows(&layer.weight), row(&layer.bias, 0));
    let output = |x: &Vec<f64>| {
        let sum = |(w, b): (&Vec<f64>, &f64)| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b;
        weight.iter().zip(&bias).map(sum).collect()
    };
    x.iter().map(output).collect()
}

fn normalised(norm: &Norm<'_>, x: &[Vec<f64>], epsilon: f64) -> Vec<Vec<f64>> {
    let (gamma, beta) = (row(&norm.gamma, 0), row(&norm.beta, 0));
    let one = |x: &Vec<f64>| {
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
        let factor = 1.0 / (variance + epsilon).sqrt();
        x.iter()
            .zip(gamma.iter().zip(&beta))
            .map(|(x, (g, b))| (x - mean) * factor * g + b)
            .collect()
    };
    x.iter().map(one).collect()
}

fn added(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let add = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
    a.iter().zip(b).map(add).collect()
}

/// The error function, by its series: exact enough for |x| < 6, and 1 beyond.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

fn attention(q: &[Vec<f64>], k: &[Vec<f64>], v: &[Vec<f64>], heads: usize) -> Vec<Vec<f64>> {
    let size = q[0].len() / heads;
    let mut out = vec![Vec::new(); q.len()];
    for head in 0..heads {
        let part = head * size..(head + 1) * size;
        for (q, out) in q.iter().zip(&mut out) {
            let scores: Vec<f64> = k
                .iter()
                .map(|k| {
                    let dot: f64 =
                        q[part.clone()].iter().zip(&k[part.clone()]).map(|(q, k)| q * k).sum();
                    dot / (size as f64).sqrt()
                })
                .collect();
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
            let total: f64 = weights.iter().sum();
            for i in part.clone() {
                out.push(weights.iter().zip(v).map(|(w, v)| w * v[i]).sum::<f64>() / total);
            }
        }
    }
    out
}

/// The embedding of a text.
pub(crate) fn embed(bert: &Bert<'_>, tokens: &[(u32, u32)]) -> Vec<f64> {
    let epsilon = f64::from(bert.config.epsilon);
    let sum: Vec<Vec<f64>> = (0..)
        .zip(tokens)
        .map(|(position, (token, kind))| {
            let tables = [(&bert.words, *token), (&bert.types, *kind), (&bert.positions, position)];
            let parts = tables.map(|(table, index)| row(table, index));
            (0..parts[0].len()).map(|i| parts.iter().map(|part| part[i]).sum()).collect()
        })
        .collect();
    let mut x = normalised(&bert.norm, &sum, epsilon);
    for layer in &bert.layers {
        let [q, k, v] = [layer.query, layer.key, layer.value].map(|part| dense(&part, &x));
        let mixed = attention(&q, &k, &v, bert.config.heads as usize);
        x = normalised(&layer.attention_norm, &added(&dense(&layer.output, &mixed), &x), epsilon);
        let mut hidden = dense(&layer.up, &x);
        for value in hidden.iter_mut().flatten() {
            *value *= 0.5 * (1.0 + erf(*value * std::f64::consts::FRAC_1_SQRT_2));
        }
        x = normalised(&layer.hidden_norm, &added(&dense(&layer.down, &hidden), &x), epsilon);
    }
    let mean: Vec<f64> =
        (0..x[0].len()).map(|i| x.iter().map(|row| row[i]).sum::<f64>() / x.len() as f64).collect();
    let length = mean.iter().map(|x| x * x).sum::<f64>().sqrt();
    mean.into_iter().map(|x| x / length).collect()
}
