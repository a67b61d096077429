//! The cheats that the protocol promises to catch.

use std::sync::Arc;

use alloy_primitives::{Bytes, keccak256};
use opml_engine::seam;
use opml_fpvm::{Cpu, EXIT_OK, State, TEXT_END};
use opml_model::llama::Directory;
use opml_node::{
    plan::Answer,
    player::{PlayerError, Players, Run},
    view::Outcome,
};
use opml_tensor::layout::{ACTIVATIONS, DONE, MODEL, OUTPUT, OUTPUT_BODY, WEIGHTS};

use super::{
    Disguise, Length, LiarError, Lie, Moment, Nonsense, Tampered, players, wording::second_choice,
};

/// What liars add to the true number of something.
const OFF: u8 = 1;

/// The greatest s8.
const GREATEST: u8 = 0x7f;
/// The least s8.
const LEAST: u8 = 0x80;

/// Writes another first byte of output into a final state that is true otherwise, and consistent.
pub fn wrong_output() -> Arc<dyn Players> {
    players(|run| {
        let truth = Tampered::truth(run)?;
        let story = truth.with(Lie::new(truth.n() - 1, Moment::BeforeExit, change_output))?;
        let answer = story.answer(story.n())?;
        Ok((story, answer))
    })
}

/// Says that one store wrote another value than it did, and computes on faithfully: of a language model the token that was only
/// second best, of others a byte, as late from the middle of the run on as it takes for another answer to come out.
pub fn wrong_value() -> Arc<dyn Players> {
    players(|run| {
        let truth = Tampered::truth(run)?;
        if Directory::of(&run.model).is_some() {
            return second_choice(run, &truth);
        }
        let digit = truth.answer(truth.n())?.output.first().copied();
        let mut last = Err(LiarError::TooShort(truth.n()).into());
        for large in truth.n() / 2..truth.n() {
            let Some(address) = written(run, &truth, large) else { continue };
            let change = move |state: &mut State| {
                let mut byte = [0];
                state.memory.read(address, &mut byte);
                let wrong = if byte[0] == GREATEST { LEAST } else { GREATEST };
                state.memory.write(address, &[wrong]);
            };
            let moment = Moment::After(store::<1>(run, &truth, large, address)?);
            let story = truth.with(Lie::new(large, moment, change))?;
            let answer = story.answer(story.n())?;
            let deceives = answer.output.first().copied() != digit;
            last = Ok((story, answer));
            if deceives {
                break;
            }
        }
        last
    })
}

/// Computes with one changed weight and shows the true one.
pub fn changed_weight() -> Arc<dyn Players> {
    players(|run| {
        let truth = Tampered::truth(run)?;
        let true_end = truth.answer(truth.n())?.sn;
        let start = truth.state(0).cloned().unwrap_or_default();
        for offset in 0..run.model.header().weight_bytes {
            let (address, mut byte) = (WEIGHTS + offset, [0]);
            start.read(address, &mut byte);
            let disguise = Disguise { address, used: byte[0] ^ 0x40, shown: byte[0] };
            let story = Tampered::disguised(run, disguise)?;
            let answer = story.answer(story.n())?;
            if answer.sn != true_end {
                return Ok((story, answer));
            }
        }
        Err("no weight of this model matters".into())
    })
}

/// Says that the run ended `by` large steps earlier, with the true output.
pub fn fewer_steps(by: u64) -> Arc<dyn Players> {
    players(move |run| {
        let truth = Tampered::truth(run)?;
        let n = truth.n() - by;
        let output = truth.answer(truth.n())?.output;
        let story = truth.with(Lie::new(n - 1, Moment::BeforeExit, finish_with(output)))?;
        let answer = story.answer(n)?;
        Ok((story, answer))
    })
}

/// Says that the run took `by` large steps more, which is true of a halted state, and with `lie` gives a wrong output.
pub fn more_steps(by: u64, lie: bool) -> Arc<dyn Players> {
    players(move |run| {
        let truth = Tampered::truth(run)?;
        let n = truth.n();
        let story = if lie {
            truth.with(Lie::new(n - 1, Moment::BeforeExit, change_output))?
        } else {
            truth
        };
        let answer = story.answer(n + by)?;
        Ok((story, answer))
    })
}

/// Makes up everything after a moment of the large step that lies `back` steps before the end.
pub fn nonsense(back: u64, moment: Moment, length: Length) -> Arc<dyn Players> {
    players(move |run| {
        let truth = Tampered::truth(run)?;
        let large = truth.n() - back;
        let true_answer = truth.answer(truth.n())?;
        let mut output = true_answer.output.to_vec();
        output.iter_mut().take(1).for_each(|byte| *byte = byte.wrapping_add(OFF));
        let run_root = keccak256("no such run");
        let end = seam::sn(run_root, seam::Outcome::Done, &output, run.model.id());
        let answer = Answer { run_root, sn: end, output: output.into(), ..true_answer };
        Ok((Nonsense { inner: truth, large, moment, length, end }, answer))
    })
}

/// Changes something anywhere in the machine at any moment, both functions of a seed, and computes on faithfully. A run that
/// ends as if nothing had happened is told as it is.
pub fn meddling(seed: u64) -> Arc<dyn Players> {
    players(move |run| {
        let dice = keccak256(seed.to_be_bytes());
        let die = move |index: usize| {
            u64::from_be_bytes(dice.0[8 * index..][..8].try_into().unwrap_or([0; 8]))
        };
        let truth = Tampered::truth(run)?;
        let large = die(0) % truth.n();
        let moment = Moment::After(1 + die(1) % truth.small_steps(large)?);
        let change = move |state: &mut State| match die(2) % 3 {
            0 => state.cpu.regs[1 + (die(3) % 31) as usize] ^= 1 << (die(3) >> 32 & 63),
            1 => {
                let pages: Vec<u64> = state.memory.pages().iter().map(|(page, _)| *page).collect();
                let writable: Vec<u64> =
                    pages.into_iter().filter(|page| (TEXT_END..MODEL).contains(page)).collect();
                let page = writable[(die(3) >> 32) as usize % writable.len()];
                let address = page + die(3) % 4096 / 8 * 8;
                let value = state.memory.read_u64(address);
                state.memory.write_u64(address, value ^ 1 << (die(3) >> 58));
            }
            _ => state.cpu.pc = state.cpu.pc.wrapping_add(4),
        };
        let story = truth.with(Lie::new(large, moment, change))?;
        let answer = story.answer(story.n().min(run.model.header().max_steps))?;
        Ok((story, answer))
    })
}

/// Gives an output where the program was refused.
pub fn invented_output() -> Arc<dyn Players> {
    players(|run| {
        let truth = Tampered::truth(run)?;
        let output = vec![7; run.model.header().output_max.min(8) as usize];
        let lie = Lie::new(truth.n() - 1, Moment::BeforeExit, finish_with(output.into()));
        let story = truth.with(lie)?;
        let answer = story.answer(story.n())?;
        Ok((story, answer))
    })
}

/// Gives an output where the guest program faults or does not end: says that it had exited after its first small steps.
pub fn invented_exit() -> Arc<dyn Players> {
    players(|run| {
        let story = exit_in(run, 0)?;
        let answer = story.answer(1)?;
        Ok((story, answer))
    })
}

/// Agrees that the run faults, and gives an output all the same `n` large steps later.
pub fn resurrection(n: u64) -> Arc<dyn Players> {
    players(move |run| {
        let invented = exit_in(run, 0)?;
        let answer = Answer { n, ..invented.answer(1)? };
        let truth = Tampered::truth(run)?;
        let end = answer.sn;
        let (moment, length) = (Moment::Middle, Length::True);
        Ok((Nonsense { inner: truth, large: 1, moment, length, end }, answer))
    })
}

fn exit_in(run: &Run, large: u64) -> Result<Tampered, PlayerError> {
    let output = vec![7; run.model.header().output_max.min(8) as usize];
    let write = finish_with(output.into());
    let exit = move |state: &mut State| {
        write(state);
        state.cpu = Cpu::exited(EXIT_OK);
    };
    let truth = Tampered::truth(run)?;
    debug_assert!(truth.answer(truth.n()).is_ok_and(|answer| answer.outcome == Outcome::Fault));
    Ok(truth.with(Lie::new(large, Moment::After(1), exit))?)
}

/// The first activation that a large step changes.
fn written(run: &Run, story: &Tampered, large: u64) -> Option<u64> {
    let bytes = run.model.header().activation_bytes as usize;
    let read = |large| {
        let mut activations = vec![0; bytes];
        story.state(large)?.read(ACTIVATIONS, &mut activations);
        Some(activations)
    };
    let (before, after) = (read(large)?, read(large + 1)?);
    let changed = before.iter().zip(&after).position(|(before, after)| before != after)?;
    Some(ACTIVATIONS + changed as u64)
}

/// Small steps of a large step up to and with the last store to the `N` bytes at `address`: only what is put there afterwards stays.
pub(super) fn store<const N: usize>(
    run: &Run,
    story: &Tampered,
    large: u64,
    address: u64,
) -> Result<u64, LiarError> {
    let length = story.small_steps(large)?;
    let start = story.state(large).cloned().unwrap_or_default();
    let read = |state: &State| {
        let mut bytes = [0; N];
        state.memory.read(address, &mut bytes);
        bytes
    };
    let mut state = run.guest.program.start(start.clone());
    state.run(length);
    let mark = read(&state).map(|byte| !byte);
    let stays = |after| {
        let mut state = run.guest.program.start(start.clone());
        state.run(after);
        state.memory.write(address, &mark);
        state.run(length - after);
        read(&state) == mark
    };
    // Nothing is stored by the last step, the exit.
    let (mut below, mut last) = (0, length - 1);
    while below + 1 < last {
        let middle = below.midpoint(last);
        if stays(middle) {
            last = middle;
        } else {
            below = middle;
        }
    }
    Ok(last)
}

fn change_output(state: &mut State) {
    let mut byte = [0];
    state.memory.read(OUTPUT_BODY, &mut byte);
    state.memory.write(OUTPUT_BODY, &[(byte[0] + OFF) % 10]);
}

fn finish_with(output: Bytes) -> impl Fn(&mut State) + Send + Sync {
    move |state| {
        state.memory.write_u64(OUTPUT, DONE);
        state.memory.write_u64(OUTPUT + 8, output.len() as u64);
        state.memory.write(OUTPUT_BODY, &output);
    }
}
