//! Text from a language model, token by token.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Instant,
};

use eyre::{Result, WrapErr};
use opml_engine::{Engine, ModelFile};
use opml_model::llama::{Directory, GenerateError, Generation, Prompt, encode_prompt};

/// How an answer is chosen.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Sampling {
    /// Tokens of the answer at most
    #[arg(long, value_name = "N", default_value_t = 256, requires = "prompt")]
    max_tokens: u32,
    /// Key of the random numbers
    #[arg(long, value_name = "N", default_value_t = 0, requires = "prompt")]
    seed: u64,
    /// Logits are divided by it; 0 takes the likeliest token each time
    #[arg(long, value_name = "T", default_value_t = 0.0, requires = "prompt")]
    temperature: f32,
    /// Choose among so many of the likeliest tokens; 0 means 1024
    #[arg(long, value_name = "K", default_value_t = 0, requires = "prompt")]
    top_k: u32,
    /// Choose among the likeliest tokens that have this probability together
    #[arg(long, value_name = "P", default_value_t = 1.0, requires = "prompt")]
    top_p: f32,
}

impl Sampling {
    /// The input that asks to go on with a text.
    pub(crate) fn encode(self, prompt: &str) -> Vec<u8> {
        let Self { max_tokens, seed, temperature, top_k, top_p } = self;
        let sampling = opml_kernels::Sampling { temperature, top_k, top_p, seed };
        encode_prompt(&Prompt::Text(prompt.as_bytes().to_vec()), max_tokens, &sampling)
    }
}

/// Generates the answer and returns the machine at the end of the run; prints the text as it comes if `print`.
///
/// # Errors
/// If the model is no language model, or the machine refuses a record.
pub(crate) fn stream(model: Arc<ModelFile>, input: &[u8], print: bool) -> Result<Engine> {
    let directory = Directory::of(&model).ok_or(GenerateError::OtherModel)?;
    let tokenizer = directory.tokenizer(&model).ok_or(GenerateError::OtherModel)?;
    let mut generation = Generation::new(model, input).wrap_err("the run cannot begin")?;
    let mut out = io::stdout().lock();
    let start = Instant::now();
    let (mut first, mut count) = (start, 0u32);
    // A prompt of text begins with the token that begins a text, and ends with another, unless it is empty.
    let mut before = if input.len() > 40 { u32::MAX } else { directory.begin as u32 };
    while let Some(token) = generation.next_token()? {
        if count == 0 {
            first = Instant::now();
        }
        count += 1;
        if print {
            out.write_all(&tokenizer.decode(before, &[token]))?;
            out.flush()?;
        }
        before = token;
    }
    if print {
        writeln!(out)?;
    }
    let rate = f64::from(count.saturating_sub(1)) / first.elapsed().as_secs_f64();
    eprintln!(
        "{count} tokens, the first after {:.3} s, the others at {rate:.1} tokens/s",
        (first - start).as_secs_f64()
    );
    Ok(generation.into_engine())
}
