//! `opml infer`: a model on this machine.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use alloy_primitives::{Bytes, hex};
use eyre::{Result, WrapErr, eyre};
use opml_engine::{Engine, ModelFile, seam::Outcome};
use opml_model::{
    bert::{WordPiece, encode_tokens},
    llama::{Answer, Directory, Verdict, verify_answer},
};
use opml_settings::ModelName;
use serde::Serialize;

use super::{generate, print_json};
use crate::input;

/// Arguments of `opml infer`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Model file, `digits` or `stories`
    #[arg(value_name = "FILE|digits|stories")]
    model: ModelName,
    #[command(flatten)]
    question: Question,
    /// vocab.txt or tokenizer.json of the model that embeds
    #[arg(long, value_name = "FILE", requires = "sentence")]
    vocabulary: Option<PathBuf>,
    #[command(flatten)]
    sampling: generate::Sampling,
    /// Check this output (a file, or hex) instead of computing one; of a language model at the speed of prefill
    #[arg(long, value_name = "FILE|HEX")]
    claimed: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What goes in.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Question {
    /// File with the bytes of the input
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// The bytes of the input in hex
    #[arg(long, value_name = "HEX")]
    hex: Option<String>,
    /// Text that a language model is to go on with
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// Text that a model of the BERT family is to embed; it becomes tokens here, by --vocabulary
    #[arg(long, value_name = "TEXT", requires = "vocabulary")]
    sentence: Option<String>,
}

/// What a run comes to.
#[derive(Debug, Serialize)]
struct Inference {
    model: String,
    outcome: &'static str,
    output: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    n: u64,
    s_0: String,
    s_n: String,
    run_root: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let model = args.model.load()?;
    let Question { input, hex, prompt, sentence } = &args.question;
    let input = match (prompt, sentence, &args.vocabulary) {
        (Some(prompt), ..) => args.sampling.encode(prompt).into(),
        (_, Some(sentence), Some(vocabulary)) => tokens(sentence, vocabulary, &model)?,
        _ => input::read(input.as_deref(), hex.as_deref())?,
    };
    let directory = Directory::of(&model);
    let s_0 = Engine::new(model.clone(), &input).wrap_err("the run cannot begin")?.root();
    let mut engine = if let Some(claimed) = &args.claimed {
        check(&model, &input, &claimed_output(claimed)?)?
    } else if directory.is_some() && args.question.prompt.is_some() {
        generate::stream(model.clone(), &input, !args.json)?
    } else {
        let mut engine = Engine::new(model.clone(), &input).wrap_err("the run cannot begin")?;
        engine.run_to_halt(model.header().max_steps).wrap_err("the run has no end")?;
        engine
    };
    let answer = directory.and_then(|_| Answer::from_output(engine.output()));
    let inference = Inference {
        model: model.id().to_string(),
        outcome: match engine.outcome() {
            Some(Outcome::Done) => "done",
            Some(Outcome::ProgramError) => "programError",
            Some(Outcome::Fault) | None => "fault",
        },
        output: hex::encode_prefixed(engine.output()),
        text: answer.map(|answer| String::from_utf8_lossy(&answer.text).into_owned()),
        n: engine.step(),
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
    // A streamed answer has been printed.
    if args.question.prompt.is_none() || args.claimed.is_some() {
        writeln!(io::stdout(), "{}", inference.output)?;
    }
    Ok(())
}

/// The input that asks to embed a text.
fn tokens(sentence: &str, vocabulary: &Path, model: &ModelFile) -> Result<Bytes> {
    let context = || format!("vocabulary {}", vocabulary.display());
    let file = std::fs::read(vocabulary).wrap_err_with(context)?;
    let json = vocabulary.extension().is_some_and(|ending| ending == "json");
    let tokenizer =
        if json { WordPiece::from_tokenizer(&file) } else { WordPiece::from_vocabulary(&file) };
    let most = model.header().input_max as usize / encode_tokens(&[(0, 0)]).len();
    Ok(encode_tokens(&tokenizer.wrap_err_with(context)?.encode(sentence, most)).into())
}

/// The bytes of an output, from a file or in hex.
fn claimed_output(claimed: &str) -> Result<Bytes> {
    match hex::decode(claimed) {
        Ok(bytes) => Ok(bytes.into()),
        Err(_) => input::read(Some(claimed.as_ref()), None),
    }
}

/// The machine at the end of the run, if that gives the claimed output.
fn check(model: &std::sync::Arc<ModelFile>, input: &[u8], claimed: &[u8]) -> Result<Engine> {
    if Directory::of(model).is_some() {
        let answer =
            Answer::from_output(claimed).ok_or_else(|| eyre!("the output is no answer"))?;
        return match verify_answer(model, input, &answer)? {
            Verdict::Right(engine) => Ok(*engine),
            Verdict::Wrong { index, expected: Some(token) } => {
                Err(eyre!("the answer is wrong: token {index} must be {token}"))
            }
            Verdict::Wrong { index, expected: None } => Err(eyre!(
                "the answer is wrong: it does not end, or read, as it must after token {index}"
            )),
        };
    }
    let mut engine = Engine::new(model.clone(), input).wrap_err("the run cannot begin")?;
    engine.run_to_halt(model.header().max_steps).wrap_err("the run has no end")?;
    if engine.output() == claimed {
        Ok(engine)
    } else {
        Err(eyre!("the output is wrong: it must be {}", hex::encode_prefixed(engine.output())))
    }
}
