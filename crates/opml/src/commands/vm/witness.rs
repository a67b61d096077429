//! `opml vm witness`: the proof of a few steps.

use alloy_primitives::B256;
use eyre::{Result, WrapErr, ensure};
use opml_fpvm::{MAX_STEPS, verify, witness};
use serde::Serialize;

use super::machine::Source;
use crate::commands::print_json;

/// Arguments of `opml vm witness`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    window: Window,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The steps to prove.
#[derive(Debug, clap::Args)]
pub(super) struct Window {
    #[command(flatten)]
    source: Source,
    /// Steps before the first proved one
    #[arg(long, value_name = "N")]
    pub(super) at: u64,
    /// How many steps are proved
    #[arg(long, value_name = "C", default_value_t = 1)]
    pub(super) steps: u32,
}

/// A witness with the hashes between which it leads.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) start: B256,
    pub(super) end: B256,
    pub(super) witness: Vec<u8>,
}

#[derive(Debug, Serialize)]
struct Proved {
    at: u64,
    steps: u32,
    start_hash: String,
    end_hash: String,
    witness: String,
}

impl Window {
    /// Runs up to the window and proves it.
    ///
    /// # Errors
    ///
    /// If the window is too long or begins after the program's end.
    pub(super) fn prove(&self) -> Result<Proof> {
        ensure!(
            (1..=MAX_STEPS).contains(&self.steps),
            "--steps {} is not from 1 to {MAX_STEPS}",
            self.steps
        );
        let mut machine = self.source.open()?;
        machine.seek(self.at)?;
        let bytes = witness(&machine.state, self.steps).wrap_err_with(|| {
            format!("steps {} to {}", self.at, self.at.saturating_add(self.steps.into()))
        })?;
        let (start, end) = verify(self.steps, &bytes).wrap_err("the witness proves nothing")?;
        Ok(Proof { start, end, witness: bytes })
    }
}

pub(super) fn run(args: &Args) -> Result<()> {
    let proof = args.window.prove()?;
    let proved = Proved {
        at: args.window.at,
        steps: args.window.steps,
        start_hash: proof.start.to_string(),
        end_hash: proof.end.to_string(),
        witness: alloy_primitives::hex::encode_prefixed(&proof.witness),
    };
    if args.json {
        return print_json(&proved);
    }
    eprintln!("{} bytes from {} to {}", proof.witness.len(), proved.start_hash, proved.end_hash);
    println!("{}", proved.witness);
    Ok(())
}
