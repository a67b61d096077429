//! Running a language model token by token, and checking an answer faster than it was generated.

use std::sync::Arc;

use opml_engine::{Engine, EngineError, ModelFile};
use opml_kernels::Sampling;
use opml_tensor::{
    Refusal,
    layout::{CONTROL, INPUT, LEAF},
};
use thiserror::Error;

use super::{
    Answer, Directory, Prompt, encode_prompt,
    prompt::field,
    walk::{Stop, Walk},
};

/// Why an answer could not be generated or checked.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// The model is no language model of this kind.
    #[error("the model says nothing of tokens: it was not imported as a language model")]
    OtherModel,
    /// The input is not one of a language model.
    #[error("the input is no prompt")]
    Input,
    /// The machine refuses a record.
    #[error("the run ends with a program error: {0}")]
    Refused(Refusal),
    /// The run could not begin or go on.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A run that stops after every token.
#[derive(Debug)]
pub struct Generation {
    engine: Engine,
    directory: Directory,
}

impl Generation {
    /// The run of a language model on an input.
    ///
    /// # Errors
    /// When the model is none, or the run cannot begin.
    pub fn new(model: Arc<ModelFile>, input: &[u8]) -> Result<Self, GenerateError> {
        Self::of(Engine::new(model, input)?)
    }

    /// The run that a machine goes on with.
    ///
    /// # Errors
    /// When its model is no language model.
    pub fn of(engine: Engine) -> Result<Self, GenerateError> {
        let directory = Directory::of(engine.model()).ok_or(GenerateError::OtherModel)?;
        Ok(Self { engine, directory })
    }

    /// Runs until the next token is known; none once the run has ended.
    ///
    /// # Errors
    /// When the machine refuses a record before the end.
    pub fn next_token(&mut self) -> Result<Option<u32>, GenerateError> {
        let Directory { tokens, context, .. } = self.directory;
        while self.engine.outcome().is_none() {
            match self.advance(u64::MAX)? {
                Stop::Load { register, from } => {
                    self.engine.run_to(self.engine.step() + 1)?;
                    if (tokens..tokens + 4 * (context + 1)).contains(&from.start) {
                        let token = self.engine.control().registers.get(register);
                        return Ok(u32::try_from(token).ok());
                    }
                }
                Stop::Halt | Stop::Place => self.engine.run_to(self.engine.step() + 1)?,
            }
        }
        Ok(None)
    }

    /// Runs to the next stop of a walk, or to the refusal that it met.
    fn advance(&mut self, place: u64) -> Result<Stop, GenerateError> {
        let model = Arc::clone(self.engine.model());
        let mut walk = Walk::new(&model, &self.engine.control());
        let stop = walk.next(place);
        self.engine.run_to(self.engine.step() + walk.steps)?;
        match stop {
            Ok(stop) => Ok(stop),
            Err(refusal) => {
                self.engine.run_to(self.engine.step() + 1)?;
                Err(GenerateError::Refused(refusal))
            }
        }
    }

    /// The machine where it stands.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The machine itself: for roots and outputs.
    #[must_use]
    pub fn into_engine(self) -> Engine {
        self.engine
    }
}

/// What the check of a claimed answer found.
#[derive(Debug)]
pub enum Verdict {
    /// The answer is right; the machine stands at the end of the run, as after generating it.
    Right(Box<Engine>),
    /// The answer is wrong.
    Wrong {
        /// Index of the first token that is not the model's, or the number of tokens where only the end of the answer is wrong.
        index: usize,
        /// The model's token there, if it has one.
        expected: Option<u32>,
    },
}

/// Checks that `answer` is the answer to `input`, at the speed of prefill.
///
/// The claimed tokens are given to the model all together, with the question what it would have chosen in the place of each. If that is
/// what is claimed, the cache that this leaves is the cache of the generation, because rows do not depend on each other. So
/// it is put into the state after the prompt, and only the last token is computed as in the generation.
///
/// # Errors
/// When the model or the input is of another kind, or a run cannot begin or is refused.
pub fn verify_answer(
    model: &Arc<ModelFile>,
    input: &[u8],
    answer: &Answer,
) -> Result<Verdict, GenerateError> {
    let directory = Directory::of(model).ok_or(GenerateError::OtherModel)?;
    let question = Question::of(model, &directory, input).ok_or(GenerateError::Input)?;
    let prompt = question.prompt.len() as u64;
    let most = question.answer.min(directory.longest_answer);
    let most = most.min(directory.context.saturating_sub(prompt));
    let claimed = &answer.tokens;
    if prompt + claimed.len() as u64 > directory.context || claimed.is_empty() && most > 0 {
        return Ok(Verdict::Wrong { index: claimed.len().min(most as usize), expected: None });
    }
    if claimed.is_empty() {
        return end(Engine::new(Arc::clone(model), input)?, answer);
    }
    let together = Prompt::Claimed { prompt: question.prompt, answer: claimed.clone() };
    let together = encode_prompt(&together, 0, &question.sampling);
    let mut checker = Engine::new(Arc::clone(model), &together)?;
    checker.run_to_halt(model.header().max_steps)?;
    let chosen = Answer::from_output(checker.output()).ok_or(GenerateError::Input)?.tokens;
    if let Some(index) = (0..claimed.len()).find(|index| claimed.get(*index) != chosen.get(*index))
    {
        return Ok(Verdict::Wrong { index, expected: chosen.get(index).copied() });
    }
    // Every token is right. So must be the place where they end.
    let stops = |token: &u32| directory.stops().contains(&u64::from(*token));
    let early = claimed.iter().position(stops).map_or(claimed.len(), |index| index + 1);
    let ends = claimed.last().is_some_and(stops) || claimed.len() as u64 == most;
    if early != claimed.len() || claimed.len() as u64 > most || !ends {
        return Ok(Verdict::Wrong { index: early.min(most as usize), expected: None });
    }

    let mut run = Generation { engine: Engine::new(Arc::clone(model), input)?, directory };
    while run.advance(directory.decode)? != Stop::Place {
        run.engine.run_to(run.engine.step() + 1)?;
    }
    let mut walk = Walk::new(model, &run.engine.control());
    for token in claimed.iter().take(claimed.len() - 1) {
        match walk.next(directory.decode).map_err(GenerateError::Refused)? {
            Stop::Load { register, .. } => walk.set(register, (*token).into()),
            Stop::Halt | Stop::Place => return Err(GenerateError::Input),
        }
        if walk.next(directory.decode).map_err(GenerateError::Refused)? != Stop::Place {
            return Err(GenerateError::Input);
        }
    }
    let step = run.engine.step() + walk.steps;
    let mut state = run.engine.snapshot();
    let found = checker.snapshot();
    let mut copy = |start: u64, bytes: u64| {
        let mut buffer = vec![0; bytes as usize];
        found.read(start, &mut buffer);
        state.write(start, &buffer);
    };
    let generated = claimed.len() as u64 - 1;
    for plane in 0..2 * directory.layers {
        let row = plane * directory.context + prompt - 1;
        copy(directory.cache + row * directory.cache_row, generated * directory.cache_row);
    }
    copy(directory.tokens + 4 * prompt, 4 * generated);
    let words = [walk.pc, 0].into_iter().chain(walk.registers).chain([step]);
    for (index, word) in (0..).zip(words) {
        state.write_u64(CONTROL + 8 * index, word);
    }
    end(Engine::resume(Arc::clone(model), state, step)?, answer)
}

/// Runs to the end and compares the output.
fn end(mut engine: Engine, answer: &Answer) -> Result<Verdict, GenerateError> {
    engine.run_to_halt(engine.model().header().max_steps)?;
    if let Some(refusal) = engine.refusal() {
        return Err(GenerateError::Refused(refusal));
    }
    if Answer::from_output(engine.output()).as_ref() == Some(answer) {
        Ok(Verdict::Right(Box::new(engine)))
    } else {
        Ok(Verdict::Wrong { index: answer.tokens.len(), expected: None })
    }
}

/// An input, taken apart.
struct Question {
    prompt: Vec<u32>,
    answer: u64,
    sampling: Sampling,
}

impl Question {
    fn of(model: &ModelFile, directory: &Directory, input: &[u8]) -> Option<Self> {
        let prompt = match Prompt::from_input(input)? {
            Prompt::Tokens(tokens) => tokens,
            Prompt::Text(text) => directory.tokenizer(model)?.encode(&text),
            Prompt::Claimed { .. } => return None,
        };
        let at = |address: u64| input.get((address - INPUT - LEAF) as usize..);
        let answer = u32::from_le_bytes(*at(field::ANSWER)?.first_chunk()?).into();
        let sampling = Sampling::from_bytes(at(field::SAMPLING)?.first_chunk()?);
        Some(Self { prompt, answer, sampling })
    }
}
