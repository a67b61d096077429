//! `opml infer`: a model on this machine.

use eyre::{Result, WrapErr};
use opml_engine::{Engine, seam::Outcome};
use serde::Serialize;

use super::print_json;
use crate::input::{Input, ModelName};

/// Arguments of `opml infer`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Model file, or `digits`
    #[arg(value_name = "FILE|digits")]
    model: ModelName,
    #[command(flatten)]
    input: Input,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What a run comes to.
#[derive(Debug, Serialize)]
struct Inference {
    model: String,
    outcome: &'static str,
    output: String,
    n: u64,
    s_0: String,
    s_n: String,
    run_root: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let (model, input) = (args.model.load()?, args.input.read()?);
    let max = model.header().max_steps;
    let mut engine = Engine::new(model.clone(), &input).wrap_err("the run cannot begin")?;
    let s_0 = engine.root();
    let n = engine.run_to_halt(max).wrap_err("the run has no end")?;
    let inference = Inference {
        model: model.id().to_string(),
        outcome: match engine.outcome() {
            Some(Outcome::Done) => "done",
            Some(Outcome::ProgramError) => "programError",
            Some(Outcome::Fault) | None => "fault",
        },
        output: alloy_primitives::hex::encode_prefixed(engine.output()),
        n,
        s_0: s_0.to_string(),
        s_n: engine.root().to_string(),
        run_root: engine.run_root().to_string(),
    };
    if args.json {
        return print_json(&inference);
    }
    eprintln!(
        "model {}: {} after {} large steps, S_n = {}",
        inference.model, inference.outcome, inference.n, inference.s_n
    );
    println!("{}", inference.output);
    Ok(())
}
