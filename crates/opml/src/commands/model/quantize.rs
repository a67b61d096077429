//! `opml model quantize`: from floats to models that compute in bytes or blocks.

use std::{fmt, path::PathBuf, str::FromStr};

use eyre::{Result, eyre};
use opml_model::{
    checkpoint::Blocks,
    onnx::{Imported, import_int8},
};

use super::{
    import::{Deliver, Open, onnx, read},
    language::Language,
    samples::samples,
};

/// Arguments of `opml model quantize`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// ONNX or GGUF file, llama2.c checkpoint, or folder with model.safetensors and config.json, of a model that generates tokenizer.json
    file: PathBuf,
    /// int8 for ONNX models, q8_0 or q4_0 for language models
    #[arg(long, value_name = "int8|q8_0|q4_0")]
    to: Target,
    /// For int8: tensors (.npy, .pb) that are typical inputs, or folders of them; a folder with input_0 is one input of a model with several
    #[arg(long, num_args = 1.., value_name = "PATH")]
    calibration: Vec<PathBuf>,
    #[command(flatten)]
    open: Open,
    #[command(flatten)]
    language: Language,
    #[command(flatten)]
    deliver: Deliver,
}

/// What weights become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Int8,
    Blocks(Blocks),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if name == "int8" {
            return Ok(Self::Int8);
        }
        name.parse().map(Self::Blocks).map_err(|_| format!("{name} is none of int8, q8_0, q4_0"))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int8 => f.write_str("int8"),
            Self::Blocks(blocks) => blocks.fmt(f),
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let out = args.deliver.place(&args.file)?;
    let place = args.file.display();
    let Target::Blocks(blocks) = args.to else {
        if args.calibration.is_empty() {
            return Err(eyre!("int8 needs --calibration with typical inputs"));
        }
        // Shapes first: they say what an input is.
        let ports = onnx(&args.file, &args.open)?.inputs;
        let samples = samples(&args.calibration, &ports)?;
        let (imported, report) = import_int8(read(&args.file)?, &args.open.options()?, &samples)
            .map_err(|error| eyre!("model {place}: {error}"))?;
        eprintln!(
            "{} of {} records with weights compute in bytes, by {} calibration inputs",
            report.quantised,
            report.quantised + report.kept,
            samples.len()
        );
        let Imported { model, inputs, outputs, .. } = imported;
        return args.deliver.model(&model, out, &inputs, &outputs);
    };
    let model = args.language.model(&args.file, args.open.name(), Some(blocks))?;
    let model = model.ok_or_else(|| {
        eyre!("{place} is no language model: {} is for those, int8 for ONNX models", args.to)
    })?;
    args.deliver.model(&model, out, &[], &[])
}
