//! What a language model might have said as well.

use std::sync::Arc;

use opml_engine::Engine;
use opml_fpvm::State;
use opml_model::llama::{Answer as Said, Directory};
use opml_node::{
    plan::Answer,
    player::{PlayerError, Run},
};
use opml_tensor::{Operation, Record, admit, layout::PAGE};

use super::{LiarError, Lie, Moment, Tampered, cheats::store};

/// Says, once in the second half of the run, that the model chose the token that was only second best, and goes on faithfully: the text
/// is another, and reads as well as the true one.
pub(super) fn second_choice(
    run: &Run,
    truth: &Tampered,
) -> Result<(Tampered, Answer), PlayerError> {
    let told = text(&truth.answer(truth.n())?);
    let tokenizer = Directory::of(&run.model).and_then(|directory| directory.tokenizer(&run.model));
    let tokenizer = tokenizer.ok_or("the model has no tokens")?;
    let choices = (truth.n() / 2..truth.n()).filter_map(|large| choice(run, truth, large));
    let mut choices: Vec<Choice> = choices.collect();
    // Another word sooner than another end of a word, which may be none.
    choices.sort_by_key(|choice| {
        !choice.best.iter().all(|token| tokenizer.decode(*token, &[*token]).starts_with(b" "))
    });
    for Choice { large, place, best: [_, second] } in choices {
        let moment = Moment::After(store::<4>(run, truth, large, place)?);
        let change = move |state: &mut State| state.memory.write(place, &second.to_le_bytes());
        let story = truth.with(Lie::new(large, moment, change))?;
        let answer = story.answer(story.n())?;
        if text(&answer) != told {
            return Ok((story, answer));
        }
    }
    Err(LiarError::TooShort(truth.n()).into())
}

fn text(answer: &Answer) -> Option<Vec<u8>> {
    Said::from_output(&answer.output).map(|said| said.text)
}

/// A large step that chooses one token.
struct Choice {
    large: u64,
    /// Where it writes the token.
    place: u64,
    /// The tokens with the two greatest logits.
    best: [u32; 2],
}

/// What a large step chooses, if it does.
fn choice(run: &Run, story: &Tampered, large: u64) -> Option<Choice> {
    let state = story.state(large)?.clone();
    let control = Engine::resume(Arc::clone(&run.model), state.clone(), large).ok()?.control();
    let start = usize::try_from(PAGE + control.pc * Record::BYTES as u64).ok()?;
    let record = Record::from_bytes(run.model.bytes().get(start..)?.first_chunk()?);
    let operation = admit(&record, &control.registers, run.model.header()).ok()?;
    let Operation::Sample(sample) = operation else { return None };
    if sample.grid.rows != 1 {
        return None;
    }
    let mut logits = vec![0; 4 * sample.inner as usize];
    state.read(sample.x.start, &mut logits);
    let logit = |word: &[u8; 4]| f32::from_le_bytes(*word);
    let mut tokens: Vec<(u32, f32)> = (0..).zip(logits.as_chunks().0.iter().map(logit)).collect();
    tokens.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let [(first, _), (second, _)] = *tokens.first_chunk()?;
    Some(Choice { large, place: sample.out.start, best: [first, second] })
}
