//! The engine's side.

use crate::{profile::Profile, table::Row};
use eyre::{Result, ensure, eyre};
use opml_engine::{Cpu, Engine, ModelFile};
use opml_kernels::Sampling;
use opml_model::llama::{
    Answer, Generation, Llama, LlamaOptions, Prompt, Verdict, encode_prompt, verify_answer,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// A built model.
#[derive(Debug)]
pub(super) struct Model {
    model: Arc<ModelFile>,
    vocabulary: u32,
    name: &'static str,
}

impl Model {
    pub(super) fn new(name: &'static str, llama: &Llama<'_>) -> Result<Self> {
        let options = LlamaOptions { name: name.to_owned(), context: None, blocks: None };
        let model = Arc::new(llama.build(&options)?);
        Ok(Self { model, vocabulary: llama.config.vocabulary, name })
    }

    /// A prompt of so many positions and one, and how many tokens to answer.
    fn input(&self, prompt: u32, tokens: u32) -> Vec<u8> {
        let prompt = (0..=prompt).map(|position| position * 7919 % self.vocabulary).collect();
        encode_prompt(&Prompt::Tokens(prompt), tokens, &greedy())
    }

    fn generation(&self, cpu: &Cpu, prompt: u32, tokens: u32) -> Result<Generation> {
        let engine = Engine::new(Arc::clone(&self.model), &self.input(prompt, tokens))?;
        Ok(Generation::of(engine.with_cpu(cpu.clone()))?)
    }

    /// The time until the first token, and from there to the last.
    pub(super) fn time(&self, cpu: &Cpu, prompt: u32, tokens: u32) -> Result<[Duration; 2]> {
        let mut generation = self.generation(cpu, prompt, tokens)?;
        let start = Instant::now();
        let mut first = None;
        for index in 0..tokens {
            ensure!(generation.next_token()?.is_some(), "no token {index}");
            first.get_or_insert_with(|| start.elapsed());
        }
        let first = first.unwrap_or_default();
        Ok([first, start.elapsed() - first])
    }

    /// The time of checking a claimed answer of `tokens` tokens beside that of generating it.
    pub(super) fn verification(&self, cpu: &Cpu, tokens: u32) -> Result<Row> {
        let input = self.input(1, tokens);
        let start = Instant::now();
        let mut generation = self.generation(cpu, 1, tokens)?;
        while generation.next_token()?.is_some() {}
        let generated = start.elapsed();
        let answer = Answer::from_output(generation.engine().output());
        let answer = answer.ok_or_else(|| eyre!("the output is no answer"))?;
        let start = Instant::now();
        let verdict = verify_answer(&self.model, &input, &answer)?;
        let verified = start.elapsed();
        ensure!(matches!(verdict, Verdict::Right(_)), "the answer counts as wrong: {verdict:?}");
        let rate = |time: Duration| f64::from(tokens) / time.as_secs_f64();
        Ok(Row {
            name: format!("{} verify {tokens}", self.name),
            unit: "tokens/s",
            ours: rate(verified),
            peer: rate(generated),
            peer_name: "generating them",
            ratio: generated.as_secs_f64() / verified.as_secs_f64(),
        })
    }

    /// The time by operator, of prefill and of decoding.
    pub(super) fn profile(&self, cpu: &Cpu, prompt: u32, tokens: u32) -> Result<[Profile; 2]> {
        let engine = Engine::new(Arc::clone(&self.model), &self.input(prompt, 1))?;
        let prefill = Profile::of(engine.with_cpu(cpu.clone()))?;
        let engine = Engine::new(Arc::clone(&self.model), &self.input(1, tokens))?;
        Ok([prefill, Profile::of(engine.with_cpu(cpu.clone()))?])
    }
}

fn greedy() -> Sampling {
    Sampling { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0 }
}
