//! Memory of two processes that differ in the extension alone.

use std::{fmt, fs, time::Duration};

use alloy::providers::Provider;
use opml_tests::reth::{Reth, Setup};
use serde_json::{Value, json};

use crate::{
    median,
    stage::{contract, wait_for},
};

/// Pairs of nodes.
const PAIRS: usize = 3;
/// Blocks before anything is measured, and those at each of which it is.
const WARM_UP: u64 = 10;
const SAMPLES: u64 = 10;
/// Between two empty blocks.
const BLOCK: Duration = Duration::from_millis(500);
/// The most MiB that the extension may add.
const BAR: f64 = 50.0;

/// MiB of resident memory, and of that with shared pages divided among those who share them: the median of all pairs.
#[derive(Clone, Copy)]
struct Size {
    resident: f64,
    proportional: f64,
}

pub(crate) struct Memory {
    without: Size,
    with: Size,
    /// The median of the pairs' differences.
    added: Size,
}

/// Starts pairs of idle nodes, one of each with an extension that looks on: every other role needs a model.
pub(crate) async fn measure() -> Memory {
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        pairs.push(pair().await);
    }
    let of = |size: fn(&(Size, Size)) -> Size| Size {
        resident: median(pairs.iter().map(|pair| size(pair).resident).collect()),
        proportional: median(pairs.iter().map(|pair| size(pair).proportional).collect()),
    };
    Memory {
        without: of(|pair| pair.0),
        with: of(|pair| pair.1),
        added: of(|pair| pair.1 - pair.0),
    }
}

/// A node without the extension and one with it, at the same time.
async fn pair() -> (Size, Size) {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let setup = |folder: usize| {
        let program = env!("CARGO_BIN_EXE_opml-reth").into();
        Setup::new(program, folders[folder].path(), BLOCK).unwrap()
    };
    let with = setup(1).with("contract", contract().to_string());
    let mut nodes = [Reth::start(&setup(0)).unwrap(), Reth::start(&with).unwrap()];
    for node in &mut nodes {
        node.ready().await.unwrap();
    }
    let mut samples = [Vec::new(), Vec::new()];
    for sample in 0..SAMPLES {
        for (node, sizes) in nodes.iter().zip(&mut samples) {
            let provider = node.setup().provider().unwrap();
            let reached = async || {
                let number = provider.get_block_number().await.unwrap();
                (number >= WARM_UP + sample).then_some(())
            };
            wait_for("a block", reached).await;
            sizes.push(Size::of(node.pid()));
        }
    }
    let middle = |sizes: &[Size]| Size {
        resident: median(sizes.iter().map(|size| size.resident).collect()),
        proportional: median(sizes.iter().map(|size| size.proportional).collect()),
    };
    (middle(&samples[0]), middle(&samples[1]))
}

impl Size {
    /// What the kernel says of a process.
    fn of(process: u32) -> Self {
        let path = format!("/proc/{process}/smaps_rollup");
        let text = fs::read_to_string(path).unwrap();
        let figure = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            let kib: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
            kib / 1024.0
        };
        Self { resident: figure("Rss:"), proportional: figure("Pss:") }
    }

    fn json(self) -> Value {
        json!({ "rssMib": self.resident, "pssMib": self.proportional })
    }
}

impl std::ops::Sub for Size {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            resident: self.resident - other.resident,
            proportional: self.proportional - other.proportional,
        }
    }
}

impl Memory {
    pub(crate) fn json(&self) -> Value {
        let Self { without, with, added } = self;
        json!({
            "without": without.json(), "with": with.json(), "added": added.json(),
            "pairs": PAIRS, "barMib": BAR,
        })
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { without, with, added } = self;
        write!(
            f,
            "memory of an idle node  {:.1} MiB without, {:.1} MiB with the extension: {:.1} MiB more, {:.1} by proportional size \
             (bar {BAR} MiB)",
            without.resident, with.resident, added.resident, added.proportional
        )
    }
}
