//! Speed of hashing: `cargo bench -p opml-memory`. Each figure is the best of several runs.
//!
//! What a root costs after a run of a machine is measured like `1000 dirty pages, scattered` below:
//! a memory with a root, one word stored to each of that many pages, the root again.

use alloy_primitives::B256;
use opml_memory::{
    DATA_HALF, MODEL_QUARTER, MappedRegion, Memory, PAGE_BYTES, Pair, Placement, QUARTER_HEIGHT,
    Width, write_sidecar,
};
use std::{
    hint::black_box,
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

const NODES: usize = 1 << 12;
const RUNS: usize = 9;
const MODEL_BYTES: u64 = 1 << 28;
const MAPPED_BYTES: u64 = 26_000_000_000 / PAGE_BYTES as u64 * PAGE_BYTES as u64;

/// Contiguous pages, and pages that share nothing below the branches of 16 MiB.
const LAYOUTS: [(&str, u64); 2] = [("contiguous", 1), ("scattered", 4099)];

fn main() {
    for width in Width::available() {
        let per_node = hash_nodes(width).as_secs_f64() * 1e9 / NODES as f64;
        println!("{} nodes side by side: {per_node:.1} ns a node", width.lanes());
    }
    for pages in [1, 16, 1000, 65536] {
        for (layout, stride) in LAYOUTS {
            let time = root_over(pages, stride);
            println!("root over {pages} dirty pages, {layout}: {:.3} ms", time.as_secs_f64() * 1e3);
        }
    }
    let weights = vec![0x5a; MODEL_BYTES as usize];
    let time = best(|| Memory::new().write(MODEL_QUARTER, &weights));
    println!("write of {} MiB: {:.3} ms", MODEL_BYTES >> 20, time.as_secs_f64() * 1e3);
    if let Err(error) = map_model(&weights) {
        eprintln!("no figures of a mapped file: {error}");
    }
}

/// A file of weights like those written above, and a sidecar that covers 26 GB.
fn map_model(weights: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    let (mut content, sidecar) = (tempfile::tempfile()?, tempfile::tempfile()?);
    content.write_all(weights)?;
    let extents = [0..MODEL_BYTES / 2, MAPPED_BYTES - MODEL_BYTES / 2..MAPPED_BYTES];
    let placement = Placement::new(QUARTER_HEIGHT, extents)?;
    let start = Instant::now();
    let root = write_sidecar(&content, &placement, &sidecar)?;
    let rate = MODEL_BYTES as f64 / start.elapsed().as_secs_f64() / 1e6;
    println!("sidecar of {} MiB: {rate:.0} MB/s", MODEL_BYTES >> 20);
    let time = best(|| {
        // SAFETY: nothing else has these files, which have no name.
        let region = unsafe { MappedRegion::open(&content, &sidecar, placement.clone(), root) };
        if let Ok(region) = region {
            let mut memory = Memory::new();
            memory.map(3, &Arc::new(region));
            black_box((memory.node(QUARTER_HEIGHT, 3), memory.read_u64(MODEL_QUARTER)));
        }
    });
    println!(
        "{:.1} GB of model mapped, its id and its first word: {:.3} ms",
        MAPPED_BYTES as f64 / 1e9,
        time.as_secs_f64() * 1e3
    );
    Ok(())
}

fn hash_nodes(width: Width) -> Duration {
    let pairs: Vec<Pair> = (1..=NODES as u64).map(|i| [B256::with_last_byte(7), word(i)]).collect();
    let mut nodes = vec![B256::ZERO; NODES];
    best(|| width.hash_pairs(black_box(&pairs), black_box(&mut nodes)))
}

/// Time of a root after a word changed in each of `count` full pages, `stride` pages apart.
fn root_over(count: u64, stride: u64) -> Duration {
    let addresses = || (0..count).map(|i| DATA_HALF + i * stride * PAGE_BYTES as u64);
    let page: Vec<u8> = (0..PAGE_BYTES).map(|at| (at % 251) as u8 + 1).collect();
    let mut memory = Memory::new();
    for address in addresses() {
        memory.write(address, &page);
    }
    let mut round = 0;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        round += 1;
        for address in addresses() {
            memory.write_u64(address, round);
        }
        let start = Instant::now();
        black_box(memory.root());
        times.push(start.elapsed());
    }
    times.into_iter().min().unwrap_or_default()
}

fn word(value: u64) -> B256 {
    B256::left_padding_from(&value.to_be_bytes())
}

fn best(mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..RUNS).map(time).min().unwrap_or_default()
}
