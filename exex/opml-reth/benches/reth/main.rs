//! What opML costs the node that it runs in: `cargo bench --profile dev --workspace --bench reth [-- --json] [logs] [memory] [blocks]` in
//! `exex/`, or `cargo xtask bench reth [--json]`. What is not named is not measured, unless nothing is.
//!
//! Whatever is compared is measured in this run, in turns, so that a busy host disturbs both sides. Bars are in `docs/reth.md`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod blocks;
mod busy;
mod logs;
mod memory;

#[path = "../../../opml-exex/tests/it/chains.rs"]
#[expect(dead_code, reason = "the tests of the extension revert blocks as well")]
mod chains;
#[path = "../../../opml-exex/tests/it/engine.rs"]
#[expect(dead_code, reason = "the tests of the extension take blocks out as well")]
mod engine;
#[path = "../../../opml-exex/tests/it/inside.rs"]
mod inside;
#[path = "../../../opml-exex/tests/it/stage.rs"]
#[expect(dead_code, reason = "the tests of the extension have a party outside as well")]
mod stage;

use std::{env, fmt::Display};

use serde_json::json;

/// The middle of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    assert!(!figures.is_empty(), "nothing was measured");
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// How the node was compiled: figures of two profiles do not compare.
const PROFILE: &str = if cfg!(debug_assertions) { "dev" } else { "release" };

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (options, names): (Vec<_>, Vec<_>) =
        env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let as_json = options.iter().any(|option| option == "--json");
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    // What was measured is told at once, unless it is for a program.
    let tell = |figures: &dyn Display| {
        if !as_json {
            println!("{figures}");
        }
    };
    tell(&format!("profile {PROFILE}"));
    let logs = wanted("logs").then(|| {
        eprintln!("a block of {} logs, from its notification to the store", logs::LOGS);
        let logs = runtime.block_on(logs::measure());
        tell(&logs);
        logs.json()
    });
    let memory = wanted("memory").then(|| {
        eprintln!("memory of idle nodes, with the extension and without it");
        let memory = runtime.block_on(memory::measure());
        tell(&memory);
        memory.json()
    });
    let blocks = wanted("blocks").then(|| {
        eprintln!("blocks of {} transfers, with a busy submitter and without", blocks::TRANSFERS);
        let blocks = runtime.block_on(blocks::measure());
        tell(&blocks);
        blocks.json()
    });
    if as_json {
        let report = json!({
            "profile": PROFILE,
            "memory": memory,
            "blocks": blocks,
            "logs": logs,
        });
        println!("{report}");
    }
}
