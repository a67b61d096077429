//! Whole language models of the LLaMA family: made-up weights, the same on both sides.

mod candle;
mod ours;
mod shape;

pub(crate) use shape::Shape;

use crate::{
    profile,
    table::{Machine, Row},
    timing,
};
use eyre::Result;
use opml_engine::Cpu;
use opml_model::llama::{Format, Llama, Untrained};
use std::time::Duration;

/// Tokens of the prompt that is measured.
const PROMPT: u32 = 256;
/// Tokens generated after it.
const TOKENS: u32 = 24;
/// Rounds of each side; the median counts.
const ROUNDS: usize = 5;

/// Measures decoding and prefill of a shape.
///
/// # Errors
/// If one of the sides fails.
pub(crate) fn measure(shape: &Shape, cpu: &Cpu, machine: &Machine) -> Result<Vec<Row>> {
    let weights = Untrained::new(shape.config(), shape.format);
    let llama = weights.llama()?;
    let ours = ours::Model::new(shape.name, &llama)?;
    let mut peer = candle::Model::new(&llama)?;
    let bytes = bytes_per_token(&llama);
    let (mut prefill, mut decode) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..ROUNDS {
        for (side, [first, rest]) in
            [ours.time(cpu, PROMPT, TOKENS)?, peer.time(PROMPT, TOKENS)?].into_iter().enumerate()
        {
            let token = rest / (TOKENS - 1);
            decode[side].push(token);
            // The first token takes the prompt, whose last position is computed as any other.
            prefill[side].push(first.saturating_sub(token));
        }
    }
    let [prefill, decode] = [prefill, decode].map(|times| times.map(timing::median));
    let rate = |count: u32, time: Duration| f64::from(count) / time.as_secs_f64();
    let row = |what: &str, count: u32, [ours, peer]: [Duration; 2]| Row {
        name: format!("{} {what}", shape.name),
        unit: "tokens/s",
        ours: rate(count, ours),
        peer: rate(count, peer),
        peer_name: "candle",
        ratio: peer.as_secs_f64() / ours.as_secs_f64(),
    };
    let [token, _] = decode;
    let read = bytes as f64 / token.as_secs_f64() / 1e9;
    let bandwidth = Row {
        name: format!("{} decode, weights", shape.name),
        unit: "GB/s",
        ours: read,
        peer: machine.read_gb_s,
        peer_name: "memory",
        ratio: read / machine.read_gb_s,
    };
    let [whole, _] = prefill;
    let products = layer_weights(&llama) as f64 * rate(PROMPT, whole) / 1e9;
    let (peak, peer_name) = match shape.format {
        Format::F32 => (machine.f32_gmac_s, "f32 multipliers"),
        _ => (machine.s8_gmac_s, "s8 multipliers"),
    };
    let products = Row {
        name: format!("{} prefill {PROMPT}, weights", shape.name),
        unit: "GMAC/s",
        ours: products,
        peer: peak,
        peer_name,
        ratio: products / peak,
    };
    Ok(vec![
        row("decode", 1, decode),
        bandwidth,
        row(&format!("prefill {PROMPT}"), PROMPT, prefill),
        products,
        ours.verification(cpu, PROMPT)?,
    ])
}

/// Weights of the layers: as many multiply-adds has a position of a prompt, beside attention's.
fn layer_weights(llama: &Llama<'_>) -> u64 {
    let matrices = llama.layers.iter().flat_map(|layer| {
        [&layer.query, &layer.key, &layer.value, &layer.output, &layer.gate, &layer.up, &layer.down]
    });
    matrices.map(|matrix| matrix.shape().iter().map(|size| *size as u64).product::<u64>()).sum()
}

/// Bytes of weights that are read for a token.
fn bytes_per_token(llama: &Llama<'_>) -> usize {
    let layers = llama.layers.iter().flat_map(|layer| {
        [
            &layer.attention_norm,
            &layer.query,
            &layer.key,
            &layer.value,
            &layer.output,
            &layer.hidden_norm,
            &layer.gate,
            &layer.up,
            &layer.down,
        ]
    });
    layers.chain(&llama.classifier).map(|matrix| matrix.bytes().len()).sum()
}

/// Where the time of a generation goes, operator by operator.
///
/// # Errors
/// If the model cannot be built or run.
pub(crate) fn profile(shape: &Shape, cpu: &Cpu) -> Result<()> {
    let weights = Untrained::new(shape.config(), shape.format);
    let model = ours::Model::new(shape.name, &weights.llama()?)?;
    for (what, shares) in ["prefill", "decode"].iter().zip(&model.profile(cpu, PROMPT, TOKENS)?) {
        profile::print(&format!("{} {what}", shape.name), shares);
    }
    Ok(())
}
