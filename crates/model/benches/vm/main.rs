//! Speed of the machine on the guest's own tiles: `cargo bench -p opml-model --bench vm [-- --json]`, or
//! `cargo xtask bench vm [--json]`.
//!
//! Every figure is the best of several runs that take turns with their peers, in CPU time of the process
//! that runs, so that a busy host disturbs it little. Bars are in `docs/vm.md`.

mod clock;
mod measure;
mod report;

use std::{env, error::Error, fs};

use opml_fpvm::Program;
use opml_model::Workload;

use report::Report;

/// Steps that 64 states are spread over.
const STATES_STEPS: u64 = 1 << 24;

fn main() -> Result<(), Box<dyn Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/opml-guest.elf");
    let guest = Program::from_elf(&fs::read(path)?)?;
    let mut tiles = Vec::new();
    let mut longest = None;
    for workload in Workload::all()? {
        eprintln!("measuring a tile of {}", workload.name);
        let start = guest.start(workload.machine()?.snapshot());
        let tile = measure::tile(&workload, &start)?;
        if longest.as_ref().is_none_or(|(steps, _)| *steps < tile.steps) {
            longest = Some((tile.steps, start));
        }
        tiles.push(tile);
    }
    let (steps, start) = longest.ok_or("no workloads")?;
    if steps < STATES_STEPS {
        return Err(format!("no tile has {STATES_STEPS} steps, the longest {steps}").into());
    }
    let report = Report::new(
        guest.guest_root().to_string(),
        tiles,
        measure::root_of_dirty_pages(1000),
        measure::state_hashes(&start, 64, STATES_STEPS),
    );
    if env::args().any(|argument| argument == "--json") {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}
