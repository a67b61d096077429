//! Convolutional networks from ONNX: one file with made-up weights, read by both sides.

mod graph;
mod network;
mod tract;

pub(crate) use network::Network;
pub(crate) use tract::set_threads;

use crate::{
    profile::{self, Profile},
    table::{Row, cosine},
    timing, weights,
};
use eyre::{Result, ensure};
use network::{CLASSES, SIZE};
use opml_engine::{Cpu, Engine, ModelFile};
use opml_model::onnx::{Options, import};
use std::{sync::Arc, time::Duration};

/// Least cosine of the two outputs: sums are taken in different orders, nothing else differs.
const COSINE: f64 = 0.999_99;

/// Compares pictures per second.
///
/// # Errors
/// If one of the sides fails, or the outputs differ.
pub(crate) fn measure(network: Network, cpu: &Cpu) -> Result<Row> {
    let file = network.file();
    let picture = weights::numbers((3 * SIZE * SIZE) as usize);
    let peer = tract::Model::new(&file, &picture)?;
    let model = Arc::new(import(file, &Options::default())?.model);
    let input = weights::encode(&picture);
    let cosine = cosine(&run(&model, &input, cpu)?.1, &peer.run()?);
    ensure!(cosine >= COSINE, "the outputs' cosine is {cosine}");
    let [ours, peer] = timing::best_of_both(|| Ok(run(&model, &input, cpu)?.0), || peer.time())?;
    let rate = |time: Duration| 1.0 / time.as_secs_f64();
    Ok(Row {
        name: network.name().to_owned(),
        unit: "pictures/s",
        ours: rate(ours),
        peer: rate(peer),
        peer_name: "tract",
        ratio: rate(ours) / rate(peer),
    })
}

/// Where the time of a picture goes, operator by operator.
///
/// # Errors
/// If the network cannot be imported or run.
pub(crate) fn profile(network: Network, cpu: &Cpu) -> Result<()> {
    let model = Arc::new(import(network.file(), &Options::default())?.model);
    let input = weights::encode(&weights::numbers((3 * SIZE * SIZE) as usize));
    let engine =
        || Ok::<_, eyre::Report>(Engine::new(Arc::clone(&model), &input)?.with_cpu(cpu.clone()));
    // The first picture touches memory for the first time.
    Profile::of(engine()?)?;
    profile::print(network.name(), &Profile::of(engine()?)?);
    Ok(())
}

/// The time of one picture, and the numbers that it gives.
fn run(model: &Arc<ModelFile>, input: &[u8], cpu: &Cpu) -> Result<(Duration, Vec<f32>)> {
    let max = model.header().max_steps;
    let mut engine = Engine::new(Arc::clone(model), input)?.with_cpu(cpu.clone());
    let time = timing::time(|| Ok(engine.run_to_halt(max).map(drop)?))?;
    ensure!(engine.refusal().is_none(), "the program was refused: {:?}", engine.refusal());
    let words = engine.output().as_chunks().0;
    ensure!(words.len() == CLASSES as usize, "{} numbers", words.len());
    Ok((time, words.iter().map(|word| f32::from_le_bytes(*word)).collect()))
}
